"""`flow` without numbers, or with functions that may be any: what is carried, and the factors as
formulas."""

from __future__ import annotations

from collections.abc import Iterator

from rnnhand.calculus import step as cutting
from rnnhand.calculus.step import Moved
from rnnhand.calculus.tangent import tangent
from rnnhand.document.blocks import (
    Block,
    Definitions,
    Document,
    Inline,
    Math,
    Note,
    Paragraph,
    Section,
    Sentence,
)
from rnnhand.explain.sentences import joined, sentence
from rnnhand.language.tree import Apply, Ref, walk
from rnnhand.phrases import Phrases
from rnnhand.problem.model import Problem
from rnnhand.questions.flow.factors import formulas
from rnnhand.questions.flow.loops import Loop
from rnnhand.questions.flow.page import matrices
from rnnhand.questions.flow.ways import Way
from rnnhand.questions.flow.work import FlowPlan
from rnnhand.system.model import Quantity, System
from rnnhand.system.recurrences import Recurrence


def letters(problem: Problem) -> list[str]:
    """The names of what has no numbers."""
    return [q.name for q, given in problem.system.given.items() if given.has_letters]


def open_functions(problem: Problem) -> list[str]:
    """The names of functions in the equations that may be any."""
    used = {
        node.op
        for e in problem.system.equations
        for node in walk(e.body)
        if isinstance(node, Apply)
    }
    return [name for name, f in problem.system.functions.items() if f.open and name in used]


def document(problem: Problem, words: Phrases) -> Document:
    """The page without numbers. Raises `Failure` where nothing is carried from step to step."""

    def say(code: str, /, **slots: Inline | Sentence) -> Sentence:
        return sentence(words, code, **slots)

    plan = FlowPlan(problem, 5)
    plan.check_loops()
    system = plan.plan.system
    blocks: list[Block] = [
        Definitions(
            tuple((e.target, matrices(e.body, problem.system)) for e in problem.system.equations)
        )
    ]
    for recurrence in plan.loops:
        names = joined([(Math(q.ref()),) for q in recurrence.states])
        inner: list[Block] = []
        if recurrence.direction < 0:
            inner.append(Paragraph(say("flow-back-in-time", states=names)))
        if recurrence.derived:
            derived = joined([(Math(q.ref()),) for q in recurrence.derived])
            inner.append(Paragraph(say("flow-derived", names=derived)))
        if recurrence.held:
            held = joined([(Math(ref),) for ref in recurrence.held])
            inner.append(Paragraph(say("flow-held", names=held)))
        inner += formulas(say, system, _unvalued(system, recurrence))
        blocks.append(Section(say("flow-loop", states=names), tuple(inner)))
    named = joined([(Math(Ref(name)),) for name in letters(problem)])
    if named:
        blocks.append(Note("warning", say("flow-letters-left", names=named)))
    unchosen = open_functions(problem)
    if unchosen:
        listed = joined([(name,) for name in unchosen])
        said = say("flow-open-left", list=listed, count=str(len(unchosen)), f=unchosen[0])
        blocks.append(Note("warning", said))
    title = problem.wording(problem.title, words.lang) or problem.name
    return Document(
        title,
        problem.wording(problem.source, words.lang),
        words.lang,
        tuple(blocks),
        decimal=words.decimal,
    )


def _unvalued(system: System, recurrence: Recurrence) -> Loop:
    """The recurrence with its ways, without any value."""
    shapes = {q: system.shapes[q] for q in recurrence.states}
    return Loop(recurrence, shapes, (), tuple(_ways(system, recurrence)))


def _ways(system: System, recurrence: Recurrence) -> Iterator[Way]:
    """What is read but follows from states of its own step leads on to these."""
    inside = cutting.within(system, recurrence, True)
    for moved in cutting.ways(system, recurrence):
        link = moved.link
        follows = link.state in recurrence.derived
        sources = [m for m in inside if _reaches(m, link.state)] if follows else [None]
        for of in (q for q in recurrence.states if _reaches(moved, q)):
            for inner in sources:
                yield Way(link.reader, link.state, of, link.lag, moved, {}, inner=inner)


def _reaches(moved: Moved, q: Quantity) -> bool:
    """Whether a quantity moves with a copy."""
    made = tangent(q, moved.copy.name).name
    return any(e.terms and e.target.name == made for e in moved.moving)
