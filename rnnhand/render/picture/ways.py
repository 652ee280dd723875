"""How lines from step to step may run: what enters from above, and what is read downwards.

A state that leaves its column above another one and enters the next below it crosses that one's
line. Either it is placed below the other in its column, what it reads of it running downwards, as
h_t stands below the line of c_t in a drawing of an LSTM; or it enters its reader from above.

Two states that read the same at one step, as those of the two directions do, have it between them.

Sources that are read by the same gates cross least one above the other: the lines of the lower one
pass on both sides of the upper one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, pairwise, permutations

from rnnhand.render.picture.neighbours import between, reached
from rnnhand.render.picture.pattern import Pattern
from rnnhand.render.picture.way import Way

MOST = 4
"""Lines that are tried one by one."""

SOURCES = 4
"""Sources that are tried one above the other in every order."""


@dataclass(frozen=True)
class Line:
    """A row whose values pass to another step: where it leaves its column and where it enters."""

    row: str
    leaves: int
    port: str
    enters: int
    readers: frozenset[str]


def ways(pattern: Pattern) -> Iterator[Way]:
    """The ways that might cross less than the plain one; none where no two lines are exchanged."""
    found = lines(pattern)
    yield from _between_lines(pattern, found)
    exchanged = [
        (upper, lower)
        for upper in found
        for lower in found
        if upper.leaves > lower.leaves and upper.enters <= lower.enters
    ]
    if not exchanged:
        return
    found_between = [between(_links(pattern), lower.row, upper.row) for upper, lower in exchanged]
    turned = frozenset(link for links in found_between for link in links)
    row = pattern.layered.row
    above = [
        upper.port
        for upper in dict.fromkeys(upper for upper, _ in exchanged)
        if upper.port and all(row[r] < upper.leaves for r in upper.readers)
    ]
    if turned:
        yield replace(pattern.way, turned=pattern.way.turned | turned)
    for port in above[:MOST]:
        yield replace(pattern.way, above=frozenset({port}))
    if len(above) > 1:
        yield replace(pattern.way, above=frozenset(above))
    if turned and above:
        yield replace(pattern.way, turned=pattern.way.turned | turned, above=frozenset(above))


def _between_lines(pattern: Pattern, found: list[Line]) -> Iterator[Way]:
    """What two rows read that pass values on is drawn above the lower one; then also what reads
    both, below the upper one; then also what the two read through others."""
    links, row = _links(pattern), pattern.layered.row
    passing = {line.row: line.leaves for line in found}
    read: dict[str, set[str]] = {}
    reading: dict[str, set[str]] = {}
    for a, b in links:
        if b in passing:
            read.setdefault(a, set()).add(b)
        if a in passing:
            reading.setdefault(b, set()).add(a)
    entered = {b for _, b in links}
    down = {
        (a, b)
        for a, bs in read.items()
        if a not in entered and len(bs) > 1
        for b in bs
        if row[b] < max(map(row.__getitem__, bs))
    }
    up = {
        (a, b)
        for b, starts in reading.items()
        if b not in passing and len(starts) > 1
        for a in starts
        if row[a] > min(map(row.__getitem__, starts))
    }
    if down:
        yield replace(pattern.way, turned=pattern.way.turned | down)
    if down and up:
        yield replace(pattern.way, turned=pattern.way.turned | down | up)
    onward = {(a, b) for a, b in links if a not in passing}
    rows = pattern.parts.pattern
    backwards = {rows[e.start] for e in pattern.edges.passing if pattern.edges.distance(e) < 0}
    far: set[tuple[str, str]] = set()
    for a in {a for a, _ in onward} - entered:
        ends = reached(onward, a) & passing.keys()
        # What reads the lower one, as h does c in an LSTM, would be below what is between.
        ends = {b for b in ends if reached(links, b) & ends == {b}}
        top = max(map(row.__getitem__, ends), default=0)
        # Of two directions the lower one is drawn upside down, with all that it passes on.
        both = not ends.isdisjoint(backwards) and not ends <= backwards
        within = {(i, j) for i, j in links if i not in ends} if both else onward
        far.update(*(between(within, a, b) for b in ends if row[b] < top))
    if far - down:
        yield replace(pattern.way, turned=pattern.way.turned | far)


def from_above(pattern: Pattern) -> Iterator[Way]:
    """The way of a pattern with one more line that comes from above its readers."""
    row, way = pattern.layered.row, pattern.way
    for line in lines(pattern):
        if (
            line.port
            and line.port not in way.above
            and all(row[r] < line.leaves for r in line.readers)
        ):
            rest = _without(way.stacked, line.port)
            yield replace(way, above=way.above | {line.port}, stacked=rest)


def from_among(pattern: Pattern) -> Iterator[Way]:
    """The way of a folded pattern with a state that is read right below its highest reader: to the
    others its lines run downwards, as from c_{t-1} beside the sum to gates with peepholes."""
    row, way = pattern.layered.row, pattern.way
    for line in lines(pattern) if pattern.edges.folded else ():
        high = max(map(row.__getitem__, line.readers))
        down = {(line.port, reader) for reader in line.readers if row[reader] < high}
        if line.port and down and not down <= way.turned:
            rest = _without(way.stacked, line.port)
            yield replace(way, turned=way.turned | down, stacked=rest)


def mirrored(pattern: Pattern) -> Iterator[Way]:
    """The way of a folded pattern with one loop on its other side. Where there are two directions,
    the sides tell them apart."""
    loops = pattern.edges.beside if pattern.edges.folded else ()
    if all(pattern.edges.distance(edge) > 0 for edge in loops):
        for port in dict.fromkeys(map(pattern.edges.port, loops)):
            yield replace(pattern.way, mirrored=pattern.way.mirrored ^ {port})


def stackings(pattern: Pattern) -> Iterator[Way]:
    """The way of a pattern with the sources that several items read one above the other: those that
    share readers, then all; then with what enters from another step for one item among them."""
    readers: dict[str, set[str]] = {}
    for edge in (*pattern.edges.inner, *pattern.edges.bent):
        start, end, _ = pattern.course.link(edge)
        readers.setdefault(start, set()).add(end)
    entered = {b for read in readers.values() for b in read}
    found = [a for a in readers if a not in entered]
    sources = [a for a in found if len(readers[a]) > 1]
    entering = [a for a in found if len(readers[a]) > 1 or pattern.is_port(a)]
    groups = [*_sharing(sources, readers), sources]
    for group in (*groups, *(g for g in _sharing(entering, readers) if g not in groups)):
        if 1 < len(group) <= SOURCES:
            for order in permutations(group):
                rest = {pair for pair in pattern.way.stacked if not {*pair} <= {*group}}
                yield replace(pattern.way, stacked=frozenset({*rest, *pairwise(order)}))


def _sharing(sources: Iterable[str], readers: Mapping[str, set[str]]) -> list[list[str]]:
    """The sources in groups that share no reader with one another."""
    groups: list[list[str]] = []
    for source in sources:
        near = [g for g in groups if any(readers[source] & readers[other] for other in g)]
        groups = [g for g in groups if g not in near] + [[*chain.from_iterable(near), source]]
    return groups


def _without(stacked: frozenset[tuple[str, str]], item: str) -> frozenset[tuple[str, str]]:
    """Pairs of items one above the other, without one of them; the others stay as they stood."""
    below = {a for a, b in stacked if b == item}
    above = {b for a, b in stacked if a == item}
    rest = {pair for pair in stacked if item not in pair}
    return frozenset(rest | {(a, b) for a in below for b in above})


def lines(pattern: Pattern) -> list[Line]:
    """Every line once; a level one enters where it leaves."""
    rows, row = pattern.parts.pattern, pattern.layered.row
    readers: dict[tuple[str, str], set[str]] = {}
    for edge in pattern.edges.passing:
        port = "" if id(edge) in pattern.edges.level else pattern.edges.port(edge)
        readers.setdefault((rows[edge.start], port), set()).add(rows[edge.end])
    return [
        Line(a, row[a], port, row[port] if port else row[a], frozenset(read))
        for (a, port), read in readers.items()
    ]


def _links(pattern: Pattern) -> set[tuple[str, str]]:
    """The links between rows of a column."""
    rows = pattern.parts.pattern
    return {(rows[e.start], rows[e.end]) for e in pattern.edges.inner}
