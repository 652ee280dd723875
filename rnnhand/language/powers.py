"""Exponents that are made of numbers only: known beforehand, and bounded."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import reduce

from rnnhand.errors import Diagnostic, Failure, failure
from rnnhand.language import limits
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, walk


def constant_value(expr: Expr) -> Fraction | None:
    """The value of an exponent that is made of numbers only; None for any other. Raises where it
    is out of bounds."""
    operations = {"neg", "+", "-", "*", "/", "^"}
    for node in walk(expr):
        if not isinstance(node, Number) and getattr(node, "op", None) not in operations:
            return None
    return _value(expr)


def _value(expr: Expr) -> Fraction | None:
    value: Fraction | None = None
    match expr:
        case Number():
            value = expr.value
        case Apply("neg", (a,)):
            inner = _value(a)
            value = None if inner is None else -inner
        case Apply("+" | "-" | "*" | "/" | "^" as op, args):
            known = [value for value in map(_value, args) if value is not None]
            if len(known) == len(args):
                value = _folded(op, known, expr)
    if value is not None and max(abs(value.numerator), value.denominator) > limits.POWER:
        raise _too_large(expr)
    return value


def _folded(op: str, values: list[Fraction], expr: Expr) -> Fraction | None:
    match op:
        case "+":
            return sum(values, Fraction(0))
        case "-":
            return values[0] - values[1]
        case "*":
            return reduce(_product, values)
        case "/":
            return values[0] / values[1] if values[1] else None
        case _:
            base, power = values
            if power.denominator != 1 or (not base and power < 0):
                return None
            if abs(power) > 64 and abs(base) not in (0, 1):
                raise _too_large(expr)
            return Fraction(base ** int(power))


def _product(a: Fraction, b: Fraction) -> Fraction:
    """a·b; a factor is left out where the product is beyond all bounds already."""
    return a if max(abs(a.numerator), a.denominator) > limits.POWER**2 and b else a * b


def _too_large(expr: Expr) -> Failure:
    return failure("power-too-large", expr.span, "hint-power", found=text(expr), limit=limits.POWER)


def powers_out_of_bounds(expr: Expr) -> Iterator[Diagnostic]:
    """A diagnostic for every exponent of numbers that is too large to be worked out."""
    for node in walk(expr):
        if isinstance(node, Apply) and node.op == "^":
            try:
                constant_value(node.args[1])
            except Failure as error:
                yield from error.diagnostics
