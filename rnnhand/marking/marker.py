"""A problem's key, made ready for any number of sheets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

from rnnhand.arithmetic.ball import MIXED, precision
from rnnhand.arithmetic.interval import INTERVALS
from rnnhand.arithmetic.policy import Settled, settle
from rnnhand.arithmetic.program import Program, compiled, initial_storage
from rnnhand.errors import failure
from rnnhand.language.numerals import Numeral
from rnnhand.language.printer import text
from rnnhand.language.tree import Ref
from rnnhand.marking.answers import Names
from rnnhand.marking.asked import plan_of
from rnnhand.marking.carry import BITS, Ground, carry, ground
from rnnhand.marking.closely import Close, close
from rnnhand.marking.diagnosis import Ways, ways
from rnnhand.marking.filled import Compared, Filled
from rnnhand.marking.names import Place, Spot
from rnnhand.marking.numbers import Written
from rnnhand.marking.routes import routes
from rnnhand.marking.trial import Changes, Workshop
from rnnhand.marking.updates import Steps, steps_of
from rnnhand.problem.model import Problem
from rnnhand.questions.key import instances
from rnnhand.questions.work import Plan, Worked, at
from rnnhand.system.model import Quantity

MOST_FIELDS = 12
"""Fields that are kept: classes name much the same derivatives."""

MOST_COMPARED = 20_000
"""Answers that are kept with what they are by the key."""

Numbers: TypeAlias = tuple[Written | None, ...]

KEY_DIGITS = 30
"""Certain digits of the key: far more than anybody writes."""


@dataclass(frozen=True)
class Field:
    """A ground, and the true value of every place on it."""

    ground: Ground
    true: Mapping[Place, Any]
    numerals: dict[tuple[Spot, int], Numeral | None] = field(default_factory=dict)
    known: dict[tuple[Spot, tuple[int, ...], Numbers], Compared] = field(default_factory=dict)

    @cached_property
    def order(self) -> Mapping[Place, None]:
        """Its places in the order of the work: forwards, then dL/dL[t], of which others may be
        made though the equations have its plain number put in, then all other derivatives."""
        plan = self.ground.plan
        made = plan.gradient
        shares = {made.of_quantity(q) for q in plan.step_losses} if made is not None else set()

        def turn(place: Place) -> int:
            return 0 if place[0] in plan.system.shapes else 1 if place[0] in shares else 2

        return dict.fromkeys(sorted(carry(self.ground, {}).made, key=turn))

    def compared(self, answer: Filled, truth: Any) -> Compared:
        """How an answer stands to the true value, which is looked at once for a class."""
        key = answer.spot, answer.chosen, answer.numbers
        if key not in self.known:
            if len(self.known) >= MOST_COMPARED:
                self.known.clear()
            self.known[key] = answer.compared(truth)
        return self.known[key]

    @cached_property
    def workshop(self) -> Workshop:
        return Workshop(self.ground)

    @cached_property
    def close(self) -> Close:
        """The same for looking closely."""
        return close(self.ground)

    @cached_property
    def routes(self) -> tuple[Changes, ...]:
        """Other honest ways to its values."""
        return routes(self.ground)

    @cached_property
    def ways(self) -> Ways:
        """What misconceptions make of it."""
        return ways(self.ground)


@dataclass
class Marker:
    """A problem's key. Fields are made once for each set of derivatives that sheets name."""

    plan: Plan
    settled: Settled[Worked]
    names: Names = field(default_factory=dict)
    fields: dict[tuple[tuple[Ref, ...], frozenset[Quantity]], Field] = field(default_factory=dict)

    def field(self, of: Sequence[Ref], by: frozenset[Quantity] = frozenset()) -> Field:
        """What sheets that name the derivatives of these scalars, and by these data, are marked
        on."""
        wanted = {*of}
        for (scalars, data), there in self.fields.items():
            if wanted.issubset(scalars) and by <= data:
                return there
        key = tuple(sorted(of, key=text)), by
        made = ground(self.plan, *key)
        if len(self.fields) >= MOST_FIELDS:
            del self.fields[next(iter(self.fields))]
        with precision(BITS):
            self.fields[key] = Field(made, _true_values(made, self.settled))
        return self.fields[key]

    @cached_property
    def program(self) -> Program:
        """The program of the plan's full system."""
        return compiled(self.plan.full, INTERVALS)

    @cached_property
    def steps(self) -> Steps:
        """The updates made ready, as they should be done and as they are done wrongly."""
        return steps_of(self.plan, self.program)


def marker_for(problem: Problem) -> Marker:
    """Work a problem out once, for all its sheets. Raises `Failure` where it has no numbers."""
    plan = plan_of(problem)
    if plan.has_letters:
        given = next(g for g in plan.problem.system.given.values() if g.has_letters)
        raise failure("letters", given.span, "hint-letters", name=str(given.quantity))
    if not (plan.system.made_by or plan.formulas or plan.said):
        raise failure("sheet-nothing", None, "hint-sheet-nothing")
    return Marker(plan, settle(plan.task(), "auto", KEY_DIGITS))


def _true_values(ground: Ground, settled: Settled[Worked]) -> Mapping[Place, Any]:
    """Every place of the ground, by the equations and the given numbers alone."""
    system = ground.system
    arithmetic = MIXED if settled.closed is not None else settled.arithmetic
    with settled.precisely():
        storage = initial_storage(system, arithmetic)
        compiled(system, arithmetic).run(storage)
    return {
        (q, step): at(system, storage, q, step)
        for q in (*system.given, *system.made_by)
        for step in instances(system, q)
    }
