"""How many parameters a cell has that make a difference, and how many numbers it has to carry.

Both are ranks of derivatives at random numbers, in balls, so that they are certain from below: of
the outputs by the parameters, and of the outputs of later steps by the inputs of earlier ones. A
bias that is written twice counts once, and so does a state under two names.
"""

from __future__ import annotations

from rnnhand.language.operations import Functions
from rnnhand.problem.model import Cell
from rnnhand.questions.reduce.sampled import ANYHOW, EMPTY, Run, rank, sampled

LONGEST = 40
"""Steps over which parameters are told apart."""


def effective_parameters(cell: Cell, functions: Functions) -> int:
    """At least so many parameters of a cell of one unit, started from 0, are told by its output."""
    steps = min(2 * len(cell.parameters) + 2, LONGEST)
    return sampled(cell, functions, EMPTY, steps, _by_parameters) or 0


def _by_parameters(run: Run) -> int:
    return rank([row for p in sorted(run.side.parameters) for row in run.moved_by(p)])


def needed_numbers(cell: Cell, functions: Functions, most: int) -> int:
    """At least so many numbers, of `most`, a cell of one unit has to carry from one step to the
    next: so many changes of what came before are told apart by what comes after."""

    def told(run: Run) -> int:
        return rank([run.moved(run.side.reads, step)[most:] for step in range(1, most + 1)])

    return sampled(cell, functions, ANYHOW, 2 * most, told) or 0
