"""A verdict for every value of a sheet.

A value is `right` if its interval meets the true value, or if correct arithmetic on right values
reaches it by rounding; else it `follows` if it meets what its own equation gives from the
student's other values; else it is `wrong`: a mistake that was born there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Any

from rnnhand.arithmetic.ball import MIXED, precision
from rnnhand.arithmetic.base import Scalar
from rnnhand.arithmetic.interval import INTERVALS, between, may_be_equal
from rnnhand.arithmetic.numerals import numeral
from rnnhand.arithmetic.policy import Settled, settle
from rnnhand.arithmetic.program import compiled, constant, initial_storage
from rnnhand.errors import Diagnostic, Failure, failure
from rnnhand.language.numerals import Table
from rnnhand.language.printer import text
from rnnhand.language.tree import Ref
from rnnhand.marking.answers import Names, read_answers
from rnnhand.marking.carry import BITS, Carried, Entries, Ground, carry, ground, merged
from rnnhand.marking.names import (
    After,
    Place,
    Spot,
    check_name,
    scalars_named,
    shape_of,
    spot_of,
)
from rnnhand.marking.numbers import Written
from rnnhand.marking.sheet import Answer, Nested, Sheet, Unread, flat, spelled
from rnnhand.problem.library import functions
from rnnhand.problem.model import AskUpdate, Problem
from rnnhand.questions.key import instances
from rnnhand.questions.update import Slot
from rnnhand.questions.work import Plan, Updated, Worked, at, entries, iterations
from rnnhand.system.model import System
from rnnhand.system.shapes import shown

EMPTY = System((), {}, {}, functions(), {})
"""What closed forms on a sheet are evaluated over: functions, and no quantity."""


class Verdict(StrEnum):
    RIGHT = "right"
    FOLLOWS = "follows"
    WRONG = "wrong"
    MISSING = "missing"
    UNREADABLE = "unreadable"


@dataclass
class Item:
    """One value of a sheet and what is to be said of it.

    `expected` is the true value, `follow_through` what its equation gives from the student's own
    numbers; `cut` says that it was cut off and not rounded.
    """

    label: str
    given: Nested
    spot: Spot | None
    verdict: Verdict
    expected: Table | None = None
    follow_through: Table | None = None
    cut: bool = False
    why: tuple[Diagnostic, ...] = ()


KEY_DIGITS = 30
"""Certain digits of the key: far more than anybody writes."""

DIGITS = 8
"""Significant digits of an expected value on a report."""


@dataclass(frozen=True)
class Marked:
    """All items of a sheet, in its own order, and those it lacks."""

    items: tuple[Item, ...]

    def count(self, verdict: Verdict) -> int:
        return sum(item.verdict == verdict for item in self.items)

    @property
    def all_right(self) -> bool:
        """Whether every value that the sheet gives is right."""
        return all(item.verdict in (Verdict.RIGHT, Verdict.MISSING) for item in self.items)


@dataclass
class Marker:
    """A problem's key, ready for any number of sheets. Grounds are made once for each set of
    derivatives that sheets name."""

    plan: Plan
    settled: Settled[Worked]
    grounds: dict[tuple[Ref, ...], tuple[Ground, Mapping[Place, Any]]] = field(default_factory=dict)
    names: Names = field(default_factory=dict)

    def ground(self, of: Sequence[Ref]) -> tuple[Ground, Mapping[Place, Any]]:
        """The ground for some derivatives, and the true value of every place on it."""
        key = tuple(sorted(of, key=text))
        if key not in self.grounds:
            made = ground(self.plan, key)
            with precision(BITS):
                self.grounds[key] = made, _true_values(made, self.settled)
        return self.grounds[key]


def marker_for(problem: Problem) -> Marker:
    """Work a problem out once, for all its sheets. Raises `Failure` where it has no numbers."""
    plan = Plan(problem, (), tuple(a for a in problem.ask if isinstance(a, AskUpdate)))
    if plan.has_letters:
        given = next(g for g in problem.system.given.values() if g.has_letters)
        raise failure("letters", given.span, "hint-letters", name=str(given.quantity))
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


def mark(marker: Marker, sheet: Sheet) -> Marked:
    """The verdict for every value of a sheet."""
    plan = marker.plan
    items: list[Item] = []
    read: list[tuple[Item, Answer]] = []
    for answer in read_answers(plan, sheet, marker.names):
        if isinstance(answer, Unread):
            items.append(_unread(answer))
            continue
        numbers = list(flat(answer.value))
        blank = not any(numbers)
        try:
            check_name(plan, answer.name)
            _check_count(plan, answer, numbers)
        except Failure as error:
            if not blank:
                items.append(
                    _unread(Unread(answer.label, str(spelled(answer.value)), error.diagnostics))
                )
            continue
        spot = spot_of(plan, answer.name)
        item = Item(answer.label, answer.value, spot, Verdict.MISSING)
        items.append(item)
        if not blank:
            read.append((item, answer))
    there, true = marker.ground(scalars_named(plan, [a.name for _, a in read]))
    with precision(BITS):
        written = _written(plan, read, interval)
        places = {spot: n for spot, n in written.items() if not isinstance(spot, After)}
        carried = carry(there, places)
        by_spot: dict[Spot, list[tuple[Item, Answer]]] = {}
        for item, answer in read:
            assert item.spot is not None
            by_spot.setdefault(item.spot, []).append((item, answer))
        tainted = _judge_places(there, true, carried, by_spot, plan)
        _judge_updates(marker, carried, written, by_spot, tainted)
        _follow(marker, there, _written(plan, read, point), by_spot)
    return Marked(tuple(items))


def _unread(unread: Unread) -> Item:
    return Item(
        unread.label,
        Written(unread.given, Fraction(0)),
        None,
        Verdict.UNREADABLE,
        why=unread.why,
    )


def _check_count(plan: Plan, answer: Answer, numbers: Sequence[Written | None]) -> None:
    """Raises `Failure` where an answer has not as many numbers as what it names."""
    rows, columns = shape_of(plan, answer.name)
    wanted = 1 if answer.name.entry else rows * columns
    if len(numbers) != wanted:
        shape = "1" if answer.name.entry else shown((rows, columns))
        raise failure("sheet-shape", answer.span, found=len(numbers), wanted=shape)


def _written(
    plan: Plan, read: Sequence[tuple[Item, Answer]], as_number: Callable[[Written], Scalar]
) -> dict[Spot, Entries]:
    """The numbers of a sheet by place, entries that are named one by one put together."""
    found: dict[Spot, list[Scalar | None]] = {}
    for item, answer in read:
        assert item.spot is not None
        rows, columns = shape_of(plan, answer.name)
        numbers = found.setdefault(item.spot, [None] * (rows * columns))
        for i, number in zip(_entries(plan, answer), flat(answer.value), strict=True):
            if number is not None:
                numbers[i] = as_number(number)
    return {spot: tuple(numbers) for spot, numbers in found.items()}


def _entries(plan: Plan, answer: Answer) -> list[int]:
    """Which entries of its quantity, row by row, an answer holds."""
    rows, columns = shape_of(plan, answer.name)
    match answer.name.entry:
        case (i,):
            return [i - 1]
        case (i, j):
            return [(i - 1) * columns + j - 1]
        case _:
            return list(range(rows * columns))


def point(number: Written) -> Scalar:
    """A written number as such."""
    if isinstance(number.value, Fraction):
        return between(number.value, number.value)
    return constant(number.value, EMPTY, INTERVALS)


def interval(number: Written) -> Scalar:
    """What a written number may stand for: rounded, or cut off."""
    if not isinstance(number.value, Fraction):
        return point(number)
    if number.low is None or number.high is None or number.cut is None:
        return point(number)
    return between(min(number.low, number.cut), max(number.high, number.cut))


def _judge_places(
    there: Ground,
    true: Mapping[Place, Any],
    carried: Carried,
    by_spot: Mapping[Spot, list[tuple[Item, Answer]]],
    plan: Plan,
) -> set[Place]:
    """Verdicts in the order of the work; returns the places that wrong values reach."""
    tainted: set[Place] = set()
    system = there.system
    order = [p for p in by_spot if not isinstance(p, After) and p not in carried.made]
    for place in (*order, *carried.made):
        reached = any(source in tainted for source in there.sources(place))
        answers = by_spot.get(place)
        if answers is None:
            if reached:
                tainted.add(place)
            continue
        shape = system.shapes[place[0]]
        routes = [
            entries(carried.made[q, place[1]], shape)
            for q in (place[0], *there.others.get(place[0], ()))
            if (q, place[1]) in carried.made
        ]
        for item, answer in answers:
            chosen = _entries(plan, answer)
            truth = [entries(true[place], shape)[i] for i in chosen]
            ways = [[route[i] for i in chosen] for route in routes]
            _judge(item, answer, truth, ways, reached)
            if item.verdict != Verdict.RIGHT:
                tainted.add(place)
    return tainted


def _judge(
    item: Item,
    answer: Answer,
    truth: Sequence[Scalar],
    ways: Sequence[Sequence[Scalar]],
    reached: bool,
) -> None:
    numbers = list(flat(answer.value))

    def meets(values: Sequence[Scalar]) -> bool:
        return all(
            n is None or may_be_equal(interval(n), v) for n, v in zip(numbers, values, strict=True)
        )

    item.expected = _table(truth, item.given)
    if meets(truth):
        item.verdict = Verdict.RIGHT
    elif any(meets(way) for way in ways):
        item.verdict = Verdict.FOLLOWS if reached else Verdict.RIGHT
    else:
        item.verdict = Verdict.WRONG


def _table(values: Sequence[Scalar], like: Nested) -> Table:
    """Numbers nested as the student nested theirs."""
    rest = iter(values)

    def nest(part: Nested) -> Table:
        if isinstance(part, tuple):
            return tuple(nest(inner) for inner in part)
        return numeral(next(rest), DIGITS)

    return nest(like)


def _judge_updates(
    marker: Marker,
    carried: Carried,
    written: Mapping[Spot, Entries],
    by_spot: Mapping[Spot, list[tuple[Item, Answer]]],
    tainted: set[Place],
) -> None:
    """Verdicts of the parameters and losses after each iteration of every update."""
    plan = marker.plan
    if not any(isinstance(spot, After) for spot in by_spot):
        return
    assert plan.gradient is not None
    moved: set[Slot] = set()
    truths = [truth for update in marker.settled.work.updates for truth in update]
    for k, updated in _updates(plan, carried, written):
        now: set[Slot] = set()
        for slot, value in updated.parameters.items():
            made = plan.gradient.of_quantity(slot[0]), slot[1]
            touched = bool(moved) or made in tainted or slot in tainted
            answers = by_spot.get(After(k, slot), ())
            wrong = _judge_after(plan, answers, value, truths[k - 1].parameters[slot], touched)
            if wrong or (touched and not answers):
                now.add(slot)
        answers = by_spot.get(After(k, _loss(plan)), ())
        _judge_after(plan, answers, updated.loss, truths[k - 1].loss, bool(now))
        moved = now


def _loss(plan: Plan) -> Place:
    loss = plan.system.loss
    assert loss is not None
    return plan.system.quantity(loss), plan.system.step(loss)


def _updates(
    plan: Plan, carried: Carried, written: Mapping[Spot, Entries]
) -> Iterator[tuple[int, Updated]]:
    """Every iteration of every update from the student's numbers on, counted through."""
    program = compiled(plan.full, INTERVALS)
    here = {q: carried.storage[q] for q in plan.full.shapes if q in carried.storage}
    before = 0
    for ask in plan.updates:

        def going_on(k: int, values: Mapping[Slot, Any], before: int = before) -> dict[Slot, Any]:
            return {
                slot: merged(value, written[spot]) if spot in written else value
                for slot, value in values.items()
                for spot in (After(before + k, slot),)
            }

        for updated in iterations(plan, ask, INTERVALS, program, here, going_on):
            before += 1
            yield before, updated


def _follow(
    marker: Marker,
    there: Ground,
    written: Mapping[Spot, Entries],
    by_spot: Mapping[Spot, list[tuple[Item, Answer]]],
) -> None:
    """What each value's equation gives from the student's other numbers as they stand."""
    plan = marker.plan
    carried = carry(there, {s: n for s, n in written.items() if not isinstance(s, After)})
    made: dict[Spot, Any] = {}
    made.update(carried.made.items())
    if any(isinstance(spot, After) for spot in by_spot):
        for k, updated in _updates(plan, carried, written):
            made |= {After(k, slot): value for slot, value in updated.parameters.items()}
            made[After(k, _loss(plan))] = updated.loss
    for spot, answers in by_spot.items():
        for item, answer in answers:
            if spot in made:
                values = entries(made[spot], shape_of(plan, answer.name))
                item.follow_through = _table(
                    [values[i] for i in _entries(plan, answer)], item.given
                )
            else:
                item.follow_through = item.expected


def _judge_after(
    plan: Plan,
    answers: Sequence[tuple[Item, Answer]],
    value: Any,
    truth: Any,
    touched: bool,
) -> bool:
    """Whether any of the answers is not right."""
    for item, answer in answers:
        shape = shape_of(plan, answer.name)
        chosen = _entries(plan, answer)
        flat_truth, flat_value = entries(truth, shape), entries(value, shape)
        _judge(
            item,
            answer,
            [flat_truth[i] for i in chosen],
            [[flat_value[i] for i in chosen]],
            touched,
        )
    return any(item.verdict != Verdict.RIGHT for item, _ in answers)
