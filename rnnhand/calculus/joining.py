"""What joins the parts of an excerpt: what stands outside of it may read a part by itself, or by
way of one quantity that is not drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rnnhand.calculus.network import REST, UNREAD, Arc, Network, Vertex
from rnnhand.system.model import Role

MOST = 12
"""What is read up to which each of it may be what stands between two parts."""


def joined(found: Network, reads: Callable[[Vertex], Network]) -> Network:
    """An excerpt in which what is outside of it also shows what it reads of another part, so that
    nobody takes one picture for two. `reads` tells what a vertex outside reads, each of that a
    vertex of its own."""
    for outside in [v for v in found.vertices.values() if v.op == UNREAD]:
        found = _with_reads(found, outside, reads)
    return found


def _with_reads(found: Network, outside: Vertex, reads: Callable[[Vertex], Network]) -> Network:
    own = reads(outside)
    part = _part(found, outside.key)
    direct = [arc for arc in own.arcs if _is_computed(found.vertices.get(arc.start))]
    if direct:
        apart = [arc for arc in direct if arc.start not in part]
        return replace(found, arcs=(*found.arcs, *apart))
    through: dict[str, tuple[Arc, ...]] = {}
    for arc in own.arcs if len(own.arcs) <= MOST else ():
        vertex = own.vertices[arc.start]
        if vertex.op == UNREAD and arc.start not in found.vertices:
            read = reads(vertex).arcs
            through[arc.start] = tuple(a for a in read if _is_computed(found.vertices.get(a.start)))
    ways = [key for key, arcs in through.items() if arcs]
    if len(ways) != 1 or any(arc.start in part for arc in through[ways[0]]):
        return found
    (key,) = ways
    onward = [arc for arc in own.arcs if arc.start == key]
    return Network(
        {**found.vertices, key: own.vertices[key]}, (*found.arcs, *through[key], *onward)
    )


def _is_computed(vertex: Vertex | None) -> bool:
    """Whether a vertex is drawn with all that it reads."""
    return vertex is not None and vertex.role is None and vertex.op not in (UNREAD, REST)


def _part(found: Network, key: str) -> set[str]:
    """What hangs together with a vertex; a parameter, which all steps share, joins nothing."""
    near: dict[str, list[str]] = {}
    for arc in found.arcs:
        if found.vertices[arc.start].role is not Role.PARAMETER:
            near.setdefault(arc.start, []).append(arc.end)
            near.setdefault(arc.end, []).append(arc.start)
    seen, rest = {key}, [key]
    while rest:
        new = [k for k in near.get(rest.pop(), ()) if k not in seen]
        seen.update(new)
        rest += new
    return seen
