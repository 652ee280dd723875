"""A table whose columns all fit, line by line; what has to break is left to Rich."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text

from rnnhand.render.boxes import Box
from rnnhand.render.notation import Signs


@dataclass(frozen=True)
class Cell:
    """A box and its style."""

    box: Box
    style: str = ""


def widths(rows: Sequence[Sequence[Cell]]) -> list[int]:
    """The width of each column."""
    return [
        max(max(map(cell_len, cell.box.lines)) for cell in column)
        for column in zip(*rows, strict=True)
    ]


def columns(
    rows: Sequence[Sequence[Cell]], wide: Sequence[int], left: Sequence[bool], signs: Signs
) -> Iterator[Text]:
    """The lines of a table, its head first; `left` says which columns stand to the left."""
    between = " | " if signs.plain else "   "
    for i, row in enumerate(rows):
        for k in range(max(cell.box.height for cell in row)):
            line, styled = "", []
            for j, cell in enumerate(row):
                part = cell.box.lines[k] if k < cell.box.height else ""
                blank = " " * (wide[j] - cell_len(part))
                start = len(line) + (len(between) if j else 0)
                line += (between if j else "") + (part + blank if left[j] else blank + part)
                if cell.style:
                    styled.append((cell.style, start, len(line)))
            shown = Text(line.rstrip())
            for style, start, end in styled:
                shown.stylize(style, start, min(end, len(shown)))
            yield shown
        if i == 0:
            yield Text("-+-".join("-" * w for w in wide) if signs.plain else "─" * _whole(wide))


def _whole(wide: Sequence[int]) -> int:
    return sum(wide) + 3 * (len(wide) - 1)
