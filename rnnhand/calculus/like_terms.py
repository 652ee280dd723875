"""Equal summands taken together: x·y + y·x is 2·x·y, and μ/2·V + V·μ/2 is μ·V.

Summands are equal where they are products of the same factors, whatever their numbers and order.
Nothing is multiplied out, and summands that take each other away stay: it is worth seeing that
they do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from math import prod

from rnnhand.calculus.gradient import Gradient, shapes_in, with_adjoints
from rnnhand.calculus.rules import ONE, ShapeOf
from rnnhand.language.tree import Apply, Expr, Number, Ref, children, with_children
from rnnhand.system.model import SCALAR, Equation, Term


@dataclass(frozen=True)
class Summand:
    """A product as its number and the rest of it, None where there is no rest. `decimal` says
    whether its number is written as a decimal."""

    number: Fraction
    rest: Expr | None
    decimal: bool


def with_like_terms(expr: Expr, shape: ShapeOf) -> Expr:
    """The same value; in every sum, equal summands are one."""
    expr = with_children(expr, tuple(with_like_terms(c, shape) for c in children(expr)))
    if not (isinstance(expr, Apply) and expr.op == "+"):
        return expr
    found = _together(expr.args, shape)
    return found[0] if len(found) == 1 else replace(expr, args=tuple(found))


def equation_with_like_terms(equation: Equation, shape: ShapeOf) -> Equation:
    """An adjoint equation in which equal summands that come by one route at the same steps are
    one."""
    groups: dict[tuple[Ref | None, range | None], list[Term]] = {}
    for term in equation.terms:
        groups.setdefault((term.route, term.steps), []).append(term)
    terms = []
    for like in groups.values():
        bodies = _together([with_like_terms(t.body, shape) for t in like], shape)
        terms += [replace(like[0], body=body) for body in bodies]
    return replace(equation, terms=tuple(terms))


def gradient_with_like_terms(found: Gradient) -> Gradient:
    """The same gradient; what comes back by one route is one summand where it can be."""
    shape = shapes_in(found.system)
    return with_adjoints(found, lambda e: equation_with_like_terms(e, shape))


def _together(summands: Sequence[Expr], shape: ShapeOf) -> list[Expr]:
    groups: dict[frozenset[tuple[Expr, int]], list[tuple[Expr, Summand]]] = {}
    for expr in summands:
        summand = _taken_apart(expr, shape)
        factors = () if summand.rest is None else _factors(summand.rest, shape)
        key = frozenset(Counter(factors).items())
        groups.setdefault(key, []).append((expr, summand))
    found = []
    for like in groups.values():
        number = sum((s.number for _, s in like), Fraction(0))
        if len(like) == 1 or not number:
            found += [expr for expr, _ in like]
        else:
            found.append(_scaled(number, like[0][1].rest, any(s.decimal for _, s in like)))
    return found


def _factors(expr: Expr, shape: ShapeOf) -> Iterator[Expr]:
    match expr:
        case Apply("*", args):
            for arg in args:
                yield from _factors(arg, shape)
        case Apply("@", args) if _is_scaling(expr, shape):
            for arg in args:
                yield from _factors(arg, shape)
        case Apply("/", (above, below)) if above != ONE:
            yield from _factors(above, shape)
            yield Apply("/", (ONE, below))
        case _:
            yield expr


def _is_scaling(expr: Apply, shape: ShapeOf) -> bool:
    """Whether a product @ has a number on one side."""
    return SCALAR in map(shape, expr.args)


def _taken_apart(expr: Expr, shape: ShapeOf) -> Summand:
    match expr:
        case Number():
            return Summand(expr.value, None, "." in expr.text)
        case Apply("neg", (inner,)):
            found = _taken_apart(inner, shape)
            return replace(found, number=-found.number)
        case Apply("/", (above, Number() as below)) if below.value:
            found = _taken_apart(above, shape)
            return replace(found, number=found.number / below.value)
        case Apply("/", (above, below)):
            found = _taken_apart(above, shape)
            return replace(found, rest=replace(expr, args=(found.rest or ONE, below)))
        case Apply("*" | "@", args) if expr.op == "*" or _is_scaling(expr, shape):
            parts = [_taken_apart(arg, shape) for arg in args]
            rests = tuple(p.rest for p in parts if p.rest is not None)
            rest = None if not rests else rests[0]
            if len(rests) > 1:
                rest = Apply("*", rests, expr.span, expr.spelling)
            number = prod((p.number for p in parts), start=Fraction(1))
            return Summand(number, rest, any(p.decimal for p in parts))
        case _:
            return Summand(Fraction(1), expr, False)


def _scaled(number: Fraction, rest: Expr | None, decimal: bool) -> Expr:
    size = as_number(abs(number), decimal)
    if rest is None:
        found = size
    elif abs(number) == 1:
        found = rest
    elif isinstance(rest, Apply) and rest.op == "*" and not rest.spelling:
        found = replace(rest, args=(size, *rest.args))
    else:
        found = Apply("*", (size, rest))
    return Apply("neg", (found,)) if number < 0 else found


def as_number(value: Fraction, decimal: bool) -> Expr:
    """A number as people write it; in decimals where it was and ends."""
    if value.denominator == 1:
        return Number(str(value.numerator))
    if decimal and all(p in (2, 5) for p in _primes(value.denominator)):
        return Number(format(Decimal(value.numerator) / Decimal(value.denominator), "f"))
    return Apply("/", (Number(str(value.numerator)), Number(str(value.denominator))))


def _primes(n: int) -> Iterator[int]:
    """2 and 5 as often as they divide n, and what is left of it."""
    for p in (2, 5):
        while n % p == 0:
            yield p
            n //= p
    if n > 1:
        yield n
