"""Which entries of a vector or matrix a student's formula has right, where all the others are
proved to be wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rnnhand.arithmetic.equality import Pairs, different
from rnnhand.language.tree import Apply, Expr, Number
from rnnhand.questions.formula.formula import RIGHT, Formula
from rnnhand.questions.formula.proof import proved
from rnnhand.system.model import SCALAR, Quantity, Role, Shape

MOST = 64
"""Entries up to which they are told apart."""

Place = tuple[int, int]


@dataclass(frozen=True)
class Entries:
    """The places of the right and of the wrong ones, counted from 1."""

    shape: Shape
    right: tuple[Place, ...]
    wrong: tuple[Place, ...]

    @property
    def diagonal(self) -> tuple[Place, ...]:
        """None where the matrix is not square."""
        rows, columns = self.shape
        return tuple((i, i) for i in range(1, rows + 1)) if rows == columns else ()


def right_entries(
    formula: Formula, points: Sequence[Pairs], fixed: Sequence[Role]
) -> Entries | None:
    """The entries that are right in every instance; each of the others is another number at some
    point. None where that is not known of each, or where none is right."""
    shapes = {formula.full.shapes[Quantity(f"{RIGHT}{i}")] for i in range(len(formula.instances))}
    shape = next(iter(shapes), SCALAR)
    rows, columns = shape
    size = rows * columns
    if len(shapes) != 1 or not 1 < size <= MOST:
        return None
    off = {k for pairs in points for k in range(size) if different(pairs[k::size])}
    if not 0 < len(off) < size:
        return None
    chosen = _chosen(shape, off)
    instances = tuple(
        replace(i, own=Apply("*", (i.own, chosen)), right=Apply("*", (i.right, chosen)))
        for i in formula.instances
    )
    asked = replace(formula, instances=instances, silent=(), apart=())
    if not proved(asked.having(formula.gradients), fixed):
        return None
    places = [(k // columns + 1, k % columns + 1) for k in range(size)]
    return Entries(
        shape,
        tuple(p for k, p in enumerate(places) if k not in off),
        tuple(p for k, p in enumerate(places) if k in off),
    )


def _chosen(shape: Shape, off: set[int]) -> Expr:
    """1 at the places that are compared, 0 at the others."""
    rows, columns = shape
    lines: list[Expr] = []
    for i in range(rows):
        line = tuple(Number(str(int(i * columns + j not in off))) for j in range(columns))
        lines.append(Apply(",", line) if columns > 1 else line[0])
    return Apply(";", tuple(lines)) if rows > 1 else lines[0]
