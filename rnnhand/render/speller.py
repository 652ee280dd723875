"""Expr → formulas in a language of typesetting; what is spelled differently is left to its heirs.

`tall` formulas stand in lines of their own, with fractions one above the other; others stand
inside a sentence, on one line, and are read as in a terminal.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self, assert_never

from rnnhand.document.decimal import between
from rnnhand.language.calls import identity, shown_arguments
from rnnhand.language.numerals import BLANK, SHORT, Numeral, Table
from rnnhand.language.tree import Apply, Expr, Number, Over, Ref
from rnnhand.render.boxes import LONGEST
from rnnhand.render.notation import LONGEST_FRACTION
from rnnhand.render.terms import (
    bracketed,
    factors,
    negated,
    stands,
    summands,
    summed,
    unfraction,
    width,
)


@dataclass(frozen=True)
class Speller(ABC):
    """A language of typesetting: the walk over a formula, and what its heirs have to say."""

    tall: bool = False

    @property
    def flat(self) -> Self:
        return replace(self, tall=False)

    # What each language spells

    dots: ClassVar[str]
    again: ClassVar[str]
    gap: ClassVar[str]
    """What stands for …, begins a line that goes on with a formula, and stands before a remark."""
    transposed: ClassVar[str]
    row_sum: ClassVar[str]
    blank: ClassVar[str]
    answer: ClassVar[str]
    """Lines to write a number on: one among others, and one that is the result."""

    @abstractmethod
    def width(self, spelled: str) -> float:
        """How wide a spelled formula is, in columns: the width of a digit."""

    @abstractmethod
    def sign(self, sign: str) -> str:
        """A sign between two formulas: + - · ⊙ = ≈ ← and the comparisons."""

    @abstractmethod
    def at_start(self, sign: str) -> str:
        """A sign between two formulas of which the first ends the line before."""

    @abstractmethod
    def number(self, literal: str) -> str:
        """−1/2, 1.5·10⁻¹²."""

    @abstractmethod
    def quantity(self, ref: Ref) -> str:
        """ŷ_t, ∂L/∂h_2."""

    @abstractmethod
    def function(self, name: str) -> str:
        """The name of a function, as it stands before its argument."""

    @abstractmethod
    def over(self, kind: str, var: str) -> str:
        """A sum or a mean over an index."""

    @abstractmethod
    def from_to(self, kind: str, var: str, first: str, last: str) -> str:
        """Σ or Π with its bounds."""

    @abstractmethod
    def enclosed(self, inner: str, bracket: str) -> str:
        """In brackets that grow: ( [ | ‖ ⌊."""

    @abstractmethod
    def bracket(self, sign: str) -> str:
        """One bracket, the other of which may stand on another line: ( ) [ ] |; or what stands
        between the items of a list, with its blanks."""

    @abstractmethod
    def fraction(self, above: str, below: str) -> str: ...

    @abstractmethod
    def raised(self, power: str) -> str:
        """What stands above, behind its base."""

    @abstractmethod
    def is_raised(self, spelled: str) -> bool:
        """Whether a name has something above itself, or is a fraction."""

    @abstractmethod
    def based(self, spelled: str, simple: bool) -> str:
        """What a power stands at, so that all of it is its base."""

    @abstractmethod
    def root(self, inner: str) -> str: ...

    @abstractmethod
    def matrix(self, rows: Sequence[Sequence[str]]) -> str:
        """In square brackets, numbers to the right."""

    @abstractmethod
    def filled(self, value: str, shape: str) -> str:
        """A matrix of zeros or ones, with its shape below."""

    @abstractmethod
    def times(self, rows: str, columns: str) -> str: ...

    @abstractmethod
    def words(self, text: str) -> str:
        """Words inside a formula."""

    @abstractmethod
    def signs(self, text: str) -> str:
        """Any text as signs of a formula."""

    @abstractmethod
    def joined(self, line: str) -> str:
        """A line of parts, words side by side as one text."""

    # The walk

    def formula(self, expr: Expr) -> str:
        match expr:
            case Number(text):
                return self.number(text)
            case Ref("…"):
                return self.dots
            case Ref():
                return self.quantity(expr)
            case Over(kind, var, _):
                return f"{self.over(kind, var)} {self.formula(summed(expr))}"
            case Apply():
                return self._operation(expr)
            case _:
                assert_never(expr)

    def _operation(self, expr: Apply) -> str:
        op, args = expr.op, expr.args
        match op:
            case "+" | "-":
                return self._signed(summands(expr))
            case "*" | "@":
                return self._signed([(s, self._bare(e)) for s, e in factors(expr)])
            case "/":
                return self._quotient(expr)
            case "neg":
                return "-" + self.formula(negated(expr))
            case "^":
                return self._based(bracketed(expr, 0)) + self.raised(self.flat.formula(args[1]))
            case "T":
                return self._based(bracketed(expr, 0)) + self.transposed
            case "=":
                return f"{self.formula(args[0])} = {self.formula(args[1])}"
            case ">" | "<" | ">=" | "<=" | "==" | "!=":
                left, right = map(self.formula, args)
                return self.enclosed(f"{left} {self.sign(op)} {right}", "[")
            case "," | ";":
                rows = args if op == ";" else (expr,)
                cells = [r.args if isinstance(r, Apply) and r.op == "," else (r,) for r in rows]
                return self.matrix([[self.flat.formula(x) for x in row] for row in cells])
            case "()":
                return self.enclosed(self.formula(args[0]), "(")
            case "fill":
                return self._filled(expr)
            case "diag" if (one := identity(expr)) is not None:
                return self.formula(one)
            case "sqrt":
                return self.root(self.formula(args[0]))
            case "norm2":
                return self.enclosed(self.formula(args[0]), "‖")
            case "abs":
                return self.enclosed(self.formula(args[0]), "|")
            case "floor":
                return self.enclosed(self.formula(args[0]), "⌊")
            case "Σ" | "Π":
                return f"{self.ranging(expr)} {self.formula(summed(expr))}"
            case "entry":
                return self.formula(bracketed(expr, 0)) + self._list(args[1:])
            case _:
                return self.head(expr) + self._list(shown_arguments(expr))

    def _signed(self, terms: list[tuple[str, Expr]]) -> str:
        return " ".join(f"{s and self.sign(s)} {self.formula(e)}".strip() for s, e in terms)

    def head(self, expr: Apply) -> str:
        """The name of a function, as it stands before its argument."""
        if expr.op == "sum_rows":
            return self.row_sum
        return self.function("ln" if expr.op == "log" else expr.spelling or expr.op)

    def ranging(self, expr: Apply) -> str:
        """Σ and Π with their bounds."""
        var, first, last = (self.flat.formula(a) for a in expr.args[:3])
        return self.from_to(expr.op, var, first, last)

    def _list(self, args: tuple[Expr, ...]) -> str:
        return self.enclosed(self.listed(between(*args)).join(map(self.formula, args)), "(")

    def listed(self, sign: str) -> str:
        """What stands between the arguments of a function."""
        return sign

    def _bare(self, factor: Expr) -> Expr:
        """A factor without brackets around a fraction that the fraction's line replaces."""
        if self.tall and isinstance(factor, Apply) and factor.op == "()":
            (inner,) = factor.args
            if isinstance(inner, Apply) and inner.op == "/" and stands(inner):
                return inner
        return factor

    def _quotient(self, expr: Apply) -> str:
        if self.tall and stands(expr):
            above, below = (self.flat.formula(a) for a in expr.args)
            return self.fraction(above, below)
        parts = [self.formula(unfraction(bracketed(expr, i))) for i in range(len(expr.args))]
        return self.bracket("/").join(parts)

    def _based(self, base: Expr) -> str:
        """What a power or a ᵀ stands at: in brackets where it has strokes or powers itself."""
        text = self.formula(base)
        named = isinstance(base, Ref | Number)
        own = isinstance(base, Apply) and base.op in ("^", "T")
        if own or (named and self.is_raised(text)):
            return self.enclosed(text, "(")
        return self.based(text, named)

    def _filled(self, expr: Apply) -> str:
        value, rows, columns = expr.args
        shape = self.times(self.flat.formula(rows), self.flat.formula(columns))
        if isinstance(value, Number) and value.text in ("0", "1"):
            return self.filled(value.text, shape)
        product = Apply("*", (value, Number("1")))
        return f"{self.formula(bracketed(product, 0))} {self.sign('·')} {self.filled('1', shape)}"

    # Values

    def table(self, table: Table) -> str:
        """A value: a number, a column, a matrix."""
        if isinstance(table, Numeral):
            return self._numeral(table)
        rows = [row if isinstance(row, tuple) else (row,) for row in table]
        return self.matrix([[self.flat.table(x) for x in row] for row in rows])

    @abstractmethod
    def below(self, bound: int) -> str:
        """A number of which is known only that it is smaller than a power of ten."""

    def _numeral(self, n: Numeral) -> str:
        if n.bound is not None:
            return self.below(n.bound)
        if n == BLANK:
            return self.blank
        exact, decimal = n.exact, n.decimal
        if isinstance(exact, Number) and (len(exact.text) <= SHORT or decimal is None):
            return self.number(exact.text)
        short = exact is not None and not isinstance(exact, Number) and width(exact) <= LONGEST
        if exact is not None and (short or decimal is None):
            return self.formula(exact)
        return self.number(decimal or "")

    def worth(self, n: Numeral) -> list[tuple[str, str | Expr]]:
        """The forms of a result, each after its sign: exactly, then in decimals."""
        if n == BLANK:
            return [("=", self.answer)]
        found: list[tuple[str, str | Expr]] = []
        exact = n.exact
        readable = exact is not None and (
            not isinstance(exact, Number) or len(exact.text) <= LONGEST_FRACTION
        )
        if exact is not None and readable:
            found.append(("=", exact))
        whole = isinstance(exact, Number) and "/" not in exact.text
        if n.decimal is not None and not (readable and whole):
            flat = self.flat
            shown = flat.below(n.bound) if n.bound is not None else flat.number(n.decimal)
            found.append(("≈" if n.rounded else "=", shown))
        return found
