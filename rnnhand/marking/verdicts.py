"""A verdict for every value of a sheet.

A value is `right` if its interval meets the true value, or if correct arithmetic on right values
reaches it by rounding; else it `follows` if it meets what its own equation gives from the
student's other values; else it is `wrong`: a mistake that was born there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain
from typing import Any

from rnnhand.arithmetic.ball import precision
from rnnhand.arithmetic.interval import is_zero
from rnnhand.language.numerals import Numeral
from rnnhand.language.printer import text
from rnnhand.marking.after_updates import judge_updates
from rnnhand.marking.answers import read_answers
from rnnhand.marking.carry import BITS
from rnnhand.marking.doubts import (
    is_beyond_rounding,
    is_too_far,
    is_wide,
    left_out,
    reached_closely,
    rounded_throughout,
    still_missing,
    well_met,
)
from rnnhand.marking.explaining import diagnose
from rnnhand.marking.filled import NEAR, Filled, by_place, farther_than, filled, standing
from rnnhand.marking.judging import agree, by_equation, by_key
from rnnhand.marking.marked import Item, Marked, Marking, Verdict
from rnnhand.marking.marker import Marker
from rnnhand.marking.names import After, Place, Spot, data_named, differentiated
from rnnhand.marking.numbers import Written
from rnnhand.marking.plainly import is_off
from rnnhand.marking.sheet import Answer, Decided, Formula, Sheet, Spoken


def mark(marker: Marker, sheet: Sheet) -> Marked:
    """The verdict for every value of a sheet."""
    return mark_answers(marker, read_answers(marker.plan, sheet, marker.names))


def mark_answers(marker: Marker, given: Iterable[Answer | Decided]) -> Marked:
    """The verdict for every one of some answers, and what was done where one is wrong."""
    marked = judged(marker, given)
    diagnose(marked)
    return marked


def judged(marker: Marker, given: Iterable[Answer | Decided]) -> Marked:
    """The verdict for every one of some answers, and no more."""
    items: list[Item] = []
    answers: dict[Spot, list[tuple[Item, Filled]]] = {}
    for entry in given:
        if isinstance(entry, Decided):
            items.append(_decided(entry))
            continue
        found = filled(entry)
        item = Item(entry.label, entry.value, found.spot, Verdict.MISSING)
        items.append(item)
        if not found.blank:
            answers.setdefault(found.spot, []).append((item, found))
    given_answers = [a for there in answers.values() for _, a in there]
    names = [a.answer.name for a in given_answers]
    field = marker.field(differentiated(marker.plan, names), data_named(marker.plan, names))
    with precision(BITS):
        written = by_place(given_answers, standing)
        marking = Marking(marker, field, answers, written)
        judge_updates(marking, *_judge_places(marking))
        _see_trivial(marking)
    return Marked(tuple(items), marking)


def _decided(entry: Decided) -> Item:
    given = Written(entry.given, Fraction(0)) if entry.given else None
    item = Item(entry.label, given, None, Verdict(entry.verdict), why=entry.why)
    if isinstance(entry, Formula):
        item.expected = Numeral(entry.right, None)
    elif isinstance(entry, Spoken):
        item.told = entry.right
    return item


def _judge_places(marking: Marking) -> tuple[set[Place], list[Spot]]:
    """Verdicts in the order of the work; returns the places that wrong values reach, and those
    of the wrong values themselves."""
    tainted: set[Place] = set()
    wrong: list[Spot] = []
    there, order = marking.field.ground, marking.field.order
    given = [p for p in marking.answers if not isinstance(p, After) and p not in order]
    for place in (*given, *order):
        reached = bool(tainted) and not tainted.isdisjoint(there.sources(place))
        answers = marking.answers.get(place)
        if answers is None:
            if reached:
                tainted.add(place)
            continue
        for item, answer in answers:
            true = marking.field.true[place]
            if left := by_key(marking, item, answer, true):
                answer = marking.as_meant(answer)
                made = marking.carried.made.get(place)
                by_equation(item, answer, left, made, reached)
                if item.verdict == Verdict.WRONG:
                    item.verdict = _otherwise(marking, place, answer, reached, bool(tainted), wrong)
                elif (far := farther_than(NEAR, answer, made, left)) and (
                    not reached_closely(marking, place, answer, left, wrong)
                    or (not reached and is_off(marking, place, answer, far))
                ):
                    item.verdict = Verdict.WRONG
            if item.verdict == Verdict.WRONG:
                wrong.append(place)
            if item.verdict != Verdict.RIGHT:
                tainted.add(place)
    return tainted, wrong


def _otherwise(
    marking: Marking,
    place: Place,
    answer: Filled,
    reached: bool,
    mistaken: bool,
    wrong: Iterable[Spot] = (),
) -> Verdict:
    """The verdict by other honest ways; each entry of an answer may have come by another one.
    `mistaken` says that something before is not right: then a way that misses the true value has
    come by it, since one on which every number is right, if rounded, leads to what may be true.
    What is `wrong` so far may have been copied wrongly, and gone on with rightly."""
    if place not in marking.carried.made or not marking.field.ground.sources(place):
        return Verdict.WRONG  # what is made of nothing on paper is met by the key alone
    truth = marking.field.true[place]
    left, first = answer.missing(truth), marking.carried.made[place]
    true = answer.of(truth)
    if answer.known(first):
        still = answer.missing(first, left)
        misses = mistaken and not agree(left - still, answer.of(first), true)
        if not (misses and _gives_others(answer, first)):
            left = still
    anew = any(
        spot[0] not in marking.plan.system.shapes for spot in wrong if not isinstance(spot, After)
    )
    ways = ((value, False, None) for value in _ways(marking, place, anew))
    apart = (
        (value, True, None)
        for there in left_out(marking, wrong)
        for value in _ways(there, place, False)
    )
    near = rounded_throughout(marking, place, answer, left)
    rounded = ((value, False, None) for value in _rounded_ways(marking, place, answer, left))
    far: set[int] = set()
    believed: set[int] = set()
    all_left = left
    for value, cleared, units in chain(ways, apart, near, rounded):
        if answer.known(value):
            still = still_missing(marking, answer, value, left, units)
            met, made = left - still, answer.of(value)
            misses = mistaken and not agree(met, made, true)
            if misses and _gives_others(answer, value):
                continue
            far |= farther_than(NEAR, answer, value, met)
            if units is not None:
                believed |= met
            reached = (reached and not cleared) or misses
            left = still
        if not left:
            doubtful = all_left & (far - believed)
            if doubtful and not reached_closely(marking, place, answer, doubtful, wrong):
                return Verdict.WRONG
            if far and not reached and is_off(marking, place, answer, frozenset(far)):
                return Verdict.WRONG
            return Verdict.FOLLOWS if reached else Verdict.RIGHT
    return Verdict.WRONG


def _gives_others(answer: Filled, value: Any) -> bool:
    """Whether a way gives some entry as something else altogether: who goes on with a mistake does
    so in every entry."""
    given = frozenset(i for i, n in enumerate(answer.numbers) if n)
    return is_too_far(answer, value, given - well_met(answer, value, given))


def _ways(marking: Marking, place: Place, anew: bool) -> Iterator[Any]:
    """What honest ways make of a place: with every number of the sheet, with those of the forward
    pass alone, where it may have been worked out `anew` from there since something is wrong behind
    it, and with what is not on the sheet rounded too."""
    for trial in (marking.trial, marking.from_forward if anew else None):
        if trial is not None:
            yield trial.carried.made[place]
            for changes in marking.field.routes:
                value = trial.value(place, changes)
                if value is not None:
                    yield value
    if is_wide(marking.carried.made[place]):
        yield marking.points.made[place]
    silent = _of_another_scalar(marking, place)
    for trial in marking.generous:
        values = [trial.carried.made[place]]
        values += [trial.value(place, changes) for changes in marking.field.routes]
        yield from (v for v in values if v is not None and not (silent and is_wide(v)))


def _rounded_ways(
    marking: Marking, place: Place, answer: Filled, left: frozenset[int]
) -> Iterator[Any]:
    """What honest ways make of a place if just the numbers of the sheet are gone on with, and all
    others are rounded too."""
    if is_beyond_rounding(marking, place, answer, left):
        return
    for trial in marking.rounding:
        yield trial.carried.made[place]
        for changes in marking.field.routes:
            value = trial.value(place, changes)
            if value is not None:
                yield value


def _of_another_scalar(marking: Marking, place: Place) -> bool:
    """Whether a place is a derivative of h[2] or the like: what that is made of is not on sheets
    at all, and rounded all along it might be anything."""
    return any(place[0].name.startswith(f"d{text(ref)}/") for ref in marking.field.ground.named)


def _see_trivial(marking: Marking) -> None:
    """What follows as an exact 0 no longer shows anything."""
    for item, answer in (pair for there in marking.answers.values() for pair in there):
        if item.verdict == Verdict.FOLLOWS:
            value = marking.made.get(answer.spot)
            item.trivial = value is not None and all(map(is_zero, answer.of(value)))
