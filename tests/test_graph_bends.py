"""Lines run straight, or with one bend, where no more is needed."""

from __future__ import annotations

from itertools import pairwise

import pytest
from pictures import defects
from test_graph_lines import of

from rnnhand.calculus.network import Level
from rnnhand.render.picture.curves import (
    leaning,
    leaning_alone,
    leaning_inwards,
    straight,
    upright,
)
from rnnhand.render.picture.shapes import Curve, Picture, Point

STEEP = 0.6


def is_straight(curve: Curve) -> bool:
    (start, (a, b, end)) = curve.start, curve.pieces[0]
    return all(abs(_aside(start, end, c)) < 1e-6 for c in (a, b))


def _aside(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def test_a_line_between_places_nearly_above_one_another_is_straight() -> None:
    low, high = (0.0, 100.0), (10.0, 60.0)
    assert leaning(low, high) == straight(low, high)
    assert leaning(low, (20.0, 60.0)) == upright(low, (20.0, 60.0))
    assert leaning_alone(low, (20.0, 60.0)) == straight(low, (20.0, 60.0))
    assert leaning_alone(low, (30.0, 60.0)) == upright(low, (30.0, 60.0))


def test_a_circle_is_met_from_further_aside() -> None:
    low, end = (0.0, 100.0), (30.0, 60.0)
    same_side, other_side = (40.0, 50.0), (20.0, 50.0)
    assert leaning_inwards(low, end, same_side) == straight(low, end)
    assert leaning_inwards(low, end, other_side) != straight(low, end)


@pytest.mark.parametrize("name", ["there-and-back", "chain-net", "softmax-two", "lstm"])
def test_steep_lines_from_node_to_node_do_not_bend(name: str) -> None:
    picture = of(name, Level.QUANTITIES)
    steep = [
        c
        for c in picture.curves
        if len(c.pieces) == 1 and abs(c.start[0] - c.end[0]) < STEEP * abs(c.start[1] - c.end[1])
    ]
    assert steep
    assert all(map(is_straight, steep))


def test_what_leaves_a_wide_node_alone_leaves_it_below_its_end() -> None:
    picture = of("softmax-under-logarithm", Level.QUANTITIES)
    wide = next(s for s in picture.shapes if s.name == "p")
    line = next(c for c in picture.curves if abs(c.start[1] - (wide.y - wide.height / 2)) < 1)
    assert line.start[0] == pytest.approx(line.end[0], abs=12)
    assert line.start[0] != pytest.approx(wide.x)


def turns(picture: Picture) -> list[int]:
    """How many round corners the lines from column to column have that begin levelly."""
    found = []
    for curve in picture.curves:
        if not curve.arrow:
            ends = [curve.start, *(end for _, _, end in curve.pieces)]
            bends = sum(
                abs(a[0] - b[0]) > 0.5 and abs(a[1] - b[1]) > 0.5 for a, b in pairwise(ends)
            )
            found.append(bends)
    return found


@pytest.mark.parametrize(
    "name",
    [
        "lstm-no-input-gate",
        *(pytest.param(n, marks=pytest.mark.slow) for n in ("lstm", "lstm-coupled")),
    ],
)
def test_the_line_of_c_turns_once(name: str) -> None:
    """Along above the cells and down into each of them; that of h goes around below."""
    picture = of(name, Level.GATES)
    assert turns(picture).count(1) == sum(not c.arrow for c in picture.curves) // 2
    assert list(defects(picture)) == []
