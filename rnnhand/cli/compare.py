"""`rnnhand compare`."""

from __future__ import annotations

import click

from rnnhand.cli.output import LANG, OUTPUT, cells_option, format_option


@click.command("compare")
@click.argument("cell")
@click.argument("other")
@cells_option
@format_option()
@click.option("-o", "--output", **OUTPUT)
@click.option("--lang", **LANG)
def command(
    cell: str, other: str, cells: str | None, format_: str, output: str | None, lang: str
) -> None:
    from rnnhand.cli.failures import reported
    from rnnhand.cli.one_cell import cell_by_itself
    from rnnhand.cli.output import show, shown_progress, write
    from rnnhand.cli.speech import speech
    from rnnhand.problem.files import cell_folders
    from rnnhand.problem.library import functions
    from rnnhand.questions.compare.compare import compare
    from rnnhand.questions.compare.data import as_data
    from rnnhand.questions.compare.page import document
    from rnnhand.render import json

    with reported(lang):
        folders = cell_folders(None, cells)
        one, two = (cell_by_itself(name, folders, functions()) for name in (cell, other))
        with shown_progress(lang):
            result = compare(one, two, functions())
        if format_ == "json":
            write(json.data(as_data(result)), output)
            return
        show(document(result, functions(), speech(lang)), format_, output)
