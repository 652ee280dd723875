"""What is held at an end of its row, since a line leaves or enters the drawing beside it there.

No item may stand in the way of that line; a stand-in may, and then crosses it. To count that, the
line is one more edge: to an outlet, at the very end of the row above.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

OUTLET = " |"
"""What the names of outlets end with."""


@dataclass(frozen=True)
class Held:
    """`sides` are −1 for what stands to the left of all other items of its row, and 1 for what
    stands to the right of them; `order` are numbers by which others stand from left to right;
    `free` are stand-ins."""

    sides: Mapping[str, int] = field(default_factory=dict)
    order: Mapping[str, int] = field(default_factory=dict)
    free: Collection[str] = frozenset()

    @cached_property
    def outlets(self) -> dict[str, int]:
        """The side of the outlet of everything that is held."""
        return {f"{item}{OUTLET}": side for item, side in self.sides.items()}

    def __contains__(self, item: object) -> bool:
        return item in self.sides or item in self.order or item in self.outlets

    def may_pass(self, one: str, other: str) -> bool:
        """Whether two neighbours in a row may change places."""
        if one in self.outlets or other in self.outlets:
            return self.outlets.get(one) == self.outlets.get(other)
        if one in self.free or other in self.free:
            return True
        return self._place(one) == self._place(other)

    def sided(self, row: Sequence[str]) -> list[str]:
        """A row with all that is held at its ends, outlets outermost; stand-ins within."""
        return sorted(row, key=lambda item: self._sided.get(item, 0)) if self._sided else [*row]

    @cached_property
    def _sided(self) -> dict[str, int]:
        """The place of everything that is held: outlets outermost."""
        held = {i: self._place(i) for i in (*self.order, *self.sides)}
        return held | {i: 2 * side for i, side in self.outlets.items()}

    def mended(self, row: Sequence[str]) -> list[str]:
        """A row with outlets at its ends, and what is held moved past the items, not the stand-ins,
        that it may not stand behind."""
        inner = [item for item in row if item not in self.outlets]
        plain = [k for k, i in enumerate(inner) if i not in self.free and i not in self.sides]
        first, last = min(plain, default=len(inner)), max(plain, default=-1)

        def place(k: int) -> tuple[int, float]:
            side = self.sides.get(inner[k], 0)
            moved = {-1: min(k, first - 0.5), 1: max(k, last + 0.5)}.get(side, k)
            return self.order.get(inner[k], 0), moved

        found = [inner[k] for k in sorted(range(len(inner)), key=place)]
        return [*self._outlets(row, -1), *found, *self._outlets(row, 1)]

    def places(self, item: str, row: Sequence[str]) -> range:
        """Where an item may stand in a row without it: between outlets, and what is held."""
        low = len(list(self._outlets(row, -1)))
        high = len(row) - len(list(self._outlets(row, 1)))
        if item in self.free:
            return range(low, high + 1)
        held = [(k, self._place(row[k])) for k in range(low, high) if row[k] not in self.free]
        own = self._place(item)
        low = max((k + 1 for k, place in held if place < own), default=low)
        high = min((k for k, place in held if place > own), default=high)
        return range(low, high + 1)

    def _place(self, item: str) -> int:
        return self.sides.get(item, 0) or self.order.get(item, 0)

    def _outlets(self, row: Sequence[str], side: int) -> Iterator[str]:
        return (item for item in row if self.outlets.get(item) == side)


def with_outlets(rows: Sequence[Sequence[str]], held: Held) -> list[list[str]]:
    """The rows with an outlet in the row above everything that is held, if there is one."""
    found = [list(row) for row in rows]
    for row, upper in zip(rows, found[1:], strict=False):
        upper += [f"{item}{OUTLET}" for item in row if item in held.sides]
    return found


def without_outlets(rows: Sequence[Sequence[str]], held: Held) -> list[list[str]]:
    """The rows as they are drawn."""
    return [[item for item in row if item not in held.outlets] for row in rows]


def lines_out(rows: Sequence[Sequence[str]], held: Held) -> list[tuple[str, str]]:
    """The edges to outlets."""
    return [(i, f"{i}{OUTLET}") for row in rows[:-1] for i in row if i in held.sides]
