"""The equations of a problem, evaluated with a student's numbers in place of their own results.

Every named quantity at a step is computed once from what stands before it: from the student's own
number where the sheet has one, else from what the equations carry there. So each written value
meets exactly what correct arithmetic makes of the student's other values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from rnnhand.arithmetic.ball import precision
from rnnhand.arithmetic.base import Scalar
from rnnhand.arithmetic.expressions import extent
from rnnhand.arithmetic.instance import terms_at
from rnnhand.arithmetic.interval import INTERVALS, same_exactly
from rnnhand.arithmetic.program import Program, Storage, compiled, initial_storage
from rnnhand.calculus.gradient import gradient
from rnnhand.language.tree import Ref, Shift
from rnnhand.marking.jacobians import with_jacobian
from rnnhand.marking.names import Place
from rnnhand.marking.rounding import Habit
from rnnhand.questions.work import Plan
from rnnhand.system.model import SCALAR, Equation, Quantity, System
from rnnhand.system.schedule import instances_read

BITS = 160
"""Precision of the intervals: far beyond what is written on paper."""


@dataclass(frozen=True, eq=False, slots=True)
class Standing:
    """A written number: as it stands, and all that it may stand for."""

    point: Scalar
    around: Scalar


MOST_HABITS = 12
"""Habits of rounding whose programs are kept."""

Entries: TypeAlias = tuple[Standing | None, ...]
"""A student's numbers, entry by entry; None where the sheet has none."""


@dataclass(frozen=True)
class Ground:
    """What a sheet is marked on: the system with every gradient that it names, compiled once.

    `of` are the scalars that are differentiated, the loss first; `named` what sheets differentiate
    besides the loss, vectors too.
    """

    plan: Plan
    system: System
    program: Program
    given: Storage
    of: tuple[Ref, ...]
    named: tuple[Ref, ...]
    reads: dict[Place, tuple[Place, ...]] = field(default_factory=dict)
    rounding: dict[Habit, Program] = field(default_factory=dict)

    def rounded(self, habit: Habit) -> Program:
        """The program whose functions give what a habit makes of their values: tanh(c) in
        o·tanh(c) stands on scrap paper."""
        if habit.inside() is self.program.arithmetic:
            return self.program
        if habit not in self.rounding:
            if len(self.rounding) >= MOST_HABITS:
                self.rounding.clear()
            self.rounding[habit] = compiled(self.system, habit.inside(), placed=True)
        return self.rounding[habit]

    def sources(self, place: Place) -> tuple[Place, ...]:
        """What the equation of a place reads."""
        if place not in self.reads:
            q, step = place
            made = (e for e in self.system.made_by.get(q, ()) if e.steps is None or step in e.steps)
            found = (source for e in made for source in read_by(self.system, e, step))
            self.reads[place] = tuple(dict.fromkeys(found))
        return self.reads[place]


def read_by(system: System, equation: Equation, step: int | None) -> tuple[Place, ...]:
    """What an equation reads at a step, each place once."""
    index = equation.target.index
    running = {index.var: step} if isinstance(index, Shift) and step is not None else {}
    found: dict[Place, None] = {}
    for term in terms_at(equation, step):
        for q, at in instances_read(system, term.body, running):
            assert isinstance(q, Quantity)
            found[q, at] = None
    return tuple(found)


@dataclass(frozen=True)
class Carried:
    """What the equations make of a sheet. `made` holds, in the order of the work, what each place
    got from the numbers before it; `storage` the numbers that were gone on with."""

    made: Mapping[Place, Any]
    storage: Storage


def ground(plan: Plan, of: Iterable[Ref] = (), by: frozenset[Quantity] = frozenset()) -> Ground:
    """The ground of a problem's sheets; `of` is what, besides the loss, a sheet has derivatives of:
    L[2], h[3]; `by` are data by which it has some."""
    system, base = plan.full, plan.system
    named = tuple(of)
    steps = tuple(ref for ref in named if base.shapes[base.quantity(ref)] == SCALAR)
    if by and plan.gradient is not None:
        system = _with_data(plan.system, system, plan.gradient.of, by)
    for ref in named:
        if ref not in steps:
            system = with_jacobian(base, system, ref, by)
            continue
        found = gradient(base, ref, wrt=by)
        shapes = {**system.shapes, **found.system.shapes}
        equations = (*system.equations, *found.adjoints)
        system = replace(system, equations=equations, shapes=shapes)
    with precision(BITS):
        given = initial_storage(system, INTERVALS)
    of = (plan.gradient.of, *steps) if plan.gradient else steps
    return Ground(plan, system, compiled(system, INTERVALS, placed=True), given, of, named)


def _with_data(base: System, system: System, of: Ref, by: frozenset[Quantity]) -> System:
    """A system with gradients, and the gradient of the loss by some data."""
    found = gradient(base, of, wrt=by)
    shapes = {**system.shapes, **found.system.shapes}
    more = [e for e in found.adjoints if found.system.quantity(e.target) not in system.made_by]
    return replace(system, equations=(*system.equations, *more), shapes=shapes)


def carry(ground: Ground, written: Mapping[Place, Entries], habit: Habit | None = None) -> Carried:
    """Evaluate with the student's numbers in place; with a habit, what is not on the sheet is
    taken for anything that it may have been rounded to."""
    system = ground.system
    program = ground.program if habit is None else ground.rounded(habit)
    made: dict[Place, Any] = {}
    storage = dict(ground.given)
    for (q, step), numbers in written.items():
        if q in system.given and (step is None or step in system.given[q].values):
            _put(storage, system, (q, step), numbers)
    names = dict(enumerate(program.order))
    bases = {q: extent(system, q.over)[0] for q in program.order if q.over}

    def place(slot: int, position: int, value: Any) -> Any:
        q = names[slot]
        here = (q, position + bases[q] if q.over else None)
        made[here] = value
        numbers = written.get(here)
        unseen = value if habit is None else habit.around(value)
        return unseen if numbers is None else merged(value, numbers, unseen)

    with precision(BITS):
        program.run(storage, place)
    return Carried(made, storage)


def merged(value: Any, numbers: Entries, unseen: Any = None) -> Any:
    """What a student goes on with: the numbers of the sheet, and where it has none, `unseen`, by
    default the value's own entries. A number that is just what comes out exactly is that and
    nothing around it: to go on with the rounded or the unrounded one is the same."""
    unseen = value if unseen is None else unseen
    if not isinstance(value, tuple):
        return unseen if numbers[0] is None else _gone_on(value, numbers[0])
    return tuple(
        u if n is None else _gone_on(v, n) for v, n, u in zip(value, numbers, unseen, strict=True)
    )


def standing_alone(numbers: Entries) -> Any:
    """All that the numbers of a value may stand for, whatever comes out there."""
    around = tuple(None if n is None else n.around for n in numbers)
    return around[0] if len(around) == 1 else around


def _gone_on(value: Scalar, number: Standing) -> Scalar:
    return value if same_exactly(value, number.point) else number.around


def _put(storage: Storage, system: System, place: Place, numbers: Entries) -> None:
    q, step = place
    if step is None:
        storage[q] = merged(storage[q], numbers)
        return
    column = list(storage[q])
    i = step - extent(system, q.over)[0]
    column[i] = merged(column[i], numbers)
    storage[q] = column
