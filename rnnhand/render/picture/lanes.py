"""Lines from column to column that bend: where they leave and enter a gap between columns, on which
lane they go up or down in it, and on which track they pass below columns."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import combinations, permutations
from typing import TypeAlias

from rnnhand.document.graph import Edge
from rnnhand.render.picture.edges import Edges
from rnnhand.render.picture.places import Places
from rnnhand.render.picture.shapes import LINE, Point

FEW = 5
"""Lines through a gap between columns of which every order is tried."""

STEEP = 3.0
"""How much higher than wide a gap is that a line does not pass in one sweep."""

Line: TypeAlias = tuple[str, str]
"""A line by the node that it leaves and the port that it enters, perhaps in several columns."""

Ends: TypeAlias = tuple[Point, Point]


def line(edges: Edges, edge: Edge) -> Line:
    return edge.start, edges.port(edge)


def gap_ends(places: Places, edge: Edge) -> Ends:
    """Where an edge that bends leaves its column and where it enters the other."""
    p = places.pattern
    own, other = (p.columns.spans[p.edges.column_of(key)] for key in (edge.start, edge.end))
    y, py = places.at(edge.start)[1], places.port(edge)[1]
    left, right = p.columns.rooms
    if p.edges.distance(edge) > 0:
        return (own[1] + left, y), (other[0] - right, py)
    return (own[0] - right, y), (other[1] + left, py)


def tracks(edges: Edges) -> dict[Line, int]:
    """For lines that pass a column, below all columns: on which level, counted from 1, so that
    those in the same gap are on different ones; a sum over steps has one."""
    spans: dict[Line, tuple[int, int]] = {}
    members: dict[Line, set[Line]] = {}
    for edge in edges.bent:
        if edges.is_next(edge):
            continue
        key = line(edges, edge)
        whole = (edges.parts.pattern[edge.start], key[1]) if id(edge) in edges.alike else key
        ends = sorted(edges.columns.index(edges.column_of(k)) for k in (edge.start, edge.end))
        low, high = spans.get(whole, ends)
        spans[whole] = min(low, ends[0]), max(high, ends[1])
        members.setdefault(whole, set()).add(key)
    found: dict[Line, int] = {}
    taken: list[int] = []
    for whole, (low, high) in sorted(spans.items(), key=lambda item: item[1]):
        track = next((i for i, until in enumerate(taken) if until <= low), len(taken))
        taken[track : track + 1] = [high]
        found |= dict.fromkeys(members[whole], track + 1)
    return found


def lanes(places: Places) -> dict[Line, float]:
    """For lines that pass the same gap side by side or steeply: where each of them goes up or down,
    so that they cross least; the lower a line begins, the sooner it turns."""
    edges = places.pattern.edges
    gaps: dict[tuple[int, int], dict[Line, Ends]] = {}
    for edge in edges.bent:
        if edges.is_next(edge):
            columns = edges.column_of(edge.start), edges.column_of(edge.end)
            out, into = gap_ends(places, edge)
            ends = (out, into) if out[0] < into[0] else (into, out)
            gaps.setdefault((min(columns), max(columns)), {})[line(edges, edge)] = ends
    found = {}
    for gap in gaps.values():
        if not _is_steep(gap.values()) and not _is_shared(gap.values()):
            continue
        order = sorted(gap, key=lambda key: -gap[key][0][1])
        if len(order) <= FEW:
            # The first of the best: the order in which they are is kept where it is good.
            order = min(
                map(list, permutations(order)),
                key=lambda lines: _crossed([gap[key] for key in lines]),
            )
        low = max(a[0] for a, _ in gap.values())
        high = min(b[0] for _, b in gap.values())
        for i, key in enumerate(order, 1):
            found[key] = low + (high - low) * i / (len(order) + 1)
    return found


def _is_steep(lines: Collection[Ends]) -> bool:
    """Whether a line through a gap goes up or down too far for one sweep."""
    return any(abs(a[1] - b[1]) > STEEP * abs(a[0] - b[0]) for a, b in lines)


def _is_shared(lines: Collection[Ends]) -> bool:
    """Whether lines pass a gap at the same heights."""
    spans = [sorted((a[1], b[1])) for a, b in lines]
    return any(x[0] <= y[1] and y[0] <= x[1] for x, y in combinations(spans, 2))


def _crossed(lines: Sequence[Ends]) -> int:
    """How often lines through a gap cross that go up or down one right of the other: each is level
    on the left of its place and on its right. Level parts that run together count as two."""
    found = 0
    for (a, b), (c, d) in combinations(lines, 2):
        found += min(c[1], d[1]) < b[1] < max(c[1], d[1])
        found += min(a[1], b[1]) < c[1] < max(a[1], b[1])
        found += 2 * (abs(b[1] - c[1]) < LINE / 2)
    return found
