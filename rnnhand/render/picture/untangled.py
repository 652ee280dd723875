"""What may help where lines cross. Either they run one above the other: what one of them leads to
stands below what the other one begins at, or they begin or end at different heights. Or what passes
to another step reads downwards what another line across it comes from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, pairwise
from typing import TypeAlias

from rnnhand.render.picture.neighbours import between, reached
from rnnhand.render.picture.pattern import Pattern
from rnnhand.render.picture.way import Way

MOST = 8
"""Changes that are tried, those first whose lines cross most."""

Ends: TypeAlias = tuple[str, str]
"""The items between which a line runs upwards; one item twice where a line passes at its height."""


def separated(pattern: Pattern) -> Iterator[Way]:
    """The way of a pattern with one item more below another one that now stands no higher. Items of
    one layer stay side by side, unless one of them is given and the other one computed; these come
    last."""
    found: Counter[tuple[str, str]] = Counter()
    for (a, b), (c, d) in _crossing(pattern):
        found.update([(b, c), (d, a), (a, c), (c, a), (b, d), (d, b)])
    row = pattern.layered.row
    held = [*((a, b) for a, b, _ in pattern.layered.chains), *pattern.way.stacked]
    pairs = [
        (low, high)
        for (low, high), _ in found.most_common()
        if row[low] >= row[high]
        and low not in reached(held, high)
        and low not in pattern.sketch.top
        and high not in pattern.sketch.top
    ]
    computed = {b for _, b, _ in pattern.layered.chains}
    free = [pair for pair in pairs if not _is_one_layer(pattern, *pair)]
    mixed = [p for p in pairs if p not in free and len(computed.intersection(p)) == 1]
    for pair in [*free, *mixed][:MOST]:
        yield replace(pattern.way, stacked=pattern.way.stacked | {pair})


def turned(pattern: Pattern) -> Iterator[Way]:
    """The way of a pattern with a source above what passes to another step, not below it, if a line
    from that source crosses there."""
    links = _links(pattern)
    found = Counter(
        (start, passing)
        for (passing, same), (start, _) in _crossing(pattern)
        if passing == same and (start, passing) in links and not pattern.is_port(start)
    )
    yield from _with_turned(pattern, found)


def raised(pattern: Pattern) -> Iterator[Way]:
    """The way of a pattern with a source above one of its readers, if the line to that one crosses
    others."""
    found = _sources(pattern)
    crossing = Counter(pair for ends in _crossing(pattern) for pair in ends if pair in found)
    yield from _with_turned(pattern, crossing)


def raised_aside(pattern: Pattern) -> Iterator[Way]:
    """The way of a pattern with a source above one of its readers, if a line from that one crosses
    others: then there is room for it below."""
    found = _sources(pattern)
    begins = Counter(start for ends in _crossing(pattern) for start, _ in ends)
    yield from _with_turned(
        pattern, Counter({pair: begins[pair[1]] for pair in found if pair[1] in begins})
    )


def _sources(pattern: Pattern) -> list[Ends]:
    """The links from what is given at a step to its readers."""
    links = _links(pattern)
    computed = {b for _, b in links}
    return [(a, b) for a, b in sorted(links) if a not in computed and not pattern.is_port(a)]


def lowered(pattern: Pattern) -> Iterator[Way]:
    """The way of a pattern with what reads a row that passes to another step below that row, with
    all that leads from the one to the other: as h stands below c in a drawing of an LSTM. It is
    tried if a line to what stands there crosses others."""
    rows = pattern.parts.pattern
    links = {(rows[e.start], rows[e.end]) for e in pattern.edges.inner}
    passing = list(dict.fromkeys(rows[e.start] for e in pattern.edges.passing))
    on = {start: reached(links, start) - {start} for start in passing}
    found: Counter[Ends] = Counter()
    for ends in _crossing(pattern):
        after = {b for _, end in ends for b in reached(links, end)}
        found.update((start, end) for start in passing for end in sorted(on[start] & after))
    for (start, end), _ in found.most_common(MOST):
        down = between(links, start, end)
        if not down <= pattern.way.turned:
            yield replace(pattern.way, turned=pattern.way.turned | down)


def _links(pattern: Pattern) -> set[Ends]:
    return {(a, b) for a, b, _ in pattern.layered.chains}


def _with_turned(pattern: Pattern, found: Counter[Ends]) -> Iterator[Way]:
    """The way of a pattern with one line more downwards, of those that cross most first."""
    for pair, _ in found.most_common(MOST):
        yield replace(pattern.way, turned=pattern.way.turned | {pair})


def _is_one_layer(pattern: Pattern, one: str, other: str) -> bool:
    """Whether two items stand side by side that read the same, or are read by the same, as the
    gates of a cell and the neurons of a layer: they belong there."""
    if pattern.layered.row[one] != pattern.layered.row[other]:
        return False
    links = [(a, b) for a, b, _ in pattern.layered.chains]
    read, reading = ([a for a, b in links if b == i] for i in (one, other))
    readers, others = ([b for a, b in links if a == i] for i in (one, other))
    return not (set(read).isdisjoint(reading) and set(readers).isdisjoint(others))


def _crossing(pattern: Pattern) -> Iterator[tuple[Ends, Ends]]:
    """The lines that cross, between rows and at the height of what passes to another step."""
    laid = pattern.layered
    place = {item: k for row in laid.rows for k, item in enumerate(row)}
    between: list[list[tuple[str, str, Ends]]] = [[] for _ in laid.rows]
    through: dict[str, Ends] = {}
    for (start, end, _), chain in laid.chains.items():
        for a, b in pairwise(chain):
            between[laid.row[a]].append((a, b, (start, end)))
        inner = chain[1:] if end in pattern.sketch.top else chain[1:-1]
        through |= dict.fromkeys(inner, (start, end))
    for edges in between:
        for (a, b, ends), (c, d, others) in combinations(edges, 2):
            if (place[a] - place[c]) * (place[b] - place[d]) < 0:
                yield ends, others
    for row in laid.rows:
        for item, other in ((i, o) for i in row for o in row if o in through):
            side = pattern.sketch.sides.get(item, 0)
            if item in pattern.sketch.alone or (place[other] - place[item]) * side > 0:
                yield (item, item), through[other]
