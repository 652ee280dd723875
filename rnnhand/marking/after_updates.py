"""Verdicts of what updates make: parameters, the moments of a rule, and the losses after each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import Any

from rnnhand.arithmetic.interval import may_be_anything
from rnnhand.marking.doubts import (
    any_reaches,
    is_too_far,
    iteration_closely,
    left_out,
    still_missing,
)
from rnnhand.marking.filled import Filled, is_near
from rnnhand.marking.judging import agree, by_equation, by_key
from rnnhand.marking.marked import Item, Marking, Verdict, loss_place
from rnnhand.marking.names import After, Place, Spot, moment_spot
from rnnhand.marking.updates import Iteration, carried_on
from rnnhand.questions.moments import Moment
from rnnhand.questions.update import Slot
from rnnhand.questions.work import moment_of


def judge_updates(marking: Marking, tainted: set[Place], wrong: list[Spot]) -> None:
    """Verdicts of the parameters and losses after each iteration of every update."""
    gradient = marking.plan.gradient
    if not marking.has_updates or gradient is None:
        return
    moved: set[Slot] = set()
    truths = [truth for update in marking.marker.settled.work.updates for truth in update]
    loss = loss_place(marking.plan)
    for turn in carried_on(marking.marker.steps, marking.carried, marking.written):
        now: set[Slot] = set()
        truth = truths[turn.k - 1]
        for slot in turn.updated.parameters:
            made = gradient.of_quantity(slot[0]), slot[1]
            reached = bool(moved) or made in tainted or slot in tainted
            for moment in turn.computed:
                if moment.slot != slot:
                    continue
                expected = moment_of(truth.stepped[slot], moment.own)
                for item, answer in marking.answers.get(moment_spot(turn.k, moment), ()):
                    if left := by_key(marking, item, answer, expected):
                        pick = partial(_moment_of, moment)
                        _judge(_Asked(marking, turn, item, answer, left, pick, reached), wrong)
                    if item.verdict != Verdict.RIGHT:
                        reached = True
                        now.add(slot)
            answers = marking.answers.get(After(turn.k, slot), ())
            for item, answer in answers:
                if left := by_key(marking, item, answer, truth.parameters[slot]):
                    pick = partial(_parameter_of, slot)
                    _judge(_Asked(marking, turn, item, answer, left, pick, reached), wrong)
                if item.verdict != Verdict.RIGHT:
                    now.add(slot)
            if reached and not answers:
                now.add(slot)
        for item, answer in marking.answers.get(After(turn.k, loss), ()):
            if left := by_key(marking, item, answer, truth.loss):
                _judge(_Asked(marking, turn, item, answer, left, _loss_of, bool(now)), wrong)
        moved = now


@dataclass(frozen=True)
class _Asked:
    """An answer about an iteration: `left` of its numbers are not those of the key, `pick` takes
    what it is about, `reached` says that something wrong led there."""

    marking: Marking
    turn: Iteration
    item: Item
    answer: Filled
    left: frozenset[int]
    pick: Callable[[Iteration], Any]
    reached: bool

    @property
    def first(self) -> Any:
        """What the iteration gives from the student's numbers."""
        return self.pick(self.turn)

    def follows(self, value: Any, wrong: Sequence[Spot]) -> bool:
        """Whether a value that the answer is comes from what is wrong: it does where it leaves the
        first one."""
        if self.reached:
            return True
        of = self.answer.of
        return bool(wrong) and not agree(self.left, of(value), of(self.first))


def _judge(asked: _Asked, wrong: list[Spot]) -> None:
    """The verdict by what an iteration gives from the student's numbers; where it does not give
    the value, by what it gives if the gradient came by another way, if numbers that are not on the
    sheet were rounded too, or if what is wrong so far was copied wrongly."""
    asked = replace(asked, answer=asked.marking.as_meant(asked.answer))
    marking, item, answer, left = asked.marking, asked.item, asked.answer, asked.left
    if any(map(may_be_anything, answer.of(asked.first))):
        item.verdict = Verdict.WRONG
    else:
        by_equation(item, answer, left, asked.first, asked.reached)
    if item.verdict != Verdict.WRONG and is_near(answer, asked.first, left):
        return
    if item.verdict == Verdict.WRONG and _by_other_turns(asked, wrong):
        return
    if item.verdict != Verdict.WRONG:
        closely = iteration_closely(marking, asked.turn.k, asked.pick, wrong)
        if marking.habits and not any_reaches(marking, closely, answer, left):
            item.verdict = Verdict.WRONG
    elif not is_too_far(answer, marking.made[answer.spot], left):
        _by_close_look(asked, wrong)
    if item.verdict == Verdict.WRONG:
        wrong.append(answer.spot)


def _by_other_turns(asked: _Asked, wrong: Sequence[Spot]) -> bool:
    """The verdict by other honest ways to an iteration, if there is one; whether it is beyond
    doubt."""
    marking, turn, answer, left = asked.marking, asked.turn, asked.answer, asked.left
    for there in (marking, *left_out(marking, wrong)):
        own = there is marking
        exactly = () if own else there.turns.get(turn.k, ())
        for other in chain(exactly, _other_turns(there, turn.k)):
            value = asked.pick(other)
            if other is not turn and any(map(may_be_anything, answer.of(value))):
                continue
            by_equation(asked.item, answer, left, value, own and asked.follows(value, wrong))
            if asked.item.verdict != Verdict.WRONG:
                return is_near(answer, value, left)
    return False


def _by_close_look(asked: _Asked, wrong: Sequence[Spot]) -> None:
    """The verdict by what rounding may have made of an iteration."""
    marking, answer, still = asked.marking, asked.answer, asked.left
    for value, cleared, units in iteration_closely(marking, asked.turn.k, asked.pick, wrong):
        if not answer.known(value):
            continue
        still = still_missing(marking, answer, value, still, units)
        if not still:
            follows = asked.follows(value, wrong) and not cleared
            asked.item.verdict = Verdict.FOLLOWS if follows else Verdict.RIGHT
            return


def _other_turns(marking: Marking, k: int) -> Iterator[Iteration]:
    """Iteration k by other honest ways; the dearer ones are made only if the others do not do.
    Where intervals end in no number, the numbers as they stand may still give one."""
    yield from (turn for turn in marking.turns_of_points if turn.k == k)
    yield from marking.turns_by_other_ways.get(k, ())
    yield from marking.generous_turns.get(k, ())


def _parameter_of(slot: Slot, turn: Iteration) -> Any:
    return turn.updated.parameters[slot]


def _moment_of(moment: Moment, turn: Iteration) -> Any:
    return turn.computed[moment]


def _loss_of(turn: Iteration) -> Any:
    return turn.updated.loss
