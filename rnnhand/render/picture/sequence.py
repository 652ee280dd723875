"""Lines meet a node in the order in which its formula reads them, the parts of [a; b; c] from left
to right, where that takes no crossing more."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import combinations
from typing import TypeAlias

from rnnhand.render.picture.bundles import bundles, exchanged, with_exchanged
from rnnhand.render.picture.held import Held, lines_out, with_outlets, without_outlets
from rnnhand.render.picture.net import net

Rows: TypeAlias = list[list[str]]

Reading: TypeAlias = Collection[Sequence[str]]
"""For each node what its lines pass in the row beside it, in the order of its formula."""

MOST = 250
"""Items up to which lines are put in order."""


def in_sequence(
    rows: Rows, reading: Reading, chains: Collection[Sequence[str]], held: Held
) -> Rows:
    """The rows with as many lines in the order of formulas as exchanges of what hangs together
    bring there, one after the other."""
    if not exchanges(rows, reading) or sum(map(len, rows)) > MOST:
        return rows
    own = net([*chains, *lines_out(rows, held)], held)
    best = with_outlets(rows, held)
    crossed, wrong = own.crossings_of(best), exchanges(best, reading)
    found = bundles(chains, own.below, own.above)
    before = wrong + 1
    while 0 < wrong < before:
        before = wrong
        for one, other in list(exchanged(best, found, held)):
            moved = with_exchanged(best, found[one], found[other])
            tried = [
                row if row == new else held.mended(new)
                for row, new in zip(best, moved, strict=True)
            ]
            if exchanges(tried, reading) < wrong and own.crossings_of(tried) <= crossed:
                best, wrong = tried, exchanges(tried, reading)
                crossed = own.crossings_of(tried)
    return without_outlets(best, held)


def exchanges(rows: Sequence[Sequence[str]], reading: Reading) -> int:
    """How many pairs of lines into one node stand the other way round than in its formula."""
    place = {item: k for row in rows for k, item in enumerate(row)}
    return sum(place[a] > place[b] for own in reading for a, b in combinations(own, 2))
