"""Any loss of what a network gives, where nobody has chosen one: L = Σ L[t] with the slope
g[t] = ∂L[t]/∂h[t], which is all that the derivatives need to know of it."""

from __future__ import annotations

from dataclasses import replace

from rnnhand.language.derivatives import derivative_ref
from rnnhand.language.tree import Apply, Expr, Over, Ref, refs
from rnnhand.problem.model import Problem
from rnnhand.system.model import SCALAR, Equation, Given, Quantity, Role, System, Term


def left_open(problem: Problem) -> Ref | None:
    """The output h[t] of a network of layers that has no loss of its own; None of all others."""
    if problem.system.loss is not None or not problem.layers:
        return None
    return Quantity(problem.layers[-1].output, next(iter(problem.system.indices), "t")).ref()


def with_any_loss(system: System, output: Ref) -> tuple[System, Ref]:
    """L[t] = ⟨g[t], h[t]⟩: a loss whose derivative by the output of step t is g[t]."""
    taken = {q.name for q in (*system.made_by, *system.given)}
    name = next(n for n in ("g", "e", "q", "g_L") if n not in taken)
    loss = next(n for n in ("L", "E", "L_all") if n not in taken)
    q = system.quantity(output)
    g = Quantity(name, q.over)
    steps = system.indices[q.over]
    shape = system.shapes[q]
    given = Given(g, Role.DATA, shape, dict.fromkeys(steps, (None,) * (shape[0] * shape[1])))
    product: Expr = Apply("*", (g.ref(), output))
    if shape != SCALAR:
        product = Apply("sum", (product,))
    own = Quantity(loss, q.over)
    total = Ref(loss)
    equations = (
        *system.equations,
        Equation(own.ref(), (Term(product, steps),), steps),
        Equation(total, (Term(Over("sum", q.over, own.ref()), None),), None),
    )
    shapes = {**system.shapes, g: shape, own: SCALAR, Quantity(loss): SCALAR}
    made = replace(
        system,
        equations=equations,
        given={**system.given, g: given},
        shapes=shapes,
        loss=total,
    )
    return made, g.ref()


def slope(system: System, incoming: Ref) -> Ref:
    """What g[t] stands for, by its name: ∂L[t]/∂h[t]. `system` comes of `with_any_loss`."""
    assert system.loss is not None
    total = system.made_by[system.quantity(system.loss)][0].body
    assert isinstance(total, Over) and isinstance(total.body, Ref)
    own = total.body
    output = next(r for r in refs(system.made_by[system.quantity(own)][0].body) if r != incoming)
    return derivative_ref(own, output)
