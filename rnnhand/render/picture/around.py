"""Edges of a folded graph to another step: around the drawing, back into it at its side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, permutations

from rnnhand.document.graph import Edge
from rnnhand.render.picture.curves import rounded
from rnnhand.render.picture.places import Places
from rnnhand.render.picture.rising import rising, role
from rnnhand.render.picture.shapes import LINE, SMALL, Curve, Shape, Words
from rnnhand.render.picture.words import math

TRACK = 20.0
"""Between lines that go around."""

FEW = 5
"""Lines of which every order is tried."""

SHARES = (1 / 2, 1 / 3, 2 / 3, 1 / 4, 3 / 4)
"""How far along its track the sign of a delay may stand, by preference."""


def around(places: Places) -> Iterator[Curve | Shape | Words]:
    """All that belongs to such edges."""
    p = places.pattern
    loops = {p.edges.port(e): e for e in p.edges.beside}
    for side in (1, -1):
        own = {port: e for port, e in loops.items() if p.course.side(e) == side}
        spans = {port: (places.at(e.start)[1], places.port(e)[1]) for port, e in own.items()}
        for k, port in enumerate(_nested(spans), 1):
            others = [y for other in own if other != port for y in spans[other]]
            yield from _loop(places, own[port], k, others)
    for edge in p.edges.bent:
        x, y = places.port(edge)
        yield from rising(places, edge, (x, y + 9 if p.course.is_down(edge) else y - 9))


def _loop(
    places: Places, edge: Edge, track: int, others: Sequence[float]
) -> Iterator[Curve | Shape | Words]:
    """An edge around the drawing on a track, counted from the inside, and its delay; `others` are
    heights at which other tracks leave or enter."""
    p, side = places.pattern, places.pattern.course.side(edge)
    low, high = p.columns.spans[0]
    x, y = places.at(edge.start)
    start = (x - side * p.looks[edge.start].half, y)
    at = (low if side > 0 else high) - side * (8 + TRACK * track)
    px, py = places.port(edge)
    end = (px - side * (p.layered.widths[p.edges.port(edge)] / 2 - 2), py)
    yield rounded([start, (at, y), (at, py), end], role(edge))
    # A square where lines cross would look like a knot of both.
    signs = (y + (py - y) * share for share in SHARES)
    free = (m for m in signs if all(abs(m - o) > LINE for o in others))
    middle = next(free, (y + py) / 2)
    sign = "delay" if edge.lag > 0 else "ahead"
    yield Shape(sign, at, middle, 10, 10, sign)
    if (steps := abs(p.edges.distance(edge))) > 1:
        yield Words(at, middle - 14, f"{steps}×", SMALL, "slope", "middle", True)
    if edge.seen_as is not None:
        yield Words(px, py, math(edge.seen_as), SMALL, "name")


def _nested(spans: Mapping[str, tuple[float, float]]) -> list[str]:
    """Lines around a drawing from the inside: those that begin lower sooner, or, if there are few,
    so that they cross least. One crosses an inner one if it leaves or enters beside it."""
    order = sorted(spans, key=lambda port: -spans[port][0])
    if len(order) > FEW:
        return order

    def crossed(ports: Sequence[str]) -> int:
        return sum(
            min(spans[inner]) < y < max(spans[inner])
            for inner, outer in combinations(ports, 2)
            for y in spans[outer]
        )

    # The first of the best: the order is kept where it is good.
    return min(map(list, permutations(order)), key=crossed)
