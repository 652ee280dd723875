"""The value of any expression at any step of a worked problem: what explanations are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rnnhand.arithmetic.expressions import extent
from rnnhand.arithmetic.policy import Settled
from rnnhand.arithmetic.program import Storage, compiled
from rnnhand.calculus.rules import ShapeOf
from rnnhand.explain.mathematics import Evaluate, at_step
from rnnhand.language.numerals import Table
from rnnhand.language.tree import Expr, Over, Ref, Shift, refs
from rnnhand.questions.key import shown
from rnnhand.questions.work import Worked, at
from rnnhand.system.model import Equation, Quantity, System, Term, free_refs

VALUE = "value "
"""The name of what is computed for an explanation; no quantity of a problem has a blank in it."""


def evaluator(settled: Settled[Worked], shape: ShapeOf, digits: int) -> Evaluate:
    """Values as numerals with `digits` digits, under the arithmetic of the work.

    An expression that runs with the steps is compiled once and computed at all of them; what was
    computed is remembered.
    """
    known: dict[tuple[Expr, int | None], Table] = {}
    columns: dict[tuple[int, Expr], Mapping[int, Any]] = {}

    def value(expr: Expr, step: int | None) -> Table:
        if (expr, step) not in known:
            known[expr, step] = shown(settled, lambda w: pick(w, expr, step), shape(expr), digits)
        return known[expr, step]

    def pick(worked: Worked, expr: Expr, step: int | None) -> Any:
        full = worked.plan.full
        if isinstance(expr, Ref) and isinstance(expr.index, Shift) and step is not None:
            q = full.quantity(expr)  # dL/dw[t] and dL/dw[k] are two
            if q in worked.storage:
                return at(full, worked.storage, q, full.step(expr, {q.over: step}))
        here = at_step(expr, full, step)
        if isinstance(here, Ref) and full.quantity(here) in worked.storage:
            return at(full, worked.storage, full.quantity(here), full.step(here))
        var = running(expr) if step is not None else None
        if var is None or step is None:
            return evaluated(full, worked, worked.storage, here, shape)
        if (id(worked), expr) not in columns:
            columns[id(worked), expr] = column(full, worked, expr, var, shape)
        return columns[id(worked), expr][step]

    return value


def running(expr: Expr) -> str | None:
    """The index that an expression runs with, if it has one; a sum inside it has its own."""
    named = dict.fromkeys(r.index.var for r in refs(expr) if isinstance(r.index, Shift))
    return next((var for var in named if any(True for _ in free_refs(expr, var))), None)


def column(
    system: System, worked: Worked, expr: Expr, var: str, shape: ShapeOf
) -> Mapping[int, Any]:
    """An expression at every step at which it exists."""
    first, length = extent(system, var)
    runs = system.domain(Over("sum", var, expr, (range(first, first + length),)))
    q = Quantity(VALUE, var)
    equations = [Equation(q.ref(), (Term(expr, run),), run) for run in runs]
    extended = replace(system, shapes={**system.shapes, q: shape(expr)})
    there = dict(worked.storage)
    compiled(extended, worked.arithmetic, equations).run(there)
    return {step: there[q][step - first] for run in runs for step in run}


def evaluated(
    system: System, worked: Worked, storage: Storage, expr: Expr, shape: ShapeOf
) -> object:
    """One expression at absolute steps, computed from stored values by an equation of its own."""
    q = Quantity(VALUE)
    equation = Equation(Ref(q.name), (Term(expr, None),), None)
    extended = replace(system, shapes={**system.shapes, q: shape(expr)})
    there = dict(storage)
    compiled(extended, worked.arithmetic, [equation]).run(there)
    return there[q]
