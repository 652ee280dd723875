"""The sizes of what a cell reads and gives: mostly called as these are, x and h, but a file may
call them as it likes, and then its equations say which they are."""

from __future__ import annotations

from rnnhand.language.tree import Apply, Ref, walk
from rnnhand.problem.model import Cell


def input_size(cell: Cell) -> str:
    """The size of the input: of its own name, else that of the columns of a matrix before it; ""
    where the input is one number."""
    if cell.input in cell.sizes:
        return cell.input
    for statement in cell.statements:
        for node in walk(statement.body):
            match node:
                case Apply("@", (Ref(matrix, None), Ref(name))) if name == cell.input:
                    match cell.parameters.get(matrix, ()):
                        case (_, Ref(size)):
                            return size
    return ""


def output_size(cell: Cell) -> str:
    """The size of the output: of its own name, else that of its first value; "" where neither
    says it."""
    if cell.output in cell.sizes:
        return cell.output
    for name, pattern in cell.initial.items():
        match pattern:
            case (Ref(size),) if name.split("[")[0] == cell.output:
                return size
    return ""
