"""The order within rows: few crossings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

SWEEPS = 30
PATIENCE = 9
"""Sweeps that may bring nothing before another beginning is tried."""


EXCHANGES = 20
"""Rounds of exchanges at most."""


Neighbours: TypeAlias = dict[str, list[str]]

Ends: TypeAlias = dict[str, list[int]]
"""Where in the row beside the neighbours of each item stand."""


def ordered(
    rows: list[list[str]], below: Neighbours, above: Neighbours, sides: Mapping[str, int]
) -> list[list[str]]:
    """Few crossings: sweeps by the middle of the neighbours, then exchanges of neighbours."""
    best, least = [list(r) for r in rows], float("inf")
    for start in range(4):
        tried = [_sided(list(r) if start % 2 == 0 else r[::-1], sides) for r in rows]
        idle = 0
        for sweep in range(SWEEPS):
            upwards = (sweep + start // 2) % 2 == 0
            order = range(1, len(tried)) if upwards else range(len(tried) - 2, -1, -1)
            for i in order:
                other = tried[i - 1] if upwards else tried[i + 1]
                places = {item: k for k, item in enumerate(other)}
                tried[i] = _sided(_by_middle(tried[i], below if upwards else above, places), sides)
            _exchange(tried, below, above, sides)
            crossings = _crossings_of(tried, above)
            idle += 1
            if crossings < least:
                best, least, idle = [list(r) for r in tried], crossings, 0
            if least == 0:
                return best
            if idle > PATIENCE:
                break
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


def _exchange(
    rows: list[list[str]], below: Neighbours, above: Neighbours, sides: Mapping[str, int]
) -> None:
    """Neighbours change places while that takes away crossings."""
    waiting = set(range(len(rows)))
    for _ in range(EXCHANGES):
        for i, row in enumerate(rows):
            if i not in waiting:
                continue
            waiting.remove(i)
            beside: list[tuple[int, Ends]] = []
            if i + 1 < len(rows):
                beside.append((_weight(i), _ends(row, above, rows[i + 1])))
            if i:
                beside.append((_weight(i - 1), _ends(row, below, rows[i - 1])))
            before = list(row)
            for k in range(len(row) - 1):
                a, b = row[k], row[k + 1]
                if sides.get(a, 0) == sides.get(b, 0) and _gain(a, b, beside) > 0:
                    row[k], row[k + 1] = b, a
            if row != before:
                # Nothing is gained anew but here and in the rows beside.
                waiting |= {i - 1, i, i + 1}


def _ends(row: Sequence[str], near: Neighbours, other: Sequence[str]) -> Ends:
    places = {item: k for k, item in enumerate(other)}
    return {item: [places[n] for n in near.get(item, ()) if n in places] for item in row}


def _gain(a: str, b: str, beside: Sequence[tuple[int, Ends]]) -> int:
    """How many crossings go when a and b, side by side, change places."""
    gain = 0
    for weight, ends in beside:
        for p in ends[a]:
            for q in ends[b]:
                gain += weight * ((p > q) - (p < q))
    return gain


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
