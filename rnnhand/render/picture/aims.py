"""Where lines meet the sides of nodes, and labels straight before these places: an arrowhead that
follows its label aside looks broken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rnnhand.render.picture.shapes import GAPS

ROUNDS = 3
"""How often labels are moved: one may wait for another to make room."""


@dataclass(frozen=True)
class Side:
    """A side of a node: how far from its middle lines meet it, the items that they come from or go
    to, which of these are labels of lines that enter, and to which lines leave."""

    node: str
    reach: float
    items: tuple[str, ...]
    labels: frozenset[str]
    leaving: frozenset[str]

    def gap(self, one: str, other: str) -> float:
        """What is between the places where two lines meet the side."""
        return GAPS[(one in self.leaving) + (other in self.leaving)]


def spread(wanted: Sequence[float], reach: float, gaps: Sequence[float]) -> list[float]:
    """The wanted places, kept within reach and apart from one another by `gaps`, all of them less
    where that is too much."""
    less = min(1.0, 2 * reach / sum(gaps)) if gaps else 1.0
    places = [max(-reach, min(reach, w)) for w in wanted]
    for _ in range(20):
        before = [*places]
        for k, gap in enumerate(gaps):
            lack = gap * less - (places[k + 1] - places[k])
            if lack > 0:
                places[k] -= lack / 2
                places[k + 1] += lack / 2
        places = [max(-reach, min(reach, p)) for p in places]
        if places == before:
            break
    return places


def aimed(
    x: Mapping[str, float],
    rows: Sequence[Sequence[str]],
    widths: Mapping[str, float],
    gap: float,
    sides: Sequence[Side],
) -> dict[str, float]:
    """The places of all items, with labels where their lines meet nodes, as far as the items
    beside them leave room."""
    found = dict(x)
    beside = {
        item: (row[k - 1] if k else None, row[k + 1] if k + 1 < len(row) else None)
        for row in rows
        for k, item in enumerate(row)
    }

    def apart(one: str, other: str) -> float:
        return (widths[one] + widths[other]) / 2 + gap

    def kept(item: str, wanted: float) -> float:
        """The place nearest to the wanted one that the items on both sides leave free."""
        at, (left, right) = found[item], beside[item]
        if wanted < at and left is not None:
            return min(at, max(wanted, found[left] + apart(left, item)))
        if wanted > at and right is not None:
            return max(at, min(wanted, found[right] - apart(item, right)))
        return wanted

    for _ in range(ROUNDS):
        for side in sides:
            items = sorted(side.items, key=found.__getitem__)
            wanted = [found[item] - found[side.node] for item in items]
            gaps = [
                apart(one, other) if side.labels >= {one, other} else side.gap(one, other)
                for one, other in pairwise(items)
            ]
            # Labels that are wider than their node stand evenly on both sides of its middle.
            reach = max(side.reach, sum(gaps) / 2)
            for item, place in zip(items, spread(wanted, reach, gaps), strict=True):
                if item in side.labels:
                    found[item] = kept(item, found[side.node] + place)
    return found
