"""Small grey pictures: as characters, as SVG, and in LaTeX. What is full is dark on paper."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rich.cells import cell_len
from rich.text import Text

from rnnhand.document.blocks import Picture, Pictures, Sentence
from rnnhand.render.spelling import INDENT, Spelling

BLOCKS, ASCII = " ░▒▓█", " .:*#"
GAP = 3
SIDE = 16
"""Pixels of a cell in SVG."""
LARGEST = 320
"""Pixels of the longer side of a picture at most."""


def drawn(page: Spelling, block: Pictures) -> Iterator[Text]:
    """The pictures in characters, two for each cell, as many side by side as fit."""
    shades = ASCII if page.signs.plain else BLOCKS
    columns = [_column(page, picture, shades) for picture in block.items]
    while columns:
        taken, used = 0, INDENT
        while taken < len(columns):
            width = max(map(cell_len, columns[taken]))
            if taken and used + width > page.width:
                break
            used += width + GAP
            taken += 1
        yield from _beside(columns[:taken])
        columns = columns[taken:]
        if columns:
            yield Text("")


def _column(page: Spelling, picture: Picture, shades: str) -> list[str]:
    """A picture in a frame, its name above and its scale below."""
    across = 2 * len(picture.shades[0])
    top, bottom = (("+", "+"), ("+", "+")) if page.signs.plain else (("┌", "┐"), ("└", "┘"))
    line, side = ("-", "|") if page.signs.plain else ("─", "│")
    rows = [
        side + "".join(2 * shades[_level(x, len(shades))] for x in row) + side
        for row in picture.shades
    ]
    return [
        page.line(picture.name),
        top[0] + line * across + top[1],
        *rows,
        bottom[0] + line * across + bottom[1],
        page.line(picture.scale),
    ]


def _level(shade: float, levels: int) -> int:
    return min(levels - 1, max(0, round(shade * (levels - 1))))


def _beside(columns: Sequence[list[str]]) -> Iterator[Text]:
    """Columns of lines side by side, names at the top."""
    widths = [max(map(cell_len, column)) for column in columns]
    for i in range(max(map(len, columns))):
        parts = [column[i] if i < len(column) else "" for column in columns]
        padded = (p + " " * (w - cell_len(p)) for p, w in zip(parts, widths, strict=True))
        yield Text((" " * INDENT + (" " * GAP).join(padded)).rstrip())


def svg(picture: Picture, title: str) -> str:
    """A picture of squares, each a shade of grey in a thin frame."""
    rows, columns = len(picture.shades), len(picture.shades[0])
    side = max(2, min(SIDE, LARGEST // max(rows, columns)))
    cells = "".join(
        f'<rect x="{j * side + 1}" y="{i * side + 1}" width="{side}" height="{side}" '
        f'fill="{_grey(x)}"/>'
        for i, row in enumerate(picture.shades)
        for j, x in enumerate(row)
    )
    width, height = columns * side + 2, rows * side + 2
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" aria-label={title} '
        f'stroke="#999" stroke-width="0.5">{cells}</svg>'
    )


def _grey(shade: float) -> str:
    level = 255 - _level(shade, 256)
    return f"#{level:02x}{level:02x}{level:02x}"


def tikz(block: Pictures, spell: Callable[[Sentence], str]) -> str:
    """The pictures in LaTeX, side by side."""
    found = []
    for picture in block.items:
        rows, columns = len(picture.shades), len(picture.shades[0])
        side = min(0.4, 8 / max(rows, columns))
        squares = [
            f"\\filldraw[draw=gray,very thin,fill=black!{_level(x, 101)}] "
            f"({j * side:.2f},{-i * side:.2f}) rectangle +({side:.2f},{-side:.2f});"
            for i, row in enumerate(picture.shades)
            for j, x in enumerate(row)
        ]
        inner = "\n".join(squares)
        found.append(
            "\\begin{tabular}{@{}l@{}}\n"
            f"{spell(picture.name)}\\\\\n"
            f"\\begin{{tikzpicture}}\n{inner}\n\\end{{tikzpicture}}\\\\\n"
            f"{{\\footnotesize {spell(picture.scale)}}}\n"
            "\\end{tabular}"
        )
    return "\\begin{center}\n" + "\\quad\n".join(found) + "\n\\end{center}"
