"""Balls as intervals of what a number may be: nothing is undecided, a doubtful answer is both.

A number on paper stands for an interval. Where such an interval lies on both sides of a kink, the
indicator there may be 0 or 1, and what depends on it spreads over both; where a quotient or a
logarithm leaves its domain, in part or altogether, nothing is known of the value: people write down
such numbers too, and what stands after them is marked all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from math import inf
from typing import NamedTuple

from flint import arb, fmpq

from rnnhand.arithmetic import ball
from rnnhand.arithmetic.ball import MIXED, Number
from rnnhand.arithmetic.base import Fault

ANYTHING = arb("nan")
EITHER = arb(0.5, 0.5)


def around(value: Fraction, unit: Fraction, cut: bool) -> Number:
    """What rounds to a number whose last digit has this unit; or, too, what is cut off to it: away
    from 0 as far as the next one, and on both sides of 0."""
    x, u = fmpq(value.numerator, value.denominator), fmpq(unit.numerator, unit.denominator)
    middle, radius = x, u / 2
    if cut and value == 0:
        radius = u
    elif cut:
        middle, radius = (x + u / 4 if value > 0 else x - u / 4), u * 3 / 4
    return arb(middle) + arb(0, arb(radius))


def may_be_equal(a: Number, b: Number) -> bool:
    """Whether some number lies in both; doubt counts as yes."""
    return not (a < b or a > b)


def is_number(value: Number) -> bool:
    """Whether anything is known of a value."""
    return not isinstance(value, arb) or bool(value.is_finite())


def same_exactly(a: Number, b: Number) -> bool:
    """Whether both are known exactly, and the same."""
    return isinstance(a, fmpq) and isinstance(b, fmpq) and a == b


def farther_out(a: Number, b: Number) -> bool:
    """Whether a number is certainly farther from 0 than another, on the same side."""
    return a > b > 0 or a < b < 0


def middle(value: Number) -> Number:
    """The middle of what a value may be."""
    return value.mid() if isinstance(value, arb) else value


class Away(NamedTuple):
    """How far a number is from the middle of a value: as a share of that, and of its radius."""

    share: float
    of_radius: float


def away(number: Number, value: Number) -> Away:
    """How far a number is from what a value may be."""
    at, by = arb(value), abs(arb(number).mid() - arb(value).mid())
    share, of_radius = by / abs(at.mid()), by / at.rad()
    return Away(*(float(x) if x.is_finite() else inf for x in (share, of_radius)))


def reaches(value: Number, unit: Fraction) -> bool:
    """Whether a value may be so far from its middle."""
    return isinstance(value, arb) and value.rad() > fmpq(unit.numerator, unit.denominator)


def is_zero(value: Number) -> bool:
    """Whether a value is 0 exactly."""
    return isinstance(value, fmpq) and value == 0


def widened(x: Number, places: int, cut: bool) -> Number:
    """Everything that is no farther from a number than half a unit of a decimal place, or a whole
    one where digits are cut off."""
    return arb(x) + _unit(places, cut)


def nearest(x: Number, places: int, cut: bool) -> Number:
    """A number rounded to a decimal place, or cut off there; itself where that is not certain."""
    shift = fmpq(10) ** places
    size = (x if x > 0 else -x) * shift + (fmpq(0) if cut else fmpq(1, 2))
    whole = size.floor() if isinstance(size, fmpq) else size.floor().unique_fmpz()
    if whole is None:
        return x
    return (fmpq(whole) if x > 0 else -fmpq(whole)) / shift


@lru_cache(maxsize=1000)
def _unit(places: int, whole: bool) -> arb:
    unit = fmpq(10) ** -places
    return arb(0, arb(unit if whole else unit / 2))


def magnitude(x: Number) -> int | None:
    """The power of ten of a number's first digit; None for 0 and where it is not known."""
    size = abs(arb(x)).mid()
    if not size.is_finite() or size == 0:
        return None
    power = (size.log() / arb(10).log()).floor().unique_fmpz()
    return None if power is None else int(power)


def short(x: Number, places: int) -> bool:
    """Whether an exact number ends by this place after the point."""
    return isinstance(x, fmpq) and (x * fmpq(10) ** places).q == 1


def says_one_number(value: Number, bits: int) -> bool:
    """Whether a value is exact, or certainly not 0 and known to so many bits."""
    if isinstance(value, fmpq):
        return True
    return bool(value.is_finite() and value != 0 and value.rel_accuracy_bits() >= bits)


def _tolerant(operation: Callable[..., Number]) -> Callable[..., Number]:
    def run(*arguments: Number) -> Number:
        try:
            return operation(*arguments)
        except Fault:
            return ANYTHING

    return run


def _power(x: Number, n: int) -> Number:
    """xⁿ; an even power of an interval around 0 begins at 0."""
    if isinstance(x, arb) and n > 0 and n % 2 == 0 and x.contains(0) and x.is_finite():
        return arb(0).union(ball.power(arb(x.abs_upper()), n))
    return ball.power(x, n)


def _root(x: Number) -> Number:
    """√ of what is not negative of a number; a sum of squares may seem to be."""
    if isinstance(x, arb) and x.lower() < 0 <= x.upper():
        return arb(0).union(x.upper().sqrt())
    return _tolerant(MIXED.functions["sqrt"])(x)


LEAST = arb("1e-30")
"""What a number that may be 0 is at least, where its logarithm is written down, or something is
divided by it."""


FAR = 1000
"""A distance at which nothing is said any more of numbers as they are on paper."""


def may_be_anything(value: Number) -> bool:
    """Whether so much may be meant by a value that to meet it says nothing."""
    return isinstance(value, arb) and not value.rad() < FAR * (1 + abs(value.mid()).upper() / FAR)


def _divide(a: Number, b: Number) -> Number:
    """The quotient; by what may be 0, as 0.00 on paper, it may be as good as any number."""
    if isinstance(b, arb) and b.contains(0) and b.is_finite() and not b.is_exact():
        size = arb(a).abs_upper()
        return arb(0, size / LEAST) if size.is_finite() and size else a
    return _tolerant(ball.divide)(a, b)


def _log(x: Number) -> Number:
    """The logarithm of what is positive of a number: 0.00 on paper has one, whose end is far."""
    if isinstance(x, arb) and x.lower() <= 0 and x.upper() > LEAST:
        return LEAST.log().union(x.upper().log())
    return _tolerant(MIXED.functions["log"])(x)


def ends(x: Number) -> tuple[Number, ...]:
    """The least, the middle and the greatest number of an interval."""
    if not isinstance(x, arb) or x.is_exact() or not x.is_finite():
        return (x,) * 3
    return x.lower(), x.mid(), x.upper()


def hull(values: Iterable[Number]) -> Number:
    """The smallest interval that holds them all."""
    first, *others = values
    for other in others:
        if first is not other and not (isinstance(first, fmpq) and first == other):
            first = arb(first).union(arb(other))
    return first


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
    unknown=ANYTHING,
    divide=_divide,
    power=_tolerant(_power),
    real_power=_tolerant(ball.real_power),
    functions={
        **{name: _tolerant(function) for name, function in MIXED.functions.items()},
        "log": _log,
        "sqrt": _root,
    },
    indicator={
        "gt": _indicator(lambda a, b: a > b, lambda a, b: a is b or a <= b),
        "lt": _indicator(lambda a, b: a < b, lambda a, b: a is b or a >= b),
        "ge": _indicator(lambda a, b: a is b or a >= b, lambda a, b: a < b),
        "le": _indicator(lambda a, b: a is b or a <= b, lambda a, b: a > b),
        "eq": _indicator(_same, lambda a, b: a < b or a > b),
        "ne": _indicator(lambda a, b: a < b or a > b, _same),
    },
)
