"""What begins where all steps have ended: to their right another recurrence, as the decoder of an
encoder, with what it is given between the two; above them what reads a sum over all steps, as the
shares m_t/Z of attention.

Rows hang together where they read one another at the same step or some steps away. A group of rows
that reads another one at a fixed step, such as s[0] = h[T], or at every step, such as Σ h[t] in
c[k], begins in the column after that step.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from rnnhand.document.graph import LEAVES, Edge, Graph, Kind, Node
from rnnhand.language.tree import Shift
from rnnhand.render.picture.copies import beside_readers
from rnnhand.render.picture.neighbours import reached
from rnnhand.render.picture.parts import is_regular, parts


def ordered(graph: Graph) -> Graph:
    """The graph with such rows where they belong; as it is where there are none."""
    if not graph.columns:
        return graph
    found = repeated(continued(above(between(side_by_side(graph)))))
    return lifted(found, {n.key for n in graph.nodes if n.column is None})


def lifted(graph: Graph, beyond: Collection[str]) -> Graph:
    """The graph with what is `beyond` all steps above them if its readers have copies of it."""
    read = {e.start for e in graph.edges}
    free = {n.key for n in graph.nodes if n.key in beyond and n.key not in read}
    return replace(
        graph, nodes=tuple(replace(n, column=None) if n.key in free else n for n in graph.nodes)
    )


def repeated(graph: Graph) -> Graph:
    """The graph with copies of what is computed at one step, as the last state of an encoder, and
    read by every step of a row, beside its readers in other columns; a line leads on to the next
    column if the row begins there, or goes on."""
    nodes = {n.key: n for n in graph.nodes}
    computed = {e.end for e in graph.edges}
    readers: dict[tuple[str, str], set[int]] = {}
    begins: dict[str, int] = {}
    for node in graph.nodes:
        if node.column is not None:
            begins[node.row] = min(begins.get(node.row, node.column), node.column)
    for edge in graph.edges:
        if (at := nodes[edge.end].column) is not None:
            readers.setdefault((edge.start, nodes[edge.end].row), set()).add(at)

    def is_far(edge: Edge) -> bool:
        own, at = nodes[edge.start].column, nodes[edge.end].column
        if edge.start not in computed or not _is_of_one_step(edge) or own is None or at is None:
            return False
        row = nodes[edge.end].row
        goes_on = at == own + 1 and (begins[row] == at or row == nodes[edge.start].row)
        return len(readers[edge.start, row]) > 1 and at != own and not goes_on

    return beside_readers(graph, is_far)


def _is_of_one_step(edge: Edge) -> bool:
    """Whether an edge reads a step by its number, as h[T]."""
    return edge.seen_as is not None and not isinstance(edge.seen_as.index, Shift)


def continued(graph: Graph) -> Graph:
    """The graph with what begins as another recurrence ends, and with nothing else, in the row of
    that: s[0] = h[T] goes on from h."""
    columns: dict[str, set[int]] = {}
    for node in graph.nodes:
        if node.column is not None:
            columns.setdefault(node.row, set()).add(node.column)
    nodes = {n.key: n for n in graph.nodes}
    entering = Counter(e.end for e in graph.edges)
    for edge in graph.edges:
        last, first = nodes[edge.start], nodes[edge.end]
        if last.kind in LEAVES or entering[first.key] > 1 or last.row == first.row:
            continue
        before, after = columns.get(last.row, set()), columns.get(first.row, set())
        if last.column is None or {last.column} != {max(before, default=0)}:
            continue
        if first.column == last.column + 1 == min(after):
            row = last.row
            moved = (replace(n, row=row) if n.row == first.row else n for n in graph.nodes)
            found = fed_alike(replace(graph, nodes=tuple(moved)), row)
            return continued(found) if is_regular(parts(found)) else graph
    return graph


def fed_alike(graph: Graph, row: str) -> Graph:
    """The graph with what is given to a row alone, under one name and then under another one, in
    one row too, so that each stands straight before its reader."""
    nodes = {n.key: n for n in graph.nodes}
    given = [e for e in graph.edges if nodes[e.start].kind is Kind.DATA]
    elsewhere = {nodes[e.start].row for e in given if nodes[e.end].row != row}
    read: dict[str, set[int | None]] = {}
    for edge in given:
        if (own := nodes[edge.start].row) not in elsewhere:
            read.setdefault(own, set()).add(nodes[edge.end].column)
    of: dict[str, str] = {}
    for own, at in read.items():
        of[own] = next((r for r in of.values() if read[r].isdisjoint(at)), own)
        read[of[own]] |= at
    return replace(graph, nodes=tuple(replace(n, row=of.get(n.row, n.row)) for n in graph.nodes))


def between(graph: Graph) -> Graph:
    """The graph with what stands between columns, as the context that a decoder is given, in the
    last column that it reads."""
    columns = {n.key: n.column for n in graph.nodes}
    found = {}
    for node in graph.nodes:
        read = [columns[key] for key in _read(graph, node, columns)]
        readers = [columns[e.end] for e in graph.edges if e.start == node.key]
        steps = [c for c in readers if c is not None]
        last = max((c for c in read if c is not None), default=None)
        if node.column is None and steps and last is not None and last < min(steps):
            found[node.key] = last
    nodes = tuple(replace(n, column=found.get(n.key, n.column)) for n in graph.nodes)
    return replace(graph, nodes=nodes)


def _read(graph: Graph, node: Node, columns: Mapping[str, int | None]) -> list[str]:
    """What has a column of all that a node without one is made of."""
    found: set[str] = set()
    seen, waiting = {node.key}, [node.key] if node.column is None else []
    while waiting:
        key = waiting.pop()
        read = {e.start for e in graph.edges if e.end == key} - seen
        seen |= read
        found |= {start for start in read if columns[start] is not None}
        waiting += [start for start in read if columns[start] is None]
    return sorted(found)


def above(graph: Graph) -> Graph:
    """The graph with everything that reads what is beyond all steps there too; as it is where a
    recurrence reads that."""
    beyond = beyond_steps(graph)
    if recurring(graph, beyond):
        return graph
    found = tuple(replace(n, column=None) if n.key in beyond else n for n in graph.nodes)
    kept = {n.column for n in found}
    return replace(graph, nodes=found, columns=tuple(c for c in graph.columns if c in kept))


def beyond_steps(graph: Graph) -> set[str]:
    """What is computed beyond all steps, and all that is made of it."""
    beyond = {n.key for n in graph.nodes if n.column is None and n.kind not in LEAVES}
    return onwards(graph, beyond)


def recurring(graph: Graph, among: Collection[str]) -> set[str]:
    """What reads some of these at another step than its own."""
    columns = {n.key: n.column for n in graph.nodes}
    steps = ((columns[e.start], columns[e.end], e.end) for e in graph.edges if e.start in among)
    return {end for a, b, end in steps if a is not None and b is not None and a != b}


def onwards(graph: Graph, keys: Collection[str]) -> set[str]:
    """These nodes, and all that is made of them."""
    links = [(e.start, e.end) for e in graph.edges]
    return {key for start in keys for key in reached(links, start)}


def side_by_side(graph: Graph) -> Graph:
    """The graph with groups that begin later in columns of their own."""
    nodes = {n.key: n for n in graph.nodes}
    apart = _apart(graph, nodes)
    groups = _groups(graph, nodes, [*apart, *filter(_is_of_one_step, graph.edges)])
    pairs = [*((e.start, e.end) for e in apart), *_through(graph)]
    shifts = _shifts(nodes, groups, pairs)
    if not graph.columns or not any(shifts.values()):
        return graph
    by = {n.key: shifts.get(groups.get(n.row, ""), 0) for n in graph.nodes}
    by |= {n.key: 0 for n in graph.nodes if n.kind in LEAVES}
    # What is read beyond all steps, as d in Σ (y - d)², stands by what is read there with it.
    beside = {
        (e.end, e.seen_as.index): by[e.start]
        for e in graph.edges
        if e.seen_as is not None and nodes[e.start].kind not in LEAVES
    }
    for edge in graph.edges:
        if nodes[edge.start].kind in LEAVES:
            by[edge.start] = by[edge.end]
            if nodes[edge.end].column is None and edge.seen_as is not None:
                by[edge.start] = beside.get((edge.end, edge.seen_as.index), 0)
    moved = tuple(
        n if n.column is None else replace(n, column=n.column + by[n.key]) for n in graph.nodes
    )
    columns = sorted({n.column for n in moved if n.column is not None})
    return replace(graph, nodes=moved, columns=tuple(columns))


def _apart(graph: Graph, nodes: Mapping[str, Node]) -> list[Edge]:
    """The edges that come from a later step than they go to, by the number of that step, with
    those that lead from it to others of that row, or from all steps alike."""
    alike = Counter(_alike(e, nodes) for e in graph.edges)
    numbered = {(e.start, nodes[e.end].row) for e in graph.edges if _is_back(e, nodes)}
    return [
        edge
        for edge in graph.edges
        if edge.seen_as is not None
        and None not in (nodes[edge.start].column, (end := nodes[edge.end]).column)
        and ((edge.start, end.row) in numbered or alike[_alike(edge, nodes)] > 1)
    ]


def _alike(edge: Edge, nodes: Mapping[str, Node]) -> tuple[object, ...]:
    """What the edges from all steps of a row to one node have in common."""
    return nodes[edge.start].row, edge.end, edge.seen_as


def _is_back(edge: Edge, nodes: Mapping[str, Node]) -> bool:
    """Whether an edge comes from a later step than it goes to, by the number of that step."""
    start, end = nodes[edge.start].column, nodes[edge.end].column
    return _is_of_one_step(edge) and start is not None and end is not None and start > end


def _through(graph: Graph) -> list[tuple[str, str]]:
    """What has a column and is read by way of something that has none, and what reads it."""
    columns = {n.key: n.column for n in graph.nodes}
    kinds = {n.key: n.kind for n in graph.nodes}
    nodes = {n.key: n for n in graph.nodes}
    return [
        (key, edge.end)
        for edge in graph.edges
        if columns[edge.start] is None and columns[edge.end] is not None
        for key in _read(graph, nodes[edge.start], columns)
        if kinds[key] not in LEAVES
    ]


def _groups(graph: Graph, nodes: Mapping[str, Node], apart: Sequence[Edge]) -> dict[str, str]:
    """For each row with a column, the first row of its group."""
    of = {n.row: n.row for n in graph.nodes if n.column is not None and n.kind not in LEAVES}

    def first(row: str) -> str:
        while of[row] != row:
            row = of[row]
        return row

    far = {id(edge) for edge in apart}
    for edge in graph.edges:
        a, b = nodes[edge.start], nodes[edge.end]
        if a.row in of and b.row in of and id(edge) not in far:
            of[first(a.row)] = first(b.row)
    return {row: first(row) for row in of}


def _shifts(
    nodes: Mapping[str, Node], groups: Mapping[str, str], pairs: Sequence[tuple[str, str]]
) -> dict[str, int]:
    """How many columns each group moves to the right, so that of each pair the second stands right
    of the first; none where two groups wait for each other."""
    shifts = dict.fromkeys(groups.values(), 0)
    for _ in shifts:
        changed = False
        for start, end in pairs:
            a, b = nodes[start], nodes[end]
            if a.row not in groups or b.row not in groups or groups[a.row] == groups[b.row]:
                continue
            assert a.column is not None and b.column is not None
            least = shifts[groups[a.row]] + a.column - b.column + 1
            if shifts[groups[b.row]] < least:
                shifts[groups[b.row]], changed = least, True
        if not changed:
            return shifts
    return {}
