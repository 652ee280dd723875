"""`rnnhand cells`: the cell library."""

from __future__ import annotations

import click

from rnnhand.cli.output import LANG, OUTPUT, cells_option, format_option


@click.command("cells")
@cells_option
@format_option()
@click.option("-o", "--output", **OUTPUT)
@click.option("--lang", **LANG)
def command(cells: str | None, format_: str, output: str | None, lang: str) -> None:
    from rnnhand.cli.failures import reported
    from rnnhand.cli.output import show, write
    from rnnhand.cli.speech import speech
    from rnnhand.problem.cells import cell_named, names
    from rnnhand.problem.files import cell_folders
    from rnnhand.questions.cells import catalogue
    from rnnhand.render import json

    with reported(lang):
        folders = cell_folders(None, cells)
        found = [cell_named(name, folders) for name in names(folders)]
        if format_ == "json":
            rows = [{"name": c.name, "title": c.title, "source": c.source} for c in found]
            write(json.data({"cells": rows}), output)
            return
        show(catalogue(found, speech(lang)), format_, output)
