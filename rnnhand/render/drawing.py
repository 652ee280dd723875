"""A graph drawn with characters."""

from __future__ import annotations

from rich.console import Console

from rnnhand.document.graph import Graph
from rnnhand.render.named import edge_line, node_lines


def print_graph(graph: Graph, console: Console) -> None:
    for node in graph.nodes:
        console.print("  ".join(node_lines(node)), markup=False, highlight=False)
    for edge in graph.edges:
        console.print(f"{edge.start} -> {edge.end} {edge_line(edge)}", markup=False, highlight=False)
