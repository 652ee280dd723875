"""Layers of a network stand one above the other, each as it is drawn alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pictures import defects

from rnnhand.calculus.network import Level
from rnnhand.document.graph import Graph
from rnnhand.phrases import phrases
from rnnhand.problem.cells import cell_named
from rnnhand.problem.files import Source, load, source
from rnnhand.problem.library import functions
from rnnhand.questions.graph import drawn
from rnnhand.questions.subjects import Wish, of_cell, of_problem
from rnnhand.render.picture.compose import compose
from rnnhand.render.picture.floors import layers, recurrences
from rnnhand.render.picture.gates import uneven
from rnnhand.render.picture.layers import layered
from rnnhand.render.picture.mirror import facing
from rnnhand.render.picture.pattern import placed
from rnnhand.render.picture.ranks import Sketch, ranks
from rnnhand.render.picture.sizes import METRICS
from rnnhand.render.picture.sketched import floors_of
from rnnhand.render.picture.way import PLAIN, Way, joined


def graph_of(name: str) -> Graph:
    wish = Wish(Level.GATES, False)
    return drawn(of_problem(load(source(name)), wish, "en"), wish, phrases("en"))


def test_recurrences_are_what_leads_to_itself() -> None:
    links = [("x", "a"), ("a", "b"), ("b", "a"), ("b", "y"), ("y", "s"), ("s", "s"), ("s", "L")]
    assert recurrences(links) == [{"a", "b"}, {"s"}]


def test_a_layer_by_itself_is_given_what_the_one_below_says() -> None:
    low, high = layers(graph_of("two-layers-lstm"))
    entered = {e.end for e in high.edges}
    assert {n.row for n in high.nodes if n.key not in entered} == {"h1[t]", "c2[t]", "h2[t]"}
    assert {n.row for n in low.nodes}.isdisjoint(n.row for n in high.nodes if n.key in entered)


def test_all_of_a_layer_stands_above_the_one_that_it_reads() -> None:
    pattern = placed(graph_of("two-layers-lstm"), METRICS, Way(has_floors=True))
    first, second = (
        [row for item, row in pattern.layered.row.items() if item.startswith(names)]
        for names in (("f1", "i1", "o1", "c1", "h1["), ("f2", "i2", "o2", "c2", "h2"))
    )
    assert max(first) < min(second)


def test_a_way_that_turns_lines_down_keeps_the_layers_apart() -> None:
    turned = frozenset({("c1[t]", "h1[t].2"), ("h1[t].2", "h1[t]")})
    way = replace(joined([Way(turned), PLAIN]), has_floors=True)
    pattern = placed(graph_of("two-layers-lstm"), METRICS, way)
    row = pattern.layered.row
    assert row["h1[t]"] < row["c1[t]"] < row["f2[t]"]
    assert row["c1[t]"] < row["h2[t] >1"]


def test_two_directions_are_no_layers() -> None:
    assert floors_of(placed(graph_of("bidirectional-scalar"), METRICS).course) == set()


@pytest.mark.parametrize(
    ("stacked", "found"), [({("f[t]", "o[t]")}, 1), ({("x[t] @0", "h[t] >1")}, 0)]
)
def test_gates_belong_side_by_side(stacked: set[tuple[str, str]], found: int) -> None:
    wish = Wish(Level.GATES, True)
    lstm = of_cell(cell_named("lstm", ()), functions(), wish, "en")
    pattern = placed(drawn(lstm, wish, phrases("en")), METRICS, Way(stacked=frozenset(stacked)))
    assert uneven(pattern) == found


@pytest.mark.slow
def test_every_view_of_a_peephole_lstm_has_its_gates_side_by_side() -> None:
    for folded in (True, False):
        wish = Wish(Level.GATES, folded)
        cell = of_cell(cell_named("lstm-peephole-diagonal", ()), functions(), wish, "en")
        words = compose(drawn(cell, wish, phrases("en"))).words
        heights = {w.y for w in words if w.text.startswith(("i_", "f_", "o_", "c′_"))}
        assert len(heights) == 1


BOTH = """
equations: |
  f[t] = sigmoid(W*x[t] + U*h[t-1])
  c[t] = f[t]*c[t-1] + x[t]
  h[t] = f[t]*tanh(c[t])
  f'[t] = sigmoid(W'*x[t] + U'*h'[t+1])
  c'[t] = f'[t]*c'[t+1] + x[t]
  h'[t] = f'[t]*tanh(c'[t])
  y[t] = h[t] + h'[t]
steps: 1..2
parameters: {W: , U: , "W'": , "U'": }
initial: {"h[0]": , "c[0]": , "h'[T+1]": , "c'[T+1]": }
data: {"x[1..2]": }
ask: []
"""


def test_two_directions_face_each_other() -> None:
    wish = Wish(Level.GATES, False)
    graph = drawn(of_problem(load(Source("both", BOTH)), wish, "en"), wish, phrases("en"))
    along, against = (placed(layer, METRICS) for layer in layers(graph))
    pattern = placed(graph, METRICS, joined([facing(along), facing(against)]))
    row = pattern.layered.row
    assert row["h[t]"] < row["c[t]"] < row["f[t]"] < row["x[t] @0"]
    assert row["x[t] @0"] < row["f'[t]"] < row["c'[t]"] < row["h'[t]"]
    assert row["h[t] >1"] < row["x[t] @0"] < row["h'[t] >-1"]


def test_two_loops_around_a_cell_begin_at_one_height() -> None:
    wish = Wish(Level.GATES, True)
    cell = of_cell(cell_named("bidirectional", ()), functions(), wish, "en")
    at = {w.text: w for w in compose(drawn(cell, wish, phrases("en"))).words}
    assert at["h_t"].y == at["s_t"].y
    assert at["h_{t−1}"].y == at["s_{t+1}"].y
    assert at["h_t"].x - at["o_t"].x == pytest.approx(at["o_t"].x - at["s_t"].x, abs=12)


def test_a_decoder_goes_on_in_the_row_of_its_encoder() -> None:
    graph = drawn(of_problem(load(source("encoder-decoder")), Wish(), "en"), Wish(), phrases("en"))
    picture = compose(graph)
    at = {w.text: w for w in picture.words if w.role == "name"}
    assert len({at[name].y for name in ("h_1", "h_2", "h_3", "s_1", "s_2")}) == 1
    assert at["h_3"].x < at["s_0"].x < at["s_1"].x
    assert list(defects(picture)) == []


def test_lines_that_run_down_cross_above_their_labels() -> None:
    """p stands left of q, and what p leads to right of what q leads to."""
    links = [("a", "q", 0), ("b", "p", 0)]
    found = layered(
        Sketch(
            dict.fromkeys("abpq", (30.0, 20.0)),
            links,
            dict.fromkeys(links, (20.0, 10.0)),
            order={"a": 0, "b": 1, "p": 0, "q": 1},
            downwards=links,
        )
    )
    labels = [chain[1] for chain in found.chains.values()]
    assert found.x["a"] < found.x["b"]
    assert found.x["p"] < found.x["q"]
    assert found.x[labels[0]] < found.x[labels[1]]


def test_what_rises_beside_a_line_that_runs_down_crosses_it_above_its_label() -> None:
    """b stands right of a, and what b leads to left of what leads to a."""
    down, up = ("a", "p", 0), ("b", "q", 0)
    found = layered(
        Sketch(
            dict.fromkeys("abpq", (30.0, 20.0)),
            [down, up],
            {down: (20.0, 10.0)},
            order={"a": 0, "b": 1, "q": 0, "p": 1},
            downwards=[down],
        )
    )
    assert found.x["a"] < found.x["b"]
    assert found.x["q"] < found.x["p"]
    assert found.x[found.chains[down][1]] < found.x[found.chains[up][1]]


def test_a_direction_upside_down_has_its_rows_in_the_opposite_order() -> None:
    """f and o read x; c reads f, and h, above which it stands, reads o and c."""
    rising = [("x", "f", 0), ("x", "o", 0), ("f", "c", 0), ("o", "h", 0)]
    falling = [(b, a, k) for a, b, k in rising]
    sizes = dict.fromkeys("xfoch", (30.0, 20.0))
    up = ranks(Sketch(sizes, [*rising, ("h", "c", 0)], downwards=[("h", "c", 0)]))
    down = ranks(Sketch(sizes, [*falling, ("c", "h", 0)], downwards=falling))
    assert up["f"] == up["o"] and down["f"] == down["o"]
    assert {item: max(up.values()) - row for item, row in up.items()} == down
