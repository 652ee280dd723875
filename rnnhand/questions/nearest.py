"""Where no reduction was found: how near to the goal the source comes, and what is left."""

from __future__ import annotations

from dataclasses import dataclass

from rnnhand.calculus.choice import Difference
from rnnhand.calculus.reduction import nearest
from rnnhand.language.tree import walk
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
    if difference.kind == "stays":
        shown = own(difference.expr, meeting.source)
        if not any(node == shown for _, body in left for node in walk(body)):
            return None
    else:
        shown = own(difference.expr, meeting.target)
    return Nearly(
        tuple(fixed(meeting, choice)), left, Difference(difference.kind, difference.part, shown)
    )
