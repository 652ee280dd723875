"""`rnnhand check-formula`."""

from __future__ import annotations

import sys

import click

from rnnhand.cli.output import LANG, OUTPUT, cells_option, format_option


class Formulas(click.Command):
    """A command whose arguments may begin with a minus sign."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, [_signed(a) for a in args])


def _signed(arg: str) -> str:
    """`-2*x` with a minus sign that click does not take for an option's."""
    formula = arg.startswith("-") and not arg.startswith("--") and len(arg) > 2
    return "−" + arg[1:] if formula else arg


@click.command("check-formula", cls=Formulas)
@click.argument("problem")
@click.argument("name")
@click.argument("formula")
@cells_option
@format_option()
@click.option("-o", "--output", **OUTPUT)
@click.option("--lang", **LANG)
def command(
    problem: str,
    name: str,
    formula: str,
    cells: str | None,
    format_: str,
    output: str | None,
    lang: str,
) -> None:
    from rnnhand.cli.failures import reported
    from rnnhand.cli.help import told
    from rnnhand.cli.output import show, shown_progress, write
    from rnnhand.cli.speech import speech
    from rnnhand.phrases import POINT, phrases
    from rnnhand.problem.files import cell_folders, load, source
    from rnnhand.questions.formula.formula import looked_up
    from rnnhand.questions.formula.page import as_data, document
    from rnnhand.questions.formula.readings import judged_as_meant
    from rnnhand.render import json

    with reported(lang) as place:
        place.name = problem
        found = source(problem)
        place.name, place.text = found.name, found.text
        loaded = load(found, cell_folders(problem, cells))
        place.name, place.text = told("NAME"), name
        looked_up(loaded, name)
        place.name, place.text = told("FORMULA"), formula
        with shown_progress(lang):
            asked, judged = judged_as_meant(loaded, name, formula)
        if format_ == "json":
            write(json.data(as_data(asked, judged, phrases(lang, POINT))), output)
        else:
            show(document(asked, judged, speech(lang)), format_, output)
    sys.exit(0 if judged.verdict == "right" else 1)
