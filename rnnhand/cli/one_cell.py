"""A cell that is looked at by itself: nothing but its own file can say what its names are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rnnhand.errors import Failure

if TYPE_CHECKING:
    from rnnhand.language.operations import Functions
    from rnnhand.problem.model import Cell


def cell_by_itself(name: str, folders: tuple[Path, ...], functions: Functions) -> Cell:
    """A cell by name. Raises `Failure` at the place in its file where a name is not declared, a
    first value is missing, or shapes do not fit."""
    from rnnhand.problem.cells import cell_named, file_of
    from rnnhand.questions.cell_mistakes import of_file
    from rnnhand.questions.cells import example

    cell = cell_named(name, folders)
    try:
        example(cell, functions)
    except Failure as error:
        mistakes = of_file(cell, error.diagnostics)
        raise Failure(mistakes, f"{name}.yaml", file_of(name, folders)) from None
    return cell
