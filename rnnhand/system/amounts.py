"""Whole numbers, or formulas in letters that stand for whole numbers: 28, C_in, 2*p + 24.

What is made of numbers is worked out; a formula keeps the form in which it was put together.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from rnnhand.language import limits
from rnnhand.language.tree import Apply, Expr, Number, Ref, refs, rewrite


def number(value: Fraction | int) -> Number:
    return Number(str(value))


def value_of(expr: Expr) -> Fraction | None:
    """The number that an amount is; None where a letter is in it."""
    return expr.value if isinstance(expr, Number) else None


def plus(*terms: Expr) -> Expr:
    """The sum, its numbers gathered at the end: n + 2·p − 4."""
    flat = [part for term in terms for part in _summands(term)]
    letters = [part for part in flat if value_of(part) is None]
    rest = sum((part.value for part in flat if isinstance(part, Number)), Fraction(0))
    if not letters:
        return number(rest)
    total = letters[0] if len(letters) == 1 else Apply("+", tuple(letters))
    if rest > 0:
        return Apply("+", (*letters, number(rest)))
    return Apply("-", (total, number(-rest))) if rest < 0 else total


def _summands(expr: Expr) -> tuple[Expr, ...]:
    match expr:
        case Apply("+", args):
            return tuple(part for arg in args for part in _summands(arg))
        case Apply("-", (a, Number() as b)):
            return (*_summands(a), number(-b.value))
        case _:
            return (expr,)


def minus(a: Expr, b: Expr) -> Expr:
    known = value_of(b)
    if known is not None:
        return plus(a, number(-known))
    return Apply("-", (a, b)) if value_of(a) != 0 else Apply("neg", (b,))


def times(*factors: Expr) -> Expr:
    """The product, its number first."""
    flat = [f for factor in factors for f in _factors(factor)]
    known = Fraction(1)
    for factor in flat:
        known *= factor.value if isinstance(factor, Number) else 1
    letters = [f for f in flat if value_of(f) is None]
    if not letters or known == 0:
        return number(known)
    parts = letters if known == 1 else [number(known), *letters]
    return parts[0] if len(parts) == 1 else Apply("*", tuple(parts))


def _factors(expr: Expr) -> tuple[Expr, ...]:
    return expr.args if isinstance(expr, Apply) and expr.op == "*" else (expr,)


def over(a: Expr, b: Expr) -> Expr:
    one, other = value_of(a), value_of(b)
    if other == 1 or one == 0:
        return a
    if one is not None and other:
        return number(one / other)
    return Number("1") if a == b else Apply("/", (a, b))


def floor(a: Expr) -> Expr:
    """⌊a⌋; a formula without a division in it is whole already."""
    known = value_of(a)
    if known is not None:
        return number(known.numerator // known.denominator)
    return Apply("floor", (a,)) if isinstance(a, Apply) and a.op == "/" else a


def raised(a: Expr, n: Expr) -> Expr:
    base, power = value_of(a), value_of(n)
    if power == 1 or base == 1:
        return a
    if power == 0:
        return Number("1")
    if base is not None and power is not None and power.denominator == 1 and power <= limits.POWER:
        return number(Fraction(base ** int(power)))
    return Apply("^", (a, n))


def letters(*amounts: Expr) -> list[str]:
    """The letters in some amounts, each once, in order."""
    return list(dict.fromkeys(ref.name for amount in amounts for ref in refs(amount)))


def with_values(expr: Expr, values: Mapping[str, Expr]) -> Expr:
    """The amount, letters put in and what is made of numbers worked out."""

    def put(node: Expr) -> Expr:
        match node:
            case Ref(name, None):
                return values.get(name, node)
            case Apply("+", args):
                return plus(*args)
            case Apply("-", (a, b)):
                return minus(a, b)
            case Apply("neg", (a,)):
                return times(Number("-1"), a)
            case Apply("*", args):
                return times(*args)
            case Apply("/", (a, b)):
                return over(a, b)
            case Apply("^", (a, b)):
                return raised(a, b)
            case Apply("floor", (a,)):
                return floor(a)
            case _:
                return node

    return rewrite(expr, put)
