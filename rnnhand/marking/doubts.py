"""Values that rounding may or may not explain: when a close look is taken, and what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any, TypeAlias

from rnnhand.arithmetic.interval import away, says_one_number
from rnnhand.marking.closely import CloseTrial, close_ways
from rnnhand.marking.filled import NEAR, Filled, farther_than, point
from rnnhand.marking.marked import Marking
from rnnhand.marking.names import Place, Spot
from rnnhand.marking.updates import Iteration

MOST_COPIED = 3
"""Wrong values up to which a sheet is looked at without them."""


def left_out(marking: Marking, wrong: Iterable[Spot]) -> Iterator[Marking]:
    """The sheet without what is wrong on it so far: without all of it, and without each."""
    spots = tuple(dict.fromkeys(wrong))
    if 0 < len(spots) <= MOST_COPIED:
        sets = (frozenset(spots), *(frozenset([spot]) for spot in spots))
        yield from map(marking.without, dict.fromkeys(sets))


def reached_closely(
    marking: Marking, place: Place, answer: Filled, left: frozenset[int], wrong: Iterable[Spot]
) -> bool:
    """Whether a close look confirms what intervals reach: they take one error for several."""
    return not marking.habits or any_reaches(
        marking, _closely(marking, place, True, wrong), answer, left
    )


Looks: TypeAlias = Iterable[tuple[Any, bool, int]]
"""Values, closely looked at; whether what is wrong is left out; and how many units away each is
believed, if not at any distance."""


def any_reaches(marking: Marking, looks: Looks, answer: Filled, left: frozenset[int]) -> bool:
    """Whether numbers are within what rounding makes of values; of which nothing may be known."""
    for value, _, units in looks:
        if not answer.known(value):
            return True
        left = still_missing(marking, answer, value, left, units)
        if not left:
            return True
    return False


def still_missing(
    marking: Marking, answer: Filled, value: Any, left: frozenset[int], units: int | None
) -> frozenset[int]:
    """Which numbers a value does not explain, or only from more units away."""
    missing = answer.missing(value, left)
    return (
        missing | _hardly_met(marking, units, answer, value, left - missing) if units else missing
    )


WITHIN = 5
"""Units of the last digit that rounding every operation explains: more of it is hardly met."""

SHARE = 0.04
"""The share of a value that it explains too: four digits of a difference are soon far off."""

MOST_SHARE = 0.5
"""The share of a value that it explains where that is well within what it may come to; of what is
left of a difference, any."""

WELL_WITHIN = 1 / 3
"""How far into what it may come to a number has to be for that."""

WITHIN_SHOWN = 1
"""The same for a small share, and on a sheet that shows by other numbers that every operation was
rounded."""

SHOWN = 2
"""How many other numbers show it."""


def _hardly_met(
    marking: Marking, units: int, answer: Filled, value: Any, among: frozenset[int]
) -> frozenset[int]:
    """The numbers that a value allows for, but that are too far away to be believed, or exact."""
    made, far = answer.of(value), set()
    for i in farther_than(units, answer, value, among):
        number = answer.numbers[i]
        assert number is not None
        share, of_radius = away(point(number), made[i])
        likely = share < MOST_SHARE or of_radius < share
        shown = of_radius < WELL_WITHIN or (
            of_radius < WITHIN_SHOWN and len(marking.rough - {(answer.spot, i)}) >= SHOWN
        )
        close = share < SHARE and of_radius < WITHIN_SHOWN
        if number.unit is None or not (close or (likely and shown)):
            far.add(i)
    return frozenset(far)


def rounded_throughout(
    marking: Marking, place: Place, answer: Filled, left: frozenset[int]
) -> Iterator[tuple[Any, bool, int]]:
    """What rounding every operation makes of a place, if a value is not too far off for that."""
    if is_beyond_rounding(marking, place, answer, left):
        return
    for there in _with_steps(marking, place):
        for trial in there.closest:
            for value in close_ways(trial, place, there.field.routes):
                yield value, False, _units_believed(trial)


def is_beyond_rounding(
    marking: Marking, place: Place, answer: Filled, left: frozenset[int]
) -> bool:
    """Whether numbers are farther from what the equation of a place gives than rounding brings."""
    made = marking.carried.made[place]
    return is_too_far(answer, marking.points.made[place] if is_wide(made) else made, left)


def _with_steps(marking: Marking, place: Place) -> Iterator[Marking]:
    """A sheet, and for the gradient of a parameter the same with those of the steps' losses: who
    adds them up on scrap paper has rounded them."""
    yield marking
    if marking.is_total(place) and marking.by_steps is not None:
        yield marking.by_steps


def _units_believed(trial: CloseTrial) -> int:
    """A digit that is cut off is twice the error."""
    if not trial.operations:
        return 0
    return WITHIN * 2 if trial.habit is not None and trial.habit.cuts else WITHIN


def _closely(
    marking: Marking, place: Place, anew: bool, wrong: Iterable[Spot]
) -> Iterator[tuple[Any, bool, int]]:
    """What honest ways make of a place, closely looked at."""
    looks: list[Callable[[], tuple[CloseTrial, ...]]]
    looks = [lambda: marking.close, lambda: marking.closest]
    if anew:
        looks.insert(1, lambda: marking.close_from_forward)
    own = ((trial, False) for look in looks for trial in look())
    apart = ((trial, True) for there in left_out(marking, wrong) for trial in there.close)
    for trial, cleared in chain(own, apart):
        for value in close_ways(trial, place, marking.field.routes):
            yield value, cleared, _units_believed(trial)


def iteration_closely(
    marking: Marking, k: int, pick: Callable[[Iteration], Any], wrong: Iterable[Spot]
) -> Iterator[tuple[Any, bool, int]]:
    """What an iteration gives, closely looked at."""
    own = ((marking, trial, False) for look in (_named, _every) for trial in look(marking))
    apart = ((there, trial, True) for there in left_out(marking, wrong) for trial in there.close)
    for there, trial, cleared in chain(own, apart):
        for turn in there.close_turns(trial):
            if turn.k == k:
                yield trial.as_balls(pick(turn)), cleared, _units_believed(trial)


def _named(marking: Marking) -> tuple[CloseTrial, ...]:
    return marking.close


def _every(marking: Marking) -> tuple[CloseTrial, ...]:
    return marking.closest


def is_wide(value: Any) -> bool:
    """Whether so much may be meant by a value that to meet it says nothing."""
    entries = value if isinstance(value, tuple) else (value,)
    return not all(says_one_number(x, NARROW) for x in entries)


NARROW = 1
"""Bits of a value that has to be known before it is met by more than chance."""


def well_met(answer: Filled, value: Any, among: frozenset[int]) -> frozenset[int]:
    """The numbers that are well within what a value may come to."""
    made = answer.of(value)
    return frozenset(
        i
        for i in among
        if (n := answer.numbers[i]) is not None and away(point(n), made[i]).of_radius < WELL_WITHIN
    )


def is_too_far(answer: Filled, value: Any, left: frozenset[int]) -> bool:
    """Whether a number is farther from a value than rounding ever explains."""
    made = answer.of(value)
    return any(
        away(point(n), made[i]).share > 2 * MOST_SHARE
        for i in farther_than(2 * WITHIN + NEAR, answer, value, left)
        if (n := answer.numbers[i]) is not None
    )
