"""The output layer of a cell: the last equation, which reads the state beneath and is read by none.

A cell without one, such as an LSTM, becomes a cell that has one when the layer is put on top of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from rnnhand.language.parser import Statement
from rnnhand.language.tree import Apply, Expr, Ref, Shift, refs, walk
from rnnhand.problem.ends import input_size, output_size
from rnnhand.problem.model import Cell


@dataclass(frozen=True)
class Layered:
    """A cell as what is beneath its output layer, and the equation of the layer."""

    beneath: Cell
    layer: Statement


def layered(cell: Cell) -> Layered | None:
    """The two parts of a cell; None where it has no output layer, or reads its output again."""
    state = state_beneath(cell)
    rest = tuple(s for s in cell.statements if s.target.name != cell.output)
    if state is None or any(r.name == cell.output for s in rest for r in refs(s.body)):
        return None
    return Layered(_only(replace(cell, output=state, statements=rest)), _layer(cell))


def state_beneath(cell: Cell) -> str | None:
    """The one quantity of the same step from which weights make the cell's output; None where the
    output is made otherwise."""
    own = {s.target.name for s in cell.statements} | {cell.input}
    mentioned = set(refs(_layer(cell).body))
    read = {(r.name, r.index) for r in mentioned if r.name in own}
    if len(read) != 1 or not any(r.name in cell.parameters for r in mentioned):
        return None
    ((state, index),) = read
    return state if index == Shift("t") and state not in (cell.input, cell.output) else None


def _layer(cell: Cell) -> Statement:
    """The equation of the output at any step."""
    found = (s for s in cell.statements if s.target.name == cell.output)
    return next(s for s in found if isinstance(s.target.index, Shift))


def _only(cell: Cell) -> Cell:
    """The cell without what its equations do not mention."""
    named = {n.name for n in _nodes(cell) if isinstance(n, Ref)}
    applied = {n.op for n in _nodes(cell) if isinstance(n, Apply)}
    parameters = {p: shape for p, shape in cell.parameters.items() if p in named}
    patterns = [*parameters.values(), *cell.initial.values()]
    sizes = {r.name for pattern in patterns for size in pattern for r in refs(size)}
    sizes |= {cell.input, input_size(cell), cell.output, output_size(cell)}
    return replace(
        cell,
        parameters=parameters,
        functions={f: op for f, op in cell.functions.items() if f in applied},
        sizes={name: wording for name, wording in cell.sizes.items() if name in sizes},
        equal=tuple(name for name in cell.equal if name in sizes),
        biases=tuple(b for b in cell.biases if b in named),
        start={p: value for p, value in cell.start.items() if p in named},
    )


def _nodes(cell: Cell) -> Iterator[Expr]:
    return (node for s in cell.statements for node in walk(s.body))
