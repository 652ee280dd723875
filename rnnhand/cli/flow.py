"""`rnnhand flow`."""

from __future__ import annotations

import click

from rnnhand.cli.output import DIGITS, LANG, OUTPUT, cells_option
from rnnhand.cli.page import FORMATS as PAGES
from rnnhand.cli.page import chosen as chosen_page
from rnnhand.cli.page import put

FORMATS = (*PAGES, "json", "svg")


@click.command("flow", short_help="Follow the gradient from step to step.")
@click.argument("problem")
@click.option(
    "--of",
    default="",
    metavar="NAME",
    help="The number whose gradient is followed: L, 'h[3]'.  [default: the loss]",
)
@click.option(
    "--beside",
    multiple=True,
    metavar="PROBLEM",
    help="Draw the curves of this problem into the same plot. May be repeated.",
)
@click.option(
    "--clip",
    default="",
    metavar="RULE",
    help="Clip the gradient: norm:5 or value:1.  [default: as the problem does]",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(FORMATS),
    help="How to print it.  [default: what FILE ends in: svg, html; else terminal]",
)
@click.option("--digits", **DIGITS)
@cells_option
@click.option("-o", "--output", **OUTPUT)
@click.option("--lang", **LANG)
def command(
    problem: str,
    of: str,
    beside: tuple[str, ...],
    clip: str,
    format_: str | None,
    digits: int | None,
    cells: str | None,
    output: str | None,
    lang: str,
) -> None:
    """Follow the gradient of PROBLEM from step to step: the factor of each step, their products,
    what bounds them, and whether the gradient fades or explodes.

    \b
    rnnhand flow quiz-power
    rnnhand flow slide-gru -o gru.svg
    rnnhand flow slide-lstm --beside slide-gru --beside quiz-chain
    """
    from rnnhand.cli.failures import reported
    from rnnhand.cli.output import shown_progress, write
    from rnnhand.errors import failure
    from rnnhand.phrases import phrases
    from rnnhand.problem.files import cell_folders, load, source
    from rnnhand.questions.flow.data import as_data
    from rnnhand.questions.flow.flow import Options, flow
    from rnnhand.questions.flow.letters import document as lettered
    from rnnhand.questions.flow.letters import letters
    from rnnhand.questions.flow.page import Page, page_of
    from rnnhand.questions.flow.picture import plot
    from rnnhand.questions.flow.report import document

    drawn_only = not format_ and (output or "").lower().endswith(".svg")
    chosen = "svg" if drawn_only else chosen_page(format_, output)
    words = phrases(lang)
    pages: list[Page] = []
    with reported(lang) as place:
        for name in (problem, *beside):
            place.name, place.text = name, ""
            found = source(name)
            place.name, place.text = found.name, found.text
            read = load(found, cell_folders(name, cells))
            if chosen in PAGES and not beside and letters(read):
                put(lettered(read, words), chosen, output)
                return
            followed = "" if pages else of
            options = Options(digits or (15 if chosen == "json" else 5), followed, clip)
            with shown_progress(lang):
                pages.append(page_of(flow(read, options), options, words))
        page, others = pages[0], pages[1:]
        if chosen == "json":
            from rnnhand.render import json

            write(json.data(as_data(page, others)), output)
        elif chosen == "svg":
            from rnnhand.render.plot_svg import plot_svg

            drawn = plot(page, others)
            if drawn is None:
                raise failure("flow-no-plot", None)
            write(plot_svg(drawn), output)
        else:
            with shown_progress(lang):
                made = document(page, others)
            put(made, chosen, output)
