"""Recurrences that begin where others have ended: an encoder and, to its right, its decoder.

Rows hang together where they read one another at the same step or some steps away. A group of rows
that reads another one at a fixed step, such as s[0] = h[T], begins in the column after that step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from rnnhand.document.graph import LEAVES, Edge, Graph, Node
from rnnhand.language.tree import Shift


def side_by_side(graph: Graph) -> Graph:
    """The graph with such groups in columns of their own; as it is where there are none."""
    nodes = {n.key: n for n in graph.nodes}
    groups = _groups(graph, nodes)
    shifts = _shifts(graph, nodes, groups)
    if not graph.columns or not any(shifts.values()):
        return graph
    by = {n.key: shifts.get(groups.get(n.row, ""), 0) for n in graph.nodes}
    by |= {n.key: 0 for n in graph.nodes if n.kind in LEAVES}
    for edge in graph.edges:
        if nodes[edge.start].kind in LEAVES:
            by[edge.start] = by[edge.end]
    moved = tuple(
        n if n.column is None else replace(n, column=n.column + by[n.key]) for n in graph.nodes
    )
    columns = sorted({n.column for n in moved if n.column is not None})
    return replace(graph, nodes=moved, columns=tuple(columns))


def _groups(graph: Graph, nodes: Mapping[str, Node]) -> dict[str, str]:
    """For each row with a column, the first row of its group."""
    of = {n.row: n.row for n in graph.nodes if n.column is not None and n.kind not in LEAVES}

    def first(row: str) -> str:
        while of[row] != row:
            row = of[row]
        return row

    for edge in graph.edges:
        a, b = nodes[edge.start], nodes[edge.end]
        if a.row in of and b.row in of and not _fixed(edge, a, b):
            of[first(a.row)] = first(b.row)
    return {row: first(row) for row in of}


def _fixed(edge: Edge, start: Node, end: Node) -> bool:
    """Whether an edge comes from a later step than it goes to, by the number of that step."""
    if edge.seen_as is None or isinstance(edge.seen_as.index, Shift):
        return False
    return start.column is not None and end.column is not None and start.column > end.column


def _shifts(graph: Graph, nodes: Mapping[str, Node], groups: Mapping[str, str]) -> dict[str, int]:
    """How many columns each group moves to the right; none where two groups wait for each other."""
    shifts = dict.fromkeys(groups.values(), 0)
    for _ in shifts:
        changed = False
        for edge in graph.edges:
            a, b = nodes[edge.start], nodes[edge.end]
            if a.row not in groups or b.row not in groups or groups[a.row] == groups[b.row]:
                continue
            assert a.column is not None and b.column is not None
            if _fixed(edge, a, b):
                least = shifts[groups[a.row]] + a.column - b.column + 1
                if shifts[groups[b.row]] < least:
                    shifts[groups[b.row]], changed = least, True
        if not changed:
            return shifts
    return {}
