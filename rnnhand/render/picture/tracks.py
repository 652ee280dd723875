"""On which line an edge goes sideways, where lines go straight."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import permutations

from rnnhand.render.picture.entries import stretches
from rnnhand.render.picture.heights import Rows


def tracks(rows: Rows, i: int) -> Mapping[str, int]:
    """For each item from which edges go sideways into row i: its line, counted from below.

    Lines that overlap differ; an item that stands where another's edge ends turns off below it;
    else that one is lower which then crosses the others less.
    """
    found = rows.layered
    nets: dict[str, set[int]] = {}
    for (a, b), place in stretches(rows).items():
        if found.row[b] == i and round(found.x[a]) != place:
            nets.setdefault(a, set()).add(place)
    spans = {a: (min(found.x[a], *places), max(found.x[a], *places)) for a, places in nets.items()}

    def crossed(low: str, high: str) -> int:
        """How often the lines of two items cross if the first turns off below the second: with what
        comes up from the second one, and what goes up from the first one."""
        rising = [(found.x[high], low), *((place, high) for place in nets[low])]
        return sum(spans[a][0] + 0.5 < x < spans[a][1] - 0.5 for x, a in rising)

    more = {(a, o): crossed(a, o) - crossed(o, a) for a, o in permutations(nets, 2)}
    lines: dict[str, int] = {}
    rest = sorted(nets, key=lambda a: spans[a])
    while rest:
        free = [
            a
            for a in rest
            if not any(abs(found.x[o] - place) < 1 for o in rest if o != a for place in nets[a])
        ]
        chosen = min(free or rest, key=lambda a: sum(more[a, o] for o in rest if o != a))
        rest.remove(chosen)
        low, high = spans[chosen]
        above = [lines[o] for o in lines if spans[o][0] <= high + 1 and low - 1 <= spans[o][1]]
        lines[chosen] = max(above, default=-1) + 1
    return lines


def gap(rows: Rows, i: int) -> float:
    """A line for every item from which edges go sideways into the row, and one for arrows."""
    return len({*tracks(rows, i).values()}) + 1.0 if rows.tall[i] else 0.0


def gap_above(rows: Rows, i: int, far: float) -> float:
    """The same in the rows above the columns, however far lines go there."""
    return gap(rows, i)
