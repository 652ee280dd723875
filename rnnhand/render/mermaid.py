"""A graph in Mermaid, which code hosts and notebooks draw by themselves."""

from __future__ import annotations

from rnnhand.document.graph import Edge, Graph, Kind, Node
from rnnhand.render.named import edge_line, lowered, node_lines
from rnnhand.render.notation import UNICODE
from rnnhand.render.picture.words import line

SHAPES = {
    Kind.DATA: ("([", "])"),
    Kind.START: ("([", "])"),
    Kind.WEIGHT: ("[[", "]]"),
    Kind.QUANTITY: ("(", ")"),
    Kind.GATE: ("[", "]"),
    Kind.OPERATION: ("((", "))"),
    Kind.OUTSIDE: ("(", ")"),
}
CLASSES = {
    Kind.DATA: "fill:#e8e8e8",
    Kind.START: "fill:#e8e8e8,stroke-dasharray:4 3",
    Kind.OUTSIDE: "stroke-dasharray:1 3",
}
"""How a node looks where its shape does not say it."""


def write(graph: Graph, theme: str = "auto") -> str:
    """The graph in Mermaid. A weight is one node, whatever the theme."""
    ids = {node.key: f"n{i}" for i, node in enumerate(graph.nodes)}
    title = "".join(c if c.isprintable() else " " for c in graph.title)
    quoted = title.replace("\\", "\\\\").replace('"', '\\"')
    lines = ["---", f'title: "{quoted}"', "---", "flowchart BT"]
    for i, column in enumerate(graph.columns):
        lines.append(f"  subgraph s{i} [{_quoted(f'{graph.var} = {column}')}]")
        lines += [f"    {_node(n, ids)}" for n in graph.nodes if n.column == column]
        lines.append("  end")
    inside = set(graph.columns)
    lines += [f"  {_node(n, ids)}" for n in graph.nodes if n.column not in inside]
    lines += [f"  {_edge(e, ids)}" for e in graph.edges]
    if notes := [lowered(line(sentence)) for sentence in graph.drawn_notes()]:
        lines.append(f"  caption[{_quoted(chr(10).join(notes))}]:::caption")
        lines.append("  classDef caption fill:none,stroke:none")
    there = {node.kind for node in graph.nodes}
    lines += [f"  classDef {kind} {look}" for kind, look in CLASSES.items() if kind in there]
    return "\n".join(lines)


def _node(node: Node, ids: dict[str, str]) -> str:
    before, behind = SHAPES[node.kind]
    look = f":::{node.kind}" if node.kind in CLASSES else ""
    said = "\n".join(map(lowered, node_lines(node, UNICODE)))
    return f"{ids[node.key]}{before}{_quoted(said)}{behind}{look}"


def _edge(edge: Edge, ids: dict[str, str]) -> str:
    arrow = "==>" if edge.paths else "-.->" if edge.lag else "-->"
    said = lowered(edge_line(edge, UNICODE))
    middle = f"|{_quoted(said)}|" if said else ""
    return f"{ids[edge.start]} {arrow}{middle} {ids[edge.end]}"


def _quoted(text: str) -> str:
    """A string of Mermaid: all that could mean something in it, or in HTML, by its number."""
    found = []
    for c in text:
        if c == "\n":
            found.append("<br/>")
        elif c == "\u00a0":
            found.append(" ")
        elif c.isalnum() or c in " =+-.,()[]":
            found.append(c)
        elif c.isprintable():
            found.append(f"#{ord(c)};")
    return '"' + "".join(found) + '"'
