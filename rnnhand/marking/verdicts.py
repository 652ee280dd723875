"""A verdict for every value of a sheet.

A value is `right` if its interval meets the true value, or if correct arithmetic on right values
reaches it by rounding; else it `follows` if it meets what its own equation gives from the
student's other values; else it is `wrong`: a mistake that was born there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from typing import Any

from rnnhand.arithmetic.ball import precision
from rnnhand.arithmetic.base import Scalar
from rnnhand.arithmetic.interval import is_number, is_zero, may_be_equal
from rnnhand.arithmetic.numerals import numeral
from rnnhand.arithmetic.program import Storage
from rnnhand.errors import Diagnostic
from rnnhand.language.numerals import Numeral, Table
from rnnhand.language.printer import text
from rnnhand.marking.answers import read_answers
from rnnhand.marking.carry import BITS, Carried, Entries, carry
from rnnhand.marking.diagnosis import Diagnosis, compound, diagnoses
from rnnhand.marking.filled import Filled, by_place, filled, intervals, points
from rnnhand.marking.marker import Field, Marker
from rnnhand.marking.moves import updated
from rnnhand.marking.names import After, Place, Spot, scalars_named
from rnnhand.marking.numbers import Written
from rnnhand.marking.rounding import habit
from rnnhand.marking.sheet import Answer, Nested, Sheet, Unread
from rnnhand.marking.trial import Trial
from rnnhand.marking.updates import carried_on, done_wrongly
from rnnhand.questions.update import Slot
from rnnhand.questions.work import Plan


class Verdict(StrEnum):
    RIGHT = "right"
    FOLLOWS = "follows"
    WRONG = "wrong"
    MISSING = "missing"
    UNREADABLE = "unreadable"


@dataclass
class Item:
    """One value of a sheet and what is to be said of it.

    `expected` is the true value; `rounded` says that it stands for it without being it, `cut` that
    it was cut off and not rounded, `trivial` that it follows as an exact 0. `diagnoses` are the
    misconceptions that a wrong value fits, likeliest first, `at_once` some that it fits together;
    `convention` is one under which it is right.
    """

    label: str
    given: Nested
    spot: Spot | None
    verdict: Verdict
    expected: Table | None = None
    cut: bool = False
    rounded: bool = False
    trivial: bool = False
    convention: str = ""
    why: tuple[Diagnostic, ...] = ()
    diagnoses: tuple[Diagnosis, ...] = ()
    at_once: tuple[Diagnosis, ...] = ()


DIGITS = 8
"""Significant digits of an expected value on a report."""


@dataclass(frozen=True)
class Marking:
    """A sheet while it is marked: its answers by place, and their numbers as intervals."""

    marker: Marker
    field: Field
    answers: Mapping[Spot, Sequence[tuple[Item, Filled]]]
    written: Mapping[Spot, Entries]
    carried: Carried
    trial: Trial

    @cached_property
    def from_forward(self) -> Trial | None:
        """The same with the numbers of the forward pass alone, where others are on the sheet."""
        places = _places(self.written)
        forward = {p: n for p, n in places.items() if p[0] in self.plan.system.shapes}
        if len(forward) == len(places):
            return None
        return Trial(self.trial.workshop, carry(self.field.ground, forward), forward)

    @cached_property
    def point_numbers(self) -> dict[Spot, Entries]:
        """The numbers of the sheet as they stand."""
        return by_place((a for there in self.answers.values() for _, a in there), points)

    @cached_property
    def points(self) -> Carried:
        """What the equations make of the numbers as they stand."""
        return carry(self.field.ground, _places(self.point_numbers))

    @cached_property
    def made(self) -> dict[Spot, Any]:
        """What each value's equation gives from the student's other numbers as they stand."""
        made: dict[Spot, Any] = {}
        made.update(self.points.made.items())
        if self.has_updates and self.plan.gradient is not None:
            loss = _loss(self.plan)
            for turn in carried_on(self.marker.steps, self.points, self.point_numbers):
                made |= {After(turn.k, slot): v for slot, v in turn.updated.parameters.items()}
                made[After(turn.k, loss)] = turn.updated.loss
        return made

    def expected(self, answer: Filled, truth: Any, like: Nested) -> Table | None:
        """The true value of an answer, nested as it is; its numerals are made once for a field."""
        known = self.field.numerals
        numbers = []
        for i, value in zip(answer.chosen, answer.of(truth), strict=True):
            if (answer.spot, i) not in known:
                known[answer.spot, i] = _numeral(value)
            numbers.append(known[answer.spot, i])
        return _nested(numbers, like)

    @cached_property
    def updated(self) -> Storage:
        """The parameters after the first update, as the student goes on with them."""
        if not self.plan.updates:
            return {}
        turn = next(carried_on(self.marker.steps, self.carried, self.written))
        return {updated(q): value for (q, step), value in turn.after.items() if step is None}

    @cached_property
    def generous(self) -> Trial | None:
        """The same with every value that is not on the sheet taken for anything that it may have
        been rounded to."""
        answers = [pair for there in self.answers.values() for pair in there]
        found = habit(
            (n for item, a in answers if item.rounded for n in a.numbers if n is not None),
            cuts=any(item.cut for item, _ in answers),
        )
        if found is None:
            return None
        places = _places(self.written)
        return Trial(self.trial.workshop, carry(self.field.ground, places, found), places, found)

    @property
    def plan(self) -> Plan:
        return self.marker.plan

    @property
    def has_updates(self) -> bool:
        return any(isinstance(spot, After) for spot in self.answers)


@dataclass(frozen=True)
class Marked:
    """All items of a sheet, in its own order, and those it lacks."""

    items: tuple[Item, ...]
    marking: Marking

    def follow_through(self, item: Item) -> Table | None:
        """What the equation of a value gives from the student's other numbers as they stand."""
        for there, answer in self.marking.answers.get(item.spot, ()) if item.spot else ():
            if there.label == item.label and answer.spot in self.marking.made:
                with precision(BITS):
                    values = answer.of(self.marking.made[answer.spot])
                    return _nested(list(map(_numeral, values)), item.given)
        return item.expected

    def count(self, verdict: Verdict) -> int:
        return sum(item.verdict == verdict for item in self.items)

    @property
    def all_right(self) -> bool:
        """Whether every value that the sheet gives is right."""
        return all(item.verdict in (Verdict.RIGHT, Verdict.MISSING) for item in self.items)


def mark(marker: Marker, sheet: Sheet) -> Marked:
    """The verdict for every value of a sheet."""
    return mark_answers(marker, read_answers(marker.plan, sheet, marker.names))


def mark_answers(marker: Marker, given: Iterable[Answer | Unread]) -> Marked:
    """The verdict for every one of some answers, and what was done where one is wrong."""
    marked = judged(marker, given)
    diagnose(marked)
    return marked


def diagnose(marked: Marked) -> None:
    """Name the misconceptions that give the wrong values."""
    with precision(BITS):
        _diagnose(marked.marking)


def judged(marker: Marker, given: Iterable[Answer | Unread]) -> Marked:
    """The verdict for every one of some answers, and no more."""
    items: list[Item] = []
    answers: dict[Spot, list[tuple[Item, Filled]]] = {}
    for entry in given:
        if isinstance(entry, Unread):
            items.append(_unread(entry))
            continue
        found = filled(marker.plan, entry)
        item = Item(entry.label, entry.value, found.spot, Verdict.MISSING)
        items.append(item)
        if not found.blank:
            answers.setdefault(found.spot, []).append((item, found))
    given_answers = [a for there in answers.values() for _, a in there]
    field = marker.field(scalars_named(marker.plan, [a.answer.name for a in given_answers]))
    with precision(BITS):
        written = by_place(given_answers, intervals)
        carried = carry(field.ground, _places(written))
        trial = Trial(field.workshop, carried, _places(written))
        marking = Marking(marker, field, answers, written, carried, trial)
        tainted = _judge_places(marking)
        _judge_updates(marking, tainted)
        _see_trivial(marking)
    return Marked(tuple(items), marking)


def _unread(unread: Unread) -> Item:
    return Item(
        unread.label,
        Written(unread.given, Fraction(0)),
        None,
        Verdict.UNREADABLE,
        why=unread.why,
    )


def _places(written: Mapping[Spot, Entries]) -> dict[Place, Entries]:
    return {spot: n for spot, n in written.items() if not isinstance(spot, After)}


def _judge_places(marking: Marking) -> set[Place]:
    """Verdicts in the order of the work; returns the places that wrong values reach."""
    tainted: set[Place] = set()
    there, made = marking.field.ground, marking.carried.made
    order = [p for p in marking.answers if not isinstance(p, After) and p not in made]
    for place in (*order, *made):
        reached = any(source in tainted for source in there.sources(place))
        answers = marking.answers.get(place)
        if answers is None:
            if reached:
                tainted.add(place)
            continue
        for item, answer in answers:
            _judge(marking, item, answer, marking.field.true[place], made.get(place), reached)
            if item.verdict == Verdict.WRONG:
                item.verdict = _otherwise(marking, place, answer, reached)
            if item.verdict != Verdict.RIGHT:
                tainted.add(place)
    return tainted


def _otherwise(marking: Marking, place: Place, answer: Filled, reached: bool) -> Verdict:
    """The verdict by other honest ways; each entry of an answer may have come by another one. A
    way on which every number is right, if rounded, leads to what may be the true value."""
    if place not in marking.carried.made:
        return Verdict.WRONG
    truth = marking.field.true[place]
    left = answer.missing(marking.carried.made[place], answer.missing(truth))
    true = answer.of(truth)
    for value in _ways(marking, place):
        if answer.known(value):
            still = answer.missing(value, left)
            met, made = left - still, answer.of(value)
            reached = reached or not all(may_be_equal(made[i], true[i]) for i in met)
            left = still
        if not left:
            return Verdict.FOLLOWS if reached else Verdict.RIGHT
    return Verdict.WRONG


def _ways(marking: Marking, place: Place) -> Iterator[Any]:
    """What honest ways make of a place: with every number of the sheet, with those of the forward
    pass alone, and, by the first way only, with what is not on the sheet rounded too."""
    for trial in (marking.trial, marking.from_forward):
        if trial is not None:
            yield trial.carried.made[place]
            for changes in marking.field.routes:
                value = trial.value(place, changes)
                if value is not None:
                    yield value
    if marking.generous is not None and not _of_another_scalar(marking, place):
        yield marking.generous.carried.made[place]


def _of_another_scalar(marking: Marking, place: Place) -> bool:
    """Whether a place is a derivative of h[2] or the like: what that is made of is not on sheets
    at all, and rounded all along it might be anything."""
    return any(place[0].name.startswith(f"d{text(ref)}/") for ref in marking.field.ground.of[1:])


def _judge(
    marking: Marking, item: Item, answer: Filled, truth: Any, made: Any, reached: bool
) -> None:
    """A verdict from the true value and what its equation makes of the student's other values,
    or None where it has no equation."""
    item.expected = marking.expected(answer, truth, item.given)
    left = answer.missing(truth)
    if not left:
        item.verdict = Verdict.RIGHT
        item.cut = answer.is_cut_off(truth)
        item.rounded = item.cut or not answer.is_exactly(truth)
    elif made is not None and not answer.missing(made, left):
        item.verdict = Verdict.FOLLOWS if reached else Verdict.RIGHT
    else:
        item.verdict = Verdict.WRONG


def _numeral(value: Scalar) -> Numeral | None:
    """The number as a report has it; None where nothing is known of it, or too little."""
    if not is_number(value):
        return None
    try:
        return numeral(value, DIGITS)
    except (ValueError, OverflowError):
        return None


def _nested(numbers: Sequence[Numeral | None], like: Nested) -> Table | None:
    """Numbers nested as the student nested theirs; None where one is missing."""
    rest = iter(numbers)
    missing = False

    def nest(part: Nested) -> Table:
        nonlocal missing
        if isinstance(part, tuple):
            return tuple(nest(inner) for inner in part)
        number = next(rest)
        missing = missing or number is None
        return number or UNKNOWN

    found = nest(like)
    return None if missing else found


UNKNOWN = Numeral(None, None)


def _judge_updates(marking: Marking, tainted: set[Place]) -> None:
    """Verdicts of the parameters and losses after each iteration of every update."""
    gradient = marking.plan.gradient
    if not marking.has_updates or gradient is None:
        return
    moved: set[Slot] = set()
    truths = [truth for update in marking.marker.settled.work.updates for truth in update]
    loss = _loss(marking.plan)
    for turn in carried_on(marking.marker.steps, marking.carried, marking.written):
        now: set[Slot] = set()
        truth = truths[turn.k - 1]
        for slot, value in turn.updated.parameters.items():
            made = gradient.of_quantity(slot[0]), slot[1]
            reached = bool(moved) or made in tainted or slot in tainted
            answers = marking.answers.get(After(turn.k, slot), ())
            for item, answer in answers:
                _judge(marking, item, answer, truth.parameters[slot], value, reached)
                if item.verdict != Verdict.RIGHT:
                    now.add(slot)
            if reached and not answers:
                now.add(slot)
        for item, answer in marking.answers.get(After(turn.k, loss), ()):
            _judge(marking, item, answer, truth.loss, turn.updated.loss, bool(now))
        moved = now


def _loss(plan: Plan) -> Place:
    loss = plan.system.loss
    assert loss is not None
    return plan.system.quantity(loss), plan.system.step(loss)


def _diagnose(marking: Marking) -> None:
    """Name the misconceptions that give the wrong values, those that explain most of them first."""
    wrong = [
        (item, answer)
        for answers in marking.answers.values()
        for item, answer in answers
        if item.verdict == Verdict.WRONG
    ]
    if not wrong:
        return
    updates = [answer for _, answer in wrong if isinstance(answer.spot, After)]
    after = _diagnosed_updates(marking) if updates else {}
    named = [
        after.get(id(answer), [])
        if isinstance(answer.spot, After)
        else _diagnosed(marking, answer.spot, answer)
        for _, answer in wrong
    ]
    explained = Counter(id for found in named for id in {d.id for d in found})
    for (item, _), found in zip(wrong, named, strict=True):
        likeliest = sorted(found, key=lambda d: (-explained[d.id], not d.everywhere))
        item.diagnoses = tuple({d.id: d for d in reversed(likeliest)}.values())[::-1]


def _diagnosed(marking: Marking, place: Place, answer: Filled) -> list[Diagnosis]:
    for trial in (marking.trial, marking.generous):
        if trial is not None:
            fits = answer.meets_something_known
            trial = replace(trial, given=marking.updated)
            found = list(diagnoses(trial, marking.field.ways, place, fits))
            if found:
                return found
    return []


def explain_further(marked: Marked) -> None:
    """Try several misconceptions at once on wrong values that none explains alone. This takes its
    time, and only numbers with some digits can bear it."""
    marking = marked.marking
    with precision(BITS):
        for spot, answers in marking.answers.items():
            for item, answer in answers:
                alone = item.diagnoses or item.convention or isinstance(spot, After)
                if item.verdict != Verdict.WRONG or alone or not answer.is_telling:
                    continue
                assert not isinstance(spot, After)
                fits = answer.meets_something_known
                item.at_once = compound(marking.trial, marking.field.ways, spot, fits)


def _diagnosed_updates(marking: Marking) -> dict[int, list[Diagnosis]]:
    """The misconceptions that give each wrong value after an update."""
    found: dict[int, list[Diagnosis]] = {}
    for wrongly in done_wrongly(marking.marker.steps, marking.carried, marking.written):
        for item, answer in marking.answers.get(wrongly.after, ()):
            if item.verdict == Verdict.WRONG and answer.meets_something_known(wrongly.value):
                named = Diagnosis(wrongly.id, wrongly.words, wrongly.after, False, True)
                found.setdefault(id(answer), []).append(named)
    return found


def _see_trivial(marking: Marking) -> None:
    """What follows as an exact 0 no longer shows anything."""
    for item, answer in (pair for there in marking.answers.values() for pair in there):
        if item.verdict == Verdict.FOLLOWS:
            value = marking.made.get(answer.spot)
            item.trivial = value is not None and all(map(is_zero, answer.of(value)))
