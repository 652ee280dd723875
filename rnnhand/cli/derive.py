"""`rnnhand derive`."""

from __future__ import annotations

import click

from rnnhand.cli.output import LANG, OUTPUT, cells_option, format_option


@click.command("derive", short_help="Write the gradient out as formulas.")
@click.argument("problem", required=False)
@click.option(
    "--cell", metavar="NAME", help="Derive this cell, under any loss, instead of a problem."
)
@click.option(
    "--sizes", default="", metavar="LIST", help="Sizes of the cell: x=3,h=2; all 1: scalars."
)
@click.option("--wrt", multiple=True, metavar="NAME",
              help="Differentiate by this; repeatable.  [default: every parameter]")  # fmt: skip
@click.option("--of", default="", metavar="NAME",
              help="What is differentiated: L, L[t], h[2].  [default: the loss]")  # fmt: skip
@click.option("--unroll", type=click.IntRange(1, 50), metavar="N",
              help="Spell the derivative of step N's loss out, without adjoints.")  # fmt: skip
@cells_option
@format_option()
@click.option("-o", "--output", **OUTPUT)
@click.option("--lang", **LANG)
def command(
    problem: str | None,
    cell: str | None,
    sizes: str,
    wrt: tuple[str, ...],
    of: str,
    unroll: int | None,
    cells: str | None,
    format_: str,
    output: str | None,
    lang: str,
) -> None:
    """Derive the gradient of PROBLEM, or of a cell, as formulas: the chain rule, the way back in
    time, the unrolled form, each step with the name of its rule. No numbers are needed.

    \b
    rnnhand derive there-and-back --wrt v
    rnnhand derive --cell lstm
    rnnhand derive --cell book-cell --unroll 3
    """
    from rnnhand.cli.failures import reported
    from rnnhand.cli.output import show, shown_progress, write
    from rnnhand.cli.speech import speech
    from rnnhand.problem.cells import cell_named
    from rnnhand.problem.files import cell_folders, load, source
    from rnnhand.problem.layers import sizes_from_words
    from rnnhand.problem.library import functions
    from rnnhand.questions import derive as deriving
    from rnnhand.questions.derive_check import check
    from rnnhand.questions.derive_data import as_data
    from rnnhand.questions.derive_page import document
    from rnnhand.render import json

    if bool(problem) == bool(cell):
        raise click.UsageError("name one of PROBLEM and --cell")
    with reported(lang) as place:
        if problem:
            place.name = problem
            found = source(problem)
            place.name, place.text = found.name, found.text
            read = load(found, cell_folders(problem, cells))
            place.text = ""
            derivation = deriving.of_problem(read, of, wrt, lang)
        else:
            chosen = cell_named(cell or "", cell_folders(None, cells))
            known = sizes_from_words(sizes, chosen)
            derivation = deriving.of_cell(chosen, functions(), known, wrt, of, lang)
        with shown_progress(lang):
            checked = check(derivation)
        if format_ == "json":
            write(json.data(as_data(derivation, checked.as_data())), output)
            return
        page = document(derivation, checked, speech(lang), unroll)
        show(page, format_, output)
