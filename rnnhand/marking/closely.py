"""A sheet looked at closely: how far rounding on the way can have carried every value.

One error is followed through all that it is used in (`arithmetic/affine.py`), so less is reached
than by intervals, which take it for several. Errors that come together all with the worst sign are
not believed in either: many of them add up as chance has it. Whoever rounds along the way may round
more than what has a name: products, what several routes add to a sum; that is looked at too. This
is slow, and done only where the first look leaves a doubt.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from rnnhand.arithmetic.affine import (
    AFFINE,
    Affine,
    as_ball,
    each,
    ends,
    from_ball,
    is_number,
    off_by,
    rounded_on_the_way,
    with_error,
)
from rnnhand.arithmetic.expressions import extent
from rnnhand.arithmetic.program import Program, Storage, compiled, initial_storage
from rnnhand.marking.carry import Carried, Entries, Ground, Standing
from rnnhand.marking.names import Place
from rnnhand.marking.rounding import Habit
from rnnhand.marking.trial import Changes, Trial, Workshop
from rnnhand.system.model import Quantity

SHORT = 1e-9
"""A share of a unit, less than which a number of so many digits is what it is."""


OF_VALUES = 5.0
"""Standard deviations within which values are believed, where named ones were rounded."""

OF_OPERATIONS = 4.0
"""The same where every operation was, which few people do."""

CUT_TO_ROUNDED = 1.5
"""How much wider an interval is that allows for both."""


@dataclass(frozen=True)
class Close:
    """A ground, made ready for looking closely."""

    ground: Ground
    program: Program
    given: Storage
    workshop: Workshop
    added: dict[int, tuple[Changes, Storage]] = field(default_factory=dict)


def close(ground: Ground) -> Close:
    program = compiled(ground.system, AFFINE, placed=True)
    given = initial_storage(ground.system, AFFINE)
    return Close(ground, program, given, Workshop(ground, AFFINE))


def rounded_to(habit: Habit, x: Affine) -> float:
    """How far a number may be from what a habit writes for it."""
    most = abs(x.middle) + x.spread
    if not 0 < most < math.inf:
        return 0.0
    places = habit.digits - 1 - math.floor(math.log10(most)) if habit.significant else habit.digits
    unit = 10.0**-places
    share = x.middle / unit
    if x.radius < SHORT * unit and abs(share) < 1e12 and abs(share - round(share)) < SHORT:
        return 0.0
    return unit if habit.cuts else unit / 2


@dataclass(frozen=True, eq=False)
class CloseTrial(Trial):
    """A trial in which errors are followed; `operations` says that the result of every one may
    have been rounded."""

    near: Close | None = None
    operations: bool = False

    def look(self, place: Place) -> Any:
        """What the equation of a place gives."""
        return self.as_balls(self.carried.made[place])

    def value(self, place: Place, changes: Changes, only: int | None = None) -> Any:
        found = self.made_by(place, changes, only)
        return None if found is None else self.as_balls(found)

    def made_by(self, place: Place, changes: Changes, only: int | None = None) -> Any:
        """The same with its errors."""
        with self.rounding():
            return super().value(place, changes, only)

    def rounding(self) -> AbstractContextManager[None]:
        assert self.habit is not None
        return (
            rounded_on_the_way(partial(rounded_to, self.habit))
            if self.operations
            else nullcontext()
        )

    def as_balls(self, value: Any) -> Any:
        """How far rounding is believed to have carried a value."""
        deviations = OF_OPERATIONS if self.operations else OF_VALUES
        return each(lambda x: as_ball(x, deviations), value)

    def added(self, changes: Changes) -> Storage:
        assert self.near is not None
        if not changes.given:
            return {}
        known = self.near.added
        if id(changes) not in known:
            known[id(changes)] = changes, {q: _from_balls(v) for q, v in changes.given.items()}
        return known[id(changes)][1]

    def alone(self, numbers: Entries) -> Any:
        assert self.habit is not None
        found = tuple(None if n is None else standing_for(n, self.habit) for n in numbers)
        return found[0] if len(found) == 1 else found

    def merged(self, value: Any, numbers: Entries) -> Any:
        assert self.habit is not None
        return gone_on(value, numbers, value, self.habit)

    def unseen(self, value: Any) -> Any:
        assert self.habit is not None
        return unseen(self.habit, value)


def _from_balls(value: Any) -> Any:
    if isinstance(value, list):
        return [None if v is None else each(from_ball, v) for v in value]
    return each(from_ball, value)


def unseen(habit: Habit, value: Any) -> Any:
    """What a value that is not on the sheet may have been rounded to."""
    return each(lambda x: off_by(x, rounded_to(habit, x)), value)


def gone_on(value: Any, numbers: Entries, otherwise: Any, habit: Habit) -> Any:
    """The numbers of the sheet, and where it has none, what there is otherwise."""
    if not isinstance(value, tuple):
        return otherwise if numbers[0] is None else _number(value, numbers[0], habit)
    return tuple(
        u if n is None else _number(v, n, habit)
        for v, n, u in zip(value, numbers, otherwise, strict=True)
    )


def _number(value: Affine, number: Standing, habit: Habit) -> Affine:
    if is_number(value, number.point) or _is_written_as_nothing(value, number):
        return value
    return standing_for(number, habit)


def _is_written_as_nothing(value: Affine, number: Standing) -> bool:
    """Whether a value was written as 0.00: who takes its logarithm still has the value itself."""
    around = from_ball(number.around)
    (low, high), (least, most) = ends(around), ends(value)
    return low <= 0 <= high and least > 0 and most <= 2 * around.radius


def standing_for(number: Standing, habit: Habit) -> Affine:
    """What a written number may stand for by a habit: intervals allow for digits cut off."""
    around = from_ball(number.around)
    if habit.cuts or around.radius == 0:
        return around
    return with_error(from_ball(number.point).middle, around.radius / CUT_TO_ROUNDED)


def look_closely(
    near: Close, written: Mapping[Place, Entries], habit: Habit, operations: bool
) -> CloseTrial:
    """What the equations make of a sheet, with the errors of all that was rounded."""
    system, program = near.ground.system, near.program
    made: dict[Place, Any] = {}
    storage = dict(near.given)
    for (q, step), numbers in written.items():
        if q in system.given and (step is None or step in system.given[q].values):
            if step is None:
                storage[q] = gone_on(storage[q], numbers, storage[q], habit)
            else:
                column = list(storage[q])
                i = step - extent(system, q.over)[0]
                column[i] = gone_on(column[i], numbers, column[i], habit)
                storage[q] = column
    names: Mapping[int, Quantity] = dict(enumerate(program.order))
    bases = {q: extent(system, q.over)[0] for q in program.order if q.over}

    def place(slot: int, position: int, value: Any) -> Any:
        q = names[slot]
        here = (q, position + bases[q] if q.over else None)
        made[here] = value
        numbers = written.get(here)
        rounded = unseen(habit, value)
        return rounded if numbers is None else gone_on(value, numbers, rounded, habit)

    carried = Carried(made, storage)
    trial = CloseTrial(near.workshop, carried, written, habit, near=near, operations=operations)
    with trial.rounding():
        program.run(storage, place)
    return trial


def close_ways(trial: CloseTrial, place: Place, routes: tuple[Changes, ...]) -> Iterator[Any]:
    """What honest ways make of a place, closely looked at."""
    yield trial.look(place)
    for changes in routes:
        value = trial.value(place, changes)
        if value is not None:
            yield value
