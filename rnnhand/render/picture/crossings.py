"""How often the lines of a picture cross."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain, combinations, pairwise, product
from math import hypot
from typing import TypeAlias

from rnnhand.render.picture.shapes import Curve, Picture, Point

Box: TypeAlias = tuple[float, float, float, float]

Part: TypeAlias = tuple[Point, Point, Box]
"""A straight part of a curve: its ends and its box."""

Way: TypeAlias = tuple[Curve, Sequence[Part], Box]
"""A curve with its straight parts and the box of them all."""

LEVEL = 60.0
"""What a level line is longer than."""

FINE = 2.0
"""Crossings nearer than this are one: branches of a trunk run on one line. Where a line ends on
another one they meet and do not cross."""

FLAT = 1e-6
"""A piece is straight whose controls make triangles with its ends of no larger area, doubled."""

HEAD, SLIM = 8.0, 1.5
"""How long an arrowhead is, and how far from its middle it must be free."""

DOTS = 5.0
"""How close points on a curve are that nothing may stand on."""

PIECES = 7
"""Straight parts that stand for a piece of a curve; odd, so that none ends in a row's middle."""


def crossings(picture: Picture) -> int:
    """Places where curves cross, those aside that leave the same place."""
    return crossings_with(picture.curves, ())


def crossings_with(own: Sequence[Curve], others: Sequence[Curve]) -> int:
    """Places where curves cross one another or others; what others do among themselves aside."""
    found: set[tuple[int, int]] = set()
    ways, fixed = [*map(_way, own)], [*map(_way, others)]
    for (one, a, box), (other, b, second) in chain(combinations(ways, 2), product(ways, fixed)):
        if _apart(box, second) or is_near(one.start, other.start):
            continue
        ends = (one.start, one.end, other.start, other.end)
        places = [
            place
            for place in _meetings(a, b, _common(box, second))
            if all(abs(place[0] - x) > FINE or abs(place[1] - y) > FINE for x, y in ends)
        ]
        found |= {(round(x / FINE), round(y / FINE)) for x, y in places}
    return len(found)


def heads_met(curves: Sequence[Curve]) -> list[int]:
    """The curves through whose arrowheads others run, those aside that begin or end at the same
    place: then it is hard to see whose they are."""
    ways = [*map(_way, curves)]
    return [i for i, own in enumerate(ways) if _is_met(own, ways)]


def is_head_met(curve: Curve, others: Sequence[Curve]) -> bool:
    """Whether others run through the arrowhead of a curve."""
    return _is_met(_way(curve), [*map(_way, others)])


def _is_met(own: Way, ways: Sequence[Way]) -> bool:
    curve, parts, _ = own
    head = _head(parts[-1])
    return curve.arrow and any(
        any(not _apart(part[2], head) for part in others)
        for other, others, box in ways
        if not _apart(box, head)
        and not is_near(other.start, curve.end)
        and not is_near(other.end, curve.end)
    )


def _way(curve: Curve) -> Way:
    return curve, *_measured(curve)


def _head(last: Part) -> Box:
    """The room of the arrowhead at the end of a line."""
    (a, b), (x, y), _ = last
    long = max(abs(x - a), abs(y - b), FLAT)
    back = (x + (a - x) * HEAD / long, y + (b - y) * HEAD / long)
    low, left, high, right = _around(((x, y), back))
    return low - SLIM, left - SLIM, high + SLIM, right + SLIM


def is_between_steps(curve: Curve) -> bool:
    """A level line, or one from a column to where it enters the next, which has no arrowhead."""
    is_level = abs(curve.start[1] - curve.end[1]) < 1
    return not curve.arrow or (is_level and abs(curve.start[0] - curve.end[0]) > LEVEL)


def _apart(a: Box, b: Box) -> bool:
    return a[0] > b[2] or b[0] > a[2] or a[1] > b[3] or b[1] > a[3]


def _common(a: Box, b: Box) -> Box:
    """What two boxes that are not apart have in common."""
    return max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])


@lru_cache(maxsize=4096)
def _measured(curve: Curve) -> tuple[list[Part], Box]:
    points = [curve.start]
    for piece in curve.pieces:
        found = list(along(Curve(points[-1], (piece,), curve.role)))
        is_straight = all(abs(_side(points[-1], piece[2], c)) < FLAT for c in piece[:2])
        points += found[-1:] if is_straight else found
    return [(p, q, _around((p, q))) for p, q in pairwise(points)], _around(points)


def _around(points: Sequence[Point]) -> Box:
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    return min(xs), min(ys), max(xs), max(ys)


def along(curve: Curve) -> Iterator[Point]:
    """Points on a curve, close to one another."""
    p = curve.start
    for a, b, d in curve.pieces:
        for k in range(1, PIECES + 1):
            t = k / PIECES
            u = 1 - t
            w = (u**3, 3 * u * u * t, 3 * u * t * t, t**3)
            yield (
                w[0] * p[0] + w[1] * a[0] + w[2] * b[0] + w[3] * d[0],
                w[0] * p[1] + w[1] * a[1] + w[2] * b[1] + w[3] * d[1],
            )
        p = d


def length(curve: Curve) -> float:
    """How long a curve is."""
    return sum(hypot(c - a, d - b) for (a, b), (c, d), _ in _measured(curve)[0])


def dots(curve: Curve) -> Iterator[Point]:
    """Points on a curve, no further from one another than a letter is high."""
    for (a, b), (c, d), _ in _measured(curve)[0]:
        count = int(max(abs(c - a), abs(d - b)) / DOTS) + 1
        for k in range(1, count + 1):
            yield a + (c - a) * k / count, b + (d - b) * k / count


def is_within(curve: Curve, box: Box) -> bool:
    """Whether a straight part of a curve may lead through a box."""
    parts, whole = _measured(curve)
    return not _apart(whole, box) and any(not _apart(part[2], box) for part in parts)


def is_near(a: Point, b: Point) -> bool:
    """Whether two curves that begin at a and b leave the same node."""
    return abs(a[0] - b[0]) < 30 and abs(a[1] - b[1]) < 3


def _meetings(a: Sequence[Part], b: Sequence[Part], common: Box) -> Iterator[Point]:
    """Where two lines of straight parts cross, all of it in the box that they have in common."""
    near = [part for part in b if not _apart(part[2], common)]
    for p, q, here in a:
        if _apart(here, common):
            continue
        for r, s, there in near:
            if _apart(here, there):
                continue
            before, behind = _side(r, s, p), _side(r, s, q)
            # A point on the other line is on one side of it, or a line cut there would not count.
            if (_side(p, q, r) < 0) != (_side(p, q, s) < 0) and (before < 0) != (behind < 0):
                k = before / (before - behind)
                yield p[0] + k * (q[0] - p[0]), p[1] + k * (q[1] - p[1])


def _side(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
