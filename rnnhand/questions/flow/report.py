"""`flow` on a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rnnhand.document.blocks import (
    Block,
    Document,
    Math,
    Note,
    Paragraph,
    Section,
)
from rnnhand.explain.sentences import joined
from rnnhand.questions.conventions import how_numbers_are_shown
from rnnhand.questions.flow.check import confirmed
from rnnhand.questions.flow.contributions import gradient_section
from rnnhand.questions.flow.factors import factors, formulas, products
from rnnhand.questions.flow.judging import bounds, verdicts
from rnnhand.questions.flow.page import (
    Page,
)
from rnnhand.questions.flow.picture import has_zeros, plot
from rnnhand.questions.flow.work import scalars
from rnnhand.questions.solve import Solution, model


def document(page: Page, beside: Sequence[Page] = ()) -> Document:
    """The whole page; of problems that stand beside, the verdicts, and their curves in the plot."""
    flow, words = page.flow, page.telling.words
    solution = Solution(flow.problem, (), flow.worked)
    blocks: list[Block] = []
    for i in range(len(flow.settled.work.loops)):
        blocks.append(_loop(page, i))
    blocks += gradient_section(page)
    for other in beside:
        judged = [v for i in range(len(other.flow.settled.work.loops)) for v in verdicts(other, i)]
        blocks.append(Section(page.say("flow-beside", title=other.title), tuple(judged)))
    plotted = plot(page, beside)
    blocks += [plotted] if plotted else []
    if plotted and any(has_zeros(one) for one in (page, *beside)):
        blocks.append(Paragraph(page.say("flow-plot-zeros")))
    for one in (page, *beside):
        blocks += _skipped(one)
    blocks.append(_check([page, *beside]))
    numbers = how_numbers_are_shown(
        page.telling, flow.settled, scalars(flow.settled.work), page.digits, blocks
    )
    blocks = [*model(page.telling, solution, numbers), *blocks]
    source = flow.problem.wording(flow.problem.source, words.lang)
    return Document(page.title, source, words.lang, tuple(blocks), decimal=words.decimal)


def _loop(page: Page, i: int) -> Section:
    loop = page.flow.settled.work.loops[i]
    r = loop.recurrence
    names = joined([(Math(q.ref()),) for q in r.states])
    blocks: list[Block] = []
    if r.direction < 0:
        blocks.append(Paragraph(page.say("flow-back-in-time", states=names)))
    if r.derived:
        derived = joined([(Math(q.ref()),) for q in r.derived])
        blocks.append(Paragraph(page.say("flow-derived", names=derived)))
    if r.held:
        blocks.append(Paragraph(page.say("flow-held", names=joined([(Math(h),) for h in r.held]))))
    blocks += formulas(page.say, page.telling.system, loop)
    blocks += factors(page, loop)
    blocks += products(page, loop)
    blocks += bounds(page, i)
    blocks += verdicts(page, i)
    return Section(page.say("flow-loop", states=names), tuple(blocks))


def _skipped(page: Page) -> Iterator[Note]:
    for members in page.flow.plan.found[1]:
        names = joined([(Math(q.ref()),) for q in members])
        yield Note("warning", page.say("flow-strange", names=names))


def _check(pages: Sequence[Page]) -> Note:
    """What the backward mode says: exactly the same, or the digits in which it agrees."""
    page, found = pages[0], [confirmed(p.flow) for p in pages]
    digits = [d for d in found if d is not None]
    if not digits:
        return Note("check", page.say("flow-checked-exactly"))
    if min(digits) > 0:
        return Note("check", page.say("flow-checked", digits=str(min(digits))))
    return Note("warning", page.say("flow-not-confirmed"))
