"""Updates looked at closely: the errors of a gradient are followed into what is made of it.

Parameters after an update go on with the very errors of the gradient, so the loss after it is far
better known than from intervals, which take them for errors of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from rnnhand.arithmetic.affine import Affine, as_ball, each, from_ball
from rnnhand.arithmetic.program import Storage
from rnnhand.marking.carry import Entries
from rnnhand.marking.closely import CloseTrial
from rnnhand.marking.names import Place, Spot
from rnnhand.marking.trial import Changes, store
from rnnhand.marking.updates import (
    GoesOn,
    Iteration,
    Steps,
    count_before,
    iterations_from,
    storage_of,
)
from rnnhand.system.model import Quantity


def close_turns(
    steps: Steps,
    trial: CloseTrial,
    written: Mapping[Spot, Entries],
    totals: tuple[Place, ...],
    routes: tuple[Changes, ...],
) -> Iterator[Iteration]:
    """Every iteration from a sheet as it is looked at closely; then from the gradients by each
    other honest way of `routes`, where they are not on the sheet: `totals` are their places."""
    on = GoesOn(trial.unseen, trial.merged, _narrower, lambda value: each(as_ball, value))
    for storage in chain([trial.carried.storage], _by_other_ways(trial, totals, routes)):
        here = storage_of(steps.plan, storage)
        for ask, made in steps.close:
            with trial.rounding():
                found = tuple(
                    iterations_from(ask, made, count_before(steps, ask), here, written, on)
                )
            yield from found


def _narrower(value: Any, narrow: Any) -> Any:
    """The narrower of a value and an interval of it, entry by entry."""
    if isinstance(value, tuple):
        return tuple(map(_narrower, value, narrow))
    other: Affine = from_ball(narrow)
    return value if value.radius <= other.radius else other


def _by_other_ways(
    trial: CloseTrial, totals: tuple[Place, ...], routes: tuple[Changes, ...]
) -> Iterator[Storage]:
    """What is gone on with where gradients came by each other way."""
    system = trial.workshop.ground.system
    for changes in routes if totals else ():
        storage, copied, changed = dict(trial.carried.storage), set[Quantity](), False
        for place in totals:
            value = trial.made_by(place, changes)
            if value is not None:
                store(system, storage, place, trial.unseen(value), copied)
                changed = True
        if changed:
            yield storage
