"""The second opinion: forward mode against the gradient."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from rnnhand.arithmetic.agreement import common_digits, same
from rnnhand.arithmetic.policy import Settled
from rnnhand.calculus.tangent import tangent
from rnnhand.document.blocks import Note
from rnnhand.explain.steps import Telling
from rnnhand.questions.work import Worked, at, entries


def note(telling: Telling, settled: Settled[Worked]) -> Note | None:
    """Whether the forward mode gives the same gradient: exactly, or to how many digits."""
    plan = settled.work.plan
    if plan.gradient is None or plan.system.loss is None or not plan.parameters:
        return None
    if not plan.followed:
        return Note("check", telling.say("check-too-many"))
    with settled.precisely():
        pairs = list(compared(settled.work))
        if all(same(a, b) for a, b in pairs):
            return Note("check", telling.say("check-exact"))
        digits = min(common_digits(a, b) for a, b in pairs)
    code = "check-digits" if digits > 0 else "check-failed"
    return Note("check" if digits > 0 else "warning", telling.say(code, digits=str(digits)))


def compared(worked: Worked) -> Iterator[tuple[Any, Any]]:
    """Every entry of the gradient, backwards and forwards."""
    plan = worked.plan
    assert plan.gradient is not None and plan.system.loss is not None
    loss = plan.system.quantity(plan.system.loss)
    zero = worked.arithmetic.number(Fraction(0))
    for seed, moved in worked.tangents.items():
        q = seed.parameter
        shape = plan.full.shapes[q]
        backwards = entries(worked.at(plan.gradient.of_quantity(q), seed.step), shape)[seed.entry]
        made = tangent(loss, q.name)
        forwards = zero
        if made in moved:
            forwards = at(plan.full, moved, made, plan.system.step(plan.system.loss))
        yield backwards, forwards
