"""The value of one place, where some equations are others: computed from a sheet on demand.

What stands on the sheet is taken as it is; what does not is computed anew where the changed
equations reach it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rnnhand.arithmetic.base import Fault
from rnnhand.arithmetic.expressions import extent
from rnnhand.arithmetic.instance import Instance, instance, terms_at
from rnnhand.arithmetic.interval import INTERVALS
from rnnhand.arithmetic.program import Storage
from rnnhand.errors import Failure
from rnnhand.language.tree import Shift
from rnnhand.marking.carry import Carried, Entries, Ground, merged
from rnnhand.marking.names import Place
from rnnhand.marking.rounding import Habit
from rnnhand.system.model import Equation, Quantity, Shape, System
from rnnhand.system.schedule import instances_read

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


@dataclass(eq=False)
class Workshop:
    """What trials on one ground have in common: compiled equations, kept from sheet to sheet."""

    ground: Ground
    instances: dict[tuple[int, tuple[int, ...]], tuple[Equation, Instance]] = field(
        default_factory=dict
    )
    reads: dict[tuple[int, int | None], tuple[Equation, tuple[Place, ...]]] = field(
        default_factory=dict
    )
    systems: dict[int, tuple[Changes, System]] = field(default_factory=dict)

    def equation(self, changes: Changes | None, place: Place) -> Equation | None:
        """The equation that makes a place; None where it is given."""
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
            index = equation.target.index
            running = {index.var: step} if isinstance(index, Shift) and step is not None else {}
            found: dict[Place, None] = {}
            for term in terms_at(equation, step):
                for q, at in instances_read(system, term.body, running):
                    assert isinstance(q, Quantity)
                    found[q, at] = None
            self.reads[key] = equation, tuple(found)
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
            made = instance(system, equation, terms, INTERVALS)
            self.instances[key] = equation, made
        return self.instances[key][1]


@dataclass(frozen=True, eq=False)
class Trial:
    """One sheet's numbers, on which changes are tried."""

    workshop: Workshop
    carried: Carried
    written: Mapping[Place, Entries]
    habit: Habit | None = None
    given: Storage = field(default_factory=dict)

    def unwritten(self, place: Place) -> set[Place]:
        """A place and what it is made of, as far as the sheet is silent."""
        shop = self.workshop
        seen, todo = {place}, [place]
        while todo and len(seen) < MOST_PLACES:
            here = todo.pop()
            equation = shop.equation(None, here)
            if equation is not None:
                for source in shop.sources(shop.ground.system, equation, here[1]):
                    if source not in seen and not self._is_written(source):
                        seen.add(source)
                        todo.append(source)
        return seen

    def _is_written(self, place: Place) -> bool:
        numbers = self.written.get(place)
        return numbers is not None and None not in numbers

    def value(self, place: Place, changes: Changes, only: int | None = None) -> Any:
        """What changes make of a place; `only` names the one step at which they are at work.
        None where they change nothing there, or cannot be carried out."""
        base = self.workshop.ground.system
        system = self.workshop.system(changes)

        def chosen(at: Place) -> tuple[Equation | None, bool]:
            changed = at[0] in changes.equations and (
                only is None or at[1] == only or at[0] not in base.shapes
            )
            return self.workshop.equation(changes if changed else None, at), changed

        order = self._order(system, place, changes, chosen)
        there = {**self.carried.storage, **self.given, **changes.given}
        anew: set[Place] = set()
        copied: set[Quantity] = set()
        for here in order or ():
            numbers = self._numbers(changes, here, place)
            if here in changes.names and numbers is not None:
                _store(system, there, here, merged(None, numbers), copied)
                anew.add(here)
                continue
            equation, changed = chosen(here)
            if equation is None:
                continue
            sources = self.workshop.sources(system, equation, here[1])
            if not changed and not any(source in anew for source in sources):
                continue
            try:
                value = self.workshop.instance(system, equation, here[1]).value(there, here[1])
            except (Failure, Fault, ArithmeticError, ValueError, TypeError):
                return None
            if here == place:
                return value
            if self.habit is not None:
                value = self.habit.around(value)
            _store(system, there, here, merged(value, numbers) if numbers else value, copied)
            anew.add(here)
        return None

    def _numbers(self, changes: Changes, here: Place, place: Place) -> Entries | None:
        """What the sheet has for a place under any of its names; not for the one that is tried."""
        name = changes.names.get(here, here)
        return None if name == place else self.written.get(name)

    def _order(
        self,
        system: System,
        place: Place,
        changes: Changes,
        chosen: Callable[[Place], tuple[Equation | None, bool]],
    ) -> Sequence[Place] | None:
        """A place and what it is made of, as far as the sheet is silent, sources first; None
        where something would be made of itself."""
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
            equation, _ = chosen(here)
            known = here in changes.names and self._numbers(changes, here, place) is not None
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


def _store(
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
