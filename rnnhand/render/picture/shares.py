"""A graph without steps that is too wide, in shares of what it computes: a wide layer of neurons
comes in rows one below the other. What has no name stays with what reads it."""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import TopologicalSorter

from rnnhand.document.graph import Edge, Graph, Node

MOST = 60
"""Named nodes up to which shares are tried."""


def is_stepless(graph: Graph) -> bool:
    return not graph.columns and not any(e.lag for e in graph.edges)


def units(graph: Graph) -> list[list[str]]:
    """What is computed, layer by layer: a named node, and those without a name that lead to it
    alone. Empty where there are too many, or what cannot be named leads to several."""
    entering: dict[str, list[Edge]] = {}
    readers: dict[str, set[str]] = {}
    for edge in graph.edges:
        entering.setdefault(edge.end, []).append(edge)
        readers.setdefault(edge.start, set()).add(edge.end)
    nodes = {n.key: n for n in graph.nodes}
    unnamed = {k for k in entering if nodes[k].name is None and k in readers}
    several = {k for k in unnamed if len(readers[k]) > 1}
    if any(nodes[k].spelled is None for k in several):
        return []
    unnamed -= several
    depth: dict[str, int] = {}
    reads = {k: {e.start for e in entering.get(k, ())} for k in nodes}
    for key in TopologicalSorter(reads).static_order():
        depth[key] = max((depth[a] + 1 for a in reads[key]), default=0)
    heads = sorted((k for k in nodes if k in entering and k not in unnamed), key=depth.__getitem__)
    if len(heads) > MOST:
        return []
    return [[k, *_under(k, reads, unnamed)] for k in heads]


def _under(key: str, reads: dict[str, set[str]], unnamed: set[str]) -> Iterator[str]:
    for start in sorted(reads[key] & unnamed):
        yield start
        yield from _under(start, reads, unnamed)


def cut_out(
    graph: Graph, own: set[str], shown: set[str]
) -> tuple[list[Node], list[Edge], dict[str, Node]]:
    """The nodes and edges of a share, and what it reads that is `shown` in an earlier one."""
    edges = [e for e in graph.edges if e.end in own]
    read = {e.start for e in edges} - own
    nodes = [n for n in graph.nodes if n.key in own or (n.key in read and n.key not in shown)]
    return nodes, edges, {n.key: n for n in graph.nodes if n.key in read & shown}
