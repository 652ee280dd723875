"""The pattern that all columns follow, as it is to be laid out: its items, their sizes, what links
them, and what stands at the side, alone, or below what."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import combinations
from typing import TypeAlias

from rnnhand.document.graph import LEAVES, Edge, Kind
from rnnhand.render.picture.course import Course
from rnnhand.render.picture.edges import Edges
from rnnhand.render.picture.floors import floors
from rnnhand.render.picture.metrics import Metrics
from rnnhand.render.picture.ranks import Link, Sketch
from rnnhand.render.picture.shapes import Body
from rnnhand.render.picture.words import math

Size: TypeAlias = tuple[float, float]


def sketched(course: Course, looks: Mapping[str, Body], metrics: Metrics) -> Sketch:
    """The sketch of the pattern: each row of it is as large as its largest node."""
    edges = course.edges
    row, column, nodes = edges.parts.pattern, edges.parts.column, edges.parts.nodes.items()
    sizes = _sizes(course, looks, metrics)
    entered = {row[e.end] for e in edges.parts.edges}
    late = {row[k] for k in edges.parts.nodes if column[k] is not None} - entered
    sides, alone = _sides(course)
    links = with_labels([(course.link(e), e) for e in (*edges.inner, *edges.bent)], edges, metrics)
    links |= {course.link(e): (0.0, 0.0) for e in edges.leaving}
    backwards = {row[e.start] for e in edges.passing if edges.distance(e) < 0}
    own = dict.fromkeys(row[e.start] for e in edges.passing)
    return Sketch(
        sizes,
        list(links),
        {k: v for k, v in links.items() if v[0]},
        late=late | {edges.port(e) for e in edges.bent},
        light=sorted({row[k] for k, n in nodes if n.kind is Kind.OPERATION and n.name is None}),
        yielding={row[k] for k, n in nodes if n.kind in LEAVES and column[k] is not None},
        sides=sides,
        rows_of_their_own=sorted(own, key=lambda r: r in backwards),
        opposite=_opposite(own, sides) if edges.folded else (),
        alone=sorted(alone),
        top={edges.out(e) for e in edges.leaving},
        stacked=_stacked(course, sizes),
        free=_unmet(course),
        reach=_reach(edges, looks) if metrics.head else {},
        downwards={course.link(e) for e in (*edges.inner, *edges.bent) if course.is_down(e)},
        reads=_reads(course) if course.way.in_order else (),
        bare=set() if edges.folded else {edges.port(e) for e in edges.bent},
        gap=metrics.apart,
    )


def is_port(item: str, sizes: Collection[str]) -> bool:
    """Whether an item, and no stand-in, is where lines enter from another step."""
    return item in sizes and " >" in item


def with_labels(
    links: Iterable[tuple[Link, Edge]], edges: Edges, metrics: Metrics
) -> dict[Link, Size]:
    """The links of edges, each with the size of the widest label on it."""
    found: dict[Link, Size] = {}
    for link, edge in links:
        size = metrics.label(edges.labels[id(edge)])
        found[link] = max(found.get(link, size), size)
    return found


def floors_of(course: Course) -> set[tuple[str, str]]:
    """What stands one above the other for layers of a network to do so."""
    edges = course.edges
    row = edges.parts.pattern
    beside: dict[int, set[str]] = {}
    for key, step in edges.parts.column.items():
        if step is not None:
            beside.setdefault(step, set()).add(row[key])
    up = [course.link(e)[:2] for e in edges.inner]
    between = [(row[e.start], row[e.end]) for e in edges.parts.edges]
    ports = [(edges.port(e), row[e.end]) for e in edges.bent]
    return {*floors(up, between, ports, beside.values())}


def _sizes(course: Course, looks: Mapping[str, Body], metrics: Metrics) -> dict[str, Size]:
    """The sizes of rows of the pattern, and of where lines enter it and leave it."""
    edges = course.edges
    row, column = edges.parts.pattern, edges.parts.column
    sizes: dict[str, Size] = {}
    for key, look in looks.items():
        if column[key] is not None:
            w, h = sizes.get(row[key], (0.0, 0.0))
            sizes[row[key]] = (max(w, look.width), max(h, look.height))
    # Columns grow to the right: there no line passes where an arrowhead enters at the side.
    along = (e for e in edges.passing if id(e) in edges.level and not edges.folded)
    for item in {row[e.end] for e in along if course.side(e) < 0}:
        w, h = sizes[item]
        sizes[item] = (w + metrics.head, h)
    for edge in edges.bent:
        sizes[edges.port(edge)] = (_port_width(edges, edge, metrics), metrics.port)
    return sizes | {edges.out(e): (1.0, 0.0) for e in edges.leaving}


def _port_width(edges: Edges, edge: Edge, metrics: Metrics) -> float:
    if not edges.folded or edge.seen_as is None:
        return metrics.port_room
    return max(metrics.text(math(edge.seen_as)), metrics.port_room)


def _sides(course: Course) -> tuple[dict[str, int], set[str]]:
    """What stands at the left or right end of its row, since a line leaves or enters there; and
    what a line passes on both sides, so that nothing else may stand in its row."""
    edges = course.edges
    row = edges.parts.pattern
    sides: dict[str, int] = {}
    both: set[str] = set()
    for edge in edges.beside:
        port = edges.port(edge)
        sides[port] = -course.side(edge)
        outwards = sides[port] if edges.folded else -sides[port]
        if sides.setdefault(row[edge.start], outwards) != outwards:
            both.add(row[edge.start])
    alone = edges.level_rows | both
    return {item: side for item, side in sides.items() if item not in alone}, {*alone}


def _opposite(rows: Iterable[str], sides: Mapping[str, int]) -> set[frozenset[str]]:
    """Rows whose loops go around on the two sides of a folded drawing."""
    at = {row: sides[row] for row in rows if row in sides}
    return {frozenset(pair) for pair in combinations(at, 2) if at[pair[0]] != at[pair[1]]}


def _stacked(course: Course, sizes: Collection[str]) -> list[tuple[str, str]]:
    """Items one above the other: those of the way, and layers of a network if it has these."""
    own = {(low, high) for low, high in course.way.stacked if low in sizes and high in sizes}
    return sorted(own | floors_of(course) if course.way.has_floors else own)


def _reads(course: Course) -> list[tuple[Link, ...]]:
    """The links into the nodes of every row, in the order of its formula."""
    edges = course.edges
    drawn = {id(e) for e in (*edges.inner, *edges.bent)}
    return in_order((course.link(e), e) for e in edges.parts.edges if id(e) in drawn)


def in_order(links: Iterable[tuple[Link, Edge]]) -> list[tuple[Link, ...]]:
    """The links into every node, as they are given; those of nodes that read alike once."""
    found: dict[str, list[Link]] = {}
    for link, edge in links:
        found.setdefault(edge.end, []).append(link)
    return [*dict.fromkeys(map(tuple, found.values()))]


def _reach(edges: Edges, looks: Mapping[str, Body]) -> dict[str, float]:
    """How far from the middle of its nodes lines meet every row."""
    found: dict[str, float] = {}
    for key, look in looks.items():
        row = edges.parts.pattern[key]
        found[row] = min(found.get(row, look.side), look.side)
    return found


def _unmet(course: Course) -> list[Link]:
    """The links out of the columns that run in none from which a line goes to another one."""
    edges = course.edges
    passed = {edges.column_of(e.start) for e in edges.bent}
    own: dict[Link, set[int]] = {}
    for edge in edges.leaving:
        own.setdefault(course.link(edge), set()).add(edges.column_of(edge.start))
    return [link for link, columns in own.items() if passed.isdisjoint(columns)]
