"""What is said where the terms of two cells do not fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rnnhand.calculus.reduction import Meeting
from rnnhand.calculus.routes import FARTHEST
from rnnhand.calculus.sides import spelled_out, top_down
from rnnhand.errors import Failure
from rnnhand.language.tree import Expr, Ref, Shift, shift
from rnnhand.problem.model import Cell
from rnnhand.questions.reduce.meeting import equations_of
from rnnhand.questions.reduce.obstacle_numbers import effective_parameters
from rnnhand.questions.reduce.obstacle_output import carries_more
from rnnhand.questions.reduce.obstacle_room import grows
from rnnhand.questions.reduce.obstacle_terms import Known, misfit
from rnnhand.questions.reduce.own_names import own
from rnnhand.questions.reduce.reason import TERMS, Reason

MOST_TOLD = 3
"""Terms of the goal up to which all are told that the source never has at once."""


def of_terms(meeting: Meeting, cells: tuple[Cell, Cell]) -> Iterator[Reason]:
    """Why what the goal's output is made of, term by term, is never what the source's is. This
    takes time, so it is asked where a search has found nothing."""
    facts, (source, goal) = meeting.facts, cells

    def parameters() -> int:
        return effective_parameters(goal, facts.functions)

    counted = None if grows(source, facts.functions) else parameters
    known = Known(counted, lambda: carries_more(goal, facts.functions))
    found = misfit(meeting.source, meeting.target, facts, known)
    if found is None:
        return
    if found.wanted:
        yield _lacking_terms(found.wanted, meeting, goal)
        return
    slots: dict[str, Expr | str] = {}
    code = TERMS
    stays = next((e for e in found.stays if _has_shape(e, meeting)), None)
    if found.keeps and stays is None:
        yield Reason(f"{TERMS}-other", {})
        return
    if stays is not None:
        code += "-stays"
        slots["stays"] = own(stays, meeting.source)
    if found.few is not None:
        code += "-few"
        slots |= dict(zip(("mine", "other"), map(str, found.few), strict=True))
    yield Reason(code, slots)


def _lacking_terms(wanted: Sequence[Expr], meeting: Meeting, goal: Cell) -> Reason:
    told = [own(named(w, goal, meeting), meeting.target) for w in wanted]
    if len(told) > MOST_TOLD or not all(_has_shape(w, meeting) for w in wanted):
        return Reason(f"{TERMS}-some", {})
    slots = dict(zip(("route", "second_route", "third_route"), told, strict=False))
    return Reason(TERMS + ("", "-two", "-three")[len(told) - 1], slots)


def _has_shape(expr: Expr, meeting: Meeting) -> bool:
    """Whether a formula of routes can be written: of matrices, W·(x ⊙ V·x) may not be."""
    try:
        meeting.facts.shape(expr)
    except Failure:
        return False
    return True


def named(expr: Expr, goal: Cell, meeting: Meeting) -> Expr:
    """A formula of the goal with its gates by their names, at this step and those before."""
    equations = equations_of(goal, meeting.facts.functions)
    known: dict[Expr, Expr] = {
        shift(body, "t", -back): Ref(q, Shift("t", -back))
        for q, body in spelled_out(equations, meeting.facts.shape).items()
        for back in range(FARTHEST + 1)
    }
    return top_down(expr, lambda node: known.get(node, node))
