"""Fans that cross as trunks with branches: from each source one line along the row, and from it a
line up to each reader. Two fans to four gates cross six times; their trunks cross three times, at
right angles.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise, permutations

from rnnhand.render.picture.crossings import crossings, crossings_with, is_near
from rnnhand.render.picture.curves import rounded
from rnnhand.render.picture.shapes import Curve, Picture, Point

LEAST = 3
"""Lines of which a fan has at least one that crosses others."""

MOST = 3
"""Fans whose trunks are tried in every order."""

BELOW, ABOVE, APART = 6.0, 6.0, 6.0
"""Room between a source and the first trunk, between the last trunk and the readers, and between
trunks."""


CLOSE = 8.0
"""Nearer than this, two upright lines are hard to tell apart."""


@dataclass(frozen=True)
class Fan:
    """Curves, by their places in the picture, that leave one source upwards: from `low`, the
    height of the source, to `high`, that of what is nearest."""

    curves: tuple[int, ...]
    x: float
    low: float
    high: float

    def __contains__(self, other: object) -> bool:
        return isinstance(other, int) and other in self.curves


def room(fans: int) -> float:
    """The height that the trunks of some fans need; none is needed for one fan, or for many."""
    return BELOW + ABOVE + APART * (fans - 1) + 1 if 1 < fans <= MOST else 0.0


def with_trunks(curves: list[Curve]) -> list[Curve]:
    """The curves, with trunks where that takes away crossings."""
    found = list(curves)
    for group in _entangled(found):
        others = [c for i, c in enumerate(found) if not any(i in fan for fan in group)]
        own = [i for fan in group for i in fan.curves]
        best, least = None, _met([found[i] for i in own], others)
        for order in permutations(group):
            drawn = _drawn(found, order)
            if drawn is None:
                break
            met = _met(list(drawn.values()), others) + _beside(found, order)
            if met < least:
                best, least = drawn, met
        for i, curve in (best or {}).items():
            found[i] = curve
    return found


def _met(own: list[Curve], others: list[Curve]) -> int:
    """How often curves cross one another and others near them."""
    top = min(min(c.start[1], c.pieces[0][2][1]) for c in own)
    low = max(c.start[1] for c in own)
    near = [c for c in others if _reaches(c, top, low)]
    return crossings_with(own, near)


def _beside(curves: Sequence[Curve], order: Sequence[Fan]) -> int:
    """How often the line from a source up to its trunk passes close by a branch of a lower one."""
    return sum(
        abs(curves[i].pieces[0][2][0] - upper.x) < CLOSE
        for lower, upper in combinations(order, 2)
        for i in lower.curves
    )


def _reaches(curve: Curve, top: float, low: float) -> bool:
    ys = [curve.start[1], *(piece[2][1] for piece in curve.pieces)]
    return min(ys) < low and max(ys) > top


def _entangled(curves: Sequence[Curve]) -> Iterator[list[Fan]]:
    """Groups of fans of which each crosses another one of its group."""
    rest = list(_fans(curves))
    while rest:
        group = [rest.pop(0)]
        for fan in group:
            new = [other for other in rest if _cross(curves, fan, other)]
            rest = [other for other in rest if other not in new]
            group += new
        if 1 < len(group) <= MOST and max(len(fan.curves) for fan in group) >= LEAST:
            yield group


def _cross(curves: Sequence[Curve], one: Fan, other: Fan) -> bool:
    if one.low <= other.high or other.low <= one.high:
        return False
    return crossings(Picture("", curves=[_first(curves[i]) for i in one.curves + other.curves])) > 0


def _first(curve: Curve) -> Curve:
    return replace(curve, pieces=curve.pieces[:1])


def _fans(curves: Sequence[Curve]) -> Iterator[Fan]:
    """What leaves one place upwards, at least two lines of one role."""
    rest = [i for i, c in enumerate(curves) if _is_rising(c)]
    while rest:
        first = curves[rest[0]]
        own = [
            i
            for i in rest
            if is_near(curves[i].start, first.start) and curves[i].role == first.role
        ]
        rest = [i for i in rest if i not in own]
        if len(own) > 1:
            xs = [curves[i].start[0] for i in own]
            high = max(curves[i].pieces[0][2][1] for i in own)
            yield Fan(tuple(own), (min(xs) + max(xs)) / 2, first.start[1], high)


def _is_rising(curve: Curve) -> bool:
    """Whether a curve begins upwards."""
    control, _, end = curve.pieces[0]
    return abs(control[0] - curve.start[0]) < 1 and end[1] < curve.start[1]


def _drawn(curves: Sequence[Curve], order: Sequence[Fan]) -> dict[int, Curve] | None:
    """The fans as trunks, the first one lowest; None where there is no room for them."""
    low = min(fan.low for fan in order) - BELOW
    high = max(fan.high for fan in order) + ABOVE
    if low - high < APART * (len(order) - 1):
        return None
    found = {}
    apart = max((low - high) / (len(order) + 1), APART)
    middle = (low + high) / 2
    for k, fan in enumerate(order):
        y = middle + apart * ((len(order) - 1) / 2 - k)
        for i in fan.curves:
            found[i] = _branch(curves[i], (fan.x, fan.low), y)
    return found


def _branch(curve: Curve, start: Point, y: float) -> Curve:
    """Up to the trunk, along it, and up to where the curve's first piece ends."""
    end = curve.pieces[0][2]
    if abs(end[0] - start[0]) < 1:
        points = [start, end]
    else:
        points = [start, (start[0], y), (end[0], y), end]
    assert all(a != b for a, b in pairwise(points))
    return replace(
        curve, start=start, pieces=(*rounded(points, curve.role, 6.0).pieces, *curve.pieces[1:])
    )
