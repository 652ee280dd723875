"""The value of one place, where some equations are others: computed from a sheet on demand.

What stands on the sheet is taken as it is; what does not is computed anew where the changed
equations reach it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeAlias, TypeVar

from rnnhand.arithmetic.base import Arithmetic, Fault
from rnnhand.arithmetic.expressions import extent
from rnnhand.arithmetic.instance import Instance, instance, terms_at
from rnnhand.arithmetic.interval import INTERVALS
from rnnhand.arithmetic.program import Storage
from rnnhand.errors import Failure
from rnnhand.marking.carry import Carried, Entries, Ground, merged, read_by, standing_alone
from rnnhand.marking.names import Place
from rnnhand.marking.rounding import Habit
from rnnhand.system.model import Equation, Quantity, Shape, System

MOST_PLACES = 4000
"""Places that are computed anew for one trial at most."""


@dataclass(frozen=True, eq=False)
class Changes:
    """Some quantities with other equations. `shapes` and `given` have the quantities that they
    add; a place of these may stand on the sheet under another name, which `names` has."""

    equations: Mapping[Quantity, tuple[Equation, ...]]
    shapes: Mapping[Quantity, Shape] = field(default_factory=dict)
    given: Storage = field(default_factory=dict)
    names: Mapping[Place, Place] = field(default_factory=dict)


def with_equations(system: System, new: Mapping[Quantity, tuple[Equation, ...]]) -> System:
    """A system with other equations for some of its quantities."""
    kept = [e for e in system.equations if system.quantity(e.target) not in new]
    return replace(system, equations=(*kept, *(e for made in new.values() for e in made)))


@dataclass(frozen=True, eq=False)
class Step:
    """A place of a plan and its compiled equation; None where the sheet has it, under another
    name."""

    place: Place
    made: Instance | None


Key = TypeVar("Key")
Kept = TypeVar("Kept")

MOST_KEPT = 50_000
"""Plans that are kept: students of a class leave out much the same values."""


@dataclass(eq=False)
class Workshop:
    """What trials on one ground have in common: compiled equations, and plans for sheets that have
    numbers for the same places, kept from sheet to sheet."""

    ground: Ground
    arithmetic: Arithmetic = INTERVALS
    instances: dict[tuple[int, tuple[int, ...]], tuple[Equation, Instance]] = field(
        default_factory=dict
    )
    reads: dict[tuple[int, int | None], tuple[Equation, tuple[Place, ...]]] = field(
        default_factory=dict
    )
    made: dict[tuple[int, Place], tuple[Changes | None, Equation | None]] = field(
        default_factory=dict
    )
    systems: dict[int, tuple[Changes, System]] = field(default_factory=dict)
    patterns: dict[frozenset[tuple[Place, bool]], int] = field(default_factory=dict)
    behind: dict[tuple[int, Place], Behind] = field(default_factory=dict)
    plans: dict[tuple[int, Place, int, int | None], tuple[Changes, tuple[Step, ...]]] = field(
        default_factory=dict
    )

    def pattern(self, has: frozenset[tuple[Place, bool]]) -> int:
        """A number for what a sheet has: whole values, and those of which entries are missing."""
        if has not in self.patterns and len(self.patterns) >= MOST_KEPT:
            for kept in (self.patterns, self.behind, self.plans):
                kept.clear()
        return self.patterns.setdefault(has, len(self.patterns))

    @staticmethod
    def keep(kept: dict[Key, Kept], key: Key, found: Kept) -> None:
        """Keep what was found for the sheets to come; not without end."""
        if len(kept) >= MOST_KEPT:
            kept.clear()
        kept[key] = found

    def equation(self, changes: Changes | None, place: Place) -> Equation | None:
        """The equation that makes a place; None where it is given."""
        key = id(changes), place
        if key not in self.made:
            self.made[key] = changes, self._equation(changes, place)
        return self.made[key][1]

    def _equation(self, changes: Changes | None, place: Place) -> Equation | None:
        q, step = place
        for equation in changes.equations.get(q, ()) if changes is not None else ():
            there = equation.steps is None or step in equation.steps
            if there and changes is not None and self._readable(changes, equation, step):
                return equation
        for equation in self.ground.system.made_by.get(q, ()):
            if equation.steps is None or step in equation.steps:
                return equation
        return None

    def _readable(self, changes: Changes, equation: Equation, step: int | None) -> bool:
        """Whether all that an equation reads is there at a step: at the first step there is no
        step before it."""
        system = self.system(changes)
        return all(
            q in changes.shapes or self.ground.system.exists(q, at)
            for q, at in self.sources(system, equation, step)
        )

    def sources(self, system: System, equation: Equation, step: int | None) -> tuple[Place, ...]:
        """What an equation reads at a step."""
        key = id(equation), step
        if key not in self.reads:
            self.reads[key] = equation, read_by(system, equation, step)
        return self.reads[key][1]

    def system(self, changes: Changes) -> System:
        """The ground's system, extended where changes add quantities."""
        base = self.ground.system
        if not changes.shapes:
            return base
        if id(changes) not in self.systems:
            extended = replace(base, shapes={**base.shapes, **changes.shapes})
            self.systems[id(changes)] = changes, with_equations(extended, changes.equations)
        return self.systems[id(changes)][1]

    def instance(self, system: System, equation: Equation, step: int | None) -> Instance:
        terms = terms_at(equation, step)
        key = id(equation), tuple(map(id, terms))
        if key not in self.instances:
            made = instance(system, equation, terms, self.arithmetic)
            self.instances[key] = equation, made
        return self.instances[key][1]


Behind: TypeAlias = dict[Place, int]
"""Places in an order of work, numbered."""


@dataclass(frozen=True, eq=False)
class Trial:
    """One sheet's numbers, on which changes are tried."""

    workshop: Workshop
    carried: Carried
    written: Mapping[Place, Entries]
    habit: Habit | None = None
    given: Storage = field(default_factory=dict)

    @cached_property
    def pattern(self) -> int:
        """A number for what is on the sheet and what is not, whatever the numbers are."""
        has = frozenset((place, None in numbers) for place, numbers in self.written.items())
        return self.workshop.pattern(has)

    def behind(self, place: Place) -> Behind:
        """A place and what it is made of, as far as the sheet is silent, sources first."""
        shop, key = self.workshop, (self.pattern, place)
        if key not in shop.behind:
            order = self._order(place, lambda at: shop.equation(None, at), {})
            shop.keep(shop.behind, key, {at: i for i, at in enumerate(order or ())})
        return shop.behind[key]

    def _is_written(self, place: Place) -> bool:
        numbers = self.written.get(place)
        return numbers is not None and None not in numbers

    def value(self, place: Place, changes: Changes, only: int | None = None) -> Any:
        """What changes make of a place; `only` names the one step at which they are at work.
        None where they change nothing there, or cannot be carried out."""
        shop, key = self.workshop, (self.pattern, place, id(changes), only)
        if key not in shop.plans:
            shop.keep(shop.plans, key, (changes, self._plan(place, changes, only)))
        return self._run(place, shop.plans[key][1], changes)

    def _plan(self, place: Place, changes: Changes, only: int | None) -> tuple[Step, ...]:
        """What is to be computed: what is changed, or made of what is, up to the place. Nothing
        where changes do not reach it, or cannot be carried out."""
        shop, system = self.workshop, self.workshop.system(changes)

        def changed(at: Place) -> bool:
            return at[0] in changes.equations and (
                only is None or at[1] == only or at[0] not in shop.ground.system.shapes
            )

        behind = self.behind(place)
        order: Iterable[Place] = behind
        if not any(map(changed, behind)):
            return ()
        if changes.names or changes.shapes or not self._fits_in(behind, changes, changed):
            found = self._order(
                place,
                lambda at: shop.equation(changes if changed(at) else None, at),
                changes.names,
                system,
            )
            order = found or ()
        anew: set[Place] = set()
        steps: list[Step] = []
        for here in order:
            if here in changes.names and self._numbers(changes.names, here, place) is not None:
                steps.append(Step(here, None))
                anew.add(here)
                continue
            is_changed = changed(here)
            equation = shop.equation(changes if is_changed else None, here)
            if equation is None:
                continue
            if not is_changed and anew.isdisjoint(shop.sources(system, equation, here[1])):
                continue
            try:
                steps.append(Step(here, shop.instance(system, equation, here[1])))
            except (Failure, Fault, ArithmeticError, ValueError, TypeError):
                return ()
            anew.add(here)
        return tuple(steps) if steps and steps[-1].place == place else ()

    def _fits_in(self, behind: Behind, changes: Changes, changed: Callable[[Place], bool]) -> bool:
        """Whether the changed equations read nothing that would have to be computed anew later
        than they are, or that the place is not made of by the right equations."""
        shop, base = self.workshop, self.workshop.ground.system
        for at, position in behind.items():
            equation = shop.equation(changes, at) if changed(at) else None
            for source in shop.sources(base, equation, at[1]) if equation is not None else ():
                later = behind.get(source, len(behind)) >= position
                if later and source[0] in base.made_by and not self._is_written(source):
                    return False
        return True

    def _run(self, place: Place, plan: Sequence[Step], changes: Changes) -> Any:
        """Carry out a plan with the numbers of this sheet."""
        if not plan:
            return None
        system = self.workshop.system(changes)
        there = {**self.carried.storage, **self.given, **self.added(changes)}
        copied: set[Quantity] = set()
        for step in plan:
            here = step.place
            numbers = self._numbers(changes.names, here, place)
            if step.made is None:
                assert numbers is not None
                store(system, there, here, self.alone(numbers), copied)
                continue
            try:
                value = step.made.value(there, here[1])
            except (Failure, Fault, ArithmeticError, ValueError, TypeError):
                return None
            if here == place:
                return value
            value = self.unseen(value)
            store(system, there, here, self.merged(value, numbers) if numbers else value, copied)
        return None

    def added(self, changes: Changes) -> Storage:
        """What is given for the quantities that changes add."""
        return changes.given

    def alone(self, numbers: Entries) -> Any:
        """What is gone on with of numbers of the sheet, whatever comes out there."""
        return standing_alone(numbers)

    def merged(self, value: Any, numbers: Entries) -> Any:
        """What is gone on with where the sheet has numbers."""
        return merged(value, numbers)

    def unseen(self, value: Any) -> Any:
        """What is gone on with where it has none."""
        return value if self.habit is None else self.habit.around(value)

    def _numbers(self, names: Mapping[Place, Place], here: Place, place: Place) -> Entries | None:
        """What the sheet has for a place under any of its names; not for the one that is tried."""
        name = names.get(here, here)
        return None if name == place else self.written.get(name)

    def _order(
        self,
        place: Place,
        equation_of: Callable[[Place], Equation | None],
        names: Mapping[Place, Place],
        system: System | None = None,
    ) -> Sequence[Place] | None:
        """A place and what it is made of, as far as the sheet is silent, sources first; None
        where something would be made of itself."""
        system = system or self.workshop.ground.system
        order: list[Place] = []
        done: dict[Place, bool] = {}
        stack: list[tuple[Place, bool]] = [(place, False)]
        while stack:
            here, left = stack.pop()
            if left:
                done[here] = True
                order.append(here)
                continue
            if here in done:
                if not done[here]:
                    return None
                continue
            done[here] = False
            stack.append((here, True))
            equation = equation_of(here)
            known = here in names and self._numbers(names, here, place) is not None
            if equation is None or known:
                continue
            if len(done) > MOST_PLACES:
                return None
            for source in self.workshop.sources(system, equation, here[1]):
                if done.get(source) is False:
                    return None
                if source not in done and not self._is_written(source):
                    stack.append((source, False))
        return order


def store(
    system: System, storage: Storage, place: Place, value: Any, copied: set[Quantity]
) -> None:
    """Put a value in place, without changing the storage that this one was copied from."""
    q, step = place
    if step is None:
        storage[q] = value
        return
    first, length = extent(system, q.over)
    if q not in copied:
        storage[q] = list(storage.get(q) or [None] * length)
        copied.add(q)
    storage[q][step - first] = value
