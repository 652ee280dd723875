"""A cell that carries nothing but its output, against one that carries more than its output tells.

Where the output alone is fed back, h[t] follows from h[t-1] and x[t], whatever is fixed. A goal is
no such cell where h[2] moves while h[1] and x[2] stay. That is so where the derivatives of h[1] and
of h[2] by two other quantities, such as a state at the start and the input x[1], are not
proportional. They are computed with random numbers, in balls, for one unit.
"""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import combinations
from typing import Any

from rnnhand.arithmetic.ball import BALLS, precision
from rnnhand.arithmetic.base import Fault
from rnnhand.arithmetic.program import compiled, initial_storage
from rnnhand.calculus.choice import Choice, Side
from rnnhand.calculus.reduction import Meeting
from rnnhand.calculus.sides import chosen
from rnnhand.calculus.tangent import tangent, tangents
from rnnhand.errors import Failure
from rnnhand.language.operations import Functions
from rnnhand.language.parser import Statement, parse_expression
from rnnhand.language.tree import At, Ref, Shift, refs
from rnnhand.problem.model import Cell
from rnnhand.questions.meeting import meetings
from rnnhand.questions.obstacle_products import reached
from rnnhand.system.build import build
from rnnhand.system.model import SCALAR, Entry, Given, Quantity, Role, System

STEPS = range(1, 3)
BITS = 200


def is_told_by_its_output(side: Side) -> bool:
    """Whether the output follows from itself at the step before and the input at this one."""
    read = reached(side, side.gives)
    earlier = {
        (r.name, r.index.offset)
        for q, body in side.bodies.items()
        if q in read
        for r in refs(body)
        if isinstance(r.index, Shift) and r.index.offset
    }
    return earlier == {(side.gives, -1)}


def carries_more(cell: Cell, functions: Functions) -> bool:
    """Whether the output does not follow so; False where that is not shown, as for functions that
    may be chosen."""
    alone = meetings(cell, cell, functions)[-1]
    starts = [parse_expression(key) for key in cell.initial]
    states = [r.name for r in starts if isinstance(r, Ref) and r.index == At(0)]
    one_unit = set(alone.sizes[1].values()) <= {1}
    if alone.target.open or not one_unit or len(states) < len(starts):
        return False
    try:
        with precision(BITS):
            return _has_hidden(alone, states)
    except (Failure, Fault):  # what cannot be computed shows nothing
        return False


def _has_hidden(alone: Meeting, states: list[str]) -> bool:
    side = alone.target
    system = _by_itself(alone, states)
    reads, gives = Quantity(side.reads, "t"), Quantity(side.gives, "t")
    at = {Quantity(q, "t"): 0 for q in states} | {reads: 1}
    moved = [_moved(system, gives, q, step) for q, step in at.items()]
    _, by_now = _moved(system, gives, reads, 2)
    hidden = any(_is_certain(a * d - b * c) for (a, b), (c, d) in combinations(moved, 2))
    return hidden and _is_certain(by_now)


def _by_itself(alone: Meeting, states: list[str]) -> System:
    side, facts, chance = alone.target, alone.facts, random.Random(0)

    def drawn(name: str) -> tuple[Fraction, ...]:
        rows, columns = facts.shape(Ref(name))
        return tuple(Fraction(chance.randint(1, 99), 64) for _ in range(rows * columns))

    statements = [
        Statement(Ref(q, Shift("t")), chosen(body, side, Choice()))
        for q, body in side.bodies.items()
    ]
    given = [
        Given(Quantity(p), Role.PARAMETER, facts.shape(Ref(p)), {None: drawn(p)})
        for p in sorted(side.parameters)
    ]
    given += [Given(Quantity(q, "t"), Role.INITIAL, SCALAR, {0: drawn(q)}) for q in states]
    around = range(STEPS[0] - 3, STEPS[-1] + 4)
    read: dict[int | None, tuple[Entry, ...]] = {step: drawn(side.reads) for step in around}
    given.append(Given(Quantity(side.reads, "t"), Role.DATA, SCALAR, read))
    return build(statements, given, {"t": STEPS}, facts.functions)


def _moved(system: System, gives: Quantity, by: Quantity, step: int) -> tuple[Any, Any]:
    """How the output at both steps moves with one value."""
    one = Given(by, Role.CONSTANT, SCALAR, {step: (Fraction(1),)})
    moving = tangents(system, one)
    storage = initial_storage(moving, BALLS)
    compiled(moving, BALLS).run(storage)
    first, second = [v for v in storage[tangent(gives, by.name)] if v is not None][-2:]
    return first, second


def _is_certain(ball: Any) -> bool:
    """Whether a ball is certainly not 0."""
    return bool(abs(ball) > 0)
