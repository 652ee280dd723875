"""Values that rounding may or may not explain: when a close look is taken, and what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any

from rnnhand.marking.closely import CloseTrial, close_ways
from rnnhand.marking.filled import NEAR, Filled, farther_than
from rnnhand.marking.marked import Marking
from rnnhand.marking.names import Place, Spot

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
    if not marking.habits:
        return True
    for value, _, units in _closely(marking, place, True, wrong):
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
    return missing | farther_than(units, answer, value, left - missing) if units else missing


WITHIN = 5
"""Units of the last digit that rounding every operation explains: more of it is hardly met."""


def rounded_throughout(
    marking: Marking, place: Place, answer: Filled, left: frozenset[int]
) -> Iterator[tuple[Any, bool, int]]:
    """What rounding every operation makes of a place, if a value is not too far off for that."""
    if farther_than(2 * WITHIN + NEAR, answer, marking.points.made[place], left):
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
    """What honest ways make of a place, closely looked at; whether what is wrong is left out; and
    how many units away it is believed, if not at any distance."""
    looks: list[Callable[[], tuple[CloseTrial, ...]]]
    looks = [lambda: marking.close, lambda: marking.closest]
    if anew:
        looks.insert(1, lambda: marking.close_from_forward)
    own = ((trial, False) for look in looks for trial in look())
    apart = ((trial, True) for there in left_out(marking, wrong) for trial in there.close)
    for trial, cleared in chain(own, apart):
        for value in close_ways(trial, place, marking.field.routes):
            yield value, cleared, _units_believed(trial)
