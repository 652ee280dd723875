"""`rnnhand lint`."""

from __future__ import annotations

import click

from rnnhand.cli.output import LANG, OUTPUT, cells_option

FORMATS = ("terminal", "json")


@click.command("lint", short_help="What an exercise can tell apart; its kinks, numbers, length.")
@click.argument("problem")
@click.option("--format", "format_", type=click.Choice(FORMATS), default="terminal",
              show_default=True, help="How to print the report.")  # fmt: skip
@cells_option
@click.option("-o", "--output", **OUTPUT)
@click.option("--lang", **LANG)
def command(problem: str, format_: str, cells: str | None, output: str | None, lang: str) -> None:
    """Say which mistakes PROBLEM cannot tell from the right answer, and which from each other;
    where its functions have kinks, how friendly its numbers are, and how much work it is."""
    from rnnhand.cli.failures import reported
    from rnnhand.cli.output import console, shown_progress, write
    from rnnhand.marking.lint import as_data, document, lint
    from rnnhand.marking.marker import marker_for
    from rnnhand.marking.power import power
    from rnnhand.phrases import phrases
    from rnnhand.problem.files import cell_folders, load, source
    from rnnhand.render import json

    words = phrases(lang)
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
            from rnnhand.render.terminal import print_document

            with console(output) as screen:
                print_document(document(marker, report, words), screen)
