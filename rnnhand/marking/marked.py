"""What is found of a sheet: an item for each of its values, and what it was marked with."""

from __future__ import annotations

import dataclasses
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

from rnnhand.arithmetic.ball import precision
from rnnhand.arithmetic.base import Scalar
from rnnhand.arithmetic.interval import is_number
from rnnhand.arithmetic.numerals import numeral
from rnnhand.arithmetic.program import Storage
from rnnhand.errors import Diagnostic
from rnnhand.language.numerals import Numeral, Table
from rnnhand.marking.carry import BITS, Carried, Entries, carry
from rnnhand.marking.close_updates import close_turns
from rnnhand.marking.closely import CloseTrial, close_ways, look_closely
from rnnhand.marking.diagnosis import Diagnosis
from rnnhand.marking.filled import Filled, by_place, standing, standing_exactly
from rnnhand.marking.marker import Field, Marker
from rnnhand.marking.moves import updated
from rnnhand.marking.names import After, Place, Spot, moment_spot
from rnnhand.marking.numbers import Written
from rnnhand.marking.rounding import Habit, habits
from rnnhand.marking.routes import steps_of_the_loss
from rnnhand.marking.sheet import Nested
from rnnhand.marking.trial import Trial, store
from rnnhand.marking.updates import Iteration, carried_on
from rnnhand.questions.work import Plan
from rnnhand.system.model import Quantity


class Verdict(StrEnum):
    RIGHT = "right"
    FOLLOWS = "follows"
    WRONG = "wrong"
    MISSING = "missing"
    UNREADABLE = "unreadable"


@dataclass
class Item:
    """One value of a sheet and what is to be said of it.

    `expected` is the true value; `rounded` says that it stands for it without being it, `cut` that
    it was cut off and not rounded, `trivial` that it follows as an exact 0. `diagnoses` are the
    misconceptions that a wrong value fits, likeliest first, `at_once` some that it fits together;
    `roughly` says that it fits them but for a unit of the last digit.
    `convention` is one under which it is right. `told` is what is right where that is a word or a
    condition.
    """

    label: str
    given: Nested
    spot: Spot | None
    verdict: Verdict
    expected: Table | None = None
    cut: bool = False
    rounded: bool = False
    trivial: bool = False
    convention: str = ""
    told: str = ""
    why: tuple[Diagnostic, ...] = ()
    diagnoses: tuple[Diagnosis, ...] = ()
    at_once: tuple[Diagnosis, ...] = ()
    roughly: bool = False


MOST_LOSSES = 12
"""Steps' losses whose gradients are looked at one by one, though no sheet names them."""

DIGITS = 8
"""Significant digits of an expected value on a report."""


@dataclass(frozen=True)
class Marking:
    """A sheet while it is marked: its answers by place, and their numbers as intervals."""

    marker: Marker
    field: Field
    answers: Mapping[Spot, Sequence[tuple[Item, Filled]]]
    written: Mapping[Spot, Entries]
    apart: dict[frozenset[Spot], Marking] = dataclasses.field(default_factory=dict)

    def without(self, spots: frozenset[Spot]) -> Marking:
        """The same with some of the sheet's numbers left out: who has copied a number wrongly may
        have gone on with the right one."""
        if spots not in self.apart:
            kept = {spot: n for spot, n in self.written.items() if spot not in spots}
            self.apart[spots] = replace(self, written=kept, apart={})
        return self.apart[spots]

    @cached_property
    def carried(self) -> Carried:
        """What the equations make of them; where all is right by the key, nobody asks."""
        return carry(self.field.ground, places_of(self.written))

    @cached_property
    def trial(self) -> Trial:
        return Trial(self.field.workshop, self.carried, places_of(self.written))

    @cached_property
    def from_forward(self) -> Trial | None:
        """The same with the numbers of the forward pass alone, where others are on the sheet."""
        places = places_of(self.written)
        forward = {p: n for p, n in places.items() if p[0] in self.plan.system.shapes}
        if len(forward) == len(places):
            return None
        return Trial(self.trial.workshop, carry(self.field.ground, forward), forward)

    @cached_property
    def point_numbers(self) -> dict[Spot, Entries]:
        """The numbers of the sheet as they stand."""
        answers = (a for there in self.answers.values() for _, a in there)
        return by_place(answers, standing_exactly)

    @cached_property
    def points(self) -> Carried:
        """What the equations make of the numbers as they stand."""
        return carry(self.field.ground, places_of(self.point_numbers))

    @cached_property
    def as_it_stands(self) -> Trial:
        places = places_of(self.point_numbers)
        return Trial(self.trial.workshop, self.points, places)

    @cached_property
    def turns_of_points(self) -> tuple[Iteration, ...]:
        """Iterations from the numbers as they stand."""
        return tuple(carried_on(self.marker.steps, self.points, self.point_numbers))

    @cached_property
    def made(self) -> dict[Spot, Any]:
        """What each value's equation gives from the student's other numbers as they stand."""
        made: dict[Spot, Any] = {}
        made.update(self.points.made.items())
        if self.has_updates and self.plan.gradient is not None:
            loss = loss_place(self.plan)
            for turn in self.turns_of_points:
                made |= {After(turn.k, slot): v for slot, v in turn.updated.parameters.items()}
                made[After(turn.k, loss)] = turn.updated.loss
                made |= {moment_spot(turn.k, m): value for m, value in turn.computed.items()}
        return made

    def expected(self, answer: Filled, truth: Any, like: Nested) -> Table | None:
        """The true value of an answer, nested as it is; its numerals are made once for a field."""
        known = self.field.numerals
        numbers = []
        for i, value in zip(answer.chosen, answer.of(truth), strict=True):
            if (answer.spot, i) not in known:
                known[answer.spot, i] = as_numeral(value)
            numbers.append(known[answer.spot, i])
        return nested_like(numbers, like)

    @cached_property
    def updated(self) -> Storage:
        """The parameters after the first update, as the student goes on with them."""
        if not self.plan.updates:
            return {}
        turn = next(carried_on(self.marker.steps, self.carried, self.written))
        return {updated(q): value for (q, step), value in turn.after.items() if step is None}

    @cached_property
    def habits(self) -> tuple[Habit, ...]:
        """How the student rounds, by the numbers that are not just the true ones; where there are
        none, by those after updates."""
        numbers: list[Written] = []
        later: list[Written] = []
        cut = up = 0
        for there in self.answers.values():
            for _, answer in there:
                if isinstance(answer.spot, After):
                    later += (n for n in answer.numbers if n is not None)
                    continue
                found = self.field.compared(answer, self.field.true[answer.spot])
                cut += found.cut
                up += found.up
                if found.cut or found.missing or not found.exactly:
                    numbers += (n for n in answer.numbers if n is not None)
        return habits(numbers or later, cuts=cut > 0 and up <= cut)

    @cached_property
    def generous(self) -> tuple[Trial, ...]:
        """The same with every value that is not on the sheet taken for anything that it may have
        been rounded to."""
        places = places_of(self.written)
        return tuple(
            Trial(self.trial.workshop, carry(self.field.ground, places, habit), places, habit)
            for habit in self.habits
        )

    @cached_property
    def rounding(self) -> tuple[Trial, ...]:
        """The numbers as they stand, and every value that is not on the sheet rounded as the
        student rounds: one number, not all that it may have been."""
        return tuple(map(self._carrying_out, self.habits))

    @cached_property
    def rounding_or_cutting(self) -> tuple[Trial, ...]:
        """The same, and with digits rounded that seem to be cut off, or the other way round."""
        others = (replace(habit, cuts=not habit.cuts) for habit in self.habits)
        return (*self.rounding, *map(self._carrying_out, others))

    def _carrying_out(self, habit: Habit) -> Trial:
        places, how = places_of(self.point_numbers), habit.carried_out()
        return Trial(self.trial.workshop, carry(self.field.ground, places, how), places, how)

    @cached_property
    def close(self) -> tuple[CloseTrial, ...]:
        """The same looked at closely."""
        return self._closely(self.written, False)

    @cached_property
    def closest(self) -> tuple[CloseTrial, ...]:
        """The same with every operation rounded."""
        return self._closely(self.written, True)

    @cached_property
    def close_from_forward(self) -> tuple[CloseTrial, ...]:
        """The same with the numbers of the forward pass alone."""
        return () if self.from_forward is None else self._closely(self.from_forward.written, False)

    def _closely(self, spots: Container[Spot], operations: bool) -> tuple[CloseTrial, ...]:
        near = self.field.close
        meant = ((habit, self.meant(habit)) for habit in self.habits)
        return tuple(
            look_closely(near, {p: n for p, n in places_of(m).items() if p in spots}, h, operations)
            for h, m in meant
        )

    def as_meant(self, answer: Filled) -> Filled:
        """An answer with the zeros that the student's likeliest habit drops."""
        if not self.habits or not self.habits[0].drops_zeros:
            return answer
        meant = self.habits[0].meant
        return replace(answer, numbers=tuple(n and meant(n) for n in answer.numbers))

    def meant(self, habit: Habit) -> Mapping[Spot, Entries]:
        """The numbers of the sheet, with the zeros that a habit drops at their ends."""
        if not habit.drops_zeros:
            return self.written
        answers = (a for there in self.answers.values() for _, a in there)
        found = by_place(answers, lambda number: standing(habit.meant(number)))
        return {spot: numbers for spot, numbers in found.items() if spot in self.written}

    @cached_property
    def rough(self) -> frozenset[tuple[Spot, int]]:
        """The numbers that rounding explains only if every operation was rounded."""
        found: set[tuple[Spot, int]] = set()
        for place, there in self.answers.items():
            if isinstance(place, After) or place not in self.carried.made:
                continue
            for _, answer in there:
                left = answer.missing(self.field.true[place])
                for trial in self.close if left else ():
                    for value in close_ways(trial, place, self.field.routes):
                        left = answer.missing(value, left)
                        if not left:
                            break
                for trial in self.closest if left else ():
                    value = trial.look(place)
                    found |= {(place, i) for i in left - answer.missing(value, left)}
        return frozenset(found)

    def close_turns(self, trial: CloseTrial) -> Iterator[Iteration]:
        """Iterations from a sheet as it is looked at closely."""
        totals = tuple(p for p in self.field.order if self.is_total(p) and p not in self.written)
        assert trial.habit is not None
        meant = self.meant(trial.habit)
        return close_turns(self.marker.steps, trial, meant, totals, self.field.routes)

    @cached_property
    def turns(self) -> Mapping[int, Sequence[Iteration]]:
        """Iterations by their number."""
        turns = carried_on(self.marker.steps, self.carried, self.written)
        return {turn.k: (turn,) for turn in turns}

    @cached_property
    def generous_turns(self) -> Mapping[int, Sequence[Iteration]]:
        """Iterations by their number, with what is not on the sheet rounded."""
        found: dict[int, list[Iteration]] = {}
        for trial in self.generous:
            assert trial.habit is not None
            for turn in carried_on(self.marker.steps, trial.carried, self.written, trial.habit):
                found.setdefault(turn.k, []).append(turn)
        return found

    @cached_property
    def turns_by_other_ways(self) -> Mapping[int, Sequence[Iteration]]:
        """Iterations by their number, from gradients that are not on the sheet and came by other
        honest ways."""
        found: dict[int, list[Iteration]] = {}
        for storage in self._by_other_ways() if self.plan.updates else ():
            for turn in carried_on(self.marker.steps, Carried({}, storage), self.written):
                found.setdefault(turn.k, []).append(turn)
        return found

    def _by_other_ways(self) -> Iterator[Storage]:
        """What is gone on with where the gradients of parameters came by each other way."""
        system = self.field.ground.system
        totals = [p for p in self.field.order if self.is_total(p) and p not in self.written]
        for changes in self.field.routes:
            storage, copied, changed = dict(self.carried.storage), set[Quantity](), False
            for place in totals:
                value = self.trial.value(place, changes)
                if value is not None:
                    store(system, storage, place, value, copied)
                    changed = True
            if changed:
                yield storage

    def is_total(self, place: Place) -> bool:
        """Whether a place is the gradient of the whole loss by a parameter."""
        gradient = self.plan.gradient
        return gradient is not None and any(
            place[0] == gradient.of_quantity(given.quantity) for given in self.plan.parameters
        )

    @cached_property
    def by_steps(self) -> Marking | None:
        """The same with the gradients of the steps' losses, which a student may have added up
        without writing them down."""
        steps = steps_of_the_loss(self.plan)
        if not 1 < len(steps) <= MOST_LOSSES or {*steps} <= {*self.field.ground.of}:
            return None
        wider = self.marker.field((*self.field.ground.named, *steps))
        return replace(self, field=wider, apart={})

    @property
    def plan(self) -> Plan:
        return self.marker.plan

    @property
    def has_updates(self) -> bool:
        return any(isinstance(spot, After) for spot in self.answers)


@dataclass(frozen=True)
class Marked:
    """All items of a sheet, in its own order, and those it lacks."""

    items: tuple[Item, ...]
    marking: Marking

    def follow_through(self, item: Item) -> Table | None:
        """What the equation of a value gives from the student's other numbers as they stand."""
        for there, answer in self.marking.answers.get(item.spot, ()) if item.spot else ():
            if there.label == item.label and answer.spot in self.marking.made:
                with precision(BITS):
                    values = answer.of(self.marking.made[answer.spot])
                    return nested_like(list(map(as_numeral, values)), item.given)
        return item.expected

    def count(self, verdict: Verdict) -> int:
        return sum(item.verdict == verdict for item in self.items)

    @property
    def all_right(self) -> bool:
        """Whether every value that the sheet gives is right."""
        return all(item.verdict in (Verdict.RIGHT, Verdict.MISSING) for item in self.items)


def places_of(written: Mapping[Spot, Entries]) -> dict[Place, Entries]:
    return {spot: n for spot, n in written.items() if not isinstance(spot, After)}


def as_numeral(value: Scalar) -> Numeral | None:
    """The number as a report has it; None where nothing is known of it, or too little."""
    if not is_number(value):
        return None
    try:
        return numeral(value, DIGITS)
    except (ValueError, OverflowError):
        return None


def nested_like(numbers: Sequence[Numeral | None], like: Nested) -> Table | None:
    """Numbers nested as the student nested theirs; None where one is missing."""
    rest = iter(numbers)
    missing = False

    def nest(part: Nested) -> Table:
        nonlocal missing
        if isinstance(part, tuple):
            return tuple(nest(inner) for inner in part)
        number = next(rest)
        missing = missing or number is None
        return number or UNKNOWN

    found = nest(like)
    return None if missing else found


UNKNOWN = Numeral(None, None)


def loss_place(plan: Plan) -> Place:
    loss = plan.system.loss
    assert loss is not None
    return plan.system.quantity(loss), plan.system.step(loss)
