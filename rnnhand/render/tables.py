"""Tables on a page of a given width: upright, turned, or split into several."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from rnnhand.document.blocks import Grid, Sentence
from rnnhand.render.lines import Lines

GAP = 2
LEAST_WORDY = 16
"""Columns that words need at least; they may break inside."""


@dataclass(frozen=True)
class Column:
    """How wide a column is, whether it holds words (which break, and stand to the left)."""

    width: float
    wordy: bool

    @property
    def least(self) -> float:
        return min(self.width, LEAST_WORDY) if self.wordy else self.width


def columns(grid: Grid, lines: Lines) -> list[Column]:
    found = []
    for i, head in enumerate(grid.head):
        cells = [row[i] for row in grid.rows]
        found.append(
            Column(max(map(lines.columns, (head, *cells)), default=0), any(map(is_wordy, cells)))
        )
    return found


def is_wordy(cell: Sentence) -> bool:
    """Whether a cell holds words, which read from the left and may break, or a bar."""
    return any(
        isinstance(part, str) and ("■" in part or any(map(str.isalpha, part))) for part in cell
    )


def needed(grid: Grid, lines: Lines) -> float:
    wide = columns(grid, lines)
    return sum(c.least for c in wide) + GAP * (len(wide) - 1)


def turned(grid: Grid) -> Grid:
    """Rows and columns exchanged."""
    head, *rows = zip(grid.head, *grid.rows, strict=True)
    return replace(grid, head=head, rows=tuple(rows))


def on_page(grid: Grid, lines: Lines, room: float) -> Iterator[Grid]:
    """The table as one that fits, turned if need be; or split, its first column repeated."""
    if needed(grid, lines) <= room:
        yield grid
        return
    if grid.turnable and grid.rows and len(grid.head) > 1:
        other = turned(grid)
        if needed(other, lines) <= room:
            yield other
            return
        if len(other.head) < len(grid.head):
            grid = other
    yield from split(grid, lines, room)


def split(grid: Grid, lines: Lines, room: float) -> Iterator[Grid]:
    """Tables of as many columns as fit, the first column in each."""
    wide = columns(grid, lines)
    chosen: list[int] = []
    used = first = wide[0].least
    for i in range(1, len(wide)):
        if chosen and used + GAP + wide[i].least > room:
            yield _picked(grid, chosen)
            chosen, used = [], first
        chosen.append(i)
        used += GAP + wide[i].least
    if chosen or len(wide) == 1:
        yield _picked(grid, chosen)


def _picked(grid: Grid, chosen: list[int]) -> Grid:
    places = [0, *chosen]
    head = tuple(grid.head[i] for i in places)
    return replace(grid, head=head, rows=tuple(tuple(r[i] for i in places) for r in grid.rows))


def broken_columns(wide: list[Column], room: float) -> dict[int, float]:
    """The columns in which words have to break, by their place, and the room of each: an equal
    share of what the others leave, which are narrower than that or cannot break."""
    room -= GAP * (len(wide) - 1)
    if sum(c.width for c in wide) <= room:
        return {}
    broken = {i for i, c in enumerate(wide) if c.wordy}
    while broken:
        left = room - sum(c.width for i, c in enumerate(wide) if i not in broken)
        share = max(left / len(broken), 2.0)
        narrow = {i for i in broken if wide[i].width <= share}
        if not narrow:
            return dict.fromkeys(sorted(broken), share)
        broken -= narrow
    return {}
