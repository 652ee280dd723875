"""A graph in DOT, the language of Graphviz: steps as clusters, time from left to right."""

from __future__ import annotations

from rnnhand.document.graph import Edge, Graph, Kind, Node
from rnnhand.render.named import edge_line, lowered, node_lines
from rnnhand.render.notation import UNICODE
from rnnhand.render.picture.words import line

SHAPES = {
    Kind.DATA: 'shape=ellipse, style=filled, fillcolor="#e8e8e8"',
    Kind.START: 'shape=ellipse, style="filled,dashed", fillcolor="#e8e8e8"',
    Kind.WEIGHT: "shape=box, peripheries=2",
    Kind.QUANTITY: "shape=box, style=rounded",
    Kind.GATE: 'shape=box, style=filled, fillcolor="#fdf3d7"',
    Kind.OPERATION: "shape=circle, margin=0",
    Kind.OUTSIDE: 'shape=box, style="rounded,dotted"',
}


def write(graph: Graph, theme: str = "auto") -> str:
    """The graph in DOT. A weight is one node, whatever the theme."""
    notes = "\n".join(lowered(line(s)) for s in graph.drawn_notes())
    lines = [
        "digraph {",
        f"  label={_quoted(graph.title + (chr(10) + notes if notes else ''))}; rankdir=BT;",
        '  node [fontname="Helvetica"]; edge [fontname="Helvetica"];',
    ]
    for column in graph.columns:
        lines.append(f"  subgraph {_quoted(f'cluster_{column}')} {{")
        lines.append(f"    label={_quoted(f'{graph.var} = {column}')}; style=dotted;")
        lines += [f"    {_node(n)}" for n in graph.nodes if n.column == column]
        lines.append("  }")
    inside = set(graph.columns)
    lines += [f"  {_node(n)}" for n in graph.nodes if n.column not in inside]
    lines += [f"  {_edge(e)}" for e in graph.edges]
    return "\n".join([*lines, "}"])


def _node(node: Node) -> str:
    said = "\n".join(map(lowered, node_lines(node, UNICODE)))
    return f"{_quoted(node.key)} [label={_quoted(said)}, {SHAPES[node.kind]}];"


def _edge(edge: Edge) -> str:
    looks = [f"label={_quoted(said)}"] if (said := lowered(edge_line(edge, UNICODE))) else []
    looks += ["style=bold"] if edge.paths else []
    looks += ["constraint=false", "style=dashed"] if edge.lag else []
    more = f" [{', '.join(looks)}]" if looks else ""
    return f"{_quoted(edge.start)} -> {_quoted(edge.end)}{more};"


def _quoted(text: str) -> str:
    """A string of DOT: in it, a quotation mark, a backslash and an ampersand have a meaning."""
    clean = "".join(c if c.isprintable() or c == "\n" else " " for c in text)
    clean = clean.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')
    return '"' + clean.replace("\n", "\\n") + '"'
