"""`rnnhand depends`."""

from __future__ import annotations

import click

from rnnhand.cli.once import Once
from rnnhand.cli.output import LANG, OUTPUT, cells_option, format_option


@click.command("depends", cls=Once)
@click.argument("problem")
@click.argument("quantity")
@cells_option
@format_option()
@click.option("-o", "--output", **OUTPUT)
@click.option("--lang", **LANG)
def command(
    problem: str, quantity: str, cells: str | None, format_: str, output: str | None, lang: str
) -> None:
    from rnnhand.cli.failures import reported
    from rnnhand.cli.help import told
    from rnnhand.cli.output import show, shown_progress, write
    from rnnhand.cli.speech import speech
    from rnnhand.problem.files import cell_folders, load, source
    from rnnhand.questions.depends import as_data, depends
    from rnnhand.questions.depends_page import document
    from rnnhand.render import json

    with reported(lang) as place:
        place.name = problem
        found = source(problem)
        place.name, place.text = found.name, found.text
        loaded = load(found, cell_folders(problem, cells))
        place.name, place.text = told("QUANTITY"), quantity
        with shown_progress(lang):
            result = depends(loaded, quantity)
        if format_ == "json":
            write(json.data(as_data(result, loaded.system)), output)
            return
        show(document(result, loaded, speech(lang)), format_, output)
