"""Expr → formulas of Typst."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rnnhand.document.decimal import APART, BETWEEN, ROWS_APART
from rnnhand.language.tree import Ref
from rnnhand.render import typst_names as names
from rnnhand.render.speller import Speller
from rnnhand.render.typst_text import string
from rnnhand.render.typst_width import typst_width

SIGNS = {
    **{">=": "gt.eq", "<=": "lt.eq", "==": "=", "!=": "eq.not"},
    **{"·": "dot.c", "⊙": "dot.o", "≈": "approx", "←": "arrow.l"},
}
"""Signs between formulas that Typst calls by name."""
WORD = r'"(?:\\.|[^"\\])*"'
JOINT = re.compile(rf"({WORD[:-1]})\" \"")
LONELY = re.compile(rf"(?<!:) ?({WORD}) ?(?!\()")
"""A word with the blanks around it that Typst would show beside the word's own."""


@dataclass(frozen=True)
class Typst(Speller):
    """How Typst writes formulas."""

    dots = "…"
    again = "quad "
    gap = "quad "
    transposed = "^(top)"
    blank = "gap"
    answer = "answer"
    row_sum = 'Sigma_("rows")'

    def width(self, spelled: str) -> float:
        return typst_width(spelled)

    def sign(self, sign: str) -> str:
        return SIGNS.get(sign, sign)

    def at_start(self, sign: str) -> str:
        """+ and − with the room of a sign between two, where they begin a line."""
        return f'class("binary", {self.sign(sign)})' if sign in "+-" else self.sign(sign)

    def number(self, literal: str) -> str:
        return names.number(literal, self.tall)

    def quantity(self, ref: Ref) -> str:
        return names.quantity(ref, self.tall)

    def function(self, name: str) -> str:
        return names.function(name)

    def over(self, kind: str, var: str) -> str:
        sign = "sum" if kind == "sum" else f"op({string(kind)})"
        return f"{sign}_({names.word(var)})"

    def from_to(self, kind: str, var: str, first: str, last: str) -> str:
        sign = "sum" if kind == "Σ" else "product"
        return f"{sign}_({var} = {first})^({last})"

    def enclosed(self, inner: str, bracket: str) -> str:
        match bracket:
            case "|":
                return f"abs({inner})"
            case "‖":
                return f"norm({inner})"
            case "[":
                return f"[{inner}]"
            case "⌊":
                return f"floor({inner})"
        return f"({inner})"

    def bracket(self, sign: str) -> str:
        if sign in (BETWEEN, APART, ROWS_APART):
            return self.listed(sign)
        return "|" if sign in "|¦" else f"\\{sign}"

    def listed(self, sign: str) -> str:
        return sign.replace(";", "\\;")

    def fraction(self, above: str, below: str) -> str:
        return f"frac({above}, {below})"

    def raised(self, power: str) -> str:
        return f"^({power})"

    def is_raised(self, spelled: str) -> bool:
        return any(c in spelled for c in "^/'") or "frac(" in spelled

    def based(self, spelled: str, simple: bool) -> str:
        return spelled

    def root(self, inner: str) -> str:
        return f"sqrt({inner})"

    def matrix(self, rows: Sequence[Sequence[str]]) -> str:
        lines = "; ".join(", ".join(row) for row in rows)
        spelled = f'mat(delim: "[", align: #right, {lines})'
        return spelled if self.tall else f"display({spelled})"

    def filled(self, value: str, shape: str) -> str:
        return f"{'bold(1)' if value == '1' else '0'}_({shape})"

    def times(self, rows: str, columns: str) -> str:
        return f"{rows} times {columns}"

    def below(self, bound: int) -> str:
        return f"0 space (abs(x) < 10^({bound}))"

    def words(self, text: str) -> str:
        return string(text)

    def signs(self, text: str) -> str:
        return names.signs(text)

    def joined(self, line: str) -> str:
        """Words side by side as one text; all of them have their own blanks."""
        before = ""
        while before != line:
            before, line = line, JOINT.sub(r"\1", line)
        return LONELY.sub(r"\1", line).rstrip()
