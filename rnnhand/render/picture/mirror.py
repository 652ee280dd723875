"""Two directions of a network with their inputs between them: one along time, upside down below,
and one against time above, as in a mirror."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

from rnnhand.document.graph import Kind
from rnnhand.render.picture.pattern import Pattern
from rnnhand.render.picture.way import Way

Pairs: TypeAlias = frozenset[tuple[str, str]]


def has_directions(pattern: Pattern) -> bool:
    """Whether values are passed on along time and against it."""
    edges = pattern.edges
    return is_backwards(pattern) and any(edges.distance(e) > 0 for e in edges.passing)


def is_backwards(pattern: Pattern) -> bool:
    """Whether values are passed on against time."""
    return any(pattern.edges.distance(edge) < 0 for edge in pattern.edges.passing)


def is_facing(pattern: Pattern) -> bool:
    """Whether what goes along time is below an input, and what goes against it above that."""
    row, rows = pattern.layered.row, pattern.parts.pattern
    along = {row[rows[e.start]] for e in pattern.edges.passing if pattern.edges.distance(e) > 0}
    against = {row[rows[e.start]] for e in pattern.edges.passing if pattern.edges.distance(e) < 0}
    return any(max(along) < row[a] < min(against) for a in _inputs(pattern))


def facing(direction: Pattern) -> Way:
    """The way of one direction, drawn by itself, among both."""
    return _above(direction) if is_backwards(direction) else _below(direction)


def _above(pattern: Pattern) -> Way:
    return replace(pattern.way, stacked=_stacked(pattern))


def _below(pattern: Pattern) -> Way:
    row = pattern.parts.pattern
    links = {(row[e.start], row[e.end]) for e in pattern.edges.inner}
    return replace(
        pattern.way,
        turned=frozenset(links - pattern.way.turned),
        above=frozenset({pattern.edges.port(e) for e in pattern.edges.bent} - pattern.way.above),
        stacked=frozenset((b, a) for a, b in _stacked(pattern)),
    )


def _stacked(pattern: Pattern) -> Pairs:
    """What stands one above the other; and the inputs below the places where lines enter, so that
    the lines of the other direction do not cross these."""
    inputs = _inputs(pattern)
    ports = {pattern.edges.port(e) for e in pattern.edges.bent} - pattern.way.above
    own = {pair for pair in pattern.way.stacked if inputs.isdisjoint(pair)}
    return frozenset(own | {(a, port) for a in inputs for port in ports})


def _inputs(pattern: Pattern) -> set[str]:
    row, column = pattern.parts.pattern, pattern.parts.column
    nodes = pattern.parts.nodes.items()
    return {row[k] for k, n in nodes if n.kind is Kind.DATA and column[k] is not None}
