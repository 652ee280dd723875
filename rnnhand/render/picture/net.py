"""The edges between the rows of a drawing. Whoever looks for a good order of items comes back to
most orders many times, so what is asked of two rows is worked out once for each order of them."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from rnnhand.render.picture.held import Held
from rnnhand.render.picture.neighbours import Neighbours, neighbours, weight

Ends: TypeAlias = Mapping[str, Sequence[int]]
"""Where in the row beside the neighbours of each item stand."""

Order: TypeAlias = tuple[str, ...]
Orders: TypeAlias = tuple[Order, ...]


@dataclass(frozen=True)
class Net:
    """The items below and above each item, what is held at an end of its row, and what is known of
    rows. No item ever moves to another row."""

    below: Neighbours
    above: Neighbours
    held: Held = field(default_factory=Held)
    swept: dict[tuple[bool, Orders], Orders] = field(default_factory=dict, repr=False)
    """What rows become in a sweep upwards or downwards."""
    exchanged: dict[Orders, Orders] = field(default_factory=dict, repr=False)
    """What rows become where neighbours change places."""
    rerouted: dict[tuple[Order, Orders], Orders] = field(default_factory=dict, repr=False)
    """What rows become where a run is led by its best way."""
    _ends: dict[tuple[int, int, Order], Ends] = field(default_factory=dict, repr=False)
    _crossings: dict[tuple[Order, Order], int] = field(default_factory=dict, repr=False)

    def ends(self, rows: Sequence[Sequence[str]], i: int, other: int) -> Ends:
        """Where the neighbours of the items of row i stand in the other row, the one below or above
        it."""
        key = (i, other, tuple(rows[other]))
        found = self._ends.get(key)
        if found is None:
            near = self.above if other > i else self.below
            places = {item: k for k, item in enumerate(rows[other])}
            found = {item: [places[n] for n in near.get(item, ())] for item in rows[i]}
            self._ends[key] = found
        return found

    def crossings(self, lower: Sequence[str], upper: Sequence[str]) -> int:
        """How often edges between two rows cross."""
        key = (tuple(lower), tuple(upper))
        found = self._crossings.get(key)
        if found is None:
            found = self._crossings[key] = self._counted(*key)
        return found

    def crossings_of(self, rows: Sequence[Sequence[str]]) -> int:
        """What all crossings cost."""
        orders = [*map(tuple, rows)]
        return sum(
            weight(i) * self.crossings(orders[i], orders[i + 1]) for i in range(len(orders) - 1)
        )

    def _counted(self, lower: Order, upper: Order) -> int:
        """Of two edges that begin one after the other, the second ends further to the left."""
        places = {item: k for k, item in enumerate(upper)}
        ends: list[int] = []
        found = 0
        for item in lower:
            own = [places[n] for n in self.above.get(item, ())]
            found += sum([len(ends) - bisect_right(ends, o) for o in own])
            for o in own:
                insort(ends, o)
        return found


def net(chains: Collection[Sequence[str]], held: Held) -> Net:
    """The edges of chains."""
    return Net(*neighbours(chains), held)
