"""Wide layers of neurons as people draw them: the first ones, dots, the last one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace

from rnnhand.calculus.network import REST
from rnnhand.document.blocks import Math, Sentence
from rnnhand.document.graph import Edge, Graph, Node
from rnnhand.explain.sentences import joined, sentence
from rnnhand.language.tree import Ref
from rnnhand.phrases import Phrases

READABLE = 60
"""Edges of a picture up to which every one is drawn."""

MOST_EDGES = 300
"""Edges up to which every one is told as data."""

WIDE = 6
"""Neurons that are joined to the same others, up to which all of them are drawn."""

FIRST = 2
"""How many of a wide layer stand before the dots; one stands behind them."""


def elided(graph: Graph, words: Phrases, most_edges: int) -> Graph:
    """The graph with a node of dots for most of each wide layer, where it has too many edges to be
    read; a caption says what the dots stand for. Only neurons that are joined to the same others
    are left out, so that those which are shown tell what the rest does."""
    if len(graph.edges) <= most_edges:
        return graph
    left_out = [alike[FIRST:-1] for alike in _alike(graph) if len(alike) > WIDE]
    if not left_out:
        return graph
    dots = {run[0].key: _dots(run[0]) for run in left_out}
    stands = {node.key: dots[run[0].key].key for run in left_out for node in run}
    nodes = [dots.get(n.key, n) for n in graph.nodes if n.key not in stands or n.key in dots]
    once = {run[0].row: run for run in reversed(left_out)}  # said of the first of several steps
    caption = (*graph.caption, *(_said(run, words) for run in reversed(once.values())))
    edges = _between(graph.edges, stands)
    return replace(graph, nodes=tuple(nodes), edges=edges, caption=caption)


def _alike(graph: Graph) -> list[list[Node]]:
    """The nodes in groups of those that are joined to the same others, in the same way."""
    joined_to: dict[str, Counter[Hashable]] = {node.key: Counter() for node in graph.nodes}
    for edge in graph.edges:
        joined_to[edge.start][edge.end, edge.lag] += 1
        joined_to[edge.end][edge.start, -edge.lag] += 1
    groups: dict[Hashable, list[Node]] = {}
    for node in graph.nodes:
        to = frozenset(joined_to[node.key].items())
        groups.setdefault((node.kind, node.symbol, node.column, to), []).append(node)
    return list(groups.values())


def _dots(first: Node) -> Node:
    """The node that stands for several from this one on."""
    key, row = f"{first.key} {REST}", f"{first.row} {REST}"
    return Node(key, first.kind, Ref(REST), "", row, first.column)


def _between(edges: Sequence[Edge], stands: Mapping[str, str]) -> tuple[Edge, ...]:
    """The edges of what is shown; one without a label for all that dots have to another node."""
    found: dict[tuple[str, str, int], Edge] = {}
    kept: list[Edge] = []
    for edge in edges:
        start, end = stands.get(edge.start, edge.start), stands.get(edge.end, edge.end)
        if (start, end) == (edge.start, edge.end):
            kept.append(edge)
        elif (start, end, edge.lag) not in found:
            new = replace(edge, start=start, end=end, label=None, value=None)
            found[start, end, edge.lag] = new
            kept.append(new)
    return tuple(kept)


def _said(run: Sequence[Node], words: Phrases) -> Sentence:
    first, last = run[0].name, run[-1].name
    if first is None or last is None:
        return sentence(words, "neurons-dots-unnamed", count=str(len(run)))
    names = joined([(Math(first),), (Math(last),)], " … ")
    return sentence(words, "neurons-dots", names=names, count=str(len(run)))
