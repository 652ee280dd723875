"""Where lines enter an item that go straight, as characters do: side by side, so that nobody takes
what leads to one reader for what leads to another."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TypeAlias

from rnnhand.render.picture.heights import Rows

APART = 2
"""Between two arrowheads."""

Last: TypeAlias = tuple[str, str]
"""The last stretch of a line: where it comes from, and the item that it enters."""


def kept(chain: Sequence[str], rows: Rows) -> list[str]:
    """The ends of a chain, and its stand-ins in rows that hold anything."""
    row, tall = rows.layered.row, rows.tall
    return [chain[0], *(c for c in chain[1:-1] if tall[row[c]]), chain[-1]]


def with_straight_ends(rows: Rows, ends: Collection[str]) -> Rows:
    """The rows with what ends above them all straight above the last that its line passes."""
    chains = [kept(c, rows) for c in rows.layered.chains.values() if c[-1] in ends]
    x = {**rows.layered.x, **{c[-1]: rows.layered.x[c[-2]] for c in chains}}
    return replace(rows, layered=replace(rows.layered, x=x))


def stretches(rows: Rows) -> dict[Last, int]:
    """All straight parts of lines, each with the place that it leads to. Lines enter an item as
    straight as may be, and in its middle where it is too narrow for all of them."""
    x = rows.layered.x
    chains = [kept(chain, rows) for chain in rows.layered.chains.values()]
    found = {(a, b): round(x[b]) for chain in chains for a, b in pairwise(chain)}
    entering: dict[str, set[str]] = {}
    for chain in chains:
        entering.setdefault(chain[-1], set()).add(chain[-2])
    for item, before in entering.items():
        own = sorted(before, key=lambda a: (x[a], a))
        places = _apart([round(x[a]) - round(x[item]) for a in own], rows.reach.get(item, 0))
        found |= {(a, item): round(x[item]) + at for a, at in zip(own, places, strict=True)}
    return found


def _apart(wanted: Sequence[int], reach: int) -> Sequence[int]:
    """The wanted places, kept within reach and apart."""
    if len(wanted) < 2 or APART * (len(wanted) - 1) > 2 * reach:
        return [0] * len(wanted)
    places: list[int] = []
    for at in wanted:
        least = places[-1] + APART if places else -reach
        places.append(max(least, at))
    most = reach
    for k in reversed(range(len(places))):
        places[k] = min(places[k], most)
        most = places[k] - APART
    return places
