"""A folded graph in which the first value of a loop joins it: what reads h_{t−1} gets h_0 by the
same line, at the first step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from rnnhand.document.graph import Edge, Graph, Kind, Node
from rnnhand.language.printer import text
from rnnhand.language.tree import Ref

Loop: TypeAlias = tuple[str, int, Ref]
"""What goes around, by how many steps, and as what it is read."""


@dataclass(frozen=True)
class _Joint:
    """A loop, its edges, and those of what it begins with, from which all that reads it reads."""

    read: Ref
    around: tuple[Edge, ...]
    starts: tuple[Edge, ...]

    @property
    def key(self) -> str:
        """Named like the place at which the loop enters, where it stands."""
        return f"{self.around[0].start} >{text(self.read)}"


def with_joined_starts(graph: Graph) -> Graph:
    """The graph with a node for the value of another step where a loop and its start meet."""
    nodes, edges = [*graph.nodes], [*graph.edges]
    for joint in _joints(graph):
        gone = {*map(id, joint.around), *map(id, joint.starts)}
        place = next(k for k, e in enumerate(edges) if id(e) in gone)
        loop = joint.around[0]
        entering = [replace(loop, end=joint.key, label=None, value=None, seen_as=None)]
        for start in dict.fromkeys(e.start for e in joint.starts):
            entering.append(Edge(start, joint.key))
        onward = {id(e): replace(e, start=joint.key, lag=0) for e in joint.around}
        edges[place:place] = entering
        edges = [onward.get(id(e), e) for e in edges if id(e) not in gone or id(e) in onward]
        nodes.append(Node(joint.key, Kind.DELAYED, joint.read, "", joint.key))
    return replace(graph, nodes=tuple(nodes), edges=tuple(edges))


def _joints(graph: Graph) -> Iterator[_Joint]:
    loops: dict[Loop, list[Edge]] = {}
    for edge in graph.edges:
        if edge.lag and edge.seen_as is not None:
            loops.setdefault((edge.start, edge.lag, edge.seen_as), []).append(edge)
    for (_, _, read), around in loops.items():
        readers = {(e.end, e.label) for e in around}
        starts: dict[str, list[Edge]] = {}
        for edge in graph.edges:
            if not edge.lag and edge.seen_as == read and (edge.end, edge.label) in readers:
                starts.setdefault(edge.start, []).append(edge)
        joined = [own for own in starts.values() if {(e.end, e.label) for e in own} == readers]
        if joined:
            yield _Joint(read, tuple(around), tuple(e for own in joined for e in own))
