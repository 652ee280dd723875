"""The way lines may run that costs least: from the best ways of the first look, one change after
another as long as it helps, within an amount of work."""

from __future__ import annotations

from collections.abc import Callable
from graphlib import CycleError
from itertools import chain
from typing import TypeAlias

from rnnhand.render.picture.pattern import Pattern, Way
from rnnhand.render.picture.ways import from_above, stackings, ways

Costs: TypeAlias = tuple[float, float]

IMPOSSIBLE: Costs = (float("inf"), 0.0)

WORK = 1200
"""How many nodes are drawn in trying ways, about."""

BEAM = 3
"""Ways of the first look that are improved."""


def cheapest(
    draw: Callable[[Way], Pattern], costs: Callable[[Pattern], Costs]
) -> tuple[Way, Costs]:
    """The way of least costs, and those; the plain one where that costs nothing."""
    plain = draw(Way())
    patterns, known = {plain.way: plain}, {plain.way: costs(plain)}
    most = max(WORK // max(len(plain.looks), 1), 1)

    def cost(way: Way) -> Costs:
        if way not in known and len(known) < most:
            try:
                patterns[way] = draw(way)
                known[way] = costs(patterns[way])
            except CycleError:
                known[way] = IMPOSSIBLE  # what is asked of some lines excludes what others need
        return known.get(way, IMPOSSIBLE)

    if not any(known[plain.way]):
        return plain.way, known[plain.way]
    first = sorted({plain.way: None, **dict.fromkeys(ways(plain))}, key=cost)
    for way in first[:BEAM]:
        while way in patterns and len(known) < most:
            pattern = patterns[way]
            new = min(chain(stackings(pattern), from_above(pattern)), key=cost, default=way)
            if cost(new) >= cost(way):
                break
            way = new
    best = min(known, key=known.__getitem__)
    return best, known[best]
