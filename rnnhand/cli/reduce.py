"""`rnnhand reduce`."""

from __future__ import annotations

import click

from rnnhand.cli.output import LANG, OUTPUT, cells_option, format_option


@click.command("reduce")
@click.argument("cell")
@click.option("--to", "target", required=True, metavar="CELL")
@click.option("--set", "settings", default="", metavar="LIST")
@cells_option
@format_option()
@click.option("-o", "--output", **OUTPUT)
@click.option("--lang", **LANG)
def command(
    cell: str,
    target: str,
    settings: str,
    cells: str | None,
    format_: str,
    output: str | None,
    lang: str,
) -> None:
    from rnnhand.cli.failures import reported
    from rnnhand.cli.one_cell import cell_by_itself
    from rnnhand.cli.output import show, shown_progress, write
    from rnnhand.cli.speech import speech
    from rnnhand.phrases import POINT, phrases
    from rnnhand.problem.files import cell_folders
    from rnnhand.problem.library import functions
    from rnnhand.questions.reduce.data import as_data
    from rnnhand.questions.reduce.page import document
    from rnnhand.questions.reduce.reduce import reduce
    from rnnhand.render import json

    with reported(lang) as place:
        folders = cell_folders(None, cells)
        one, other = (cell_by_itself(name, folders, functions()) for name in (cell, target))
        place.name, place.text = "--set", settings
        with shown_progress(lang):
            result = reduce(one, other, functions(), settings)
        if format_ == "json":
            write(json.data(as_data(result, phrases(lang, POINT), functions())), output)
            return
        show(document(result, functions(), speech(lang)), format_, output)
