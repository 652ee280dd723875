"""The plot of a flow: how much of a change arrives at the last step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rnnhand.arithmetic import spectrum
from rnnhand.arithmetic.base import Scalar
from rnnhand.document.blocks import (
    Curve,
    Math,
    Plot,
)
from rnnhand.explain.sentences import joined
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Ref, Shift
from rnnhand.questions.flow.flow import has_own_way
from rnnhand.questions.flow.page import (
    Page,
)
from rnnhand.system.model import SCALAR

LONGEST = 40
"""Characters of a title in the name of a curve."""


def plot(page: Page, beside: Sequence[Page] = ()) -> Plot | None:
    """The size of ∂(last state)/∂(state at t) over t, a curve each; straight ways too. Where other
    problems stand beside, each curve says of which it is."""
    curves = [
        Curve((f"{_short(one.title)}: ", *curve.name) if beside else curve.name, curve.points)
        for one in (page, *beside)
        for curve in _curves(one)
        if len(curve.points) > 1
    ]
    if not curves:
        return None
    overs = {
        loop.recurrence.over for one in (page, *beside) for loop in one.flow.settled.work.loops
    }
    return Plot(
        page.say("flow-plot"),
        page.say("flow-plot-across", index=joined([(Math(Ref(o)),) for o in sorted(overs)], ", ")),
        page.say("flow-plot-up"),
        tuple(curves),
    )


def _short(title: str) -> str:
    return title if len(title) <= LONGEST else f"{title[: LONGEST - 1]}…"


def _curves(page: Page) -> Iterator[Curve]:
    for loop in page.flow.settled.work.loops:
        last = loop.steps[-1]
        for q in loop.shapes:
            left = Ref(f"d{text(q.at(last))}/d{q.name}", Shift(q.over))
            size = Apply("abs" if loop.shapes[q] == SCALAR else "norm2", (left,))
            yield Curve((Math(size),), _points(loop.total_norms[q]))
        for q in (q for q in loop.shapes if has_own_way(loop, q)):
            name = page.say("flow-own-way", name=Math(q.ref()))
            yield Curve(name, _points(loop.direct_norms[q]))


def _points(norms: Mapping[int, Scalar]) -> tuple[tuple[int, float], ...]:
    """Sizes as powers of ten, in the order of the steps; those that are 0 are left out."""
    found = [(s, spectrum.power_of_ten(x)) for s, x in norms.items() if x > 0]
    return tuple(sorted(found))


def has_zeros(page: Page) -> bool:
    """Whether some size that a curve would show is exactly 0."""
    loops = page.flow.settled.work.loops
    return any(x == 0 for loop in loops for q in loop.shapes for x in loop.total_norms[q].values())
