"""Nodes that stand in a picture once more: outlines that say which node is meant, so that no line
has to run to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rnnhand.document.graph import Edge, Graph, Node
from rnnhand.language.tree import Expr


def copied(node: Node, key: str) -> Node:
    """The outline that stands for a node that is drawn elsewhere."""
    return replace(
        node, key=key, name=said(node), symbol="", added=(), value=None, adjoint=None, again=True
    )


def said(node: Node) -> Expr:
    """The name of a node, or what it computes where it has none."""
    found = node.name if node.name is not None else node.spelled
    assert found is not None, "what is read across steps has a name or is spelled"
    return found


def beside_readers(graph: Graph, far: Callable[[Edge], bool]) -> Graph:
    """The graph with a copy of the node at which each `far` edge begins, in the column of its end,
    instead of a line from there."""
    nodes = {n.key: n for n in graph.nodes}
    copies: dict[str, dict[str, Node]] = {}
    edges = []
    for edge in graph.edges:
        if far(edge):
            start, at = nodes[edge.start], nodes[edge.end].column
            key = f"{start.key} again @{at}"
            copies.setdefault(start.key, {})[key] = replace(
                copied(start, key), column=at, row=f"{start.row} again"
            )
            edge = replace(edge, start=key)
        edges.append(edge)
    found = [n for key, node in nodes.items() for n in (node, *copies.get(key, {}).values())]
    return replace(graph, nodes=tuple(found), edges=tuple(edges))
