"""Where no reduction was found: how near to the goal the source comes, and what is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rnnhand.calculus.choice import Difference
from rnnhand.calculus.reduction import Meeting, nearest
from rnnhand.calculus.views import summands, total
from rnnhand.language.tree import Expr, walk
from rnnhand.questions.reduce.own_names import own
from rnnhand.questions.reduce.reduce import Fixed, Pairs, Reduced, after, fixed


@dataclass(frozen=True)
class Nearly:
    """What is fixed, the equations that are left then, and their differences to the goal."""

    fixed: tuple[Fixed, ...]
    after: Pairs
    differences: tuple[Difference, ...]


def nearly(result: Reduced) -> Nearly | None:
    """The nearest that is found soon. It is not proved that nothing is nearer."""
    found = nearest(result.meeting, result.start)
    if found is None:
        return None
    left = tuple(after(found.meeting, found.choice))
    differences = tuple(_in_own_names(d, found.meeting, left) for d in found.choice.differences)
    told = tuple(d for d in differences if d is not None)
    if len(told) < len(differences):
        return None
    return Nearly(tuple(fixed(found.meeting, found.choice)), left, told)


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
