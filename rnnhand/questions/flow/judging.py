"""Bounds and verdict in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rnnhand.arithmetic.base import Scalar
from rnnhand.document.blocks import (
    Block,
    Math,
    Paragraph,
    Sentence,
    Shown,
)
from rnnhand.explain.mathematics import literal
from rnnhand.explain.sentences import joined
from rnnhand.language.tree import Apply, Expr, Ref, refs, walk
from rnnhand.questions.flow.bounds import Bound
from rnnhand.questions.flow.flow import direct_verdict, has_own_way, verdict_of
from rnnhand.questions.flow.loops import Loop
from rnnhand.questions.flow.page import (
    Page,
    general,
    number_cell,
    step_text,
)
from rnnhand.questions.flow.verdict import Verdict
from rnnhand.system.model import SCALAR, Quantity


def bounds(page: Page, i: int) -> Iterator[Block]:
    work = page.flow.settled.work
    loop = work.loops[i]
    mine = {
        Quantity(n.name)
        for w in loop.ways
        for e in w.moving
        for term in e.terms
        for n in walk(term.body)
        if isinstance(n, Ref) and n.index is None
    }
    for q, (values, radius) in work.weights.items():
        if q in mine and page.telling.system.shapes[q] != SCALAR:
            yield Paragraph(_weight(page, q, values, radius))
    for q, value in work.largest.items():
        if q in mine:
            shown = Shown(page.numeral(value))
            yield Paragraph(page.say("flow-weight-vector", name=Math(q.ref()), value=shown))
    for (k, of, by, lag), bound in work.bounds.items():
        if k == i:
            left = general(of, by, lag, loop.recurrence.direction)
            scalar = loop.shapes[of] == loop.shapes[by] == SCALAR
            size = Apply("abs" if scalar else "norm2", (left,))
            yield Paragraph(_bound(page, size, bound))


def _bound(page: Page, size: Expr, bound: Bound) -> Sentence:
    """|∂h_t/∂h_{t−1}| ≤ max |tanh′|·|w| = 1·1.1 = 1.1"""
    value = Shown(page.numeral(bound.value))
    if not any(True for _ in refs(bound.written)):
        return page.say("flow-bound-number", factor=Math(size), value=value)
    numbers: Sentence = ()
    if len(bound.factors) > 1:
        put = tuple(literal(page.numeral(x)) for x in bound.factors)
        numbers = (Math(Apply("*", put)), " = ")
    written = Math(page.spelled(bound.written))
    varies = any(r.index is not None or r.name.endswith("'") for r in refs(bound.written))
    code = "flow-bound" if varies else "flow-bound-fixed"
    said = page.say(code, factor=Math(size), written=written, value=(*numbers, value))
    norms = any(isinstance(n, Apply) and n.op == "norm2" for n in walk(bound.written))
    return (*said, " ", *page.say("flow-norm")) if norms else said


def _weight(page: Page, q: Quantity, values: Sequence[Scalar], radius: Scalar | None) -> Sentence:
    listed = joined([number_cell(page, x) for x in values[:8]])
    name = Math(q.ref())
    if radius is None:
        return page.say("flow-weight", name=name, values=listed)
    return page.say(
        "flow-weight-square", name=name, values=listed, radius=Shown(page.numeral(radius))
    )


def verdicts(page: Page, i: int) -> Iterator[Block]:
    loop = page.flow.settled.work.loops[i]
    names = joined([(Math(q.ref()),) for q in loop.recurrence.states])
    yield Paragraph(_verdict(page, verdict_of(page.flow.settled.work, i), loop, names))
    for q in (q for q in loop.shapes if has_own_way(loop, q)):
        way = page.say("flow-own-way", name=Math(q.ref()))
        yield Paragraph(_verdict(page, direct_verdict(loop, q), loop, way))


def _verdict(page: Page, v: Verdict, loop: Loop, subject: Sentence) -> Sentence:
    reason = page.say(
        f"flow-reason-{v.reason}",
        number=number_cell(page, v.number) if v.number is not None else "",
        step="" if v.step is None else step_text(v.step),
        last=step_text(loop.steps[-1]),
        count=str(len(loop.products) - 1),
        lag=str(loop.recurrence.longest),
    )
    return page.say(f"flow-{v.kind}", subject=subject, reason=reason)
