"""Exact rational numbers: python-flint's fmpq, about ten times as fast as `fractions`."""

from __future__ import annotations

import sys
from fractions import Fraction
from math import isqrt

from flint import fmpq

from rnnhand.arithmetic.base import (
    Arithmetic,
    Irrational,
    TooLong,
    divided_by_zero,
    outside_domain,
)

LONGEST = 20_000
"""Bits of numerator or denominator; about 6,000 digits."""

# The interpreter's own bound on digits, 4300 of them, gives way to this one.
sys.set_int_max_str_digits(max(sys.get_int_max_str_digits(), LONGEST))


def number(value: Fraction) -> fmpq:
    return fmpq(value.numerator, value.denominator)


def fraction(value: fmpq) -> Fraction:
    return Fraction(int(value.p), int(value.q))


def divide(a: fmpq, b: fmpq) -> fmpq:
    if not b:
        raise divided_by_zero()
    return a / b


def power(x: fmpq, n: int) -> fmpq:
    if n < 0 and not x:
        raise divided_by_zero()
    if x.height_bits() > 1 and x.height_bits() * abs(n) > LONGEST:
        raise TooLong("value-too-long", bits=LONGEST)
    return x**n


def real_power(x: fmpq, y: fmpq) -> fmpq:
    """x^y where it is rational: a whole y, or y = p/2 of a square."""
    if y.q == 1:
        return power(x, int(y.p))
    if y.q == 2:
        return power(sqrt(x), int(y.p))
    if x < 0:
        raise outside_domain("^", x)
    if not x:
        if y < 0:
            raise divided_by_zero()
        return x
    if x == 1:
        return x
    raise Irrational("irrational", function="^", argument=x)


def exp(x: fmpq) -> fmpq:
    if not x:
        return fmpq(1)
    raise Irrational("irrational", function="exp", argument=x)


def log(x: fmpq) -> fmpq:
    if x == 1:
        return fmpq(0)
    if x <= 0:
        raise outside_domain("log", x)
    raise Irrational("irrational", function="log", argument=x)


def sqrt(x: fmpq) -> fmpq:
    if x < 0:
        raise outside_domain("sqrt", x)
    p, q = isqrt(int(x.p)), isqrt(int(x.q))
    if p * p == x.p and q * q == x.q:
        return fmpq(p, q)
    raise Irrational("irrational", function="sqrt", argument=x)


def tanh(x: fmpq) -> fmpq:
    if not x:
        return x
    raise Irrational("irrational", function="tanh", argument=x)


def keep(x: fmpq) -> fmpq:
    if x.height_bits() > LONGEST:
        raise TooLong("value-too-long", bits=LONGEST)
    return x


RATIONAL = Arithmetic(
    name="exact",
    number=number,
    less=lambda a, b: bool(a < b),
    equal=lambda a, b: bool(a == b),
    divide=divide,
    power=power,
    real_power=real_power,
    functions={"exp": exp, "log": log, "sqrt": sqrt, "tanh": tanh},
    keep=keep,
    softmax_shift=True,
)
