"""The signs of a graph: what a lecturer would write beside its nodes and edges."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from test_graph import call, data
from test_graph_content import at, edges

from rnnhand.calculus.network import Level
from rnnhand.language.printer import text
from rnnhand.phrases import phrases
from rnnhand.problem.cells import cell_named
from rnnhand.problem.files import load, source
from rnnhand.problem.library import functions
from rnnhand.questions import neurons
from rnnhand.questions.graph import drawn
from rnnhand.questions.subjects import Wish, of_cell, of_problem


def by_key(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {n["key"]: n for n in found["nodes"]}


# What is computed


@pytest.mark.parametrize("view", [(), ("--unrolled",), ("--steps", "1..2"), ("--steps", "1..3")])
@pytest.mark.parametrize("name", ["lstm", "lstm-peephole", "gru-before-keep"])
def test_gates_come_in_the_order_of_the_equations(name: str, view: tuple[str, ...]) -> None:
    written = [s.target.name for s in cell_named(name, ()).statements]
    nodes = data("--cell", name, *view)["nodes"]
    found = [n["row"].split("[")[0] for n in nodes if n["kind"] != "start"]
    assert list(dict.fromkeys(row for row in found if row in written)) == written


def test_a_mean_does_not_look_like_a_sum() -> None:
    total, mean = data("there-and-back"), data("there-and-back-mean")
    assert (by_key(total)["L"]["symbol"], by_key(mean)["L"]["symbol"]) == ("Σ", "Σ/n")
    assert "Σ/n is the mean." in call("there-and-back-mean", "--format", "dot").output
    assert "Σ/n" not in call("there-and-back", "--format", "dot").output


def test_the_mean_of_a_vector_does_not_look_like_its_sum(tmp_path: Path) -> None:
    text = "equations: L = {}((w*x - y)^2)\nparameters: {{w: 2}}\ndata: {{x: [1, 2], y: [0, 1]}}\n"
    signs = [by_key(data(at(tmp_path, text.format(op))))["L"]["symbol"] for op in ("sum", "mean")]
    assert signs == ["Σ( )²", "Σ( )²/n"]  # the arrows are not the summands


@pytest.mark.parametrize("name", ["jordan", "book-cell", "elman-previous-target"])
@pytest.mark.parametrize("nodes", ["quantities", "gates", "operations"])
def test_the_identity_is_not_drawn(name: str, nodes: str) -> None:
    found = data("--cell", name, "--nodes", nodes)
    assert "identity" not in {n["symbol"] for n in found["nodes"]}
    output = by_key(found)["yhat[t]"]
    assert output["symbol"] == {"quantities": "", "gates": "Σ", "operations": "+"}[nodes]


def test_functions_of_two_arguments_say_where_the_constant_stands() -> None:
    found = data("--formula", "y = max(0, x) + min(x, -2) + (x - 1)", "--nodes", "operations")
    assert {"max(0, ·)", "min(·, −2)"} <= {n["symbol"] for n in found["nodes"]}


def test_the_name_of_a_function_is_not_written_below() -> None:
    drawn = call("row-batch", "--labels", "slopes", "--format", "svg").output
    assert "one-hot(" in drawn
    gates = data("row-batch", "--nodes", "gates")
    assert "one-hot(·, 3)" in {n["symbol"] for n in gates["nodes"]}


def test_a_formula_for_a_title_has_the_signs_of_paper() -> None:
    assert data("--formula", "y = 2 * x**2 - w*x^3")["title"] == "y = 2·x² − w·x³"


# Derivatives


BATCH = """\
equations: |
  A = X @ W + b
  H = tanh(A)
  L = sum(H)
parameters: {W: [[0.5, -1], [2, 0.3]], b: [0.1, -0.2]}
data: {X: [[1, 2], [0, -1], [3, 1]]}
"""


def test_a_bias_that_is_added_to_every_row_has_its_slope(tmp_path: Path) -> None:
    """b̄ = 𝟏ᵀ·Ā, with as many ones as there are rows."""
    file = at(tmp_path, BATCH)
    found = data(file, "--labels", "slopes", "--adjoints")
    labels = {(e["start"], e["end"]): e["label"] for e in found["edges"]}
    assert labels["b", "A"] == "fill(1, 3, 1)"
    nodes = by_key(data(file, "--labels", "slopes", "--adjoints", "--arithmetic", "float"))
    rows = [[float(x) for x in row] for row in nodes["A"]["adjoint"]]
    sums = [sum(column) for column in zip(*rows, strict=True)]
    assert [float(x) for x in nodes["b"]["adjoint"]] == pytest.approx(sums)


def test_what_one_number_gives_a_vector_comes_back_as_a_product(tmp_path: Path) -> None:
    """x̄ = Wᵀ·ā for a = W·x with a number x."""
    file = at(
        tmp_path,
        "equations: |\n  a = W*x\n  L = sum(a^2)\nparameters: {W: [2, 1]}\ndata: {x: 3}\n",
    )
    labels = {(e["start"], e["end"]): e["label"] for e in data(file, "--labels", "slopes")["edges"]}
    assert labels["x", "a"] == "W"


def test_numbers_stand_first_in_a_slope() -> None:
    found = data("row-batch", "--labels", "slopes")
    (label,) = {e["label"] for e in found["edges"] if (e["start"], e["end"]) == ("P[1]", "L[1]")}
    assert label.startswith("-1/2*")


def test_numbers_of_a_slope_are_one_number(tmp_path: Path) -> None:
    file = at(tmp_path, "equations: L = (w*x - y)^2/2\nparameters: {w: 2}\ndata: {x: 1, y: 3}\n")
    labels = {(e["start"], e["end"]): e["label"] for e in data(file, "--labels", "slopes")["edges"]}
    assert labels["y", "L"] == "-(w*x - y)"


def test_the_slope_of_a_weight_hangs_on_its_side(tmp_path: Path) -> None:
    """x̄ = Wᵀ·ā for a = W·x, but X̄ = Ā·Wᵀ for A = X·W."""
    column = at(
        tmp_path,
        "equations: |\n  a = W @ x\n  L = sum(a^2)\n"
        "parameters: {W: [[1, 2], [3, 4]]}\ndata: {x: [1, 2]}\n",
    )
    for nodes in ("gates", "quantities"):
        slopes = ("--nodes", nodes, "--labels", "slopes")
        assert ("x", "a", "W") in edges(data(column, *slopes))
        assert ("X[1]", "a_H[1]", "W_x.T") in edges(data("row-batch", *slopes))


@pytest.mark.parametrize("nodes", ["quantities", "gates", "operations"])
def test_the_slope_of_a_softmax_is_a_matrix(nodes: str) -> None:
    found = edges(data("softmax-under-logarithm", "--nodes", nodes, "--labels", "slopes"))
    assert ("z", "p", "diag(p) - p @ p.T") in found


def test_what_a_box_weighs_has_its_derivative(tmp_path: Path) -> None:
    """h = tanh(u·(r·s) + b): ∂L/∂(r·s) = 2·(h − y)·(1 − h²)·u."""
    file = at(
        tmp_path,
        "equations: |\n  h = tanh(u*(r*s) + b)\n  L = (h - y)^2\n"
        "parameters: {u: 0.5, b: 0.25}\ndata: {r: 2, s: 0.7, y: 1}\n",
    )
    found = data(file, "--nodes", "gates", "--adjoints", "--arithmetic", "float")
    (inner,) = [n for n in found["nodes"] if n["symbol"] in ("×", "⊙")]
    h = math.tanh(0.5 * 2 * 0.7 + 0.25)
    assert float(inner["adjoint"]) == pytest.approx(2 * (h - 1) * (1 - h * h) * 0.5)


def test_what_a_weight_before_a_factor_multiplies_has_slope_and_derivative(tmp_path: Path) -> None:
    """h = f·(w·(r·s)): ∂h/∂(r·s) = f·w, ∂L/∂(r·s) = 2·(h − y)·f·w."""
    file = at(
        tmp_path,
        "equations: |\n  h = f*(w*(r*s))\n  L = (h - y)^2\n"
        "parameters: {w: 0.5}\ndata: {f: 3, r: 2, s: 0.7, y: 1}\n",
    )
    found = data(file, "--nodes", "gates", "--labels", "slopes", "--values", "--adjoints")
    (inner,) = [n["key"] for n in found["nodes"] if n["name"] is None and n["symbol"] == "×"]
    (slope,) = [e for e in found["edges"] if e["start"] == inner]
    assert (slope["label"], slope["value"]) == ("f*w", "3/2")
    assert by_key(found)[inner]["adjoint"] == "33/10"


@pytest.mark.parametrize(
    ("labels", "said"),
    [("slopes", "On edges: local derivatives."), ("weights", None)],
)
def test_a_picture_says_what_stands_on_its_edges(labels: str, said: str | None) -> None:
    drawn = call("there-and-back", "--labels", labels, "--format", "dot").output
    assert ("On edges" in drawn) == (said is not None)
    assert said is None or said in drawn


# Steps that are not drawn


@pytest.mark.parametrize("nodes", ["quantities", "gates", "neurons"])
def test_a_computed_state_does_not_look_like_a_given_one(nodes: str) -> None:
    first = by_key(data("there-and-back", "--nodes", nodes, "--steps", "1..2"))
    later = by_key(data("there-and-back", "--nodes", nodes, "--steps", "2..3"))
    assert (first["h[0]"]["kind"], later["h[1]"]["kind"]) == ("start", "outside")
    assert (first["h[1]"]["kind"], later["h[2]"]["kind"]) != ("outside", "outside")


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_an_excerpt_says_what_it_takes_from_other_steps(lang: str) -> None:
    said = phrases(lang).say("graph-look-outside")
    for args in (("there-and-back", "--steps", "2"), ("--cell", "lstm", "--steps", "2..3")):
        assert said in call(*args, "--format", "dot", "--lang", lang).output
    assert said not in call("there-and-back", "--format", "dot", "--lang", lang).output


# Neurons


def test_one_of_several_observations_is_said_and_chosen() -> None:
    first = call("xor-net", "--nodes", "neurons", "--format", "dot").output
    third = call("xor-net", "--nodes", "neurons", "--steps", "3", "--format", "dot").output
    assert "Drawn for i = 1 of 1..4; --steps chooses another." in first
    assert "Drawn for i = 3 of 1..4" in third and "y₃" in third
    assert "Drawn for" not in call("relu-net", "--nodes", "neurons", "--format", "dot").output


@pytest.mark.parametrize("loss", ["norm2(z - y)", "-sum(one_hot(c, 2)*log(softmax(z)))"])
def test_a_loss_that_is_not_written_out_is_one_node(tmp_path: Path, loss: str) -> None:
    file = at(
        tmp_path,
        f"equations: |\n  h = relu(W @ x + b)\n  z = U @ h\n  L = {loss}\n"
        "parameters: {W: [[1, 2], [3, 4]], b: [0, 1], U: [[1, -1], [2, 0]]}\n"
        + ("data: {x: [1, 2], y: [0, 1]}\n" if "y" in loss else "data: {x: [1, 2], c: 2}\n"),
    )
    found = data(file, "--nodes", "neurons", "--values")
    read = {e["start"] for e in found["edges"] if e["end"] == "L"}
    assert read == {"z1", "z2"} | ({"y1", "y2"} if "y" in loss else {"c"})
    node = by_key(found)["L"]
    assert (node["kind"], node["symbol"]) == ("quantity", "") and node["value"] is not None


def test_a_vector_that_is_not_written_out_is_refused(tmp_path: Path) -> None:
    file = at(tmp_path, "equations: e = p - one_hot(c, 2)\ndata: {p: [1, 0], c: 2}\n")
    ran = call(file, "--nodes", "neurons")
    assert ran.exit_code == 2 and "one_hot cannot be written out" in ran.output


# DOT and Mermaid


def test_programs_that_draw_get_the_notation_of_paper() -> None:
    dot = call("there-and-back", "--nodes", "operations", "--format", "dot").output
    assert '[label="ŷ₁\\n×"' in dot and '"2·(ŷ₁ − y₁)"' in dot
    labels = [line.split("label=")[1] for line in dot.splitlines() if "[label=" in line]
    assert not [label for label in labels if "yhat" in label or "*" in label or "[1]" in label]
    mermaid = call("there-and-back", "--values", "--format", "mermaid").output
    assert "ŷ₁" in mermaid and "yhat" not in mermaid


def test_what_no_letter_can_stand_below_keeps_its_sign() -> None:
    dot = call("--cell", "lstm", "--format", "dot").output
    assert '[label="fₜ\\nσ\\n+ b_f"' in dot
    assert '"h[t]" -> "f[t]" [label="■ U_f·hₜ₋₁", constraint=false, style=dashed]' in dot


def test_a_gate_that_is_held_at_a_number_says_so() -> None:
    """The error carousel is an LSTM with f = 1."""
    wish = Wish(Level.GATES, True)
    cell = of_cell(cell_named("lstm-carousel", ()), functions(), wish, "en")
    (gate,) = [n for n in drawn(cell, wish, phrases("en")).nodes if n.key == "f[t]"]
    assert gate.symbol == "= 1"


def test_minus_one_times_something_is_a_sign_among_neurons() -> None:
    wish = Wish()
    graph = neurons.graph(
        of_problem(load(source("step-approximator")), wish, "en"), wish, phrases("en")
    )
    labels = [text(e.label) for e in graph.edges if e.label is not None]
    assert sorted(labels) == sorted(["b", "-b", "-b", "b", "1", "1", "-1", "-1"])
    added = {sign + text(e) for n in graph.nodes for sign, e in n.constants()}
    assert added == {"−a", "−h", "+a", "+a + h"}
