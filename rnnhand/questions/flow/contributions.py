"""The gradient on a page: how it reaches each state, what each step contributes, clipping."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from rnnhand.document.blocks import (
    Block,
    Grid,
    Inline,
    Math,
    Note,
    Paragraph,
    Section,
    Sentence,
    Shown,
)
from rnnhand.explain.sentences import joined
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Ref, Shift
from rnnhand.questions.flow.measure import Clipped
from rnnhand.questions.flow.page import (
    Page,
    cell,
    chosen,
    grids,
    head,
    number_cell,
)
from rnnhand.system.model import SCALAR, Quantity


def gradient_section(page: Page) -> Iterator[Block]:
    work, plan = page.flow.settled.work, page.flow.plan.plan
    if plan.gradient is None:
        yield Note("warning", page.say("flow-no-number"))
        return
    of = plan.gradient.of
    blocks: list[Block] = []
    for over in plan.system.indices:
        blocks += _contributions(page, of, over)
    arrays = [
        q for q in work.contributions if page.telling.system.shapes[Quantity(q.name)] != SCALAR
    ]
    if arrays:
        column = _sum(page, arrays)
        blocks.append(Paragraph(page.say("flow-contributions-sizes", column=column)))
    for clipped in work.clipped:
        blocks.append(Paragraph(_clipping(page, clipped)))
    if work.clipped:
        blocks.append(Paragraph(page.say("flow-clip-shares")))
    if blocks:
        blocks.insert(0, Paragraph(page.say("flow-contributions", loss=Math(of))))
        yield Section(page.say("flow-gradient", loss=Math(of)), tuple(blocks))


def _contributions(page: Page, of: Ref, over: str) -> Iterator[Grid]:
    """A row a parameter: what each step gives, and the sum of all; sizes where it is an array."""
    work = page.flow.settled.work
    system = page.telling.system
    gradient = page.flow.plan.plan.gradient
    assert gradient is not None
    reached = {gradient.system.quantity(e.target) for e in gradient.adjoints if e.terms}
    states = [q for loop in work.loops for q in loop.shapes if q.over == over]
    states = [q for q in states if gradient.of_quantity(q) in reached]
    parameters = [q for q in work.contributions if q.over == over]
    every = sorted(
        {s for q in states for s in work.adjoint_norms[q]}
        | {s for p in parameters for s in work.contributions[p]}
    )
    if not every:
        return
    columns = chosen(every)
    rows: list[tuple[Sentence, ...]] = []
    for q in states:
        left: Expr = Ref(f"d{text(of)}/d{q.name}", Shift(q.over))
        if system.shapes[q] == SCALAR:
            cells = [_adjoint(page, q, s) for s in columns]
        else:
            left = Apply("norm2", (left,))
            cells = [number_cell(page, work.adjoint_norms[q].get(s)) for s in columns]
        rows.append(((Math(left),), *cells, ()))
    for p in parameters:
        parameter = Quantity(p.name)
        left = Ref(gradient.of_quantity(parameter).name)
        parts = work.contributions[p]
        if system.shapes[parameter] == SCALAR:
            cells = [cell(page, parts.get(s)) for s in columns]
        else:
            left = Apply("norm2", (left,))
            cells = [number_cell(page, work.shares[p].get(s)) for s in columns]
        total = work.totals[p]
        rows.append(((Math(left),), *cells, number_cell(page, total)))
    yield from grids((*head(over, columns), _sum(page, parameters)), rows)


def _sum(page: Page, parameters: list[Quantity]) -> Sentence:
    """Over which steps the last column sums up: those of other indices too, where they give to
    the same parameters."""
    every = page.flow.settled.work.contributions
    names = {p.name for p in parameters}
    overs = dict.fromkeys(q.over for q in every if q.name in names)
    if len(overs) < 2:
        return page.say("flow-sum")
    return page.say("flow-sum-over", list=joined([(Math(Ref(over)),) for over in overs]))


def _adjoint(page: Page, q: Quantity, s: int) -> Sentence:
    value = page.flow.settled.work.adjoints[q].get(s)
    return cell(page, value)


def _clipping(page: Page, c: Clipped) -> Sentence:
    kind, bound = c.rule
    slots: dict[str, Inline | Sentence] = {
        "bound": Shown(page.numeral(page.flow.settled.arithmetic.number(bound))),
        "before": Shown(page.numeral(c.before)),
        "after": Shown(page.numeral(c.after)),
        "cut": str(c.cut),
        "entries": str(c.entries),
    }
    if c.factor is not None:
        return page.say("flow-clip-norm", factor=Shown(page.numeral(c.factor)), **slots)
    if c.cosine == 1:
        return page.say("flow-clip-value-straight", **slots)
    if c.cosine is not None and c.turned is not None:
        cosine = page.numeral(c.cosine)
        if Fraction(cosine.decimal or 0) == 1:
            return page.say("flow-clip-value-hardly", turned=Shown(page.numeral(c.turned)), **slots)
        return page.say("flow-clip-value", cosine=Shown(cosine), **slots)
    return page.say(f"flow-clip-{kind}-idle", **slots)
