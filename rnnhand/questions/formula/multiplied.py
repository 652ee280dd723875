"""Two edits of a product that only together are right, found without trying all pairs: edits of two
factors change it by the product of what each alone does. So a·b for own is `wanted` where
a·b = wanted·own, and b is looked up.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from math import isfinite

NEAR = 1e-7
"""How near two floats are that may be one number."""

MOST = 200
"""Pairs that are looked at."""


def multiplied(
    values: Sequence[float | None], own: float, wanted: float
) -> Iterator[tuple[int, int]]:
    """The places of two values, made of `own` by one edit each, that make it `wanted`."""
    if not own or not wanted or not isfinite(wanted * own):
        return
    there = [(v, i) for i, v in enumerate(values) if v is not None and _changes(v, own)]
    there.sort()
    found = 0
    for value, i in sorted(there, key=lambda one: one[1]):
        other = wanted * own / value
        for k in range(bisect_left(there, (other - NEAR * abs(other), -1)), len(there)):
            near, j = there[k]
            if near > other + NEAR * abs(other):
                break
            if i < j:
                found += 1
                yield i, j
        if found > MOST:
            return


def _changes(value: float, own: float) -> bool:
    return isfinite(value) and abs(value) > NEAR * abs(own) and abs(value - own) > NEAR * abs(own)
