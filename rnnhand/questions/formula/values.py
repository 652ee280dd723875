"""A student's formula and the derivative in values, under any arithmetic."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from rnnhand.arithmetic.ball import BALLS, precision
from rnnhand.arithmetic.base import Arithmetic, Fault
from rnnhand.arithmetic.equality import BITS, Pairs, at_point
from rnnhand.arithmetic.program import Program, Storage, compiled, initial_storage
from rnnhand.arithmetic.rational import RATIONAL
from rnnhand.errors import Failure
from rnnhand.language.tree import (
    Apply,
    Number,
)
from rnnhand.questions.derive.check import at_random, closed
from rnnhand.questions.formula.formula import OWN, RIGHT, Formula, Instance
from rnnhand.questions.work import at, entries
from rnnhand.system.model import SCALAR, Given, Quantity, Shape, System, Term

SLIP = "slip "
"""What the names of quantities with a slip begin with."""

Point: TypeAlias = Mapping[Quantity, Given]


def random_system(
    system: System, dice: random.Random, positive: bool = False, far: int = 1
) -> System:
    """The system at a random point; open functions are the same at all points of one question."""
    placed = at_random(system, dice, positive, far)
    return replace(placed, functions=closed(system.functions, random.Random(7)))


def put_at(system: System, given: Point) -> System:
    """The system at a point that was found."""
    return replace(random_system(system, random.Random(7)), given=given)


def clash(formula: Formula) -> tuple[Shape, Shape] | None:
    """The shapes of the student's formula and of the derivative, where they are not the same."""
    full = formula.full
    for i, instance in enumerate(formula.instances):
        own, right = (full.shapes[Quantity(f"{kind}{i}")] for kind in (OWN, RIGHT))
        if own != right and instance.own != Number("0"):
            return own, right
    return None


def is_row(formula: Formula) -> bool:
    """Whether a formula for the derivative of one number by a vector is a row, as in a chain of
    factors, ∂L/∂h·∂h/∂s, where a derivative has a row for each number above."""
    full = formula.full
    for i, instance in enumerate(formula.instances):
        own, right = (full.shapes[Quantity(f"{kind}{i}")] for kind in (OWN, RIGHT))
        number = full.shapes[full.quantity(instance.of)] == SCALAR
        row = own == (1, right[0]) or instance.own == Number("0")
        if not number or right[1] != 1 or not row:
            return False
    return True


def turned(formula: Formula) -> Formula:
    """The same with the transpose of what was written."""

    def column(instance: Instance) -> Instance:
        return replace(instance, own=Apply("T", (instance.own,), instance.own.span))

    parts = (formula.instances, formula.apart)
    there, apart = (tuple(map(column, part)) for part in parts)
    written = Apply("T", (formula.written,))
    return replace(formula, instances=there, apart=apart, written=written)


def values_of(
    formula: Formula,
    system: System,
    arithmetic: Arithmetic,
    letter: Callable[[str], Any] | None = None,
    prefix: str = "",
) -> Pairs:
    """(the student's, the derivative) for every entry at every compared step; with the prefix of
    the slip, what the slip gives in place of the derivative."""
    storage: Storage = initial_storage(system, arithmetic, letter)
    program(formula, system, arithmetic, letter is None).run(storage)
    return pairs(formula, system, storage, prefix)


def pairs(formula: Formula, system: System, storage: Storage, prefix: str) -> Pairs:
    pairs: Pairs = []
    for i in range(len(formula.instances)):
        q = Quantity(f"{prefix}{RIGHT}{i}")
        shape = system.shapes[q]
        right = at(system, storage, q, None)
        own = storage[Quantity(f"{OWN}{i}")]
        pairs += zip(entries(own, shape), entries(right, shape), strict=True)
    return pairs


def program(formula: Formula, system: System, arithmetic: Arithmetic, kept: bool) -> Program:
    """Compiled equations; kept for other points, unless functions differ from point to point."""
    if not kept or any(f.open for f in formula.system.functions.values()):
        return compiled(system, arithmetic)
    key = (id(system.equations), id(arithmetic))
    found: Program | None = formula.programs.get(key)
    if found is None:
        found = formula.programs[key] = compiled(system, arithmetic)
    return found


def divides_by_zero(formula: Formula, system: System, i: int) -> Any:
    """The derivative of the i-th instance where the student's formula for it divides by 0; None
    where it does not, or where there is no derivative either."""
    right = {f"{OWN}{k}": one.right for k, one in enumerate(formula.instances)}

    def without(spared: str) -> System:
        shapes = dict(system.shapes)
        equations = []
        for e in system.equations:
            name = e.target.name
            if name in right and name != spared:
                e = replace(e, terms=(Term(right[name], None),))
                shapes[Quantity(name)] = shapes[Quantity(name.replace(OWN, RIGHT))]
            equations.append(e)
        return replace(system, equations=tuple(equations), shapes=shapes)

    spared = without("")
    found = at_point(lambda arithmetic: values_of(formula, spared, arithmetic))
    if found is None or not _divides(formula, without(f"{OWN}{i}")):
        return None
    sizes = (system.shapes[Quantity(f"{RIGHT}{k}")] for k in range(i))
    return found[sum(rows * columns for rows, columns in sizes)][1]


def _divides(formula: Formula, system: System) -> bool:
    for arithmetic in (RATIONAL, BALLS):
        try:
            with precision(BITS):
                values_of(formula, system, arithmetic)
        except Fault as fault:
            if fault.code == "division-by-zero":
                return True
        except Failure:
            continue
        else:
            return False
    return False


def filled(formula: Formula, system: System) -> System:
    """A formula that is plainly 0 in the shape of what it stands for."""
    equations = []
    shapes = dict(system.shapes)
    for e in system.equations:
        if e.target.name.startswith(OWN) and [t.body for t in e.terms] == [Number("0")]:
            i = int(e.target.name[len(OWN) :])
            shape = system.shapes[Quantity(f"{RIGHT}{i}")]
            shapes[Quantity(e.target.name)] = shape
            if shape != SCALAR:
                size = (Number(str(shape[0])), Number(str(shape[1])))
                e = replace(e, terms=(Term(Apply("fill", (Number("0"), *size)), None),))
        equations.append(e)
    if shapes == system.shapes:
        return system
    return replace(system, equations=tuple(equations), shapes=shapes)
