"""A gradient spelled out: no adjoints left, every sum over the steps written as its summands.

It grows with the steps, exponentially where there are several ways back; a bound holds it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from rnnhand.calculus.gradient import Gradient, shapes_in
from rnnhand.calculus.rules import ShapeOf, plus
from rnnhand.calculus.spelled import at, at_steps, difference, zero
from rnnhand.calculus.tidy import tidy
from rnnhand.language.tree import Expr, Over, Ref, children, walk, with_children
from rnnhand.system.model import Equation, Quantity, System

MOST_STEPS = 8
"""Steps over which a derivative is spelled out."""


class TooLarge(Exception):
    """The formula would have more nodes than allowed."""


@dataclass(frozen=True)
class Contribution:
    """What one step gives to a derivative; None where it belongs to no step."""

    step: int | None
    value: Expr


def unrolled(gradient: Gradient, q: Quantity, limit: int) -> tuple[Contribution, ...] | None:
    """dL/dq as contributions by step, last step first, all in forward quantities; None where they
    would have more than `limit` nodes."""
    reach = max((len(r) for r in gradient.system.indices.values()), default=0)
    if gradient.of.index is not None:
        reach = (gradient.system.step(gradient.of) or 0) - min(
            r[0] for r in gradient.system.indices.values()
        )
    if reach > MOST_STEPS:
        return None
    made: dict[Quantity, list[Equation]] = {}
    for e in gradient.adjoints:
        made.setdefault(gradient.system.quantity(e.target), []).append(e)
    put = _Putting(gradient, shapes_in(gradient.system), limit, made)
    total = Ref(gradient.of_quantity(q).name)
    equation = next(e for e in gradient.adjoints if e.target == total)
    found: list[Contribution] = []
    try:
        for term in equation.terms:
            if isinstance(term.body, Over) and isinstance(term.body.body, Ref):
                runs = gradient.system.domain(term.body)
                steps = sorted((s for run in runs for s in run), reverse=True)
                for step in steps:
                    q_there = gradient.system.quantity(term.body.body)
                    value = put.at_step(q_there, step)
                    found.append(Contribution(step, difference(value)))
            else:
                value = put.into(term.body)
                put.bounded(value)
                found.append(Contribution(None, difference(tidy(value, put.shape))))
    except TooLarge:
        return None
    return tuple(found)


@dataclass
class _Putting:
    """Adjoints replaced by their equations, from the loss downwards, each once."""

    gradient: Gradient
    shape: ShapeOf
    limit: int
    made: dict[Quantity, list[Equation]]
    known: dict[Ref, Expr] = field(default_factory=dict)

    @property
    def system(self) -> System:
        return self.gradient.system

    def adjoint(self, ref: Ref) -> Expr:
        if ref not in self.known:
            self.known[ref] = self.at_step(self.system.quantity(ref), self.system.step(ref))
        return self.known[ref]

    def at_step(self, q: Quantity, step: int | None) -> Expr:
        made = self.made.get(q, ())
        equation = next((e for e in made if e.steps is None or step in e.steps), None)
        terms = at_steps(equation.terms, step) if equation else []
        value = plus(*map(self.into, terms)) if terms else zero(self.system.shapes[q])
        self.bounded(value)
        return tidy(value, self.shape)

    def bounded(self, expr: Expr) -> None:
        if sum(1 for _ in walk(expr)) > self.limit:
            raise TooLarge

    def into(self, expr: Expr) -> Expr:
        """An expression at absolute steps with every adjoint in it put in."""
        if isinstance(expr, Ref):
            return self.adjoint(expr) if self.system.quantity(expr) in self.made else expr
        if isinstance(expr, Over):
            steps = [s for run in self.system.domain(expr) for s in run]
            terms = [self.into(at(expr.body, s, expr.var)) for s in steps]
            return plus(*terms)
        return with_children(expr, tuple(map(self.into, children(expr))))
