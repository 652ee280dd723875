"""`rnnhand analyse`."""

from __future__ import annotations

import click

from rnnhand.cli.check_formula import Formulas
from rnnhand.cli.output import DIGITS, LANG, OUTPUT, format_option


@click.command("analyse", cls=Formulas)
@click.argument("function")
@click.option("--by", default="", metavar="NAME")
@format_option("svg")
@click.option("--digits", **DIGITS)
@click.option("-o", "--output", **OUTPUT)
@click.option("--lang", **LANG)
def command(
    function: str, by: str, format_: str, digits: int | None, output: str | None, lang: str
) -> None:
    from rnnhand.cli.failures import reported
    from rnnhand.cli.output import show, shown_progress, write
    from rnnhand.cli.speech import speech
    from rnnhand.errors import failure
    from rnnhand.questions.analysis.data import as_data
    from rnnhand.questions.analysis.facts import analysis
    from rnnhand.questions.analysis.page import document
    from rnnhand.questions.analysis.picture import plot
    from rnnhand.questions.analysis.study import read

    words = speech(lang)
    with reported(lang) as place:
        place.name, place.text = "function", function
        study = read(function, by.strip())
        with shown_progress(lang):
            found = analysis(study)
        if format_ == "json":
            from rnnhand.render import json

            write(json.data(as_data(found, digits or 15)), output)
        elif format_ == "svg":
            from rnnhand.render.plot_svg import plot_svg

            drawn = plot(found, words)
            if drawn is None:
                raise failure("analyse-no-plot", None)
            write(plot_svg(drawn), output)
        else:
            show(document(found, words, digits or 5), format_, output)
