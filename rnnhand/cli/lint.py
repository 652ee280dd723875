"""`rnnhand lint`."""

from __future__ import annotations

import click

from rnnhand.cli.output import LANG, OUTPUT, cells_option, format_option


@click.command("lint")
@click.argument("problem")
@format_option()
@cells_option
@click.option("-o", "--output", **OUTPUT)
@click.option("--lang", **LANG)
def command(problem: str, format_: str, cells: str | None, output: str | None, lang: str) -> None:
    from rnnhand.cli.failures import reported
    from rnnhand.cli.output import show, shown_progress, write
    from rnnhand.cli.speech import speech
    from rnnhand.marking.lint import as_data, document, lint
    from rnnhand.marking.marker import marker_for
    from rnnhand.marking.power import power
    from rnnhand.problem.files import cell_folders, load, source
    from rnnhand.render import json

    words = speech(lang)
    with reported(lang) as place:
        place.name = problem
        found = source(problem)
        place.name, place.text = found.name, found.text
        read = load(found, cell_folders(problem, cells))
        with shown_progress(lang):
            marker = marker_for(read)
            report = lint(marker, power(marker), words)
        if format_ == "json":
            write(json.data(as_data(report)), output)
        else:
            show(document(marker, report, words), format_, output)
