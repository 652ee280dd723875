"""How every node looks, as wide as the lines need that enter it."""

from __future__ import annotations

from collections.abc import Sequence

from rnnhand.document.graph import Edge
from rnnhand.render.picture.course import Course
from rnnhand.render.picture.metrics import Metrics
from rnnhand.render.picture.shapes import Body, Room


def looks(course: Course, metrics: Metrics) -> dict[str, Body]:
    """The look of every node by its key."""
    edges = course.edges
    entering: dict[str, list[Edge]] = {}
    for edge in (e for e in edges.parts.edges if id(e) not in edges.level):
        entering.setdefault(edge.end, []).append(edge)
    return {
        key: metrics.look(node, _room(course, metrics, entering.get(key, ())))
        for key, node in edges.parts.nodes.items()
    }


def _room(course: Course, metrics: Metrics, entering: Sequence[Edge]) -> Room:
    """What the lines that enter a node, and their labels, need on the side where they need most."""
    found = Room()
    for down in (False, True):
        own = [course.edges.labels[id(e)] for e in entering if course.is_down(e) is down]
        labels = [metrics.text(t) for t in own if t]
        plain = metrics.head * (len(own) - len(labels))
        # What is from the middle of the first to that of the last one.
        share = (len(own) - 1) / max(len(own), 1)
        gaps = metrics.apart / 2 * max(len(labels) - 1, 0)
        found = Room(
            max(found.heads, len(own)), max(found.wide, share * (sum(labels) + plain) + gaps)
        )
    return found
