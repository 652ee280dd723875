"""What a picture must not have: overlaps, cut text, lines through nodes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise

from rnnhand.render.picture.shapes import Curve, Picture, Shape, Words
from rnnhand.render.picture.words import width

Box = tuple[float, float, float, float]

SIGNS = ("delay", "ahead")
"""Signs of other steps, each of which stands on its line."""


def outline(shape: Shape) -> Box:
    w, h = shape.width / 2, shape.height / 2
    return (shape.x - w, shape.y - h, shape.x + w, shape.y + h)


def extent(words: Words) -> Box:
    """Letters as they are; `width` is rather more than what they take."""
    whole = width(words.text, words.size)
    wide = whole * 0.92
    low = words.left + {"start": 0.0, "middle": 0.04, "end": 0.08}[words.anchor] * whole
    tall = words.size * 0.42
    return (low, words.y - tall, low + wide, words.y + tall)


def meet(a: Box, b: Box) -> bool:
    return a[0] + 0.5 < b[2] and b[0] + 0.5 < a[2] and a[1] + 0.5 < b[3] and b[1] + 0.5 < a[3]


def inside(box: Box, x: float, y: float, by: float) -> bool:
    return box[0] + by < x < box[2] - by and box[1] + by < y < box[3] - by


def within(shape: Shape, x: float, y: float, by: float) -> bool:
    """Whether a place is inside an outline, with its round corners, and not at its edge."""
    box = outline(shape)
    corner = {"pill": min(shape.width, shape.height) / 2 if shape.height < 40 else 16.0}
    round_ = corner.get(shape.form, 0.0)
    a = max(abs(x - shape.x) - shape.width / 2 + round_, 0.0)
    b = max(abs(y - shape.y) - shape.height / 2 + round_, 0.0)
    return inside(box, x, y, by) and (not round_ or a * a + b * b < (round_ - by) ** 2)


def points(curve: Curve) -> Iterator[tuple[float, float]]:
    p = curve.start
    for a, b, d in curve.pieces:
        for k in range(1, 12):
            t, u = k / 11, 1 - k / 11
            weights = (u**3, 3 * u * u * t, 3 * u * t * t, t**3)
            x, y = (
                sum(w * q[i] for w, q in zip(weights, (p, a, b, d), strict=True)) for i in (0, 1)
            )
            yield x, y
        p = d


def defects(picture: Picture) -> Iterator[str]:
    """Everything that is wrong with a picture."""
    outlines = [(outline(s), s.role) for s in picture.shapes]
    words = [(extent(w), w) for w in picture.words]
    for (a, one), (b, other) in combinations(outlines, 2):
        if meet(a, b):
            yield f"{one} overlaps {other}"
    for (a, w), (b, v) in combinations(words, 2):
        if meet(a, b):
            yield f"{w.text} overlaps {v.text}"
    for box, w in words:
        if box[0] < 0 or box[1] < 0 or box[2] > picture.width or box[3] > picture.height:
            yield f"{w.text} is cut"
        if w.covers or w.anchor != "middle":
            yield from (f"{w.text} stands on a {role}" for b, role in outlines if meet(box, b))
    for curve in picture.curves:
        places = list(points(curve))
        for shape in picture.shapes:
            if shape.form not in SIGNS and sum(within(shape, x, y, 2.5) for x, y in places) > 1:
                yield f"a line goes through a {shape.role}"
        for box, w in words:
            if not w.covers and sum(inside(box, x, y, 1.0) for x, y in places[:-1]) > 1:
                yield f"a line goes through {w.text}"


def crossings(picture: Picture) -> int:
    """At how many places lines cross, those aside that begin together; branches of a trunk are one
    line where they run together."""
    found: set[tuple[int, int]] = set()
    ways = [(c, [c.start, *points(c)]) for c in picture.curves]
    for (one, a), (other, b) in combinations(ways, 2):
        if _near(one.start, other.start):
            continue
        ends = [
            (round(x / 2), round(y / 2)) for x, y in (one.start, one.end, other.start, other.end)
        ]
        for p, q in pairwise(a):
            places = {_place(p, q, r, s) for r, s in pairwise(b) if _cross(p, q, r, s)}
            found |= {
                place
                for place in places
                if all(abs(place[0] - x) > 1 or abs(place[1] - y) > 1 for x, y in ends)
            }
    return len(found)


def _near(a: tuple[float, float], b: tuple[float, float]) -> bool:
    return abs(a[0] - b[0]) < 30 and abs(a[1] - b[1]) < 3


def _cross(
    p: tuple[float, float], q: tuple[float, float], r: tuple[float, float], s: tuple[float, float]
) -> bool:
    return (_side(p, q, r) < 0) != (_side(p, q, s) < 0) and (_side(r, s, p) < 0) != (
        _side(r, s, q) < 0
    )


def _side(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _place(
    p: tuple[float, float], q: tuple[float, float], r: tuple[float, float], s: tuple[float, float]
) -> tuple[int, int]:
    before, behind = _side(r, s, p), _side(r, s, q)
    k = before / (before - behind)
    return round((p[0] + k * (q[0] - p[0])) / 2), round((p[1] + k * (q[1] - p[1])) / 2)
