"""`rnnhand derive`."""

from __future__ import annotations

import re
import sys

import click

from rnnhand.cli.once import Once
from rnnhand.cli.output import LANG, OUTPUT, cells_option, format_option


@click.command("derive", cls=Once)
@click.argument("problem", required=False)
@click.option("--cell", metavar="NAME")
@click.option("--sizes", default="", metavar="LIST")
@click.option("--wrt", multiple=True, metavar="NAME")
@click.option("--of", default="", metavar="NAME")
@click.option("--unroll", type=click.IntRange(1, 50), metavar="N")
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
    from rnnhand.cli.failures import reported
    from rnnhand.cli.help import told
    from rnnhand.cli.one_cell import cell_by_itself
    from rnnhand.cli.output import show, shown_progress, write
    from rnnhand.cli.speech import speech
    from rnnhand.problem.files import cell_folders, load, source
    from rnnhand.problem.layers import sizes_from_words
    from rnnhand.problem.library import functions
    from rnnhand.questions.derive import derive as deriving
    from rnnhand.questions.derive.check import check
    from rnnhand.questions.derive.data import as_data
    from rnnhand.questions.derive.page import document, page
    from rnnhand.render import json

    if bool(problem) == bool(cell):
        raise click.UsageError(told("derive one"))
    if problem and sizes:
        raise click.UsageError(told("derive sizes"))
    at = re.search(r"\[\s*(-?\d+)\s*\]$", of.strip())
    if unroll is not None and at and int(at[1]) != unroll:
        raise click.UsageError(told("derive unroll-of").format(n=unroll))
    with reported(lang) as place:
        if problem:
            place.name = problem
            found = source(problem)
            place.name, place.text = found.name, found.text
            read = load(found, cell_folders(problem, cells))
            place.text = ""
            derivation = deriving.of_problem(read, of, wrt, lang)
        else:
            chosen = cell_by_itself(cell or "", cell_folders(None, cells), functions())
            place.name, place.text = "--sizes", sizes
            known = sizes_from_words(sizes, chosen)
            derivation = deriving.of_cell(chosen, functions(), known, wrt, of, lang)
        told_page = page(derivation, speech(lang), unroll)
        with shown_progress(lang):
            checked = check(derivation, told_page.claims, told_page.writing.stacks)
        if format_ == "json":
            write(json.data(as_data(derivation, checked)), output)
        else:
            show(document(told_page, checked), format_, output)
    sys.exit(1 if checked.is_false else 0)
