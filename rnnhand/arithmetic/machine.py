"""Floating point numbers of the machine, as frameworks compute."""

from __future__ import annotations

import math
from fractions import Fraction

from rnnhand.arithmetic.base import Arithmetic, divided_by_zero, outside_domain


def divide(a: float, b: float) -> float:
    if b == 0:
        raise divided_by_zero()
    return a / b


def power(x: float, n: int) -> float:
    if n < 0 and x == 0:
        raise divided_by_zero()
    try:
        return float(x**n)
    except OverflowError:
        return math.copysign(math.inf, x) if n % 2 else math.inf


def real_power(x: float, y: float) -> float:
    if y == int(y) and abs(y) < 1e9:
        return power(x, int(y))
    if x < 0:
        raise outside_domain("^", x)
    if x == 0 and y < 0:
        raise divided_by_zero()
    try:
        return float(x**y)
    except OverflowError:
        return math.inf


def exp(x: float) -> float:
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def log(x: float) -> float:
    if x <= 0:
        raise outside_domain("log", x)
    return math.log(x)


def sqrt(x: float) -> float:
    if x < 0:
        raise outside_domain("sqrt", x)
    return math.sqrt(x)


def number(value: Fraction) -> float:
    try:
        return value.numerator / value.denominator
    except OverflowError:
        return math.inf if value > 0 else -math.inf


FLOAT = Arithmetic(
    name="float",
    number=number,
    less=lambda a, b: a < b,
    equal=lambda a, b: a == b,
    divide=divide,
    power=power,
    real_power=real_power,
    functions={"exp": exp, "log": log, "sqrt": sqrt, "tanh": math.tanh},
    softmax_shift=True,
)
