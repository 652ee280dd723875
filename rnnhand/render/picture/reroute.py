"""A long edge by the best way through its rows: one edge after the other is taken out and put back
where it crosses least. What an exchange of neighbours cannot see, since every row alone would get
worse, is seen here."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from operator import add
from typing import TypeAlias

from rnnhand.render.picture.neighbours import Neighbours, weight
from rnnhand.render.picture.net import Net

Costs: TypeAlias = Sequence[int]
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


def runs(chains: Collection[Sequence[str]], own: Net) -> list[Run]:
    """Every edge over several rows, the longest first."""
    below, above, held = own.below, own.above, own.held
    found = []
    for start, *inner, end in chains:
        if not inner:
            continue
        low = start not in below and len(above[start]) == 1 and start not in held
        high = end not in above and len(below[end]) == 1 and end not in held
        items = (*([start] if low else ()), *inner, *([end] if high else ()))
        found.append(Run(items, None if low else start, None if high else end))
    return sorted(found, key=lambda run: -len(run.items))


def reroute(rows: list[list[str]], run: Run, own: Net) -> None:
    """Puts the items of a run where it crosses least; they stay where nothing is gained."""
    first = next(r for r, row in enumerate(rows) if run.items[0] in row)
    last = first + len(run.items)
    known = (run.items, tuple(map(tuple, rows[max(first - 1, 0) : last + 1])))
    if known not in own.rerouted:
        own.rerouted[known] = tuple(map(tuple, _rerouted(rows, run, first, own)))
    rows[first:last] = map(list, own.rerouted[known])


def _rerouted(
    rows: Sequence[Sequence[str]], run: Run, first: int, own: Net
) -> Sequence[Sequence[str]]:
    """The rows of a run, from its first one on, with its items where it crosses least."""
    levels = range(first, first + len(run.items))
    others = [[i for i in rows[r] if i != item] for r, item in zip(levels, run.items, strict=True)]
    now = [rows[r].index(item) for r, item in zip(levels, run.items, strict=True)]
    costs: Costs = [0] * (len(others[0]) + 1)
    if run.below is not None:
        ends = _from_item(run.below, rows[first - 1], others[0], own.above)
        costs = [weight(first - 1) * c for c in ends]
    spent = costs[now[0]]
    chosen: list[list[int]] = []
    for k in range(1, len(others)):
        lines = _lines(first + k - 1, others[k - 1], others[k], own.above)
        spent += lines[now[k]][now[k - 1]]
        allowed = own.held.places(run.items[k - 1], others[k - 1])
        costs, best = _reached(costs, lines, allowed, now[k - 1])
        chosen.append(best)
    if run.above is not None:
        ends = _from_item(run.above, rows[levels[-1] + 1], others[-1], own.below)
        ends = [weight(levels[-1]) * c for c in ends]
        costs = [a + b for a, b in zip(costs, ends, strict=True)]
        spent += ends[now[-1]]
    place = min(own.held.places(run.items[-1], others[-1]), key=costs.__getitem__)
    if costs[place] >= spent:
        return rows[first : first + len(run.items)]
    found: list[list[str]] = []
    for item, row in zip(run.items[::-1], others[::-1], strict=True):
        found.append([*row[:place], item, *row[place:]])
        place = chosen.pop()[place] if chosen else place
    return found[::-1]


def _reached(
    costs: Costs, lines: Sequence[Costs], allowed: range, now: int
) -> tuple[list[int], list[int]]:
    """What it costs to come to each place in the next row by the best way, and from where: from
    the place where the run is `now`, if no other is better, else from the first."""
    low, high = allowed.start, allowed.stop
    before = costs[low:high]
    found, best = [], []
    for line in lines:
        ways = [*map(add, before, line[low:high])]
        least = min(ways)
        found.append(least)
        stays = now in allowed and ways[now - low] == least
        best.append(now if stays else low + ways.index(least))
    return found, best


def _lines(i: int, lower: Sequence[str], upper: Sequence[str], above: Neighbours) -> list[Costs]:
    """For each place in the row above row i, what a line to it costs from each place in row i: it
    crosses the edges that begin on one side of it and end on the other."""
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
    heavy = weight(i)
    return [
        [heavy * (row[-1] + total - 2 * row[q]) for row in left] for q, total in enumerate(left[-1])
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
