"""A table whose columns all fit, line by line; what has to break is left to Rich."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Span, Text

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
    rows: Sequence[Sequence[Cell]],
    wide: Sequence[int],
    left: Sequence[bool],
    signs: Signs,
    indent: int,
) -> Iterator[Text]:
    """The lines of a table, its head first; `left` says which columns stand to the left."""
    between = " | " if signs.plain else "   "
    margin = " " * indent
    for i, row in enumerate(rows):
        for k in range(max(cell.box.height for cell in row)):
            line, styled = margin, []
            for j, cell in enumerate(row):
                part = cell.box.lines[k] if k < cell.box.height else ""
                blank = " " * (wide[j] - cell_len(part))
                line += between if j else ""
                start = len(line)
                line += part + blank if left[j] else blank + part
                if cell.style:
                    styled.append((start, start + len(part) + len(blank), cell.style))
            shown = line.rstrip()
            spans = [Span(a, min(b, len(shown)), s) for a, b, s in styled if a < len(shown)]
            yield Text(shown, spans=spans)
        if i == 0:
            rule = "-+-".join("-" * w for w in wide) if signs.plain else "─" * _whole(wide)
            yield Text(margin + rule)


def _whole(wide: Sequence[int]) -> int:
    return sum(wide) + 3 * (len(wide) - 1)
