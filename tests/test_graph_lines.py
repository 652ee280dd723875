"""Lines from step to step cross no other where none need cross, and half a page is enough."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from itertools import combinations, pairwise

import pytest
from click.testing import CliRunner
from pictures import SIGNS, Box, crossings, defects, points

from rnnhand.calculus.network import Level
from rnnhand.cli import main
from rnnhand.document.graph import Graph
from rnnhand.phrases import phrases
from rnnhand.problem.cells import cell_named, names
from rnnhand.problem.files import load, source
from rnnhand.problem.library import functions
from rnnhand.questions import neurons
from rnnhand.questions.graph import drawn
from rnnhand.questions.subjects import Wish, of_cell, of_problem
from rnnhand.render.picture import chosen
from rnnhand.render.picture import compose as composing
from rnnhand.render.picture.compose import compose, is_small_print
from rnnhand.render.picture.shapes import Curve, Picture, Point, Words
from rnnhand.render.picture.words import width
from rnnhand.render.svg import spelled
from tests.budget import every, few


def of(name: str, level: Level, folded: bool | None = False) -> Picture:
    labels = "slopes" if level is Level.OPERATIONS else "weights"
    wish = Wish(level, folded, labels=labels)
    if name in names(()):
        subject = of_cell(cell_named(name, ()), functions(), wish, "en")
    else:
        subject = of_problem(load(source(name)), wish, "en")
    return compose(drawn(subject, wish, phrases("en")))


def as_neurons(name: str) -> Graph:
    wish = Wish()
    return neurons.graph(of_problem(load(source(name)), wish, "en"), wish, phrases("en"))


def is_between_steps(curve: Curve) -> bool:
    """A level line, or one from a column to where it enters the next, which has no arrowhead."""
    is_level = abs(curve.start[1] - curve.end[1]) < 1
    return not curve.arrow or (is_level and abs(curve.start[0] - curve.end[0]) > 60)


def between_steps(picture: Picture) -> int:
    """How often lines between steps cross one another."""
    return crossings(Picture("", curves=[c for c in picture.curves if is_between_steps(c)]))


TWO_STATES = ["lstm", "lstm-peephole", "lstm-no-output-gate", "lstm-peephole-diagonal", "sru"]


@pytest.mark.parametrize("level", few([Level.GATES, Level.QUANTITIES], [Level.GATES]))
@pytest.mark.parametrize("name", few(TWO_STATES, TWO_STATES[:1]))
def test_the_lines_of_two_states_do_not_cross(name: str, level: Level) -> None:
    picture = of(name, level)
    assert between_steps(picture) == 0
    assert list(defects(picture)) == []


def test_what_is_read_downwards_meets_its_node_from_above() -> None:
    picture = of("lstm", Level.QUANTITIES)
    at = {w.text: w for w in picture.words}
    assert at["c_1"].y < at["h_1"].y
    (line,) = [
        c
        for c in picture.curves
        if abs(c.end[0] - at["h_1"].x) < 30 and 0 < at["h_1"].y - c.end[1] < 30
    ]
    ups = [line.start[1], *(y for _, y in points(line))]
    assert all(a <= b for a, b in pairwise(ups))


PLANAR = [
    ("gru-before-new", Level.GATES, True),
    ("gru-before-new", Level.GATES, False),
    ("gru-before-new", Level.OPERATIONS, True),
    ("paths-in-a-graph", Level.OPERATIONS, None),
    ("encoder-decoder", Level.OPERATIONS, None),
    ("quiz-waiting", Level.OPERATIONS, None),
    ("quiz-vanishing", Level.OPERATIONS, None),
    ("rnn-skip", Level.OPERATIONS, False),
    ("rnn-skip", Level.QUANTITIES, False),
    ("slide-one-to-many", Level.OPERATIONS, None),
    ("there-and-back-free-running", Level.QUANTITIES, True),
    ("there-and-back-free-running", Level.QUANTITIES, False),
    ("mgu", Level.GATES, True),
    ("mgu", Level.GATES, False),
]
QUICK_PLANAR = [
    ("gru-before-new", Level.GATES, False),
    ("paths-in-a-graph", Level.OPERATIONS, None),
    ("encoder-decoder", Level.OPERATIONS, None),
    ("quiz-vanishing", Level.OPERATIONS, None),
    ("rnn-skip", Level.QUANTITIES, False),
    ("there-and-back-free-running", Level.QUANTITIES, False),
    ("mgu", Level.GATES, True),
]


@pytest.mark.parametrize(("name", "level", "folded"), few(PLANAR, QUICK_PLANAR))
def test_a_planar_graph_is_drawn_without_crossings(
    name: str, level: Level, folded: bool | None
) -> None:
    """The lines of h pass on both sides of x; a state stands below another one, a line enters below
    the weights; what is read by a state and above it stands between."""
    picture = of(name, level, folded)
    assert crossings(picture) == 0
    assert list(defects(picture)) == []


def test_the_gates_of_an_lstm_cross_as_little_as_they_can() -> None:
    """Four gates that x, h and the state meet are K(3, 4): no drawing has less than two."""
    assert crossings(of("lstm", Level.GATES, True)) == 2


@pytest.fixture
def _without_lengths(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Of ways that cross as little the first is drawn, and not the shortest."""
    kept = (composing.compose, chosen.best_way, composing._laid)
    for known in kept:
        known.cache_clear()
    monkeypatch.setattr(chosen, "LENGTH", 0.0)
    yield
    for known in kept:
        known.cache_clear()


@pytest.mark.usefixtures("_without_lengths")
def test_what_leaves_to_the_right_lets_other_lines_pass() -> None:
    """L_t stands to the right of c_t, whose line goes on to the right too and branches there: what
    leads to L_t crosses that line once, and no branch."""
    picture = of("peephole-scalar", Level.QUANTITIES)
    at = {w.text: w for w in picture.words}
    assert at["c_1"].x < at["L_1"].x < at["c_2"].x
    ways = [[c.start, *points(c)] for c in picture.curves]
    (output,) = [
        c
        for c, way in zip(picture.curves, ways, strict=True)
        if abs(way[0][0] - at["h_1"].x) < 30
        and 0 < at["h_1"].y - way[0][1] < 30
        and abs(way[-1][0] - at["L_1"].x) < 30
    ]
    rest = [c for c in picture.curves if c is not output]
    assert crossings(picture) <= crossings(Picture("", curves=rest)) + 1


def test_the_shorter_of_two_ways_crosses_no_more() -> None:
    assert crossings(of("peephole-scalar", Level.QUANTITIES)) <= 11


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("dropout-masks", 1),
        ("cross-entropy-binary", 0),
        ("seminar-notebook", 3),
        ("slide-carousel", 0),
    ],
)
def test_neurons_cross_little(name: str, most: int) -> None:
    """Masks and targets stand above the line of a state; two states that read each other cross
    once a step."""
    picture = compose(as_neurons(name))
    assert crossings(picture) <= most
    assert list(defects(picture)) == []


@pytest.mark.slow
def test_a_name_stands_below_what_is_entered_from_above() -> None:
    picture = of("lstm-peephole-2000", Level.OPERATIONS)
    assert list(defects(picture)) == []


@pytest.mark.parametrize(
    "name", few(["lstm", "superfluous-gates", "bidirectional"], ["bidirectional"])
)
def test_the_sign_of_another_step_stands_on_one_line(name: str) -> None:
    """Where two lines cross it would belong to both."""
    picture = of(name, Level.OPERATIONS, True)
    signs = [s for s in picture.shapes if s.form in SIGNS]
    assert signs
    for sign in signs:
        box = (sign.x - 6, sign.y - 6, sign.x + 6, sign.y + 6)
        passing = [c for c in picture.curves if any(meets(box, *part) for part in parts_of(c))]
        assert len(passing) == 1


@pytest.mark.parametrize("name", ["lstm-peephole", "lstm"])
def test_no_line_runs_through_an_arrowhead(name: str) -> None:
    """It would be hard to see which of the two has the arrow."""
    picture = of(name, Level.GATES)
    for curve in picture.curves:
        *_, (_, b), (x, y) = [curve.start, *points(curve)]
        if not curve.arrow or abs(b - y) < 0.01:  # none, or one of a level line
            continue
        back = y + (10 if b > y else -10)
        head = (x - 2, min(y, back), x + 2, max(y, back))
        for other in picture.curves:
            far = all(abs(q[0] - x) > 30 or abs(q[1] - y) > 3 for q in (other.start, other.end))
            assert not far or not any(meets(head, *part) for part in parts_of(other))


def parts_of(curve: Curve) -> Iterator[tuple[Point, Point]]:
    return pairwise([curve.start, *points(curve)])


def meets(box: Box, a: Point, b: Point) -> bool:
    """Whether an upright or level part of a line passes through a box."""
    low, high = (min(a[0], b[0]), min(a[1], b[1])), (max(a[0], b[0]), max(a[1], b[1]))
    return low[0] < box[2] and box[0] < high[0] + 0.1 and low[1] < box[3] and box[1] < high[1] + 0.1


@pytest.mark.slow
def test_a_cell_beside_others_crosses_no_line_of_theirs() -> None:
    """Four gates that read x, h and c cross twice, and so do the lines of the other gated cell; the
    simple cell stands below x."""
    picture = of("slide-three-cells", Level.QUANTITIES, True)
    assert crossings(picture) <= 4
    assert list(defects(picture)) == []


@pytest.mark.parametrize("anchor", ["start", "middle", "end"])
def test_what_a_name_covers_is_what_is_behind_it(anchor: str) -> None:
    """A background elsewhere would take away a part of the node beside it."""
    name = Words(100, 50, "a_{h,1}", 15, "name", anchor, True)
    drawn = spelled(Picture("", 200, 100, words=[name]), None)
    (behind,) = re.findall(r'<rect class="paper" x="([\d.]+)" y="[\d.]+" width="([\d.]+)"', drawn)
    left, wide = map(float, behind)
    assert left == pytest.approx(name.left - 1, abs=0.1)
    assert wide == pytest.approx(width(name.text, name.size) + 2, abs=0.1)


def test_four_sources_find_their_order_too() -> None:
    """x, a, b and h of two formulas: three of them meet the same four summands."""
    assert crossings(of("step-approximator", Level.OPERATIONS, None)) <= 3


def test_lines_of_two_directions_share_no_lane() -> None:
    picture = of("bidirectional", Level.OPERATIONS)
    upright = [
        (p[0], *sorted((p[1], q[1])))
        for c in picture.curves
        for p, q in pairwise([c.start, *points(c)])
        if abs(p[0] - q[0]) < 0.1 and abs(p[1] - q[1]) > 5
    ]
    whose = [
        i
        for i, c in enumerate(picture.curves)
        for p, q in pairwise([c.start, *points(c)])
        if abs(p[0] - q[0]) < 0.1 and abs(p[1] - q[1]) > 5
    ]
    for (i, a), (j, b) in combinations(zip(whose, upright, strict=True), 2):
        same_source = picture.curves[i].start == picture.curves[j].start
        assert i == j or same_source or abs(a[0] - b[0]) > 1 or a[2] <= b[1] or b[2] <= a[1]


@pytest.mark.parametrize(
    ("name", "steps"),
    few([("bidirectional", 2), ("bidirectional-scalar", 3)], [("bidirectional", 2)]),
)
def test_two_directions_cross_once_a_step(name: str, steps: int) -> None:
    """x stands between them; the output of the lower one has to pass the line of the upper one."""
    folded = False if name in names(()) else None
    assert crossings(of(name, Level.OPERATIONS, folded)) == steps


@pytest.mark.parametrize("name", ["slide-one-to-many", "encoder-decoder", "jordan"])
def test_what_is_fed_back_crosses_no_line(name: str) -> None:
    picture = of(name, Level.QUANTITIES)
    assert crossings(picture) == 0
    assert list(defects(picture)) == []


SHOWN = [
    (name, level, folded)
    for name in names(())
    for level in (Level.GATES, Level.QUANTITIES)
    for folded in (True, False)
]


@pytest.mark.parametrize(("name", "level", "folded"), every(40, SHOWN))
def test_every_cell_is_legible_on_half_a_page(name: str, level: Level, folded: bool) -> None:
    assert not is_small_print(of(name, level, folded))


def test_the_operations_of_an_lstm_are_legible_on_half_a_page() -> None:
    picture = of("lstm", Level.OPERATIONS, True)
    assert not is_small_print(picture)
    assert list(defects(picture)) == []


def test_a_wide_layer_comes_in_rows_of_neurons() -> None:
    graph = as_neurons("picture-convolution")
    picture = compose(graph)
    assert not is_small_print(picture)
    assert list(defects(picture)) == []
    assert crossings(picture) == 0
    assert len(picture.curves) == len(graph.edges)
    neurons_ = [s for s in picture.shapes if s.role == "gate"]
    assert len(neurons_) == 4
    assert not any(abs(a.y - b.y) < 10 for a, b in combinations(neurons_, 2))
    rows: dict[int, list[tuple[float, str]]] = {}
    for word in picture.words:
        if word.text.startswith("X("):
            rows.setdefault(round(word.y), []).append((word.x, word.text))
    for row in rows.values():
        inputs = [text for _, text in sorted(row)]
        assert inputs == sorted(inputs)  # row by row of the picture


def test_a_recurrent_net_of_neurons_has_a_column_a_step() -> None:
    picture = compose(as_neurons("way-back"))
    assert crossings(picture) == 0
    assert list(defects(picture)) == []
    at = {w.text: (w.x, round(w.y)) for w in picture.words if w.role == "name"}
    assert at["h_1"][1] == at["h_2"][1] == at["h_3"][1]
    assert at["h_1"][0] < at["h_2"][0] < at["h_3"][0]


def test_a_decoder_of_neurons_stands_to_the_right_of_its_encoder() -> None:
    picture = compose(as_neurons("encoder-decoder"))
    assert crossings(picture) == 0
    assert list(defects(picture)) == []


def test_steps_of_many_neurons_stand_apart() -> None:
    """Each is a net of its own, with the states before among its inputs: no line between them."""
    picture = compose(as_neurons("there-and-back-matrices"))
    assert crossings(picture) == 0
    assert list(defects(picture)) == []
    assert all(c.arrow for c in picture.curves)
    names = [w.text for w in picture.words if w.role == "name"]
    for entry in ("h⁽¹⁾", "h⁽²⁾"):
        assert names.count(f"{entry}_1") == names.count(f"{entry}_2") == 2
        assert names.count(f"{entry}_3") == 1


def test_weights_of_several_steps_that_one_node_reads_stand_side_by_side() -> None:
    assert list(defects(of("channels-by-hand", Level.QUANTITIES, None))) == []


def test_a_summand_of_two_sums_stands_once_for_each() -> None:
    """H_1 and H_2 both add up convolutions of X_1: there are four, each in a place of its own."""
    drawn = of("channels-by-hand", Level.OPERATIONS, None)
    assert list(defects(drawn)) == []
    assert sum(words.text == "conv2d" for words in drawn.words) == 4


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--cell", "gru-before-keep", "--nodes", "operations"), True),
        (("there-and-back",), False),
    ],
)
def test_a_picture_with_small_print_says_so(args: tuple[str, ...], said: bool) -> None:
    for form in ("svg", "dot"):
        result = CliRunner().invoke(main, ["graph", *args, "--format", form], env={"LANG": "C"})
        assert result.exit_code == 0
        assert ("half a page" in result.stderr) is (said and form == "svg")


def test_a_png_is_as_wide_as_it_is_asked_to_be() -> None:
    pytest.importorskip("resvg_py")
    asked = ("graph", "there-and-back", "--format", "png", "--width", "2008")
    result = CliRunner().invoke(main, asked)
    wide, tall = struct.unpack(">II", result.stdout_bytes[16:24])
    picture = of("there-and-back", Level.QUANTITIES)
    assert wide == 2008
    assert tall == pytest.approx(2008 * picture.height / picture.width, abs=4)


def test_a_width_in_dots_is_for_pictures_of_dots() -> None:
    result = CliRunner().invoke(main, ["graph", "there-and-back", "--width", "2008"])
    assert result.exit_code == 2
    assert "PNG" in result.stderr
