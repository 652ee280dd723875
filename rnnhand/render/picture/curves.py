"""Edges as curves: upright where they meet rows, level where they pass from step to step."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from rnnhand.render.picture.shapes import Curve, Point

Piece = tuple[Point, Point, Point]

RADIUS = 9.0
"""That of round corners."""

ALONE, SLANT, OBLIQUE = 0.6, 0.35, 0.8
"""How far aside a line that is drawn straight may run for its height: a whole one, a part of one,
and one that ends on a circle, which it may meet from anywhere. A bend to and fro between two places
that stand nearly above one another is needless."""


def straight(a: Point, b: Point) -> Piece:
    third = ((b[0] - a[0]) / 3, (b[1] - a[1]) / 3)
    return ((a[0] + third[0], a[1] + third[1]), (b[0] - third[0], b[1] - third[1]), b)


def upright(a: Point, b: Point) -> Piece:
    """From a to b, leaving and arriving vertically."""
    if abs(a[0] - b[0]) < 0.5:
        return straight(a, b)
    middle = (a[1] + b[1]) / 2
    return ((a[0], middle), (b[0], middle), b)


def leaning(a: Point, b: Point) -> Piece:
    """From a to b, straight if they stand nearly above one another, else leaving and arriving
    vertically."""
    return straight(a, b) if _is_steep(a, b, SLANT) else upright(a, b)


def leaning_alone(a: Point, b: Point) -> Piece:
    """The same for a whole line."""
    return straight(a, b) if _is_steep(a, b, ALONE) else upright(a, b)


def leaning_inwards(a: Point, b: Point, middle: Point) -> Piece:
    """The same to b on a round outline around its middle."""
    is_outside = (a[0] - b[0]) * (b[0] - middle[0]) > 0
    if _is_steep(a, b, OBLIQUE if is_outside else SLANT):
        return straight(a, b)
    return inwards(a, b, middle)


def _is_steep(a: Point, b: Point, most: float) -> bool:
    return abs(a[0] - b[0]) < most * abs(a[1] - b[1])


def inwards(a: Point, b: Point, middle: Point) -> Piece:
    """From a, vertically, to b on a round outline around its middle, towards that if it comes from
    that side."""
    aside, out = a[0] - b[0], b[0] - middle[0]
    if aside * out <= 0:
        return upright(a, b)
    far = _distance(b, middle)
    before = abs(a[1] - b[1]) / 2 / far
    return (
        (a[0], (a[1] + b[1]) / 2),
        (b[0] + before * out, b[1] + before * (b[1] - middle[1])),
        b,
    )


def level(a: Point, b: Point) -> Piece:
    """From a to b, leaving and arriving horizontally."""
    if abs(a[1] - b[1]) < 0.5:
        return straight(a, b)
    middle = (a[0] + b[0]) / 2
    return ((middle, a[1]), (middle, b[1]), b)


def turning_up(a: Point, b: Point) -> Piece:
    """From a, horizontally, to b, vertically."""
    return (((a[0] + 2 * b[0]) / 3, a[1]), (b[0], (2 * a[1] + b[1]) / 3), b)


def through(points: Sequence[Point], role: str) -> Curve:
    """A curve upwards through points, of which pairs stand above one another."""
    return Curve(points[0], tuple(upright(a, b) for a, b in pairwise(points)), role)


def rounded(
    points: Sequence[Point], role: str, radius: float = RADIUS, arrow: bool = True
) -> Curve:
    """Straight pieces with round corners."""
    pieces: list[Piece] = []
    here = points[0]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        r = min(radius, _distance(before, corner) / 2, _distance(corner, after) / 2)
        first, second = _towards(corner, before, r), _towards(corner, after, r)
        pieces.append(straight(here, first))
        k = 0.45
        pieces.append((_towards(corner, before, r * k), _towards(corner, after, r * k), second))
        here = second
    pieces.append(straight(here, points[-1]))
    return Curve(points[0], tuple(pieces), role, arrow)


def _distance(a: Point, b: Point) -> float:
    return float(((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) ** 0.5)


def _towards(a: Point, b: Point, by: float) -> Point:
    d = _distance(a, b) or 1.0
    return (a[0] + (b[0] - a[0]) * by / d, a[1] + (b[1] - a[1]) * by / d)
