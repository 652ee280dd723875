"""Documents in Markdown as GitHub shows it: formulas between $` and `$, tables, text as text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import StringIO
from itertools import groupby
from typing import assert_never

from rich.console import Console

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
from rnnhand.render.charts import chart
from rnnhand.render.greys import drawn
from rnnhand.render.lines import Lines, is_signs
from rnnhand.render.notation import UNICODE
from rnnhand.render.plane_text import drawn as in_plane
from rnnhand.render.signs import clean
from rnnhand.render.spelling import Spelling
from rnnhand.render.tables import columns, on_page
from rnnhand.render.tex import Tex
from rnnhand.render.together import together

ROOM = 90
"""Columns of a line of formulas."""
WIDEST_TABLE = 110
TALL = Tex(tall=True)
LINES = Lines(TALL, ROOM)
SPECIAL = re.compile(r"[\\`*_\[\]#|~!]")
ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
ALONE = re.compile(r"\$|@|:(?=[\w+-]+:)")
"""What GitHub reads as a formula, a name to be told, a picture: it does not in a span."""
LINKED = re.compile(r"(?i)(?<=www)\.|:(?=//)")
START = re.compile(r"^(\s*)(?:([-+=])|(\d+)([.)]))")
BEFORE = {"wrong": "**", "unreadable": "*", "missing": "*"}


def page(document: Document) -> str:
    """The whole document."""
    blocks = [f"# {line_start(text(document.title))}"]
    if clean(document.source):
        blocks.append(f"*{text(document.source)}*")
    for block in together(document.blocks):
        blocks += _block(block, 2)
    return "\n\n".join(filter(None, blocks))


def text(words: str) -> str:
    """Text that is shown as it is, whatever stands in it."""
    return _escaped(clean(words))


def _escaped(words: str) -> str:
    shown = "".join(c if c.isprintable() or c == "\u00a0" else " " for c in words)
    shown = SPECIAL.sub(lambda m: "\\" + m[0], shown)
    shown = "".join(ENTITIES.get(c, c) for c in shown)
    shown = LINKED.sub(lambda m: "\\" + m[0], shown)
    return ALONE.sub(lambda m: f"<span>{m[0]}</span>", shown)


def line_start(line: str) -> str:
    """A line that is no list, whatever it begins with."""
    return START.sub(lambda m: m[1] + (f"\\{m[2]}" if m[2] else f"{m[3]}\\{m[4]}"), line)


def sentence(content: Sentence) -> str:
    if len(content) > 1 and is_signs(content):
        return _math(LINES.said(content))
    return "".join(_inline(i) for i in content)


def _math(tex: str) -> str:
    return f"$`{tex.strip()}`$" if tex.strip() else ""


def _inline(inline: Inline) -> str:
    match inline:
        case str():
            return _escaped(inline)
        case Math(expr):
            return _math(TALL.flat.formula(expr))
        case Shown(table):
            return _math(TALL.flat.table(table))
        case Equals(left, right):
            return _math(LINES.equality(left, right).text)
        case Tag(kind, words):
            mark = BEFORE.get(kind, "")
            return f"{mark}{text(words)}{mark}"
        case _:
            assert_never(inline)


def _block(block: Block, depth: int) -> Iterator[str]:
    match block:
        case Paragraph(content):
            yield line_start(sentence(content).strip())
        case Definitions(equations):
            yield _aligned(LINES.equations(equations))
        case Values(items):
            yield "\n".join(f"- {line_start(sentence(item).strip())}" for item in items)
        case Step():
            yield _aligned(LINES.aligned((block,)))
        case Steps(label, steps):
            if label:
                yield line_start(sentence(label).strip())
            yield _aligned(LINES.aligned(steps))
        case Grid():
            for table in on_page(block, LINES, WIDEST_TABLE):
                yield _table(table)
        case Plot() | Plane():
            yield _plot(block)
        case Pictures():
            yield _fenced("\n".join(line.plain for line in drawn(_characters(), block)))
        case Note(_, content):
            yield f"> {line_start(sentence(content).strip())}"
        case Fields(labels):
            yield "\n".join(f"{line_start(text(said))}: {text('_' * 20)}  " for said in labels)
        case Room(lines):
            yield "<br>" * (lines // 3)
        case Section(title, blocks):
            yield f"{'#' * min(depth, 6)} {sentence(title).strip()}"
            for inner in together(blocks):
                yield from _block(inner, depth + 1)
        case _:
            assert_never(block)


def _aligned(lines: list[str]) -> str:
    if not lines:
        return ""
    inner = " \\\\[2pt]\n".join(lines)
    return f"```math\n\\begin{{aligned}}\n{inner}\n\\end{{aligned}}\n```"


def _table(grid: Grid) -> str:
    rules = [
        ":--" if i == 0 or column.wordy else "--:" for i, column in enumerate(columns(grid, LINES))
    ]
    rows = [[sentence(cell).strip() for cell in row] for row in (grid.head, *grid.rows)]
    lines = [f"| {' | '.join(row)} |" for row in (rows[0], rules, *rows[1:])]
    return "\n".join(lines)


def _plot(plot: Plot | Plane) -> str:
    """A picture drawn with characters, as in a terminal."""
    page = _characters()
    lines = chart(page, plot) if isinstance(plot, Plot) else in_plane(page, plot)
    return _fenced("\n".join(line.plain for line in lines))


def _characters() -> Spelling:
    """Eighty columns of text."""
    console = Console(width=80, file=StringIO(), color_system=None, force_jupyter=False)
    return Spelling(console, UNICODE, 80)


def _fenced(drawn: str) -> str:
    """Characters in places of their own."""
    longest = max((len(list(run)) for c, run in groupby(drawn) if c == "`"), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{drawn}\n{fence}" if drawn else ""
