"""Values that rounding may or may not explain: when a close look is taken, and what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any, TypeAlias

from rnnhand.arithmetic.base import Scalar
from rnnhand.arithmetic.interval import away
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
    return not marking.habits or any_reaches(_closely(marking, place, True, wrong), answer, left)


Looks: TypeAlias = Iterable[tuple[Any, bool, int]]
"""Values, closely looked at; whether what is wrong is left out; and how many units away each is
believed, if not at any distance."""


def any_reaches(looks: Looks, answer: Filled, left: frozenset[int]) -> bool:
    """Whether numbers are within what rounding makes of values; of which nothing may be known."""
    for value, _, units in looks:
        if not answer.known(value):
            return True
        left = still_missing(answer, value, left, units)
        if not left:
            return True
    return False


def still_missing(
    answer: Filled, value: Any, left: frozenset[int], units: int | None
) -> frozenset[int]:
    """Which numbers a value does not explain, or only from more units away."""
    missing = answer.missing(value, left)
    return missing | _hardly_met(units, answer, value, left - missing) if units else missing


WITHIN = 5
"""Units of the last digit that rounding every operation explains: more of it is hardly met."""

SHARE = 0.04
"""The share of a value that it explains too: four digits of a difference are soon far off."""

MOST_SHARE = 0.2
"""The share that it explains where that is well within what it may come to."""

WELL_WITHIN = 2 / 3


def _hardly_met(units: int, answer: Filled, value: Any, among: frozenset[int]) -> frozenset[int]:
    """The numbers that a value allows for, but that are too far away to be believed."""
    made = answer.of(value)
    return frozenset(
        i
        for i in farther_than(units, answer, value, among)
        if (n := answer.numbers[i]) is not None and not _is_likely(point(n), made[i])
    )


def _is_likely(number: Scalar, value: Scalar) -> bool:
    distance = away(number, value)
    return distance.share < SHARE or (
        distance.share < MOST_SHARE and distance.of_radius < WELL_WITHIN
    )


def rounded_throughout(
    marking: Marking, place: Place, answer: Filled, left: frozenset[int]
) -> Iterator[tuple[Any, bool, int]]:
    """What rounding every operation makes of a place, if a value is not too far off for that."""
    if is_too_far(answer, marking.points.made[place], left):
        return
    for trial in marking.closest:
        for value in close_ways(trial, place, marking.field.routes):
            yield value, False, _units_believed(trial)


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


def is_too_far(answer: Filled, value: Any, left: frozenset[int]) -> bool:
    """Whether a number is farther from a value than rounding ever explains."""
    made = answer.of(value)
    return any(
        away(point(n), made[i]).share > 2 * MOST_SHARE
        for i in farther_than(2 * WITHIN + NEAR, answer, value, left)
        if (n := answer.numbers[i]) is not None
    )
