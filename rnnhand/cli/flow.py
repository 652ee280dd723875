"""`rnnhand flow`."""

from __future__ import annotations

import click

from rnnhand.cli.once import Once
from rnnhand.cli.output import DIGITS, LANG, OUTPUT, cells_option, format_option


@click.command("flow", cls=Once)
@click.argument("problem")
@click.option("--of", default="", metavar="NAME")
@click.option("--beside", multiple=True, metavar="PROBLEM")
@click.option("--clip", default="", metavar="RULE")
@format_option("svg")
@click.option("--digits", **DIGITS)
@cells_option
@click.option("-o", "--output", **OUTPUT)
@click.option("--lang", **LANG)
def command(
    problem: str,
    of: str,
    beside: tuple[str, ...],
    clip: str,
    format_: str,
    digits: int | None,
    cells: str | None,
    output: str | None,
    lang: str,
) -> None:
    from rnnhand.cli.failures import reported
    from rnnhand.cli.output import show, shown_progress, write
    from rnnhand.cli.speech import speech
    from rnnhand.errors import failure
    from rnnhand.problem.files import cell_folders, load, source
    from rnnhand.questions.flow.data import as_data
    from rnnhand.questions.flow.flow import Options, check_options, flow
    from rnnhand.questions.flow.letters import document as lettered
    from rnnhand.questions.flow.letters import letters, open_functions
    from rnnhand.questions.flow.page import Page, page_of
    from rnnhand.questions.flow.picture import plot
    from rnnhand.questions.flow.report import document

    words = speech(lang)
    pages: list[Page] = []
    with reported(lang) as place:
        for name in (problem, *beside):
            place.name, place.text = name, ""
            found = source(name)
            place.name, place.text = found.name, found.text
            read = load(found, cell_folders(name, cells))
            is_open = letters(read) or open_functions(read)
            if format_ not in ("json", "svg") and not beside and is_open:
                check_options(read, Options(of=of, clip=clip))
                show(lettered(read, words), format_, output)
                return
            followed = "" if pages else of
            options = Options(digits or (15 if format_ == "json" else 5), followed, clip)
            with shown_progress(lang):
                pages.append(page_of(flow(read, options), options, words))
        page, others = pages[0], pages[1:]
        if format_ == "json":
            from rnnhand.render import json

            write(json.data(as_data(page, others)), output)
        elif format_ == "svg":
            from rnnhand.document.decimal import written_plot
            from rnnhand.render.plot_svg import plot_svg

            drawn = plot(page, others)
            if drawn is None:
                raise failure("flow-no-plot", None)
            write(plot_svg(written_plot(drawn, words.decimal)), output)
        else:
            with shown_progress(lang):
                made = document(page, others)
            show(made, format_, output)
