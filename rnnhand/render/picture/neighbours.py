"""What stands beside what in rows: the items below and above that an item has edges to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise
from typing import TypeAlias

Neighbours: TypeAlias = dict[str, list[str]]


def neighbours(chains: Iterable[Sequence[str]]) -> tuple[Neighbours, Neighbours]:
    """For each item those below it, and those above it."""
    below: Neighbours = {}
    above: Neighbours = {}
    for chain in chains:
        for a, b in pairwise(chain):
            below.setdefault(b, []).append(a)
            above.setdefault(a, []).append(b)
    return below, above


def weight(lower: int) -> int:
    """What a crossing costs between a row and the next one: edges had better cross below their
    labels, which stand in the odd rows."""
    return 1 + lower % 2


def reached(links: Iterable[tuple[str, str]], start: str) -> set[str]:
    """What can be reached on links from an item, and the item itself."""
    onward: dict[str, list[str]] = {}
    for a, b in links:
        onward.setdefault(a, []).append(b)
    seen, rest = {start}, [start]
    while rest:
        new = [b for b in onward.get(rest.pop(), ()) if b not in seen]
        seen.update(new)
        rest += new
    return seen


def between(links: Collection[tuple[str, str]], start: str, end: str) -> set[tuple[str, str]]:
    """The links on all ways from one row to another."""
    down, up = reached(links, start), reached({(b, a) for a, b in links}, end)
    on_way = down & up
    return {(a, b) for a, b in links if a in on_way and b in on_way}
