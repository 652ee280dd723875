"""How the search for reductions looks at an expression: as a sum, as a product, as a block."""

from __future__ import annotations

from fractions import Fraction
from typing import TypeAlias

from rnnhand.calculus.rules import ShapeOf
from rnnhand.calculus.simplify import number
from rnnhand.language.tree import Apply, Expr, Number, Ref, rewrite
from rnnhand.system.model import SCALAR

Term: TypeAlias = tuple[Fraction, Expr]
ONE = Number("1")
WHOLE = Fraction(1)


def summands(expr: Expr, by: Fraction = WHOLE) -> list[Term]:
    """A sum as coefficients and terms, numbers gathered in one; a term is a sum of one."""
    found = _summands(expr, by)
    if len(found) == 1 and found[0][0]:
        return found
    whole = sum((c for c, e in found if e == ONE), Fraction(0))
    terms = [(c, e) for c, e in found if e != ONE and c]
    return [*terms, (whole, ONE)] if whole or not terms else terms


def _summands(expr: Expr, by: Fraction) -> list[Term]:
    match expr:
        case Number():
            return [(by * expr.value, ONE)]
        case Apply("+", args):
            return [t for a in args for t in _summands(a, by)]
        case Apply("-", (first, *others)):
            return [*_summands(first, by), *(t for a in others for t in _summands(a, -by))]
        case Apply("neg", (a,)):
            return _summands(a, -by)
        case Apply("*"):
            c, parts = factors(expr)
            by = by if c is WHOLE else by * c
            if len(parts) == 1:
                return _summands(parts[0], by)
            return [(by, product(parts))]
        case _:
            return [(by, expr)]


def factors(expr: Expr) -> tuple[Fraction, list[Expr]]:
    """A product as a number and factors; anything else as one factor."""
    match expr:
        case Number():
            return expr.value, []
        case Apply("*", args):
            c, found = WHOLE, list[Expr]()
            for a in args:
                own, parts = factors(a)
                found += parts
                if own is not WHOLE:
                    c = c * own
            return c, found
        case Apply("neg", (a,)):
            own, parts = factors(a)
            return -own, parts
        case _:
            return WHOLE, [expr]


def total(terms: list[Term]) -> Expr:
    """The sum of some terms, as a tree; one that is taken away, in the end, as a difference."""
    shown = [_scaled(e, c) for c, e in terms if c]
    if not shown:
        return Number("0")
    *most, last = shown
    if not most:
        return last
    if isinstance(last, Apply) and last.op == "neg":
        return Apply("-", (most[0] if len(most) == 1 else Apply("+", tuple(most)), last.args[0]))
    return Apply("+", tuple(shown))


def _scaled(expr: Expr, by: Fraction) -> Expr:
    if expr == ONE:
        return number(by)
    if by == 1:
        return expr
    return Apply("neg", (expr,)) if by == -1 else Apply("*", (number(by), expr))


def product(parts: list[Expr]) -> Expr:
    if not parts:
        return ONE
    return parts[0] if len(parts) == 1 else Apply("*", tuple(parts))


def negated(expr: Expr) -> Expr:
    """-x, without two signs in a row."""
    return total(summands(expr, Fraction(-1)))


def unstacked(expr: Expr, shape: ShapeOf) -> Expr:
    """W @ [x; h] as the sum of its blocks; products of scalars as products."""

    def split(node: Expr) -> Expr:
        if not isinstance(node, Apply) or node.op != "@":
            return node
        a, b = node.args
        if shape(a) == SCALAR or shape(b) == SCALAR:
            return Apply("*", (a, b))
        if not isinstance(b, Apply) or b.op != ";":
            return node
        start, blocks = 1, list[Expr]()
        for part in b.args:
            end = start + shape(part)[0] - 1
            cut = Apply("columns", (a, Number(str(start)), Number(str(end))))
            blocks.append(split(Apply("@", (cut, part))))
            start = end + 1
        return Apply("+", tuple(blocks))

    return rewrite(expr, split)


def without_divisions(expr: Expr) -> Expr:
    """x/2 as 1/2·x, so that the number before it is seen; 9/10 as one number."""

    def put(node: Expr) -> Expr:
        match node:
            case Apply("/", (Number() as a, Number() as b)) if b.value:
                return number(a.value / b.value)
            case Apply("/", (a, Number() as b)) if b.value:
                return _scaled(a, 1 / b.value)
            case _:
                return node

    return rewrite(expr, put)


def block_of(expr: Expr) -> Ref | None:
    """The name of which an expression is all or a block of columns."""
    match expr:
        case Ref(_, None):
            return expr
        case Apply("columns", (Ref(_, None) as inner, *_)):
            return inner
        case _:
            return None


def folded(expr: Expr) -> Expr:
    """The node without zeros in sums, zeros and ones in products."""
    match expr:
        case Apply("+" | "-" | "neg"):
            numbers = [a for a in expr.args if isinstance(a, Number)]
            worth = len(numbers) > 1 or Number("0") in numbers or len(numbers) == len(expr.args)
            return total(summands(expr)) if worth else expr
        case Apply("*"):
            c, parts = factors(expr)
            if not c or Number("0") in parts:
                return Number("0")
            if c == 1 and len(parts) == len(expr.args):
                return expr
            return _scaled(product(parts), c)
        case Apply("@", (a, b)) if Number("0") in (a, b):
            return Number("0")
        case Apply("T", (Number("0") as zero,)):
            return zero
        case _:
            return expr
