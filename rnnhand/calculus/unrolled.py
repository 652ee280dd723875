"""A gradient spelled out: no adjoints left, every sum over the steps written as its summands.

It grows with the steps, exponentially where there are several ways back; a bound holds it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property

from rnnhand.calculus.gradient import Gradient, shapes_in
from rnnhand.calculus.like_terms import with_like_terms
from rnnhand.calculus.rules import ShapeOf, plus
from rnnhand.calculus.spelled import at, at_steps, difference, summed, zero
from rnnhand.calculus.tidy import tidy
from rnnhand.language.tree import Expr, Over, Ref, children, walk, with_children
from rnnhand.system.model import Equation, Quantity, Shape, System

MOST_STEPS = 8
"""Steps over which a derivative is spelled out."""


class TooLarge(Exception):
    """The formula would have more nodes than allowed."""


@dataclass(frozen=True)
class Contribution:
    """What one step gives to a derivative; None where it belongs to no step."""

    step: int | None
    value: Expr


def unrolled(
    gradient: Gradient, wanted: Sequence[Quantity], limit: int
) -> dict[Quantity, tuple[Contribution, ...]]:
    """dL/dq as contributions by step, last step first, all in forward quantities; for those of
    the wanted q that come out with `limit` nodes a step at most."""
    system = gradient.system
    if steps_back(gradient) > MOST_STEPS:
        return {}
    made: dict[Quantity, list[Equation]] = {}
    for e in gradient.adjoints:
        made.setdefault(system.quantity(e.target), []).append(e)
    put = _Putting(gradient, limit, made)
    found: dict[Quantity, tuple[Contribution, ...]] = {}
    for q in wanted:
        with suppress(TooLarge):
            found[q] = tuple(_contributions(put, q))
    return found


def steps_back(gradient: Gradient) -> int:
    """Over how many steps a derivative goes back at most."""
    system = gradient.system
    if gradient.of.index is not None:
        return (system.step(gradient.of) or 0) - min(r[0] for r in system.indices.values())
    return max((len(r) for r in system.indices.values()), default=0)


def _contributions(put: _Putting, q: Quantity) -> Iterator[Contribution]:
    system = put.system
    (equation,) = put.made[Quantity(put.gradient.of_quantity(q).name)]
    for term in equation.terms:
        if isinstance(term.body, Over) and isinstance(term.body.body, Ref):
            steps = sorted((s for run in system.domain(term.body) for s in run), reverse=True)
            for step in steps:
                value = put.at_step(system.quantity(term.body.body), step)
                yield Contribution(step, difference(value))
        else:
            value = put.into(term.body)
            put.bounded(value)
            yield Contribution(None, difference(put.tidied(value)))


@dataclass
class _Putting:
    """Adjoints replaced by their equations, from the loss downwards, each once; None stands for
    one that is too large."""

    gradient: Gradient
    limit: int
    made: dict[Quantity, list[Equation]]
    known: dict[Ref, Expr | None] = field(default_factory=dict)
    shapes: dict[int, tuple[Expr, Shape]] = field(default_factory=dict)

    @cached_property
    def shape(self) -> ShapeOf:
        """Shapes, looked up once for each node: what is put in stands in many places."""
        find = shapes_in(self.system)

        def shape(expr: Expr) -> Shape:
            if id(expr) not in self.shapes:
                self.shapes[id(expr)] = (expr, find(expr))  # kept, so that its id stays its own
            return self.shapes[id(expr)][1]

        return shape

    @property
    def system(self) -> System:
        return self.gradient.system

    def adjoint(self, ref: Ref) -> Expr:
        if ref not in self.known:
            self.known[ref] = None
            self.known[ref] = self.at_step(self.system.quantity(ref), self.system.step(ref))
        found = self.known[ref]
        if found is None:
            raise TooLarge
        return found

    def at_step(self, q: Quantity, step: int | None) -> Expr:
        made = self.made.get(q, ())
        equation = next((e for e in made if e.steps is None or step in e.steps), None)
        terms = at_steps(equation.terms, step, q.over) if equation else []
        value = plus(*map(self.into, terms)) if terms else zero(self.system.shapes[q])
        self.bounded(value)
        return self.tidied(value)

    def tidied(self, value: Expr) -> Expr:
        return with_like_terms(tidy(value, self.shape), self.shape)

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
            return summed(expr, terms, len(steps))
        return with_children(expr, tuple(map(self.into, children(expr))))
