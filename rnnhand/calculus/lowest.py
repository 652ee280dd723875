"""Quotients in lowest terms: 3·x/3 as x, 2·x/(2·n) as x/n, 2·h·(g/T)·q as 2·h·g·q/T.

Only numbers and what has no step are put together below a line; a quotient of two quantities
stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from math import prod

from rnnhand.calculus.like_terms import as_number
from rnnhand.calculus.rules import ONE, ShapeOf, times
from rnnhand.language.tree import Apply, Expr, Number, children, refs, walk, with_children
from rnnhand.system.model import SCALAR


def lowest(expr: Expr, shape: ShapeOf) -> Expr:
    expr = with_children(expr, tuple(lowest(c, shape) for c in children(expr)))
    if number_of(expr) is not None or not isinstance(expr, Apply):
        return expr
    if expr.op == "*" and any(_is_share(a, shape) for a in expr.args):
        above, below = list[Expr](), list[Expr]()
        for arg in expr.args:
            if isinstance(arg, Apply) and _is_share(arg, shape):
                above += [a for a in _factors(arg.args[0], expr.spelling) if a != ONE]
                below += _factors(arg.args[1])
            else:
                above.append(arg)
        spelled = expr.spelling and len(above) > 1
        top = replace(expr, args=tuple(above)) if spelled else _product(above)
        return _reduced(Apply("/", (top, _product(below))))
    if expr.op == "/":
        top, bottom = expr.args
        if isinstance(top, Apply) and _is_share(top, shape) and _is_fixed(bottom, shape):
            below = [*_factors(top.args[1]), *_factors(bottom)]
            return _reduced(replace(expr, args=(top.args[0], _product(below))))
        return _reduced(expr)
    return expr


def number_of(expr: Expr) -> Fraction | None:
    """A number, with a sign or a line in it, as what it is."""
    match expr:
        case Number():
            return expr.value
        case Apply("/", (Number() as above, Number() as below)) if below.value:
            return above.value / below.value
        case Apply("neg", (inner,)):
            value = number_of(inner)
            return None if value is None else -value
        case _:
            return None


def _is_share(expr: Expr, shape: ShapeOf) -> bool:
    """Whether an expression is divided by what has no step."""
    divided = isinstance(expr, Apply) and expr.op == "/" and number_of(expr) is None
    return divided and isinstance(expr, Apply) and _is_fixed(expr.args[1], shape)


def _is_fixed(expr: Expr, shape: ShapeOf) -> bool:
    """A number, n, or a product of these."""
    simple = all(not isinstance(n, Apply) or n.op in ("*", "^") for n in walk(expr))
    return simple and shape(expr) == SCALAR and all(r.index is None for r in refs(expr))


def _factors(expr: Expr, spelling: str = "") -> Iterator[Expr]:
    """The factors of a product that is written as the one that it is in."""
    if isinstance(expr, Apply) and expr.op == "*" and expr.spelling == spelling:
        yield from expr.args
    else:
        yield expr


def _product(factors: Sequence[Expr]) -> Expr:
    """A product, its numbers as one at the beginning."""
    numbers = [n for f in factors if (n := number_of(f)) is not None]
    rest = [f for f in factors if number_of(f) is None]
    decimal = any(isinstance(f, Number) and "." in f.text for f in factors)
    size = as_number(prod(numbers, start=Fraction(1)), decimal)
    return times(*([size] if size != ONE or not rest else []), *rest)


def _reduced(expr: Apply) -> Expr:
    """The number above the line and the one below in lowest terms."""
    top, bottom = expr.args
    up, down = _split(top), _split(bottom)
    if up is None or down is None or down[0] in (0, 1) or up[0] == 0:
        return expr
    ratio = up[0] / down[0]
    decimal = any("." in n.text for n in (*walk(top), *walk(bottom)) if isinstance(n, Number))
    size = as_number(ratio, decimal)
    below: list[Expr] = list(down[1])
    if isinstance(size, Apply):  # a fraction that stays one
        size = Number(str(ratio.numerator))
        below.insert(0, Number(str(ratio.denominator)))
    above = times(*up[1]) if size == ONE and up[1] else times(size, *up[1])
    return above if not below else replace(expr, args=(above, times(*below)))


def _split(expr: Expr) -> tuple[Fraction, tuple[Expr, ...]] | None:
    """The number before a product, 1 where none stands there, and the other factors; None where it
    is negative."""
    value = number_of(expr)
    if value is not None:
        return (value, ()) if value > 0 else None
    if isinstance(expr, Apply) and expr.op == "*" and not expr.spelling:
        first = number_of(expr.args[0])
        if first is not None:
            return (first, expr.args[1:]) if first > 0 else None
    return Fraction(1), (expr,)
