"""The derivative in its parts: through each reader, or of each step; and a formula in its summands.

dL/dh[t] = u·dL/dyhat[t] + w·dL/da[t+1]      through yhat[t], through a[t+1]
dL/dw = Σ_t dL/da[t]·h[t-1]                  the contribution of step 1, 2, …
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from rnnhand.calculus.gradient import Gradient, shapes_in
from rnnhand.calculus.local import locals_of
from rnnhand.calculus.rules import plus
from rnnhand.calculus.spelled import at, difference, spelled, summands
from rnnhand.calculus.tidy import tidy
from rnnhand.calculus.variants import Variant, routes
from rnnhand.language.derivatives import derivative_of
from rnnhand.language.printer import text
from rnnhand.language.tree import (
    Apply,
    At,
    Expr,
    Over,
    Ref,
    Shift,
    children,
    refs,
    rewrite,
    with_children,
)
from rnnhand.questions.formula.formula import Formula, Instance
from rnnhand.questions.formula.placed import at_steps
from rnnhand.questions.formula.proof import proved
from rnnhand.questions.formula.slips import at_its_step
from rnnhand.questions.formula.summands import reread
from rnnhand.system.model import Equation, Steps

MOST_PARTS = 24


@dataclass(frozen=True)
class Part:
    """`told` is the slip of leaving it out, or the summand itself; `bodies` are what it is in each
    instance, at absolute steps; None where it is absent."""

    told: Variant | Expr
    bodies: tuple[Expr | None, ...]


@dataclass(frozen=True)
class Piece:
    """A summand of a formula: the way to it, itself with its sign, and the formula with nothing
    else in it."""

    way: tuple[int, ...]
    said: Expr

    def alone(self, whole: Expr) -> Expr:
        """The formula, which may have been changed inside the summand, without the others."""
        return _alone(whole, self.way)


def pieces(whole: Expr) -> list[Piece]:
    """The summands of a formula, inside sums over steps too."""
    return list(_pieces(whole, (), 1))


def _pieces(node: Expr, way: tuple[int, ...], sign: int) -> Iterator[Piece]:
    match node:
        case Apply("+" | "-" as op, args):
            for i, arg in enumerate(args):
                turn = -1 if op == "-" and i else 1
                yield from _pieces(arg, (*way, i), sign * turn)
        case Apply("neg", (inner,)):
            yield from _pieces(inner, (*way, 0), -sign)
        case Over("sum", _, Apply("+" | "-" | "neg") as body):
            yield from _pieces(body, (*way, 0), sign)
        case _:
            yield Piece(way, node if sign > 0 else Apply("neg", (node,)))


def _alone(node: Expr, way: tuple[int, ...]) -> Expr:
    if not way:
        return node
    first, rest = way[0], way[1:]
    inner = _alone(children(node)[first], rest)
    match node:
        case Apply("+", _):
            return inner
        case Apply("-", _):
            return Apply("neg", (inner,)) if first else inner
        case _:
            return with_children(node, (inner,))


def parts(formula: Formula) -> list[Part]:
    """The parts of the derivative; none where it is put together from several, or of too many."""
    if any(i.right != i.name or i.entry for i in formula.instances):
        return []
    found: dict[tuple[str, int], tuple[Variant, list[Expr | None]]] = {}
    for k, instance in enumerate(formula.instances):
        often: dict[str, int] = {}
        for told, body in _of_instance(formula, instance):
            key = text(told.at)
            often[key] = often.get(key, 0) + 1
            _, bodies = found.setdefault((key, often[key]), (told, [None] * len(formula.instances)))
            bodies[k] = body if bodies[k] is None else plus(bodies[k], body)  # type: ignore[arg-type]
            if len(found) > MOST_PARTS:
                return []
    return [Part(at_its_step(formula, told), tuple(bodies)) for told, bodies in found.values()]


def of_one_equation(formula: Formula) -> list[Part]:
    """The summands of ∂of/∂by as a matrix, diag(p) and −p·pᵀ, where one equation alone makes it and
    that is proved."""
    pair = derivative_of(formula.target) if isinstance(formula.target, Ref) else None
    if pair is None:
        return []
    system = formula.system
    own = [e for e in system.equations if e.target == pair.of]
    alone = replace(system, equations=tuple(own))
    for local in locals_of(alone, [system.quantity(pair.by)]):
        if local.by != pair.by or local.value is None:
            continue
        value = difference(local.value)
        whole = reread(formula, value)
        terms = summands(value)
        if whole is None or len(terms) > MOST_PARTS or not proved(whole):
            return []
        return [
            Part(t, tuple(at_steps(system, t, dict(i.steps)) for i in formula.instances))
            for t in terms
        ]
    return []


def opened(formula: Formula, part: Part) -> list[Part]:
    """A part of one derivative with the adjoint in it put in: its summands; none where it has no
    adjoint, or several."""
    (body,) = part.bodies if len(part.bodies) == 1 else (None,)
    if body is None:
        return []
    gradient = formula.gradients.get(text(formula.instances[0].of))
    if gradient is None:  # what is differentiated is a vector
        return []
    made = gradient.system.made_by
    inner = [r for r in refs(body) if derivative_of(r) and gradient.system.quantity(r) in made]
    if len(inner) != 1 or not isinstance(inner[0].index, At):
        return []
    (adjoint,) = inner
    step = inner[0].index.step
    found = []
    for e in made[gradient.system.quantity(adjoint)]:
        if e.steps is None or step not in e.steps or not isinstance(e.target.index, Shift):
            continue
        for t in e.terms:
            if t.steps is None or step in t.steps:
                term = _placed(formula, gradient, at(t.body, step, e.target.index.var))
                if term is not None:
                    whole = tidy(_with(body, adjoint, term), shapes_in(formula.full))
                    found.append(Part(whole, (whole,)))
    return found


def _with(body: Expr, adjoint: Ref, term: Expr) -> Expr:
    return rewrite(body, lambda node: term if node is adjoint else node)


def _of_instance(formula: Formula, instance: Instance) -> Iterator[tuple[Variant, Expr]]:
    gradient = formula.gradients[text(instance.of)]
    step = gradient.system.step(instance.name)
    made = [
        e
        for e in gradient.adjoints
        if e.target.name == instance.name.name and (e.steps is None or step in e.steps)
        and (e.steps is None) == (step is None)
    ]  # fmt: skip
    for e in made:
        if step is None:
            yield from _of_parameter(formula, gradient, e)
            continue
        assert isinstance(e.target.index, Shift)
        for t, (route, told) in zip(e.terms, routes(e), strict=True):
            if t.steps is None or step in t.steps:
                body = _placed(formula, gradient, at(t.body, step, e.target.index.var))
                if body is not None:
                    yield Variant("missing-through", told, (), False, route=route), body


def _of_parameter(
    formula: Formula, gradient: Gradient, total: Equation
) -> Iterator[tuple[Variant, Expr]]:
    """By readers, where there are several; else by steps."""
    found: list[tuple[Ref | None, Ref, Expr]] = []
    for t, (route, told) in zip(total.terms, routes(total), strict=True):
        body = t.body
        by_step = isinstance(body, Over) and isinstance(body.body, Ref)
        if not (by_step and isinstance(body, Over) and body.body.name == total.target.name):  # type: ignore[union-attr]
            found.append((route, told, body))
            continue
        for e in gradient.adjoints:
            if isinstance(e.target.index, Shift) and e.target.name == total.target.name:
                for term, (its, said) in zip(e.terms, routes(e), strict=True):
                    within: Steps | None = body.within if term.steps is None else (term.steps,)
                    found.append((its, said, Over("sum", body.var, term.body, within)))
    if len(found) == 1 and isinstance(found[0][2], Over):
        over = found[0][2]
        for step in (s for run in gradient.system.domain(over) for s in run):
            body_ = _placed(formula, gradient, at(over.body, step, over.var))
            if body_ is not None:
                yield Variant("missing-step", Ref(over.var, Shift(str(step))), ()), body_
        return
    for route, told, body in found:
        placed = _placed(formula, gradient, body)
        if placed is not None:
            yield Variant("missing-through", told, (), False, route=route), placed


def _placed(formula: Formula, gradient: Gradient, body: Expr) -> Expr | None:
    return at_steps(formula.system, spelled(body, gradient.system, shapes_in(gradient.system)), {})
