"""A layered drawing: every item in a row, edges upwards, few crossings, short edges.

An edge over several rows, or one with a label, is a chain of stand-ins, one a row; so labels and
long edges have room of their own and meet no item. Rows are numbered from below.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from operator import add, gt, sub

from rnnhand.render.picture.aims import Side, aimed
from rnnhand.render.picture.held import Held
from rnnhand.render.picture.neighbours import Neighbours, neighbours
from rnnhand.render.picture.order import ordered
from rnnhand.render.picture.ranks import Item, Link, Sketch, ranks
from rnnhand.render.picture.sequence import in_sequence
from rnnhand.render.picture.straight import straightened

ROUNDS = 150
STILL = 0.02
"""What no item moves by in a round when all places are found."""

AGAIN = 4
"""How often lines are made straight: one that has become so may have made room for another."""


@dataclass(frozen=True)
class Layered:
    """Where items are: the centre of each, the row of each, and the chains of the links."""

    x: Mapping[str, float]
    row: Mapping[str, int]
    rows: tuple[tuple[str, ...], ...]
    chains: Mapping[Link, tuple[str, ...]]
    widths: Mapping[str, float]

    def snapped(self, snap: Callable[[float], float]) -> Layered:
        """The same drawing, with everything where it may stand."""
        return replace(self, x={item: snap(x) for item, x in self.x.items()})


def layered(sketch: Sketch) -> Layered:
    rank = ranks(sketch)
    rows, chains, widths = _with_stand_ins(sketch, rank)
    below, above = neighbours(chains.values())
    sides = {i: s for i, s in sketch.sides.items() if i in rank}
    free = {item for chain in chains.values() for item in chain[1:-1]}
    free |= {end for _, end, _ in sketch.free}
    held = Held(sides, sketch.order, free)
    rows = ordered(rows, chains.values(), held, [chains[link] for link in sketch.free])
    rows = in_sequence(rows, _reading(sketch, chains), chains.values(), held)
    down = [chains[link] for link in sketch.downwards if link in sketch.labels]
    rows = _as_their_ends(rows, down, chains.values())
    x = _placed(rows, below, above, widths, sketch.gap)
    ends = _sides(sketch, chains, widths)
    x = aimed(x, rows, widths, sketch.gap / 2, ends)
    fixed = frozenset(label for side in ends for label in side.labels)
    long = sorted(chains.values(), key=len, reverse=True)
    for _ in range(AGAIN):
        before = dict(x)
        for chain in long:
            _straighten(rows, chain, x, widths, sketch.gap, fixed)
        if x == before:
            break
    if sketch.reach:
        lines = widths | dict.fromkeys(sketch.bare, 0.0)
        falling = [chains[link] for link in sketch.downwards]
        x = straightened(x, rows, chains.values(), lines, sketch.gap / 2, falling)
    row = {item: i for i, line in enumerate(rows) for item in line}
    return Layered(x, row, tuple(map(tuple, rows)), chains, widths)


def _reading(sketch: Sketch, chains: Mapping[Link, Sequence[str]]) -> list[list[str]]:
    """For each item what its lines pass right before it, from below and from above, in order."""
    found = []
    for own in sketch.reads:
        found.append([chains[link][-2] for link in own if link not in sketch.downwards])
        found.append([chains[link][1] for link in own if link in sketch.downwards])
    return [own for own in found if len(own) > 1]


def _as_their_ends(
    rows: Sequence[Sequence[str]],
    downwards: Collection[Sequence[str]],
    chains: Iterable[Sequence[str]],
) -> list[list[str]]:
    """The rows with labels of lines that run down in the order of what they and lines beside them
    lead to below: such lines had better cross above their labels."""
    labels = {chain[1] for chain in downwards if len(chain) > 2}
    below = {b: a for chain in chains for a, b in pairwise(chain[:-1])}
    place = {item: k for row in rows for k, item in enumerate(row)}

    def crosses(one: str, other: str) -> bool:
        lead = one in below and other in below and (one in labels or other in labels)
        return lead and place[below[one]] > place[below[other]]

    found = [list(row) for row in rows]
    for row in found:
        while (k := next((k for k, pair in enumerate(pairwise(row)) if crosses(*pair)), -1)) >= 0:
            row[k : k + 2] = row[k + 1], row[k]
    return found


def _sides(
    sketch: Sketch, chains: Mapping[Link, Sequence[str]], widths: Mapping[str, float]
) -> list[Side]:
    """The sides of items where labels stand before the places that their lines meet."""
    entering: dict[tuple[Item, bool], list[str]] = {}
    leaving: dict[tuple[Item, bool], list[str]] = {}
    for link, chain in chains.items():
        is_down = link in sketch.downwards
        (start, first), (end, last) = chain[:2], (chain[-1], chain[-2])
        if is_down:
            (start, first), (end, last) = (end, last), (start, first)
        entering.setdefault((end, is_down), []).append(last)
        leaving.setdefault((start, not is_down), []).append(first)
    found = []
    for (node, is_above), own in entering.items():
        labels = {i for i in own if i not in sketch.sizes and widths[i]}
        if node in sketch.reach and labels:
            others = leaving.get((node, is_above), [])
            items = (*own, *others)
            found.append(
                Side(node, sketch.reach[node], items, frozenset(labels), frozenset(others))
            )
    return found


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
            before = rank[a] + 1 if link in sketch.downwards else rank[b] - 1
            labelled = link in sketch.labels and r == before
            widths[stand_in] = sketch.labels[link][0] if labelled else 0.0
            rows[r].append(stand_in)
            chain.append(stand_in)
        chains[link] = (*chain, b)
    return rows, chains, widths


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
    pulls = {
        item: [(_pull(item, n), n) for n in (*below.get(item, ()), *above.get(item, ()))]
        for item in x
    }
    totals = {item: sum(pull for pull, _ in pulls[item]) for item in x}
    lines = [
        (
            row,
            [(item, totals[item], pulls[item]) for item in row],
            [totals[item] or 0.01 for item in row],
            _offsets(row, widths, gap),
        )
        for row in rows
        if row
    ]
    for k in range(ROUNDS):
        moved = 0.0
        for row, items, weights, offsets in lines if k % 2 == 0 else lines[::-1]:
            wanted = [
                sum([pull * x[n] for pull, n in own]) / total if total else x[item]
                for item, total, own in items
            ]
            places = _spaced(wanted, weights, offsets)
            moved = max(moved, *map(abs, map(sub, map(x.__getitem__, row), places)))
            x.update(zip(row, places, strict=True))
        if moved < STILL:
            break
    low = min((x[i] - widths[i] / 2 for row in rows for i in row), default=0.0)
    return {item: place - low for item, place in x.items()}


def _straighten(
    rows: Sequence[Sequence[str]],
    chain: Sequence[str],
    x: dict[str, float],
    widths: Mapping[str, float],
    gap: float,
    fixed: Collection[str],
) -> None:
    """The stand-ins of a chain one above the other, as far as their neighbours leave room and they
    are not fixed."""
    places = {item: (i, k) for i, row in enumerate(rows) for k, item in enumerate(row)}

    def room(item: str) -> tuple[float, float]:
        if item in fixed:
            return x[item], x[item]
        i, k = places[item]
        row, low, high = rows[i], float("-inf"), float("inf")
        if k > 0:
            low = x[row[k - 1]] + (widths[row[k - 1]] + widths[item]) / 2 + gap
        if k + 1 < len(row):
            high = x[row[k + 1]] - (widths[row[k + 1]] + widths[item]) / 2 - gap
        return min(low, x[item]), max(high, x[item])

    inner = list(chain[1:-1])
    label = next((item for item in inner if widths[item] > 0), None)
    while len(inner) > 1:
        low, high = room(inner[0])
        count = 1
        while count < len(inner):
            left, right = room(inner[count])
            if max(low, left) > min(high, right):
                break
            low, high, count = max(low, left), min(high, right), count + 1
        wanted = x[label] if label else x[chain[0]]
        for item in inner[:count]:
            if count > 1:
                x[item] = max(low, min(high, wanted))
        inner = inner[count:]


def _pull(a: str, b: str) -> float:
    """Stand-ins hold together more than items do: their names begin with the row."""
    inner = (a[0].isdigit() and " " in a) + (b[0].isdigit() and " " in b)
    return (1.0, 3.0, 12.0)[inner]


def _offsets(row: Sequence[str], widths: Mapping[str, float], gap: float) -> list[float]:
    """How far right of the first item of a row each one stands at least."""
    offsets, at = [], 0.0
    for k, item in enumerate(row):
        if k:
            at += (widths[row[k - 1]] + widths[item]) / 2 + gap
        offsets.append(at)
    return offsets


def _spaced(
    wanted: Sequence[float], weights: Sequence[float], offsets: Sequence[float]
) -> list[float]:
    """The places nearest to the wanted ones that keep the order and the offsets."""
    means = [*map(sub, wanted, offsets)]
    if any(map(gt, means, means[1:])):
        means = _pooled(means, weights)
    return [*map(add, means, offsets)]


def _pooled(wanted: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The numbers nearest to the wanted ones that do not fall: pooling of blocks."""
    blocks: list[tuple[float, float, int]] = []
    for mean, total in zip(wanted, weights, strict=True):
        count = 1
        while blocks and blocks[-1][0] > mean:
            m, t, c = blocks.pop()
            mean, total, count = (m * t + mean * total) / (t + total), t + total, count + c
        blocks.append((mean, total, count))
    return [mean for mean, _, count in blocks for _ in range(count)]
