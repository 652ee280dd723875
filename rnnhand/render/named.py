"""What a node and an edge say in one line of plain text."""

from __future__ import annotations

from rnnhand.document.decimal import between
from rnnhand.document.graph import Edge, Node
from rnnhand.language.numerals import Numeral, Table
from rnnhand.language.printer import text

LONGEST = 60
"""Characters up to which a value is written out."""


def node_lines(node: Node) -> list[str]:
    """Its name, what it computes, its value and the derivative by it."""
    name = text(node.name) if node.name is not None else ""
    lines = [part for part in (name, node.symbol) if part]
    lines += [f"{sign} {text(e)}" for sign, e in node.constants()]
    if node.value is not None:
        lines.append(f"= {plain(node.value)}")
    if node.adjoint is not None:
        lines.append(f"∂ {plain(node.adjoint)}")
    return lines


def edge_line(edge: Edge) -> str:
    """Its label, what that is worth, the paths along it, and its delay."""
    parts = [text(edge.label)] if edge.label is not None else []
    if edge.value is not None and (shown := plain(edge.value)) not in parts:
        parts.append(f"= {shown}")
    if edge.paths:
        parts.append(f"({','.join(map(str, edge.paths))})")
    if edge.lag:
        parts.append(f"t{-edge.lag:+d}")
    return " ".join(parts)


def plain(table: Table) -> str:
    """A number, or numbers in brackets; dots for what is too long."""
    if isinstance(table, Numeral):
        shown = text(table.exact) if table.exact is not None else table.decimal or "?"
    else:
        shown = f"({between(*table).join(plain(item) for item in table)})"
    return shown if len(shown) <= LONGEST else "…"
