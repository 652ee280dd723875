"""Expr → TeX: the formulas of Markdown, LaTeX and notebooks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from rnnhand.document.decimal import APART, BETWEEN, ROWS_APART
from rnnhand.language.tree import Ref
from rnnhand.render.speller import Speller
from rnnhand.render.tex_names import Names, number
from rnnhand.render.tex_width import tex_width

SIGNS = {
    **{">=": r"\ge", "<=": r"\le", "==": "=", "!=": r"\ne"},
    **{"·": r"\cdot", "⊙": r"\odot", "≈": r"\approx", "←": r"\leftarrow"},
}
"""Signs between formulas that TeX spells in its own way."""
BRACKETS = {
    **{"(": ("(", ")"), "[": ("[", "]")},
    **{"|": (r"\lvert ", r"\rvert "), "‖": (r"\lVert ", r"\rVert ")},
    "⌊": (r"\lfloor ", r"\rfloor "),
}
ENDS = {
    **{"|": r"\lvert ", "¦": r"\rvert "},
    **{BETWEEN: r",\ ", APART: r";\ ", ROWS_APART: r"\ |\ "},
}
"""Brackets of which the other one may stand elsewhere, and what stands between items."""
TALL = (r"\frac", r"\begin", r"\sum", r"\prod")
JOINT = re.compile(r"(\\text\{[^{}\\]*)\} ?\\text\{")


@dataclass(frozen=True)
class Tex(Speller):
    """How one output writes formulas."""

    names: Names = field(default=Names(lambda text: text))

    dots = r"\dots"
    again = r"\quad "
    gap = r"\quad "
    transposed = r"^{\top}"
    blank = r"\underline{\hspace{3em}}"
    answer = r"\underline{\hspace{6em}}"
    row_sum = r"\Sigma_{\mathrm{rows}}"

    def width(self, spelled: str) -> float:
        return tex_width(spelled)

    def sign(self, sign: str) -> str:
        return SIGNS.get(sign, sign)

    def at_start(self, sign: str) -> str:
        return f"{{}} {self.sign(sign)}"

    def number(self, literal: str) -> str:
        return number(literal, self.tall)

    def quantity(self, ref: Ref) -> str:
        return self.names.quantity(ref, self.tall)

    def function(self, name: str) -> str:
        return self.names.function(name)

    def over(self, kind: str, var: str) -> str:
        below = self.names.signs(var).strip()
        return f"\\sum_{{{below}}}" if kind == "sum" else f"\\mathrm{{{kind}}}_{{{below}}}"

    def from_to(self, kind: str, var: str, first: str, last: str) -> str:
        sign = r"\sum" if kind == "Σ" else r"\prod"
        return f"{sign}_{{{var}={first}}}^{{{last}}}"

    def enclosed(self, inner: str, bracket: str) -> str:
        """Brackets that grow with what is tall, and let a line break in what is not."""
        left, right = BRACKETS[bracket]
        if any(sign in inner for sign in TALL):
            return f"\\left{left}{inner}\\right{right}"
        return f"{left}{inner}{right}"

    def bracket(self, sign: str) -> str:
        return ENDS.get(sign, sign)

    def fraction(self, above: str, below: str) -> str:
        return f"\\frac{{{above}}}{{{below}}}"

    def raised(self, power: str) -> str:
        return f"^{{{power}}}"

    def is_raised(self, spelled: str) -> bool:
        return any(c in spelled for c in "^/") or r"\frac" in spelled

    def based(self, spelled: str, simple: bool) -> str:
        return spelled if simple and "'" not in spelled else f"{{{spelled}}}"

    def root(self, inner: str) -> str:
        return f"\\sqrt{{{inner}}}"

    def matrix(self, rows: Sequence[Sequence[str]]) -> str:
        columns = "r" * max(len(row) for row in rows)
        lines = r" \\ ".join(first_cell(" & ".join(row)) for row in rows)
        return f"\\left[\\begin{{array}}{{{columns}}}{lines}\\end{{array}}\\right]"

    def filled(self, value: str, shape: str) -> str:
        mark = r"\mathbf{1}" if value == "1" else "0"
        return f"{mark}_{{{shape}}}"

    def times(self, rows: str, columns: str) -> str:
        return f"{rows}\\times {columns}"

    def below(self, bound: int) -> str:
        return f"0\\ (\\lvert x\\rvert < 10^{{{bound}}})"

    def words(self, text: str) -> str:
        return f"\\text{{{self.names.foreign(text)}}}"

    def signs(self, text: str) -> str:
        return self.names.signs(text)

    def joined(self, line: str) -> str:
        before = ""
        while before != line:
            before, line = line, JOINT.sub(r"\1", line)
        return first_cell(line.rstrip())


def first_cell(row: str) -> str:
    """A row of a table that the end of the row before does not take for an option of its own."""
    return f"{{}}{row}" if row.startswith(("[", "*")) else row
