"""Which misconceptions give a wrong value, from the student's own other numbers.

Each is tried with its other equations at every step first, then at the step of the wrong value
only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rnnhand.language.tree import Expr
from rnnhand.marking.carry import Ground
from rnnhand.marking.landscape import Variation, landscape
from rnnhand.marking.misconceptions import misconceptions
from rnnhand.marking.names import Place, Spot
from rnnhand.marking.routes import sums_of_steps
from rnnhand.marking.trial import Changes, Trial
from rnnhand.marking.variations import variations
from rnnhand.system.model import Quantity


@dataclass(frozen=True)
class Diagnosis:
    """A misconception that gives a wrong value. `words` are what its sentence may mention: at the
    step of the value where `direct`, since it changed an equation at that step. `everywhere` says
    that it fits as a habit, and not only as a slip at this step."""

    id: str
    words: Mapping[str, Expr]
    spot: Spot
    direct: bool
    everywhere: bool


Ways = Mapping[Quantity, tuple[Variation, ...]]
"""All variations of a ground, by the quantities whose equations they change."""


def ways(ground: Ground) -> Ways:
    """Everything that the library's misconceptions make of a ground."""
    land = landscape(ground, sums_of_steps(ground))
    found: dict[Quantity, dict[int, Variation]] = {}
    for misconception in misconceptions():
        for variation in variations(land, misconception):
            for q in variation.changes.equations:
                found.setdefault(q, {})[id(variation)] = variation
    return {q: tuple(there.values()) for q, there in found.items()}


def diagnoses(
    trial: Trial, ways: Ways, place: Place, fits: Callable[[Any], bool]
) -> Iterator[Diagnosis]:
    """The misconceptions that give the value of a place as the sheet has it."""
    unwritten = trial.behind(place)
    for variation in concerned(ways, unwritten):
        steps = {at[1] for at in unwritten if at[0] in variation.changes.equations}
        # Where nothing is changed at another step, the habit and the slip are the same.
        for only in (None,) if steps <= {place[1]} else (None, place[1]):
            value = trial.value(place, variation.changes, only)
            if value is not None and fits(value):
                direct = any((q, place[1]) in unwritten for q in variation.changes.equations)
                words = variation.own.get(place[0], variation.words)
                yield Diagnosis(variation.id, words, place, direct, only is None)
                break


def at_one_step(
    trial: Trial, ways: Ways, place: Place, fits: Callable[[Any], bool]
) -> Iterator[Diagnosis]:
    """The misconceptions that, at one step only, give a value made of what all steps contribute."""
    unwritten = trial.behind(place)
    for variation in concerned(ways, unwritten):
        steps = [at for at in unwritten if at[0] in variation.changes.equations]
        for at in steps if 1 < len({step for _, step in steps}) <= MOST_STEPS else ():
            if at[1] is None or at[0] in trial.workshop.ground.system.given:
                continue
            value = trial.value(place, variation.changes, at[1])
            if value is not None and fits(value):
                words = variation.own.get(at[0], variation.words)
                yield Diagnosis(variation.id, words, at, True, False)
                break


def concerned(ways: Ways, unwritten: Iterable[Place]) -> list[Variation]:
    """The variations that change an equation behind a value, each once, sources first."""
    reached = dict.fromkeys(q for q, _ in unwritten)
    found = {id(v): v for q in reached for v in ways.get(q, ())}
    return list(found.values())


MOST_STEPS = 20
"""Steps up to which each is looked at alone."""

MOST = 60
"""Variations up to which two at once are tried."""

MOST_NUMBERS = 60_000
"""Numbers that are worked out for that, in one value."""


def compound(
    trial: Trial, ways: Ways, place: Place, fits: Callable[[Any], bool]
) -> tuple[Diagnosis, ...]:
    """Two misconceptions that together give a value that none gives alone; and, since a gradient
    turns with the sign of the error, a wrong sign besides."""
    behind = trial.behind(place)
    chosen = [v for v in concerned(ways, behind) if not v.changes.shapes][:MOST]
    sign = next((v for v in chosen if v.id == SIGN), None)
    others = [v for v in chosen if v.id != SIGN]
    pairs = [
        (v, w)
        for i, v in enumerate(others)
        for w in others[i + 1 :]
        if v.id != w.id and v.changes.equations.keys().isdisjoint(w.changes.equations)
    ]
    groups = [*((v,) for v in others), *pairs]
    shapes = trial.workshop.ground.system.shapes
    numbers = sum(rows * columns for rows, columns in (shapes[q] for q, _ in behind))
    for group in groups[: MOST_NUMBERS // numbers] if numbers else ():
        equations = {q: e for v in group for q, e in v.changes.equations.items()}
        value = trial.value(place, Changes(equations))
        if value is None:
            continue
        if len(group) > 1 and fits(value):
            return tuple(Diagnosis(v.id, v.words, place, False, True) for v in group)
        if sign is not None and fits(_negative(value)):
            return tuple(Diagnosis(v.id, v.words, place, False, True) for v in (*group, sign))
    return ()


SIGN = "error-sign"


def _negative(value: Any) -> Any:
    return tuple(-x for x in value) if isinstance(value, tuple) else -value
