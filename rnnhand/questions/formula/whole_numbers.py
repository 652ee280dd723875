"""Whole numbers that a formula is built with: ends of ranges, exponents, places of entries."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import prod

from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref, refs

MOST = 10**9


def constant(expr: Expr) -> Number | None:
    """The number that 3 - 1 is; None for what is one already, or is none."""
    if isinstance(expr, Number) or any(True for _ in refs(expr)):
        return None
    try:
        return Number(str(whole_number(expr, {})))
    except KeyError:
        return None


def whole_number(expr: Expr, values: Mapping[str, int]) -> int:
    """What sums, products and quotients of whole numbers and of names that have a value come to;
    `KeyError` for anything else, and for what is not whole."""
    found = _worked_out(expr, values)
    if found.denominator != 1 or abs(found) > MOST:
        raise KeyError(text(expr))
    return int(found)


def _worked_out(expr: Expr, values: Mapping[str, int]) -> Fraction:
    match expr:
        case Number():
            return expr.value
        case Ref(name, None):
            return Fraction(values[name])
        case Apply("+" | "-" as sign, (first, *rest)):
            turn = 1 if sign == "+" else -1
            return _worked_out(first, values) + turn * sum(_worked_out(r, values) for r in rest)
        case Apply("*", factors):
            return prod((_worked_out(f, values) for f in factors), start=Fraction(1))
        case Apply("/", (above, below)) if (divisor := _worked_out(below, values)) != 0:
            return _worked_out(above, values) / divisor
        case Apply("neg", (inner,)):
            return -_worked_out(inner, values)
        case _:
            raise KeyError(text(expr))
