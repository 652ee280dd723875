"""Computational graphs: what is in them, how they look, what every format says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator
from pictures import crossings, defects
from rich.cells import cell_len

from rnnhand.calculus.network import Level
from rnnhand.cli import main
from rnnhand.document.graph import Graph
from rnnhand.phrases import phrases
from rnnhand.problem.cells import cell_named, names
from rnnhand.problem.files import bundled, load, source
from rnnhand.problem.library import functions
from rnnhand.questions.graph import drawn
from rnnhand.questions.paths import derivative, walked
from rnnhand.questions.paths import drawn as drawn_paths
from rnnhand.questions.subjects import Wish, of_cell, of_problem
from rnnhand.render.formats import PICTURES, picture
from rnnhand.render.picture.compose import compose
from rnnhand.render.picture.words import runs
from tests.budget import every, few

ROOT = Path(__file__).parents[1]
SCHEMA = json.loads((ROOT / "docs" / "graph.schema.json").read_text("utf-8"))
EVIL = '"]; </text><script>alert(1)</script> & \\" %% \n x[[y]] -->'


def call(*args: str, **env: str) -> Result:
    return CliRunner().invoke(main, ["graph", *args], env={"LANG": "C", "COLUMNS": "100", **env})


def data(*args: str) -> dict[str, Any]:
    result = call(*args, "--format", "json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    Draft202012Validator(SCHEMA).validate(found)
    return found


def graph(name: str, is_cell: bool = False, **wish: Any) -> Graph:
    chosen = Wish(**wish)
    if is_cell:
        subject = of_cell(cell_named(name, ()), functions(), chosen, "en")
    else:
        subject = of_problem(load(source(name)), chosen, "en")
    return drawn(subject, chosen, phrases("en"))


# What is in a graph


@pytest.mark.parametrize("nodes", ["quantities", "operations"])
def test_values_and_derivatives_are_those_of_the_solution(nodes: str) -> None:
    solved = CliRunner().invoke(main, ["solve", "there-and-back-ones", "--format", "json"])
    answers = json.loads(solved.stdout)
    found = data("there-and-back-ones", "--values", "--adjoints", "--nodes", nodes)
    for node in found["nodes"]:
        if node["name"]:
            if node["name"] in answers["values"]:
                assert node["value"] == answers["values"][node["name"]]
            name = f"dL/d{node['name']}"
            if name in answers["gradients"]:
                assert node["adjoint"] == answers["gradients"][name]


def test_the_derivative_by_a_node_is_what_its_edges_bring_back() -> None:
    """dL/dnode = Σ dL/dend · slope, over all edges that leave it: at every node, exactly."""
    found = data("there-and-back-ones", "--values", "--adjoints", "--nodes", "operations")
    adjoint = {n["key"]: n["adjoint"] for n in found["nodes"]}
    for key, value in adjoint.items():
        leaving = [e for e in found["edges"] if e["start"] == key]
        if value is not None and leaving:
            back = sum(Fraction(adjoint[e["end"]]) * Fraction(e["value"]) for e in leaving)
            assert back == Fraction(value), key


def test_the_book_s_function_by_sympy() -> None:
    import sympy

    x, y = sympy.symbols("x y")
    f = x**2 + x * y + (x + y) ** 2
    for name, symbol in (("x", x), ("y", y)):
        found = data("paths-in-a-graph", "--paths", name, "f")["paths"]
        total = sympy.sympify(found["sum"].replace("^", "**"), locals={"x": x, "y": y})
        assert sympy.expand(total - sympy.diff(f, symbol)) == 0
        assert Fraction(found["value"]) == sympy.diff(f, symbol).subs({x: 2, y: 3})
    assert [
        p["value"] for p in data("paths-in-a-graph", "--paths", "x", "f")["paths"]["paths"]
    ] == ["4", "3", "10"]


@pytest.mark.parametrize("weight", few(["w", "v", "u"], "v"))
def test_the_sum_over_all_paths_is_the_gradient(weight: str) -> None:
    solved = CliRunner().invoke(main, ["solve", "there-and-back-ones", "--format", "json"])
    found = data("there-and-back-ones", "--paths", weight, "L")["paths"]
    assert found["value"] == json.loads(solved.stdout)["gradients"][f"dL/d{weight}"]
    assert sum(Fraction(p["value"]) for p in found["paths"]) == Fraction(found["value"])
    # v reaches L through every later state: 1 + 2 + 3 ways for w and v, one a step for u
    assert len(found["paths"]) == (3 if weight == "u" else 6)


def test_paths_are_followed_between_named_quantities_too() -> None:
    found = data("there-and-back-ones", "--paths", "v", "L", "--nodes", "quantities")["paths"]
    assert found["value"] == "-171/64"
    assert found["paths"][0]["nodes"][0] == "v"


def test_a_parameter_that_is_more_than_a_weight_keeps_its_node(tmp_path: Path) -> None:
    file = tmp_path / "twice.yaml"
    file.write_text("equations: y = w*x + w^2 + b\nparameters: {w: 2, b: 1}\ndata: {x: 3}\n")
    found = data(str(file))
    assert {(e["start"], e["label"]) for e in found["edges"]} == {("x", None), ("w", None)}
    assert [n["added"] for n in found["nodes"] if n["name"] == "y"] == [["b"]]


def test_every_operation_is_a_node_of_its_own() -> None:
    found = data("there-and-back", "--nodes", "operations", "--steps", "1..1")
    symbols = sorted(n["symbol"] for n in found["nodes"] if n["kind"] in ("operation", "gate"))
    assert symbols == ["( )²", "+", "ReLU", "×", "×", "×", "Σ", "−"]


def test_a_weight_is_one_node_however_often_it_serves() -> None:
    found = data("there-and-back", "--nodes", "operations")
    assert [n["key"] for n in found["nodes"] if n["kind"] == "weight"] == ["w", "v", "u"]
    assert sum(e["start"] == "w" for e in found["edges"]) == 3


def test_a_peephole_is_an_edge_from_the_old_cell_state() -> None:
    plain = data("--cell", "lstm")
    peephole = data("--cell", "lstm-peephole")

    def looked(found: dict[str, Any]) -> set[tuple[str, str]]:
        return {
            (e["end"], e["label"])
            for e in found["edges"]
            if e["start"] == "c[t]" and e["lag"] == 1 and e["label"]
        }

    assert looked(plain) == set()
    assert looked(peephole) == {("i[t]", "U_i"), ("f[t]", "U_f"), ("o[t]", "U_o")}
    gates = {n["name"]: n["symbol"] for n in plain["nodes"] if n["kind"] == "gate" and n["name"]}
    assert gates == {"f[t]": "σ", "i[t]": "σ", "o[t]": "σ", "c'[t]": "tanh"}


# How it looks


CASES = [
    ("there-and-back", False, Level.QUANTITIES, False),
    ("there-and-back", False, Level.QUANTITIES, True),
    ("there-and-back", False, Level.OPERATIONS, False),
    ("paths-in-a-graph", False, Level.OPERATIONS, None),
    ("bidirectional", True, Level.QUANTITIES, False),
    ("bidirectional", True, Level.QUANTITIES, True),
    ("lstm-peephole", True, Level.GATES, True),
    ("gru-before-keep", True, Level.GATES, True),
    ("lstm", True, Level.QUANTITIES, False),
]


@pytest.mark.parametrize(("name", "is_cell", "level", "folded"), every(3, CASES))
def test_nothing_overlaps_and_nothing_is_cut(
    name: str, is_cell: bool, level: Level, folded: bool | None
) -> None:
    numbers = not is_cell
    labels = "slopes" if level is Level.OPERATIONS else "weights"
    found = graph(
        name, is_cell, level=level, folded=folded, values=numbers, adjoints=numbers, labels=labels
    )
    assert list(defects(compose(found))) == []


@pytest.mark.parametrize("level", [Level.QUANTITIES, Level.GATES])
@pytest.mark.parametrize("name", every(16, names(())))
def test_nothing_overlaps_in_the_cells_of_the_library(name: str, level: Level) -> None:
    for folded in (True, False):
        assert list(defects(compose(graph(name, True, level=level, folded=folded)))) == []


@pytest.mark.parametrize("ends", [("x", "f"), ("y", "f")])
def test_nothing_overlaps_where_paths_are_shown(ends: tuple[str, str]) -> None:
    for name, (start, end) in (("paths-in-a-graph", ends), ("there-and-back-ones", ("v", "L"))):
        problem, wish = load(source(name)), Wish(Level.OPERATIONS, False, labels="slopes")
        between = derivative(of_problem(problem, wish, "en"), start, end)
        walk = walked(of_problem(problem, wish, "en", between), wish, start, end)
        assert list(defects(compose(drawn_paths(walk, phrases("en"))))) == []


def test_nothing_overlaps_above_the_steps(tmp_path: Path) -> None:
    file = tmp_path / "penalty.yaml"
    file.write_text(
        "equations: |\n  h[t] = tanh(w*h[t-1] + a_b_c*x[t])\n  p[t] = u*h[t]\n"
        "  L = mean[t]((p[t] - y[t])^2) + k*norm2([w; u])^2\nsteps: 1..2\n"
        "parameters: {w: 1/2, u: 2, a_b_c: 1}\nconstants: {k: 0.1}\n"
        'initial: {"h[0]": 1}\ndata: {"x[1..2]": [1, 2], "y[1..2]": [0, 1]}\nloss: L\n',
        "utf-8",
    )
    for level in Level:
        found = graph(str(file), level=level, values=True, adjoints=True)
        assert list(defects(compose(found))) == []


def test_nothing_crosses_where_nothing_must() -> None:
    for folded in (True, False):
        assert crossings(compose(graph("there-and-back", folded=folded))) == 0
    # Six of sixteen pairs of edges from two inputs to four gates cross in any two rows; of trunks
    # with branches, three branches and the way up to the other trunk.
    assert crossings(compose(graph("lstm", True, level=Level.GATES, folded=True))) <= 4


def test_columns_are_steps_and_rows_are_quantities() -> None:
    found = graph("bidirectional", True, folded=False)
    picture = compose(found)
    at = {w.text: (w.x, w.y) for w in picture.words if w.role == "name"}
    for name in "hso":
        ups = {round(at[f"{name}_{t}"][1]) for t in (1, 2, 3)}
        assert len(ups) == 1
    assert at["h_1"][1] > at["o_1"][1] > at["s_1"][1]
    assert crossings(picture) == 0
    for t in (1, 2):
        first = [at[f"{n}_{t}"][0] for n in "xhso"]
        second = [at[f"{n}_{t + 1}"][0] for n in "xhso"]
        assert max(first) < min(second)


def test_colour_is_never_the_only_difference() -> None:
    text = str(picture(graph("there-and-back", values=True, adjoints=True), "svg", "light"))
    values = re.findall(r'class="value"[^>]*>([^<]*)', text)
    adjoints = re.findall(r'class="adjoint"[^>]*>([^<]*)', text)
    assert values and all(v.startswith("=") for v in values)
    assert adjoints and all(a.startswith("∂") for a in adjoints)


def test_what_stands_above_is_no_part_of_what_stands_below() -> None:
    assert runs("1 − h_t² + W_x_h·x_{t−1}ᵀ + c′_t") == (
        *(("1 − h", False), ("t", True), ("² + W", False), ("x_h", True), ("·x", False)),
        *(("t−1", True), ("ᵀ + c′", False), ("t", True)),
    )


def test_a_picture_is_there_in_light_and_dark() -> None:
    found = graph("there-and-back")
    assert "prefers-color-scheme: dark" in str(picture(found, "svg", "auto"))
    assert "#ffffff" not in str(picture(found, "svg", "dark"))


# Formats


@pytest.mark.parametrize("form", PICTURES)
def test_every_format_is_written_by_the_name_of_its_file(form: str, tmp_path: Path) -> None:
    if form == "png":
        pytest.importorskip("resvg_py")
    if form == "pdf":
        pytest.importorskip("typst")
    file = tmp_path / f"graph{PICTURES[form].endings[0]}"
    assert call("there-and-back", "-o", str(file)).exit_code == 0
    start = {"svg": b"<svg", "png": b"\x89PNG", "dot": b"digraph", "mermaid": b"---\ntitle"}
    start |= {"pdf": b"%PDF"}
    assert file.read_bytes().startswith(start[form])


def evil(tmp_path: Path) -> str:
    file = tmp_path / "evil.yaml"
    file.write_text(
        f"title: {json.dumps(EVIL)}\nequations: |\n  h'[t] = tanh(w_a*x[t])\n"
        'steps: 1..1\nparameters: {w_a: 1}\ndata: {"x[1..1]": [1]}\n',
        "utf-8",
    )
    return str(file)


def test_a_title_is_never_markup(tmp_path: Path) -> None:
    svg = call(evil(tmp_path), "--format", "svg").stdout
    root = ET.fromstring(svg)
    tags = {e.tag.rpartition("}")[2] for e in root.iter()}
    assert tags == {"svg", "title", "style", "rect", "path", "text", "tspan"}
    dot = call(evil(tmp_path), "--format", "dot").stdout
    assert re.sub(r'"(\\.|[^"\\])*"', "", dot).count('"') == 0
    assert "script" not in re.sub(r'"(\\.|[^"\\])*"', "", dot)
    mermaid = call(evil(tmp_path), "--format", "mermaid").stdout
    assert "<script>" not in mermaid.split("---", 2)[2]
    assert len(re.findall(r"^title: ", mermaid, re.MULTILINE)) == 1


def test_a_title_of_any_length_is_broken(tmp_path: Path) -> None:
    file = tmp_path / "long.yaml"
    file.write_text(
        f"title: {'word ' * 40}{'w' * 3000}\nequations: y = 2*x\ndata: {{x: 1}}\n", "utf-8"
    )
    (size,) = re.findall(r'viewBox="0 0 (\d+) ', call(str(file), "--format", "svg").stdout)
    assert int(size) < 900


def test_the_same_graph_has_the_same_bytes_whatever_the_order_of_hashing() -> None:
    drawn = [
        ["--cell", "lstm"],
        ["--cell", "mgu", "--unrolled", "--nodes", "quantities"],
        ["formulas-to-picture-bidirectional"],
    ]
    program = (
        "from rnnhand.cli import main\n"
        f"for args in {drawn!r}:\n"
        "    for form in ('svg', 'terminal'):\n"
        "        main(['graph', *args, '--format', form], standalone_mode=False)\n"
    )
    made = {
        subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "COLUMNS": "100"},
        ).stdout
        for seed in ("0", "1")
    }
    assert len(made) == 1


def test_without_its_library_png_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    result = call("there-and-back", "-o", "graph.png")
    assert result.exit_code == 2
    assert "pip install resvg-py" in result.output


@pytest.mark.parametrize("width", few([40, 60, 80, 140], [40, 80]))
@pytest.mark.parametrize("args", [("there-and-back", "--values"), ("--cell", "lstm")])
def test_a_drawing_is_no_wider_than_the_terminal(args: tuple[str, ...], width: int) -> None:
    result = call(*args, COLUMNS=str(width))
    assert all(cell_len(line) <= width for line in result.output.split("\n"))


def test_a_drawing_has_the_states_of_a_row_on_one_line() -> None:
    lines = call("there-and-back").output.split("\n")
    (row,) = [line for line in lines if "h_1" in line]
    assert re.search(r"h_0.*w.*▶.*h_1.*w.*▶.*h_2.*w.*▶.*h_3", row)


def test_a_console_without_the_signs_gets_ascii() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "rnnhand", "graph", "paths-in-a-graph", "--paths", "x", "f"],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )
    assert b"?" not in done.stdout
    assert b"(1)" in done.stdout


# Bad input


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("there-and-back", "--paths", "q", "L"), "q"),
        (("there-and-back", "--paths", "h[9]", "L"), "h[9]"),
        (("there-and-back", "--paths", "L", "w"), "no path from L to w"),
        (("there-and-back", "--paths", "h[3]", "h[1]"), "there is one from h[1] to h[3]"),
        (("there-and-back", "--paths", "h[1]", "h[1]"), "no path"),
        (("there-and-back", "--paths", "dL/dw", "L"), "no node"),
        (("there-and-back-matrices", "--paths", "W", "L"), "no single number"),
        (("there-and-back", "--steps", "1..9"), "1..3"),
        (("there-and-back", "--steps", "3..1"), "3..1"),
        (("--cell", "lstm", "--values"), "lstm"),
        (("--cell", "lstn"), "lstm"),
        (("quiz-power", "--unrolled"), "--folded"),
        ((), "PROBLEM"),
        (("there-and-back", "--folded", "--paths", "w", "L"), "--folded"),
        (("quiz-chain", "--adjoints"), "loss"),
        (("there-and-back", "--folded", "--values"), "--folded"),
        (("quiz-power", "--values"), "--steps"),
    ],
)
def test_a_faulty_call_exits_with_2_and_says_why(args: tuple[str, ...], said: str) -> None:
    result = call(*args)
    assert result.exit_code == 2, result.output
    assert said in result.output
    assert "Traceback" not in result.output


def test_a_graph_of_ten_thousand_nodes_is_folded_or_refused(tmp_path: Path) -> None:
    file = tmp_path / "long.yaml"
    file.write_text(
        "equations: h[t] = tanh(w*h[t-1])\nsteps: 1..10000\nparameters: {w: 1}\n"
        'initial: {"h[0]": 1}\n',
        "utf-8",
    )
    folded = data(str(file))
    assert folded["columns"] == []
    assert len(folded["nodes"]) == 2 - 1
    refused = call(str(file), "--unrolled")
    assert refused.exit_code == 2
    assert "--steps" in refused.output
    assert data(str(file), "--steps", "7..9")["columns"] == [6, 7, 8, 9]  # h[6] is read


def with_equations() -> list[str]:
    """The bundled problems that are not of a topic alone."""
    return [name for name in bundled() if load(source(name)).system.equations]


@pytest.mark.parametrize("name", every(12, with_equations()))
@pytest.mark.parametrize("level", list(Level))
def test_every_bundled_problem_is_drawn(name: str, level: Level) -> None:
    assert compose(graph(name, level=level)).width > 0


def test_a_graph_is_no_page(tmp_path: Path) -> None:
    file = tmp_path / "graph.html"
    result = CliRunner().invoke(main, ["graph", "there-and-back", "-o", str(file), "--lang", "en"])
    assert result.exit_code == 2
    assert "a graph is a picture" in result.output
    assert not file.exists()
