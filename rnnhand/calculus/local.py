"""The derivatives of single equations: ∂q/∂r for every quantity r that an equation of q mentions.

All other mentions are held, so these are the factors of which the chain rule makes everything else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rnnhand.calculus.gradient import shapes_in
from rnnhand.calculus.jacobian import jacobian
from rnnhand.calculus.rulenames import rules
from rnnhand.language.printer import text
from rnnhand.language.tree import Expr, Over, Ref, Shift, walk
from rnnhand.system.model import Equation, Quantity, System


@dataclass(frozen=True)
class Local:
    """∂of/∂by = value, and the rules that give it. Without a value where no matrix is the
    derivative: by a matrix, or through a sum over the steps."""

    of: Ref
    by: Ref
    value: Expr | None
    rules: tuple[str, ...]
    equation: Equation
    summed: bool = False
    """Whether the mention stands under a sum that runs through its steps: h_t in h_t/Σ_t h_t is
    more than the h_t of its step."""

    @property
    def name(self) -> Ref:
        return derivative_name(self.of, self.by)


def derivative_name(of: Ref, by: Ref, mark: str = "") -> Ref:
    """dh[t]/dh[t-1] as a name: numerator and denominator at their steps."""
    return Ref(f"d{mark}{text(of)}/d{by.name}", by.index)


def locals_of(system: System, wanted: Iterable[Quantity]) -> list[Local]:
    """The derivative of every equation by every mention of a wanted quantity in it."""
    shape = shapes_in(system)
    chosen = set(wanted)
    found = []
    for equation in system.equations:
        body = equation.body
        mentioned = dict.fromkeys(
            r for r in walk(body) if isinstance(r, Ref) and system.quantity(r) in chosen
        )
        for by in mentioned:
            value = None
            if not _under_sum(body, by):
                value = jacobian(body, by, equation.target, shape, system.functions)
            named, summed = rules(body, by, shape), _runs_in_sum(body, by)
            found.append(Local(equation.target, by, value, named, equation, summed))
    return found


def _under_sum(body: Expr, by: Ref) -> bool:
    return any(isinstance(node, Over) and by in set(walk(node)) for node in walk(body))


def _runs_in_sum(body: Expr, by: Ref) -> bool:
    return isinstance(by.index, Shift) and any(
        isinstance(node, Over) and node.var == by.index.var and by in set(walk(node))
        for node in walk(body)
    )


def lag(of: Ref, by: Ref) -> int | None:
    """How many steps earlier `by` is read: 1 for h[t-1]. None where a step is absolute or none."""
    if isinstance(of.index, Shift) and isinstance(by.index, Shift):
        return of.index.offset - by.index.offset if of.index.var == by.index.var else None
    return None
