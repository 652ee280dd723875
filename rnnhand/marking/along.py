"""A mistake in a gradient that shows only after the step along it.

Whoever writes down nothing but the new weights has made their mistakes on the way to them. What
each misconception makes of the gradient, at the weights before the step, is put into the rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rnnhand.marking.carry import Standing, carry
from rnnhand.marking.diagnosis import concerned
from rnnhand.marking.marked import Marking, Verdict
from rnnhand.marking.marker import Field
from rnnhand.marking.names import After, Place, moment_spot
from rnnhand.marking.trial import Trial
from rnnhand.marking.updates import Iteration, Wrongly, carried_on, from_slope
from rnnhand.questions.moments import GRADIENT, Moment
from rnnhand.questions.update import Slot

MOST = 300
"""Misconceptions at places that are tried for one parameter and iteration."""


def slipped(marking: Marking) -> Iterator[Wrongly]:
    """What misconceptions about gradients give after an update, where a wrong value stands."""
    for turn in carried_on(marking.marker.steps, marking.carried, marking.written):
        wanted = [slot for slot in turn.before if _is_wrong(marking, turn, slot)]
        if not wanted:
            continue
        field, trial = _trial(marking, turn)
        trial = replace(trial, given=marking.updated)
        gradient = turn.made.descents[turn.own - 1].gradient
        for slot in wanted:
            place = gradient.of_quantity(slot[0]), slot[1]
            for variation in concerned(field.ways, trial.behind(place))[:MOST]:
                slope = trial.value(place, variation.changes)
                if slope is None:
                    continue
                moment = moment_spot(turn.k, Moment(GRADIENT, slot))
                yield Wrongly(variation.id, variation.words, moment, slope)
                value = from_slope(turn, slot, slope, turn.made.rules)
                yield Wrongly(variation.id, variation.words, After(turn.k, slot), value)


def _is_wrong(marking: Marking, turn: Iteration, slot: Slot) -> bool:
    """Whether a wrong value stands after an iteration: the parameter, or what its rule computes."""
    spots = [After(turn.k, slot), moment_spot(turn.k, Moment(GRADIENT, slot))]
    return any(
        item.verdict == Verdict.WRONG for spot in spots for item, _ in marking.answers.get(spot, ())
    )


def _trial(marking: Marking, turn: Iteration) -> tuple[Field, Trial]:
    """What the gradient of an iteration is tried on: at first the sheet's own numbers, then its
    weights, with everything else computed from them."""
    descent = turn.made.descents[turn.own - 1]
    whole = descent.gradient.of == marking.field.ground.of[0]
    if whole and turn.own == 1:
        return marking.field, marking.trial
    field = marking.field if whole else marking.marker.field((descent.gradient.of,))
    places: dict[Place, tuple[Standing | None, ...]] = {
        slot: tuple(Standing(x, x) for x in (value if isinstance(value, tuple) else (value,)))
        for slot, value in turn.before.items()
    }
    return field, Trial(field.workshop, carry(field.ground, places), places)
