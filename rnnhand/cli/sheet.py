"""`rnnhand sheet`."""

from __future__ import annotations

import click

from rnnhand.cli.output import LANG, OUTPUT, cells_option
from rnnhand.cli.speech import decimal_option
from rnnhand.marking.formats import FORMATS, named


@click.command("sheet")
@click.argument("problem")
@click.option("--only", multiple=True, metavar="QUESTION")
@click.option("--filled", is_flag=True)
@click.option("--digits", type=click.IntRange(1, 1000), default=5, metavar="N", show_default=True)
@click.option("--format", "format_", type=click.Choice([f.name for f in FORMATS]))
@cells_option
@decimal_option
@click.option("-o", "--output", **OUTPUT)
@click.option("--lang", **LANG)
def command(
    problem: str,
    only: tuple[str, ...],
    filled: bool,
    digits: int,
    format_: str | None,
    cells: str | None,
    output: str | None,
    lang: str,
) -> None:
    from rnnhand.cli.failures import reported
    from rnnhand.cli.output import shown_progress, write
    from rnnhand.cli.speech import speech
    from rnnhand.errors import failure
    from rnnhand.marking.asked import blank_sheet, key_for
    from rnnhand.problem.files import cell_folders, load, source

    with reported(lang) as place:
        form = next((f for f in FORMATS if f.name == format_), named(output or "-.yaml"))
        if form is None:
            endings = ", ".join(f.endings[0] for f in FORMATS)
            raise failure("sheet-no-format", None, "hint-sheet-format", name=output, known=endings)
        place.name = problem
        found = source(problem)
        place.name, place.text = found.name, found.text
        read = load(found, cell_folders(problem, cells))
        with shown_progress(lang):
            key = key_for(read, digits) if filled else None
            blank = blank_sheet(read, speech(lang), only, key)
        text = form.write(blank).rstrip("\n")
        mark = "\ufeff" if output and form.is_for_tables else ""
        write(mark + text, output)
