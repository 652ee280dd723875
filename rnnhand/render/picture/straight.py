"""Lines without needless bends: what begins a line stands below its label, or above it where the
line falls, and what has one line below and one above stands straight above or below the end of one
of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

Chain: TypeAlias = Sequence[str]


@dataclass(frozen=True)
class Placing:
    """The places of items in their rows, which keep a gap between them."""

    x: dict[str, float]
    rows: Sequence[Sequence[str]]
    widths: Mapping[str, float]
    gap: float

    def try_all(self, items: Collection[str], to: float) -> bool:
        """Moves items of different rows to one place if all of them have room there."""
        is_free = all(self._nearest(item, to) == to for item in items)
        if is_free:
            self.x.update(dict.fromkeys(items, to))
        return is_free

    def move(self, item: str, to: float) -> None:
        """Moves an item as near to a place as those beside it allow."""
        self.x[item] = self._nearest(item, to)

    def _nearest(self, item: str, to: float) -> float:
        low, high = float("-inf"), float("inf")
        row = next(row for row in self.rows if item in row)
        for a, b in pairwise(row):
            apart = (self.widths[a] + self.widths[b]) / 2 + self.gap
            if b == item:
                low = self.x[a] + apart
            elif a == item:
                high = self.x[b] - apart
        at = self.x[item]
        return min(max(to, min(low, at)), max(high, at))


def straightened(
    x: Mapping[str, float],
    rows: Sequence[Sequence[str]],
    chains: Collection[Chain],
    widths: Mapping[str, float],
    gap: float,
    falling: Collection[Chain] = (),
) -> dict[str, float]:
    """The places with fewer bends in the lines between them, of which some are `falling`."""
    places = Placing(dict(x), rows, widths, gap)
    starting: dict[str, list[Chain]] = {}
    ending: dict[str, list[Chain]] = {}
    for chain in chains:
        starting.setdefault(chain[0], []).append(chain)
        ending.setdefault(chain[-1], []).append(chain)
    for item in [item for row in rows for item in row]:
        up, down = starting.get(item, []), ending.get(item, [])
        if len(up) == 1 and not down and _has_label(up[0], widths):
            places.move(item, places.x[up[0][1]])
        elif len(down) == 1 and not up and down[0] in falling and _has_label(down[0], widths):
            places.move(item, places.x[down[0][-2]])
        elif len(up) == len(down) == 1:
            for end, between in _ends(down[0], up[0], starting, ending):
                if places.try_all((item, *between), places.x[end]):
                    break
    return places.x


def _has_label(chain: Chain, widths: Mapping[str, float]) -> bool:
    return any(widths[item] for item in chain[1:-1])


def _ends(
    down: Chain,
    up: Chain,
    starting: Mapping[str, Sequence[Chain]],
    ending: Mapping[str, Sequence[Chain]],
) -> Iterator[tuple[str, Chain]]:
    """The ends of two lines that no other line meets at the same side, and what is between."""
    if len(starting[down[0]]) == 1:
        yield down[0], down[1:-1]
    if len(ending[up[-1]]) == 1:
        yield up[-1], up[1:-1]
