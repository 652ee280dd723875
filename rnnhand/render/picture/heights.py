"""Rows one above the other: how tall each is, and how far up it stands."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from rnnhand.render.picture.layers import Layered
from rnnhand.render.picture.ranks import Link


@dataclass(frozen=True)
class Rows:
    """The rows of a layered drawing, and how tall each is; `sizes` are those of its items,
    `downwards` are links whose lines run that way, and `reach` is how far beside the middle of its
    items lines may enter that go straight."""

    layered: Layered
    tall: Sequence[float]
    sizes: Mapping[str, tuple[float, float]]
    downwards: Collection[Link] = ()
    reach: Mapping[str, int] = field(default_factory=dict)

    def sideways(self, i: int) -> float:
        """How far the edges that arrive in a row go sideways, at most."""
        x, row = self.layered.x, self.layered.row
        return max(
            (
                abs(x[a] - x[b])
                for chain in self.layered.chains.values()
                for a, b in pairwise(chain)
                if row[b] == i
            ),
            default=0.0,
        )

    def has_labels_above(self, i: int) -> bool:
        """Whether lines with labels in a row run down from there to nodes."""
        found = self.layered
        before = [c[1] for c in map(found.chains.__getitem__, self.downwards) if len(c) > 2]
        return any(found.row[item] == i and found.widths[item] > 0 for item in before)

    def fans(self, i: int) -> int:
        """How many items send several edges into a row among those of another such item."""
        x, row = self.layered.x, self.layered.row
        ends: dict[str, list[float]] = {}
        for chain in self.layered.chains.values():
            for a, b in pairwise(chain):
                if row[b] == i:
                    ends.setdefault(a, []).append(x[b])
        spans = [(min(xs), max(xs)) for xs in ends.values() if len(xs) > 1]
        return sum(any(a != b and a[0] < b[1] and b[0] < a[1] for b in spans) for a in spans)


@dataclass(frozen=True)
class Heights:
    """How far up the middle of every row stands, and the top of them all."""

    up: Sequence[float]
    top: float


def talls(
    layered: Layered,
    sizes: Mapping[str, tuple[float, float]],
    line: float,
    least: Callable[[Sequence[str]], float] = lambda row: 0.0,
) -> list[float]:
    """How tall every row is: as its tallest item, as a label in it, and as is needed at least."""
    chains = layered.chains.values()
    labelled = {i for c in chains for i in c[1:-1] if layered.widths[i] > 0}
    return [
        max(
            max((sizes[item][1] for item in row if item in sizes), default=0.0),
            line if labelled & set(row) else 0.0,
            least(row),
        )
        for row in layered.rows
    ]


def heights(tall: Sequence[float], gap: Callable[[int], float], start: float = 0.0) -> Heights:
    """Rows from a height on, with a gap below each but the first."""
    up: list[float] = []
    at = start
    for i, high in enumerate(tall):
        at += gap(i) if i else 0.0
        up.append(at + high / 2)
        at += high
    return Heights(up, at)
