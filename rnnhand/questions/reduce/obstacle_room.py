"""How many numbers a cell carries from step to step.

A state of n entries that goes into itself through a matrix of its own, whatever n is, takes all of
n directions, and later outputs tell them apart. A cell that carries no more numbers than its input
and output say has no room for it.
"""

from __future__ import annotations

from collections.abc import Iterator

from rnnhand.calculus.choice import Side
from rnnhand.calculus.rules import ShapeOf
from rnnhand.language.operations import Functions
from rnnhand.language.tree import Apply, Expr, Number, Ref, Shift, refs, walk
from rnnhand.problem.model import Cell
from rnnhand.questions.reduce.meeting import end_sizes, equations_of


def grows(cell: Cell, functions: Functions) -> bool:
    """Whether a size inside can be as large as one likes, whatever enters and leaves."""
    return bool(inner_sizes(cell, functions))


def inner_sizes(cell: Cell, functions: Functions) -> set[str]:
    """The sizes of neither the input nor the output, whatever these are called."""
    return set(cell.sizes) - {*end_sizes(cell, equations_of(cell, functions)), *cell.equal}


def free_state(cell: Cell, side: Side, functions: Functions) -> tuple[str, Expr] | None:
    """A state of any size that goes into itself through a matrix of its own, with that size."""
    inside = inner_sizes(cell, functions)
    for name, body in side.bodies.items():
        size = _entries(cell, name)
        if not isinstance(size, Ref) or size.name not in inside:
            continue
        for node in walk(body):
            match node:
                case Apply("@", (Ref(matrix, None), Ref(q, Shift(_, offset)))):
                    square = cell.parameters.get(matrix) == (size, size)
                    if q == name and offset and square:
                        return name, size
    return None


def carried(cell: Cell, side: Side, prefix: str) -> Expr | None:
    """How many numbers a cell carries, as a formula in its sizes; None where that is not plain."""
    lags = {name: _farthest(side, name) for name in [side.reads, *side.bodies]}
    parts: list[Expr] = []
    if lags.pop(side.reads):
        return None
    for name, lag in lags.items():
        size = _entries(cell, name.removeprefix(prefix))
        if lag and size is None:
            return None
        parts += [size] * lag if size is not None else []
    return _sum(parts)


def carried_by_one(side: Side, shape: ShapeOf) -> int:
    """How many numbers a cell of one unit carries at most, earlier inputs among them."""
    names = [side.reads, *side.bodies]
    return sum(_farthest(side, name) * shape(Ref(name))[0] for name in names)


def _entries(cell: Cell, name: str) -> Expr | None:
    """The size of a state, from what it starts with."""
    for key, pattern in cell.initial.items():
        if key.partition("[")[0] == name and len(pattern) < 2:
            return pattern[0] if pattern else Number("1")
    return None


def _farthest(side: Side, name: str) -> int:
    """Over how many steps values of a sequence are kept."""
    offsets = {o for body in side.bodies.values() for o in _offsets(body, name)}
    if name == side.reads:
        return max(offsets, default=0) - min(offsets, default=0)
    return max(map(abs, offsets), default=0)


def _offsets(body: Expr, name: str) -> Iterator[int]:
    for ref in refs(body):
        if ref.name == name and isinstance(ref.index, Shift):
            yield ref.index.offset


def _sum(parts: list[Expr]) -> Expr:
    """h + h as 2·h."""
    counted = {p: parts.count(p) for p in parts}
    terms = tuple(p if n == 1 else Apply("*", (Number(str(n)), p)) for p, n in counted.items())
    if not terms:
        return Number("0")
    return terms[0] if len(terms) == 1 else Apply("+", terms)
