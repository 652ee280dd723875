"""What a graph says of its equations: no more than they do, and no less."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from test_graph import call, data, graph

from rnnhand.calculus.network import Level, is_step
from rnnhand.cli import main
from rnnhand.document.graph import Edge
from rnnhand.document.graph_shown import as_shown
from rnnhand.language.tree import Number, Ref, refs
from rnnhand.phrases import phrases
from rnnhand.problem.files import Source, bundled, load, source
from rnnhand.questions.graph import WIDEST, drawn, ways_to_draw_less
from rnnhand.questions.subjects import Wish, of_problem
from rnnhand.system.upstream import without_implied
from tests.budget import every


def at(folder: Path, text: str) -> str:
    file = folder / "problem.yaml"
    file.write_text(text, "utf-8")
    return str(file)


def edges(found: dict[str, Any]) -> set[tuple[str, str, str | None]]:
    return {(e["start"], e["end"], e["label"]) for e in found["edges"]}


# Neurons


@pytest.mark.parametrize("fill", ["1", "0.5"])
def test_neurons_whose_weights_are_equal_numbers_are_two(tmp_path: Path, fill: str) -> None:
    file = at(
        tmp_path,
        "equations: p = softmax(U @ x)\ndata: {x: [1, 2]}\n"
        f"parameters: {{U: {{shape: [2, 2], fill: {fill}}}}}\n",
    )
    found = data(file, "--nodes", "neurons")
    powers = [n["key"] for n in found["nodes"] if n["symbol"] == "exp"]
    assert len(powers) == 2
    read = [{e["start"] for e in found["edges"] if e["end"] == p} for p in ("p1", "p2")]
    assert read[0] & set(powers) != read[1] & set(powers)


def test_a_weight_0_is_drawn_and_an_entry_0_is_not(tmp_path: Path) -> None:
    file = at(
        tmp_path,
        "equations: |\n  y = w*x\n  z = W @ v\ndata: {x: 1, v: [1, 2]}\n"
        "parameters: {w: 0, W: [[0, 3]]}\n",
    )
    assert edges(data(file, "--nodes", "neurons")) == {("x", "y", "0"), ("v2", "z", "3")}


@pytest.mark.parametrize("form", ["p = a*b*c", "p = a^2 + a*b + (a + c)^2"])
def test_what_is_computed_from_parameters_alone_has_them_for_inputs(
    tmp_path: Path, form: str
) -> None:
    file = at(tmp_path, f"equations: {form}\nparameters: {{a: 2, b: 3, c: -1}}\n")
    found = data(file, "--nodes", "neurons")
    assert {"a", "b", "c"} <= {e["start"] for e in found["edges"]}
    assert all(not n["added"] for n in found["nodes"])


# Weights, biases, and what is neither


@pytest.mark.parametrize("nodes", ["quantities", "gates"])
def test_a_letter_that_is_no_weight_is_a_node_and_nothing_else(tmp_path: Path, nodes: str) -> None:
    file = at(
        tmp_path,
        "equations: |\n  s = x + y\n  p = x*y*z\n  f = s*z - p/(p + x)\n"
        "parameters: {x: 2, y: 3, z: 1}\n",
    )
    found = data(file, "--nodes", nodes)
    assert {"x", "y", "z"} <= {e["start"] for e in found["edges"]}
    assert {e["label"] for e in found["edges"]} <= {None, "-1"}
    assert not [n for n in found["nodes"] if n["added"]]


@pytest.mark.parametrize(
    ("body", "shown", "added"),
    [
        ("b*m[t-1] + (1-b)*x[t]", set(), []),
        ("tanh(b*m[t-1] + x[t])", {"b"}, []),
        ("(m[t-1] + b)*x[t]", set(), [("gate", "Σ", ["b"])] * 2),
        ("x[t] - b + 0*m[t-1]", {"-1", "0"}, []),
    ],
)
def test_a_weight_is_a_factor_and_a_bias_a_summand(
    tmp_path: Path, body: str, shown: set[str], added: list[tuple[str, str, list[str]]]
) -> None:
    file = at(
        tmp_path,
        f"equations: m[t] = {body}\nsteps: 1..2\nparameters: {{b: 1/2}}\n"
        'initial: {"m[0]": 0}\ndata: {"x[1..2]": [1, 2]}\n',
    )
    found = data(file)
    assert {e["label"] for e in found["edges"] if e["label"]} == shown
    boxes = [n for n in found["nodes"] if n["added"]]
    assert [(n["kind"], n["symbol"], n["added"]) for n in boxes] == added
    is_node = "b" not in shown and not added
    assert ("b" in {e["start"] for e in found["edges"]}) == is_node


def test_a_bias_stands_in_its_sum(tmp_path: Path) -> None:
    file = at(
        tmp_path,
        "equations: y = tanh(w*x + b) + c\nparameters: {w: 1, b: 2, c: 3}\ndata: {x: 1}\n",
    )
    found = {n["key"]: (n["symbol"], n["added"]) for n in data(file)["nodes"]}
    assert found == {"x": ("", []), "y": ("", ["c"]), "y.1": ("tanh", ["b"])}
    assert ("x", "y.1", "w") in edges(data(file))
    gates = data(file, "--nodes", "gates")
    assert sorted(n["added"] for n in gates["nodes"] if n["added"]) == [["b"], ["c"]]


def test_what_stands_inside_a_function_has_a_box(tmp_path: Path) -> None:
    """exp(k*h) + m*h: k is no weight of g."""
    file = at(
        tmp_path,
        "equations: |\n  e = exp(q*h)\n  g = exp(k*h) + m*h + r*(u*h + b)\n"
        "parameters: {q: 1, k: 1, m: 2, u: 3, b: 4}\ndata: {h: 1, r: 2}\n",
    )
    drawn = data(file)
    symbols = {n["key"]: (n["symbol"], n["added"]) for n in drawn["nodes"] if n["symbol"]}
    assert symbols == {"e": ("exp", []), "g.1": ("exp", []), "g.4": ("Σ", ["b"])}
    assert edges(drawn) >= {("h", "e", "q"), ("h", "g.1", "k"), ("h", "g", "m"), ("h", "g.4", "u")}


PARTS = "parameters: {w: 2, u: 3, b: 1}\ndata: {x: 1, r: 2, h: 3}\n"


@pytest.mark.parametrize("body", ["tanh(w*x + u*(r*h))", "tanh(w*x + u*r*h)"])
def test_a_weight_before_a_product_stands_on_one_arrow_from_it(tmp_path: Path, body: str) -> None:
    found = data(at(tmp_path, f"equations: y = {body}\n{PARTS}"))
    (product,) = [n for n in found["nodes"] if n["name"] is None]
    assert product["symbol"] == "×"
    assert edges(found) == {
        ("x", "y", "w"),
        (product["key"], "y", "u"),
        ("r", product["key"], None),
        ("h", product["key"], None),
    }


def test_a_weight_inside_of_a_product_stands_at_what_it_multiplies(tmp_path: Path) -> None:
    found = data(at(tmp_path, f"equations: y = tanh(w*x + r*(u*h))\n{PARTS}"))
    assert edges(found) == {("x", "y", "w"), ("r", "y", None), ("h", "y", "u")}


def test_a_weight_before_a_function_stands_on_an_arrow_from_it(tmp_path: Path) -> None:
    found = data(at(tmp_path, f"equations: y = u*tanh(w*x + b)\n{PARTS}"))
    (inner,) = [n for n in found["nodes"] if n["name"] is None]
    assert (inner["symbol"], inner["added"]) == ("tanh", ["b"])
    assert edges(found) == {("x", inner["key"], "w"), (inner["key"], "y", "u")}


def test_a_function_of_several_arguments_has_its_weights_like_any_other(tmp_path: Path) -> None:
    found = data(at(tmp_path, f"equations: y = clip(b*x + u*clip(w*h, -1, 1), -2, 2)\n{PARTS}"))
    (inner,) = [n for n in found["nodes"] if n["name"] is None]
    assert inner["symbol"] == "clip"
    assert edges(found) == {("x", "y", "b"), ("h", inner["key"], "w"), (inner["key"], "y", "u")}


def test_the_part_before_which_a_weight_stands_has_its_derivative(tmp_path: Path) -> None:
    found = data(
        at(tmp_path, f"equations: y = (u*(r*h) - x)^2\nloss: y\n{PARTS}"), "--values", "--adjoints"
    )
    (product,) = [n for n in found["nodes"] if n["name"] is None]
    assert (product["value"], product["adjoint"]) == ("6", str(2 * (18 - 1) * 3))


def test_a_weight_of_every_step_is_named_at_its_step(tmp_path: Path) -> None:
    problem = at(
        tmp_path,
        "equations: |\n  h[t] = tanh(v[t]*(x[t]*h[t-1]) + b[t])\n  L = h[T]\nsteps: 1..2\n"
        "parameters: {'v[1..2]': [2, 3], 'b[1..2]': [0, 1]}\ninitial: {'h[0]': 1}\n"
        "data: {'x[1..2]': [1, 2]}\n",
    )
    found = data(problem, "--values", "--adjoints")
    assert {e["label"] for e in found["edges"] if e["is_weight"] and e["label"]} == {"v[1]", "v[2]"}
    added = {n["key"]: n["added"] for n in found["nodes"] if n["added"]}
    assert added == {"h[1]": ["b[1]"], "h[2]": ["b[2]"]}
    said = call(problem, "--values", "--adjoints").output
    assert all(f"∂L/∂{name} = " in said for name in ("v_1", "v_2", "b_1", "b_2"))


def test_two_weights_of_one_node_are_not_lost(tmp_path: Path) -> None:
    both = data(at(tmp_path, f"equations: y = w*x + u*x\n{PARTS}"))
    assert edges(both) == {("x", "y", "w + u")}
    found = data(at(tmp_path, f"equations: y = w*x + 1/2*tanh(u*x)\n{PARTS}"))
    (inner,) = [n["key"] for n in found["nodes"] if n["name"] is None]
    assert edges(found) == {("x", "y", "w"), ("x", inner, "u"), (inner, "y", "1/2")}


@pytest.mark.parametrize("nodes", ["quantities", "gates"])
@pytest.mark.parametrize(
    ("body", "shown", "added"),
    [
        ("sigmoid(0*x + 0*h)", {"0"}, []),
        ("tanh(-w*x - 2*u*h + 1/2)", {"-w", "-2*u"}, ["1/2"]),
        ("sigmoid(-1*x + h)", {"-1", None}, []),
        ("0.10*x + w*h/2 - 3", {"0.10", "1/2*w"}, ["-3"]),
    ],
)
def test_a_number_that_multiplies_stands_like_a_weight(
    tmp_path: Path, nodes: str, body: str, shown: set[str | None], added: list[str]
) -> None:
    found = data(at(tmp_path, f"equations: y = {body}\n{PARTS}"), "--nodes", nodes)
    assert {e["label"] for e in found["edges"] if e["start"] in "xh"} == shown
    assert [n["added"] for n in found["nodes"] if n["key"] == "y"] == [added]


def test_a_number_inside_of_a_product_says_nothing_of_the_whole(tmp_path: Path) -> None:
    found = data(at(tmp_path, f"equations: y = r*h + (1 - r)*x\n{PARTS}"))
    assert {label for _, _, label in edges(found)} == {None}


def test_products_of_entries_have_one_sign_in_all_views(tmp_path: Path) -> None:
    file = at(tmp_path, "equations: y = r*h\ndata: {r: [1, 2], h: [3, 4]}\n")
    for nodes in ("gates", "operations"):
        assert "⊙" in {n["symbol"] for n in data(file, "--nodes", nodes)["nodes"]}


def test_a_layer_of_one_neuron_has_the_sign_of_the_others() -> None:
    symbols = {n["symbol"] for n in data("two-layers-gru")["nodes"]}
    assert "⊙" in symbols
    assert "×" not in symbols
    assert "×" in {n["symbol"] for n in data("slide-gru")["nodes"]}


# Folded


@pytest.mark.parametrize("nodes", ["quantities", "gates", "operations"])
def test_a_start_is_no_part_of_the_loop(nodes: str) -> None:
    """s_0 = h_T is a node of its own: nothing of h goes into the tanh of s_k."""
    found = data("encoder-decoder", "--folded", "--nodes", nodes)
    names = {n["name"] for n in found["nodes"]}
    assert {"s[0]", "s[k]"} <= names
    assert ("h[t]", "s[0]", None) in {(e["start"], e["end"], None) for e in found["edges"]}
    symbols = {n["name"]: n["symbol"] for n in found["nodes"]}
    assert symbols["s[k]"] == "tanh"
    into = [e for e in found["edges"] if e["end"].startswith("s[k]")]
    assert not [e for e in into if e["start"] == "h[t]"]
    drawn = call("encoder-decoder", "--folded", "--nodes", nodes).output
    assert "s_{k−1} begins with s_0." in drawn


def test_steps_with_equations_of_their_own_stand_beside_the_loop(tmp_path: Path) -> None:
    file = at(
        tmp_path,
        "equations: |\n  e[t] = tanh(w*e[t-1] + v*x[t])\n  s[4] = tanh(q*e[3])\n"
        "  s[5] = tanh(q*s[4])\n  L = (s[4] - d[4])^2 + (s[5] - d[5])^2\nsteps: 1..3\n"
        'parameters: {w: 1, v: 1, q: 1}\ninitial: {"e[0]": 0}\n'
        'data: {"x[1..3]": [1, 2, 3], "d[4..5]": [1, 0]}\n',
    )
    found = data(file, "--folded")
    kinds = {n["key"]: n["kind"] for n in found["nodes"]}
    assert kinds["s[4]"] == kinds["s[5]"] == "quantity"
    assert kinds["d[4]"] == kinds["d[5]"] == "data"
    assert {("e[t]", "s[4]", "q*e[3]"), ("s[4]", "s[5]", "q")} < edges(found)


def test_a_sum_over_steps_reads_those_that_have_equations_of_their_own(tmp_path: Path) -> None:
    file = at(
        tmp_path,
        "equations: |\n  h[1] = x[1]\n  h[2] = 2*h[1]\n  L = sum[t](h[t])\nsteps: 1..2\n"
        'data: {"x[1..2]": [1, 2]}\n',
    )
    found = edges(data(file, "--folded"))
    assert {("h[1]", "h[2]"), ("h[1]", "L"), ("h[2]", "L")} < {(a, b) for a, b, _ in found}


def test_a_folded_graph_says_that_only_the_last_step_is_read(tmp_path: Path) -> None:
    file = at(
        tmp_path,
        "equations: |\n  h[t] = w*h[t-1] + x[t]\n  y = u*h[T]\n  L = (h[T] - y)^2\nsteps: 1..3\n"
        'parameters: {w: 2, u: 3}\ninitial: {"h[0]": 0}\ndata: {"x[1..3]": [1, 1, 2]}\n',
    )
    found = edges(data(file, "--folded"))
    assert {("h[t]", "y", "u*h[T]"), ("h[t]", "L", "h[T]"), ("h[t]", "h[t]", "w")} < found
    assert "h[T]" not in {label for _, _, label in edges(data(file, "--unrolled"))}
    for form in ("dot", "mermaid"):
        shown = call(file, "--folded", "--format", form).output.replace("#95;", "_")
        assert "h_T" in shown
    assert "Only h_T goes further." in call(file, "--folded", "--nodes", "operations").output


def test_the_only_step_of_a_quantity_is_named_as_it_is_read() -> None:
    found = data("slide-rnn-last", "--folded")
    assert "y[T]" in {n["name"] for n in found["nodes"]}
    assert ("h[t]", "y[3]", "W_hy*h[T]") in edges(found)


# What has no derivative


@pytest.mark.parametrize("name", every(9, bundled()))
@pytest.mark.parametrize("level", [Level.QUANTITIES, Level.GATES])
def test_all_that_equations_read_is_in_the_picture_and_no_edge_twice(
    name: str, level: Level
) -> None:
    system = without_implied(load(source(name)).system)
    if not system.equations or max(map(len, system.indices.values()), default=1) > WIDEST:
        return
    found = graph(name, level=level, folded=bool(system.indices))
    shown = {r.name for e in found.edges if e.label is not None for r in refs(e.label)}
    for node in found.nodes:
        shown |= {r.name for expr in node.added for r in refs(expr)}
        shown |= {node.name.name} if isinstance(node.name, Ref) else set()
    read = {r.name for e in system.equations for r in refs(e.body) if not is_step(r, system)}
    assert read <= shown
    assert twice(found.edges) == []


def twice(found: Iterable[Edge]) -> list[tuple[str, str, int]]:
    """Between which nodes more than one edge runs; not where each says of itself which step of its
    start enters, and no two say the same."""
    between: dict[tuple[str, str, int], list[Edge]] = {}
    for e in found:
        between.setdefault((e.start, e.end, e.lag), []).append(e)
    return [ends for ends, along in between.items() if len(along) > 1 and not told_apart(along)]


def told_apart(along: list[Edge]) -> bool:
    says = [e.seen_as for e in along if e.label is not None and e.seen_as in refs(e.label)]
    return len(says) == len(set(says)) == len(along)


def test_edges_from_one_folded_node_are_told_apart_by_the_steps_on_them() -> None:
    found = graph("channels-by-hand", folded=True).edges
    one, other = (e for e in found if e.start == "P[c]")
    assert (one.label, other.label) == (one.seen_as, other.seen_as)
    assert twice(found) == []
    ends = [(one.start, one.end, one.lag)]
    assert twice([*found, one]) == ends
    assert twice([one, replace(other, label=one.label)]) == ends
    assert twice([one, replace(other, label=None)]) == ends
    w, u = (replace(one, label=Ref(name), seen_as=None) for name in "wu")
    assert twice([w, u]) == ends  # two weights of one node stand on one edge, as w + u


@pytest.mark.parametrize(
    ("name", "read"), [("slide-rnn-every", "c"), ("row-batch", "k"), ("slide-rnn-last", None)]
)
def test_the_class_that_a_loss_picks_is_drawn(name: str, read: str | None) -> None:
    for folded in ("--folded", "--unrolled"):
        found = data(name, folded)
        kinds = {n["key"]: n["kind"] for n in found["nodes"]}
        entering = {(e["start"], e["end"]) for e in found["edges"]}
        steps = ["[t]"] if folded == "--folded" else ["[1]", "[2]"]
        wanted = [(read + s, "L" + s) for s in steps] if read else [("c", "L")]
        assert set(wanted) <= entering
        assert {kinds[start] for start, _ in wanted} == {"data"}


def test_what_a_condition_reads_is_drawn_once_for_each_step_of_a_sum(tmp_path: Path) -> None:
    file = at(
        tmp_path,
        "equations: |\n  h[t] = w*x[t]\n  L = sum[t](x[t]*[h[t] > 1])\nsteps: 1..2\n"
        'parameters: {w: 2}\ndata: {"x[1..2]": [1, 2]}\n',
    )
    assert {("h[1]", "L"), ("h[2]", "L")} < {(a, b) for a, b, _ in edges(data(file))}


# Numbers


def test_in_a_sum_of_a_condition_other_indices_stay_where_they_are(tmp_path: Path) -> None:
    """h[t-1] beside m[k] is the state of one step, whatever step the sum over k is at."""
    path = tmp_path / "gated.yaml"
    path.write_text(
        "title: Gated\nequations: |\n  h[t] = x[t]*[sum[k](m[k]*h[t-1]) > 0]\n"
        "steps: 1..3\nindices: {k: 1..2}\ndata: {'x[1..3]': [1, 2, 3], 'm[1..2]': [1, 2]}\n"
        "initial: {'h[0]': 1}\n",
        encoding="utf-8",
    )
    edges = data(str(path))["edges"]
    assert sorted(e["start"] for e in edges if e["end"] == "h[3]") == [
        "h[2]", "m[1]", "m[2]", "x[3]",
    ]  # fmt: skip


def test_every_weight_in_a_picture_has_its_numbers_below(tmp_path: Path) -> None:
    """At every step, at the last one only, or without steps; a matrix in rows."""
    loop = at(
        tmp_path,
        "equations: |\n  h[t] = w*h[t-1] + x[t]\n  y = u*h[T] + c\n  L = y^2\nsteps: 1..2\n"
        'parameters: {w: 2, u: 3, c: 1}\ninitial: {"h[0]": 0}\ndata: {"x[1..2]": [1, 1]}\n',
    )
    said = call(loop, "--values", "--adjoints").output
    for part in ("w = 2, ∂L/∂w = 60", "u = 3, ∂L/∂u = 60", "c = 1, ∂L/∂c = 20"):
        assert part in said.replace("\u00a0", " ")
    net = at(
        tmp_path,
        "equations: |\n  y = W @ x + b\n  L = sum(y)\n"
        "parameters: {W: [[1, 2], [3, 4]], b: [0, 1]}\ndata: {x: [5, 6]}\n",
    )
    said = " ".join(call(net, "--values", "--adjoints").output.replace("\u00a0", " ").split())
    assert "W = ((1, 2), (3, 4)), ∂L/∂W = ((5, 6), (5, 6))" in said
    assert "b = (0, 1), ∂L/∂b = (1, 1)" in said


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_what_is_too_long_for_a_node_stands_below(tmp_path: Path, lang: str) -> None:
    file = at(
        tmp_path,
        "equations: |\n  y = tanh(W @ x)\n  z = V @ y\n  L = sum(z)\n"
        "parameters: {W: [[1], [2], [3], [4]], V: {shape: [5, 4], fill: 1}}\ndata: {x: [1/3]}\n",
    )
    said = call(file, "--values", "--adjoints", "--lang", lang).output.replace("\u00a0", " ")
    assert "= …" in said
    assert "y = (" in said
    assert "V = …" in said
    assert "rnnhand solve" in said


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_a_line_of_the_caption_holds_one_matrix_and_one_sign_between_numbers(lang: str) -> None:
    wish = ("row-batch", "--values", "--adjoints", "--unrolled", "--lang", lang)
    said = call(*wish, COLUMNS="60").output.replace("\u00a0", " ")
    whole = " ".join(said.split())
    for line in (part for part in said.splitlines() if "=" in part and "(" in part):
        assert not line.rstrip().endswith(("=", ".", "-", "−", "/", "_"))
    mark, between = (",", ";") if lang == "ru" else (".", ",")
    row = f"((0{mark}5{between} 0{mark}2){between} (−0{mark}3{between} 0{mark}4)){between} ∂L/∂W_x"
    assert f"W_x = {row}" in whole


@pytest.mark.parametrize(
    ("name", "nodes", "end", "read"),
    [
        ("slide-lstm", "quantities", "L", "L[2]"),
        ("there-and-back", "quantities", "L", "…"),
        ("there-and-back", "operations", "L", "…"),
    ],
)
def test_an_excerpt_says_so_and_shows_that_a_sum_reads_more(
    name: str, nodes: str, end: str, read: str
) -> None:
    found = data(name, "--steps", "1..1", "--values", "--nodes", nodes)
    names = {n["key"]: n for n in found["nodes"]}
    drawn = {e["end"] for e in found["edges"]}
    ((start, _),) = {
        (e["start"], e["end"])
        for e in found["edges"]
        if e["end"] == end and e["start"] not in drawn
    }
    assert names[start]["name"] == read
    assert names[start]["column"] == 2
    if read != "…":
        entering = [e["start"] for e in found["edges"] if e["end"] == end]
        total = sum(float(names[k]["value"]) for k in entering)
        assert abs(total - float(names[end]["value"])) < 1e-3
    said = call(name, "--steps", "1..1").output
    assert "An excerpt: step 1 of" in said
    assert "excerpt" not in call(name).output
    assert not [n for n in data(name)["nodes"] if n["name"] == "…"]


def test_every_path_is_marked_on_all_its_edges_and_the_sum_is_shown() -> None:
    found = data("second-order", "--paths", "h[0]", "L")
    marked = {(e["start"], e["end"]): e["paths"] for e in found["edges"]}
    ways = found["paths"]["paths"]
    assert len(ways) == 11
    for number, way in enumerate(ways, 1):
        for start, end in zip(way["nodes"], way["nodes"][1:], strict=False):
            assert number in marked[start, end]
    said = call("second-order", "--paths", "h[0]", "L").output.replace("\u00a0", " ")
    assert "0 + 0 + 0 + 0 + (−1/16) + 1/4 + 2 + 0 + 0 + 0 + 0 = 35/16" in " ".join(said.split())


def test_of_too_many_paths_the_caption_says_which_are_marked(tmp_path: Path) -> None:
    layers = "".join(f"  h{i} = h{i - 1} + h{i - 1}^2\n" for i in range(1, 6))
    file = at(tmp_path, f"equations: |\n{layers}data: {{h0: 1}}\n")
    assert "32 paths; an edge has the number of the first" in call(
        file, "--paths", "h0", "h5", "--nodes", "operations"
    ).output.replace("\u00a0", " ")


def test_copies_of_a_shared_weight_have_no_derivative_and_the_caption_has_it_once() -> None:
    wish = ("there-and-back-ones", "--values", "--adjoints", "--nodes", "operations", "--unrolled")
    said = call(*wish).output.replace("\u00a0", " ")
    by_v = next(n["adjoint"] for n in data(*wish)["nodes"] if n["key"] == "v")
    assert said.count(f"∂L/∂v = {by_v.replace('-', '−')}") == 1
    level = Level.OPERATIONS
    whole = graph("there-and-back-ones", level=level, values=True, adjoints=True, folded=False)
    weights = [n for n in as_shown(whole).nodes if n.kind == "weight"]
    assert len(weights) == 3
    assert all(n.adjoint is None and n.value is not None for n in weights)


def test_numbers_of_a_picture_have_one_form() -> None:
    whole = graph("slide-clipping", values=True, adjoints=True, folded=False)
    shown = " ".join(map(str, as_shown(whole).nodes))
    assert "/" not in shown
    assert "1649/2" not in call("slide-clipping", "--values", "--adjoints").output
    assert "55593/512" in json.dumps(data("slide-clipping", "--values", "--adjoints"))
    short = graph("there-and-back-ones", values=True, adjoints=True, folded=False)
    assert as_shown(short).nodes == short.nodes


@pytest.mark.parametrize(
    ("name", "said", "unsaid"),
    [
        ("window-network", "W_1, W_2 are weights.", "every step"),
        ("slide-one-to-many", "v is a weight.", "v, "),
        ("slide-rnn-last", "W_hy, b_y are weights and biases.", "W_hy, b_y, "),
        ("there-and-back", "w, v, u are weights, each the same at every step.", "are weights."),
    ],
)
def test_only_what_serves_at_several_steps_is_the_same_at_every_step(
    name: str, said: str, unsaid: str
) -> None:
    shown = " ".join(call(name).output.split())
    assert said in shown
    assert unsaid not in shown


def test_entries_of_what_has_a_hat_have_one() -> None:
    shown = call("two-relu-layers", "--nodes", "neurons").output
    assert "ŷ_1" in shown
    assert "yhat1" not in shown


def test_a_weight_1_before_a_power_is_shown() -> None:
    found = edges(data("matrix-net", "--nodes", "neurons"))
    assert {label for start, _, label in found if start in ("X1", "X2")} == {"1", "2"}


# Local derivatives


def test_operations_on_vectors_have_their_local_derivatives(tmp_path: Path) -> None:
    file = at(
        tmp_path,
        "equations: |\n  z = W @ [h; x]\n  p = softmax(z)\n  L = -sum(g*log(p))\n"
        "parameters: {W: [[1, 2], [3, 4]]}\ndata: {h: 1, x: 2, g: [1, 0]}\n",
    )
    found = {(a, b): label for a, b, label in edges(data(file, "--nodes", "operations"))}
    assert found["z", "p"] == "diag(p) - p @ p.T"
    (log,) = [b for a, b in found if a == "p"]
    assert found["p", log] == "1/p"
    assert [found[e] for e in found if e[0] in "hx"] == ["1", "1"]
    drawn = call(file, "--nodes", "operations").output
    assert "[h  x]" in drawn
    assert ".T" not in drawn


def test_a_stack_of_vectors_is_transposed_on_one_line(tmp_path: Path) -> None:
    file = at(
        tmp_path,
        "equations: |\n  h[t] = tanh(W @ [h[t-1]; x[t]])\nsteps: 1..2\n"
        "parameters: {W: [[1, 2, 3], [3, 4, 5]]}\n"
        'initial: {"h[0]": [0, 1]}\ndata: {"x[1..2]": [1, 2]}\n',
    )
    drawn = call(file, "--folded", "--nodes", "operations").output
    assert "[h_{t−1}ᵀ  x_t" in drawn
    assert "h[t-1]" not in drawn


# Signs, kinds and hints


def test_neurons_write_functions_as_other_views_do(tmp_path: Path) -> None:
    file = at(
        tmp_path, "equations: y = log(x) + sqrt(x) + (x + 1)^2 + x^(-1)\ndata: {x: 2}\nloss: y\n"
    )
    symbols = {n["symbol"] for n in data(file, "--nodes", "neurons")["nodes"]}
    assert {"ln", "√", "( )²"} <= symbols
    assert not {"log", "sqrt", "^"} & symbols


@pytest.mark.parametrize("steps", [True, False])
def test_only_what_a_loop_begins_with_is_an_initial_value(tmp_path: Path, steps: bool) -> None:
    net = "equations: y = w*x\nparameters: {w: 2}\ndata: {x: 1}\n"
    loop = (
        "equations: h[t] = w*h[t-1] + x[t]\nsteps: 1..2\nparameters: {w: 2}\n"
        'initial: {"h[0]": 0}\ndata: {"x[1..2]": [1, 1]}\n'
    )
    found = data(at(tmp_path, loop if steps else net), "--nodes", "neurons")
    kinds = {n["key"]: n["kind"] for n in found["nodes"]}
    assert [k for k in kinds if kinds[k] == "start"] == (["h[0]"] if steps else [])
    assert [k for k in kinds if kinds[k] == "data"] == (["x[1]", "x[2]"] if steps else ["x"])


def test_neurons_are_not_folded() -> None:
    result = call("there-and-back", "--folded", "--nodes", "neurons")
    assert result.exit_code == 2
    assert "not folded" in result.output


@pytest.mark.parametrize("command", [("graph",), ("solve",)])
def test_an_ending_that_means_nothing_is_refused(tmp_path: Path, command: tuple[str]) -> None:
    file = tmp_path / "x.bmp"
    result = CliRunner().invoke(main, [*command, "there-and-back", "-o", str(file)])
    assert result.exit_code == 2
    assert ".bmp" in result.output
    assert ".pdf" in result.output
    assert not file.exists()
    text = [*command, "there-and-back", "--format", "terminal", "-o", str(file)]
    assert CliRunner().invoke(main, text).exit_code == 0
    assert file.exists()


def test_a_file_that_ends_in_json_is_json(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    assert call("there-and-back", "-o", str(file)).exit_code == 0
    assert json.loads(file.read_text("utf-8"))["nodes"]


def test_a_hint_names_only_what_would_draw_less() -> None:
    def ways(**wish: Any) -> list[str]:
        chosen = Wish(**wish)
        system = load(source("there-and-back")).system
        return ways_to_draw_less(chosen, system, graph("there-and-back", **wish), False)

    assert ways() == ["--folded", "--steps A..B"]
    assert ways(values=True, folded=False) == ["--steps A..B"]
    assert ways(folded=True, level=Level.GATES) == ["--nodes quantities"]
    assert ways(folded=True) == []
    assert ways(steps={"t": range(1, 2)}) == []
    assert ways(steps={"t": range(2, 4)}) == ["--folded", "--steps A..B"]


def test_a_hint_for_paths_names_no_option_that_they_refuse(tmp_path: Path) -> None:
    file = tmp_path / "x.svg"
    said = call("second-order", "--paths", "h[0]", "L", "-o", str(file)).output
    assert "--nodes quantities" in said
    assert "--folded" not in said and "--steps" not in said


def test_gates_say_which_of_two_is_taken_away() -> None:
    """u − θ and y − h: a line from the left may be either, so what is taken away has −1 on it."""
    text = (
        "title: Own\nequations: |\n  h[t] = tanh(w*h[t-1] + v*x[t])\n"
        "  L[t] = (h[t] - y[t])^2\n  L = sum[t](L[t])\n"
        "steps: 1..2\nparameters: {w: 1, v: 1}\ninitial: {'h[0]': 0}\n"
        "data: {'x[1..2]': [1, 1], 'y[1..2]': [1, 0]}\n"
    )
    wish = Wish(Level.GATES, folded=False)
    graph = drawn(of_problem(load(Source("own.yaml", text), ()), wish, "en"), wish, phrases("en"))
    labels = {e.start: e.label for e in graph.edges if e.start in ("h[1]", "y[1]")}
    assert not any(n.symbol == "−" for n in graph.nodes)
    assert labels["y[1]"] == Number("-1")


def test_a_narrow_terminal_has_the_biases_below_the_names() -> None:
    args = ["graph", "--cell", "lstm", "--lang", "en"]
    wide, narrow = (
        CliRunner().invoke(main, args, env={"COLUMNS": columns}).output for columns in ("120", "80")
    )
    assert "[σ f_t + b_f]" in wide
    assert "[σ f_t]" in narrow
    (drawn, *_) = narrow.partition("W_f, U_f, W_i")
    assert all(f"+ {b}" in drawn for b in ("b_f", "b_i", "b_c", "b_o"))
    assert max(map(len, drawn.splitlines())) <= 80


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (
            ("--cell", "rnn", "--nodes", "operations"),
            "a_t is the argument of the function that it enters",
        ),
        (
            ("--cell", "lstm", "--nodes", "operations"),
            "arguments of the functions that they enter",
        ),
        (("logistic-loss-three",), "each the same for every i."),
        (("there-and-back",), "each the same at every step."),
    ],
)
def test_the_caption_says_what_names_are_and_for_what_weights_are_the_same(
    args: tuple[str, ...], said: str
) -> None:
    result = CliRunner().invoke(main, ["graph", *args, "--lang", "en"], env={"COLUMNS": "200"})
    assert said in " ".join(result.output.split())


@pytest.mark.parametrize(("cell", "is_of_arrays"), [("rnn", True), ("book-cell", False)])
def test_operations_on_arrays_say_what_stands_on_their_edges(cell: str, is_of_arrays: bool) -> None:
    args = ["graph", "--cell", cell, "--nodes", "operations", "--lang", "en"]
    result = CliRunner().invoke(main, args, env={"COLUMNS": "200"})
    assert ("On edges of arrays: A where" in result.output) is is_of_arrays


def test_no_list_names_parameters_that_all_have_a_frame() -> None:
    args = ["graph", "--cell", "rnn", "--lang", "en"]
    framed, listed = (
        CliRunner().invoke(main, [*args, *more], env={"COLUMNS": "200"}).output
        for more in (("--nodes", "operations"), ())
    )
    assert "Parameters are the same at every step." in framed
    assert "W_x, W_h, b are weights and biases" in listed


def test_values_in_letters_are_written_as_formulas_are() -> None:
    args = ["graph", "logistic-loss-three", "--values", "--format", "svg", "--lang", "en"]
    said = re.sub(r"<[^>]*>", "", CliRunner().invoke(main, args).output)
    assert "= σ(w0 + w1)" in said
    assert "sigmoid" not in said


def test_mermaid_has_the_caption_and_dashed_states() -> None:
    args = ["graph", "there-and-back", "--values", "--adjoints", "--format", "mermaid"]
    said = CliRunner().invoke(main, [*args, "--lang", "en"]).output
    assert re.search(r'caption\["w, v, u are weights.*w = 1#47;2.*"\]:::caption', said)
    assert re.search(r"n\d+\(\[.*\]\):::start", said)


def test_what_is_0_to_any_digit_is_0_in_a_picture() -> None:
    from rnnhand.language.numerals import Numeral
    from rnnhand.render.picture.words import value

    assert value(Numeral(None, "0", bound=-2464)) == "0"


STACKED = """
equations: |
  f[t] = sigma(W_f @ [h[t-1]; x[t]] + b)
  g[t] = tanh(W_g @ [h[t-1]; x[t]])
  h[t] = f[t]*g[t]
  L[t] = sum((h[t] - 1)^2)
  L = sum[t](L[t])
steps: 1..2
parameters: {W_f: [[1, 2, 3], [3, 4, 5]], W_g: [[1, -2, 1], [1/2, 1, -1]], b: [0, 1]}
initial: {"h[0]": [0, 1]}
data: {"x[1..2]": [1/2, -1/4]}
loss: L
"""


@pytest.mark.parametrize("nodes", ["quantities", "gates"])
def test_what_several_equations_stack_alike_is_one_node(tmp_path: Path, nodes: str) -> None:
    file = at(tmp_path, STACKED)
    found = data(file, "--nodes", nodes, "--adjoints")
    stacks = {n["key"]: n for n in found["nodes"] if n["symbol"] == "[ ; ]"}
    assert len(stacks) == 2
    arcs = edges(found)
    for t, key in zip((1, 2), stacks, strict=True):
        assert {(a, w) for a, b, w in arcs if b == key} == {
            (f"h[{t - 1}]", None),
            (f"x[{t}]", None),
        }
        assert {w for a, _, w in arcs if a == key} == {"W_f", "W_g"}


def test_the_derivative_by_a_stack_is_that_by_all_that_read_it(tmp_path: Path) -> None:
    """Its first entries are h_0, which nothing else reads."""
    found = data(at(tmp_path, STACKED), "--adjoints")
    by = {n["key"]: n["adjoint"] for n in found["nodes"]}
    (first, _) = [n["key"] for n in found["nodes"] if n["symbol"] == "[ ; ]"]
    assert [float(v) for v in by[first][:2]] == pytest.approx([float(v) for v in by["h[0]"]])


def test_a_list_of_nodes_says_what_those_without_a_name_compute() -> None:
    args = ["graph", "--cell", "lstm-peephole", "--unrolled", "--nodes", "gates", "--lang", "en"]
    said = CliRunner().invoke(main, args, env={"COLUMNS": "60"}).output
    assert "c_1  +\n    ← f_1 ⊙ c_0\n    ← i_1 ⊙ c′_1\n" in said
    assert "h_1  ⊙\n    ← o_1\n    ← tanh(c_1)\n" in said


TWO_INDICES = """
equations: |
  s[k] = tanh(p*s[k-1] + c[k])
  c[k] = sum[t](sum(W @ [x[t]; s[k-1]])*k*x[t])
  L = sum[k](s[k])
steps: 1..2
indices: {k: 1..2}
parameters: {p: 1/2, W: [[1, 2]]}
initial: {"s[0]": 1/2}
data: {"x[1..2]": [1, -2]}
loss: L
"""


@pytest.mark.parametrize("nodes", ["gates", "operations"])
def test_a_sum_over_one_index_stands_for_each_step_of_the_other(tmp_path: Path, nodes: str) -> None:
    found = data(
        at(tmp_path, TWO_INDICES), "--unrolled", "--nodes", nodes, "--values", "--adjoints"
    )
    read = {b: set() for _, b, _ in edges(found)}
    for a, b, _ in edges(found):
        read[b].add(a)
    stacks = {n["key"] for n in found["nodes"] if n["symbol"] == "[ ; ]"}
    assert sorted(map(sorted, (read[key] for key in stacks))) == [
        ["s[0]", "x[1]"], ["s[0]", "x[2]"], ["s[1]", "x[1]"], ["s[1]", "x[2]"],
    ]  # fmt: skip
    # By hand: (x + 2·s)·k·x summed for x = 1 and x = −2.
    values = {n["key"]: n["value"] for n in found["nodes"]}
    s1 = float(values["s[1]"])
    for k, s in ((1, 0.5), (2, s1)):
        assert float(Fraction(values[f"c[{k}]"])) == pytest.approx(k * (5 - 2 * s))
    summands = [float(Fraction(values[a])) for a in sorted(read["c[2]"])]
    assert summands == pytest.approx([2 * (1 + 2 * s1), -4 * (-2 + 2 * s1)])


@pytest.mark.parametrize("nodes", ["quantities", "neurons"])
def test_a_question_without_equations_has_no_graph_and_is_told_where_to_go(nodes: str) -> None:
    refused = call("xor-product", "--nodes", nodes)
    assert refused.exit_code == 2
    assert "there are no equations" in refused.output and "`rnnhand solve`" in refused.output
