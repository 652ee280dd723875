"""Edges through rows: from where they leave to where they arrive, upwards but for a few, with their
labels on the last stretch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from rnnhand.document.graph import Edge
from rnnhand.render.picture.crossings import along
from rnnhand.render.picture.curves import inwards, leaning, leaning_alone, leaning_inwards, upright
from rnnhand.render.picture.places import Places
from rnnhand.render.picture.shapes import SMALL, Curve, Point, Words

STRAIGHT = 0.5
"""How far aside a line may run that is straight."""

RUN_IN = 0.3
"""The share of the room between items of a row that a line may move aside for a straight end."""


def rising(places: Places, edge: Edge, start: Point) -> Iterator[Curve | Words]:
    """The curve of an edge from its start through the rows to its end, and its label."""
    end = places.arrival(edge)
    most = places.pattern.metrics.apart * RUN_IN
    passed = run_in(places.passed(edge), end[0], most)
    points = [start, *(point for stretch in passed for point in stretch), end]
    row, reach = places.at(edge.end)[1], places.pattern.looks[edge.end].reach
    points[-1:-1] = _past(places, row, reach, points[-1], points[-2])
    points[1:1] = _turned_late(places, edge, points[0], points[1])
    # A corner is seen on a line without a label, which else stands where pieces meet.
    is_smooth = len(points) > 2 and not places.pattern.edges.labels[id(edge)]
    drawn = upright if is_smooth else leaning if len(points) > 2 else leaning_alone
    pieces = [drawn(a, b) for a, b in pairwise(points)]
    if (middle := _round_about(places, edge.end, end[0])) is not None:
        ending = inwards if is_smooth else leaning_inwards
        pieces[-1] = ending(points[-2], end, middle)
    yield Curve(start, tuple(pieces), role(edge))
    if places.pattern.edges.labels[id(edge)] and passed:
        below, above = passed[-1]
        yield label(places, edge, below[0], (below[1] + above[1]) / 2)


def role(edge: Edge) -> str:
    return "path" if edge.paths else "edge"


def label(places: Places, edge: Edge, x: float, y: float) -> Words:
    """What stands on an edge."""
    text = places.pattern.edges.labels[id(edge)]
    said = "weight-label" if edge.is_weight else "slope"
    return Words(x, y, text, SMALL, said, "middle", True)


def run_in(
    passed: Sequence[tuple[Point, Point]], x: float, most: float
) -> list[tuple[Point, Point]]:
    """The places that a line passes, with its last straight stretch moved by `most` at most to
    where the line ends: an arrowhead right behind a bend looks broken."""
    found = list(passed)
    if not found or abs(found[-1][1][0] - x) > most:
        return found
    before = found[-1][1][0]
    for k, (low, high) in reversed([*enumerate(found)]):
        if abs(low[0] - before) > STRAIGHT or abs(high[0] - before) > STRAIGHT:
            break
        found[k] = ((x, low[1]), (x, high[1]))
    return found


def _round_about(places: Places, key: str, x: float) -> Point | None:
    """The middle of the round end of a node below or above some place, if there is one."""
    look, (at, y) = places.pattern.looks[key], places.at(key)
    if look.role != "operation" or look.form != "pill":
        return None
    flat = look.half - min(look.half, look.reach)
    return (at + max(-flat, min(flat, x - at)), y)


def _turned_late(places: Places, edge: Edge, start: Point, other: Point) -> list[Point]:
    """Where a line that begins in a row turns sideways, if not at once."""
    p = places.pattern
    if not p.edges.bends(edge):
        row, reach = places.at(edge.start)[1], p.looks[edge.start].reach
        return _past(places, row, reach, start, other)
    row = -p.heights.up[p.layered.row[p.edges.port(edge)]]
    return _past(places, row, 0.0, start, other) or _clear_of(places, row, start, other)


def _past(places: Places, row: float, reach: float, touched: Point, other: Point) -> list[Point]:
    """Where a line between something in a row and another place turns sideways, if else it would
    run through a taller node of the row: no line does so before it is past that one."""
    x, y = touched
    ends = [
        oy + look.reach if y < other[1] else oy - look.reach
        for look, (ox, oy) in places.taller(row, reach)
        if any(
            abs(a - ox) < look.half and abs(b - oy) < look.reach
            for a, b in along(Curve(touched, (upright(touched, other),), ""))
        )
    ]
    return [(x, max(ends, key=lambda end: abs(end - y)))] if ends else []


def _clear_of(places: Places, row: float, start: Point, other: Point) -> list[Point]:
    """Where a line from beside a row turns over nodes of it, if it does: past all of them, so that
    it keeps clear of the lines that leave there."""
    low, high = sorted((start[0], other[0]))
    tops = [oy - look.reach for look, (ox, oy) in places.taller(row, 0.0) if low < ox < high]
    top = min(tops, default=start[1])
    return [(start[0], top)] if other[1] < top < start[1] else []
