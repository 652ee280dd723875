"""Where each column begins, so that the columns stand close and lines have room."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from rnnhand.render.picture.course import Course
from rnnhand.render.picture.edges import Edges
from rnnhand.render.picture.heights import Rows
from rnnhand.render.picture.layers import Layered
from rnnhand.render.picture.metrics import Metrics
from rnnhand.render.picture.shapes import Body
from rnnhand.render.picture.sketched import is_port


@dataclass(frozen=True)
class Columns:
    """Columns side by side: `left` is where the pattern begins in each, `spans` are from where to
    where each has something. In a column of `lone` all nodes stand one above the other, so far from
    its left. `rooms` are for labels of level lines, behind a column and before the next one; those
    that are `forked` stand in the second."""

    left: Mapping[int, float]
    lone: Mapping[int, float]
    spans: Mapping[int, tuple[float, float]]
    rooms: tuple[float, float]
    forked: Collection[int]


def columns_of(course: Course, looks: Mapping[str, Body], rows: Rows, metrics: Metrics) -> Columns:
    """The columns of a graph whose pattern is laid out."""
    edges = course.edges
    forked = _forked(edges)
    rooms = (
        _labelled(edges.level - forked, edges, metrics),
        _labelled(forked, edges, metrics),
    )
    bend = metrics.bend if edges.bent and not edges.folded else 0.0
    room = sum(rooms) + bend + metrics.between
    extents = _extents(course, looks, rows)
    left: dict[int, float] = {}
    lone: dict[int, float] = {}
    spans: dict[int, tuple[float, float]] = {}
    at = 0.0
    for column in edges.columns:
        if (wide := _as_one(column, edges, looks, rows.layered)) is not None:
            wide = metrics.snap(wide)
            lone[column] = wide / 2
            beyond = at + wide + metrics.head / 2  # a label may stand right behind it
            left[column], spans[column] = at, (at, beyond)
            at = beyond + room
            continue
        low, high = min(extents[column], default=0.0), max(extents[column], default=0.0)
        left[column] = metrics.snap(at - low)
        spans[column] = (at, at + high - low)
        at += high - low + room
    return Columns(left, lone, spans, rooms, forked)


def _forked(edges: Edges) -> frozenset[int]:
    """The level edges that begin where another line leaves for a later step. A weight stands behind
    a fork: before it, it would seem to be that of both branches."""
    row = edges.parts.pattern
    forks = {row[e.start] for e in edges.bent if edges.distance(e) > 0}
    return frozenset(
        id(e)
        for e in edges.passing
        if id(e) in edges.level and row[e.start] in forks and edges.distance(e) > 0
    )


def _labelled(level: Iterable[int], edges: Edges, metrics: Metrics) -> float:
    """The room between columns for the labels of level lines."""
    labels = [metrics.text(edges.labels[i]) for i in level if edges.labels[i]]
    return max(labels, default=0.0) + (metrics.apart / 2 if labels else 0.0)


def _extents(course: Course, looks: Mapping[str, Body], rows: Rows) -> dict[int, list[float]]:
    """The left and right ends of all that stands in each column, in places of the pattern."""
    edges, x, widths = course.edges, rows.layered.x, rows.layered.widths
    found: dict[int, list[float]] = {c: [] for c in edges.columns}
    for key, look in looks.items():
        column = edges.parts.column[key]
        if column is not None:
            at = x[edges.parts.pattern[key]]
            found[column] += [at - look.width / 2, at + look.width / 2]
    for edge in (*edges.inner, *edges.leaving, *edges.bent):
        own = found[edges.column_of(edge.start if edges.leaves(edge) else edge.end)]
        chain = rows.layered.chains[course.link(edge)]
        first = 0 if is_port(chain[0], rows.sizes) else 1
        last = len(chain) if is_port(chain[-1], rows.sizes) else -1
        for item in chain[first:last]:
            own += [x[item] - widths[item] / 2, x[item] + widths[item] / 2]
    return found


def _as_one(column: int, edges: Edges, looks: Mapping[str, Body], layered: Layered) -> float | None:
    """How wide a column is whose nodes only send lines to other steps, as states do before the
    first step: these stand one above the other, wherever they stand in the pattern."""
    row, rank = edges.parts.pattern, layered.row
    own = [k for k in looks if edges.parts.column[k] == column]
    passing = {e.start for e in edges.passing} - {e.start for e in (*edges.leaving, *edges.inner)}
    entered = {e.end for e in edges.parts.edges}
    ranks = {rank[row[k]] for k in own}
    if edges.folded or len(ranks) != len(own) or not entered.isdisjoint(own):
        return None
    if len(own) < 2 or not passing.issuperset(own):
        return None
    return max(looks[k].width for k in own)
