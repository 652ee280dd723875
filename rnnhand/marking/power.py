"""The diagnostic power of an exercise: what its values cannot tell apart.

Every misconception is worked through the whole exercise, as a student would who has it
everywhere. What gives all the values of the key is invisible; what gives the same values as another
one is not told from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from rnnhand.arithmetic.ball import MIXED, precision
from rnnhand.arithmetic.base import Fault
from rnnhand.arithmetic.interval import may_be_equal
from rnnhand.arithmetic.program import compiled, initial_storage
from rnnhand.errors import Failure
from rnnhand.marking.carry import BITS, Carried
from rnnhand.marking.landscape import landscape
from rnnhand.marking.marker import Marker
from rnnhand.marking.misconceptions import misconceptions
from rnnhand.marking.names import After, Place, Spot
from rnnhand.marking.routes import sums_of_steps
from rnnhand.marking.trial import Changes, Workshop, with_equations
from rnnhand.marking.updates import carried_on, done_wrongly
from rnnhand.marking.variations import variations
from rnnhand.questions.key import instances
from rnnhand.questions.work import at, entries
from rnnhand.system.model import Equation, Quantity, System

MOST = 40
"""Variations of one misconception that are tried."""

Outcome: TypeAlias = Mapping[Spot, Any]
"""The values that an exercise asks for."""


@dataclass(frozen=True)
class Power:
    """`blind` are the misconceptions that no value shows; `alike` pairs of those that can give the
    same values, made in some way each; `told` all that some value shows."""

    blind: tuple[str, ...]
    alike: tuple[tuple[str, str], ...]
    told: tuple[str, ...]

    def mistaken_for(self) -> dict[str, tuple[str, ...]]:
        """Each pair once, under its first."""
        firsts = dict.fromkeys(one for one, _ in self.alike)
        return {
            first: tuple(other for one, other in self.alike if one == first) for first in firsts
        }


def power(marker: Marker) -> Power:
    """What an exercise can tell from the right answer, and from each other."""
    with precision(BITS):
        key = _outcome(marker, marker.field(()).ground.system)
        assert key is not None
        found: dict[str, list[Outcome]] = {}
        for id, outcome in _outcomes(marker, key):
            found.setdefault(id, []).append(outcome)
        blind = tuple(id for id, made in found.items() if all(_same(key, o) for o in made))
        seen = {
            id: [o for o in made if not _same(key, o)]
            for id, made in found.items()
            if id not in blind
        }
    pairs = [
        (one, other)
        for i, one in enumerate(seen)
        for other in list(seen)[i + 1 :]
        if any(_same(a, b) for a in seen[one] for b in seen[other])
    ]
    return Power(blind, tuple(pairs), tuple(seen))


def _outcomes(marker: Marker, key: Outcome) -> Iterator[tuple[str, Outcome]]:
    ground = marker.field(()).ground
    land, shop = landscape(ground, sums_of_steps(ground)), marker.field(()).workshop
    for misconception in misconceptions():
        for i, variation in enumerate(variations(land, misconception)):
            if i == MOST:
                break
            outcome = _outcome(marker, everywhere(shop, variation.changes))
            if outcome is not None:
                yield misconception.id, outcome
    if marker.plan.updates:
        storage = initial_storage(ground.system, MIXED)
        compiled(ground.system, MIXED).run(storage)
        for wrongly in done_wrongly(marker.steps, Carried({}, storage), {}):
            yield wrongly.id, {**key, wrongly.after: wrongly.value}


def everywhere(shop: Workshop, changes: Changes) -> System:
    """The system with changed equations at every step at which they can be read."""
    extended = replace(shop.ground.system, shapes={**shop.ground.system.shapes, **changes.shapes})
    made: dict[Quantity, tuple[Equation, ...]] = {}
    for q, equations in changes.equations.items():
        found = []
        for equation in equations:
            for step in equation.steps or (None,):
                chosen = shop.equation(changes, (q, step))
                only = None if step is None else range(step, step + 1)
                if chosen is not None:
                    found.append(replace(chosen, steps=only))
        made[q] = tuple(found)
    return with_equations(extended, made)


def _outcome(marker: Marker, system: System) -> Outcome | None:
    """The values that an exercise asks for, by these equations; None where they have none."""
    plan = marker.plan
    storage = initial_storage(system, MIXED)
    try:
        compiled(system, MIXED).run(storage)
    except (Failure, Fault, ArithmeticError, KeyError, TypeError):
        return None
    wanted: list[Place] = [
        (q, step) for q in plan.problem.system.made_by for step in instances(system, q)
    ]
    if plan.gradient is not None:
        for given in plan.parameters:
            made = plan.gradient.of_quantity(given.quantity)
            wanted += [(made, step) for step in instances(system, made)]
    found: dict[Spot, Any] = {
        (q, step): entries(at(system, storage, q, step), system.shapes[q]) for q, step in wanted
    }
    if plan.updates:
        try:
            for turn in carried_on(marker.steps, Carried({}, storage), {}):
                for slot, value in turn.updated.parameters.items():
                    found[After(turn.k, slot)] = value
        except (Failure, Fault, ArithmeticError):
            return None
    return found


def _same(one: Outcome, other: Outcome) -> bool:
    """Whether no value tells two outcomes apart."""
    return all(_equal(value, other[spot]) for spot, value in one.items())


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, tuple):
        return all(map(_equal, a, b))
    return may_be_equal(a, b)
