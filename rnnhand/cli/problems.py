"""`rnnhand problems`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from rnnhand.cli.output import LANG, OUTPUT

if TYPE_CHECKING:
    from rich.console import RenderableType

KEYS = ("name", "title", "source")
NARROW = 72
"""Columns below which three columns side by side would be mostly line breaks."""


@click.command("problems")
@click.option(
    "--format",
    "format_",
    type=click.Choice(("terminal", "json")),
    default="terminal",
    show_default=True,
)
@click.option("-o", "--output", **OUTPUT)
@click.option("--lang", **LANG)
def command(format_: str, output: str | None, lang: str) -> None:
    from rnnhand.cli.failures import reported
    from rnnhand.cli.output import console, write
    from rnnhand.cli.speech import speech

    with reported(lang):
        rows = listed(lang)
        if format_ == "json":
            found = [dict(zip(KEYS, row, strict=True)) for row in rows]
            write(json.dumps({"problems": found}, ensure_ascii=False, indent=2), output)
            return
        heads = [speech(lang).say(f"problems-{key}") for key in KEYS]
        with console(output) as screen:
            screen.print(paragraphs(rows) if screen.width < NARROW else table(heads, rows))


def listed(lang: str) -> list[tuple[str, str, str]]:
    """(name, title, source) of every bundled problem, sheet by sheet."""
    from rnnhand.problem.files import bundled, load, source

    rows = []
    for name in bundled():
        problem = load(source(name))
        title, origin = (problem.wording(w, lang) for w in (problem.title, problem.source))
        rows.append((name, title, origin))
    return rows


def table(heads: list[str], rows: list[tuple[str, str, str]]) -> RenderableType:
    """A row a problem; names stay whole, so that they can be copied."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for head, style in zip(heads, ("bold", "", "dim"), strict=True):
        grid.add_column(Text(head), style=style, no_wrap=style == "bold")
    for row in rows:
        grid.add_row(*map(Text, row))
    return grid


def paragraphs(rows: list[tuple[str, str, str]]) -> RenderableType:
    """The same one below the other, for a narrow terminal."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    blocks: list[RenderableType] = []
    for name, title, origin in rows:
        blocks.append(Text(name, style="bold", overflow="fold"))
        blocks += [Padding(Text(line), (0, 0, 0, 2), expand=False) for line in (title, origin)]
    return Group(*blocks)
