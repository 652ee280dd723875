"""`rnnhand cell NAME`: one cell."""

from __future__ import annotations

import click

from rnnhand.cli.output import LANG, OUTPUT, cells_option, format_option


@click.command("cell")
@click.argument("name")
@cells_option
@format_option()
@click.option("-o", "--output", **OUTPUT)
@click.option("--lang", **LANG)
def command(name: str, cells: str | None, format_: str, output: str | None, lang: str) -> None:
    from rnnhand.cli.failures import reported
    from rnnhand.cli.one_cell import cell_by_itself
    from rnnhand.cli.output import show, write
    from rnnhand.cli.speech import speech
    from rnnhand.problem.files import cell_folders
    from rnnhand.problem.library import functions
    from rnnhand.questions.cells import as_data, document
    from rnnhand.render import json

    with reported(lang):
        cell = cell_by_itself(name, cell_folders(None, cells), functions())
        if format_ == "json":
            write(json.data(as_data(cell)), output)
            return
        page = document(cell, functions(), speech(lang))
        show(page, format_, output)
