"""The value of any expression at any step of a worked problem: what explanations are made from."""

from __future__ import annotations

from dataclasses import replace

from rnnhand.arithmetic.policy import Settled
from rnnhand.arithmetic.program import Storage, compiled
from rnnhand.calculus.rules import ShapeOf
from rnnhand.explain.mathematics import Evaluate
from rnnhand.language.numerals import Table
from rnnhand.language.tree import Expr, Ref
from rnnhand.questions.key import shown
from rnnhand.questions.work import Worked, at
from rnnhand.system.model import Equation, Quantity, System, Term


def evaluator(settled: Settled[Worked], shape: ShapeOf, digits: int) -> Evaluate:
    """Values as numerals with `digits` digits, under the arithmetic of the work.

    Expressions stand at absolute steps. Each is compiled once and remembered.
    """
    known: dict[Expr, Table] = {}

    def value(expr: Expr, step: int | None) -> Table:
        if expr not in known:
            known[expr] = shown(settled, lambda w: value_in(w, expr, shape), shape(expr), digits)
        return known[expr]

    return value


def value_in(worked: Worked, expr: Expr, shape: ShapeOf) -> object:
    """The value of an expression over the quantities of a work, unrounded."""
    full = worked.plan.full
    if isinstance(expr, Ref) and full.quantity(expr) in worked.storage:
        return at(full, worked.storage, full.quantity(expr), full.step(expr))
    return evaluated(full, worked, worked.storage, expr, shape)


def evaluated(
    system: System, worked: Worked, storage: Storage, expr: Expr, shape: ShapeOf
) -> object:
    """One expression, computed from stored values by an equation of its own."""
    q = Quantity("value ")
    equation = Equation(Ref(q.name), (Term(expr, None),), None)
    extended = replace(system, shapes={**system.shapes, q: shape(expr)})
    there = dict(storage)
    compiled(extended, worked.arithmetic, [equation]).run(there)
    return there[q]
