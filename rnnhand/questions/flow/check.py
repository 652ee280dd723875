"""The second opinion: the derivative of the last states, backwards through all equations."""

from __future__ import annotations

from collections.abc import Iterator

from rnnhand.arithmetic.agreement import common_digits, same
from rnnhand.arithmetic.base import Scalar
from rnnhand.language.results import DerivativeName
from rnnhand.questions.flow.flow import Flow
from rnnhand.questions.work import entries, jacobian


def confirmed(flow: Flow) -> int | None:
    """How many digits the products agree in with the backward mode; None where they are the same
    exactly; 0 where they differ."""
    with flow.settled.precisely():
        pairs = list(compared(flow))
        if all(same(a, b) for a, b in pairs):
            return None
        return max(0, min(common_digits(a, b) for a, b in pairs))


def compared(flow: Flow) -> Iterator[tuple[Scalar, Scalar]]:
    """Every entry of dh[T]/dh[first], as a product and by the adjoints."""
    work = flow.settled.work
    worked = work.worked
    for loop in work.loops:
        last = loop.steps[-1]
        for q, by_step in loop.totals.items():
            first = list(by_step)[-1]
            if first == last:
                continue
            name = DerivativeName(q.at(last), q.at(first))
            found = jacobian(worked.plan, name, worked.arithmetic, worked.storage)
            other = [x for row in found.rows for x in entries(row, found.by_shape)]
            yield from zip(by_step[first], other, strict=True)
