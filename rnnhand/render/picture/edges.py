"""The edges of a graph by where they lead: inside a column, from column to column, out of the
columns, and after them; as they are however their lines run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from rnnhand.document.graph import Edge, Graph, Kind
from rnnhand.render.picture.parts import Parts, distances, every_step, is_regular, parts
from rnnhand.render.picture.words import math, value


@dataclass(frozen=True)
class Edges:
    """Edges by where they lead. Sets and mappings hold an edge by its identity, since parallel
    edges may be equal.

    `alike` are those of sums over all steps, `level` those that meet their end at its side: along
    their row from one column to the next, or around a folded drawing, which has loops instead of
    columns, to what is delayed. `labels` stand on edges, and `twin` tells parallel ones apart.
    """

    parts: Parts
    columns: tuple[int, ...]
    folded: bool
    inner: tuple[Edge, ...]
    passing: tuple[Edge, ...]
    leaving: tuple[Edge, ...]
    after: tuple[Edge, ...]
    alike: frozenset[int]
    level: frozenset[int]
    labels: Mapping[int, str]
    twin: Mapping[int, int]

    @cached_property
    def bent(self) -> tuple[Edge, ...]:
        """The edges from column to column that are not level."""
        return tuple(e for e in self.passing if id(e) not in self.level)

    @cached_property
    def beside(self) -> tuple[Edge, ...]:
        """The edges that leave and enter the pattern at its sides."""
        return self.passing if self.folded else self.bent

    @cached_property
    def level_rows(self) -> frozenset[str]:
        """The rows from which edges go straight to the next column."""
        own = () if self.folded else self.passing
        return frozenset(self.parts.pattern[e.start] for e in own if id(e) in self.level)

    @cached_property
    def _passing(self) -> frozenset[int]:
        return frozenset(map(id, self.passing))

    @cached_property
    def _leaving(self) -> frozenset[int]:
        return frozenset(map(id, self.leaving))

    def passes(self, edge: Edge) -> bool:
        """Whether an edge leads from column to column."""
        return id(edge) in self._passing

    def bends(self, edge: Edge) -> bool:
        """Whether an edge leads from column to column, and is not level."""
        return self.passes(edge) and id(edge) not in self.level

    def leaves(self, edge: Edge) -> bool:
        """Whether an edge leads out of the columns."""
        return id(edge) in self._leaving

    def is_next(self, edge: Edge) -> bool:
        """Whether an edge leads from a column to its neighbour, and to it alone."""
        if id(edge) in self.alike:
            return False
        own, column = self.column_of(edge.start), self.column_of(edge.end)
        return abs(self.columns.index(column) - self.columns.index(own)) == 1

    def distance(self, edge: Edge) -> int:
        """How many steps later the end stands."""
        return _distance(self.parts, edge)

    def column_of(self, key: str) -> int:
        column = self.parts.column[key]
        assert column is not None
        return column

    def port(self, edge: Edge) -> str:
        """Where an edge from another step enters the pattern; from all steps, at one place."""
        if self.folded and id(edge) in self.level:
            return self.parts.pattern[edge.end]
        if id(edge) in self.alike:
            return f"{self.parts.pattern[edge.start]} >*"
        return f"{self.parts.pattern[edge.start]} >{self.distance(edge)}"

    def out(self, edge: Edge) -> str:
        """Where an edge leaves the pattern upwards."""
        return f"{self.parts.pattern[edge.start]} ^"


def edges_of(graph: Graph) -> Edges:
    """The edges of a graph by where they lead; all inside a single column where columns cannot
    stand side by side, or there are none."""
    found, columns = _taken_apart(graph)
    folded = any(e.lag for e in found.edges)
    inner: list[Edge] = []
    passing: list[Edge] = []
    leaving: list[Edge] = []
    after: list[Edge] = []
    twins: dict[tuple[str, str], int] = {}
    twin: dict[int, int] = {}
    for edge in found.edges:
        a, b = found.column[edge.start], found.column[edge.end]
        if a is None:
            after.append(edge)
        elif b is None:
            leaving.append(edge)
        elif edge.lag or a != b:
            passing.append(edge)
        else:
            inner.append(edge)
        twin[id(edge)] = twins.get((edge.start, edge.end), 0)
        twins[edge.start, edge.end] = twin[id(edge)] + 1
    return Edges(
        found,
        columns,
        folded,
        tuple(inner),
        tuple(passing),
        tuple(leaving),
        tuple(after),
        frozenset() if folded else frozenset(every_step(found)),
        _delayed(found, passing) if folded else _level(found, passing),
        {id(e): label_of(e) for e in found.edges},
        twin,
    )


def _taken_apart(graph: Graph) -> tuple[Parts, tuple[int, ...]]:
    """The parts of a graph and its columns."""
    found = parts(graph)
    if graph.columns and is_regular(found):
        return found, graph.columns
    alone = {k: k for k in found.nodes}
    return Parts(found.nodes, found.edges, dict.fromkeys(found.nodes, 0), alone), (0,)


def _level(found: Parts, passing: list[Edge]) -> frozenset[int]:
    """The edges along their row, of rows that are read in the next column on one side alone."""
    row = found.pattern
    near = {r: steps & {1, -1} for r, steps in distances(found, found.edges).items()}
    return frozenset(
        id(e)
        for e in passing
        if row[e.start] == row[e.end] and near.get(row[e.end]) == {_distance(found, e)}
    )


def _delayed(found: Parts, passing: list[Edge]) -> frozenset[int]:
    """The edges to nodes that stand where they enter."""
    return frozenset(id(e) for e in passing if found.nodes[e.end].kind is Kind.DELAYED)


def _distance(found: Parts, edge: Edge) -> int:
    if edge.lag:
        return edge.lag
    a, b = found.column[edge.start], found.column[edge.end]
    assert a is not None and b is not None
    return b - a


def label_of(edge: Edge) -> str:
    """What stands on an edge: its weight; its slope, and the value of that; its paths."""
    found = math(edge.label) if edge.label is not None else ""
    if edge.value is not None and (shown := value(edge.value)) is not None and shown != found:
        found += f" = {shown}"
    if edge.paths:
        marks = "".join(map(circled, edge.paths))
        found = f"{found} {marks}" if found else marks
    return found


def circled(number: int) -> str:
    """The number of a path: ①."""
    return chr(0x245F + number) if 1 <= number <= 20 else f"({number})"
