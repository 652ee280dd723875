"""The order within rows: few crossings."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations, pairwise
from typing import TypeAlias

from rnnhand.render.picture.bundles import bundles, exchanged, with_exchanged
from rnnhand.render.picture.held import Held, lines_out, with_outlets, without_outlets
from rnnhand.render.picture.neighbours import Neighbours, neighbours, weight
from rnnhand.render.picture.reroute import Run, reroute, runs

SWEEPS = 30
PATIENCE = 4
"""Sweeps that may bring nothing before another beginning is tried."""


MOST = 250
"""Items up to which bundles are exchanged."""

ROUTES = 2_000_000
"""Long edges, times pairs of items in a row, up to which those are led one by one."""

SLACK = 6
"""Crossings that an exchange of bundles may add before neighbours are exchanged."""

EXCHANGES = 20
"""Rounds of exchanges at most."""


Ends: TypeAlias = dict[str, list[int]]
"""Where in the row beside the neighbours of each item stand."""


def ordered(
    rows: list[list[str]],
    chains: Collection[Sequence[str]],
    held: Held,
    free: Collection[Sequence[str]] = (),
) -> list[list[str]]:
    """The rows with few crossings, among them those with lines that leave or enter beside what is
    held; none of these is where the `free` chains run."""
    edges = [*chains, *lines_out(rows, held)]
    found = without_outlets(_ordered(with_outlets(rows, held), edges, held), held)
    below, above = neighbours(chains)
    for run in runs(free, below, above, held):
        reroute(found, run, below, above, held)
    return found


def _ordered(
    rows: list[list[str]], chains: Collection[Sequence[str]], held: Held
) -> list[list[str]]:
    """Few crossings: sweeps by the middle of the neighbours, exchanges of neighbours, and long
    edges by their best ways, from several beginnings; then exchanges of bundles."""
    below, above = neighbours(chains)
    long = runs(chains, below, above, held)
    best, least = rows, float("inf")
    for start in _beginnings(rows, below):
        tried = _swept([held.sided(row) for row in start], below, above, held)
        crossings = _rerouted(tried, long, below, above, held)
        if crossings < least:
            best, least = tried, crossings
        if least == 0:
            return best
    if sum(map(len, rows)) > MOST:
        return best
    return _unbundled(best, chains, long, held)


def _rerouted(
    rows: list[list[str]],
    long: Sequence[Run],
    below: Neighbours,
    above: Neighbours,
    held: Held,
) -> int:
    """Leads long edges by their best ways, as long as that takes away crossings; how many are
    left."""
    crossings = _crossings_of(rows, above)
    if sum(len(row) ** 2 for row in rows) * len(long) > ROUTES:
        return crossings
    while crossings:
        crossed = _crossed(rows, above)
        for run in long:
            if not crossed.isdisjoint(run.edges):
                reroute(rows, run, below, above, held)
        _exchange(rows, below, above, held)
        before, crossings = crossings, _crossings_of(rows, above)
        if crossings == before:
            break
    return crossings


def _unbundled(
    rows: list[list[str]],
    chains: Collection[Sequence[str]],
    long: Sequence[Run],
    held: Held,
) -> list[list[str]]:
    """The rows with bundles exchanged where that takes away crossings."""
    below, above = neighbours(chains)
    found = bundles(chains, below, above)
    least = _crossings_of(rows, above)
    before = least + 1
    while least < before:
        before = least
        for one, other in list(exchanged(rows, found, held)):
            moved = with_exchanged(rows, found[one], found[other])
            tried = [
                list(row) if row == new else held.mended(new)
                for row, new in zip(rows, moved, strict=True)
            ]
            if _more(rows, tried, above) > SLACK:
                continue
            _exchange(tried, below, above, held)
            crossings = _crossings_of(tried, above)
            if crossings < least:
                rows, least = tried, crossings
        least = _rerouted(rows, long, below, above, held)
    return rows


def _beginnings(rows: list[list[str]], below: Neighbours) -> Iterator[list[list[str]]]:
    """The rows as they are, and reversed; and from above, every item among what it reads, so that
    what leads to it alone stands together."""
    yield rows
    yield [row[::-1] for row in rows]
    for turn in (1, -1):
        place = {item: k for k, item in enumerate(_depth_first(rows, below, turn))}
        yield [sorted(row, key=place.__getitem__) for row in rows]


def _depth_first(rows: Sequence[Sequence[str]], below: Neighbours, turn: int) -> Iterator[str]:
    """Every item between the halves of what leads to it; `turn` −1 goes from right to left."""
    seen: set[str] = set()
    rest = [(item, False) for row in rows for item in row[::-turn]]
    while rest:
        item, is_due = rest.pop()
        if is_due:
            yield item
        elif item not in seen:
            seen.add(item)
            read = below.get(item, [])[::-turn]
            half = len(read) // 2
            rest += [(i, False) for i in read[:half]] + [(item, True)]
            rest += [(i, False) for i in read[half:]]


def _swept(
    rows: list[list[str]], below: Neighbours, above: Neighbours, held: Held
) -> list[list[str]]:
    """The best of sweeps, upwards and downwards in turn."""
    best, least, idle = rows, float("inf"), 0
    tried = [list(row) for row in rows]
    for sweep in range(SWEEPS):
        upwards = sweep % 2 == 0
        order = range(1, len(tried)) if upwards else range(len(tried) - 2, -1, -1)
        for i in order:
            other = tried[i - 1] if upwards else tried[i + 1]
            places = {item: k for k, item in enumerate(other)}
            tried[i] = held.sided(_by_middle(tried[i], below if upwards else above, places))
        _exchange(tried, below, above, held)
        crossings = _crossings_of(tried, above)
        idle += 1
        if crossings < least:
            best, least, idle = [list(row) for row in tried], crossings, 0
        if least == 0 or idle > PATIENCE:
            break
    return best


def _by_middle(row: list[str], neighbours: Neighbours, places: Mapping[str, int]) -> list[str]:
    now = {item: k for k, item in enumerate(row)}

    def middle(item: str) -> tuple[float, int]:
        found = [places[n] for n in neighbours.get(item, ())]
        mean = sum(found) / len(found) if found else now[item] * len(places) / max(len(row), 1)
        return mean, now[item]

    return sorted(row, key=middle)


def _exchange(rows: list[list[str]], below: Neighbours, above: Neighbours, held: Held) -> None:
    """Neighbours change places while that takes away crossings."""
    waiting = set(range(len(rows)))
    for _ in range(EXCHANGES):
        for i, row in enumerate(rows):
            if i not in waiting:
                continue
            waiting.remove(i)
            if len(row) < 2:
                continue
            beside: list[tuple[int, Ends]] = []
            if i + 1 < len(rows):
                beside.append((weight(i), _ends(row, above, rows[i + 1])))
            if i:
                beside.append((weight(i - 1), _ends(row, below, rows[i - 1])))
            before = list(row)
            for k in range(len(row) - 1):
                a, b = row[k], row[k + 1]
                if held.may_pass(a, b) and _gain(a, b, beside) > 0:
                    row[k], row[k + 1] = b, a
            if row != before:
                # Nothing is gained anew but here and in the rows beside.
                waiting |= {i - 1, i, i + 1}


def _ends(row: Sequence[str], near: Neighbours, other: Sequence[str]) -> Ends:
    places = {item: k for k, item in enumerate(other)}
    return {item: [places[n] for n in near.get(item, ())] for item in row}


def _gain(a: str, b: str, beside: Sequence[tuple[int, Ends]]) -> int:
    """How many crossings go when a and b, side by side, change places."""
    gain = 0
    for heavy, ends in beside:
        for p in ends[a]:
            for q in ends[b]:
                gain += heavy * ((p > q) - (p < q))
    return gain


def _more(rows: list[list[str]], others: list[list[str]], above: Neighbours) -> int:
    """How many more crossings there are in the second rows than in the first."""
    new = [row != other for row, other in zip(rows, others, strict=True)]
    return sum(
        weight(i)
        * (_crossings(others[i], others[i + 1], above) - _crossings(rows[i], rows[i + 1], above))
        for i in range(len(rows) - 1)
        if new[i] or new[i + 1]
    )


def _crossed(rows: list[list[str]], above: Neighbours) -> set[tuple[str, str]]:
    """The edges between rows that cross others."""
    found = set()
    for lower, upper in pairwise(rows):
        places = {item: k for k, item in enumerate(upper)}
        edges = [(a, b) for a in lower for b in above.get(a, ())]
        for (a, b), (c, d) in combinations(edges, 2):
            # The first begins no further to the right.
            if a != c and places[b] > places[d]:
                found |= {(a, b), (c, d)}
    return found


def _crossings_of(rows: list[list[str]], above: Neighbours) -> int:
    return sum(weight(i) * _crossings(rows[i], rows[i + 1], above) for i in range(len(rows) - 1))


def _crossings(lower: Sequence[str], upper: Sequence[str], above: Neighbours) -> int:
    """How often edges between two rows cross: of two that begin one after the other, the second
    ends further to the left."""
    places = {item: k for k, item in enumerate(upper)}
    ends: list[int] = []
    found = 0
    for item in lower:
        own = [places[n] for n in above.get(item, ())]
        found += sum([len(ends) - bisect_right(ends, o) for o in own])
        for o in own:
            insort(ends, o)
    return found
