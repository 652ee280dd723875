"""Balls as intervals of what a number may be: nothing is undecided, a doubtful answer is both.

A number on paper stands for an interval. Where such an interval lies on both sides of a kink, the
indicator there may be 0 or 1, and what depends on it spreads over both; where a quotient or a
logarithm leaves its domain, the value may be anything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from flint import arb, fmpq

from rnnhand.arithmetic import ball
from rnnhand.arithmetic.ball import MIXED, Number
from rnnhand.arithmetic.base import Undecided

ANYTHING = arb("nan")
EITHER = arb(0.5, 0.5)


def between(low: Fraction, high: Fraction) -> Number:
    """The numbers from `low` to `high`; an exact one where they are the same."""
    if low == high:
        return fmpq(low.numerator, low.denominator)
    return ball.ball(low).union(ball.ball(high))


def may_be_equal(a: Number, b: Number) -> bool:
    """Whether some number lies in both; doubt counts as yes."""
    return not (a < b or a > b)


def says_one_number(value: Number, bits: int) -> bool:
    """Whether a value is exact, or certainly not 0 and known to so many bits."""
    if isinstance(value, fmpq):
        return True
    return bool(value.is_finite() and value != 0 and value.rel_accuracy_bits() >= bits)


def _tolerant(operation: Callable[..., Number]) -> Callable[..., Number]:
    def run(*arguments: Number) -> Number:
        try:
            return operation(*arguments)
        except Undecided:
            return ANYTHING

    return run


def _larger(a: Number, b: Number) -> Number:
    if a is b or a >= b:
        return a
    return b if a <= b else arb(a).max(arb(b))


def _smaller(a: Number, b: Number) -> Number:
    if a is b or a <= b:
        return a
    return b if a >= b else arb(a).min(arb(b))


def _indicator(
    holds: Callable[[Number, Number], bool], fails: Callable[[Number, Number], bool]
) -> Callable[[Number, Number], Number]:
    def value(a: Number, b: Number) -> Number:
        if holds(a, b):
            return fmpq(1)
        return fmpq(0) if fails(a, b) else EITHER

    return value


def _same(a: Number, b: Number) -> bool:
    return a is b or bool(a - b == 0)


INTERVALS = replace(
    MIXED,
    equal=_same,
    larger=_larger,
    smaller=_smaller,
    divide=_tolerant(ball.divide),
    power=_tolerant(ball.power),
    real_power=_tolerant(ball.real_power),
    functions={name: _tolerant(function) for name, function in MIXED.functions.items()},
    indicator={
        "gt": _indicator(lambda a, b: a > b, lambda a, b: a is b or a <= b),
        "lt": _indicator(lambda a, b: a < b, lambda a, b: a is b or a >= b),
        "ge": _indicator(lambda a, b: a is b or a >= b, lambda a, b: a < b),
        "le": _indicator(lambda a, b: a is b or a <= b, lambda a, b: a > b),
        "eq": _indicator(_same, lambda a, b: a < b or a > b),
        "ne": _indicator(lambda a, b: a < b or a > b, _same),
    },
)
