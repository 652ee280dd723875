"""What is to be laid out in rows, and in which row everything stands, counted from below."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from typing import TypeAlias

Item: TypeAlias = str


Link: TypeAlias = tuple[str, str, int]
"""From, to, and a number that tells parallel edges apart."""


@dataclass(frozen=True)
class Sketch:
    """What is to be laid out. `sizes` are widths and heights; `labels` those of labels on edges.

    `late` items stand just below their first reader, and so do `light` ones that read nothing but
    such; `yielding` ones with one reader leave their row to items with several. `sides` holds items
    at the left (−1) or right (1) end of their row, where lines leave or enter; by the numbers of
    `order` items stand from left to right. `opposite` pairs may share a row of their own, as
    their lines leave at its two ends. `alone` items share their row with no other item. Of
    `stacked` pairs the first stands below the second. `free` links run where no line leaves or
    enters at a side. `reach` is how far from the middle of an item lines meet it, where labels
    shall stand straight before these places; `downwards` are links whose lines run that way.
    `reads` are the links of each item in the order in which it reads them. At `bare` items a line
    enters, and nothing stands there.
    """

    sizes: Mapping[Item, tuple[float, float]]
    links: Sequence[Link]
    labels: Mapping[Link, tuple[float, float]] = field(default_factory=dict)
    late: Collection[Item] = ()
    light: Collection[Item] = ()
    yielding: Collection[Item] = ()
    sides: Mapping[Item, int] = field(default_factory=dict)
    rows_of_their_own: Sequence[Item] = ()
    opposite: Collection[frozenset[Item]] = ()
    alone: Collection[Item] = ()
    top: Collection[Item] = ()
    stacked: Sequence[tuple[Item, Item]] = ()
    order: Mapping[Item, int] = field(default_factory=dict)
    free: Collection[Link] = ()
    reach: Mapping[Item, float] = field(default_factory=dict)
    downwards: Collection[Link] = ()
    reads: Collection[Sequence[Link]] = ()
    bare: Collection[Item] = ()
    gap: float = 18.0


def ranks(sketch: Sketch) -> dict[Item, int]:
    """The row of every item: two above the highest that it reads, so that labels have a row; and
    higher where items may not share a row."""
    precede = [*((a, b) for a, b, _ in sketch.links), *sketch.stacked]
    rank = _longest(sketch, precede)
    for _ in sketch.sizes:
        clash = next(_clashes(sketch, rank, precede), None)
        if clash is None:
            break
        precede.append(clash)
        rank = _longest(sketch, precede)
    highest = max(rank.values(), default=0)
    passing = {rank[item] for item in (*sketch.rows_of_their_own, *sketch.alone)}
    if highest - 2 in passing and any(
        item in sketch.late and all(b in sketch.top for a, b in precede if a == item)
        for item in sketch.sizes
    ):
        highest += 2
    rank = {item: highest if item in sketch.top else r for item, r in rank.items()}
    for item in sorted(sketch.late):
        readers = [rank[b] for a, b in precede if a == item]
        free = item not in sketch.sides and not any(b == item for _, b, _ in sketch.links)
        if free and readers and rank[item] < min(readers) - 2 not in passing:
            rank[item] = min(readers) - 2
    return _fans_below(sketch, rank)


def _fans_below(sketch: Sketch, rank: Mapping[Item, int]) -> dict[Item, int]:
    """Every row in two that holds yielding items with one reader and items with several: edges that
    go far sideways then pass below the others."""
    readers: dict[Item, set[Item]] = {}
    reading: set[Item] = set()
    for a, b, _ in sketch.links:
        readers.setdefault(a, set()).add(b)
        reading.add(b)
    found = dict(rank)
    for row in sorted(set(rank.values()), reverse=True):
        here = [item for item in found if found[item] == row]
        fans = [item for item in here if len(readers.get(item, ())) > 1]
        single = {i for i in here if i in sketch.yielding and i not in (*fans, *reading)}
        single -= {*sketch.sides}
        if fans and single:
            found = {i: r + 2 if r > row or i in single else r for i, r in found.items()}
    return found


def _clashes(
    sketch: Sketch, rank: Mapping[Item, int], precede: Sequence[tuple[str, str]]
) -> Iterator[tuple[str, str]]:
    """Two items in one row that may not share it, the lower one first: what goes to another step
    passes along its row, and what comes from there enters along its own."""
    by_row: dict[int, list[str]] = {}
    for item, r in rank.items():
        by_row.setdefault(r, []).append(item)
    for one in sketch.rows_of_their_own:
        for other in by_row[rank[one]]:
            if other == one or other in sketch.top:
                continue
            both_pass = other in sketch.rows_of_their_own
            same_side = sketch.sides.get(one, 0) == sketch.sides.get(other, 2)
            if {one, other} in sketch.opposite:
                continue
            if not (both_pass or same_side or one in sketch.alone):
                continue
            lower, upper = one, other
            if other not in sketch.late and _earlier(sketch, other, one):
                lower, upper = other, one
            if not _reaches(precede, upper, lower):
                yield lower, upper
            elif not _reaches(precede, lower, upper):
                yield upper, lower


def _earlier(sketch: Sketch, one: Item, other: Item) -> bool:
    """Which of two items stands lower: the first in the list of those that pass; others before."""
    own = list(sketch.rows_of_their_own)
    return one not in own or own.index(one) < own.index(other)


def _longest(sketch: Sketch, precede: Sequence[tuple[str, str]]) -> dict[Item, int]:
    # Lists: the order of a set of texts, and with it the picture, differs from run to run.
    reads: dict[str, list[str]] = {item: [] for item in sketch.sizes}
    readers: dict[str, list[str]] = {item: [] for item in sketch.sizes}
    for a, b in precede:
        reads[b].append(a)
        readers[a].append(b)
    rank: dict[str, int] = {}
    for item in TopologicalSorter(reads).static_order():
        rank[item] = max((rank[i] + 2 for i in reads[item]), default=0)
    _hang(sketch, rank, readers)
    for item in sketch.light:
        if (
            item in rank
            and readers[item]
            and all(i in sketch.late and not reads[i] for i in reads[item])
        ):
            rank[item] = min(rank[i] for i in readers[item]) - 2
    for item in sketch.sizes:
        if item in sketch.late and readers[item] and not reads[item]:
            rank[item] = min(rank[i] for i in readers[item]) - 2
    low = min(rank.values(), default=0)
    return {item: r - low for item, r in rank.items()}


def _hang(sketch: Sketch, rank: dict[str, int], higher: Mapping[str, Sequence[str]]) -> None:
    """Moves what reads nothing but what is above it up to that, as all else stands low: then a
    direction that is upside down has its gates in one row, as it has the right way up. What passes
    to another step stays where it can enter that straight."""
    rising = {link[1] for link in sketch.links if link not in sketch.downwards}
    hanging = {a for a, _, _ in sketch.downwards} - rising - {*sketch.rows_of_their_own}
    for item in reversed([*rank]):
        if item in hanging:
            rank[item] = min(rank[i] for i in higher[item]) - 2


def _reaches(precede: Iterable[tuple[str, str]], start: str, end: str) -> bool:
    onward: dict[str, list[str]] = {}
    for a, b in precede:
        onward.setdefault(a, []).append(b)
    seen, rest = {start}, [start]
    while rest:
        for item in onward.get(rest.pop(), ()):
            if item not in seen:
                seen.add(item)
                rest.append(item)
    return end in seen
