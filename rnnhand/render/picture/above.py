"""What comes after all steps, in rows of its own above the columns."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from rnnhand.document.graph import LEAVES, Edge
from rnnhand.render.picture.columns import Columns
from rnnhand.render.picture.course import Course
from rnnhand.render.picture.edges import Edges
from rnnhand.render.picture.heights import Heights, Rows, heights, talls
from rnnhand.render.picture.layers import Layered, layered
from rnnhand.render.picture.metrics import Metrics
from rnnhand.render.picture.ranks import Link, Sketch
from rnnhand.render.picture.shapes import Body
from rnnhand.render.picture.sketched import in_order, with_labels

Place: TypeAlias = tuple[float, float]


@dataclass(frozen=True)
class Above:
    """Rows above the columns. `outs` are the places at which lines leave the columns, by the nodes
    that they come from; `links` are those of edges here, by the identity of the edge. Sideways
    everything stands `shift` further than it is laid out."""

    outs: Mapping[str, Place]
    links: Mapping[int, Link]
    rows: Rows
    heights: Heights
    shift: float

    def holds(self, edge: Edge) -> bool:
        """Whether an edge leads to something here."""
        return id(edge) in self.links


def above(
    course: Course,
    looks: Mapping[str, Body],
    columns: Columns,
    below: Rows,
    under: Heights,
    metrics: Metrics,
) -> Above:
    """What stands above columns whose rows are `below`, at the heights `under` it."""
    edges = course.edges
    keys = [k for k in looks if edges.parts.column[k] is None]
    if not keys:
        nothing = Layered({}, {}, (), {}, {})
        return Above({}, {}, Rows(nothing, (), {}), Heights((), under.top), 0.0)
    outs = _outs(edges, columns, below.layered, under)
    sizes = {k: (looks[k].width, looks[k].height) for k in keys}
    sizes |= {out(k): (1.0, 0.0) for k in outs}
    links = [
        ((out(e.start) if e.start in outs else e.start, e.end, edges.twin[id(e)]), e)
        for e in (*edges.leaving, *edges.after)
    ]
    sketch = _sketched(edges, outs, sizes, with_labels(links, edges, metrics), metrics)
    found = layered(replace(sketch, reads=in_order(links) if course.way.in_order else ()))
    found = found.snapped(metrics.snap)
    # What comes from below stands where it comes from, the rest over the middle of it.
    places = {k: x for k, (x, _) in outs.items()}
    shift = metrics.snap(_middle(places.values()) - _middle([found.x[out(k)] for k in outs]))
    found = replace(found, x={**found.x, **{out(k): x - shift for k, x in places.items()}})
    reach = {k: metrics.beside(looks[k]) for k in keys}
    rows = Rows(found, talls(found, sizes, metrics.line), sizes, reach=reach)
    spread = (max(places.values()) - min(places.values())) / 2 if places else 0.0
    high = heights(
        rows.tall, lambda i: metrics.gap_above(rows, i, spread if i == 1 else 0.0), under.top
    )
    return Above(outs, {id(e): link for link, e in links}, rows, high, shift)


def out(key: str) -> str:
    """The item where lines from a node leave the columns."""
    return f"{key} ^"


def _outs(edges: Edges, columns: Columns, below: Layered, under: Heights) -> dict[str, Place]:
    found: dict[str, Place] = {}
    for edge in edges.leaving:
        item = edges.out(edge)
        at = columns.left[edges.column_of(edge.start)] + below.x[item]
        found[edge.start] = (at, under.up[below.row[item]])
    return found


def _sketched(
    edges: Edges,
    outs: Mapping[str, Place],
    sizes: Mapping[str, tuple[float, float]],
    links: Mapping[Link, tuple[float, float]],
    metrics: Metrics,
) -> Sketch:
    """The sketch of what stands above. What comes from below needs its row for itself: leaves stand
    above it."""
    nodes = edges.parts.nodes
    late = [k for k in sizes if k in nodes and (nodes[k].kind in LEAVES or nodes[k].again)]
    order = [out(k) for k in sorted(outs, key=lambda k: outs[k])]
    return Sketch(
        sizes,
        list(links),
        {k: v for k, v in links.items() if v[0]},
        late=late,
        yielding=late,
        stacked=[(order[len(order) // 2], k) for k in late if order],
        order={item: i for i, item in enumerate(order)},
        gap=metrics.apart,
    )


def _middle(places: Collection[float]) -> float:
    return (min(places, default=0.0) + max(places, default=0.0)) / 2
