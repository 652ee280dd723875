"""Where everything of a graph stands, in whatever unit: points of a picture, or characters.

Unrolled, the columns are copies of one pattern, side by side; folded, the pattern stands alone and
what goes to another step returns around it; without steps the whole graph is the pattern. Heights
are counted upwards.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from rnnhand.document.graph import Edge, Graph
from rnnhand.render.picture.above import Above, above
from rnnhand.render.picture.columns import Columns, columns_of
from rnnhand.render.picture.course import Course
from rnnhand.render.picture.edges import Edges, edges_of
from rnnhand.render.picture.entries import with_straight_ends
from rnnhand.render.picture.heights import Heights, Rows, heights, talls
from rnnhand.render.picture.layers import Layered, layered
from rnnhand.render.picture.looks import looks
from rnnhand.render.picture.metrics import Metrics
from rnnhand.render.picture.parts import Parts
from rnnhand.render.picture.ranks import Sketch
from rnnhand.render.picture.shapes import Body
from rnnhand.render.picture.sketched import is_port, sketched
from rnnhand.render.picture.way import PLAIN, Way


@dataclass(frozen=True)
class Pattern:
    """A graph that is placed: the pattern of its columns by its sketch, its rows and their heights,
    the columns, and what stands above them."""

    graph: Graph
    metrics: Metrics
    course: Course
    looks: Mapping[str, Body]
    sketch: Sketch
    rows: Rows
    heights: Heights
    columns: Columns
    above: Above

    @property
    def way(self) -> Way:
        return self.course.way

    @property
    def edges(self) -> Edges:
        return self.course.edges

    @property
    def parts(self) -> Parts:
        return self.course.edges.parts

    @property
    def layered(self) -> Layered:
        return self.rows.layered

    def is_port(self, item: str) -> bool:
        return is_port(item, self.sketch.sizes)

    def at(self, key: str) -> tuple[float, float]:
        """The middle of a node: from the left, and upwards."""
        if self.parts.column[key] is None:
            over = self.above.rows.layered
            return over.x[key] + self.above.shift, self.above.heights.up[over.row[key]]
        row, column = self.parts.pattern[key], self.edges.column_of(key)
        x = self.columns.left[column] + self.columns.lone.get(column, self.layered.x[row])
        if self.is_port(row):
            return x, self._entered_at(row)
        return x, self.heights.up[self.layered.row[row]]

    def row_of(self, key: str) -> tuple[float, float]:
        """From where to where up the row of a node reaches."""
        rows, high, item = self.rows, self.heights, self.parts.pattern[key]
        if self.parts.column[key] is None:
            rows, high, item = self.above.rows, self.above.heights, key
        i = rows.layered.row[item]
        return high.up[i] - rows.tall[i] / 2, high.up[i] + rows.tall[i] / 2

    def passed(self, edge: Edge) -> list[tuple[float, float, float]]:
        """The rows between the ends of an edge that hold anything: x, and from where to where, as
        the edge passes them."""
        found = self._passed_upwards(edge)
        return [(x, b, a) for x, a, b in reversed(found)] if self.course.is_down(edge) else found

    def _passed_upwards(self, edge: Edge) -> list[tuple[float, float, float]]:
        found: list[tuple[float, float, float]] = []
        over = self.above
        if self.parts.column[edge.start] is not None:
            of = self.edges.column_of(edge.start if over.holds(edge) else edge.end)
            chain = self.layered.chains[self.course.link(edge)][1:-1]
            found += _stretches(chain, self.rows, self.heights, self.columns.left[of])
        if not over.holds(edge):
            return found
        if edge.start in over.outs:
            x, y = over.outs[edge.start]
            half = self.rows.tall[self.layered.row[self.edges.out(edge)]] / 2
            found.append((x, y - half, y + half))
        chain = over.rows.layered.chains[over.links[id(edge)]][1:-1]
        return found + _stretches(chain, over.rows, over.heights, over.shift)

    def port_at(self, edge: Edge) -> tuple[float, float]:
        """Where an edge from another step enters its column."""
        port = self.edges.port(edge)
        x = self.columns.left[self.edges.column_of(edge.end)] + self.layered.x[port]
        return x, self._entered_at(port)

    def _entered_at(self, port: str) -> float:
        """The height at which edges enter. Lines that enter a row at one side stand one below the
        other: those that turn upwards, the inner ones lower, and below them those that turn
        downwards, the inner ones higher."""
        sides, are_down = self.sketch.sides, self.way.above
        i = self.layered.row[port]
        ports = [p for p in self.layered.rows[i] if self.is_port(p)]
        left = [p for p in ports if sides.get(p) != 1]
        right = [p for p in reversed(ports) if sides.get(p) == 1]
        side = left if port in left else right
        own = [p for p in side if p not in are_down]
        own += [p for p in reversed(side) if p in are_down]
        lower = _between_ports(self.metrics, self.layered, ports) * (
            own.index(port) - (len(own) - 1) / 2
        )
        return self.heights.up[i] - lower


def placed(graph: Graph, metrics: Metrics, way: Way = PLAIN) -> Pattern:
    """The pattern of a graph with its lines in a way. Raises `CycleError` where what that asks of
    some lines excludes what others need."""
    course = Course(edges_of(graph), way)
    seen = looks(course, metrics)
    sketch = sketched(course, seen, metrics)
    return _raised(graph, metrics, course, seen, sketch, layered(sketch).snapped(metrics.snap))


def with_gaps(
    pattern: Pattern,
    gap: Callable[[Rows, int], float],
    gap_above: Callable[[Rows, int, float], float],
) -> Pattern:
    """The same places sideways, with other heights between the rows."""
    p, metrics = pattern, replace(pattern.metrics, gap=gap, gap_above=gap_above)
    return _raised(p.graph, metrics, p.course, p.looks, p.sketch, p.layered)


def _raised(
    graph: Graph,
    metrics: Metrics,
    course: Course,
    seen: Mapping[str, Body],
    sketch: Sketch,
    found: Layered,
) -> Pattern:
    """A pattern that is laid out, in columns, with its rows as high as they need to be."""

    def ports(row: Sequence[str]) -> float:
        own = [item for item in row if is_port(item, sketch.sizes)]
        return _between_ports(metrics, found, own) * (len(own) - 1) + metrics.port if own else 0.0

    tall = talls(found, sketch.sizes, metrics.line, ports)
    reach: dict[str, int] = {}
    for key, look in seen.items():
        row = course.edges.parts.pattern.get(key, key)
        reach[row] = min(reach.get(row, metrics.beside(look)), metrics.beside(look))
    rows = Rows(found, tall, sketch.sizes, sketch.downwards, reach)
    if metrics.is_straight:
        rows = with_straight_ends(rows, sketch.top)
    high = heights(tall, lambda i: metrics.gap(rows, i))
    columns = columns_of(course, seen, rows, metrics)
    over = above(course, seen, columns, rows, high, metrics)
    return Pattern(graph, metrics, course, seen, sketch, rows, high, columns, over)


def _between_ports(metrics: Metrics, found: Layered, ports: Collection[str]) -> float:
    """What is between lines that enter a row: none runs where an arrowhead points at another."""
    ends = {chain[-1] for chain in found.chains.values()}
    return metrics.port if ends.isdisjoint(ports) else metrics.port + metrics.start


def _stretches(
    chain: Sequence[str], rows: Rows, high: Heights, left: float
) -> list[tuple[float, float, float]]:
    """The rows of stand-ins that hold anything: x, and from where to where up they reach."""
    row, x = rows.layered.row, rows.layered.x
    kept = [(item, row[item]) for item in chain if rows.tall[row[item]]]
    return [
        (left + x[item], high.up[i] - rows.tall[i] / 2, high.up[i] + rows.tall[i] / 2)
        for item, i in kept
    ]
