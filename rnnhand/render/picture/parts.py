"""A graph taken apart for drawing: leaves beside their readers, columns over one pattern."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from rnnhand.document.graph import LEAVES, Edge, Graph, Kind, Node


@dataclass(frozen=True)
class Parts:
    """`inside` holds nodes by key; a leaf is there once for each of its places.

    `column` is where a node stands: a step, or None for what comes after all steps. `pattern` is
    the row of the pattern that all columns follow.
    """

    nodes: dict[str, Node]
    edges: tuple[Edge, ...]
    column: dict[str, int | None]
    pattern: dict[str, str]


def parts(graph: Graph) -> Parts:
    """Leaves split into one for each place: data for each column that reads them, a weight for
    each of its readers."""
    by_key = {node.key: node for node in graph.nodes}
    column = {node.key: node.column for node in graph.nodes}
    pattern = _rows(graph)
    entering = {edge.end for edge in graph.edges}
    leaves = {n.key for n in graph.nodes if n.kind in LEAVES and n.key not in entering}
    nodes = {key: node for key, node in by_key.items() if key not in leaves}
    edges: list[Edge] = []
    if not graph.columns and not any(e.lag for e in graph.edges):
        leaves = set()  # without steps nothing serves twice
        nodes = by_key
    for edge in graph.edges:
        if edge.start not in leaves or edge.lag:
            edges.append(edge)
            continue
        leaf = by_key[edge.start]
        at = column[edge.end]
        if at is None and graph.columns and leaf.column is not None:
            at = leaf.column
        key, row = f"{leaf.key} @{at}", f"{leaf.row} @{_distance(leaf, at)}"
        if leaf.kind is Kind.WEIGHT:
            away = _distance(leaf, at)  # one reader may read several of a row
            key, row = f"{leaf.key} @{edge.end}", f"{leaf.row} @{pattern[edge.end]} {away}"
        nodes[key] = replace(leaf, key=key)
        column[key], pattern[key] = at, row
        edges.append(replace(edge, start=key))
    return Parts(nodes, tuple(edges), column, pattern)


def _rows(graph: Graph) -> dict[str, str]:
    """The row of each node. Where an operation stands several times in a column, as one summand of
    two sums over it, each has a row of its own."""
    there: Counter[tuple[int, str]] = Counter()
    rows: dict[str, str] = {}
    for node in graph.nodes:
        rows[node.key] = node.row
        if node.column is not None:
            there[node.column, node.row] += 1
            if (turn := there[node.column, node.row]) > 1:
                rows[node.key] = f"{node.row} #{turn}"
    return rows


def _distance(leaf: Node, at: int | None) -> int:
    return 0 if at is None or leaf.column is None else at - leaf.column


def is_regular(found: Parts) -> bool:
    """Whether what has no column comes after all that has, so that columns can stand side by side,
    and no column turns around what another one says."""
    from graphlib import CycleError, TopologicalSorter

    reads: dict[str, set[str]] = {}
    for edge in found.edges:
        a, b = found.column.get(edge.start), found.column.get(edge.end)
        if a is None and b is not None:
            return False
        if a is not None and a == b:
            reads.setdefault(found.pattern[edge.end], set()).add(found.pattern[edge.start])
    try:
        list(TopologicalSorter(reads).static_order())
    except CycleError:
        return False
    return True


def distances(found: Parts, edges: Iterable[Edge]) -> dict[str, set[int]]:
    """For each row of the pattern, how many columns further its readers stand."""
    away: dict[str, set[int]] = {}
    for edge in edges:
        a, b = found.column[edge.start], found.column[edge.end]
        if a is not None and b is not None and a != b:
            away.setdefault(found.pattern[edge.start], set()).add(b - a)
    return away


def every_step(found: Parts) -> set[int]:
    """The edges of a sum over steps: several of one row that enter the same node alike."""
    alike: dict[tuple[object, ...], list[int]] = {}
    for edge in found.edges:
        a, b = found.column[edge.start], found.column[edge.end]
        if a is not None and b is not None and a < b:
            key = (found.pattern[edge.start], edge.end, edge.seen_as, edge.label)
            alike.setdefault(key, []).append(id(edge))
    return {i for ids in alike.values() if len(ids) > 1 for i in ids}
