"""A long edge by the best way through its rows: one edge after the other is taken out and put back
where it crosses least. What an exchange of neighbours cannot see, since every row alone would get
worse, is seen here."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from rnnhand.render.picture.held import Held
from rnnhand.render.picture.neighbours import Neighbours, weight

Costs = list[int]
"""What it costs to stand at each place of a row, between those that stand there."""


@dataclass(frozen=True)
class Run:
    """The stand-ins of an edge from below; its end too, where nothing else holds that in place.
    `below` and `above` are the items between which it runs, if they are not part of it."""

    items: tuple[str, ...]
    below: str | None
    above: str | None

    @cached_property
    def edges(self) -> frozenset[tuple[str, str]]:
        """From row to row."""
        return frozenset(pairwise(filter(None, (self.below, *self.items, self.above))))


def runs(
    chains: Collection[Sequence[str]], below: Neighbours, above: Neighbours, held: Held
) -> list[Run]:
    """Every edge over several rows, the longest first."""
    found = []
    for start, *inner, end in chains:
        if not inner:
            continue
        low = start not in below and len(above[start]) == 1 and start not in held
        high = end not in above and len(below[end]) == 1 and end not in held
        items = (*([start] if low else ()), *inner, *([end] if high else ()))
        found.append(Run(items, None if low else start, None if high else end))
    return sorted(found, key=lambda run: -len(run.items))


def reroute(
    rows: list[list[str]],
    run: Run,
    below: Neighbours,
    above: Neighbours,
    held: Held,
) -> None:
    """Puts the items of a run where it crosses least; they stay where nothing is gained."""
    first = next(r for r, row in enumerate(rows) if run.items[0] in row)
    levels = range(first, first + len(run.items))
    others = [[i for i in rows[r] if i != item] for r, item in zip(levels, run.items, strict=True)]
    now = [rows[r].index(item) for r, item in zip(levels, run.items, strict=True)]
    costs = [0] * (len(others[0]) + 1)
    if run.below is not None:
        ends = _from_item(run.below, rows[first - 1], others[0], above)
        costs = [weight(first - 1) * c for c in ends]
    spent = costs[now[0]]
    chosen: list[Costs] = []
    for k in range(1, len(others)):
        heavy = weight(first + k - 1)
        steps = [[heavy * c for c in line] for line in _between(others[k - 1], others[k], above)]
        spent += steps[now[k - 1]][now[k]]
        allowed = held.places(run.items[k - 1], others[k - 1])
        best = [
            min(allowed, key=lambda p: (costs[p] + steps[p][q], p != now[k - 1]))
            for q in range(len(others[k]) + 1)
        ]
        costs = [costs[p] + steps[p][q] for q, p in enumerate(best)]
        chosen.append(best)
    if run.above is not None:
        ends = _from_item(run.above, rows[levels[-1] + 1], others[-1], below)
        ends = [weight(levels[-1]) * c for c in ends]
        costs = [a + b for a, b in zip(costs, ends, strict=True)]
        spent += ends[now[-1]]
    place = min(held.places(run.items[-1], others[-1]), key=costs.__getitem__)
    if costs[place] >= spent:
        return
    for r, item, row in zip(levels[::-1], run.items[::-1], others[::-1], strict=True):
        rows[r] = [*row[:place], item, *row[place:]]
        place = chosen.pop()[place] if chosen else place


def _between(lower: Sequence[str], upper: Sequence[str], above: Neighbours) -> list[Costs]:
    """For each place in a row and each in the next one, how many edges a line between them
    crosses: those that begin on one side of it and end on the other."""
    ends = [[0] * len(upper) for _ in lower]
    for u, v in _edges(lower, upper, above):
        ends[u][v] += 1
    # How many edges begin to the left of p and end to the left of q.
    left = [[0] * (len(upper) + 1)]
    for line in ends:
        so_far, found = 0, [0]
        for q, here in enumerate(line):
            so_far += here
            found.append(left[-1][q + 1] + so_far)
        left.append(found)
    return [
        [row[-1] + total - 2 * both for both, total in zip(row, left[-1], strict=True)]
        for row in left
    ]


def _from_item(item: str, row: Sequence[str], others: Sequence[str], near: Neighbours) -> Costs:
    """For each place among others, how many edges a line to it from an item of a row crosses."""
    at = row.index(item)
    costs = [0] * (len(others) + 1)
    for u, v in _edges(row, others, near):
        if u != at:
            for q in range(v + 1) if u < at else range(v + 1, len(others) + 1):
                costs[q] += 1
    return costs


def _edges(row: Sequence[str], other: Sequence[str], near: Neighbours) -> Iterator[tuple[int, int]]:
    places = {item: k for k, item in enumerate(other)}
    for u, item in enumerate(row):
        for n in near.get(item, ()):
            if n in places:
                yield u, places[n]
