"""The way lines may run that costs least: from the best ways of the first look, one change after
another as long as one helps, within an amount of work."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from graphlib import CycleError
from itertools import chain
from typing import TypeAlias

from rnnhand.render.picture.pattern import Pattern
from rnnhand.render.picture.untangled import lowered, raised, raised_aside, separated, turned
from rnnhand.render.picture.way import PLAIN, Way
from rnnhand.render.picture.ways import from_above, from_among, mirrored, stackings, ways

Changes: TypeAlias = Callable[[Pattern], Iterable[Way]]
"""Other ways for the lines of a pattern."""

IMPOSSIBLE = float("inf")

WORK = 80_000
"""How much work trying ways may be, in that of an item of a row with one other item."""

LINE = 10
"""The work of a line in that measure."""

AHEAD = 25
"""Ways of two changes at once that are tried in the end."""

GOOD = 0.003
"""What the plain way may cost for no other one to be tried."""

BEAM = 3
"""Ways of the first look that are improved."""


def cheapest(
    draw: Callable[[Way], Pattern],
    costs: Callable[[Pattern], float],
    *,
    quick: Sequence[Changes] = (mirrored, raised),
    first: Sequence[Changes] = (ways,),
    further: Sequence[Changes] = (stackings, from_above, turned, separated, mirrored, raised),
    late: Sequence[Changes] = (lowered, raised_aside, from_among),
    work: int = WORK,
    start: Way = PLAIN,
) -> tuple[Way, float]:
    """The way of least costs, and what it costs; that of the `start` where that costs nothing. From
    it, from where the few `quick` changes lead, and from the `first` changes of it `further` ones
    are made, within an amount of `work`, and where the best way of these costs a crossing also the
    `late` ones, which lead elsewhere."""
    plain = draw(start)
    patterns, known = {plain.way: plain}, {plain.way: costs(plain)}
    most = 1 + work // (1 + _work(plain))

    def changed(way: Way, changes: Sequence[Changes] = further) -> Iterable[Way]:
        return chain.from_iterable(change(patterns[way]) for change in changes)

    def cost(way: Way) -> float:
        if way not in known and len(known) < most:
            try:
                patterns[way] = draw(way)
                known[way] = costs(patterns[way])
            except CycleError:
                known[way] = IMPOSSIBLE  # what is asked of some lines excludes what others need
        return known.get(way, IMPOSSIBLE)

    if known[plain.way] < GOOD:
        return plain.way, known[plain.way]
    tried = dict.fromkeys([plain.way, *chain.from_iterable(change(plain) for change in first)])
    begun = sorted(tried, key=cost)[:BEAM]
    # The beam may need all of the work for many other changes before it comes to these few, which
    # take none of it away.
    way, spent = plain.way, len(known)
    while new := _first_below(changed(way, quick), cost, known[way]):
        way = new
    most += len(known) - spent
    if way not in begun:
        begun.append(way)
    # First the first change that helps, which takes little work; with what is left, the best one.
    for pick in (_first_below, _least):
        for way in begun:
            while way in patterns and len(known) < most:
                new = pick(changed(way), cost, known[way])
                if new is None:
                    break
                way = new
    best = min(known, key=known.__getitem__)
    while known[best] >= 1 and len(known) < most:
        new = _first_below(changed(best, (*late, *further)), cost, known[best])
        if new is None:
            break
        best = new
    # Two changes may help of which the first alone does not.
    most = min(most, len(known) + AHEAD)
    while known[best] >= 1 and len(known) < most:
        twice = (
            two
            for one in changed(best)
            if one in patterns and len(known) < most
            for two in changed(one)
        )
        new = _first_below(twice, cost, known[best])
        if new is None:
            break
        best = new
    return best, known[best]


def _first_below(ways: Iterable[Way], cost: Callable[[Way], float], most: float) -> Way | None:
    return next((way for way in ways if cost(way) < most), None)


def _least(ways: Iterable[Way], cost: Callable[[Way], float], most: float) -> Way | None:
    best = min(ways, key=cost, default=None)
    return best if best is not None and cost(best) < most else None


def _work(pattern: Pattern) -> int:
    """What it takes to draw a pattern, about: to order its rows, and to see what crosses."""
    return sum(len(row) ** 2 for row in pattern.layered.rows) + LINE * len(pattern.parts.edges)
