"""`rnnhand count`."""

from __future__ import annotations

import click

from rnnhand.cli.output import LANG, OUTPUT, cells_option, format_option


@click.command("count")
@click.argument("problem", required=False)
@click.option("--cell", metavar="NAME")
@click.option("--layers", metavar="LIST")
@click.option("--sizes", default="", metavar="LIST")
@click.option("--output-matrix", type=click.IntRange(1), metavar="N")
@click.option("--no-biases", is_flag=True)
@cells_option
@format_option()
@click.option("-o", "--output", **OUTPUT)
@click.option("--lang", **LANG)
def command(
    problem: str | None,
    cell: str | None,
    layers: str | None,
    sizes: str,
    output_matrix: int | None,
    no_biases: bool,
    cells: str | None,
    format_: str,
    output: str | None,
    lang: str,
) -> None:
    from rnnhand.cli.failures import reported
    from rnnhand.cli.help import told
    from rnnhand.cli.output import show, write
    from rnnhand.cli.speech import speech
    from rnnhand.problem.files import cell_folders, load, source
    from rnnhand.problem.layers import layers_from_words
    from rnnhand.questions import count as counting
    from rnnhand.render import json

    if sum(bool(x) for x in (problem, cell, layers)) != 1:
        raise click.UsageError(told("count one"))
    with reported(lang) as place:
        if problem:
            place.name = problem
            found = source(problem)
            place.name, place.text = found.name, found.text
            counted = counting.count_problem(load(found, cell_folders(problem, cells)), lang)
        else:
            folders = cell_folders(None, cells)
            place.name = "--sizes" if cell else "--layers"
            made = layers_from_words(cell or "", layers or "", sizes, folders, not no_biases)
            title = cell or layers or ""
            counted = counting.count_layers(title, made, output_matrix, not no_biases)
        if format_ == "json":
            write(json.data(counting.as_data(counted)), output)
            return
        page = counting.document(counted, speech(lang))
        show(page, format_, output)
