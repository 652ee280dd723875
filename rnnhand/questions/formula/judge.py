"""Whether a student's formula is the derivative: right, wrong with a counterexample, or undecided.

Right means equal for all values of what is given; or, the weaker claim, for all parameters with
the given data. What is missing or too many is named where it is proved that just this makes the
difference.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from time import process_time

from rnnhand.arithmetic.equality import Pairs, different
from rnnhand.questions.formula.edits import Search
from rnnhand.questions.formula.explained import Explaining
from rnnhand.questions.formula.floats import Floats
from rnnhand.questions.formula.formula import Formula, Instance
from rnnhand.questions.formula.held import states_held
from rnnhand.questions.formula.judged import UNEXPLAINED, Counterexample, Judged
from rnnhand.questions.formula.points import (
    DATA,
    POINTS,
    at_given,
    at_special_points,
    counterexample,
    elsewhere,
    kept,
    named_data,
    named_moved,
    random_point,
    tell_shares,
    until_different,
)
from rnnhand.questions.formula.proof import proved
from rnnhand.questions.formula.spots import Edit
from rnnhand.questions.formula.values import (
    Point,
    clash,
    divides_by_zero,
    filled,
    is_row,
    put_at,
    random_system,
    turned,
)
from rnnhand.system.model import Quantity, Role

OFTEN = 3
"""Random points without a value that are no coincidence."""

WAYS = (
    Explaining.by_one,
    Explaining.by_steps,
    Explaining.by_parts,
    Explaining.by_two,
    Explaining.by_two_in_a_summand,
    Explaining.by_a_summand,
    Explaining.by_entries,
    Explaining.by_summands,
)
"""What explains a formula, the least first."""


LONGEST_SEARCH = 8.0
"""Seconds of work after which no other way is tried to say what is wrong. That it is wrong is
known, and a busy machine changes nothing."""


def judge(formula: Formula, seed: int = 1) -> Judged:
    """Right, wrong with a counterexample, or undecided."""
    shapes = clash(formula)
    if shapes and is_row(formula):
        column = judge(turned(formula), seed)
        if column.verdict == "right" or column.held:
            return replace(column, shapes=shapes)
    found = _judged(formula, seed)
    if found.verdict != "right":
        return found
    fixed = DATA if found.holds == "given-data" else ()
    alone = (i for i in formula.apart if not _holds(_one(formula, i), fixed, seed))
    return replace(found, silent=tuple(alone))


def _one(formula: Formula, instance: Instance) -> Formula:
    return replace(formula, instances=(instance,), silent=(), apart=())


def _holds(formula: Formula, fixed: Sequence[Role], seed: int) -> bool:
    """Whether a formula is proved, after a look at some points."""
    dice = random.Random(seed)
    tried = (random_point(formula, dice, fixed)[1] for _ in range(OFTEN))
    return not any(p is not None and different(p) for p in tried) and proved(formula, fixed)


def _judged(formula: Formula, seed: int) -> Judged:
    shapes = clash(formula)
    if shapes:
        return Judged("wrong", shapes=shapes, edits=_misshapen(formula, seed))
    dice = random.Random(seed)
    own_numbers = not any(g.has_letters for g in formula.system.given.values())
    known = [e for g in formula.system.given.values() if g.role in DATA
             for v in g.values.values() for e in v if e is not None]  # fmt: skip
    here = at_given(formula) if own_numbers else None
    agrees_here = here is not None and not different(here)
    general = [random_point(formula, dice, ()) for _ in range(POINTS)]
    letters_alone = [random_point(formula, dice, DATA) for _ in range(OFTEN)
                     if known and not own_numbers]  # fmt: skip
    undefined = _undefined(formula, letters_alone, False) or _undefined(
        formula, general, own_numbers and here is None
    )
    if undefined is not None:
        return Judged("wrong", counterexample=undefined)
    if here is None and all(pairs is None for _, pairs in general):
        general = [random_point(formula, dice, (), positive=True) for _ in range(POINTS)]
        if all(pairs is None for _, pairs in general):
            return _nowhere(formula, general)
    if not any(pairs is not None and different(pairs) for _, pairs in general):
        if here is not None and not agrees_here:
            return _wrong(formula, [(formula.full.given, here)], True)
        if proved(formula):
            return Judged("right", "always")
        special = at_special_points(formula, dice)
        found = Judged("undecided", "always") if special is None else Judged("wrong", special=True)
        return replace(found, counterexample=special)
    data_alone: tuple[Quantity, ...] = ()
    if known:
        narrow = list(until_different(formula, dice, DATA))
        agrees = agrees_here or not own_numbers
        if agrees and not any(p is not None and different(p) for _, p in narrow):
            named = list(named_moved(formula, dice))
            if not any(p is not None and different(p) for _, p in named):
                if not proved(formula, DATA):
                    return Judged("undecided", "given-data")
                counter, moved = elsewhere(formula, dice)
                return Judged("right", "given-data", counter, elsewhere=moved)
            narrow += named
            data_alone = named_data(formula)
        general = [*narrow, *general]
    points = [(g, p) for g, p in general if p is not None]
    if here is not None and not agrees_here:
        return _wrong(formula, [(formula.full.given, here), *points], True)
    return replace(_wrong(formula, points, False), agrees_here=agrees_here, elsewhere=data_alone)


def _misshapen(formula: Formula, seed: int) -> tuple[Edit, ...]:
    """What makes a formula of the wrong shape right."""
    dice = random.Random(seed)
    full = formula.full
    points = [random_system(full, dice).given for _ in range(POINTS)]
    found = _one_or_two(Search(formula, points))
    if found or not any(tell_shares(g) for g in full.given.values()):
        return found
    narrow = [{q: kept(full.given[q], g) if g.role in DATA else g for q, g in point.items()}
              for point in points]  # fmt: skip
    return _one_or_two(Search(formula, narrow, DATA))


def _one_or_two(search: Search) -> tuple[Edit, ...]:
    return search.one() or search.two()


def _nowhere(formula: Formula, general: Sequence[tuple[Point, Pairs | None]]) -> Judged:
    """Of a formula without a value at any point: which part of it has none, where the derivative
    has one."""
    part = Floats(formula, [point for point, _ in general]).no_value()
    if part is None:
        return Judged("undecided", "no-value")
    return Judged("wrong", no_value=part)


def _undefined(
    formula: Formula, general: Sequence[tuple[Point, Pairs | None]], here: bool
) -> Counterexample | None:
    """Where the student's formula divides by 0 and the derivative has a value: at the numbers of
    the problem, or not by chance at random points."""
    full = filled(formula, formula.full)
    failed = [point for point, pairs in general if pairs is None]
    places = [full.given] if here else []
    if len(failed) >= OFTEN:
        places += failed
    found: list[Counterexample] = []
    for point in places:
        system = put_at(full, point)
        for i, instance in enumerate(formula.instances):
            right = divides_by_zero(formula, system, i)
            if right is not None:
                own = point is full.given
                found.append(Counterexample(point, instance.name, (), None, right, own))
                break
        if found and (found[-1].at_the_problem or len(found) >= OFTEN):
            return found[0]
    return None


def _wrong(formula: Formula, points: list[tuple[Point, Pairs]], own: bool) -> Judged:
    given, pairs = next((g, p) for g, p in points if different(p))
    counter = counterexample(formula, given, pairs, own)
    held = states_held(formula)
    if held:
        return Judged("wrong", counterexample=counter, held=held)
    ways = [Explaining(formula, points)]
    if any(tell_shares(g) for g in formula.system.given.values()):
        # What p − y explains is explained where the targets are what they are.
        dice = random.Random(5)
        narrow = [random_point(formula, dice, DATA) for _ in range(OFTEN)]
        ways.append(Explaining(formula, [(g, p) for g, p in narrow if p is not None], DATA))
    until = process_time() + LONGEST_SEARCH
    explained = (
        found
        for explain in WAYS
        for way in ways
        if way.points and process_time() < until and (found := explain(way)) != UNEXPLAINED
    )
    return replace(next(explained, UNEXPLAINED), counterexample=counter)
