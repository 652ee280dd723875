"""What was done where a value is wrong: misconceptions, one alone or several at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from rnnhand.arithmetic.ball import precision
from rnnhand.marking.along import slipped
from rnnhand.marking.carry import BITS
from rnnhand.marking.diagnosis import Diagnosis, at_one_step, compound, diagnoses
from rnnhand.marking.filled import Filled
from rnnhand.marking.marked import Marked, Marking, Verdict
from rnnhand.marking.names import After, Place
from rnnhand.marking.updates import Wrongly, done_wrongly


def diagnose(marked: Marked) -> None:
    """Name the misconceptions that give the wrong values."""
    with precision(BITS):
        _diagnose(marked.marking)


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
    named: list[list[Diagnosis]] = []
    unexplained = 0
    for _, answer in wrong:
        if isinstance(answer.spot, After):
            named.append(after.get(id(answer), []))
            continue
        rounded = unexplained < MOST_UNEXPLAINED
        named.append(_diagnosed(marking, answer.spot, answer, rounded))
        unexplained += not named[-1]
    explained = Counter(id for found in named for id in {d.id for d in found})
    for (item, _), found in zip(wrong, named, strict=True):
        likeliest = sorted(found, key=lambda d: (-explained[d.id], not d.everywhere))
        item.diagnoses = tuple({d.id: d for d in reversed(likeliest)}.values())[::-1]


MOST_UNEXPLAINED = 3
"""Values that no mistake explains, after which it is no longer asked whether one would if what is
not on the sheet was rounded: that is most of the work."""


def _diagnosed(marking: Marking, place: Place, answer: Filled, rounded: bool) -> list[Diagnosis]:
    found = _on_this_ground(marking, place, answer, rounded)
    if not found and marking.is_total(place) and marking.by_steps is not None:
        found = _on_this_ground(marking.by_steps, place, answer, rounded)
    return found


def _on_this_ground(
    marking: Marking, place: Place, answer: Filled, rounded: bool
) -> list[Diagnosis]:
    """The mistakes that give a value; with what is not on the sheet `rounded` too, where none does
    without."""
    silent = rounded and len(marking.trial.behind(place)) > 1
    for trial in (marking.trial, *(marking.generous if silent else ())):
        trial = replace(trial, given=marking.updated)
        fits = _better_than(trial.carried.made.get(place), answer)
        found = list(diagnoses(trial, marking.field.ways, place, fits))
        if found:
            return found
    return []


def _better_than(right: Any, answer: Filled) -> Callable[[Any], bool]:
    """What a mistake has to give so that it explains a wrong value: one that may be meant by what
    is written, and is nearer to it than what the right step gives. Of what is known so roughly that
    it fits everything, a mistake that changes nothing is none."""
    fits = answer.meets_something_known
    if right is None or not answer.known(right):
        return fits
    return lambda value: fits(value) and answer.is_nearer(value, right)


MOST_AT_ONCE = 3
"""Values of a sheet on which several misconceptions at once are tried."""

TOLD = 4
"""Digits of a sum that tell which step went wrong."""


def explain_further(marked: Marked) -> None:
    """Try several misconceptions at once on wrong values that none explains alone. This takes its
    time, so the first values have to do, and only numbers with some digits can bear it."""
    marking, left = marked.marking, MOST_AT_ONCE
    with precision(BITS):
        for spot, answers in marking.answers.items():
            for item, answer in answers:
                alone = item.diagnoses or item.convention or isinstance(spot, After)
                if item.verdict != Verdict.WRONG or alone:
                    continue
                assert not isinstance(spot, After)
                if spot[1] is None and answer.digits >= TOLD:
                    item.diagnoses = _at_one_step(marking, spot, answer)
                if not item.diagnoses and answer.is_telling and left:
                    left -= 1
                    fits = answer.meets_something_known
                    item.at_once = compound(marking.trial, marking.field.ways, spot, fits)
                if not (item.at_once or item.diagnoses) and answer.is_rough:
                    item.diagnoses = _roughly(marking, spot, answer)
                    item.roughly = bool(item.diagnoses)


def _at_one_step(marking: Marking, place: Place, answer: Filled) -> tuple[Diagnosis, ...]:
    """The misconceptions that give a sum over the steps, if they are at work at one step alone."""
    trial = replace(marking.trial, given=marking.updated)
    fits = answer.meets_something_known
    found = {d.id: d for d in at_one_step(trial, marking.field.ways, place, fits)}
    return tuple(found.values())


def _roughly(marking: Marking, place: Place, answer: Filled) -> tuple[Diagnosis, ...]:
    """The one misconception that gives a value but for its last digits; none where there are
    several, or where the true value is as near."""
    if answer.nearly_meets(marking.field.true[place]):
        return ()
    trial = replace(marking.trial, given=marking.updated)
    fits = answer.nearly_meets
    found = {d.id: d for d in diagnoses(trial, marking.field.ways, place, fits)}
    return tuple(found.values()) if len(found) == 1 else ()


def _diagnosed_updates(marking: Marking) -> dict[int, list[Diagnosis]]:
    """The misconceptions that give each wrong value after an update."""
    found: dict[int, list[Diagnosis]] = {}
    _add(marking, found, done_wrongly(marking.marker.steps, marking.carried, marking.written))
    unexplained = any(
        item.verdict == Verdict.WRONG and id(answer) not in found
        for spot, there in marking.answers.items()
        if isinstance(spot, After)
        for item, answer in there
    )
    if unexplained:
        _add(marking, found, slipped(marking))
    return found


def _add(marking: Marking, found: dict[int, list[Diagnosis]], ways: Iterable[Wrongly]) -> None:
    """Add to what explains each wrong value those of some ways that give it."""
    for wrongly in ways:
        for item, answer in marking.answers.get(wrongly.after, ()):
            if item.verdict == Verdict.WRONG and answer.meets_something_known(wrongly.value):
                named = Diagnosis(wrongly.id, wrongly.words, wrongly.after, False, True)
                found.setdefault(id(answer), []).append(named)
