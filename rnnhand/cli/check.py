"""`rnnhand check`."""

from __future__ import annotations

import sys

import click

from rnnhand.cli.output import LANG, OUTPUT, cells_option

FORMATS = ("terminal", "json")


@click.command("check", short_help="Mark an answer sheet: a verdict for every value.")
@click.argument("problem")
@click.argument("answers")
@click.option("--reveal", is_flag=True, help="Show the right values too.")
@click.option("--format", "format_", type=click.Choice(FORMATS), default="terminal",
              show_default=True, help="How to print the verdicts.")  # fmt: skip
@cells_option
@click.option("-o", "--output", **OUTPUT)
@click.option("--lang", **LANG)
def command(
    problem: str,
    answers: str,
    reveal: bool,
    format_: str,
    cells: str | None,
    output: str | None,
    lang: str,
) -> None:
    """Mark the sheet ANSWERS (- for standard input) against PROBLEM: right, follows from an
    earlier mistake, or wrong.

    The sheet is YAML, JSON, CSV, a Markdown table, or lines such as h[2] = 0.5;
    `rnnhand sheet PROBLEM` writes a blank one. Exits with 0 where every given value is right,
    with 1 where one is not.
    """
    from rnnhand.cli.failures import reported
    from rnnhand.cli.output import console, shown_progress, standard_input, write
    from rnnhand.marking.report import as_data, document
    from rnnhand.marking.sheet import read_sheet
    from rnnhand.marking.verdicts import mark, marker_for
    from rnnhand.phrases import phrases
    from rnnhand.problem.files import answers_source, cell_folders, load, source
    from rnnhand.render import json

    with reported(lang) as place:
        place.name = problem
        found = source(problem)
        place.name, place.text = found.name, found.text
        read = load(found, cell_folders(problem, cells))
        with shown_progress(lang):
            marker = marker_for(read)
        place.name, place.text = answers, ""
        written = answers_source(answers) if answers != "-" else standard_input()
        place.name, place.text = written.name, written.text
        marked = mark(marker, read_sheet(written.text, written.name))
        if format_ == "json":
            write(json.data(as_data(marked)), output)
        else:
            from rnnhand.render.terminal import print_document

            with console(output) as screen:
                print_document(document(read, marked, phrases(lang), reveal), screen)
    sys.exit(0 if marked.all_right else 1)
