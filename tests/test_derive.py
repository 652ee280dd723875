"""`derive`: every formula, evaluated from outside, is what finite differences say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator
from outside import Outside

from rnnhand.cli import main
from rnnhand.language.tree import Ref, Shift
from rnnhand.problem.cells import cell_named, names
from rnnhand.problem.files import load, source
from rnnhand.problem.library import functions
from rnnhand.questions.derive.check import check
from rnnhand.questions.derive.data import as_data
from rnnhand.questions.derive.derive import of_cell, of_problem
from tests.budget import few

ROOT = Path(__file__).parents[1]
CELLS = sorted(names())
USUAL = ("bidirectional", "gru-before-keep", "lstm-peephole-diagonal")
BY = 1e-5
FEW = 1
"""Entries of each quantity that are moved."""


def call(*args: str) -> Result:
    return CliRunner().invoke(main, list(args), env={"LANG": "C", "COLUMNS": "100"})


def data_of_cell(name: str) -> dict[str, Any]:
    cell = cell_named(name)
    sizes = {size: 2 if size in cell.equal else n for n, size in enumerate(cell.sizes, 2)}
    found = of_cell(cell, functions(), sizes, (), "", "en")
    return json.loads(json.dumps(as_data(found, None)))  # type: ignore[no-any-return]


def data_of_problem(name: str, of: str = "", *wrt: str) -> dict[str, Any]:
    found = of_problem(load(source(name)), of, wrt, "en")
    return json.loads(json.dumps(as_data(found, None)))  # type: ignore[no-any-return]


def loss(o: Outside) -> float:
    of = o.parse(o.data["of"])
    assert isinstance(of, Ref)
    return o.eval(of, {})[0][0]


def moved(o: Outside, place: tuple[str, int | None], i: int, j: int) -> float | None:
    """The derivative of the loss by one entry, by central differences; None on a kink."""
    ends = []
    for by in (BY, 0.0, -BY):
        o.moved = {place: (i, j, by)}
        o.again()
        ends.append(loss(o))
    o.moved = {}
    o.again()
    if abs(ends[0] - 2 * ends[1] + ends[2]) > 0.01 * BY:
        return None
    return (ends[0] - ends[2]) / (2 * BY)


def near(a: float, b: float | None) -> bool:
    return b is None or abs(a - b) <= 1e-6 * max(1.0, abs(a), abs(b))


def entries(o: Outside, shape: tuple[int, int], most: int) -> list[tuple[int, int]]:
    every = [(i, j) for i in range(shape[0]) for j in range(shape[1])]
    return o.dice.sample(every, min(most, len(every)))


def check_gradients(data: dict[str, Any], seed: int = 1, most: int = FEW) -> int:
    """Every derivative by a parameter, through the way back and spelled out."""
    o = Outside(data, seed)
    loss(o)
    compared = 0
    for name, formula in data["gradients"].items():
        by = name.rpartition("/d")[2]
        shape = o.shapes[by]
        found = [o.summed(o.parse(formula), {}, shape)]
        if name in data["unrolled"]:
            found.append(o.summed(o.parse(data["unrolled"][name]["formula"]), {}, shape))
        for i, j in entries(o, shape, most):
            expected = moved(o, (by, None), i, j)
            for matrix in found:
                assert near(matrix[i][j], expected), (name, formula, i, j)
                compared += 1
    return compared


def check_adjoints(data: dict[str, Any], seed: int = 2, most: int = FEW) -> int:
    """Every adjoint equation, at every one of its steps."""
    o = Outside(data, seed)
    loss(o)
    compared = 0
    for e in data["adjoints"]:
        ref = o.parse(e["name"])
        assert isinstance(ref, Ref)
        by = ref.name.rpartition("/d")[2]
        for step in [None] if e["steps"] is None else range(e["steps"][0], e["steps"][1] + 1):
            found = o.value(ref.name, step)
            for i, j in entries(o, o.shapes[by], most):
                assert near(found[i][j], moved(o, (by, step), i, j)), (e["name"], step)
                compared += 1
    return compared


@pytest.mark.parametrize("name", few(CELLS, USUAL))
def test_the_gradient_of_every_cell_is_that_of_finite_differences(name: str) -> None:
    data = data_of_cell(name)
    assert data["gradients"]
    assert check_gradients(data) > 0
    assert check_adjoints(data) > 0


def check_transitions(data: dict[str, Any]) -> None:
    """Every derivative from step to step, at the steps where it can be moved."""
    o = Outside(data, 3)
    loss(o)
    for t in data["transitions"]:
        of, by = (o.parse(t[k]) for k in ("of", "by"))
        held = [o.parse(h) for h in t["held"]]
        assert isinstance(of, Ref)
        assert isinstance(by, Ref)
        step = 2
        assert isinstance(by.index, Shift)
        before = step + by.index.offset
        matrix = o.eval(o.parse(t["formula"]), {by.index.var: step})
        rows, columns = o.shapes[of.name][0], o.shapes[by.name][0]
        assert (len(matrix), len(matrix[0])) == (rows, columns)
        places = [(h.name, step + h.index.offset) for h in held if isinstance(h, Ref)
                  and isinstance(h.index, Shift) and h.index.var == by.index.var]  # fmt: skip
        still = {place: o.value(*place) for place in places}
        for j in range(columns):
            ends = []
            for way in (BY, -BY):
                o.fixed, o.moved = dict(still), {(by.name, before): (j, 0, way)}
                o.again()
                ends.append(o.value(of.name, step))
            o.fixed, o.moved = {}, {}
            o.again()
            for i in range(rows):
                assert near(matrix[i][j], (ends[0][i][0] - ends[1][i][0]) / (2 * BY)), t


@pytest.mark.parametrize("name", few(CELLS, USUAL))
def test_the_derivative_from_step_to_step_is_that_of_one_step(name: str) -> None:
    check_transitions(data_of_cell(name))


@pytest.mark.parametrize(
    "name",
    few(
        ["there-and-back", "there-and-back-matrices", "bidirectional-scalar", "second-order",
         "two-layers", "quiz-chain", "there-and-back-free-running", "encoder-decoder", "stateful"],
        ["there-and-back-matrices", "second-order", "encoder-decoder"],
    ),
)  # fmt: skip
def test_the_gradient_of_a_problem_is_that_of_finite_differences(name: str) -> None:
    data = data_of_problem(name)
    assert check_gradients(data) > 0
    assert check_adjoints(data) > 0


def test_the_loss_of_one_step_and_a_state_are_derived_too() -> None:
    for of in ("L[2]", "L[t]", "h[3]", "yhat[T]"):
        data = data_of_problem("there-and-back-ones", of)
        assert check_gradients(data) > 0
    assert data_of_problem("there-and-back", "L[t]")["of"] == "L[3]"


def test_functions_that_nobody_has_chosen_keep_their_derivative_by_name() -> None:
    data = data_of_cell("book-cell")
    assert data["functions"] == {"f_h": "f_h'", "f_y": "f_y'"}
    assert any("f_h'(a_h[t])" in e["formula"] for e in data["adjoints"])


def test_the_forget_gate_is_the_derivative_of_the_cell_state() -> None:
    found = {(t["of"], t["by"]): t["formula"] for t in data_of_cell("lstm")["transitions"]}
    assert found["c[t]", "c[t-1]"] == "diag(f[t])"
    page = call("derive", "--cell", "lstm", "--sizes", "x=1,h=1", "--wrt", "U_f").output
    assert "∂c_t/∂c_{t−1} = f_t" in page
    assert "error carousel" in page


def test_the_page_tells_the_chain_rule_the_way_back_and_the_sum() -> None:
    page = call("derive", "there-and-back").output
    for line in (
        "∂L_t/∂u = ∂L_t/∂ŷ_t·∂ŷ_t/∂u = 2·(ŷ_t − y_t)·h_t",
        "∂L/∂h_t = u·∂L/∂ŷ_t + w·∂L/∂a_{t+1}",
        "through ŷ_t (constant factor), through a_{t+1} (sum rule, constant factor)",
        "∂L_t/∂w = ∂L_t/∂ŷ_t·∂ŷ_t/∂h_t·Σ_{k=1..t} (Π_{i=k+1..t} ∂h_i/∂h_{i−1})·∂⁺h_k/∂w",
        "= Σ_{k=1..t} h_{k−1}·w^(t − k)·Π_{i=k..t} [a_i > 0]",
        "w, v: needed.",
        "u: not needed.",
        " at 3 random exact points, exactly equal.",
    ):
        assert line in page


def test_softmax_under_a_logarithm_comes_to_the_difference() -> None:
    page = call("derive", "slide-rnn-last").output
    assert "∂L/∂y_3 = P − one_hot(c, 3)" in page
    assert "tanh′(x) = 1 − tanh(x)²    definition of tanh" in page


def test_what_is_too_long_for_one_formula_is_spelled_out_line_by_line() -> None:
    page = call("derive", "--cell", "lstm", "--unroll", "3", "--wrt", "U_f").output
    for line in (
        "∂L_3/∂h_3 = g_3\n",
        "∂L_3/∂c_2 = o_2 ⊙ ∂L_3/∂h_2 ⊙ (1 − tanh(c_2)²) + f_3 ⊙ ∂L_3/∂c_3\n",
        "∂L_3/∂U_f = ∂L_3/∂a_{f,3}·h_2ᵀ + ∂L_3/∂a_{f,2}·h_1ᵀ + ∂L_3/∂a_{f,1}·h_0ᵀ\n",
    ):
        assert line in page
    assert "∂L_3/∂h_4" not in page


def test_a_derivative_is_spelled_out_on_request() -> None:
    page = call("derive", "--cell", "book-cell", "--unroll", "2", "--wrt", "w").output
    assert "f_h′(a_{h,2})·f_h′(a_{h,1})·h_0" in page


@pytest.mark.parametrize(
    "args",
    [
        ("there-and-back",),
        ("--cell", "bidirectional"),
        ("--cell", "gru-before-keep", "--sizes", "x=1,h=2", "--wrt", "U_h"),
        ("quiz-matrix-elementwise",),
        ("there-and-back", "--of", "h[2]", "--wrt", "w"),
        ("there-and-back", "--wrt", "h"),
    ],
)
def test_the_json_is_what_the_schema_says(args: tuple[str, ...]) -> None:
    schema = json.loads((ROOT / "docs" / "derive.schema.json").read_text("utf-8"))
    result = call("derive", *args, "--format", "json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    Draft202012Validator(schema).validate(found)
    assert found["check"]["equal"] or not found["gradients"]


@pytest.mark.parametrize(
    "args",
    [
        ("derive",),
        ("derive", "there-and-back", "--cell", "lstm"),
        ("derive", "there-and-back", "--wrt", "nothing"),
        ("derive", "there-and-back", "--of", "q"),
        ("derive", "there-and-back", "--of", "h[9]"),
        ("derive", "there-and-back", "--of", "h["),
        ("derive", "there-and-back", "--of", "w + 1"),
        ("derive", "--cell", "lsmt"),
        ("derive", "--cell", "lstm", "--sizes", "y=3"),
        ("derive", "superfluous-gates"),
        ("derive", "no-such-problem"),
    ],
)
def test_a_faulty_call_exits_with_2_and_one_message(args: tuple[str, ...]) -> None:
    result = call(*args)
    assert result.exit_code == 2, result.output
    assert result.output.strip()
    assert "Traceback" not in result.output


def test_the_check_finds_a_formula_that_is_wrong() -> None:
    from dataclasses import replace

    from rnnhand.language.tree import Number

    found = of_problem(load(source("there-and-back")), "", ("w",), "en")
    (equation,) = [e for e in found.gradient.adjoints if e.target.name == "dL/dh"]
    spoiled = replace(equation, terms=(replace(equation.terms[0], body=Number("1")),))
    adjoints = tuple(spoiled if e is equation else e for e in found.gradient.adjoints)
    system = found.gradient.system
    equations = tuple(spoiled if e is equation else e for e in system.equations)
    wrong = replace(found.gradient, adjoints=adjoints, system=replace(system, equations=equations))
    found.__dict__["gradient"] = wrong
    assert not check(found).equal


@pytest.mark.parametrize(
    ("loss", "slope"),
    [
        ("(h - y)^2/2", "h − y"),
        ("1/2*(y - h)^2", "h − y"),
        ("0.1*3*h^2", "0.6·h"),
        ("0.5*h^3*y*y", "1.5·y²·h²"),
    ],
)
def test_the_numbers_of_a_product_are_one(tmp_path: Path, loss: str, slope: str) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(f"equations: |\n  h = w*x\n  L = {loss}\n"
                    "parameters: {w: 1}\ndata: {x: 1, y: 1}\n", "utf-8")  # fmt: skip
    page = CliRunner().invoke(main, ["derive", str(path), "--lang", "en"]).stdout
    assert f"  ∂L/∂h = {slope}    " in page
    assert loss.count("y") == page.split("\n\n")[0].split("L = ")[1].count("y")
    assert "Not confirmed" not in page


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--wrt", "w[1]"], "--wrt: w[1] is asked for, but the quantity is w"),
        (["--sizes", "x=1"], "--sizes goes with --cell"),
    ],
)
def test_an_option_that_says_nothing_is_refused(options: list[str], said: str) -> None:
    made = CliRunner().invoke(main, ["derive", "there-and-back", *options], env={"LANG": "C"})
    assert made.exit_code == 2
    assert said in made.stderr
    assert not made.stdout


def test_an_identity_is_called_so() -> None:
    made = CliRunner().invoke(main, ["derive", "slide-rnn-last", "--wrt", "b_h"], env={"LANG": "C"})
    assert "∂⁺a_t/∂b_h = I_2" in made.stdout
