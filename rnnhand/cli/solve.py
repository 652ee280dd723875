"""`rnnhand solve`."""

from __future__ import annotations

import click

from rnnhand.cli.output import DIGITS, LANG, OUTPUT, cells_option, format_option

ARITHMETICS = ("auto", "exact", "decimal", "symbolic", "float")


@click.command("solve", short_help="Write out the worked solution of a problem.")
@click.argument("problem")
@format_option()
@click.option(
    "--arithmetic",
    type=click.Choice(ARITHMETICS),
    default="auto",
    show_default=True,
    help="What to compute with; auto is exact where the functions allow.",
)
@click.option("--digits", **DIGITS)
@click.option(
    "--detail",
    type=click.Choice(("result", "normal", "full")),
    default="normal",
    show_default=True,
    help="How much of the work to show.",
)
@click.option(
    "--only",
    multiple=True,
    metavar="QUESTION",
    help="Answer only this: forward, gradients, update, or a result such as "
    "'dh[2]/dw'. May be repeated.",
)
@click.option(
    "--wrt", multiple=True, metavar="NAME", help="Differentiate by this data too. May be repeated."
)
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
    """Write out the worked solution of PROBLEM: every number of the forward pass, of
    backpropagation through time and of the update, with the formula and the substitution.

    PROBLEM is a file, or the name of a problem that comes with the package.
    """
    from rnnhand.cli.failures import printable, reported
    from rnnhand.cli.output import show, shown_progress, write
    from rnnhand.cli.page import DRAWING, graph_of
    from rnnhand.phrases import phrases
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
                page = document(solution, options, phrases(lang))
        if in_json:
            write(content, output)
            if too_long:
                words = {"name": too_long[0], "count": len(too_long)}
                click.echo(printable(phrases(lang).say("closed-too-long", **words)), err=True)
        else:
            graph = graph_of(read, phrases(lang)) if format_ in DRAWING else None
            show(page, format_, output, graph)
