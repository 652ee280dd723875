"""How the edges of a graph run in a way: upwards or downwards, and around which side."""

from __future__ import annotations

from dataclasses import dataclass

from rnnhand.document.graph import Edge
from rnnhand.render.picture.edges import Edges
from rnnhand.render.picture.ranks import Link
from rnnhand.render.picture.way import Way


@dataclass(frozen=True)
class Course:
    """The edges of a graph, and the way in which they run."""

    edges: Edges
    way: Way

    def side(self, edge: Edge) -> int:
        """Which way an edge to another step goes: 1 from left to right, and, around the drawing,
        by its left."""
        side = 1 if self.edges.distance(edge) > 0 else -1
        return -side if self.edges.port(edge) in self.way.mirrored else side

    def is_down(self, edge: Edge) -> bool:
        """Whether an edge, or the part of it in the column of its end, runs downwards."""
        edges, row = self.edges, self.edges.parts.pattern
        if not edges.passes(edge):
            return (row[edge.start], row[edge.end]) in self.way.turned
        port = edges.port(edge)
        return port in self.way.above or (port, row[edge.end]) in self.way.turned

    def link(self, edge: Edge) -> Link:
        """The edge in the pattern; edges of several columns have one link."""
        row, own = self.edges.parts.pattern, self.edges
        if own.leaves(edge):
            return (row[edge.start], own.out(edge), 0)
        start = own.port(edge) if own.passes(edge) else row[edge.start]
        end = row[edge.end]
        if self.is_down(edge):
            start, end = end, start
        return (start, end, own.twin[id(edge)])
