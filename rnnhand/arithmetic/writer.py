"""Scheduled equations → the syntax tree of a Python function.

One loop of the schedule becomes one Python loop for each stretch of steps on which the same
summands are there, so a step costs little more than its arithmetic. The number of an equation
stands in the tree as its line.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rnnhand.arithmetic.expressions import STEP, Expressions
from rnnhand.arithmetic.syntax import (
    STORE,
    call,
    constant,
    function,
    item,
    load,
    module,
    store,
)
from rnnhand.language.tree import Shift
from rnnhand.system.model import Equation
from rnnhand.system.schedule import Instances, Loop


@dataclass
class Writer(Expressions):
    """Writes whole systems; `guarded` says that every stored value passes through `keep`, `placed`
    that it passes through the function `place` of the run."""

    equations: tuple[Equation, ...] = ()
    guarded: bool = False
    placed: bool = False
    line: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        self.numbers = {id(e): i for i, e in enumerate(self.equations, 1)}

    def module(self) -> ast.Module:
        """`def run(stored, constants, storage, order, place): …`"""
        unpack: list[ast.stmt] = [
            ast.Assign([store(name)], item(load("stored"), i))
            for i, name in enumerate(self.slots.values())
        ]
        parameters = ["stored", "constants", "storage", "order", "place"]
        body = [*unpack, *self.preamble(), *self.statements, ast.Pass()]
        return module([function("run", parameters, body)])

    def loop(self, block: Loop) -> None:
        ranges = [e.steps for e in block.equations if e.steps is not None]
        if not ranges:
            for equation in block.equations:
                self.assign(equation, None)
            return
        if len(block.equations) == 1 and not isinstance(block.equations[0].target.index, Shift):
            self.assign(block.equations[0], ranges[0][0])
            return
        target = next(e.target for e in block.equations if isinstance(e.target.index, Shift))
        assert isinstance(target.index, Shift)
        var = target.index.var
        base = self.bases[var]
        stretches = list(_stretches(block.equations))
        for steps in stretches if block.direction > 0 else reversed(stretches):
            outer, self.statements = self.statements, []
            self.running[var] = STEP
            for equation in block.equations:
                if equation.steps is not None and steps[0] in equation.steps:
                    self.assign(equation, steps[0])
            del self.running[var]
            bounds = (steps[0] - base, steps[-1] - base)
            if block.direction < 0:
                turn = call("range", *map(constant, (bounds[1], bounds[0] - 1, -1)))
            else:
                turn = call("range", *map(constant, (bounds[0], bounds[1] + 1)))
            body = self.statements or [ast.Pass()]
            self.statements = [*outer, ast.For(store(STEP), turn, body, [])]

    def instances(self, block: Instances) -> None:
        for equation, step in block.order:
            index = equation.target.index
            if step is not None and isinstance(index, Shift):
                self.fixed[index.var] = step
                position = constant(step - self.bases[index.var])
                self.statements.append(ast.Assign([store(STEP)], position))
            self.assign(equation, step)
            self.fixed.clear()

    def assign(self, equation: Equation, step: int | None) -> None:
        """`q[step] = sum of the terms that are there at this step`."""
        first_statement = len(self.statements)
        self.line = self.numbers[id(equation)]
        q = self.system.quantity(equation.target)
        shape = self.system.shapes[q]
        terms = [t for t in equation.terms if t.steps is None or step in t.steps]
        value = self.total(terms, shape)
        if self.guarded:
            value = self.mapped("keep", [value], shape)
        slot = self.slot(q)
        if self.placed:
            position = self.position(equation.target) if q.over else constant(0)
            value = call("place", constant(list(self.slots).index(q)), position, value)
        if q.over:
            target: ast.expr = ast.Subscript(load(slot), self.position(equation.target), STORE)
            self.statements.append(ast.Assign([target], value))
        else:
            self.statements.append(ast.Assign([store(slot)], value))
            key = item(load("order"), list(self.slots).index(q))
            self.statements.append(
                ast.Assign([ast.Subscript(load("storage"), key, STORE)], load(slot))
            )
        for statement in self.statements[first_statement:]:
            statement.lineno = statement.end_lineno = self.line
            statement.col_offset = statement.end_col_offset = 0


def _stretches(equations: Sequence[Equation]) -> Iterator[range]:
    """Cut the steps of a loop where an equation or a term of it begins or ends."""
    cuts: set[int] = set()
    for equation in equations:
        for steps in (equation.steps, *(term.steps for term in equation.terms)):
            if steps is not None:
                cuts |= {steps.start, steps.stop}
    for start, stop in pairwise(sorted(cuts)):
        if any(e.steps is not None and start in e.steps for e in equations):
            yield range(start, stop)
