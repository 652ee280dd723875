"""Lines without needless bends."""

from __future__ import annotations

from pathlib import Path

import pytest
from pictures import defects

from rnnhand.calculus.network import Level
from rnnhand.document.graph import Graph
from rnnhand.phrases import phrases
from rnnhand.problem.cells import cell_named
from rnnhand.problem.files import load, source
from rnnhand.problem.library import functions
from rnnhand.questions.graph import drawn
from rnnhand.questions.subjects import Wish, of_cell, of_problem
from rnnhand.render.picture.compose import compose
from rnnhand.render.picture.crossings import crossings
from rnnhand.render.picture.pattern import placed
from rnnhand.render.picture.sizes import METRICS
from rnnhand.render.picture.starts import with_joined_starts
from rnnhand.render.picture.straight import straightened

WIDTHS = {"a": 20.0, "1": 10.0, "b": 20.0, "2": 0.0, "c": 20.0, "d": 20.0}


def test_what_begins_a_line_stands_below_its_label() -> None:
    x = {"a": 0.0, "1": 15.0, "b": 40.0}
    rows = [["a"], ["1"], ["b"]]
    assert straightened(x, rows, [("a", "1", "b")], WIDTHS, 5.0)["a"] == 15.0


def test_what_begins_a_falling_line_stands_above_its_label() -> None:
    x = {"a": 40.0, "1": 15.0, "b": 0.0}
    rows, line = [["a"], ["1"], ["b"]], ("a", "1", "b")
    assert straightened(x, rows, [line], WIDTHS, 5.0, [line])["b"] == 15.0
    assert straightened(x, rows, [line], WIDTHS, 5.0)["b"] == 0.0


ATTENTION = """equations: |
  h[t] = tanh(w*h[t-1] + v*x[t])
  s[0] = h[T]
  e1[k] = s[k-1]*h[1]
  e2[k] = s[k-1]*h[2]
  e3[k] = s[k-1]*h[3]
  a[k] = softmax([e1[k]; e2[k]; e3[k]])
  c[k] = a[k].T @ [h[1]; h[2]; h[3]]
  s[k] = tanh(p*s[k-1] + q*c[k])
steps: 1..3
indices: {k: 1..2}
parameters: {w: 0.5, v: 1, p: 0.8, q: 0.2}
initial: {"h[0]": 0}
data: {"x[1..3]": [1, 0, -1]}
"""


def test_lines_side_by_side_are_all_straight(tmp_path: Path) -> None:
    (tmp_path / "attention.yaml").write_text(ATTENTION, "utf-8")
    wish = Wish(Level.QUANTITIES, True)
    problem = load(source(str(tmp_path / "attention.yaml")))
    graph = drawn(of_problem(problem, wish, "en"), wish, phrases("en"))
    laid = placed(with_joined_starts(graph), METRICS).layered
    long = [chain[1:-2] for chain in laid.chains.values() if len(chain) > 4]  # without labels
    assert len(long) > 3
    assert all(len({round(laid.x[item]) for item in chain}) == 1 for chain in long)


def test_a_line_from_a_higher_row_falls_straight_to_its_label() -> None:
    graph = drawn(
        of_problem(load(source("there-and-back-free-running")), Wish(), "en"), Wish(), phrases("en")
    )
    picture = compose(graph)
    labels = [w for w in picture.words if w.text == "v"]
    entering = [c.end[0] for c in picture.curves if not c.arrow]
    assert entering == [pytest.approx(label.x, abs=0.6) for label in labels]


def test_it_keeps_clear_of_what_stands_beside_it() -> None:
    x = {"a": 0.0, "1": 15.0, "b": 40.0, "d": 30.0}
    rows = [["a", "d"], ["1"], ["b"]]
    assert straightened(x, rows, [("a", "1", "b")], WIDTHS, 5.0)["a"] == 5.0


def test_the_middle_of_a_line_stands_above_its_beginning() -> None:
    x = {"a": 0.0, "2": 5.0, "b": 10.0, "c": 20.0}
    rows = [["a"], ["2"], ["b"], ["c"]]
    found = straightened(x, rows, [("a", "2", "b"), ("b", "c")], WIDTHS, 5.0)
    assert found["b"] == found["2"] == found["a"] == 0.0


def lstm() -> Graph:
    wish = Wish(Level.GATES, True)
    cell = of_cell(cell_named("lstm"), functions(), wish, "en")
    return drawn(cell, wish, phrases("en"))


def test_the_state_of_an_lstm_goes_straight_to_its_activation() -> None:
    picture = compose(lstm())
    (box,) = (w for w in picture.words if w.text == "tanh" and w.role == "symbol" and w.y < 200)
    entering = [
        c for c in picture.curves if abs(c.end[0] - box.x) < 30 and 0 < c.end[1] - box.y < 30
    ]
    assert [c.start[0] for c in entering] == [pytest.approx(c.end[0], abs=0.6) for c in entering]
    assert len(entering) == 1


def test_a_weight_stands_in_the_middle_where_no_line_goes_past() -> None:
    wish = Wish(Level.QUANTITIES, False)
    graph = drawn(of_problem(load(source("encoder-decoder")), wish, "en"), wish, phrases("en"))
    picture = compose(graph)
    weights = [w for w in picture.words if w.text == "w"]
    lines = [c for c in picture.curves if abs(c.start[1] - c.end[1]) < 1]
    assert len(weights) == 3
    for word in weights:
        (line,) = (
            c for c in lines if c.start[0] < word.x < c.end[0] and abs(c.end[1] - word.y) < 1
        )
        assert word.x == pytest.approx((line.start[0] + line.end[0]) / 2, abs=1)


def test_a_state_passes_above_the_gates_and_not_beneath_the_cell() -> None:
    wish = Wish(Level.GATES, False)
    cell = of_cell(cell_named("lstm-stacked"), functions(), wish, "en")
    picture = compose(drawn(cell, wish, phrases("en")))
    heights = {w.text: w.y for w in picture.words}
    lowest = max(point[1] for c in picture.curves for piece in c.pieces for point in piece)
    assert lowest <= heights["x_1"]
    assert heights["c_0"] < heights["h_0"]
    assert crossings(picture) == 0


def test_a_state_may_be_read_below_its_highest_reader() -> None:
    """Peepholes need three crossings (`test_crossing_number.py`); three are drawn, since c_{t-1}
    stands beside the sum and its other lines run down."""
    wish = Wish(Level.QUANTITIES, True)
    cell = of_cell(cell_named("lstm-peephole-2000"), functions(), wish, "en")
    picture = compose(drawn(cell, wish, phrases("en")))
    at = {w.text: w.y for w in picture.words}
    assert at["c_t"] < at["c_{t−1}"] < at["i_t"]
    assert crossings(picture) == 3
    assert not list(defects(picture))
