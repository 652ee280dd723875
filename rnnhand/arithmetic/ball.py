"""Ball arithmetic: python-flint's arb. A value is an interval that is proved to hold the number.

Two ways of loading exact numbers share the operations. `BALLS` makes every number a ball at once,
which is fast. `MIXED` keeps a rational number exact until a transcendental function meets it, so
that a sum such as 0.1 + 0.2 - 0.3 is 0 and not a ball around 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

from flint import arb, ctx, fmpq

from rnnhand.arithmetic import rational
from rnnhand.arithmetic.base import (
    Arithmetic,
    Irrational,
    Undecided,
    divided_by_zero,
    outside_domain,
)

Number: TypeAlias = arb | fmpq

HIGHEST = 8192
"""Bits at which a ball that still says nothing is given up on; what it holds is not told from 0."""
LONGEST_EXPONENT = 2**64
"""Whole exponents from which on a power goes through the logarithm."""


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Work with `bits` bits inside."""
    before = ctx.prec
    ctx.prec = bits
    try:
        yield
    finally:
        ctx.prec = before


def ball(value: Fraction) -> arb:
    return arb(fmpq(value.numerator, value.denominator))


def less(a: Number, b: Number) -> bool:
    if a is b:
        return False
    if a < b:
        return True
    if a >= b:
        return False
    raise Undecided


def equal(a: Number, b: Number) -> bool:
    if a is b:
        return True
    if a < b or a > b:
        return False
    difference = a - b
    if difference == 0:
        return True
    raise Undecided


def divide(a: Number, b: Number) -> Number:
    if b == 0:
        raise divided_by_zero()
    if isinstance(b, arb) and b.contains(0):
        raise Undecided
    return a / b


def power(x: Number, n: int) -> Number:
    """xⁿ by squaring: arb's own power goes through log and knows nothing of balls around 0."""
    if isinstance(x, fmpq) and x.height_bits() * abs(n) > 10_000:
        x = arb(x)
    if n < 0:
        return divide(fmpq(1), power(x, -n))
    if isinstance(x, fmpq):
        return x**n
    result = arb(1)
    for bit in f"{n:b}":
        result *= result
        if bit == "1":
            result *= x
    return result


def real_power(x: Number, y: Number) -> Number:
    if isinstance(y, arb) and y.is_exact() and y.is_integer() and abs(y) < LONGEST_EXPONENT:
        y = y.fmpq()
    if isinstance(y, fmpq) and y.q == 1:
        return power(x, int(y.p))
    if isinstance(x, fmpq) and isinstance(y, fmpq):
        try:
            return rational.real_power(x, y)
        except Irrational:
            pass
    if x == 0:
        if not y > 0:
            raise divided_by_zero() if y < 0 else Undecided
        return fmpq(0)
    return (y * log(x) if not isinstance(y, fmpq) else log(x) * arb(y)).exp()


def exp(x: Number) -> Number:
    if isinstance(x, fmpq):
        return arb(x).exp() if x else fmpq(1)
    return x.exp()


def log(x: Number) -> Number:
    value = arb(x) if isinstance(x, fmpq) else x
    if value <= 0:
        raise outside_domain("log", x if isinstance(x, fmpq) else x.str(6, radius=False))
    if not value > 0:
        raise Undecided
    return fmpq(0) if x == 1 else value.log()


def sqrt(x: Number) -> Number:
    if isinstance(x, fmpq):
        try:
            return rational.sqrt(x)
        except Irrational:
            return arb(x).sqrt()
    if x < 0:
        raise outside_domain("sqrt", x.str(6, radius=False))
    if not x >= 0:
        return _root_of_nothing(x)
    return x.sqrt()


def _root_of_nothing(x: arb) -> arb:
    """√ of what no precision tells from 0, such as the square of a gradient that cancels. With
    fewer bits it is not decided yet whether there is a root."""
    if ctx.prec < HIGHEST or not x.abs_upper() < arb(2) ** (-ctx.prec // 2):
        raise Undecided
    return arb(0).union(x.abs_upper().sqrt())


def tanh(x: Number) -> Number:
    if isinstance(x, fmpq):
        return arb(x).tanh() if x else x
    return x.tanh()


def keep_short(x: Number) -> Number:
    """Long exact values go on as balls: what is not exact need not grow."""
    return arb(x) if isinstance(x, fmpq) and x.height_bits() > 10_000 else x


def remembering(function: Callable[..., Number]) -> Callable[..., Number]:
    """The function, whose value at exact numbers is one object at one precision."""

    @lru_cache(maxsize=4096)
    def exactly(bits: int, *arguments: fmpq) -> Number:
        return function(*arguments)

    def run(*arguments: Number) -> Number:
        if all(isinstance(x, fmpq) for x in arguments):
            return exactly(ctx.prec, *arguments)
        return function(*arguments)

    return run


BALLS = Arithmetic(
    name="decimal",
    number=ball,
    less=less,
    equal=equal,
    divide=divide,
    power=power,
    real_power=real_power,
    functions={"exp": exp, "log": log, "sqrt": sqrt, "tanh": tanh},
)

MIXED = replace(BALLS, number=rational.number, keep=keep_short, remember=remembering)
