"""What a loss is made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rnnhand.language.tree import Apply, Expr, Over, Ref, Shift, children, rewrite, walk
from rnnhand.system.model import SCALAR, Equation, Quantity, System, Term
from rnnhand.system.shapes import lookup, shape_of


def step_losses(system: System) -> list[Quantity]:
    """The scalars that the loss sums up over the steps: L[t] in L = sum[t](L[t]); not what it
    does in each summand of another sum."""
    if system.loss is None:
        return []
    found = [
        system.quantity(node.body)
        for equation in system.made_by[system.quantity(system.loss)]
        for node in _outer_sums(equation.body)
        if isinstance(node.body, Ref) and isinstance(node.body.index, Shift)
    ]
    return [q for q in dict.fromkeys(found) if system.shapes[q] == SCALAR]


def _outer_sums(expr: Expr) -> Iterator[Over]:
    if isinstance(expr, Over):
        yield expr
    else:
        for part in children(expr):
            yield from _outer_sums(part)


def with_step_losses(system: System) -> System:
    """L = sum[t]((yhat[t] - y[t])^2) becomes L[t] = (yhat[t] - y[t])^2, L = sum[t](L[t]).

    Nothing changes where the loss is no one sum, or where there is an L of steps already. A minus
    sign before the sum goes into it.
    """
    made = [] if system.loss is None else system.made_by[system.quantity(system.loss)]
    sums = [n for e in made for n in walk(e.body) if isinstance(n, Over)]
    if system.loss is None or len(made) != 1 or len(sums) != 1:
        return system
    (loss,), (whole,) = made, sums
    own = Quantity(system.loss.name, whole.var)
    steps = system.domain(whole)
    taken = {q.name for q in (*system.made_by, *system.given) if q.over}
    scalar = shape_of(whole.body, lookup(system, system.shapes)) == SCALAR
    if own.name in taken or isinstance(whole.body, Ref) or len(steps) != 1 or not scalar:
        return system
    body: Expr = whole.body
    named: Expr = replace(whole, body=own.ref())
    total = rewrite(loss.body, lambda node: named if node == whole else node)
    if total == Apply("neg", (named,)):
        total, body = named, Apply("neg", (body,))
    equations = [
        part
        for e in system.equations
        for part in (
            (
                Equation(own.ref(), (Term(body, steps[0]),), steps[0], loss.span),
                replace(loss, terms=(Term(total, None),)),
            )
            if e is loss
            else (e,)
        )
    ]
    return replace(system, equations=tuple(equations), shapes={**system.shapes, own: SCALAR})
