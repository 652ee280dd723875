"""The way lines may run that costs least: from the best ways of the first look, one change after
another as long as one helps, within an amount of work."""

from __future__ import annotations

from collections.abc import Callable
from graphlib import CycleError
from itertools import chain

from rnnhand.render.picture.pattern import Pattern, Way
from rnnhand.render.picture.separated import separated
from rnnhand.render.picture.ways import from_above, stackings, ways

IMPOSSIBLE = float("inf")

WORK = 30_000
"""How much work trying ways may be, in that of an item of a row with one other item."""

LINE = 10
"""The work of a line in that measure."""

BEAM = 3
"""Ways of the first look that are improved."""


def cheapest(
    draw: Callable[[Way], Pattern], costs: Callable[[Pattern], float]
) -> tuple[Way, float]:
    """The way of least costs, and what it costs; the plain one where that costs nothing."""
    plain = draw(Way())
    patterns, known = {plain.way: plain}, {plain.way: costs(plain)}
    most = 1 + WORK // (1 + _work(plain))

    def cost(way: Way) -> float:
        if way not in known and len(known) < most:
            try:
                patterns[way] = draw(way)
                known[way] = costs(patterns[way])
            except CycleError:
                known[way] = IMPOSSIBLE  # what is asked of some lines excludes what others need
        return known.get(way, IMPOSSIBLE)

    if not known[plain.way]:
        return plain.way, known[plain.way]
    first = sorted({plain.way: None, **dict.fromkeys(ways(plain))}, key=cost)
    for way in first[:BEAM]:
        while way in patterns and len(known) < most:
            pattern = patterns[way]
            changed = chain(stackings(pattern), from_above(pattern), separated(pattern))
            here = known[way]
            # The first change that helps: to look for the best one takes most of the work.
            new = next((other for other in changed if cost(other) < here), None)
            if new is None:
                break
            way = new
    best = min(known, key=known.__getitem__)
    return best, known[best]


def _work(pattern: Pattern) -> int:
    """What it takes to draw a pattern, about: to order its rows, and to see what crosses."""
    return sum(len(row) ** 2 for row in pattern.layered.rows) + LINE * len(pattern.parts.edges)
