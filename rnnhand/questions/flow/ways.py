"""The ways by which a change of a state reaches a state of a later step, and their formulas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field

from rnnhand.arithmetic.base import Scalar
from rnnhand.calculus.rules import plus
from rnnhand.calculus.step import Moved, following, formula, formula_in_turn
from rnnhand.language.tree import Apply, Expr, Number, Ref
from rnnhand.questions.flow.measure import ByStep
from rnnhand.system.model import Equation, Quantity, System
from rnnhand.system.recurrences import Recurrence


@dataclass(frozen=True)
class Way:
    """The derivative of a state by a state `lag` steps before, on the way through one equation
    (`through`). `by` is the quantity that is read; where that follows from the state within its
    own step, `inner` says how."""

    through: Quantity
    by: Quantity
    of: Quantity
    lag: int
    moved: Moved
    values: ByStep
    sizes: Mapping[int, Scalar] = field(default_factory=dict)
    inner: Moved | None = None

    @property
    def state(self) -> Quantity:
        """The state that the derivative is by."""
        return (self.inner or self.moved).link.state

    @property
    def moving(self) -> tuple[Equation, ...]:
        """How everything on the way moves."""
        return (*self.moved.moving, *(self.inner.moving if self.inner else ()))


def whole_formula(ways: Sequence[Way], recurrence: Recurrence) -> Expr | None:
    """∂h_t/∂h_{t−1} as the sum over some ways; None where one of them has no formula."""
    parts = [_formula(way, recurrence) for way in ways]
    known = [p for p in parts if p is not None]
    if len(known) < len(parts):
        return None
    return plus(*(term for part in known for term in _summands(part)))


def _summands(expr: Expr) -> tuple[Expr, ...]:
    return expr.args if isinstance(expr, Apply) and expr.op == "+" else (expr,)


def _formula(way: Way, recurrence: Recurrence) -> Expr | None:
    if way.inner is None:
        return formula(way.moved, way.of)
    back = way.lag * recurrence.direction
    parts: list[Expr] = []
    for own in following(way.inner, way.by):
        when = _conditions(way, recurrence.over, back, {t + back for t in own.steps})
        if when is not None:
            found = formula_in_turn(way.moved, way.of, own, way.by, back, when)
            if found is None:
                return None
            parts.append(found)
    return plus(*parts) if parts else None


def _conditions(way: Way, over: str, back: int, there: Set[int]) -> list[Expr] | None:
    """[t ≥ 2] where what is read is given, not computed, at the first step: nothing comes back
    through it there. None where no step reads it."""
    system = way.moved.system
    steps = {t for t in _made_at(system, way.of) if system.exists(way.state, t - back)}
    there = there & steps
    if not there:
        return None

    def at(op: str, step: int) -> Expr:
        return Apply(op, (Ref(over), Number(str(step))))

    first, last = min(there), max(there)
    if first == last and len(steps) > 1:
        return [at("==", first)]
    found = [at(">=", first)] if first > min(steps) else []
    return [*found, at("<=", last)] if last < max(steps) else found


def _made_at(system: System, q: Quantity) -> set[int]:
    return {t for e in system.made_by[q] for t in e.steps or ()}
