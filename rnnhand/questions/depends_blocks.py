"""Groups of entries of a loop's states that never read each other: a block-diagonal matrix couples
only the entries of one block, so the blocks can be computed at the same time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rnnhand.calculus.dependence import Loop, TooMany
from rnnhand.calculus.entries import Place, entries
from rnnhand.calculus.gradient import shapes_in
from rnnhand.calculus.instances import Instance
from rnnhand.calculus.transitions import states
from rnnhand.document.blocks import Math, Sentence
from rnnhand.explain.sentences import joined
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number
from rnnhand.system.model import SCALAR, Quantity, System

MOST_ENTRIES = 64
"""Entries of a loop's quantities up to which each is followed."""

MOST_PLACES = 40_000
MOST_SHOWN = 6

Cell = tuple[Quantity, int, int]
"""An entry of a quantity, at any step."""


def blocks(system: System, ring: Loop) -> tuple[tuple[Cell, ...], ...]:
    """The groups of entries of the states; none where all are coupled or too many to be followed.
    Entries that read each other over some steps are of one group."""
    made = [q for q in system.made_by if str(q) in ring.names]
    shapes = {q: system.shapes[q] for q in made}
    if sum(m * n for m, n in shapes.values()) > MOST_ENTRIES or set(shapes.values()) == {SCALAR}:
        return ()
    group: dict[Cell, set[Cell]] = {}
    for q, (m, n) in shapes.items():
        for cell in ((q, i, j) for i in range(m) for j in range(n)):
            group.setdefault(cell, {cell})
            try:
                read = list(_read(system, ring, cell, set(made)))
            except TooMany:
                return ()
            for other in read:
                group.setdefault(other, {other})
                if group[other] is not group[cell]:
                    both = group[other] | group[cell]
                    group.update(dict.fromkeys(both, both))
    carried = {q for q, _ in states(system)}
    kept = {id(g): tuple(sorted((c for c in g if c[0] in carried), key=_order))
            for g in group.values()}  # fmt: skip
    found = sorted((g for g in kept.values() if g), key=lambda g: _order(g[0]))
    return tuple(found) if len(found) > 1 else ()


def _order(cell: Cell) -> tuple[str, int, int]:
    return str(cell[0]), cell[1], cell[2]


def _read(system: System, ring: Loop, cell: Cell, made: set[Quantity]) -> Iterator[Cell]:
    """The entries of the loop that one reads at its last step, directly or not."""
    q, i, j = cell
    steps = [s for e in system.made_by[q] for s in e.steps or ()]
    if steps:
        far = Instance(q, max(steps) if ring.direction >= 0 else min(steps))
        for p in entries(system, shapes_in(system), Place(far, i, j), MOST_PLACES):
            if p.instance.quantity in made:
                yield p.instance.quantity, p.row, p.column


def entry(cell: Cell, system: System) -> Expr:
    """h_t(2), or h_t for a number."""
    q, i, j = cell
    if system.shapes[q] == SCALAR:
        return q.ref()
    numbers = (i + 1,) if system.shapes[q][1] == 1 else (i + 1, j + 1)
    return Apply("entry", (q.ref(), *(Number(str(n)) for n in numbers)))


def told(found: Sequence[Sequence[Cell]], system: System) -> Sentence:
    """{h_t(1), h_t(2)}, {h_t(3), h_t(4)}: each group in braces."""
    shown = [("{", *joined(list(_members(group, system))), "}") for group in found[:MOST_SHOWN]]
    if len(found) > MOST_SHOWN:
        shown = [*shown[:-1], ("…",), ("{", *joined(list(_members(found[-1], system))), "}")]
    return joined(shown)


def _members(group: Sequence[Cell], system: System) -> Iterator[Sentence]:
    """The entries; of a run of more than three of one vector the first and the last."""
    at = 0
    while at < len(group):
        end = at
        while (
            end + 1 < len(group)
            and group[end + 1][0] == group[at][0]
            and group[end + 1][1:] == (group[end][1] + 1, group[at][2])
        ):
            end += 1
        if end - at > 2:
            yield (Math(entry(group[at], system)), ", …, ", Math(entry(group[end], system)))
        else:
            yield from ((Math(entry(c, system)),) for c in group[at : end + 1])
        at = end + 1


def spelled(found: Sequence[Sequence[Cell]], system: System) -> list[list[str]]:
    """The groups under the names of results at step t: h[t](2)."""
    return [[_name(cell, system) for cell in group] for group in found]


def _name(cell: Cell, system: System) -> str:
    q, i, j = cell
    if system.shapes[q] == SCALAR:
        return text(q.ref())
    numbers = str(i + 1) if system.shapes[q][1] == 1 else f"{i + 1},{j + 1}"
    return f"{text(q.ref())}({numbers})"
