"""Where no reduction was found: how near to the goal the source comes, and what is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rnnhand.calculus.choice import Difference
from rnnhand.calculus.reduction import nearest
from rnnhand.calculus.views import summands, total
from rnnhand.language.tree import Expr, walk
from rnnhand.questions.own_names import own
from rnnhand.questions.reduce import Fixed, Pairs, Reduced, after, fixed


@dataclass(frozen=True)
class Nearly:
    """What is fixed, the equations that are left then, and the one difference to the goal."""

    fixed: tuple[Fixed, ...]
    after: Pairs
    difference: Difference


def nearly(result: Reduced) -> Nearly | None:
    """The nearest that is found soon. It is not proved that nothing is nearer."""
    found = nearest(result.meeting, result.start)
    if found is None or found.choice.difference is None:
        return None
    meeting, choice, difference = found.meeting, found.choice, found.choice.difference
    left = tuple(after(meeting, choice))
    stays = difference.kind == "stays"
    side = meeting.source if stays else meeting.target
    shown = own(difference.expr, side)
    bodies = [body for _, body in left] if stays else [own(b, side) for b in side.bodies.values()]
    if stays and not any(node == shown for body in bodies for node in walk(body)):
        return None
    if difference.part == "summand":
        shown = _as_summand(shown, bodies)
    return Nearly(
        tuple(fixed(meeting, choice)), left, Difference(difference.kind, difference.part, shown)
    )


def _as_summand(expr: Expr, bodies: Sequence[Expr]) -> Expr:
    """The expression with the number before it, where it is a summand: 1/2·c[t-1], -c[t-1]."""
    for node in (node for body in bodies for node in walk(body)):
        for c, e in summands(node):
            if e == expr:
                return total([(c, e)])
    return expr
