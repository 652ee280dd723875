"""What is wrong with a cell that is looked at by itself, told as its file would have to say it.

Equations are checked as those of a problem, where values are given; a cell's file gives sizes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from rnnhand.errors import Diagnostic, diagnostic
from rnnhand.problem.ends import input_size
from rnnhand.problem.model import Cell


def of_file(cell: Cell, mistakes: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """The mistakes with hints for a cell's file, each once for a name."""
    told = set[tuple[str, str]]()
    for mistake in mistakes:
        found = _of_file(cell, mistake)
        about = (found.code, dict(found.words).get("name", str(found.span)))
        if about not in told:
            told.add(about)
            yield found


def _of_file(cell: Cell, mistake: Diagnostic) -> Diagnostic:
    words = dict(mistake.words)
    match mistake.code:
        case "unknown-name":
            return _undeclared(cell, mistake)
        case "missing-step-at" if words["base"] in {s.target.name for s in cell.statements}:
            return diagnostic(
                "cell-first",
                mistake.span,
                "hint-cell-first",
                name=_first(words),
                written=words["written"],
                size=_size(cell, words["base"]),
            )
        case "shape-product" | "shape-elementwise" | "shape-beside" | "shape-above" if (
            cell.input and cell.sizes and not input_size(cell) and _mentions_input(cell, words)
        ):
            return diagnostic(
                "cell-input-size",
                mistake.span,
                "hint-cell-input-size",
                name=cell.input,
                left=words["left"],
                left_text=words["left_text"],
                right=words["right"],
                right_text=words["right_text"],
            )
        case "unknown-function" if words["suggestion"] in ("", *cell.functions):
            return replace(mistake, hint="hint-cell-function")
        case _:
            return mistake


def _undeclared(cell: Cell, mistake: Diagnostic) -> Diagnostic:
    words = dict(mistake.words)
    name, suggestion = words["name"], words["suggestion"]
    hint = "hint-cell-name-or" if suggestion else "hint-cell-name"
    if name in cell.sizes and not cell.input:
        hint = "hint-cell-input"
    sizes = ", ".join(list(cell.sizes)[1::-1])
    return diagnostic(
        "cell-name", mistake.span, hint, name=name, suggestion=suggestion, sizes=sizes
    )


def _mentions_input(cell: Cell, words: dict[str, str]) -> bool:
    """Whether one of the sides that do not fit is made of the input."""
    sides = (words["left_text"], words["right_text"])
    return any(re.search(rf"(?<![\w']){re.escape(cell.input)}\[", side) for side in sides)


def _first(words: dict[str, str]) -> str:
    """h[0], or h[T+1] for what lies beyond the last step."""
    beyond = int(words["name"].removeprefix(words["base"])[1:-1]) - int(words["last"])
    return f"{words['base']}[T+{beyond}]" if beyond > 0 else words["name"]


def _size(cell: Cell, name: str) -> str:
    """The size that a state most likely has: of its own name, or that of the output."""
    return next((size for size in (name, cell.output, *cell.sizes) if size in cell.sizes), "")
