"""A cell of one unit run by itself with random numbers, in balls: what is certainly not 0 there is
not 0 in general."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias, TypeVar

from rnnhand.arithmetic.ball import BALLS, precision
from rnnhand.arithmetic.base import Fault
from rnnhand.arithmetic.program import compiled, initial_storage
from rnnhand.calculus.choice import Choice, Side
from rnnhand.calculus.sides import chosen
from rnnhand.calculus.simplify import Facts
from rnnhand.calculus.tangent import tangent, tangents
from rnnhand.errors import Failure
from rnnhand.language.operations import Functions
from rnnhand.language.parser import Statement, parse_expression
from rnnhand.language.tree import At, Ref, Shift
from rnnhand.problem.model import Cell
from rnnhand.questions.reduce.meeting import meetings
from rnnhand.system.build import build
from rnnhand.system.model import SCALAR, Entry, Given, Quantity, Role, Shape, System

T = TypeVar("T")

BITS = 400


@dataclass(frozen=True)
class Run:
    """The cell over some steps; which states it starts from at step 0."""

    side: Side
    states: tuple[str, ...]
    steps: int
    system: System

    def outputs(self) -> list[Any]:
        """What it gives at each step."""
        return self._given_out(self.system, Quantity(self.side.gives, "t"))

    def moved(self, name: str, step: int) -> list[Any]:
        """How what it gives at each step moves with a value at a step."""
        return self._moved(Quantity(name, "t"), step, SCALAR, 0)

    def moved_by(self, parameter: str) -> list[list[Any]]:
        """The same with each entry of a parameter."""
        q = Quantity(parameter)
        shape = self.system.shapes[q]
        return [self._moved(q, None, shape, place) for place in range(shape[0] * shape[1])]

    def _moved(self, by: Quantity, step: int | None, shape: Shape, place: int) -> list[Any]:
        one = tuple(Fraction(int(i == place)) for i in range(shape[0] * shape[1]))
        moving = tangents(self.system, Given(by, Role.CONSTANT, shape, {step: one}))
        gives = tangent(Quantity(self.side.gives, "t"), by.name)
        return self._given_out(moving, gives) if gives in moving.shapes else [0] * self.steps

    def _given_out(self, system: System, q: Quantity) -> list[Any]:
        storage = initial_storage(system, BALLS)
        compiled(system, BALLS).run(storage)
        return [v for v in storage[q] if v is not None][-self.steps :]


Draw: TypeAlias = Callable[[random.Random], Fraction]


def anything(chance: random.Random) -> Fraction:
    return Fraction(chance.choice((-1, 1)) * chance.randint(1, 99), 64)


def nothing(chance: random.Random) -> Fraction:
    return Fraction(0)


@dataclass(frozen=True)
class Beginning:
    """What a run reads at each step, and what its states are before the first."""

    inputs: Draw
    states: Draw


ANYHOW = Beginning(anything, anything)
EMPTY = Beginning(anything, nothing)
AT_REST = Beginning(nothing, nothing)


def sampled(
    cell: Cell, functions: Functions, begin: Beginning, steps: int, ask: Callable[[Run], T]
) -> T | None:
    """What is asked of a run; None where the cell does not run by itself with one unit."""
    alone = meetings(cell, cell, functions)[-1]
    starts = _starts(cell)
    if set(alone.sizes[1].values()) - {1} or starts is None:
        return None
    try:
        with precision(BITS):
            return ask(_run(alone.target, starts, alone.facts, begin, steps))
    except (Failure, Fault):  # what cannot be computed shows nothing
        return None


def _starts(cell: Cell) -> dict[str, list[int]] | None:
    """The steps up to 0 at which states have a value, h[0] and h[-1]; None where there are
    others."""
    found: dict[str, list[int]] = {}
    for key in cell.initial:
        match parse_expression(key):
            case Ref(name, At(step)) if step <= 0:
                found.setdefault(name, []).append(step)
            case _:
                return None
    return found


def _run(
    side: Side, starts: Mapping[str, list[int]], facts: Facts, begin: Beginning, steps: int
) -> Run:
    chance = random.Random(0)

    def drawn(name: str, draw: Draw) -> tuple[Fraction, ...]:
        rows, columns = facts.shape(Ref(name))
        return tuple(draw(chance) for _ in range(rows * columns))

    statements = [
        Statement(Ref(q, Shift("t")), chosen(body, side, Choice()))
        for q, body in side.bodies.items()
    ]
    given = [
        Given(Quantity(p), Role.PARAMETER, facts.shape(Ref(p)), {None: drawn(p, anything)})
        for p in sorted(side.parameters)
    ]
    given += [
        Given(
            Quantity(q, "t"), Role.INITIAL, SCALAR, {k: drawn(q, begin.states) for k in sorted(at)}
        )
        for q, at in starts.items()
    ]
    read: dict[int | None, tuple[Entry, ...]] = {
        step: drawn(side.reads, begin.inputs) for step in range(-2, steps + 4)
    }
    given.append(Given(Quantity(side.reads, "t"), Role.DATA, SCALAR, read))
    system = build(statements, given, {"t": range(1, steps + 1)}, facts.functions)
    return Run(side, tuple(q for q, at in starts.items() if 0 in at), steps, system)


def is_certain(ball: Any) -> bool:
    """Whether a number is certainly not 0."""
    return bool(abs(ball) > 0)


def rank(rows: list[list[Any]]) -> int:
    """How many rows are certainly independent of each other."""
    left, found = [list(row) for row in rows], 0
    while left and left[0]:
        place = next(
            ((i, j) for i, row in enumerate(left) for j, v in enumerate(row) if is_certain(v)), None
        )
        if place is None:
            break
        i, j = place
        pivot = left.pop(i)
        left = [_without(row, pivot, j) for row in left]
        found += 1
    return found


def _without(row: list[Any], pivot: list[Any], place: int) -> list[Any]:
    """The row less what makes its entry at a place 0, and without that entry."""
    share = row[place] / pivot[place]
    return [v - share * w for k, (v, w) in enumerate(zip(row, pivot, strict=True)) if k != place]
