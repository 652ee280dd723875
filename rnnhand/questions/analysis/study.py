"""A function of one variable as it was written, and its derivatives by the rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import TypeAlias

from rnnhand.arithmetic.forms import signed_sum
from rnnhand.arithmetic.pieces import has_value, inlined
from rnnhand.arithmetic.scalar import strange
from rnnhand.calculus.rules import ONE, plus, pulled
from rnnhand.calculus.tidy import tidy
from rnnhand.errors import Diagnostic, Failure, Span, failure, similar
from rnnhand.language.lexer import START
from rnnhand.language.operations import Functions
from rnnhand.language.parser import parse_expression
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref, refs, rewrite, walk
from rnnhand.problem.library import functions
from rnnhand.system.build import resolved
from rnnhand.system.model import SCALAR, Shape

USUAL = ("t", "x", "z", "h", "s", "u")
"""Names that are the variable where nobody says which one is."""

MOST_LETTERS = 3

PLACES = tuple(
    sign * Fraction(size)
    for size in ("1/3", "7/5", "41/9", "1000/7", "1000000", "1000000000000")
    for sign in (1, -1)
)
"""Where a function is tried: one that has a value at none of them is taken to have none."""

Point: TypeAlias = Mapping[str, Fraction]
"""A number for every name."""


@dataclass(frozen=True)
class Study:
    """f(var) = expr, with letters. `name` is that of the function of the library that it is."""

    expr: Expr
    var: str
    letters: tuple[str, ...]
    name: str = ""

    @property
    def variable(self) -> Ref:
        return Ref(self.var)


def scalar(expr: Expr) -> Shape:
    return SCALAR


@cache
def library() -> Functions:
    return functions()


def read(written: str, by: str = "", origin: Span = START) -> Study:
    """The function that a text is: the name of one of the library, or a formula."""
    known = {alias: f for f in library().values() for alias in (f.name, *f.aliases)}
    bare = {"exp", "log", "ln", "sqrt"}
    name = written.strip()
    if name in bare:
        body: Expr = Apply("log" if name == "ln" else name, (Ref(by or "x"),))
        return Study(body, by or "x", (), name)
    if name in known:
        f = known[name]
        first, *others = f.parameters
        var = by or first
        if var in others:
            raise failure("analyse-variable", origin, "hint-analyse-variable", found=var,
                          known=first)  # fmt: skip
        return Study(Apply(f.name, (Ref(var), *map(Ref, others))), var, tuple(others), f.name)
    expr = formula(written, origin)
    if isinstance(expr, Ref) and not by and len(expr.name) > 2:
        # A word that stands alone is meant to be a function.
        raise failure("unknown-function", origin, "hint-did-you-mean" if similar(name, known)
                      else "hint-functions", name=name[:40], suggestion=similar(name, known),
                      known=", ".join(sorted(library())))  # fmt: skip
    names = tuple(dict.fromkeys(r.name for r in refs(expr)))
    if by:
        if by not in names:
            close = similar(by, names)
            raise failure("analyse-variable", origin, "hint-did-you-mean" if close else None,
                          found=by, known=", ".join(names), suggestion=close)  # fmt: skip
        var = by
    elif len(names) <= 1:
        var = names[0] if names else "x"
    else:
        usual = [n for n in USUAL if n in names]
        if not usual:
            raise failure("analyse-which", origin, "hint-analyse-which", known=", ".join(names),
                          name=names[0])  # fmt: skip
        var = usual[0]
    letters = tuple(n for n in names if n != var)
    if len(letters) > MOST_LETTERS:
        raise failure("analyse-letters", origin, found=len(letters), limit=MOST_LETTERS)
    if not letters and not any(has_value(plain(expr), {var: x}) for x in PLACES):
        raise failure("analyse-no-values", origin, found=var)
    return Study(expr, var, letters)


def formula(written: str, origin: Span = START) -> Expr:
    """A formula in scalars, its functions under their one name."""
    wrong: list[Diagnostic] = []
    expr = resolved(parse_expression(written, origin=origin), library(), wrong)
    if wrong:
        raise Failure(dict.fromkeys(wrong))
    check_divisors(expr)
    odd = strange(expr, library())
    if odd is not None:
        raise failure("not-a-scalar-formula", odd.span, "hint-scalar-formula", found=text(odd))
    return expr


def check_divisors(expr: Expr) -> None:
    """Raises `Failure` where something is divided by the number 0."""
    for node in walk(expr):
        if isinstance(node, Apply) and node.op == "/" and node.args[1] == Number("0"):
            raise failure("divided-by-nought", node.span, found=text(node)[:40])


def derivative(expr: Expr, by: str) -> Expr:
    """The derivative by the rules, tidied."""
    parts = [
        g for ref, g in pulled(expr, ONE, scalar, library()) if ref.name == by and ref.index is None
    ]
    return with_minus(tidy(plus(*parts), scalar)) if parts else Number("0")


def with_minus(expr: Expr) -> Expr:
    """a + (−b) as a − b."""

    def put(node: Expr) -> Expr:
        match node:
            case Apply("+", args) if any(isinstance(a, Apply) and a.op == "neg" for a in args[1:]):
                return signed_sum([_sign(a) for a in args])
            case _:
                return node

    return rewrite(expr, put)


def _sign(expr: Expr) -> tuple[int, Expr]:
    if isinstance(expr, Apply) and expr.op == "neg":
        return -1, expr.args[0]
    return 1, expr


def plain(expr: Expr) -> Expr:
    """Down to exp, log, sqrt, max, min and comparisons; what is multiplied by 0 is gone."""
    return tidy(inlined(expr, library()), scalar)


def settled(expr: Expr) -> Expr:
    """Tidied, its products with 0 and sums with 0 gone."""
    return tidy(expr, scalar)
