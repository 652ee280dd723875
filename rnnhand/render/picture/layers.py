"""A layered drawing: every item in a row, edges upwards, few crossings, short edges.

An edge over several rows, or one with a label, is a chain of stand-ins, one a row; so labels and
long edges have room of their own and meet no item. Rows are numbered from below.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeAlias

Item: TypeAlias = str
Link: TypeAlias = tuple[str, str, int]
"""From, to, and a number that tells parallel edges apart."""

SWEEPS = 30
ROUNDS = 150


@dataclass(frozen=True)
class Sketch:
    """What is to be laid out. `sizes` are widths and heights; `labels` those of labels on edges.

    `late` items stand just below their first reader. `sides` holds items at the left (−1) or
    right (1) end of their row. `alone` items share their row with no other item.
    """

    sizes: Mapping[Item, tuple[float, float]]
    links: Sequence[Link]
    labels: Mapping[Link, tuple[float, float]] = field(default_factory=dict)
    late: Collection[Item] = ()
    sides: Mapping[Item, int] = field(default_factory=dict)
    rows_of_their_own: Sequence[Item] = ()
    alone: Collection[Item] = ()
    top: Collection[Item] = ()
    gap: float = 18.0


@dataclass(frozen=True)
class Layered:
    """Where items are: the centre of each, the row of each, and the chains of the links."""

    x: Mapping[str, float]
    row: Mapping[str, int]
    rows: tuple[tuple[str, ...], ...]
    chains: Mapping[Link, tuple[str, ...]]
    widths: Mapping[str, float]


def layered(sketch: Sketch) -> Layered:
    rank = ranks(sketch)
    rows, chains, widths = _with_stand_ins(sketch, rank)
    below, above = _neighbours(chains.values())
    sides = {i: s for i, s in sketch.sides.items() if i in rank}
    rows = _ordered(rows, below, above, sides)
    x = _placed(rows, below, above, widths, sketch.gap)
    for chain in sorted(chains.values(), key=len, reverse=True):
        _straighten(rows, chain, x, widths, sketch.gap)
    row = {item: i for i, line in enumerate(rows) for item in line}
    return Layered(x, row, tuple(map(tuple, rows)), chains, widths)


def ranks(sketch: Sketch) -> dict[Item, int]:
    """The row of every item: two above the highest that it reads, so that labels have a row; and
    higher where items may not share a row."""
    precede = [(a, b) for a, b, _ in sketch.links]
    rank = _longest(sketch, precede)
    for _ in sketch.sizes:
        clash = next(_clashes(sketch, rank, precede), None)
        if clash is None:
            break
        precede.append(clash)
        rank = _longest(sketch, precede)
    highest = max(rank.values(), default=0)
    return {item: highest if item in sketch.top else r for item, r in rank.items()}


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
    from graphlib import TopologicalSorter

    reads: dict[str, set[str]] = {item: set() for item in sketch.sizes}
    readers: dict[str, set[str]] = {item: set() for item in sketch.sizes}
    for a, b in precede:
        reads[b].add(a)
        readers[a].add(b)
    rank: dict[str, int] = {}
    for item in TopologicalSorter(reads).static_order():
        rank[item] = max((rank[i] + 2 for i in reads[item]), default=0)
    for item in sketch.sizes:
        if item in sketch.late and readers[item] and not reads[item]:
            rank[item] = min(rank[i] for i in readers[item]) - 2
    low = min(rank.values(), default=0)
    return {item: r - low for item, r in rank.items()}


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


def _with_stand_ins(
    sketch: Sketch, rank: Mapping[Item, int]
) -> tuple[list[list[str]], dict[Link, tuple[str, ...]], dict[str, float]]:
    rows: list[list[str]] = [[] for _ in range(max(rank.values(), default=0) + 1)]
    widths = {item: size[0] for item, size in sketch.sizes.items()}
    for item in sketch.sizes:
        rows[rank[item]].append(item)
    chains: dict[Link, tuple[str, ...]] = {}
    for link in sketch.links:
        a, b, _ = link
        chain = [a]
        for r in range(rank[a] + 1, rank[b]):
            stand_in = f"{r} {link}"
            labelled = link in sketch.labels and r == rank[b] - 1
            widths[stand_in] = sketch.labels[link][0] if labelled else 0.0
            rows[r].append(stand_in)
            chain.append(stand_in)
        chains[link] = (*chain, b)
    return rows, chains, widths


Neighbours: TypeAlias = dict[str, list[str]]


def _neighbours(chains: Iterable[Sequence[str]]) -> tuple[Neighbours, Neighbours]:
    below: Neighbours = {}
    above: Neighbours = {}
    for chain in chains:
        for a, b in pairwise(chain):
            below.setdefault(b, []).append(a)
            above.setdefault(a, []).append(b)
    return below, above


# The order within the rows


def _ordered(
    rows: list[list[str]], below: Neighbours, above: Neighbours, sides: Mapping[str, int]
) -> list[list[str]]:
    """Few crossings: sweeps by the middle of the neighbours, then exchanges of neighbours."""
    best, least = [list(r) for r in rows], float("inf")
    for start in range(4):
        tried = [_sided(list(r) if start % 2 == 0 else r[::-1], sides) for r in rows]
        for sweep in range(SWEEPS):
            upwards = (sweep + start // 2) % 2 == 0
            order = range(1, len(tried)) if upwards else range(len(tried) - 2, -1, -1)
            for i in order:
                other = tried[i - 1] if upwards else tried[i + 1]
                places = {item: k for k, item in enumerate(other)}
                tried[i] = _sided(_by_middle(tried[i], below if upwards else above, places), sides)
            _exchange(tried, above, sides)
            crossings = _crossings_of(tried, above)
            if crossings < least:
                best, least = [list(r) for r in tried], crossings
            if least == 0:
                return best
    return best


def _sided(row: list[str], sides: Mapping[str, int]) -> list[str]:
    return sorted(row, key=lambda item: sides.get(item, 0))


def _by_middle(row: list[str], neighbours: Neighbours, places: Mapping[str, int]) -> list[str]:
    now = {item: k for k, item in enumerate(row)}

    def middle(item: str) -> tuple[float, int]:
        found = [places[n] for n in neighbours.get(item, ()) if n in places]
        mean = sum(found) / len(found) if found else now[item] * len(places) / max(len(row), 1)
        return mean, now[item]

    return sorted(row, key=middle)


def _exchange(rows: list[list[str]], above: Neighbours, sides: Mapping[str, int]) -> None:
    """Neighbours change places while that takes away crossings."""
    improved, rounds = True, 0
    while improved and rounds < 20:
        improved, rounds = False, rounds + 1
        for i, row in enumerate(rows):
            for k in range(len(row) - 1):
                a, b = row[k], row[k + 1]
                if sides.get(a, 0) != sides.get(b, 0):
                    continue
                before = _around(rows, i, above)
                row[k], row[k + 1] = b, a
                if _around(rows, i, above) < before:
                    improved = True
                else:
                    row[k], row[k + 1] = a, b


def _around(rows: list[list[str]], i: int, above: Neighbours) -> int:
    found = _weight(i) * _crossings(rows[i], rows[i + 1], above) if i + 1 < len(rows) else 0
    return found + (_weight(i - 1) * _crossings(rows[i - 1], rows[i], above) if i else 0)


def _weight(lower: int) -> int:
    """Edges had better cross below their labels, which stand in the odd rows."""
    return 1 + lower % 2


def _crossings_of(rows: list[list[str]], above: Neighbours) -> int:
    return sum(_weight(i) * _crossings(rows[i], rows[i + 1], above) for i in range(len(rows) - 1))


def _crossings(lower: Sequence[str], upper: Sequence[str], above: Neighbours) -> int:
    places = {item: k for k, item in enumerate(upper)}
    ends: list[int] = []
    found = 0
    for item in lower:
        own = [places[n] for n in above.get(item, ()) if n in places]
        found += sum(1 for e in ends for o in own if e > o)
        ends += own
    return found


# The places within the rows


def _placed(
    rows: Sequence[Sequence[str]],
    below: Neighbours,
    above: Neighbours,
    widths: Mapping[str, float],
    gap: float,
) -> dict[str, float]:
    """Centres that make edges short and long ones straight: the sum of squares of what each edge
    goes sideways is least, under the order and the gaps of every row."""
    x: dict[str, float] = {}
    for row in rows:
        at = 0.0
        for item in row:
            x[item] = at + widths[item] / 2
            at += widths[item] + gap
    for k in range(ROUNDS):
        order = rows if k % 2 == 0 else rows[::-1]
        for row in order:
            wanted, weights = [], []
            for item in row:
                near = [*below.get(item, ()), *above.get(item, ())]
                pulls = [_pull(item, n) for n in near]
                total = sum(pulls)
                mean = sum(p * x[n] for p, n in zip(pulls, near, strict=True))
                wanted.append(mean / total if total else x[item])
                weights.append(total or 0.01)
            for item, place in zip(row, _spaced(row, wanted, weights, widths, gap), strict=True):
                x[item] = place
    low = min((x[i] - widths[i] / 2 for row in rows for i in row), default=0.0)
    return {item: place - low for item, place in x.items()}


def _straighten(
    rows: Sequence[Sequence[str]],
    chain: Sequence[str],
    x: dict[str, float],
    widths: Mapping[str, float],
    gap: float,
) -> None:
    """The stand-ins of a chain one above the other, as far as their neighbours leave room."""
    places = {item: (i, k) for i, row in enumerate(rows) for k, item in enumerate(row)}

    def room(item: str) -> tuple[float, float]:
        i, k = places[item]
        row, low, high = rows[i], float("-inf"), float("inf")
        if k > 0:
            low = x[row[k - 1]] + (widths[row[k - 1]] + widths[item]) / 2 + gap
        if k + 1 < len(row):
            high = x[row[k + 1]] - (widths[row[k + 1]] + widths[item]) / 2 - gap
        return min(low, x[item]), max(high, x[item])

    inner = list(chain[1:-1])
    labelled = bool(inner) and widths[inner[-1]] > 0
    while len(inner) > 1:
        low, high = room(inner[0])
        count = 1
        while count < len(inner):
            left, right = room(inner[count])
            if max(low, left) > min(high, right):
                break
            low, high, count = max(low, left), min(high, right), count + 1
        wanted = x[inner[count - 1]] if labelled else x[chain[0]]
        for item in inner[:count]:
            if count > 1:
                x[item] = max(low, min(high, wanted))
        inner = inner[count:]


def _pull(a: str, b: str) -> float:
    """Stand-ins hold together more than items do: their names begin with the row."""
    inner = (a[0].isdigit() and " " in a) + (b[0].isdigit() and " " in b)
    return (1.0, 3.0, 12.0)[inner]


def _spaced(
    row: Sequence[str],
    wanted: Sequence[float],
    weights: Sequence[float],
    widths: Mapping[str, float],
    gap: float,
) -> list[float]:
    """The places nearest to the wanted ones that keep the order and the gaps: pooling of blocks."""
    offsets, at = [], 0.0
    for k, item in enumerate(row):
        if k:
            at += (widths[row[k - 1]] + widths[item]) / 2 + gap
        offsets.append(at)
    blocks: list[tuple[float, float, int]] = []
    for w, weight, offset in zip(wanted, weights, offsets, strict=True):
        mean, total, count = w - offset, weight, 1
        while blocks and blocks[-1][0] > mean:
            m, t, c = blocks.pop()
            mean, total, count = (m * t + mean * total) / (t + total), t + total, count + c
        blocks.append((mean, total, count))
    found: list[float] = []
    for mean, _, count in blocks:
        for _ in range(count):
            found.append(mean + offsets[len(found)])
    return found
