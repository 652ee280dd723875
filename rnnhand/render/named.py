"""What a node and an edge say in one line of plain text."""

from __future__ import annotations

from rnnhand.document.decimal import between
from rnnhand.document.graph import Edge, Node
from rnnhand.language.numerals import Numeral, Table
from rnnhand.language.tree import Apply, Expr
from rnnhand.render.boxes import formula, table_box
from rnnhand.render.notation import Signs, best
from rnnhand.render.picture.words import flat, runs

LONGEST = 60
"""Characters up to which a value is written out."""

LOWERED = dict(zip("0123456789+−tkn", "₀₁₂₃₄₅₆₇₈₉₊₋ₜₖₙ", strict=True))
"""What can stand below a letter without a font for it: steps. Of other letters only some can, and
W_f beside Wᵢ would look like two kinds of names."""


def node_lines(node: Node, signs: Signs) -> list[str]:
    """Its name, what it computes, its value and the derivative by it."""
    name = spelled(node.name, signs) if node.name is not None else ""
    lines = [part for part in (name, computed(node, signs)) if part]
    for sign, e in node.constants():
        lines.append(f"{signs.minus if sign == '−' else sign} {spelled(e, signs)}")
    if node.value is not None:
        lines.append(f"= {number(node.value, signs)}")
    if node.adjoint is not None:
        lines.append(f"{signs.partial} {number(node.adjoint, signs)}")
    return lines


def computed(node: Node, signs: Signs) -> str:
    """What a node computes: σ, or [h_{t−1}; x_t]."""
    return node.symbol if node.stack is None else spelled(node.stack, signs)


def edge_line(edge: Edge, signs: Signs) -> str:
    """Its delay, its label, what that is worth, and the paths along it."""
    parts = [delay(edge)] if edge.lag else []
    read = edge.seen_as if edge.lag else None
    if edge.label is not None and edge.is_weight and read is not None:
        parts.append(spelled(Apply("*", (edge.label, read)), signs))
    elif edge.label is not None:
        parts.append(spelled(edge.label, signs))
    if read is not None and edge.label is None:
        parts.append(spelled(read, signs))
    if edge.value is not None and (shown := number(edge.value, signs)) not in parts:
        parts.append(f"= {shown}")
    if edge.paths:
        parts.append(f"({','.join(map(str, edge.paths))})")
    return " ".join(parts)


def delay(edge: Edge) -> str:
    """The sign of an edge to another step: 2■ to the step after the next one, □ to that before."""
    steps = abs(edge.lag)
    return f"{steps if steps > 1 else ''}{'■' if edge.lag > 0 else '□'}"


def spelled(expr: Expr, signs: Signs) -> str:
    """A formula on one line."""
    box = formula(expr, signs)
    return box.lines[0] if box.height == 1 else flat(expr)


def lowered(said: str) -> str:
    """h_{t−1} as hₜ₋₁, for programs that have no way to write below a line; W_f as it is."""
    return "".join(_lowered(piece) if below else piece for piece, below in runs(said))


def _lowered(piece: str) -> str:
    if all(c in LOWERED for c in piece):
        return "".join(LOWERED[c] for c in piece)
    return f"_{piece}" if piece.rstrip("′'").isalnum() else f"_{{{piece}}}"


def number(table: Table, signs: Signs) -> str:
    """A number, or numbers in brackets; dots for what is too long."""
    if isinstance(table, Numeral):
        shown = best(table, signs) or table_box(table, signs).lines[0]
    else:
        inner = between(*table).join(number(item, signs) for item in table)
        shown = f"({inner})"
    return shown if len(shown) <= LONGEST else signs.dots
