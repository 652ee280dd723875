"""`flow` on a page."""

from __future__ import annotations

from collections.abc import Iterator

from rnnhand.document.blocks import (
    Block,
    Document,
    Math,
    Note,
    Paragraph,
    Section,
)
from rnnhand.explain.sentences import joined
from rnnhand.phrases import Phrases
from rnnhand.questions.flow.check import confirmed
from rnnhand.questions.flow.contributions import gradient_section
from rnnhand.questions.flow.factors import factors, formulas, products
from rnnhand.questions.flow.flow import Flow, Options
from rnnhand.questions.flow.judging import bounds, verdicts
from rnnhand.questions.flow.page import (
    Page,
    page_of,
)
from rnnhand.questions.flow.picture import plot
from rnnhand.questions.solve import Options as SolveOptions
from rnnhand.questions.solve import Solution, model


def document(flow: Flow, options: Options, words: Phrases) -> Document:
    """The whole page."""
    page = page_of(flow, options, words)
    problem = flow.problem
    solution = Solution(problem, (), flow.worked)
    blocks: list[Block] = list(model(page.telling, solution, SolveOptions(digits=options.digits)))
    for i in range(len(flow.settled.work.loops)):
        blocks.append(_loop(page, i))
    blocks += gradient_section(page)
    plotted = plot(page)
    blocks += [plotted] if plotted else []
    blocks += _skipped(page)
    blocks.append(_check(page))
    title = problem.wording(problem.title, words.lang) or problem.name
    return Document(title, problem.wording(problem.source, words.lang), words.lang, tuple(blocks))


def _loop(page: Page, i: int) -> Section:
    loop = page.flow.settled.work.loops[i]
    r = loop.recurrence
    names = joined([(Math(q.ref()),) for q in r.states])
    code = "flow-carried" if r.direction > 0 else "flow-carried-back"
    blocks: list[Block] = [Paragraph(page.say(code, states=names))]
    if r.derived:
        derived = joined([(Math(q.ref()),) for q in r.derived])
        blocks.append(Paragraph(page.say("flow-derived", names=derived)))
    blocks += formulas(page, loop)
    blocks += factors(page, loop)
    blocks += products(page, loop)
    blocks += bounds(page, i)
    blocks += verdicts(page, i)
    return Section(page.say("flow-loop", states=names), tuple(blocks))


def _skipped(page: Page) -> Iterator[Note]:
    for members in page.flow.plan.found[1]:
        names = joined([(Math(q.ref()),) for q in members])
        yield Note("warning", page.say("flow-strange", names=names))


def _check(page: Page) -> Note:
    digits = confirmed(page.flow)
    if digits is None:
        return Note("check", page.say("flow-checked-exactly"))
    if digits > 0:
        return Note("check", page.say("flow-checked", digits=str(digits)))
    return Note("warning", page.say("flow-not-confirmed"))
