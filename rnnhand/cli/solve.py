"""`rnnhand solve`."""

from __future__ import annotations

import click

from rnnhand.cli.output import DIGITS, LANG, OUTPUT, cells_option, format_option

ARITHMETICS = ("auto", "exact", "decimal", "symbolic", "float")


@click.command("solve")
@click.argument("problem")
@format_option()
@click.option("--arithmetic", type=click.Choice(ARITHMETICS), default="auto", show_default=True)
@click.option("--digits", **DIGITS)
@click.option(
    "--detail",
    type=click.Choice(("result", "normal", "full")),
    default="normal",
    show_default=True,
)
@click.option("--only", multiple=True, metavar="QUESTION")
@click.option("--wrt", multiple=True, metavar="NAME")
@cells_option
@click.option("-o", "--output", **OUTPUT)
@click.option("--lang", **LANG)
def command(
    problem: str,
    format_: str,
    arithmetic: str,
    digits: int | None,
    detail: str,
    only: tuple[str, ...],
    wrt: tuple[str, ...],
    cells: str | None,
    output: str | None,
    lang: str,
) -> None:
    from rnnhand.cli.failures import printable, reported
    from rnnhand.cli.output import show, shown_progress, write
    from rnnhand.cli.page import DRAWING, graph_of
    from rnnhand.cli.speech import speech
    from rnnhand.problem.files import cell_folders, load, source
    from rnnhand.questions.solve import Options, document, solve, without_closed_form

    with reported(lang) as place:
        place.name = problem
        found = source(problem)
        place.name, place.text = found.name, found.text
        read = load(found, cell_folders(problem, cells))
        in_json = format_ == "json"
        options = Options(arithmetic, digits or (15 if in_json else 5), only, wrt, detail)
        with shown_progress(lang):
            solution = solve(read, options)
            if in_json:
                from rnnhand.questions.solve import key
                from rnnhand.render import json

                content = json.solution(key(solution, options, lang))
                too_long = without_closed_form(solution, options)
            else:
                page = document(solution, options, speech(lang))
        if in_json:
            write(content, output)
            if too_long:
                words = {"name": too_long[0], "count": len(too_long)}
                click.echo(printable(speech(lang).say("closed-too-long", **words)), err=True)
        else:
            graph = graph_of(read, speech(lang)) if format_ in DRAWING else None
            show(page, format_, output, graph)
