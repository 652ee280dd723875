"""Points at which a student's formula and the derivative are compared: the problem's own, random
ones, some with data as they are or data of the same kind, and such at which much is 0."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from rnnhand.arithmetic.equality import Pairs, at_point, different
from rnnhand.calculus.spelled import at
from rnnhand.language.tree import Expr, Over, Ref, Shift, refs, walk
from rnnhand.questions.formula.formula import RIGHT, Formula
from rnnhand.questions.formula.judged import Counterexample
from rnnhand.questions.formula.values import Point, filled, random_system, values_of
from rnnhand.system.model import Given, Quantity, Role, Shape, System

POINTS = 12
"""Random points at which a formula must agree before a proof is tried."""

MOST_POINTS = 60
"""Points at which parameters are tried where the data are what they are."""

HALF, SPECIAL = 0.5, 60
"""How often something is 0, and points at which some things are."""

FAR = (1, 1, 2, 4)

DATA = (Role.DATA, Role.INITIAL, Role.CONSTANT)
"""What a file gives and nobody differentiates for."""


def at_given(formula: Formula) -> Pairs | None:
    system = filled(formula, formula.full)
    return at_point(lambda arithmetic: values_of(formula, system, arithmetic))


def until_different(
    formula: Formula, dice: random.Random, fixed: Sequence[Role]
) -> Iterator[tuple[Point, Pairs | None]]:
    """Points up to one that tells the formulas apart, some of them far out: beyond kinks."""
    for k in range(MOST_POINTS):
        point, pairs = random_point(formula, dice, fixed, FAR[k % len(FAR)])
        yield point, pairs
        if pairs is not None and different(pairs):
            return


def random_point(
    formula: Formula,
    dice: random.Random,
    fixed: Sequence[Role],
    far: int = 1,
    positive: bool = False,
) -> tuple[Point, Pairs | None]:
    system = filled(formula, formula.full)
    placed = random_system(system, dice, positive, far)
    given = {
        q: kept(g, placed.given[q]) if g.role in fixed else placed.given[q]
        for q, g in system.given.items()
    }
    placed = replace(placed, given=given)
    return given, at_point(lambda arithmetic: values_of(formula, placed, arithmetic))


def at_special_points(formula: Formula, dice: random.Random) -> Counterexample | None:
    """A point that tells the formulas apart where some of what is given is 0, as at a kink."""
    full = filled(formula, formula.full)
    for _ in range(SPECIAL):
        placed = random_system(full, dice)
        given = {q: _nothing(g) if dice.random() < HALF else g for q, g in placed.given.items()}
        system = replace(placed, given=given)
        pairs = at_point(lambda arithmetic, s=system: values_of(formula, s, arithmetic))  # type: ignore[misc]
        if pairs is not None and different(pairs):
            return counterexample(formula, given, pairs, False)
    return None


def _nothing(given: Given) -> Given:
    zeros = {s: (Fraction(0),) * len(v) for s, v in given.values.items()}
    return replace(given, values=zeros)


def kept(old: Given, new: Given) -> Given:
    """What is given, with numbers for its letters."""
    values = {
        s: tuple(b if a is None else a for a, b in zip(v, new.values[s], strict=True))
        for s, v in old.values.items()
    }
    return replace(old, values=values)


def named_moved(formula: Formula, dice: random.Random) -> Iterator[tuple[Point, Pairs | None]]:
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
            for q, g in ((q, kept(full.given[q], g)) for q, g in placed.given.items())
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


def named_data(formula: Formula) -> tuple[Quantity, ...]:
    named = {q for q, _ in _named(formula)}
    return tuple(q for q, g in formula.full.given.items() if g.role in DATA and q in named)


def elsewhere(
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
                r: g if r == q or g.role not in DATA else kept(full.given[r], g)
                for r, g in placed.given.items()
            }
            system = replace(placed, given=given)
            pairs = at_point(lambda arithmetic, s=system: values_of(formula, s, arithmetic))  # type: ignore[misc]
            if pairs is not None and different(pairs):
                found.append(q)
                counter = counter or counterexample(formula, given, pairs, False)
                break
    return counter, tuple(found)


def tells_class(entries: Sequence[Any], shape: Shape) -> bool:
    """Whether each column, or each row of a batch, is a 1 among zeros."""
    return all(len(g) > 1 and sorted(g, key=str) == [0] * (len(g) - 1) + [1]
               for g in _groups(entries, shape))  # fmt: skip


def tell_shares(given: Given) -> bool:
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


def counterexample(formula: Formula, given: Point, pairs: Pairs, own: bool) -> Counterexample:
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
