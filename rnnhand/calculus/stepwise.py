"""A gradient step by step: every adjoint on the way as one equation with its step put in.

Nothing is put into anything, so it grows with the steps as the way back does and no faster. What
is 0 because nothing comes back at that step is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rnnhand.calculus.gradient import Gradient, shapes_in
from rnnhand.calculus.rules import plus
from rnnhand.calculus.spelled import at, at_steps, difference, summed, zero
from rnnhand.calculus.tidy import tidy
from rnnhand.language.tree import Expr, Number, Over, Ref, with_children
from rnnhand.language.tree import children as parts
from rnnhand.system.model import Equation, Quantity, System

ZERO = Number("0")


def stepwise(gradient: Gradient, wanted: Sequence[Quantity]) -> list[tuple[Ref, Expr]]:
    """What is wanted and everything on the way to it, each after all that it reads."""
    made: dict[Quantity, list[Equation]] = {}
    for e in gradient.adjoints:
        made.setdefault(gradient.system.quantity(e.target), []).append(e)
    walk = _Walk(gradient.system, made)
    names = [Ref(gradient.of_quantity(q).name) for q in wanted]
    for name in names:
        walk.visit(name)
    done = {ref: value for ref, value in walk.known.items() if value is not None}
    totals = [(name, done.pop(name, ZERO)) for name in names]
    return [*((ref, value) for ref, value in done.items() if not walk.is_passed(ref)), *totals]


@dataclass
class _Walk:
    """The right side of every adjoint that was met, in the order in which they are needed; None
    where it is 0."""

    system: System
    made: dict[Quantity, list[Equation]]
    known: dict[Ref, Expr | None] = field(default_factory=dict)

    def visit(self, ref: Ref) -> Expr | None:
        if ref not in self.known:
            q, step = self.system.quantity(ref), self.system.step(ref)
            terms = [
                term
                for e in self.made[q]
                if e.steps is None or step in e.steps
                for term in at_steps(e.terms, step, q.over)
            ]
            found = [t for t in map(self.alive, terms) if t is not None]
            self.known[ref] = self.written(found) if found else None
        return self.known[ref]

    def written(self, terms: list[Expr]) -> Expr | None:
        shape = shapes_in(self.system)
        value = difference(tidy(plus(*terms), shape))
        return None if value in (ZERO, zero(shape(value))) else value

    def is_passed(self, ref: Ref) -> bool:
        """Whether a line would only say what the total says: the contribution of a step."""
        return Quantity(ref.name) in self.made and ref.index is not None

    def alive(self, term: Expr) -> Expr | None:
        """A summand, each of which has one adjoint as a factor; None where that is 0."""
        if isinstance(term, Over):
            steps = sorted((s for run in self.system.domain(term) for s in run), reverse=True)
            kept = [self.alive(at(term.body, s, term.var)) for s in steps]
            left = [t for t in kept if t is not None]
            return summed(term, left, len(steps)) if left else None
        if isinstance(term, Ref):
            if self.system.quantity(term) not in self.made:
                return term
            value = self.visit(term)
            return value if self.is_passed(term) or value is None else term
        found = tuple(self.alive(part) for part in parts(term))
        if None in found:
            return None
        return with_children(term, tuple(f for f in found if f is not None))
