"""Where nodes stand on a picture, and where edges pass rows and meet nodes. Pictures count
downwards, patterns upwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from rnnhand.document.graph import Edge
from rnnhand.render.picture.aims import spread
from rnnhand.render.picture.pattern import Pattern
from rnnhand.render.picture.shapes import GAPS, Body, Point

ROUND = 40.0
"""The height below which the ends of a pill are half circles."""


@dataclass(frozen=True)
class Places:
    """The places of a pattern on a picture."""

    pattern: Pattern

    def at(self, key: str) -> Point:
        """The middle of a node."""
        return self._nodes[key]

    def passed(self, edge: Edge) -> list[tuple[Point, Point]]:
        """The ends of the upright stretches on which an edge that is not level passes rows."""
        return self._passed[id(edge)]

    def port(self, edge: Edge) -> Point:
        """Where an edge from another step enters its column."""
        x, up = self.pattern.port_at(edge)
        return x, -up

    def taller(self, row: float, reach: float) -> Iterator[tuple[Body, Point]]:
        """The nodes at a height that are taller than something, and where they are."""
        for key in self._level_with.get(row, ()):
            if self.pattern.looks[key].reach > reach:
                yield self.pattern.looks[key], self.at(key)

    def first_x(self, edge: Edge) -> float:
        """Where an edge is after it has left."""
        passed = self.passed(edge)
        return passed[0][0][0] if passed else self.at(edge.end)[0]

    def last_x(self, edge: Edge) -> float:
        """Where an edge is before it arrives."""
        passed = self.passed(edge)
        if passed:
            return passed[-1][0][0]
        if self.pattern.edges.bends(edge):
            return self.port(edge)[0]
        return self.at(edge.start)[0]

    def leaving(self, edge: Edge) -> Point:
        """Where an edge leaves its start: on the side towards where it goes; the only one that
        leaves there below where it goes, if that is over the node."""
        look = self.pattern.looks[edge.start]
        if self.pattern.course.is_down(edge):
            return self._touched(edge, edge.start, True)
        if edge.start in self._entered_from_above:
            return self._touched(edge, edge.start, False)
        x = self.at(edge.start)[0]
        if len(self._meeting[edge.start, False]) == 1:
            to = self.first_x(edge) if self.passed(edge) else self.arrival(edge)[0]
            if look.role != "operation" or abs(to - x) < look.side:
                return self._outline(edge.start, max(-look.side, min(look.side, to - x)), False)
        reach = look.half * (0.5 if look.form != "pill" else 0.3)
        if look.role == "operation":
            reach = 0.0
        return (x + max(-reach, min(reach, self.first_x(edge) - x)), self._top(edge.start))

    def _top(self, key: str) -> float:
        return self.at(key)[1] - self.pattern.looks[key].reach

    def arrival(self, edge: Edge) -> Point:
        """Where an edge meets its end."""
        return self._touched(edge, edge.end, not self.pattern.course.is_down(edge))

    def _touched(self, edge: Edge, key: str, below: bool) -> Point:
        """Where an edge meets a node from below, or from above."""
        return self._outline(key, self._aside[key, below][id(edge)], below)

    def _outline(self, key: str, dx: float, below: bool) -> Point:
        """The place of the outline of a node so far aside of its middle, below or above it."""
        look, (x, y) = self.pattern.looks[key], self.at(key)
        drop = look.reach
        if look.form == "pill" and look.height < ROUND:
            round_ = min(look.half, look.reach)
            over = max(0.0, abs(dx) - (look.half - round_))
            drop = look.reach - round_ + max(0.0, round_**2 - over**2) ** 0.5
        return (x + dx, y + drop if below else y - drop)

    @cached_property
    def _aside(self) -> Mapping[tuple[str, bool], Mapping[int, float]]:
        """How far aside of the middle of a node each edge meets it from below, or from above: side
        by side with the others that do so."""
        found = {}
        for (key, below), others in self._meeting.items():
            x = self.at(key)[0]
            own = sorted(others, key=lambda other: other[:2])
            gaps = [GAPS[a + b] for (_, a, _), (_, b, _) in pairwise(own)]
            places = spread([w - x for w, _, _ in own], self.pattern.looks[key].side, gaps)
            # Of a line from a node to itself the first end counts.
            pairs = [*zip((i for _, _, i in own), places, strict=True)]
            found[key, below] = dict(pairs[::-1])
        return found

    @cached_property
    def _meeting(self) -> Mapping[tuple[str, bool], list[tuple[float, int, int]]]:
        """The edges that meet a node from below, or from above: where they come from or go to
        sideways, 0 if they arrive and 1 if they leave, and the identity of each."""
        edges, course = self.pattern.edges, self.pattern.course
        found: dict[tuple[str, bool], list[tuple[float, int, int]]] = {}
        for e in edges.parts.edges:
            if id(e) not in edges.level:
                side = found.setdefault((e.end, not course.is_down(e)), [])
                side.append((self.last_x(e), 0, id(e)))
        for e in edges.parts.edges:
            if not edges.passes(e):
                side = found.setdefault((e.start, course.is_down(e)), [])
                side.append((self.first_x(e), 1, id(e)))
        return found

    @cached_property
    def _entered_from_above(self) -> frozenset[str]:
        course = self.pattern.course
        return frozenset(e.end for e in course.edges.parts.edges if course.is_down(e))

    @cached_property
    def _nodes(self) -> Mapping[str, Point]:
        found = {}
        for key in self.pattern.looks:
            x, up = self.pattern.at(key)
            found[key] = (x, -up)
        return found

    @cached_property
    def _passed(self) -> Mapping[int, list[tuple[Point, Point]]]:
        return {
            id(e): [((x, -low), (x, -high)) for x, low, high in self.pattern.passed(e)]
            for e in self.pattern.parts.edges
            if id(e) not in self.pattern.edges.level
        }

    @cached_property
    def _level_with(self) -> Mapping[float, list[str]]:
        """The nodes at every height."""
        found: dict[float, list[str]] = {}
        for key in self.pattern.looks:
            found.setdefault(self.at(key)[1], []).append(key)
        return found
