"""Where no reduction was found: how near to the goal the source comes, and what is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rnnhand.calculus.choice import Difference
from rnnhand.calculus.reduction import Meeting, nearest
from rnnhand.calculus.views import summands, total
from rnnhand.language.tree import Expr, Ref, walk
from rnnhand.problem.model import Cell
from rnnhand.questions.reduce.obstacle_terms_told import named
from rnnhand.questions.reduce.own_names import own
from rnnhand.questions.reduce.reduce import Fixed, Pairs, Reduced, after, fixed, sequence


@dataclass(frozen=True)
class Nearly:
    """What is fixed, the equations that are left then, and their differences to the goal; to one
    equation of the goal, if that is named."""

    fixed: tuple[Fixed, ...]
    after: Pairs
    differences: tuple[Difference, ...]
    equation: Ref | None


def nearly(result: Reduced) -> Nearly | None:
    """The nearest that is found soon. It is not proved that nothing is nearer."""
    found = nearest(result.meeting, result.start)
    if found is None:
        return None
    left = tuple(after(found.meeting, found.choice))
    short = [_with_names(d, result.target, found.meeting) for d in found.choice.differences]
    differences = tuple(_in_own_names(d, found.meeting, left) for d in short)
    told = tuple(d for d in differences if d is not None)
    if len(told) < len(differences):
        return None
    equation = None if found.equation is None else sequence(found.equation)
    return Nearly(tuple(fixed(found.meeting, found.choice)), left, told, equation)


def _with_names(difference: Difference, goal: Cell, meeting: Meeting) -> Difference:
    """What is missing, with the gates of the goal by their names."""
    if difference.kind == "stays" or difference.part == "equation":
        return difference
    shown = named(difference.expr, goal, meeting)
    whole = isinstance(shown, Ref)
    return difference if whole else replace(difference, expr=shown)


def _in_own_names(difference: Difference, meeting: Meeting, left: Pairs) -> Difference | None:
    """A difference as the cells write it; None for what is no longer in what is left."""
    stays = difference.kind == "stays"
    side = meeting.source if stays else meeting.target
    shown = own(difference.expr, side)
    bodies = [body for _, body in left] if stays else [own(b, side) for b in side.bodies.values()]
    if stays and not any(node == shown for body in bodies for node in walk(body)):
        return None
    if difference.part == "summand":
        shown = _as_summand(shown, bodies)
    return replace(difference, expr=shown)


def _as_summand(expr: Expr, bodies: Sequence[Expr]) -> Expr:
    """The expression with the number before it, where it is a summand: 1/2·c[t-1], -c[t-1]."""
    for node in (node for body in bodies for node in walk(body)):
        for c, e in summands(node):
            if e == expr:
                return total([(c, e)])
    return expr
