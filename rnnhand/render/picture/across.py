"""Edges from column to column: level where they can be, else through the gap between, or below all
columns where they pass one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rnnhand.document.graph import Edge
from rnnhand.render.picture.curves import RADIUS, Piece, level, rounded, straight, turning_up
from rnnhand.render.picture.lanes import Line, gap_ends, lanes, line, tracks
from rnnhand.render.picture.places import Places
from rnnhand.render.picture.rising import label, rising, role
from rnnhand.render.picture.shapes import LINE, Curve, Point, Words

TRACK = 20.0
"""Between lines below the columns."""

BESIDE = 0.2
"""How far from a column a line turns that passes below others, in the room between columns."""

HEAD = 9.0
"""How long an arrowhead is."""

BARELY = 3.0
"""What a label keeps from a line on both sides."""


def across(places: Places) -> Iterator[Curve | Words]:
    """All that belongs to such edges."""
    edges = places.pattern.edges
    entered: set[Line] = set()
    below, turns = tracks(edges), lanes(places)
    for edge in edges.passing:
        if id(edge) in edges.level:
            yield from _along(places, edge)
            continue
        own = line(edges, edge)
        if id(edge) not in edges.alike and own not in entered:
            entered.add(own)
            yield _into_column(places, edge, below, turns)
        yield from rising(places, edge, _top(places, edge))
    yield from _sums(places, below)


def _along(places: Places, edge: Edge) -> Iterator[Curve | Words]:
    """An edge along its row, with its label where no other line is in the way."""
    p = places.pattern
    start, side = _start(places, edge), p.course.side(edge)
    x, y = places.at(edge.end)
    end = (x - side * p.looks[edge.end].half, y)
    yield Curve(start, (straight(start, end),), role(edge))
    if not p.edges.labels[id(edge)]:
        return
    middle, half = (start[0] + end[0]) / 2, p.metrics.text(p.edges.labels[id(edge)]) / 2 + BARELY
    left, right = p.columns.rooms
    if id(edge) in p.columns.forked:
        first = p.columns.spans[p.edges.column_of(edge.end)][0]
        middle = min(first, end[0] - HEAD) - right / 2
    elif _is_passed(places, edge) or any(abs(at - middle) < half for at in _crossing(places, edge)):
        column = p.edges.column_of(edge.start if side > 0 else edge.end)
        middle = p.columns.spans[column][1] + left / 2 + 1
    yield label(places, edge, middle, y)


def _is_passed(places: Places, edge: Edge) -> bool:
    """Whether lines to other steps may go up or down past an edge along its row."""
    edges, y = places.pattern.edges, places.at(edge.start)[1]
    gap = {edges.column_of(edge.start), edges.column_of(edge.end)}
    for other in edges.bent:
        columns = {edges.column_of(other.start), edges.column_of(other.end)}
        (_, out), (_, into) = gap_ends(places, other)
        if edges.is_next(other):
            if columns == gap and min(out, into) - LINE < y < max(out, into) + LINE:
                return True
        elif columns & gap and min(out, into) - LINE < y:
            return True  # it goes down below all columns
    return False


def _crossing(places: Places, edge: Edge) -> Iterator[float]:
    """Where lines pass the row of an edge, in all columns."""
    p = places.pattern
    row = p.layered.rows[p.layered.row[p.parts.pattern[edge.start]]]
    for item in row:
        if item not in p.sketch.sizes:
            yield from (left + p.layered.x[item] for left in p.columns.left.values())


def _into_column(
    places: Places, edge: Edge, below: Mapping[Line, int], turns: Mapping[Line, float]
) -> Curve:
    """The part of an edge that bends up to where it turns upwards in the column of its end."""
    edges, side = places.pattern.edges, places.pattern.course.side(edge)
    start, (out, into) = _start(places, edge), gap_ends(places, edge)
    own = line(edges, edge)
    pieces: list[Piece] = [straight(start, out)]
    if not edges.is_next(edge):
        low, first = _low(below[own]), out[0] + side * _beside(places)
        last = into[0] - side * _beside(places)
        corners = [(first, out[1]), (first, low), (last, low), (last, into[1])]
        pieces += rounded([out, *corners, into], "edge").pieces
    elif own in turns:
        corners = [(turns[own], out[1]), (turns[own], into[1])]
        pieces += rounded([out, *corners, into], "edge").pieces
    else:
        pieces.append(level(out, into))
    pieces.append(turning_up(into, _top(places, edge)))
    return Curve(start, tuple(pieces), role(edge), False)


def _sums(places: Places, below: Mapping[Line, int]) -> Iterator[Curve]:
    """Sums over steps: lines from all steps run into one, from which those of readers rise."""
    edges = places.pattern.edges
    found: dict[Line, list[Edge]] = {}
    for edge in (e for e in edges.passing if id(e) in edges.alike):
        whole = edges.parts.pattern[edge.start], edges.port(edge)
        found.setdefault(whole, []).append(edge)
    for own in found.values():
        yield from _sum(places, own, _low(below[line(edges, own[0])]))


def _sum(places: Places, own: list[Edge], low: float) -> Iterator[Curve]:
    """The lines of the edges of a sum, which run into one at the height `low`."""
    p, beside = places.pattern, _beside(places)
    said = "path" if any(e.paths for e in own) else "edge"
    starts = {e.start: (_start(places, e), gap_ends(places, e)[0]) for e in own}
    ends = {p.edges.column_of(e.end): (gap_ends(places, e)[1], _top(places, e)) for e in own}
    for begin, (x, y) in starts.values():
        corners = [(x + beside, y), (x + beside, low), (x + beside + 2 * RADIUS, low)]
        *down, _ = rounded([begin, *corners], said).pieces
        yield Curve(begin, tuple(down), said, False)
    at = min(x for _, (x, _) in starts.values()) + beside + RADIUS
    for into, top in (ends[column] for column in sorted(ends)):
        x = into[0] - beside
        rest = rounded([(at, low), (x, low), (x, into[1]), into], said)
        yield Curve(rest.start, (*rest.pieces, turning_up(into, top)), said, False)
        at = x - RADIUS


def _start(places: Places, edge: Edge) -> Point:
    """Where an edge leaves a node at its side."""
    x, y = places.at(edge.start)
    return x + places.pattern.course.side(edge) * places.pattern.looks[edge.start].half, y


def _top(places: Places, edge: Edge) -> Point:
    """Where an edge from another step leaves the row in which it enters the pattern."""
    p, port = places.pattern, places.pattern.edges.port(edge)
    i = p.layered.row[port]
    half = -p.rows.tall[i] / 2 if p.course.is_down(edge) else p.rows.tall[i] / 2
    return places.port(edge)[0], -p.heights.up[i] - half


def _low(track: int) -> float:
    """The height of a track below all columns."""
    return 20.0 + TRACK * track


def _beside(places: Places) -> float:
    metrics = places.pattern.metrics
    return BESIDE * (metrics.bend + metrics.between)
