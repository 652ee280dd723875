"""`rnnhand depends`."""

from __future__ import annotations

import click

from rnnhand.cli.output import LANG, OUTPUT, cells_option


@click.command("depends", short_help="What a quantity depends on, and what not.")
@click.argument("problem")
@click.argument("quantity")
@cells_option
@click.option("--format", "format_", type=click.Choice(("terminal", "json")), default="terminal")
@click.option("-o", "--output", **OUTPUT)
@click.option("--lang", **LANG)
def command(
    problem: str, quantity: str, cells: str | None, format_: str, output: str | None, lang: str
) -> None:
    """Say which data, states and parameters QUANTITY depends on, and which not.

    \b
    rnnhand depends slide-lstm 'h[2]'
    rnnhand depends quiz-matrix-elementwise 's[2](3)'
    """
    from rnnhand.cli.failures import reported
    from rnnhand.cli.output import console, shown_progress, write
    from rnnhand.phrases import phrases
    from rnnhand.problem.files import cell_folders, load, source
    from rnnhand.questions.depends import as_data, depends, document
    from rnnhand.render import json
    from rnnhand.render.terminal import print_document

    with reported(lang) as place:
        place.name = problem
        found = source(problem)
        place.name, place.text = found.name, found.text
        loaded = load(found, cell_folders(problem, cells))
        place.name, place.text = "QUANTITY", quantity
        with shown_progress(lang):
            result = depends(loaded, quantity)
        if format_ == "json":
            write(json.data(as_data(result)), output)
            return
        with console(output) as screen:
            print_document(document(result, loaded, phrases(lang)), screen)
