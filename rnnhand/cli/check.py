"""`rnnhand check`."""

from __future__ import annotations

import sys

import click

from rnnhand.cli.output import LANG, OUTPUT, cells_option, format_option


@click.command("check")
@click.argument("problem")
@click.argument("answers")
@click.option("--reveal", is_flag=True)
@click.option("--hint", type=click.IntRange(1, 3), metavar="1|2|3")
@format_option()
@cells_option
@click.option("-o", "--output", **OUTPUT)
@click.option("--lang", **LANG)
def command(
    problem: str,
    answers: str,
    reveal: bool,
    hint: int | None,
    format_: str,
    cells: str | None,
    output: str | None,
    lang: str,
) -> None:
    from rnnhand.cli.failures import reported
    from rnnhand.cli.output import show, shown_progress, standard_input, write
    from rnnhand.cli.speech import speech
    from rnnhand.marking.conventions import Checker
    from rnnhand.marking.explaining import explain_further
    from rnnhand.marking.marker import marker_for
    from rnnhand.marking.report import as_data, document, hints
    from rnnhand.marking.sheet import read_sheet
    from rnnhand.phrases import POINT, phrases
    from rnnhand.problem.files import answers_source, cell_folders, load, source
    from rnnhand.render import json

    with reported(lang) as place:
        place.name = problem
        found = source(problem)
        place.name, place.text = found.name, found.text
        read = load(found, cell_folders(problem, cells))
        with shown_progress(lang):
            checker = Checker(marker_for(read))
        place.name, place.text = answers, ""
        written = answers_source(answers) if answers != "-" else standard_input()
        place.name, place.text = written.name, written.text
        marked = checker.check(read_sheet(written.text, written.name))
        explain_further(marked)
        if format_ == "json":
            write(json.data(as_data(marked, phrases(lang, POINT))), output)
        else:
            words = speech(lang)
            shown = (
                document(read, marked, words, reveal)
                if hint is None
                else hints(read, marked, words, hint)
            )
            show(shown, format_, output)
    sys.exit(0 if marked.all_right else 1)
