"""The numbers of a sheet at the places that they are for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any

from rnnhand.arithmetic.ball import precision
from rnnhand.arithmetic.base import Scalar
from rnnhand.arithmetic.interval import (
    INTERVALS,
    around,
    farther_out,
    is_number,
    may_be_equal,
    middle,
)
from rnnhand.arithmetic.program import constant
from rnnhand.marking.carry import BITS, Entries, Standing
from rnnhand.marking.names import Spot
from rnnhand.marking.numbers import Written
from rnnhand.marking.sheet import Answer, flat
from rnnhand.problem.library import functions
from rnnhand.questions.work import entries
from rnnhand.system.model import Shape, System

EMPTY = System((), {}, {}, functions(), {})
"""What closed forms on a sheet are evaluated over: functions, and no quantity."""


TELLING = 5
"""Digits, of all numbers of an answer together, that are hardly met by chance."""

MOST_NUMBERS = 10_000
"""Numbers whose intervals are kept: students of one class write much the same."""


@dataclass(frozen=True, eq=False)
class Filled:
    """An answer at its place: which entries of the place, row by row, it has numbers for."""

    answer: Answer
    spot: Spot
    shape: Shape
    chosen: tuple[int, ...]
    numbers: tuple[Written | None, ...]

    @property
    def blank(self) -> bool:
        return not any(self.numbers)

    @property
    def is_telling(self) -> bool:
        """Whether its numbers have so many digits that they would hardly be met by chance."""
        return self.digits >= TELLING

    @property
    def digits(self) -> int:
        """Digits of all its numbers together."""
        return sum(n.digits for n in self.numbers if n is not None)

    @property
    def given(self) -> frozenset[int]:
        """Which of its numbers are not blank."""
        return frozenset(i for i, n in enumerate(self.numbers) if n is not None)

    @cached_property
    def intervals(self) -> tuple[Scalar | None, ...]:
        """What each number may stand for."""
        return tuple(None if n is None else interval(n) for n in self.numbers)

    def of(self, value: Any) -> list[Scalar]:
        """The entries of a value of the whole place that the answer is about."""
        values = entries(value, self.shape)
        return [values[i] for i in self.chosen]

    def missing(self, value: Any, among: frozenset[int] | None = None) -> frozenset[int]:
        """Which of its numbers (or of those `among`) do not stand for a value's entries."""
        values = self.of(value)
        return frozenset(
            i
            for i, n in enumerate(self.intervals)
            if n is not None and (among is None or i in among) and not may_be_equal(n, values[i])
        )

    def meets(self, value: Any) -> bool:
        """Whether the answer may stand for a value of the place."""
        return not self.missing(value)

    @property
    def is_rough(self) -> bool:
        """Whether it has several rounded numbers, whose digits together say something even where
        each may be a little off."""
        rounded = [n for n in self.numbers if n is not None and n.unit is not None and n.digits > 1]
        return len(rounded) > 1 and len(rounded) == sum(n is not None for n in self.numbers)

    def nearly_meets(self, value: Any) -> bool:
        """Whether every number is within a unit of its last digit of what stands for the value."""
        return all(
            n is None or (is_number(v) and may_be_equal(roughly(n), v))
            for n, v in zip(self.numbers, self.of(value), strict=True)
        )

    def is_nearer(self, value: Any, other: Any) -> bool:
        """Whether its numbers are nearer to one value than to another: the farthest of them is."""
        return bool(self._distance(value) < self._distance(other))

    def _distance(self, value: Any) -> Scalar:
        """From the middle of what is known of the value."""
        values = zip(self.numbers, self.of(value), strict=True)
        return max(abs(point(n) - middle(v)) for n, v in values if n is not None)

    def known(self, value: Any) -> bool:
        """Whether something is known of every entry of a value that the answer is about."""
        return all(map(is_number, self.of(value)))

    def is_cut_off(self, value: Any) -> bool:
        """Whether some number stands for its entry only if digits were cut off."""
        return any(
            n is not None and n.unit is not None and not may_be_equal(rounded(n), v)
            for n, v in zip(self.numbers, self.of(value), strict=True)
        )

    def is_exactly(self, value: Any) -> bool:
        """Whether every number is its entry, as far as can be told."""
        return all(
            n is None or may_be_equal(point(n), v)
            for n, v in zip(self.numbers, self.of(value), strict=True)
        )

    def compared(self, value: Any) -> Compared:
        missing = self.missing(value)
        if missing:
            return Compared(missing, False, False, False)
        cut, exactly = self.is_cut_off(value), self.is_exactly(value)
        return Compared(missing, cut, exactly, self.is_rounded_up(value))

    def is_rounded_up(self, value: Any) -> bool:
        """Whether some number is farther from 0 than its entry, as none is that was cut off."""
        return any(
            n is not None and n.unit is not None and farther_out(point(n), v)
            for n, v in zip(self.numbers, self.of(value), strict=True)
        )

    def meets_something_known(self, value: Any) -> bool:
        """Whether it may stand for a value of which every entry is known."""
        return self.known(value) and self.meets(value)


@dataclass(frozen=True)
class Compared:
    """How an answer stands to a value: the numbers that do not stand for its entries; where there
    are none, whether one does so only as cut off, whether all are its entries, and whether one has
    been rounded up."""

    missing: frozenset[int]
    cut: bool
    exactly: bool
    up: bool


def filled(answer: Answer) -> Filled:
    """An answer at its place."""
    there = answer.named
    return Filled(answer, there.spot, there.whole, there.chosen, tuple(flat(answer.value)))


def by_place(
    answers: Iterable[Filled], standing: Callable[[Written], Standing]
) -> dict[Spot, Entries]:
    """The numbers of a sheet by place, entries that are named one by one put together."""
    found: dict[Spot, list[Standing | None]] = {}
    for answer in answers:
        size = answer.shape[0] * answer.shape[1]
        numbers = found.setdefault(answer.spot, [None] * size)
        for i, number in zip(answer.chosen, answer.numbers, strict=True):
            if number is not None:
                numbers[i] = standing(number)
    return {spot: tuple(numbers) for spot, numbers in found.items()}


@lru_cache(maxsize=MOST_NUMBERS)
def standing(number: Written) -> Standing:
    """A written number and what it may stand for."""
    return Standing(point(number), interval(number))


def standing_exactly(number: Written) -> Standing:
    """A written number that stands for itself only."""
    return Standing(point(number), point(number))


@lru_cache(maxsize=MOST_NUMBERS)
def point(number: Written) -> Scalar:
    """A written number as such."""
    if isinstance(number.value, Fraction):
        return INTERVALS.number(number.value)
    with precision(BITS):
        return constant(number.value, EMPTY, INTERVALS)


@lru_cache(maxsize=MOST_NUMBERS)
def interval(number: Written) -> Scalar:
    """What a written number may stand for: rounded, or cut off."""
    if number.unit is None or not isinstance(number.value, Fraction):
        return point(number)
    with precision(BITS):
        return around(number.value, number.unit, cut=True)


@lru_cache(maxsize=MOST_NUMBERS)
def roughly(number: Written) -> Scalar:
    """What a written number may stand for if its last digit is wrong by one."""
    if number.unit is None or not isinstance(number.value, Fraction):
        return point(number)
    with precision(BITS):
        return around(number.value, 3 * number.unit, cut=False)


@lru_cache(maxsize=MOST_NUMBERS)
def rounded(number: Written) -> Scalar:
    """What a written number may have been rounded from, but not cut off."""
    if number.unit is None or not isinstance(number.value, Fraction):
        return point(number)
    with precision(BITS):
        return around(number.value, number.unit, cut=False)


NEAR = 3
"""Units of the last digit within which a number says enough by being met."""


def is_near(answer: Filled, value: Any, among: frozenset[int]) -> bool:
    """Whether numbers are close to the middle of what they may stand for: else only the width of
    that lets them."""
    return not farther_than(NEAR, answer, value, among)


def farther_than(units: int, answer: Filled, value: Any, among: frozenset[int]) -> frozenset[int]:
    """The numbers that are more units of their last digit away from the middle of a value."""
    made = answer.of(value)
    return frozenset(
        i
        for i in among
        if (n := answer.numbers[i]) is not None
        and not may_be_equal(within(n, units), middle(made[i]))
    )


@lru_cache(maxsize=MOST_NUMBERS)
def within(number: Written, units: int) -> Scalar:
    """What is within some units of the last digit of a number."""
    if number.unit is None or not isinstance(number.value, Fraction):
        return point(number)
    with precision(BITS):
        return around(number.value, 2 * units * number.unit, cut=False)
