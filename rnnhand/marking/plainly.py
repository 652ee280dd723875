"""Whether a sheet was worked in one plain way: with a calculator's own numbers throughout, or from
the numbers as they stand on it, and nothing else rounded.

Rounding explains much of what is far from the key. On a sheet where all else is, to the last digit,
what a plain way gives, it explains nothing that this way does not. Of what follows from a mistake
this is not told: it may have been made with more digits than the mistake was written with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any, TypeAlias

from rnnhand.arithmetic.interval import is_number, reaches
from rnnhand.marking.closely import close_ways
from rnnhand.marking.doubts import well_met
from rnnhand.marking.filled import Filled, farther_than
from rnnhand.marking.marked import Marking
from rnnhand.marking.names import After, Place
from rnnhand.marking.trial import Trial

ENOUGH = 16
"""Numbers that rounding may have moved, from which it is told that it did not."""

NEARLY_ALL = 0.95
"""The share of them that a way has to give, but for one more."""

OFF = 5
"""Units of the last digit from which a number is no result of a plain way."""

Way: TypeAlias = Callable[[Place], Iterator[Any]]
"""What a way of working gives at a place, by each honest route."""

Moved: TypeAlias = tuple[Place, Filled, frozenset[int]]
"""An answer and those of its numbers that rounding may have moved."""


def is_off(marking: Marking, place: Place, answer: Filled, among: frozenset[int]) -> bool:
    """Whether some numbers are far from all that plain ways give, and not well within what rounding
    makes there, though an exact way gives the rest of the sheet and none that rounds gives more."""
    if not marking.habits:
        return False
    exact = _exact_ways(marking)
    rounding = tuple(_by_routes(marking, trial) for trial in marking.rounding_or_cutting)
    ways = (way(place) for way in (*exact, *rounding))
    near = (close_ways(trial, place, marking.field.routes) for trial in marking.close)
    for value in chain(*near, *ways):
        if answer.known(value):
            among = farther_than(OFF, answer, value, among)
            among -= well_met(answer, value, among)
        if not among:
            return False
    moved = [there for there in _moved(marking) if there[0] != place]
    told = sum(len(numbers) for _, _, numbers in moved)
    if told < ENOUGH:
        return False
    most = max(_given(way, moved) for way in exact)
    return most + 1 >= NEARLY_ALL * told and all(_given(way, moved) <= most for way in rounding)


def _exact_ways(marking: Marking) -> tuple[Way, ...]:
    """The ways on which nothing is rounded that is not on the sheet. Who rounds that may round more
    still, and nobody can tell what."""
    return lambda place: iter((marking.field.true[place],)), _by_routes(
        marking, marking.as_it_stands
    )


def _by_routes(marking: Marking, trial: Trial) -> Way:
    def values(place: Place) -> Iterator[Any]:
        yield trial.carried.made[place]
        for changes in marking.field.routes:
            value = trial.value(place, changes)
            if value is not None:
                yield value

    return values


def _given(way: Way, moved: Iterable[Moved]) -> int:
    """How many numbers a way gives, to the last digit."""
    given = 0
    for place, answer, numbers in moved:
        left = numbers
        for value in way(place) if left else ():
            if answer.known(value):
                left = answer.missing(value, left)
        given += len(numbers - left)
    return given


def _moved(marking: Marking) -> Iterator[Moved]:
    """The answers of a sheet, with those of their numbers that rounding on the way to them may
    have moved by a unit."""
    (trial, *_) = marking.close
    for place, there in marking.answers.items():
        if isinstance(place, After) or place not in trial.carried.made:
            continue
        value = trial.look(place)
        for _, answer in there:
            made = answer.of(value)
            yield (
                place,
                answer,
                frozenset(
                    i
                    for i, n in enumerate(answer.numbers)
                    if n is not None
                    and n.unit is not None
                    and is_number(made[i])
                    and reaches(made[i], n.unit)
                ),
            )
