"""Expr → TeX: the formulas of Markdown, LaTeX and notebooks.

`tall` formulas stand in lines of their own, with fractions one above the other; others stand
inside a sentence, on one line, and are read as in a terminal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from rnnhand.document.decimal import between
from rnnhand.language.calls import shown_arguments
from rnnhand.language.numerals import SHORT, Numeral, Table
from rnnhand.language.printer import needs_brackets
from rnnhand.language.tree import Apply, Expr, Number, Over, Ref
from rnnhand.render.boxes import LONGEST, formula
from rnnhand.render.notation import LONGEST_FRACTION, UNICODE
from rnnhand.render.tex_names import Names, number

RELATIONS = {
    **{">": ">", "<": "<", ">=": r"\ge", "<=": r"\le", "==": "=", "!=": r"\ne", "=": "="},
}
WIDEST_SIDE = 48
"""Columns up to which the two sides of a fraction may stand one above the other."""
TALL = (r"\frac", r"\begin", r"\sum", r"\prod")


def width(expr: Expr) -> int:
    """How wide a formula is, in columns of a terminal."""
    return formula(expr, UNICODE).width


def bracketed(parent: Apply, i: int) -> Expr:
    """The argument as it stands in its parent: in brackets where it needs them."""
    arg = parent.args[i]
    ranging = isinstance(arg, Over) or (isinstance(arg, Apply) and arg.op in ("Σ", "Π"))
    last = i + 1 == len(parent.args) and parent.op in ("*", "@") and isinstance(arg, Apply)
    wants = needs_brackets(parent, i) or (ranging and parent.op not in ("+", "-") and not last)
    wants = wants or (i > 0 and isinstance(arg, Apply) and arg.op == "neg" and parent.op in "*@/")
    if parent.op == "*" and isinstance(arg, Number) and not arg.text.startswith("-"):
        wants = False  # 1/2·5/4 can only be read in one way
    if isinstance(arg, Apply) and {parent.op, arg.op} == {"*", "@"}:
        wants = wants or "⊙" in (parent.spelling, arg.spelling)  # A ⊙ B·C would have two readings
    wants = wants or (isinstance(arg, Number) and "e" in arg.text and parent.op in ("^", "/"))
    return Apply("()", (arg,)) if wants else arg


def summands(expr: Expr) -> list[tuple[str, Expr]]:
    """A sum as its summands with their signs, the first without one; anything else as one."""
    if not (isinstance(expr, Apply) and expr.op in ("+", "-")):
        return [("", expr)]
    first = bracketed(expr, 0)
    found = summands(first) if first is expr.args[0] else [("", first)]
    for i, arg in enumerate(expr.args[1:], 1):
        sign = "+" if expr.op == "+" else "-"
        if expr.op == "+" and isinstance(arg, Apply) and arg.op == "neg":
            (inner,) = arg.args
            product = isinstance(inner, Apply) and inner.op in ("*", "@", "/")
            found.append(("-", inner if product else bracketed(arg, 0)))
        elif _starts_negative(arg):
            found.append((sign, _first_enclosed(arg)))
        else:
            found.append((sign, bracketed(expr, i)))
    return found


def factors(expr: Expr) -> list[tuple[str, Expr]]:
    """A product as its factors with the signs before them; anything else as one."""
    if not (isinstance(expr, Apply) and expr.op in ("*", "@")):
        return [("", expr)]
    sign = r"\odot" if expr.spelling == "⊙" else r"\cdot"
    first = bracketed(expr, 0)
    found = factors(first) if first is expr.args[0] else [("", first)]
    return [*found, *((sign, bracketed(expr, i)) for i in range(1, len(expr.args)))]


def _starts_negative(expr: Expr) -> bool:
    """Whether a product begins with a negative number: −4·0."""
    first = expr
    while isinstance(first, Apply) and first.op in ("*", "@", "/"):
        first = first.args[0]
    return first is not expr and isinstance(first, Number) and first.text.startswith("-")


def _first_enclosed(expr: Expr) -> Expr:
    """The product with its first factor in brackets: (−4)·0."""
    if isinstance(expr, Apply) and expr.op in ("*", "@", "/"):
        return replace(expr, args=(_first_enclosed(expr.args[0]), *expr.args[1:]))
    return Apply("()", (expr,))


def enclosed(inner: str, left: str, right: str) -> str:
    """Brackets that grow with what is tall, and let a line break in what is not."""
    if any(sign in inner for sign in TALL):
        return f"\\left{left}{inner}\\right{right}"
    return f"{left}{inner}{right}"


def matrix(rows: Sequence[Sequence[str]]) -> str:
    """A matrix in square brackets, numbers to the right."""
    columns = "r" * max(len(row) for row in rows)
    lines = r" \\ ".join(first_cell(" & ".join(row)) for row in rows)
    return f"\\left[\\begin{{array}}{{{columns}}}{lines}\\end{{array}}\\right]"


def first_cell(row: str) -> str:
    """A row of a table that the end of the row before does not take for an option of its own."""
    return f"{{}}{row}" if row.startswith(("[", "*")) else row


@dataclass(frozen=True)
class Tex:
    """How one output writes formulas."""

    names: Names
    tall: bool = False

    @property
    def flat(self) -> Tex:
        return replace(self, tall=False)

    def formula(self, expr: Expr) -> str:
        match expr:
            case Number(text):
                return number(text, self.tall)
            case Ref("…"):
                return r"\dots"
            case Ref():
                return self.names.quantity(expr, self.tall)
            case Over(kind, var, _):
                return f"{self.over(kind, var)} {self.formula(summed(expr))}"
            case Apply():
                return self._operation(expr)
            case _:
                assert_never(expr)

    def over(self, kind: str, var: str) -> str:
        below = self.names.signs(var).strip()
        return f"\\sum_{{{below}}}" if kind == "sum" else f"\\mathrm{{{kind}}}_{{{below}}}"

    def _operation(self, expr: Apply) -> str:
        op, args = expr.op, expr.args
        match op:
            case "+" | "-":
                return " ".join(f"{s} {self.formula(e)}".strip() for s, e in summands(expr))
            case "*" | "@":
                return " ".join(
                    f"{s} {self.formula(self._bare(e))}".strip() for s, e in factors(expr)
                )
            case "/":
                return self._quotient(expr)
            case "neg":
                return "-" + self.formula(negated(expr))
            case "^":
                return self._power(expr)
            case "T":
                return f"{self._based(bracketed(expr, 0))}^{{\\top}}"
            case "=":
                return f"{self.formula(args[0])} = {self.formula(args[1])}"
            case ">" | "<" | ">=" | "<=" | "==" | "!=":
                left, right = map(self.formula, args)
                return enclosed(f"{left} {RELATIONS[op]} {right}", "[", "]")
            case "," | ";":
                rows = args if op == ";" else (expr,)
                cells = [r.args if isinstance(r, Apply) and r.op == "," else (r,) for r in rows]
                return matrix([[self.flat.formula(x) for x in row] for row in cells])
            case "()":
                return enclosed(self.formula(args[0]), "(", ")")
            case "fill":
                return self._filled(expr)
            case "sqrt":
                return f"\\sqrt{{{self.formula(args[0])}}}"
            case "norm2":
                return enclosed(self.formula(args[0]), r"\lVert ", r"\rVert ")
            case "abs":
                return enclosed(self.formula(args[0]), r"\lvert ", r"\rvert ")
            case "floor":
                return enclosed(self.formula(args[0]), r"\lfloor ", r"\rfloor ")
            case "Σ" | "Π":
                return f"{self.ranging(expr)} {self.formula(summed(expr))}"
            case "entry":
                return self.formula(args[0]) + self._list(args[1:])
            case _:
                return self.head(expr) + self._list(shown_arguments(expr))

    def head(self, expr: Apply) -> str:
        """The name of a function, as it stands before its argument."""
        if expr.op == "sum_rows":
            return r"\Sigma_{\mathrm{rows}}"
        return self.names.function("ln" if expr.op == "log" else expr.spelling or expr.op)

    def ranging(self, expr: Apply) -> str:
        """Σ and Π with their bounds."""
        sign = r"\sum" if expr.op == "Σ" else r"\prod"
        var, first, last = (self.flat.formula(a) for a in expr.args[:3])
        return f"{sign}_{{{var}={first}}}^{{{last}}}"

    def _list(self, args: tuple[Expr, ...]) -> str:
        return enclosed(between(*args).join(map(self.formula, args)), "(", ")")

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
            return f"\\frac{{{above}}}{{{below}}}"
        parts = [self.formula(self._unfraction(bracketed(expr, i))) for i in range(len(expr.args))]
        return "/".join(parts)

    def _unfraction(self, expr: Expr) -> Expr:
        """∂L/∂w, and 1/2, in brackets where a stroke follows or precedes."""
        stroke = isinstance(expr, Ref | Number) and "/" in (
            expr.name if isinstance(expr, Ref) else expr.text
        )
        return Apply("()", (expr,)) if stroke else expr

    def _based(self, base: Expr) -> str:
        """What a power or a ᵀ stands at: in brackets where it has strokes or powers itself."""
        text = self.formula(base)
        raised = not isinstance(base, Apply) and any(c in text for c in "^/")
        if raised or (isinstance(base, Ref | Number) and r"\frac" in text):
            return enclosed(text, "(", ")")
        own = isinstance(base, Apply) and base.op in ("^", "T")
        if own:
            return enclosed(text, "(", ")")
        return text if isinstance(base, Ref | Number) and "'" not in text else f"{{{text}}}"

    def _power(self, expr: Apply) -> str:
        return f"{self._based(bracketed(expr, 0))}^{{{self.flat.formula(expr.args[1])}}}"

    def _filled(self, expr: Apply) -> str:
        value, rows, columns = expr.args
        shape = f"{self.flat.formula(rows)}\\times {self.flat.formula(columns)}"
        if isinstance(value, Number) and value.text in ("0", "1"):
            mark = r"\mathbf{1}" if value.text == "1" else "0"
            return f"{mark}_{{{shape}}}"
        product = Apply("*", (value, Number("1")))
        return f"{self.formula(bracketed(product, 0))} \\cdot \\mathbf{{1}}_{{{shape}}}"

    # Values

    def table(self, table: Table) -> str:
        """A value: a number, a column, a matrix."""
        if isinstance(table, Numeral):
            return self._numeral(table)
        rows = [row if isinstance(row, tuple) else (row,) for row in table]
        return matrix([[self.flat.table(x) for x in row] for row in rows])

    def _numeral(self, n: Numeral) -> str:
        if n.bound is not None:
            return f"0\\ (\\lvert x\\rvert < 10^{{{n.bound}}})"
        exact, decimal = n.exact, n.decimal
        if isinstance(exact, Number) and (len(exact.text) <= SHORT or decimal is None):
            return number(exact.text, self.tall)
        short = exact is not None and not isinstance(exact, Number) and width(exact) <= LONGEST
        if exact is not None and (short or decimal is None):
            return self.formula(exact)
        return number(decimal or "", self.tall)

    def worth(self, n: Numeral) -> list[tuple[str, str | Expr]]:
        """The forms of a result, each after its sign: exactly, then in decimals."""
        found: list[tuple[str, str | Expr]] = []
        exact = n.exact
        readable = exact is not None and (
            not isinstance(exact, Number) or len(exact.text) <= LONGEST_FRACTION
        )
        if exact is not None and readable:
            found.append(("=", exact))
        whole = isinstance(exact, Number) and "/" not in exact.text
        if n.decimal is not None and not (readable and whole):
            shown = self._numeral(n) if n.bound is not None else number(n.decimal, False)
            found.append((r"\approx" if n.rounded else "=", shown))
        return found


def summed(expr: Over | Apply) -> Expr:
    """What a sum runs over, in brackets where it is itself a sum."""
    body = expr.body if isinstance(expr, Over) else expr.args[3]
    if isinstance(body, Apply) and body.op in ("+", "-"):
        return Apply("()", (body,))
    return body


def negated(expr: Apply) -> Expr:
    """What stands behind a minus sign."""
    (inner,) = expr.args
    product = isinstance(inner, Apply) and inner.op in ("*", "@", "/")
    return inner if product else bracketed(expr, 0)


def stands(expr: Apply) -> bool:
    """Whether the sides of a quotient are short enough to stand one above the other."""
    return len(expr.args) == 2 and all(width(a) <= WIDEST_SIDE for a in expr.args)
