"""Documents in Typst: a handout of pages of A4, which needs no files and no packages."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import assert_never

from rnnhand.document.blocks import (
    Block,
    Definitions,
    Document,
    Equals,
    Fields,
    Grid,
    Inline,
    Math,
    Note,
    Paragraph,
    Pictures,
    Plane,
    Plot,
    Room,
    Section,
    Sentence,
    Shown,
    Step,
    Steps,
    Tag,
    Values,
)
from rnnhand.document.graph import Graph
from rnnhand.language.numerals import BLANK, has_blanks
from rnnhand.render.lines import Lines
from rnnhand.render.signs import clean
from rnnhand.render.tables import broken_columns, columns, on_page
from rnnhand.render.together import together
from rnnhand.render.typst_math import Typst
from rnnhand.render.typst_picture import graph_picture, grey_pictures, plane_picture, plot_picture
from rnnhand.render.typst_text import escaped, string

ROOM = 87
"""Columns of a terminal that are about as wide as a line of the page."""
TALL = Typst(tall=True)
LINES = Lines(TALL, ROOM)
DEEPEST = 4
RUNNING = 96
"""Letters that the line at the top of every page has room for."""


def page(document: Document, graph: Graph | None = None) -> str:
    """A whole document; a graph of what it works out stands before its first section."""
    style = files("rnnhand").joinpath("render", "page", "style.typ").read_text("utf-8")
    title, source = clean(document.title), clean(document.source)
    left = _short(title, 60)
    running = f"{string(left)}, {string(_short(source, RUNNING - len(left)))}"
    said = f"{string(title)}, {string(source)}, ({running}), {string(document.lang)}"
    head = f"#show: handout.with({said})"
    return "\n".join([style, head, "", *_body(document, graph)])


def _short(text: str, room: int) -> str:
    """A title as it stands at the top of every page, on one line."""
    return text if len(text) <= room else f"{text[:room].rstrip()} …"


def _body(document: Document, graph: Graph | None) -> Iterator[str]:
    for block in together(document.blocks):
        if graph is not None and isinstance(block, Section):
            yield graph_picture(graph)
            graph = None
        yield from _block(block, 1)


def sentence(content: Sentence) -> str:
    return "".join(_inline(i) for i in content)


def _inline(inline: Inline) -> str:
    match inline:
        case str():
            return escaped(inline)
        case Math(expr):
            return f"${TALL.flat.formula(expr)}$"
        case Shown(table):
            return _whole(f"${TALL.flat.table(table)}$")
        case Equals(left, right):
            return f"${LINES.equality(left, right).text}$"
        case Tag(kind, words):
            return f"#tag({string(kind)})[{escaped(clean(words))}]"
        case _:
            assert_never(inline)


def _whole(number: str) -> str:
    """A number in which no line breaks: 1.5·10⁻¹²."""
    return f"#box[{number}]" if "dot.c" in number else number


def _block(block: Block, depth: int) -> Iterator[str]:
    match block:
        case Paragraph(content):
            yield f"{sentence(content).strip()}\n"
        case Definitions(equations):
            yield from _aligned(LINES.equations(equations))
        case Values(items):
            said = " #h(1.4em, weak: true)\n".join(map(_item, items))
            yield f"#values[\n{said}\n]\n" if items else ""
        case Step():
            yield from _aligned(LINES.aligned((block,)))
        case Steps(label, steps):
            if label:
                yield f"#label-of-lines[{sentence(label).strip()}]"
            yield from _aligned(LINES.aligned(steps))
        case Grid():
            yield from map(_table, on_page(block, LINES, ROOM))
        case Plot():
            yield plot_picture(block, sentence)
        case Pictures():
            yield grey_pictures(block, sentence)
        case Plane():
            yield plane_picture(block)
        case Note(kind, content):
            yield f"#note({string(kind)})[{sentence(content).strip()}]\n"
        case Fields(labels):
            yield f"#fields({', '.join(map(string, labels))})\n"
        case Room(lines):
            yield f"#squares({lines})\n"
        case Section(title, blocks):
            yield f"#heading(level: {min(depth, DEEPEST)})[{sentence(title).strip()}]\n"
            for inner in together(blocks):
                yield from _block(inner, depth + 1)
        case _:
            assert_never(block)


def _aligned(lines: list[str]) -> Iterator[str]:
    if lines:
        inner = " \\\n  ".join(lines)
        yield f"$ {inner} $\n"


def _item(item: Sentence) -> str:
    """A given value; it breaks only where it is longer than a line."""
    said = sentence(item).strip()
    return f"#{_box(said)}[{said}]" if LINES.columns(item) <= ROOM else said


def _box(said: str) -> str:
    """A box with room above and below what is higher than a line."""
    return "tall" if "mat(" in said else "box"


def _table(grid: Grid) -> str:
    """Columns as wide as their cells; where that is too much, words share the room left."""
    wide = columns(grid, LINES)
    broken = broken_columns(wide, ROOM)
    sizes = ", ".join("1fr" if i in broken else "auto" for i in range(len(wide)))
    words = [c.wordy or i == 0 or _has_tags(grid, i) for i, c in enumerate(wide)]
    sides = ", ".join("left" if wordy else "right" for wordy in words)
    rows = [f"  {_row(row)}," for row in grid.rows]
    head = f"  table.header({_row(grid.head)}),"
    name = "form-of" if any(_is_blank(c) for row in grid.rows for c in row) else "grid-of"
    return "\n".join([f"#{name}(({sizes},), ({sides},),", head, *rows, ")\n"])


def _is_blank(cell: Sentence) -> bool:
    return any(isinstance(part, Shown) and has_blanks(part.table) for part in cell)


def _has_tags(grid: Grid, i: int) -> bool:
    return any(isinstance(part, Tag) for row in grid.rows for part in row[i])


def _row(cells: tuple[Sentence, ...]) -> str:
    return ", ".join(map(_cell, cells))


def _cell(cell: Sentence) -> str:
    if len(cell) == 1 and cell[0] == Shown(BLANK):
        return "cell"
    said = sentence(cell).strip()
    return f"tall[{said}]" if "mat(" in said else f"[{said}]"
