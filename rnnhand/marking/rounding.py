"""To how many digits a student rounds, read off the sheet: for values that are not on it.

Who rounds along the way rounds those values too that are not written down. What they may have been
rounded to is not known, but how far it may be from the unrounded value is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from rnnhand.arithmetic.base import Arithmetic
from rnnhand.arithmetic.interval import INTERVALS, magnitude, nearest, short, widened
from rnnhand.marking.numbers import Written

ROUNDED_INSIDE = ("tanh", "log", "sqrt")
"""Functions whose values are written down on the way to a named quantity; an exponential within σ
is not."""


def inner_rounding(habit: Habit) -> Arithmetic:
    """Intervals whose functions and powers give all that their values may have been rounded to."""

    def rounded(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *arguments: habit.around(function(*arguments))

    functions = {
        name: rounded(f) if name in ROUNDED_INSIDE else f for name, f in INTERVALS.functions.items()
    }
    return replace(INTERVALS, functions=functions, power=rounded(INTERVALS.power))


CLOSE = 0.85
"""A habit that so large a share of the numbers speaks for, of those that speak for the likeliest,
may be the student's too."""


FULL = 8
"""Numbers of all digits of which one would end in 0 if zeros were written."""


@dataclass(frozen=True)
class Habit:
    """Rounding to so many significant digits, or so many places after the point; `cuts` says that
    digits are cut off instead, `drops_zeros` that 0.700 is written 0.7."""

    digits: int
    significant: bool
    cuts: bool = False
    drops_zeros: bool = field(default=False, compare=False)

    def around(self, value: Any) -> Any:
        """What a value may have been taken for, entry by entry."""
        if isinstance(value, tuple):
            return tuple(map(self._around, value))
        return self._around(value)

    def _around(self, x: Any) -> Any:
        if self.significant:
            size = magnitude(x)
            if size is None:
                return x
            places = self.digits - 1 - size
        else:
            places = self.digits
        if short(x, places):
            return x
        return self._written(x, places)

    def _written(self, x: Any, places: int) -> Any:
        return widened(x, places, self.cuts)

    def inside(self) -> Arithmetic:
        """What is reckoned in, within an equation."""
        return inner_rounding(self)

    def meant(self, number: Written) -> Written:
        """A number with the zeros that were dropped at its end."""
        unit = self.unit(number)
        if not self.drops_zeros or unit is None or number.unit is None:
            return number
        return replace(number, unit=min(unit, number.unit))

    def unit(self, number: Written) -> Fraction | None:
        """That of the last digit which a number has by this habit; None for 0 without places."""
        if not self.significant:
            return Fraction(10) ** -self.digits
        if number.unit is None or not isinstance(number.value, Fraction) or not number.value:
            return None
        return number.unit * Fraction(10) ** (_digits(number) - self.digits)

    def carried_out(self) -> Rounding:
        return Rounding(self.digits, self.significant, self.cuts)


@dataclass(frozen=True)
class Rounding(Habit):
    """A habit carried out: every value that is not on the sheet becomes the one number that the
    habit writes for it, so that 1 − h² is 0 where h came to 1.00."""

    def _written(self, x: Any, places: int) -> Any:
        return nearest(x, places, self.cuts)

    def inside(self) -> Arithmetic:
        return INTERVALS


def _digits(number: Written) -> int:
    """How many digits a rounded number has, from the first that is not 0 to its last place."""
    assert isinstance(number.value, Fraction) and number.unit is not None
    return len(str(abs(int(number.value / number.unit))))


def _drops_zeros(numbers: Collection[Written], habit: Habit) -> bool:
    """Whether some numbers are shorter than a habit makes them, none is longer, and none that is
    as long ends in 0."""
    full = shorter = 0
    for number in numbers:
        unit = habit.unit(number)
        if unit is None or number.unit is None or not isinstance(number.value, Fraction):
            continue
        if number.unit < unit or (number.unit == unit and not number.value / unit % 10):
            return False
        full += number.unit == unit
        shorter += number.unit > unit
    return full >= FULL and 0 < shorter < full


def habits(numbers: Collection[Written], cuts: bool) -> tuple[Habit, ...]:
    """The counts of digits and of places that most rounded numbers of a sheet have: both, where
    either may be what the student kept to, likelier first."""
    digits: Counter[int] = Counter()
    places: Counter[int] = Counter()
    for number in numbers:
        if number.text == "0":  # on a sheet that says how many digits it has
            continue
        if number.unit is not None and isinstance(number.value, Fraction):
            after = len(str(number.unit.denominator)) - 1
            places[after] += 1
            digits[_digits(number)] += bool(number.value)
    found: list[tuple[int, Habit]] = []
    for counted, significant in ((digits, True), (places, False)):
        if counted:
            most, by = max(counted.items(), key=lambda item: (item[1], -item[0]))
            found.append((by, Habit(most, significant, cuts)))
    found = [(by, h) for by, h in found if h.digits > 1 or not h.significant]
    best = max((by for by, _ in found), default=0)
    likely = sorted((pair for pair in found if pair[0] >= CLOSE * best), key=lambda p: -p[0])
    return tuple(replace(h, drops_zeros=_drops_zeros(numbers, h)) for _, h in likely)
