"""A cell that carries nothing but its output, against one that carries more than its output tells.

Where the output alone is fed back, h[t] follows from h[t-1] and x[t], whatever is fixed. A goal is
no such cell where h[2] moves while h[1] and x[2] stay. That is so where the derivatives of h[1] and
of h[2] by two other quantities, such as a state at the start and the input x[1], are not
proportional. They are computed with random numbers, in balls, for one unit.
"""

from __future__ import annotations

from itertools import combinations

from rnnhand.calculus.choice import Side
from rnnhand.calculus.sides import reached
from rnnhand.language.operations import Functions
from rnnhand.language.tree import Shift, refs
from rnnhand.problem.model import Cell
from rnnhand.questions.reduce.sampled import ANYHOW, Run, is_certain, sampled


def is_told_by_its_output(side: Side) -> bool:
    """Whether the output follows from itself at the step before and the input at this one."""
    return carried(side) == {(side.gives, -1)}


def carried(side: Side) -> set[tuple[str, int]]:
    """What of other steps the output is made of: names, each with how far from t."""
    read = reached(side, side.gives)
    return {
        (r.name, r.index.offset)
        for q, body in side.bodies.items()
        if q in read
        for r in refs(body)
        if isinstance(r.index, Shift) and r.index.offset
    }


def carries_more(cell: Cell, functions: Functions) -> bool:
    """Whether the output does not follow so; False where that is not shown, as for functions that
    may be chosen."""
    return not cell.functions and bool(sampled(cell, functions, ANYHOW, 2, _has_hidden))


def _has_hidden(run: Run) -> bool:
    at = dict.fromkeys(run.states, 0) | {run.side.reads: 1}
    moved = [run.moved(q, step) for q, step in at.items()]
    _, by_now = run.moved(run.side.reads, 2)
    hidden = any(is_certain(a * d - b * c) for (a, b), (c, d) in combinations(moved, 2))
    return hidden and is_certain(by_now)
