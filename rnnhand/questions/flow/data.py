"""`flow` as plain data, for JSON; the numerals in it become strings there."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from rnnhand.arithmetic.base import Scalar
from rnnhand.language.numerals import Table
from rnnhand.language.printer import text
from rnnhand.questions.flow.check import confirmed
from rnnhand.questions.flow.flow import direct_verdict, has_own_way, name_of, verdict_of
from rnnhand.questions.flow.loops import Loop
from rnnhand.questions.flow.measure import Matrix
from rnnhand.questions.flow.page import (
    Page,
    factors_between,
    general,
    pairs,
    ways_between,
)
from rnnhand.questions.flow.verdict import Verdict
from rnnhand.questions.flow.ways import whole_formula
from rnnhand.system.model import Quantity


def as_data(page: Page, beside: Sequence[Page] = ()) -> dict[str, Any]:
    """Everything of the page, and every step where the page picks some; the same of each problem
    that stands beside."""
    flow = page.flow
    work, plan = flow.settled.work, flow.plan.plan
    system = plan.system
    gradient = plan.gradient
    of = "" if gradient is None else text(gradient.of)
    return {
        "problem": page.title,
        "arithmetic": flow.settled.name,
        "of": of or None,
        "recurrences": [_loop(page, i) for i in range(len(work.loops))],
        "weights": {
            text(q.ref()): {
                "singular_values": [page.numeral(x) for x in values],
                "spectral_radius": _optional(page, radius),
            }
            for q, (values, radius) in work.weights.items()
        },
        "gradients": {
            f"d{of}/d{text(q.at(s))}": page.table(x, system.shapes[q])
            for q, by_step in work.adjoints.items()
            for s, x in by_step.items()
        },
        "contributions": {
            f"d{of}/d{q.name}{_apart(q, work.contributions)}": {
                str(s): page.table(x, system.shapes[Quantity(q.name)]) for s, x in by_step.items()
            }
            for q, by_step in work.contributions.items()
        },
        "clipping": [
            {
                "kind": c.rule[0],
                "bound": page.numeral(flow.settled.arithmetic.number(c.rule[1])),
                "before": page.numeral(c.before),
                "after": page.numeral(c.after),
                "factor": _optional(page, c.factor),
                "cut": c.cut,
                "entries": c.entries,
                "cosine": _optional(page, c.cosine),
            }
            for c in work.clipped
        ],
        "not_followed": [[text(q.ref()) for q in members] for members in flow.plan.found[1]],
        "confirmed": confirmed(flow) != 0,
        "beside": [as_data(other) for other in beside],
    }


def _apart(q: Quantity, contributions: Collection[Quantity]) -> str:
    """[k], where the steps of another index contribute to the same parameter too."""
    return f"[{q.over}]" if sum(other.name == q.name for other in contributions) > 1 else ""


def _loop(page: Page, i: int) -> dict[str, Any]:
    loop = page.flow.settled.work.loops[i]
    last = loop.steps[-1]
    return {
        "over": loop.recurrence.over,
        "direction": loop.recurrence.direction,
        "states": [q.name for q in loop.shapes],
        "formulas": dict(_formulas(page, loop)),
        "factors": list(_factors(page, loop)),
        "products": {
            name_of(q, last, q, s): page.table(x, (_size(loop, q), _size(loop, q)))
            for q, by_step in loop.totals.items()
            for s, x in by_step.items()
            if s != last
        },
        "sizes": {
            q.name: {str(s): page.numeral(x) for s, x in by_step.items() if s != last}
            for q, by_step in loop.total_norms.items()
        },
        "singular_values": {
            str(t): [page.numeral(x) for x in values] for t, values in loop.singular.items()
        },
        "spectral_radius": {str(t): _optional(page, x) for t, x in loop.radii.items()},
        "straight": {
            q.name: {
                "factors": {str(t): _square(page, loop, q, x) for t, x in loop.direct[q].items()},
                "products": {
                    str(s): _square(page, loop, q, x)
                    for s, x in loop.direct_products[q].items()
                    if s != last
                },
                "verdict": _verdict(page, direct_verdict(loop, q)),
            }
            for q in loop.shapes
            if has_own_way(loop, q)
        },
        "bounds": [
            {
                "of": of.name,
                "by": by.name,
                "lag": lag,
                "formula": text(b.written),
                "value": page.numeral(b.value),
            }
            for (k, of, by, lag), b in page.flow.settled.work.bounds.items()
            if k == i
        ],
        "verdict": _verdict(page, verdict_of(page.flow.settled.work, i)),
    }


def _formulas(page: Page, loop: Loop) -> Iterator[tuple[str, str]]:
    for of, by, lag in pairs(loop):
        whole = whole_formula(ways_between(loop, of, by, lag), loop.recurrence)
        if whole is not None:
            left = general(of, by, lag, loop.recurrence.direction)
            offset = f"{left.name}[{loop.recurrence.over}{-lag * loop.recurrence.direction:+d}]"
            yield offset, text(whole)


def _factors(page: Page, loop: Loop) -> Any:
    for of, by, lag in pairs(loop):
        ways = ways_between(loop, of, by, lag)
        shape = (_size(loop, of), _size(loop, by))
        for t, value in factors_between(loop, of, by, lag).items():
            yield {
                "of": text(of.at(t)),
                "by": text(by.at(loop.before(t, lag))),
                "value": page.table(value, shape),
                "ways": [
                    {
                        "through": page.owner(w.through).name,
                        "by": w.by.name,
                        "value": page.table(w.values[t], shape),
                    }
                    for w in ways
                    if t in w.values
                ],
            }


def _square(page: Page, loop: Loop, q: Quantity, x: Matrix) -> Table:
    return page.table(x, (_size(loop, q), _size(loop, q)))


def _size(loop: Loop, q: Quantity) -> int:
    rows, columns = loop.shapes[q]
    return rows * columns


def _verdict(page: Page, v: Verdict) -> dict[str, Any]:
    return {
        "verdict": v.kind,
        "reason": v.reason,
        "number": _optional(page, v.number),
        "step": v.step,
    }


def _optional(page: Page, x: Scalar | None) -> Table | None:
    return None if x is None else page.numeral(x)
