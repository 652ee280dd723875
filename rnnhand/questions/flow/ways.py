"""The ways by which a change of a state reaches a state of a later step, and their formulas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rnnhand.arithmetic.base import Scalar
from rnnhand.calculus.rules import plus
from rnnhand.calculus.step import Moved, formula, formula_in_turn
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
    when = _conditions(way, recurrence.over, back)
    return formula_in_turn(way.moved, way.of, way.inner, way.by, back, when)


def _conditions(way: Way, over: str, back: int) -> list[Expr]:
    """[t ≥ 2] where what is read is given, not computed, at the first step: nothing comes back
    through it there."""
    system = way.moved.system
    steps = _made_at(system, way.of)
    there = [t for t in steps if t - back in _made_at(system, way.by)]
    found: list[Expr] = []
    if there and min(there) > min(steps):
        found.append(Apply(">=", (Ref(over), Number(str(min(there))))))
    if there and max(there) < max(steps):
        found.append(Apply("<=", (Ref(over), Number(str(max(there))))))
    return found


def _made_at(system: System, q: Quantity) -> set[int]:
    return {t for e in system.made_by[q] for t in e.steps or ()}
