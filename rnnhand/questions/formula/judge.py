"""Whether a student's formula is the derivative: right, wrong with a counterexample, or undecided.

Right means equal for all values of what is given; or, the weaker claim, for all parameters with
the given data. What is missing or too many is named where it is proved that just this makes the
difference.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from time import process_time
from typing import Any

from rnnhand.arithmetic.equality import Pairs, at_point, different
from rnnhand.calculus.spelled import at
from rnnhand.language.tree import Expr, Over, Ref, Shift, refs, walk
from rnnhand.questions.formula.edits import Search
from rnnhand.questions.formula.explained import Explaining
from rnnhand.questions.formula.floats import Floats
from rnnhand.questions.formula.formula import RIGHT, Formula, Instance
from rnnhand.questions.formula.held import states_held
from rnnhand.questions.formula.judged import UNEXPLAINED, Counterexample, Judged
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
    values_of,
)
from rnnhand.system.model import Given, Quantity, Role, Shape, System

POINTS = 12
"""Random points at which a formula must agree before a proof is tried."""

MOST_POINTS = 60
"""Points at which parameters are tried where the data are what they are."""

OFTEN = 3
"""Random points without a value that are no coincidence."""

HALF, SPECIAL = 0.5, 60
"""How often something is 0, and points at which some things are."""

FAR = (1, 1, 2, 4)

DATA = (Role.DATA, Role.INITIAL, Role.CONSTANT)
"""What a file gives and nobody differentiates for."""


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
    tried = (_random_point(formula, dice, fixed)[1] for _ in range(OFTEN))
    return not any(p is not None and different(p) for p in tried) and proved(formula, fixed)


def _judged(formula: Formula, seed: int) -> Judged:
    shapes = clash(formula)
    if shapes:
        return Judged("wrong", shapes=shapes, edits=_misshapen(formula, seed))
    dice = random.Random(seed)
    own_numbers = not any(g.has_letters for g in formula.system.given.values())
    known = [e for g in formula.system.given.values() if g.role in DATA
             for v in g.values.values() for e in v if e is not None]  # fmt: skip
    here = _at_given(formula) if own_numbers else None
    agrees_here = here is not None and not different(here)
    general = [_random_point(formula, dice, ()) for _ in range(POINTS)]
    letters_alone = [_random_point(formula, dice, DATA) for _ in range(OFTEN)
                     if known and not own_numbers]  # fmt: skip
    undefined = _undefined(formula, letters_alone, False) or _undefined(
        formula, general, own_numbers and here is None
    )
    if undefined is not None:
        return Judged("wrong", counterexample=undefined)
    if here is None and all(pairs is None for _, pairs in general):
        general = [_random_point(formula, dice, (), positive=True) for _ in range(POINTS)]
        if all(pairs is None for _, pairs in general):
            return _nowhere(formula, general)
    if not any(pairs is not None and different(pairs) for _, pairs in general):
        if here is not None and not agrees_here:
            return _wrong(formula, [(formula.full.given, here)], True)
        if proved(formula):
            return Judged("right", "always")
        special = _at_special_points(formula, dice)
        found = Judged("undecided", "always") if special is None else Judged("wrong", special=True)
        return replace(found, counterexample=special)
    data_alone: tuple[Quantity, ...] = ()
    if known:
        narrow = list(_until_different(formula, dice, DATA))
        agrees = agrees_here or not own_numbers
        if agrees and not any(p is not None and different(p) for _, p in narrow):
            named = list(_named_moved(formula, dice))
            if not any(p is not None and different(p) for _, p in named):
                if not proved(formula, DATA):
                    return Judged("undecided", "given-data")
                counter, moved = _elsewhere(formula, dice)
                return Judged("right", "given-data", counter, elsewhere=moved)
            narrow += named
            data_alone = _named_data(formula)
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
    if found or not any(_tell_shares(g) for g in full.given.values()):
        return found
    narrow = [{q: _kept(full.given[q], g) if g.role in DATA else g for q, g in point.items()}
              for point in points]  # fmt: skip
    return _one_or_two(Search(formula, narrow, DATA))


def _one_or_two(search: Search) -> tuple[Edit, ...]:
    return search.one() or search.two()


def _at_given(formula: Formula) -> Pairs | None:
    system = filled(formula, formula.full)
    return at_point(lambda arithmetic: values_of(formula, system, arithmetic))


def _until_different(
    formula: Formula, dice: random.Random, fixed: Sequence[Role]
) -> Iterator[tuple[Point, Pairs | None]]:
    """Points up to one that tells the formulas apart, some of them far out: beyond kinks."""
    for k in range(MOST_POINTS):
        point, pairs = _random_point(formula, dice, fixed, FAR[k % len(FAR)])
        yield point, pairs
        if pairs is not None and different(pairs):
            return


def _nowhere(formula: Formula, general: Sequence[tuple[Point, Pairs | None]]) -> Judged:
    """Of a formula without a value at any point: which part of it has none, where the derivative
    has one."""
    part = Floats(formula, [point for point, _ in general]).no_value()
    if part is None:
        return Judged("undecided", "no-value")
    return Judged("wrong", no_value=part)


def _random_point(
    formula: Formula,
    dice: random.Random,
    fixed: Sequence[Role],
    far: int = 1,
    positive: bool = False,
) -> tuple[Point, Pairs | None]:
    system = filled(formula, formula.full)
    placed = random_system(system, dice, positive, far)
    given = {
        q: _kept(g, placed.given[q]) if g.role in fixed else placed.given[q]
        for q, g in system.given.items()
    }
    placed = replace(placed, given=given)
    return given, at_point(lambda arithmetic: values_of(formula, placed, arithmetic))


def _at_special_points(formula: Formula, dice: random.Random) -> Counterexample | None:
    """A point that tells the formulas apart where some of what is given is 0, as at a kink."""
    full = filled(formula, formula.full)
    for _ in range(SPECIAL):
        placed = random_system(full, dice)
        given = {q: _nothing(g) if dice.random() < HALF else g for q, g in placed.given.items()}
        system = replace(placed, given=given)
        pairs = at_point(lambda arithmetic, s=system: values_of(formula, s, arithmetic))  # type: ignore[misc]
        if pairs is not None and different(pairs):
            return _counterexample(formula, given, pairs, False)
    return None


def _nothing(given: Given) -> Given:
    zeros = {s: (Fraction(0),) * len(v) for s, v in given.values.items()}
    return replace(given, values=zeros)


def _kept(old: Given, new: Given) -> Given:
    """What is given, with numbers for its letters."""
    values = {
        s: tuple(b if a is None else a for a, b in zip(v, new.values[s], strict=True))
        for s, v in old.values.items()
    }
    return replace(old, values=values)


def _named_moved(formula: Formula, dice: random.Random) -> Iterator[tuple[Point, Pairs | None]]:
    """Points at which the data are those of the problem, but for what the formula names: whoever
    writes y[t] and not a number means it for every y[t]; for every class, where y[t] tells one."""
    full = filled(formula, formula.full)
    named = _named(formula)
    if not named:
        return
    for _ in range(POINTS):
        placed = random_system(full, dice)
        given = {
            q: placed.given[q]
            if g.role is Role.PARAMETER
            else replace(
                g,
                values={
                    s: _moved(full.given[q].values[s], placed.given[q].values[s], g.shape, dice)
                    if (q, s) in named
                    else v
                    for s, v in g.values.items()
                },
            )
            for q, g in ((q, _kept(full.given[q], g)) for q, g in placed.given.items())
        }
        system = replace(placed, given=given)
        yield given, at_point(lambda arithmetic, s=system: values_of(formula, s, arithmetic))  # type: ignore[misc]


def _named(formula: Formula) -> set[tuple[Quantity, int | None]]:
    """The given values that the formula mentions."""
    full = formula.full
    mentioned = (
        (full.quantity(r), full.step(r))
        for instance in formula.instances
        for r in _fixed(full, instance.own)
    )
    return {(q, s) for q, s in mentioned if q in full.given and s in full.given[q].values}


def _named_data(formula: Formula) -> tuple[Quantity, ...]:
    named = {q for q, _ in _named(formula)}
    return tuple(q for q, g in formula.full.given.items() if g.role in DATA and q in named)


def _elsewhere(
    formula: Formula, dice: random.Random
) -> tuple[Counterexample | None, tuple[Quantity, ...]]:
    """The data of which other values alone tell the formulas apart, and a point where they do."""
    full = filled(formula, formula.full)
    found: list[Quantity] = []
    counter = None
    for q in (q for q, g in full.given.items() if g.role in DATA):
        for k in range(POINTS):
            placed = random_system(full, dice, positive=k % 2 == 1)  # what stands under a logarithm
            given = {
                r: g if r == q or g.role not in DATA else _kept(full.given[r], g)
                for r, g in placed.given.items()
            }
            system = replace(placed, given=given)
            pairs = at_point(lambda arithmetic, s=system: values_of(formula, s, arithmetic))  # type: ignore[misc]
            if pairs is not None and different(pairs):
                found.append(q)
                counter = counter or _counterexample(formula, given, pairs, False)
                break
    return counter, tuple(found)


def tells_class(entries: Sequence[Any], shape: Shape) -> bool:
    """Whether each column, or each row of a batch, is a 1 among zeros."""
    return all(len(g) > 1 and sorted(g, key=str) == [0] * (len(g) - 1) + [1]
               for g in _groups(entries, shape))  # fmt: skip


def _tell_shares(given: Given) -> bool:
    """Whether data are probabilities, of classes or of one class that is certain."""
    groups = [g for v in given.values.values() for g in _groups(v, given.shape)]
    return given.role in DATA and all(len(g) > 1 and _are_probabilities(g) for g in groups)


def _are_probabilities(entries: Sequence[Any]) -> bool:
    return all(isinstance(e, Fraction) and e >= 0 for e in entries) and sum(entries) == 1


def _groups(entries: Sequence[Any], shape: Shape) -> list[Sequence[Any]]:
    rows, columns = shape
    size = rows if columns == 1 else columns
    return [entries[i : i + size] for i in range(0, len(entries), size)]


def _moved(
    old: Sequence[Any], new: tuple[Any, ...], shape: Shape, dice: random.Random
) -> tuple[Any, ...]:
    """Other data of the same kind: what tells a class in each column, or in each row of a batch,
    tells one at random; probabilities stay such; anything else is `new`."""
    groups = _groups(old, shape)
    if not tells_class(old, shape):
        if not all(len(g) > 1 and _are_probabilities(g) for g in groups):
            return new
        shares = [[abs(e) for e in g] for g in _groups(new, shape)]
        return tuple(e / sum(g) for g in shares for e in g)
    chosen = [dice.randrange(len(g)) for g in groups]
    return tuple(
        Fraction(int(i == one))
        for one, g in zip(chosen, groups, strict=True)
        for i in range(len(g))
    )


def _fixed(full: System, expr: Expr) -> Iterator[Ref]:
    """What a formula mentions at definite steps, sums over steps run through."""
    for node in walk(expr):
        if isinstance(node, Over):
            for steps in node.within or (full.indices[node.var],):
                for step in steps:
                    yield from _fixed(full, at(node.body, step, node.var))
    running = {id(r) for n in walk(expr) if isinstance(n, Over) for r in refs(n.body)}
    for ref in refs(expr):
        if id(ref) not in running and not isinstance(ref.index, Shift):
            yield ref


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
    counter = _counterexample(formula, given, pairs, own)
    held = states_held(formula)
    if held:
        return Judged("wrong", counterexample=counter, held=held)
    ways = [Explaining(formula, points)]
    if any(_tell_shares(g) for g in formula.system.given.values()):
        # What p − y explains is explained where the targets are what they are.
        dice = random.Random(5)
        narrow = [_random_point(formula, dice, DATA) for _ in range(OFTEN)]
        ways.append(Explaining(formula, [(g, p) for g, p in narrow if p is not None], DATA))
    until = process_time() + LONGEST_SEARCH
    explained = (
        found
        for explain in WAYS
        for way in ways
        if way.points and process_time() < until and (found := explain(way)) != UNEXPLAINED
    )
    return replace(next(explained, UNEXPLAINED), counterexample=counter)


def _counterexample(formula: Formula, given: Point, pairs: Pairs, own: bool) -> Counterexample:
    place = 0
    for i, instance in enumerate(formula.instances):
        rows, columns = formula.full.shapes[Quantity(f"{RIGHT}{i}")]
        for entry in range(rows * columns):
            a, b = pairs[place]
            if different([(a, b)]):
                row, column = divmod(entry, columns)
                where: tuple[int, ...] = (row + 1, column + 1) if columns > 1 else (row + 1,)
                where = () if rows * columns == 1 else where
                place_ = instance.entry or where
                return Counterexample(given, instance.name, place_, a, b, own)
            place += 1
    raise AssertionError(pairs)
