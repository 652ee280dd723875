"""Layers of a recurrent network one above the other, as its drawings have them: each is a
recurrence, rows that hang together over the steps, and stands as a whole above those it reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import TypeAlias

from rnnhand.document.graph import LEAVES, Graph, Kind, Node
from rnnhand.render.picture.neighbours import reached

Pair: TypeAlias = tuple[str, str]


def layers(graph: Graph) -> list[Graph]:
    """Each recurrence of a network by itself; what it reads of others is given."""
    rows = {n.key: n.row for n in graph.nodes}
    found = recurrences([(rows[e.start], rows[e.end]) for e in graph.edges])
    return [_alone(graph, own) for own in found]


def _alone(graph: Graph, rows: set[str]) -> Graph:
    own = {n.key for n in graph.nodes if n.row in rows}
    inside = (e for e in graph.edges if e.end in own)
    # What is given stands beside its reader, of whatever step it is.
    edges = tuple(e if e.start in own else replace(e, lag=0) for e in inside)
    read = {e.start for e in edges}
    nodes = (_given(n, own) for n in graph.nodes if n.key in own | read)
    return replace(graph, nodes=tuple(nodes), edges=edges)


def _given(node: Node, own: set[str]) -> Node:
    is_given = node.key not in own and node.kind not in LEAVES
    return replace(node, kind=Kind.DATA) if is_given else node


def floors(
    up: Sequence[Pair], between: Sequence[Pair], ports: Iterable[Pair], beside: Iterable[set[str]]
) -> Iterator[Pair]:
    """Pairs of items of which the first stands below the second: what is highest of a recurrence
    below what is lowest of the one that reads it, and below where lines enter that.

    `up` are links inside a step, upwards; `between` those in the direction in which values go,
    inside and between steps; `ports` where lines enter, each with what reads there; where others
    read too, such a place is on no floor. Only recurrences of which some stand `beside` one another
    in a step are one above the other.
    """
    readers: dict[str, set[str]] = {}
    for port, reader in ports:
        readers.setdefault(port, set()).add(reader)
    there = list(beside)
    for low, high in _neighbours(between):
        if any(low & rows and high & rows for rows in there):
            tops = low - {a for a, b in up if b in low}
            bottoms = high - {b for a, b in up if a in high}
            bottoms |= {port for port, own in readers.items() if own <= high}
            yield from product(sorted(tops), sorted(bottoms))


def _neighbours(links: Sequence[Pair]) -> Iterator[tuple[set[str], set[str]]]:
    """Recurrences, each with one that reads it without another one between them."""
    found = recurrences(links)
    after = {min(own): reached(links, min(own)) for own in found}

    def is_read(low: set[str], high: set[str]) -> bool:
        return low is not high and min(high) in after[min(low)]

    for low, high in product(found, found):
        if is_read(low, high) and not any(is_read(low, m) and is_read(m, high) for m in found):
            yield low, high


def recurrences(links: Iterable[Pair]) -> list[set[str]]:
    """Rows that lead to one another, or to themselves, in the order of the links."""
    links = list(dict.fromkeys(links))
    after = {row: reached(links, row) for link in links for row in link}
    found: list[set[str]] = []
    for row in after:
        own = {other for other in after[row] if row in after[other]}
        if own not in found and (len(own) > 1 or (row, row) in links):
            found.append(own)
    return found
