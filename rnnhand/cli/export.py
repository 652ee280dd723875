"""`rnnhand export`."""

from __future__ import annotations

import sys

import click

from rnnhand.cli.output import LANG, OUTPUT, cells_option
from rnnhand.export.dialects import DIALECTS

FORMATS = ("python", "json")


@click.command("export")
@click.argument("problem")
@click.option("--to", type=click.Choice(tuple(DIALECTS)), default="numpy", show_default=True)
@click.option(
    "--format", "format_", type=click.Choice(FORMATS), default="python", show_default=True
)
@cells_option
@click.option("-o", "--output", **OUTPUT)
@click.option("--lang", **LANG)
def command(
    problem: str, to: str, format_: str, cells: str | None, output: str | None, lang: str
) -> None:
    from rnnhand.cli.failures import reported
    from rnnhand.cli.output import shown_progress, write, write_bytes
    from rnnhand.export.program import program
    from rnnhand.phrases import POINT, phrases
    from rnnhand.problem.files import cell_folders, load, source
    from rnnhand.render import json

    with reported(lang) as place:
        place.name = problem
        found = source(problem)
        place.name, place.text = found.name, found.text
        read = load(found, cell_folders(problem, cells))
        with shown_progress(lang):
            content = program(read, DIALECTS[to], phrases(lang, POINT))
        if format_ == "json":
            title = read.wording(read.title, lang) or read.name
            content = json.data({"problem": title, "to": to, "program": content})
        elif output is None and not sys.stdout.isatty():
            write_bytes(f"{content}\n".encode(), None)  # a program is UTF-8, whatever the locale
            return
        write(content, output)
