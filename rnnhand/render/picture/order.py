"""The order within rows: few crossings."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations, pairwise

from rnnhand.render.picture.bundles import Bundle, bundles, exchanged, with_exchanged
from rnnhand.render.picture.held import Held, lines_out, with_outlets, without_outlets
from rnnhand.render.picture.neighbours import Neighbours, weight
from rnnhand.render.picture.net import Ends, Net, net
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


def ordered(
    rows: list[list[str]],
    chains: Collection[Sequence[str]],
    held: Held,
    free: Collection[Sequence[str]] = (),
) -> list[list[str]]:
    """The rows with few crossings, among them those with lines that leave or enter beside what is
    held; none of these is where the `free` chains run."""
    edges = [*chains, *lines_out(rows, held)]
    found = without_outlets(_ordered(with_outlets(rows, held), edges, net(edges, held)), held)
    own = net(chains, held)
    for run in runs(free, own):
        reroute(found, run, own)
    return found


def _ordered(rows: list[list[str]], chains: Collection[Sequence[str]], own: Net) -> list[list[str]]:
    """Few crossings: sweeps by the middle of the neighbours, exchanges of neighbours, and long
    edges by their best ways, from several beginnings; then exchanges of bundles."""
    long = runs(chains, own)
    best, least = rows, float("inf")
    for start in _beginnings(rows, own.below):
        tried = _swept([own.held.sided(row) for row in start], own)
        crossings = _rerouted(tried, long, own)
        if crossings < least:
            best, least = tried, crossings
        if least == 0:
            return best
    if sum(map(len, rows)) > MOST:
        return best
    return _unbundled(best, bundles(chains, own.below, own.above), long, own)


def _rerouted(
    rows: list[list[str]],
    long: Sequence[Run],
    own: Net,
) -> int:
    """Leads long edges by their best ways, as long as that takes away crossings; how many are
    left."""
    crossings = own.crossings_of(rows)
    if sum(len(row) ** 2 for row in rows) * len(long) > ROUTES:
        return crossings
    while crossings:
        crossed = _crossed(rows, own.above)
        for run in long:
            if not crossed.isdisjoint(run.edges):
                reroute(rows, run, own)
        _exchange(rows, own)
        before, crossings = crossings, own.crossings_of(rows)
        if crossings == before:
            break
    return crossings


def _unbundled(
    rows: list[list[str]],
    found: Mapping[str, Bundle],
    long: Sequence[Run],
    own: Net,
) -> list[list[str]]:
    """The rows with bundles exchanged where that takes away crossings."""
    least = own.crossings_of(rows)
    before = least + 1
    while least < before:
        before = least
        for one, other in list(exchanged(rows, found, own.held)):
            moved = with_exchanged(rows, found[one], found[other])
            tried = [
                list(row) if row == new else own.held.mended(new)
                for row, new in zip(rows, moved, strict=True)
            ]
            if _more(rows, tried, own) > SLACK:
                continue
            _exchange(tried, own)
            crossings = own.crossings_of(tried)
            if crossings < least:
                rows, least = tried, crossings
        least = _rerouted(rows, long, own)
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


def _swept(rows: list[list[str]], own: Net) -> list[list[str]]:
    """The best of sweeps, upwards and downwards in turn."""
    best, least, idle = rows, float("inf"), 0
    tried = [list(row) for row in rows]
    for sweep in range(SWEEPS):
        upwards = sweep % 2 == 0
        _sweep(tried, upwards, own)
        _exchange(tried, own)
        crossings = own.crossings_of(tried)
        idle += 1
        if crossings < least:
            best, least, idle = [list(row) for row in tried], crossings, 0
        if least == 0 or idle > PATIENCE:
            break
    return best


def _sweep(rows: list[list[str]], upwards: bool, own: Net) -> None:
    """One row after the other by the middles of what its items have in the row before."""
    before = tuple(map(tuple, rows))
    if (upwards, before) not in own.swept:
        for i in range(1, len(rows)) if upwards else range(len(rows) - 2, -1, -1):
            other = i - 1 if upwards else i + 1
            ends = own.ends(rows, i, other)
            rows[i] = own.held.sided(_by_middle(rows[i], ends, len(rows[other])))
        own.swept[upwards, before] = tuple(map(tuple, rows))
    rows[:] = map(list, own.swept[upwards, before])


def _by_middle(row: Sequence[str], ends: Ends, count: int) -> list[str]:
    """A row by the middles of what its items have in the row beside, which holds so many; what has
    nothing there stays about where it is."""
    middles = {}
    for k, item in enumerate(row):
        found = ends[item]
        mean = sum(found) / len(found) if found else k * count / len(row)
        middles[item] = (mean, k)
    return sorted(row, key=middles.__getitem__)


def _exchange(rows: list[list[str]], own: Net) -> None:
    """Neighbours change places while that takes away crossings."""
    before = tuple(map(tuple, rows))
    if before not in own.exchanged:
        _exchange_all(rows, own)
        own.exchanged[before] = tuple(map(tuple, rows))
    rows[:] = map(list, own.exchanged[before])


def _exchange_all(rows: list[list[str]], own: Net) -> None:
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
                beside.append((weight(i), own.ends(rows, i, i + 1)))
            if i:
                beside.append((weight(i - 1), own.ends(rows, i, i - 1)))
            before = list(row)
            for k in range(len(row) - 1):
                a, b = row[k], row[k + 1]
                if own.held.may_pass(a, b) and _gain(a, b, beside) > 0:
                    row[k], row[k + 1] = b, a
            if row != before:
                # Nothing is gained anew but here and in the rows beside.
                waiting |= {i - 1, i, i + 1}


def _gain(a: str, b: str, beside: Sequence[tuple[int, Ends]]) -> int:
    """How many crossings go when a and b, side by side, change places."""
    gain = 0
    for heavy, ends in beside:
        for p in ends[a]:
            for q in ends[b]:
                gain += heavy * ((p > q) - (p < q))
    return gain


def _more(rows: list[list[str]], others: list[list[str]], own: Net) -> int:
    """How many more crossings there are in the second rows than in the first."""
    new = [row != other for row, other in zip(rows, others, strict=True)]
    return sum(
        weight(i) * (own.crossings(others[i], others[i + 1]) - own.crossings(rows[i], rows[i + 1]))
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
