"""The gates of a cell belong side by side, in the order of its equations: then a reader finds each
at once, in every picture of the cell."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from rnnhand.document.graph import Edge, Kind
from rnnhand.render.picture.neighbours import reached
from rnnhand.render.picture.pattern import Pattern

READ = 2
"""What two gates read in common: the input and the state."""


def uneven(pattern: Pattern) -> int:
    """How many gates stand higher than another one that belongs beside them."""
    row = pattern.layered.row
    pairs = (sorted(pair, key=row.__getitem__) for pair in _beside(pattern))
    return len({high for low, high in pairs if row[low] < row[high]})


def exchanged(pattern: Pattern) -> int:
    """How many pairs of gates of a row stand the other way round than their equations."""
    row, x = pattern.layered.row, pattern.layered.x
    return sum(row[a] == row[b] and x[a] > x[b] for a, b in _beside(pattern))


def _beside(pattern: Pattern) -> Iterator[tuple[str, str]]:
    """Pairs of gates of a step that read the same, and not one another, in the order of their
    equations."""
    row = pattern.parts.pattern
    gates = dict.fromkeys(
        row[key]
        for key, node in pattern.parts.nodes.items()
        if node.kind in (Kind.GATE, Kind.QUANTITY) and node.name is not None
        if pattern.parts.column[key] is not None
    )
    read: dict[str, set[str]] = {gate: set() for gate in gates}
    for edge in pattern.parts.edges:
        if row[edge.end] in read:
            read[row[edge.end]].add(_source(pattern, edge))
    links = [(row[e.start], row[e.end]) for e in pattern.edges.inner]
    onward = {gate: reached(links, gate) for gate in gates}
    for a, b in combinations(gates, 2):
        if len(read[a] & read[b]) >= READ and a not in onward[b] and b not in onward[a]:
            yield a, b


def _source(pattern: Pattern, edge: Edge) -> str:
    edges = pattern.edges
    return edges.port(edge) if edges.bends(edge) else edges.parts.pattern[edge.start]
