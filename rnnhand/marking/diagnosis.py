"""Which misconceptions give a wrong value, from the student's own other numbers.

A variation is tried on one place at a time: what stands on the sheet is taken as it is, what does
not is computed anew where the variation reaches it, first with the other equations at every step,
then at the step of the wrong value only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rnnhand.arithmetic.base import Fault
from rnnhand.arithmetic.expressions import extent
from rnnhand.arithmetic.instance import Instance, instance, terms_at
from rnnhand.arithmetic.interval import INTERVALS
from rnnhand.arithmetic.program import Storage
from rnnhand.errors import Failure
from rnnhand.language.tree import Expr, Shift
from rnnhand.marking.carry import Carried, Entries, Ground, merged
from rnnhand.marking.misconceptions import misconceptions
from rnnhand.marking.names import Place, Spot
from rnnhand.marking.variations import Variation, landscape, variations
from rnnhand.system.model import Equation, Quantity, System
from rnnhand.system.schedule import instances_read

MOST_PLACES = 4000
"""Places that are computed anew for one trial at most."""


@dataclass(frozen=True)
class Diagnosis:
    """A misconception that gives a wrong value. `words` are what its sentence may mention;
    `only_here` says that it was at work at the step of the value alone."""

    id: str
    words: Mapping[str, Expr]
    place: Spot
    only_here: bool


@dataclass
class Ways:
    """All variations of a ground, by the quantities whose equations they change; compiled
    equations are kept from sheet to sheet."""

    ground: Ground
    by_quantity: Mapping[Quantity, tuple[Variation, ...]]
    instances: dict[tuple[int, tuple[int, ...]], tuple[Equation, Instance]] = field(
        default_factory=dict
    )
    reads: dict[tuple[int, int | None], tuple[Equation, tuple[Place, ...]]] = field(
        default_factory=dict
    )

    def equation(self, variation: Variation | None, place: Place) -> Equation | None:
        """The equation that makes a place; None where it is given."""
        q, step = place
        made = variation.equations.get(q) if variation is not None else None
        for equation in self.ground.system.made_by.get(q, ()) if made is None else made:
            if equation.steps is None or step in equation.steps:
                return equation
        return None

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

    def instance(self, system: System, equation: Equation, step: int | None) -> Instance:
        terms = terms_at(equation, step)
        key = id(equation), tuple(map(id, terms))
        if key not in self.instances:
            made = instance(system, equation, terms, INTERVALS)
            self.instances[key] = equation, made
        return self.instances[key][1]


def ways(ground: Ground) -> Ways:
    """Everything that the library's misconceptions make of a ground."""
    plan = ground.plan
    land = landscape(plan.system, ground.system, ground.of)
    by_quantity: dict[Quantity, dict[int, Variation]] = {}
    for misconception in misconceptions():
        for variation in variations(land, misconception):
            for q in variation.equations:
                by_quantity.setdefault(q, {})[id(variation)] = variation
    return Ways(ground, {q: tuple(found.values()) for q, found in by_quantity.items()})


@dataclass(frozen=True)
class Trial:
    """One sheet's numbers, on which variations are tried."""

    ways: Ways
    carried: Carried
    written: Mapping[Place, Entries]

    def diagnoses(self, place: Place, fits: Callable[[Any], bool]) -> Iterator[Diagnosis]:
        """The misconceptions that give the value of a place as the sheet has it."""
        for variation in self._concerned(place):
            for only in (None, place[1]):
                value = self.value(place, variation, only)
                if value is not None and fits(value):
                    yield Diagnosis(variation.id, variation.words, place, only is not None)
                    break
                if place[1] is None:
                    break

    def _concerned(self, place: Place) -> Iterable[Variation]:
        """The variations that change what a place is made of, between it and the sheet."""
        found: dict[int, Variation] = {}
        for q in self._unwritten(place):
            for variation in self.ways.by_quantity.get(q, ()):
                found[id(variation)] = variation
        return found.values()

    def _unwritten(self, place: Place) -> set[Quantity]:
        """The quantities of a place and of what it is made of, as far as the sheet is silent."""
        seen, todo = {place}, [place]
        while todo and len(seen) < MOST_PLACES:
            here = todo.pop()
            equation = self.ways.equation(None, here)
            if equation is not None:
                for source in self.ways.sources(self.ways.ground.system, equation, here[1]):
                    if source not in seen and not self._is_written(source):
                        seen.add(source)
                        todo.append(source)
        return {q for q, _ in seen}

    def _is_written(self, place: Place) -> bool:
        numbers = self.written.get(place)
        return numbers is not None and None not in numbers

    def value(self, place: Place, variation: Variation, only: int | None) -> Any:
        """What a variation makes of a place; `only` names the one step at which it is at work.
        None where it changes nothing there, or cannot be carried out."""
        base = self.ways.ground.system
        system = base
        if variation.shapes:
            system = replace(base, shapes={**base.shapes, **variation.shapes})

        def chosen(at: Place) -> tuple[Equation | None, bool]:
            changed = at[0] in variation.equations and (
                only is None or at[1] == only or at[0] not in base.shapes
            )
            return self.ways.equation(variation if changed else None, at), changed

        order = self._order(system, place, chosen)
        there = dict(self.carried.storage)
        anew: set[Place] = set()
        copied: set[Quantity] = set()
        for here in order or ():
            equation, changed = chosen(here)
            if equation is None:
                continue
            sources = self.ways.sources(system, equation, here[1])
            if not changed and not any(source in anew for source in sources):
                continue
            try:
                value = self.ways.instance(system, equation, here[1]).value(there, here[1])
            except (Failure, Fault, ArithmeticError, ValueError, TypeError):
                return None
            if here == place:
                return value
            numbers = self.written.get(here)
            _store(system, there, here, merged(value, numbers) if numbers else value, copied)
            anew.add(here)
        return None

    def _order(
        self,
        system: System,
        place: Place,
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
            if equation is None:
                continue
            if len(done) > MOST_PLACES:
                return None
            for source in self.ways.sources(system, equation, here[1]):
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
