"""Numbers with errors that remember where they come from: x₀ + Σ xᵢεᵢ, with every ε from −1 to 1.

What was rounded once and is used several times has one error, not several: h − h is 0, where two
intervals would give twice the width. What is not linear in the errors goes into a rest that is not
told apart; it is as large as their deviation makes it, for many errors hardly ever come all with
the worst sign. Floats do the work; the rest also holds more than they can lose.

Whoever works on paper may round every product on the way. How, `rounded_on_the_way` says.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from itertools import count
from typing import Any, TypeAlias

from flint import arb, fmpq

from rnnhand.arithmetic.interval import INTERVALS

ROOT_3 = math.sqrt(3)

LOST = 1e-14
"""More than floats lose in an operation, as a share of what takes part."""

BELIEVED = 5.0
"""Standard deviations to which many errors are believed to add up, each drawn evenly."""

FEW = 3
"""Errors that may well come all with the worst sign."""

LEAST = 1e-30
"""What a number that may be 0 is at least, where its logarithm is written down."""

Parts: TypeAlias = dict[int, float]
Rounding: TypeAlias = "Callable[[Affine], float]"
"""How far a number may be from what it is rounded to."""

_fresh = count()
_rounding: list[Rounding] = []


@contextmanager
def rounded_on_the_way(rounding: Rounding) -> Iterator[None]:
    """Round the result of every operation so."""
    _rounding.append(rounding)
    try:
        yield
    finally:
        _rounding.pop()


@contextmanager
def _unrounded() -> Iterator[None]:
    """What is only a part of an operation is not written down."""
    kept = _rounding[:]
    _rounding.clear()
    try:
        yield
    finally:
        _rounding.extend(kept)


class Affine:
    """A number with errors. `radius` is how far it may be from the middle, as far as is believed;
    `spread` what one error of the deviation of all together comes to at most."""

    __slots__ = ("middle", "parts", "radius", "rest", "spread")

    def __init__(self, middle: float, parts: Parts, rest: float) -> None:
        self.middle = middle
        self.parts = parts
        self.rest = rest
        most = likely = sum(map(abs, parts.values()))
        if len(parts) > FEW:
            likely = math.sqrt(sum([e * e for e in parts.values()]))
            most = min(most, BELIEVED * likely / ROOT_3)
        self.radius = rest + most
        self.spread = rest + likely

    def __add__(self, other: Affine) -> Affine:
        return on_the_way(_combined(self, 1.0, other, 1.0))

    def __sub__(self, other: Affine) -> Affine:
        return on_the_way(_combined(self, 1.0, other, -1.0))

    def __neg__(self) -> Affine:
        return Affine(-self.middle, {i: -x for i, x in self.parts.items()}, self.rest)

    def __mul__(self, other: Affine) -> Affine:
        if self is other:
            return squared(self)
        a, b = self.middle, other.middle
        if is_nothing(self) or is_nothing(other):
            return NOTHING
        if self.radius == 0 and abs(a) == 1:
            return other if a > 0 else -other
        if other.radius == 0 and abs(b) == 1:
            return self if b > 0 else -self
        linear = _combined(self, b, other, a)
        rest = linear.rest + self.spread * other.spread + abs(a * b) * LOST
        return on_the_way(Affine(a * b, linear.parts, rest))


def _combined(a: Affine, m: float, b: Affine, n: float) -> Affine:
    """m·a + n·b."""
    parts = {i: m * x for i, x in a.parts.items()}
    for i, x in b.parts.items():
        parts[i] = parts.get(i, 0.0) + n * x
    lost = LOST * (abs(m) * (abs(a.middle) + a.radius) + abs(n) * (abs(b.middle) + b.radius))
    rest = abs(m) * a.rest + abs(n) * b.rest
    return Affine(m * a.middle + n * b.middle, parts, rest + (lost if a.radius or b.radius else 0))


NOTHING = Affine(0.0, {}, 0.0)
ONE = Affine(1.0, {}, 0.0)
UNKNOWN = Affine(math.nan, {}, math.inf)


def is_nothing(x: Affine) -> bool:
    return x.middle == 0 and x.radius == 0


def number(value: Fraction) -> Affine:
    try:
        x = value.numerator / value.denominator
    except OverflowError:
        return UNKNOWN
    return Affine(x, {}, 0.0 if Fraction(x) == value else abs(x) * LOST)


def with_error(middle: float, error: float) -> Affine:
    """A number with an error of its own."""
    return Affine(middle, {next(_fresh): error} if error else {}, 0.0)


def off_by(x: Affine, error: float) -> Affine:
    """A number with one more error."""
    return Affine(x.middle, {**x.parts, next(_fresh): error}, x.rest) if error else x


def on_the_way(x: Affine) -> Affine:
    if not _rounding or not math.isfinite(x.radius) or is_nothing(x):
        return x
    return off_by(x, _rounding[-1](x))


def between(low: float, high: float) -> Affine:
    """All that is between two numbers, whatever the errors."""
    return Affine((low + high) / 2, {}, (high - low) / 2 * (1 + LOST) + LOST * abs(low))


def ends(x: Affine) -> tuple[float, float]:
    return x.middle - x.radius, x.middle + x.radius


def as_ball(x: Affine, deviations: float = math.inf) -> Any:
    """All that a number may be; or all within so many standard deviations, where every error is
    drawn evenly and for itself. Exactly 0 stays so."""
    if not math.isfinite(x.radius) or not math.isfinite(x.middle):
        return arb("nan")
    if is_nothing(x):
        return fmpq(0)
    likely = deviations * math.sqrt(math.fsum(e * e for e in x.parts.values()) / 3)
    return arb(x.middle, min(x.radius, x.rest + likely) + LOST * abs(x.middle))


def from_ball(value: Any) -> Affine:
    """The same with an error of its own where there is one."""
    if isinstance(value, fmpq):
        return number(Fraction(int(value.p), int(value.q)))
    if not value.is_finite():
        return UNKNOWN
    middle = float(value.mid())
    return with_error(middle, float(value.rad()) * (1 + LOST) + LOST * abs(middle))


def squared(x: Affine) -> Affine:
    if x.radius == 0:
        return Affine(x.middle**2, {}, 0.0)
    if not math.isfinite(x.radius):
        return UNKNOWN
    parts = {i: 2 * x.middle * e for i, e in x.parts.items()}
    half = x.spread**2 / 2
    rest = 2 * abs(x.middle) * x.rest + half + LOST * (x.middle**2 + half)
    return on_the_way(Affine(x.middle**2 + half, parts, rest))


def _curved(
    x: Affine,
    f: Callable[[float], float],
    slope: Callable[[float], float],
    bend: Callable[[float, float], float],
) -> Affine:
    """A rising or falling function: along its tangent, with what it bends away at most; or all
    between its ends, where that is less. `bend` bounds its second derivative."""
    try:
        if x.radius == 0:
            return on_the_way(Affine(f(x.middle), {}, 0.0 if x.middle == 0 else LOST))
        low, high = ends(x)
        one, other = f(low), f(high)
        plain = between(min(one, other), max(one, other))
        m, here = slope(x.middle), f(x.middle)
        rest = abs(m) * x.rest + bend(low, high) * x.spread**2 / 2
        rest += LOST * (abs(here) + abs(m) * abs(x.middle))
        close = Affine(here, {i: m * e for i, e in x.parts.items()}, rest)
    except (ValueError, OverflowError, ZeroDivisionError):
        return UNKNOWN
    return on_the_way(close if close.radius <= plain.radius * 1.2 else plain)


def tanh(x: Affine) -> Affine:
    return _curved(x, math.tanh, lambda z: 1 - math.tanh(z) ** 2, lambda a, b: 0.77)


def exp(x: Affine) -> Affine:
    """An exponential within σ stands on no paper: its value is not rounded."""
    if is_nothing(x):
        return ONE
    with _unrounded():
        return _curved(x, math.exp, math.exp, lambda a, b: math.exp(b))


def log(x: Affine) -> Affine:
    low, high = ends(x)
    if not high > 0:
        return UNKNOWN
    if low <= 0:
        return between(math.log(min(LEAST, high)), math.log(high))
    if x.radius == 0 and x.middle == 1:
        return NOTHING
    return _curved(x, math.log, lambda z: 1 / z, lambda a, b: 1 / a**2)


def sqrt(x: Affine) -> Affine:
    low, high = ends(x)
    if high < 0:
        return UNKNOWN
    if is_nothing(x):
        return NOTHING
    if low <= 0:
        return between(0.0, math.sqrt(high))
    return _curved(x, math.sqrt, lambda z: 0.5 / math.sqrt(z), lambda a, b: 0.25 / a**1.5)


def _inverse(x: Affine) -> Affine:
    low, high = ends(x)
    if low <= 0 <= high or not math.isfinite(x.radius):
        return UNKNOWN
    least = min(abs(low), abs(high))
    with _unrounded():
        return _curved(x, lambda z: 1 / z, lambda z: -1 / z**2, lambda a, b: 2 / least**3)


def divide(a: Affine, b: Affine) -> Affine:
    if a is b and not is_nothing(a):
        return ONE
    below = _inverse(b)
    return NOTHING if is_nothing(a) and math.isfinite(below.radius) else a * below


def power(x: Affine, n: int) -> Affine:
    if n == 2:
        return squared(x)
    if n < 0:
        return divide(ONE, power(x, -n))
    result = ONE
    for bit in f"{n:b}" if n else "":
        result = squared(result)
        if bit == "1":
            result = result * x
    return result


def real_power(x: Affine, y: Affine) -> Affine:
    if y.radius == 0 and y.middle == int(y.middle) and abs(y.middle) < 1000:
        return power(x, int(y.middle))
    return exp(y * log(x))


def _larger(a: Affine, b: Affine) -> Affine:
    (low, high), (least, most) = ends(a), ends(b)
    if a is b or low >= most:
        return a
    if high <= least:
        return b
    return _known(between(max(low, least), max(high, most)))


def _known(x: Affine) -> Affine:
    return x if math.isfinite(x.radius) else UNKNOWN


def _smaller(a: Affine, b: Affine) -> Affine:
    return -_larger(-a, -b)


def _indicator(
    holds: Callable[[float, float], bool], fails: Callable[[float, float], bool]
) -> Callable[[Affine, Affine], Affine]:
    """Whether something holds of the difference; where it may and may not, either."""

    def value(a: Affine, b: Affine) -> Affine:
        low, high = ends(_combined(a, 1.0, b, -1.0))
        if holds(low, high):
            return ONE
        return NOTHING if fails(low, high) else between(0.0, 1.0)

    return value


def _same(a: Affine, b: Affine) -> bool:
    return a is b or (a.radius == 0 == b.radius and a.middle == b.middle)


AFFINE = replace(
    INTERVALS,
    name="affine",
    number=number,
    keep=None,
    remember=None,
    less=lambda a, b: ends(a)[1] < ends(b)[0],
    equal=_same,
    larger=_larger,
    smaller=_smaller,
    unknown=UNKNOWN,
    divide=divide,
    power=power,
    real_power=real_power,
    functions={"exp": exp, "log": log, "sqrt": sqrt, "tanh": tanh},
    indicator={
        "gt": _indicator(lambda a, b: a > 0, lambda a, b: b <= 0),
        "lt": _indicator(lambda a, b: b < 0, lambda a, b: a >= 0),
        "ge": _indicator(lambda a, b: a >= 0, lambda a, b: b < 0),
        "le": _indicator(lambda a, b: b <= 0, lambda a, b: a > 0),
        "eq": _indicator(lambda a, b: a == b == 0, lambda a, b: a > 0 or b < 0),
        "ne": _indicator(lambda a, b: a > 0 or b < 0, lambda a, b: a == b == 0),
    },
)


def each(f: Callable[[Any], Any], value: Any) -> Any:
    """A function of every entry of a value."""
    return tuple(map(f, value)) if isinstance(value, tuple) else f(value)


def is_number(x: Affine, exactly: Any) -> bool:
    """Whether a number is known as well as floats can, and is an exact one."""
    if not isinstance(exactly, fmpq) or x.radius > 100 * LOST * abs(x.middle):
        return False
    return math.isclose(x.middle, int(exactly.p) / int(exactly.q), rel_tol=100 * LOST)
