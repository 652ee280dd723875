"""Where lines meet nodes: labels straight before them, room for arrowheads, rows and columns."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from unicodedata import normalize

import pytest
from pictures import crossings, defects
from test_graph_lines import as_neurons, of

from rnnhand.calculus.network import Level
from rnnhand.document.graph import Graph
from rnnhand.phrases import phrases
from rnnhand.problem.files import Source, load
from rnnhand.questions.graph import drawn
from rnnhand.questions.subjects import Wish, of_problem
from rnnhand.render.picture.aims import Side, aimed, spread
from rnnhand.render.picture.compose import compose
from rnnhand.render.picture.shapes import Picture

plainly = partial(normalize, "NFKC")
STRAIGHT = 1.5
"""How far aside of its label an arrowhead may stand."""


def of_text(text: str, wish: Wish) -> Graph:
    return drawn(of_problem(load(Source("own.yaml", text), ()), wish, "en"), wish, phrases("en"))


def aside(picture: Picture) -> list[str]:
    """Labels of edges whose line does not go straight on to its arrowhead, upright or level."""
    ends = [c.end for c in picture.curves if c.arrow]
    labels = [w for w in picture.words if w.role == "weight-label"]
    return [
        w.text
        for w in labels
        if not any(abs(x - w.x) < STRAIGHT and abs(y - w.y) < 45 for x, y in ends)
        and not any(abs(y - w.y) < STRAIGHT for _, y in ends)
    ]


@pytest.mark.parametrize("name", ["lstm", "gru-before-keep", "rnn-output", "mgu"])
def test_arrowheads_follow_their_labels_straight(name: str) -> None:
    picture = of(name, Level.GATES)
    assert [w for w in picture.words if w.role == "weight-label"]
    assert aside(picture) == []
    assert list(defects(picture)) == []


def test_states_before_the_first_step_stand_one_above_the_other() -> None:
    at = {w.text: w for w in of("lstm", Level.GATES).words}
    assert at["c_0"].x == pytest.approx(at["h_0"].x)
    assert at["c_0"].y != pytest.approx(at["h_0"].y)


def test_arrowheads_do_not_touch() -> None:
    """L reads six: the node is as wide as they are."""
    picture = of("slide-one-to-many", Level.QUANTITIES)
    loss = next(s for s in picture.shapes if s.name == "L")
    heads = sorted(x for x, y in (c.end for c in picture.curves) if abs(y - loss.y) < loss.height)
    assert len(heads) == 6
    assert all(b - a > 9 for a, b in pairwise(heads))


def test_a_state_goes_straight_to_what_reads_it() -> None:
    """Of two ways without crossings the shorter one is taken: not below the input and up again."""
    picture = compose(
        of_text(
            "title: Own\nequations: |\n  a[t] = w*h[t-1] + v*x[t]\n  h[t] = tanh(a[t])\n"
            "steps: 1..3\nparameters: {w: 1, v: 1}\ninitial: {'h[0]': 0}\n"
            "data: {'x[1..3]': [1, 1, 1]}\n",
            Wish(folded=False),
        )
    )
    at = {w.text: w for w in picture.words}
    lines = [c for c in picture.curves if not c.arrow]
    assert len(lines) == 3
    assert all(y < at["x_1"].y for c in lines for _, _, (_, y) in c.pieces)
    assert crossings(picture) == 0


def test_neurons_of_a_layer_stand_in_a_row() -> None:
    picture = compose(as_neurons("there-and-back-matrices"))
    tall: dict[str, set[float]] = {}
    for word in picture.words:
        if word.role == "name":
            tall.setdefault(word.text, set()).add(round(word.y, 1))
    assert tall["h⁽¹⁾_3"] == tall["h⁽²⁾_3"]


@pytest.mark.slow
def test_gates_of_three_cells_keep_their_lines_from_step_to_step() -> None:
    """Two steps fit side by side: five states cross gates, and still show what goes on."""
    picture = of("superfluous-gates", Level.QUANTITIES)
    assert not [s for s in picture.shapes if s.role == "again"]
    assert list(defects(picture)) == []


def test_labels_move_as_far_as_others_leave_room() -> None:
    x = {"node": 50.0, "label": 10.0, "left": -20.0, "right": 40.0}
    widths = {"node": 60.0, "label": 10.0, "left": 10.0, "right": 10.0}
    rows = [["left", "label", "right"], ["node"]]
    side = Side("node", 24.0, ("label",), frozenset({"label"}), frozenset())
    assert aimed(x, rows, widths, 6.0, [side])["label"] == 24.0
    assert aimed(x, [["left", "label"], ["node"]], widths, 6.0, [side])["label"] == 26.0


def test_places_are_spread_within_reach() -> None:
    assert spread([0.0], 10.0, []) == [0.0]
    found = spread([0.0, 0.0, 0.0], 30.0, [11.0, 11.0])
    assert all(b - a > 10 for a, b in pairwise(found))
    close = spread([50.0, 50.0], 4.0, [11.0])
    assert close == pytest.approx([-4.0, 4.0], abs=0.1)


def test_what_enters_from_another_step_may_stand_below_what_else_is_read() -> None:
    """u[t-1] passes below λ, which u and 1 − λ read: so nothing crosses."""
    picture = compose(
        of_text(
            "title: Leaky\nequations: |\n  u[t] = k*u[t-1] + (1 - k)*(w*x[t] + r*z[t-1])\n"
            "  z[t] = sigmoid(b*(u[t] - q))\n"
            "steps: 1..3\nparameters: {w: 1, r: 1, b: 1, q: 1}\nconstants: {k: 1/2}\n"
            "initial: {'u[0]': 0, 'z[0]': 0}\ndata: {'x[1..3]': [1, 1, 1]}\n",
            Wish(Level.GATES, folded=False),
        )
    )
    assert crossings(picture) == 0
    assert list(defects(picture)) == []


BOTH_WAYS = """
equations: |
  z[t]  = sigma(W_z*x[t] + U_z*h[t-1])
  r[t]  = sigma(W_r*x[t] + U_r*h[t-1])
  n[t]  = tanh(W_n*x[t] + U_n*(r[t]*h[t-1]))
  h[t]  = (1 - z[t])*h[t-1] + z[t]*n[t]
  z'[t] = sigma(W_z'*x[t] + U_z'*h'[t+1])
  r'[t] = sigma(W_r'*x[t] + U_r'*h'[t+1])
  n'[t] = tanh(W_n'*x[t] + U_n'*(r'[t]*h'[t+1]))
  h'[t] = (1 - z'[t])*h'[t+1] + z'[t]*n'[t]
  y[t]  = u*h[t] + u'*h'[t]
steps: 1..3
parameters:
  {W_z: 1, U_z: 1, W_r: 1, U_r: 1, W_n: 1, U_n: 1, "W_z'": 1, "U_z'": 1, "W_r'": 1, "U_r'": 1,
   "W_n'": 1, "U_n'": 1, u: 1, "u'": 1}
initial: {"h[0]": 0, "h'[4]": 0}
data: {"x[1..3]": [1, 2, 3]}
"""


def test_labels_of_lines_that_run_down_stand_before_arrowheads_too() -> None:
    """x is read upwards by one direction and downwards by the other."""
    picture = compose(of_text(BOTH_WAYS, Wish()))
    at = {w.text: w.y for w in picture.words}
    assert at["h′_1"] < at["x_1"] < at["h_1"]  # counted from above
    assert aside(picture) == []
    assert list(defects(picture)) == []


def test_lines_point_to_the_middle_of_a_circle() -> None:
    """Two come from below, from both sides: their arrowheads lean towards each other."""
    picture = of("lstm", Level.GATES, True)
    (sign,) = [w for w in picture.words if w.text == "+"]
    ends = [c for c in picture.curves if c.arrow and 0 < c.end[1] - sign.y < 20]
    into = [(c.pieces[-1][1][0], c.end[0]) for c in ends if abs(c.end[0] - sign.x) < 20]
    assert len(into) == 2
    assert all((before - end) * (end - sign.x) > 0 for before, end in into)


@pytest.mark.parametrize("name", ["xor-net", "relu-net", "wedge"])
def test_inputs_that_the_same_neurons_read_stand_in_a_row(name: str) -> None:
    picture = compose(as_neurons(name))
    inputs = [s for s in picture.shapes if s.role == "data"]
    assert len(inputs) > 1
    assert len({round(s.y) for s in inputs}) == 1
    at = {w.text: w.x for w in picture.words if w.role == "name"}
    named = sorted((text for text in at if text.startswith("x")), key=plainly)
    assert sorted(named, key=at.__getitem__) == named


def test_a_line_from_beside_a_row_keeps_clear_of_those_that_leave_it() -> None:
    """c_{t-1} and c' lead to c_t from the same side, c_{t-1} from beside the gates."""
    picture = of("lstm", Level.QUANTITIES, True)
    at = {w.text: w for w in picture.words}
    state = at["c_t"]
    into = [c for c in picture.curves if abs(c.end[0] - state.x) < 40 and c.end[1] > state.y]
    lines = Picture("", curves=[c for c in into if c.end[1] - state.y < 25])
    assert len(lines.curves) == 4
    assert crossings(lines) == 0


def test_data_of_another_step_stand_beside_those_of_their_own() -> None:
    """y_{t-1} is read by h_t, y_t by the loss; both are drawn at every step."""
    picture = compose(as_neurons("there-and-back-matrices"))
    assert list(defects(picture)) == []
    names = [w.text for w in picture.words if w.text.startswith("y⁽¹⁾")]
    assert sorted(names) == [f"y⁽¹⁾_{t}" for t in (0, 1, 1, 2, 2, 3)]
