"""Every cell of the library passes the same laws, without being named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cell_problems import problem_with, sizes_of
from click.testing import CliRunner, Result

from rnnhand.arithmetic.machine import FLOAT
from rnnhand.arithmetic.policy import settle
from rnnhand.arithmetic.program import compiled, initial_storage
from rnnhand.cli import main
from rnnhand.errors import Span
from rnnhand.language.parser import parse_equations
from rnnhand.language.printer import equation_text
from rnnhand.phrases import phrases
from rnnhand.problem.cells import cell_named, in_layer, names, shape_in, size_value
from rnnhand.problem.library import functions
from rnnhand.problem.model import Cell
from rnnhand.problem.reader import read_problem
from rnnhand.questions import certificate
from rnnhand.questions.cells import document
from rnnhand.questions.count import count_layers, formula
from rnnhand.questions.work import Plan

CELLS = sorted(names())


@pytest.fixture(params=CELLS)
def cell(request: pytest.FixtureRequest) -> Cell:
    return cell_named(request.param)


def test_the_gradient_of_a_cell_is_that_of_forward_mode(cell: Cell) -> None:
    plan = Plan(problem_with(cell))
    settled = settle(plan.task(), "auto", 20)
    with settled.precisely():
        from rnnhand.arithmetic.agreement import common_digits

        pairs = list(certificate.compared(settled.work))
        assert pairs
        for a, b in pairs:
            both_vanish = max(abs(float(a)), abs(float(b))) < 1e-30
            assert both_vanish or common_digits(a, b) >= 20


def test_the_gradient_of_a_cell_is_that_of_finite_differences(cell: Cell) -> None:
    plan = Plan(problem_with(cell, seed=1))
    full = plan.full
    program = compiled(full, FLOAT)
    start = initial_storage(full, FLOAT)
    at_start = dict(start)
    program.run(at_start)
    loss = full.quantity(plan.system.loss)  # type: ignore[arg-type]
    assert plan.gradient is not None

    def moved(q: object, i: int, by: float) -> float:
        there = dict(start)
        value = there[q]  # type: ignore[index]
        flat = list(value) if isinstance(value, tuple) else [value]
        flat[i] += by
        there[q] = tuple(flat) if isinstance(value, tuple) else flat[0]  # type: ignore[index]
        program.run(there)
        return float(there[loss])

    for given in plan.parameters:
        gradient = at_start[plan.gradient.of_quantity(given.quantity)]
        flat = gradient if isinstance(gradient, tuple) else (gradient,)
        for i, slope in enumerate(flat):
            by = 1e-6
            numeric = (moved(given.quantity, i, by) - moved(given.quantity, i, -by)) / (2 * by)
            assert numeric == pytest.approx(slope, rel=1e-5, abs=1e-7)


def test_the_count_of_a_cell_is_that_of_its_shapes_and_its_formula(cell: Cell) -> None:
    sizes = sizes_of(cell)
    for with_biases in (True, False):
        layer = in_layer(cell, Span(1, 1), sizes, with_biases=with_biases)
        part = count_layers("", [layer]).parts[0]
        shapes = [shape_in(layer, s) for s in layer.parameters.values()]
        assert part.count == sum(rows * columns for rows, columns in shapes)
        expr = formula(part)
        assert expr is None or size_value(expr, sizes) == part.count
    biases = sum(1 for b in cell.biases if b in cell.parameters)
    assert biases == len(cell.biases)


def test_the_equations_of_a_cell_are_read_back_as_they_are_printed(cell: Cell) -> None:
    for statement in cell.statements:
        (again,) = parse_equations(equation_text(statement.target, statement.body))
        assert (again.target, again.body) == (statement.target, statement.body)


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_a_cell_has_a_page_with_every_symbol_explained(cell: Cell, lang: str) -> None:
    assert document(cell, functions(), phrases(lang)).blocks
    assert all(w.get(lang) for w in (cell.title, cell.about, cell.source))
    assert all(w.get(lang) for w in cell.symbols.values())
    made = {s.target.name for s in cell.statements} | {cell.input} - {""}
    assert made <= set(cell.symbols)


def test_the_relatives_of_a_cell_are_in_the_library(cell: Cell) -> None:
    assert set(cell.relatives) <= set(CELLS) - {cell.name}


def call(*args: str) -> Result:
    return CliRunner().invoke(main, list(args), env={"LANG": "C", "COLUMNS": "100"})


@pytest.mark.parametrize(
    ("args", "total"),
    [
        # Sheet 7, exercise 2.
        (("--layers", "dense:20,dense:1", "--sizes", "x=100", "--no-biases"), 2020),
        (("--cell", "book-cell", "--no-biases"), 3),
        (("window-network",), 2020),
        (("one-recurrent-neuron",), 3),
        (("--layers", "rnn:2,rnn:1", "--sizes", "x=3", "--no-biases"), 13),
        (
            ("--layers", "rnn:2,rnn:1", "--sizes", "x=3", "--no-biases", "--output-matrix", "1"),
            14,
        ),
        (("--layers", "lstm:2,lstm:1", "--sizes", "x=3", "--no-biases"), 52),
        (("--layers", "gru-before-keep:2,gru-before-keep:1", "--sizes", "x=3", "--no-biases"), 39),
    ],
)
def test_the_counts_of_the_sheet(args: tuple[str, ...], total: int) -> None:
    result = call("count", *args, "--format", "json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.output)["total"] == total


@pytest.mark.parametrize(
    ("cell_name", "sizes", "framework", "count"),
    [
        # Keras guide "Working with RNNs": LSTM(128) on Embedding(64).
        ("lstm", "x=64,h=128", "Keras", 98816),
        # torchinfo's README: nn.LSTM with input 300 and hidden 512, one layer of it.
        ("lstm", "x=300,h=512", "PyTorch", 4 * 512 * (300 + 512 + 2)),
        # Chollet, Deep Learning with Python: SimpleRNN(32) on Embedding(32).
        ("rnn", "x=32,h=32", "Keras", 2080),
    ],
)
def test_the_counts_that_frameworks_publish(
    cell_name: str, sizes: str, framework: str, count: int
) -> None:
    found = json.loads(
        call("count", "--cell", cell_name, "--sizes", sizes, "--format", "json").output
    )
    assert found["layers"][0]["frameworks"][framework] == count


def test_a_cell_of_the_user_works_as_those_of_the_library(tmp_path: Path) -> None:
    (tmp_path / "twice.yaml").write_text(
        "title: {en: Twice}\ninput: x\noutput: h\nsizes: {h: {en: units}}\n"
        "equations: |\n  h[t] = tanh(v*h[t-1]) + 2*x[t]\n"
        'parameters: {v: [h]}\ninitial: {"h[0]": [h]}\n',
        "utf-8",
    )
    problem = tmp_path / "mine.yaml"
    problem.write_text(
        "cell: twice\nequations: L = sum[t](sum(h[t]))\nsteps: 1..2\n"
        'parameters: {v: [1, 2]}\ndata: {"x[1..2]": [[0, 0], [1, 2]]}\n',
        "utf-8",
    )
    found = json.loads(call("solve", str(problem), "--format", "json").output)
    assert found["values"]["h[2]"] == ["2", "4"]
    assert call("cell", "twice", "--cells", str(tmp_path)).exit_code == 0
    assert "twice" in call("cells", "--cells", str(tmp_path)).output
    assert call("cell", "twice").exit_code == 2


def test_a_problem_may_be_called_as_its_cell_is(tmp_path: Path) -> None:
    path = tmp_path / "rnn.yaml"
    path.write_text("cell: rnn\nsteps: 1..1\nparameters: {W_x: 1, W_h: 1, b: 0}\n"
                    'data: {"x[1]": 0}\n', "utf-8")  # fmt: skip
    result = CliRunner().invoke(main, ["solve", str(path), "--format", "json"])
    assert json.loads(result.stdout)["values"]["h[1]"] == "0"


def test_layers_hand_their_output_on() -> None:
    problem = read_problem(
        "layers: [{cell: rnn-linear, h: 2}, {cell: rnn-linear, h: 1}]\n"
        "equations: L = sum[t](h2[t])\nsteps: 1..2\n"
        'data: {"x[1..2]": [1, 2]}\n',
        "layers",
    )
    assert {layer.output for layer in problem.layers} == {"h1", "h2"}
    assert problem.layers[1].sizes["x"] == 2


FIGURES = json.loads((Path(__file__).parent / "oracles" / "torch_cells.json").read_text("utf-8"))


def test_the_gradient_of_a_cell_is_that_of_pytorch(cell: Cell) -> None:
    plan = Plan(problem_with(cell, seed=2))
    storage = initial_storage(plan.full, FLOAT)
    compiled(plan.full, FLOAT).run(storage)
    assert plan.gradient is not None
    figures = FIGURES[cell.name]
    assert set(figures) == {g.quantity.name for g in plan.parameters}
    for given in plan.parameters:
        value = storage[plan.gradient.of_quantity(given.quantity)]
        flat = value if isinstance(value, tuple) else (value,)
        assert flat == pytest.approx(figures[given.quantity.name], rel=1e-9, abs=1e-12)


def test_the_figures_of_pytorch_are_made_again_where_it_is_installed() -> None:
    pytest.importorskip("torch", reason="pip install -e '.[torch]' makes the figures again")
    import sys

    sys.path.insert(0, str(Path(__file__).parent / "oracles"))
    from make_torch_cells import figures

    made = figures()
    assert set(made) == set(FIGURES)
    for name, gradients in made.items():
        for parameter, flat in gradients.items():
            assert flat == pytest.approx(FIGURES[name][parameter], rel=1e-9, abs=1e-12)
