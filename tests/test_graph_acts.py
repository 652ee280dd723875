"""What is read from afar is drawn beside its readers: a context made of all steps, a last state."""

from __future__ import annotations

import pytest
from pictures import crossings, defects
from rich.console import Console
from test_wide_graphs import of_text

from rnnhand.document.graph import Graph
from rnnhand.render.drawing import graph_lines
from rnnhand.render.picture.acts import acts
from rnnhand.render.picture.compose import compose
from rnnhand.render.picture.heights import Rows
from rnnhand.render.picture.layers import Layered
from rnnhand.render.picture.parts import is_regular, parts
from rnnhand.render.picture.tracks import tracks

ENCODER = (
    "equations: |\n  h[t] = tanh(w*h[t-1] + v*x[t])\n  m[t] = exp(a*h[t])\n  Z = sum[t](m[t])\n"
    "  g[t] = m[t]/Z\n  c = sum[t](g[t]*h[t])\n"
)
GIVEN = (
    "steps: 1..3\nindices: {k: 1..2}\nparameters: {w: 1, v: 1, a: 1, p: 1, q: 1, r: 1, u: 1}\n"
    "data: {'x[1..3]': [1, 0, -1], 'y[1..2]': [1, 0]}\n"
)
DECODERS = {
    "begins with its own state": (
        "  s[k] = tanh(p*s[k-1] + q*c + r*yhat[k-1])\n  yhat[k] = u*s[k]\n",
        "initial: {'h[0]': 0, 's[0]': 0, 'yhat[0]': 0}\n",
    ),
    "begins with the context": (
        "  s[0] = q*c\n  s[k] = tanh(p*s[k-1] + r*c)\n  yhat[k] = u*s[k]\n",
        "initial: {'h[0]': 0}\n",
    ),
}
LOSS = "  L[k] = (yhat[k] - y[k])^2\n  L = sum[k](L[k])\n"


def attention(decoder: str) -> Graph:
    equations, initial = DECODERS[decoder]
    return of_text("title: Attention\n" + ENCODER + equations + LOSS + GIVEN + initial)


@pytest.mark.parametrize("decoder", DECODERS)
def test_steps_of_attention_stand_side_by_side(decoder: str) -> None:
    picture = compose(attention(decoder))
    shown = [(w.text, w.x, w.y) for w in picture.words]
    for row in (["h_1", "h_2", "h_3"], ["s_1", "s_2"], ["x_1", "x_2", "x_3"]):
        places = [(x, y) for name in row for text, x, y in shown if text == name]
        assert len(places) == len(row)
        assert places == sorted(places) and len({y for _, y in places}) == 1
    copies = [s for s in picture.shapes if s.role == "again"]
    assert len(copies) == sum(text == "c" for text, _, _ in shown) - 1 >= 2
    assert any("drawn elsewhere" in text for text, _, _ in shown)
    assert not list(defects(picture))


@pytest.mark.parametrize("decoder", DECODERS)
def test_acts_hold_every_edge_once_and_each_can_be_drawn_in_columns(decoder: str) -> None:
    graph = attention(decoder)
    found = list(acts(graph))
    assert len(found) == 2 and all(is_regular(parts(act)) for act in found)
    ends = [(e.start.split(" again")[0], e.end) for act in found for e in act.edges]
    assert sorted(ends) == sorted((e.start, e.end) for e in graph.edges)
    assert {n.key for n in found[1].nodes if n.again} == {
        e.start for e in found[1].edges if e.start.startswith("c ")
    }


def test_acts_stand_one_below_the_other_in_a_terminal() -> None:
    lines = graph_lines(attention("begins with its own state"), Console(width=80))
    first = next(i for i, line in enumerate(lines) if "h_3)" in line.plain)
    second = next(i for i, line in enumerate(lines) if "s_2)" in line.plain)
    assert first < second and any("<c>" in line.plain for line in lines[second:])


def test_a_decoder_that_reads_the_last_state_alone_needs_no_acts() -> None:
    text = (
        "title: Plain\nequations: |\n  h[t] = tanh(w*h[t-1] + v*x[t])\n  s[0] = h[T]\n"
        "  s[k] = tanh(p*s[k-1])\n  yhat[k] = u*s[k]\n"
    )
    graph = of_text(text + LOSS + GIVEN + "initial: {'h[0]': 0}\n")
    assert len(list(acts(graph))) == 1


REPEATED = (
    "title: Context\nequations: |\n  h[t] = tanh(w*h[t-1] + v*x[t])\n  s[0] = h[T]\n"
    "  s[k] = tanh(p*s[k-1] + q*y[k-1] + r*h[T])\n  yhat[k] = u*s[k]\n"
    + LOSS
    + GIVEN.replace("'y[1..2]': [1, 0]", "'y[0..2]': [0, 1, 0]")
    + "initial: {'h[0]': 0}\n"
)


def test_a_state_that_every_step_of_a_decoder_reads_is_drawn_beside_each() -> None:
    graph = of_text(REPEATED)
    (act,) = acts(graph)
    column = {n.key: n.column for n in act.nodes}
    assert [column[f"s[{k}]"] for k in range(3)] == [4, 5, 6]
    assert {"h[3]"} == {e.start for e in act.edges if e.end == "s[0]"}  # a line leads on to it
    copies = {n.key: n.column for n in act.nodes if n.again}
    assert sorted(copies.values()) == [5, 6]
    assert {(e.start, column[e.end]) for e in act.edges if e.start in copies} == set(copies.items())
    picture = compose(graph)
    assert crossings(picture) == 0 and not list(defects(picture))
    drawn = "\n".join(line.plain for line in graph_lines(graph, Console(width=150)))
    assert drawn.count("<h_3>") == 2 and "┼" not in drawn


def test_lines_of_characters_turn_off_in_the_order_in_which_they_cross_less() -> None:
    """Three lines of which the middle one ends beside its start: the outer ones turn above it."""
    rows = (("a", "b", "c"), ("end",))
    x = {"a": 0.0, "b": 9.0, "c": 20.0, "end": 10.0}
    chains = {(start, "end", 0): (start, "end") for start in rows[0]}
    row = {item: k for k, items in enumerate(rows) for item in items}
    found = tracks(Rows(Layered(x, row, rows, chains, dict.fromkeys(x, 1.0)), [1.0, 1.0], {}), 1)
    assert found["b"] < found["a"]


def test_a_decoder_with_a_start_of_its_own_reads_copies_at_every_step() -> None:
    text = REPEATED.replace("  s[0] = h[T]\n", "").replace("'h[0]': 0}", "'h[0]': 0, 's[0]': 0}")
    (act,) = acts(of_text(text))
    assert {e.start for e in act.edges if e.end == "s[1]" and "h[3]" in e.start} == {
        "h[3] again @4"
    }
    assert sum(n.again for n in act.nodes) == 2


SCORED = (
    "title: Scores\nequations: |\n  h[t] = tanh(w*h[t-1] + v*x[t])\n  s[0] = h[T]\n"
    "  e[k] = s[k-1]*h[1] + p*h[2]\n  s[k] = tanh(q*e[k])\n  yhat[k] = u*s[k]\n"
    + LOSS
    + GIVEN
    + "initial: {'h[0]': 0}\n"
)


def test_what_reads_single_steps_of_an_encoder_stands_to_its_right() -> None:
    """That a decoder reads h[1] at k = 1 does not tie its steps to those of the encoder."""
    column = {n.key: n.column for act in acts(of_text(SCORED)) for n in act.nodes}
    assert [column[f"h[{t}]"] for t in range(4)] == [0, 1, 2, 3]
    assert [column[f"s[{k}]"] for k in range(3)] == [4, 5, 6]


def test_data_of_which_an_earlier_value_is_given_are_data() -> None:
    graph = of_text(REPEATED.replace("'y[0..2]': [0, 1, 0]", "'y[1..2]': [1, 0]").replace(
        "{'h[0]': 0}", "{'h[0]': 0, 'y[0]': 0}"
    ))  # fmt: skip
    assert {n.key: str(n.kind) for n in graph.nodes if n.row.startswith("y[")} == {
        "y[0]": "start", "y[1]": "data", "y[2]": "data",
    }  # fmt: skip


def test_a_mean_of_which_readers_have_copies_stands_above_what_it_is_of() -> None:
    graph = of_text(
        "title: Query\nequations: |\n  h[t] = tanh(w*h[t-1] + v*x[t])\n  s[0] = h[T]\n"
        "  m = mean[t](h[t])\n  s[k] = tanh(p*s[k-1] + q*m)\n  yhat[k] = u*s[k] + g*m\n"
        + LOSS
        + GIVEN.replace("a: 1", "g: 1").replace("r: 1, ", "")
        + "initial: {'h[0]': 0}\n"
    )
    picture = compose(graph)
    (of,) = (w.y for w in picture.words if w.text == "h_1")
    assert min(w.y for w in picture.words if w.text == "m") < of
    assert crossings(picture) == 0
    assert not list(defects(picture))


STATEFUL = (
    "title: Two sequences\nequations: |\n  h[t] = tanh(w*h[t-1] + v*x[t])\n  g[0] = h[T]\n"
    "  g[k] = tanh(w*g[k-1] + {read})\n  L = h[T]^2 + g[2]^2\nsteps: 1..2\nindices: {{k: 1..2}}\n"
    "parameters: {{w: 1, v: 2}}\ndata: {{'x[1..2]': [1, 2], 'z[1..2]': [1, 2]}}\n"
    "initial: {{'h[0]': 0}}\n"
)


def test_what_is_given_to_the_second_sequence_stands_straight_below_it() -> None:
    picture = compose(of_text(STATEFUL.format(read="v*z[k]")))
    at = {w.text: (w.x, w.y) for w in picture.words}
    for given, reader in (("x_1", "h_1"), ("x_2", "h_2"), ("z_1", "g_1"), ("z_2", "g_2")):
        assert at[given][0] == pytest.approx(at[reader][0], abs=1.5)
    assert len({at[given][1] for given in ("x_1", "x_2", "z_1", "z_2")}) == 1


def test_of_two_things_given_to_one_step_each_has_a_place() -> None:
    picture = compose(of_text(STATEFUL.format(read="v*z[k] + x[1]")))
    assert not list(defects(picture))
    assert sorted(w.text for w in picture.words if w.text[:2] in ("x_", "z_")) == [
        "x_1", "x_1", "x_1", "x_2", "z_1", "z_2",
    ]  # fmt: skip
