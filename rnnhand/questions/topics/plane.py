"""Tables, thresholds and pieces as pictures in the plane."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise, product
from math import prod

from rnnhand.arithmetic.polynomial import Polynomial, formula
from rnnhand.arithmetic.regions import Region
from rnnhand.document.blocks import Dots, Inline, Line, Math, Plane, Sentence, Strokes
from rnnhand.language.printer import text
from rnnhand.language.tree import Ref

Say = Callable[..., Sentence]
MOST_LINES = 6


def classes(
    say: Say,
    inputs: Sequence[str],
    points: Sequence[tuple[Fraction, Fraction]],
    values: Sequence[Fraction],
    forms: Iterable[Polynomial],
) -> Plane | None:
    """Two inputs and a table of at most two values: filled dots for the larger one, rings for the
    other, and the lines where a form in both inputs is 0. None for what is no such table."""
    if len(inputs) != 2 or len(set(inputs)) != 2 or len(set(values)) > 2:
        return None
    across, up = inputs
    dots = []
    highest = max(values)
    for value in sorted(set(values), reverse=True):
        own = tuple(
            (float(p[0]), float(p[1])) for p, v in zip(points, values, strict=True) if v == value
        )
        filled = value == highest and (len(set(values)) == 2 or value > 0)
        dots.append(Dots(say("plane-wanted", value=_number(value)), filled, own))
    kept: dict[tuple[Fraction, ...], Line] = {}
    curves: dict[str, Strokes] = {}
    for form in forms:
        if not form.letters or not form.letters <= set(inputs):
            continue
        if form.degree != 1:
            shown = formula(form, tuple(inputs))
            pieces = tuple(_zeros(form, across, up, points))
            if pieces:
                curves.setdefault(
                    text(shown), Strokes(say("plane-curve", form=Math(shown)), pieces)
                )
            continue
        a, b, c = form.coefficient(across), form.coefficient(up), form.constant
        lead = abs(a or b)
        name = say("plane-line", form=Math(formula(form, tuple(inputs))))
        kept.setdefault((a / lead, b / lead, c / lead), Line(name, float(a), float(b), float(c)))
    return Plane(
        say("plane-classes"),
        (Math(Ref(across)),),
        (Math(Ref(up)),),
        tuple(dots),
        tuple(kept.values())[:MOST_LINES],
        strokes=tuple(curves.values())[:MOST_LINES],
    )


CELLS = 60
"""Squares along each side of the picture in which a curve is looked for."""

Piece = tuple[tuple[float, float], tuple[float, float]]


def _zeros(
    form: Polynomial, across: str, up: str, points: Sequence[tuple[Fraction, Fraction]]
) -> Iterator[Piece]:
    """Where a form is 0 around some points: in every small square, straight pieces between the
    places at which it changes its sign along the sides."""
    xs, ys = (_along([p[i] for p in points]) for i in (0, 1))
    grid = [[_value(form, {across: x, up: y}) for y in ys] for x in xs]
    for i, j in product(range(CELLS), range(CELLS)):
        corners = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1)]
        met: list[tuple[float, float]] = []
        for (a, b), (c, d) in pairwise([*corners, corners[0]]):
            u, v = grid[a][b], grid[c][d]
            if (u >= 0) != (v >= 0):
                t = u / (u - v)
                met.append((xs[a] + t * (xs[c] - xs[a]), ys[b] + t * (ys[d] - ys[b])))
        yield from zip(met[::2], met[1::2], strict=True)


def _along(places: Sequence[Fraction]) -> list[float]:
    """Evenly spread numbers around some places, which lie well inside."""
    low, high = float(min(places)), float(max(places))
    room = (high - low) / 6 or 1.0
    return [low - room + (high - low + 2 * room) * i / CELLS for i in range(CELLS + 1)]


def _value(form: Polynomial, point: dict[str, float]) -> float:
    return sum(float(c) * prod(point[n] ** k for n, k in m) for m, c in form.terms.items())


def _number(value: Fraction) -> Inline:
    return Math(formula(Polynomial({(): value} if value else {})))


def graph_of(
    say: Say, variable: str, regions: Sequence[Region], side: int, name: Inline
) -> Plane | None:
    """One side of a comparison over its only variable, piece by piece; a filled dot is a value at
    the end of a piece, a ring is where a piece ends without one. None where a piece is not
    straight, or there is one piece only."""
    ends = sorted({x for r in regions if (x := _end(r, variable)) is not None})
    if not ends or any(r.values[side].degree > 1 for r in regions):
        return None
    room = max((ends[-1] - ends[0]) / 2, Fraction(1))
    pieces = []
    rings: set[tuple[Fraction, Fraction]] = set()
    values = {x: _at(_where(regions, variable, x).values[side], variable, x) for x in ends}
    for low, high in pairwise([ends[0] - room, *ends, ends[-1] + room]):
        own = _where(regions, variable, (low + high) / 2).values[side]
        start, end = ((x, _at(own, variable, x)) for x in (low, high))
        pieces.append(((float(low), float(start[1])), (float(high), float(end[1]))))
        rings |= {p for p in (start, end) if p[0] in values and values[p[0]] != p[1]}
    filled = tuple((float(x), float(values[x])) for x in sorted({x for x, _ in rings}))
    open_ = tuple((float(x), float(y)) for x, y in sorted(rings))
    dots = (
        (Dots(say("plane-not-there"), False, open_), Dots(say("plane-there"), True, filled))
        if rings
        else ()
    )
    strokes = (Strokes((name,), tuple(pieces)),)
    return Plane(say("plane-graph"), (Math(Ref(variable)),), (name,), dots, strokes=strokes)


def _end(region: Region, variable: str) -> Fraction | None:
    """The point that a region is, if it is one."""
    return next((region.point[variable] for side in region.sides if side.sign == 0), None)


def _where(regions: Sequence[Region], variable: str, x: Fraction) -> Region:
    """The region in which a point lies."""
    for region in regions:
        values = [side.of.at({variable: x}).value or Fraction(0) for side in region.sides]
        signs = [(v > 0) - (v < 0) for v in values]
        if signs == [side.sign for side in region.sides]:
            return region
    raise AssertionError(x)


def _at(of: Polynomial, variable: str, x: Fraction) -> Fraction:
    value = of.at({variable: x}).value
    assert value is not None
    return value
