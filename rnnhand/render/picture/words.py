"""Formulas as one line of text with subscripts, and how wide they are without asking a font."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from functools import lru_cache
from typing import TypeAlias

from rnnhand.document.blocks import Equals, Inline, Math, Sentence, Shown, Tag
from rnnhand.document.decimal import APART, BETWEEN, ROWS, ROWS_APART, between, has_comma
from rnnhand.document.graph import Node
from rnnhand.language.numerals import Numeral, Table
from rnnhand.language.operations import PRIMITIVES, hyphened
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, rewrite
from rnnhand.render.boxes import formula, table_box
from rnnhand.render.notation import UNICODE, best

Runs: TypeAlias = tuple[tuple[str, bool], ...]
"""Pieces of text; True where a piece is a subscript."""

SUBSCRIPT = re.compile(r"_(?:\{([^{}]*)\}|([^\W⁰¹²³⁴-⁹ᵀ]+[′']*))")
UNDRAWN = {**{chr(0x245F + n): f"({n})" for n in range(11, 21)}, "𝟏": "1"}
"""What the fonts of pictures have not, and how it is written: circles with numbers such as ⑪, and
the 𝟏 of an array of ones, which has its size below it."""

BELOW = 0.72
"""The size of a subscript beside that of its line."""

WIDE, NARROW = "mwMWОШЩЖМЮФшщжмюфы@%—Σ⊙①②③④⑤⑥⑦⑧⑨⑩", "iljtfrI.,:;'′()[]|!ᵀ‖⁽⁾ \u00a0"
LONGEST = 26
"""Characters of a value up to which it stands in a node."""

BELOW_ALL = 120
"""Characters of a value up to which it stands below a picture."""


def runs(text: str) -> Runs:
    """h_{t−1} + b_f as h, t−1 below, + b, f below."""
    found: list[tuple[str, bool]] = []
    end = 0
    for match in SUBSCRIPT.finditer(text):
        if match.start() > end:
            found.append((text[end : match.start()], False))
        found.append((match[1] if match[1] is not None else match[2], True))
        end = match.end()
    if end < len(text):
        found.append((text[end:], False))
    return tuple(found)


@lru_cache(maxsize=4096)
def width(text: str, size: float) -> float:
    """About how wide a text is, rather too much than too little."""
    return sum(
        _letter(c) * size * (BELOW if below else 1.0)
        for piece, below in runs(in_font(text))
        for c in piece
    )


def in_font(text: str) -> str:
    """A text in letters that the fonts have."""
    return "".join(UNDRAWN.get(c, c) for c in text)


def _letter(c: str) -> float:
    """The width of a letter in ems."""
    if unicodedata.combining(c):
        return 0.0
    if c in WIDE:
        return 0.95
    if c in NARROW:
        return 0.4
    if c.isupper() or unicodedata.east_asian_width(c) in "WF":
        return 0.74 if c.isascii() else 0.95
    return 0.64


def math(expr: Expr) -> str:
    """A formula on one line."""
    expr = rewrite(expr, _hyphened)
    box = formula(expr, UNICODE)
    return box.lines[0] if box.height == 1 else flat(expr)


def symbol(node: Node) -> str:
    """What a node computes: σ, or [h_{t−1}; x_t]."""
    return node.symbol if node.stack is None else math(node.stack)


def _hyphened(expr: Expr) -> Expr:
    """one-hot(k, 3): in the name of a function of the language, _ puts nothing below."""
    if isinstance(expr, Apply) and expr.op in PRIMITIVES and not expr.spelling:
        return replace(expr, spelling=hyphened(expr.op)) if "_" in expr.op else expr
    return expr


def flat(expr: Expr) -> str:
    """A formula with a matrix in it, rows one after the other; else as the equation language writes
    it."""
    rows = ROWS_APART if has_comma(expr) else ROWS
    if isinstance(expr, Apply) and expr.op == ";":
        return f"[{rows.join(map(math, expr.args))}]"
    said = text(expr).replace("*", UNICODE.times)
    return said.replace(ROWS, ROWS_APART).replace(BETWEEN, APART) if has_comma(expr) else said


def value(table: Table) -> str | None:
    """A number; a short vector as (1, 2); None where it is too long for a node."""
    if isinstance(table, Numeral):
        if table.bound is not None:
            return "0"  # smaller than any digit that a picture has room for
        shown = _number(table)
        return shown if len(shown) <= LONGEST else None
    parts = [value(item) for item in table]
    if any(p is None for p in parts):
        return None
    shown = f"({between(*table).join(p for p in parts if p is not None)})"
    return shown if len(shown) <= LONGEST else None


def _number(found: Numeral) -> str:
    return best(found, UNICODE) or table_box(found, UNICODE).lines[0]


def _below(table: Table) -> str:
    """A value as it stands below a picture, where a formula has more room than in a node."""
    if (shown := value(table)) is not None:
        return shown
    said = _number(table) if isinstance(table, Numeral) else ""
    return said if 0 < len(said) <= BELOW_ALL else "…"


def line(sentence: Sentence) -> str:
    """A sentence on one line."""
    return "".join(_inline(part) for part in sentence)


def _inline(part: Inline) -> str:
    match part:
        case str():
            return part
        case Math(expr):
            return math(expr).replace(" ", "\u00a0")  # a formula is not broken between lines
        case Shown(table):
            return _below(table)
        case Equals(left, right):
            shown = value(right) or "…" if isinstance(right, Numeral | tuple) else math(right)
            return f"{math(left)}\u00a0=\u00a0{shown}"
        case Tag(_, words):
            return words
