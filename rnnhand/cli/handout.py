"""`rnnhand handout`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from rnnhand.cli.output import DIGITS, LANG, as_bytes, cells_option, format_option
from rnnhand.cli.solve import ARITHMETICS
from rnnhand.marking.formats import FORMATS
from rnnhand.questions.handout import PARTS
from rnnhand.render.pages import PAGES, by_ending, ending

if TYPE_CHECKING:
    from rnnhand.phrases import Phrases
    from rnnhand.problem.model import Problem
    from rnnhand.questions.solve import Options, Solution

SHEETS = (*(form.name for form in FORMATS), "none")


@click.command("handout")
@click.argument("problem")
@click.option("--part", type=click.Choice(PARTS))
@format_option(folder="pdf")
@click.option("--answers", type=click.Choice(SHEETS), default="yaml", show_default=True)
@click.option("--room/--no-room", default=True)
@click.option("--force", is_flag=True)
@click.option("--arithmetic", type=click.Choice(ARITHMETICS), default="auto", show_default=True)
@click.option("--digits", **DIGITS)
@cells_option
@click.option("-o", "--output", type=click.Path(), metavar="DIR|FILE")
@click.option("--lang", **LANG)
def command(
    problem: str,
    part: str | None,
    format_: str,
    answers: str,
    room: bool,
    force: bool,
    arithmetic: str,
    digits: int | None,
    cells: str | None,
    output: str | None,
    lang: str,
) -> None:
    from rnnhand.cli.failures import reported
    from rnnhand.cli.output import show, shown_progress, write
    from rnnhand.cli.page import DRAWING, graph_of
    from rnnhand.cli.speech import speech
    from rnnhand.errors import failure
    from rnnhand.problem.files import cell_folders, load, source
    from rnnhand.questions.handout import handout
    from rnnhand.questions.solve import Options, solve

    words = speech(lang)
    with reported(lang) as place:
        place.name = problem
        if part is None and format_ != "json" and not _may_be_folder(output, format_):
            raise failure("handout-no-folder", None, "hint-handout-folder")
        found = source(problem)
        place.name, place.text = found.name, found.text
        read = load(found, cell_folders(problem, cells))
        options = Options(arithmetic, digits or (15 if format_ == "json" else 5))
        with shown_progress(lang):
            solution = solve(read, options)
            made = handout(solution, options, words, room)
            graph = graph_of(read, words) if format_ in DRAWING else None
        parts = {
            name: (made.part(name), graph if name == "solution" else None)
            for name in PARTS
            if part in (None, name)
        }
        if format_ == "json":
            write(_json(solution, options, words, tuple(parts)), output)
        elif part is None and output is not None:
            stem = Path(found.name).stem
            end = ending(format_) if format_ in PAGES else ".txt"
            files = {
                f"{stem}-{name}{end}": as_bytes(document, format_, drawn)
                for name, (document, drawn) in parts.items()
            }
            sheet = _sheet(read, words, answers)
            _write(Path(output), files, f"{stem}-answers.{answers}", sheet, force, words)
        else:
            for document, drawn in parts.values():
                show(document, format_, output, drawn)


def _may_be_folder(output: str | None, form: str) -> bool:
    """Whether there is a place for several documents: a terminal, or what is no file's name."""
    if output is None:
        return form == "terminal"
    return by_ending(output) is None and not Path(output).is_file()


def _sheet(problem: Problem, words: Phrases, form: str) -> bytes | None:
    """The answer sheet to fill in; none where it is not wanted, or would ask for nothing."""
    from rnnhand.marking.asked import blank_sheet

    chosen = next((f for f in FORMATS if f.name == form), None)
    blank = blank_sheet(problem, words)
    if chosen is None or not blank.groups:
        return None
    mark = "\ufeff" if chosen.is_for_tables else ""
    return f"{mark}{chosen.write(blank).rstrip()}\n".encode()


def _write(
    folder: Path,
    files: dict[str, bytes],
    name: str,
    sheet: bytes | None,
    force: bool,
    words: Phrases,
) -> None:
    """All files; an answer sheet that has been filled in stays, unless it is to go."""
    from rnnhand.cli.failures import printable
    from rnnhand.cli.folder import is_changed, write_files

    if sheet is not None and not force and is_changed(folder / name, sheet):
        said = words.say("handout-kept", name=str(folder / name))
        click.echo(printable(said), err=True)
    elif sheet is not None:
        files[name] = sheet
    write_files(folder, files)
    for written in files:
        click.echo(printable(str(folder / written)))


def _json(solution: Solution, options: Options, words: Phrases, parts: tuple[str, ...]) -> str:
    """The blank answer sheet, the same filled in, and what `solve` finds."""
    from json import loads

    from rnnhand.marking.asked import blank_sheet
    from rnnhand.marking.formats.maps import write_json
    from rnnhand.questions.solve import key
    from rnnhand.render import json

    found = key(solution, options, words.lang)
    made = {
        "sheet": lambda: loads(write_json(blank_sheet(solution.problem, words))),
        "key": lambda: loads(write_json(blank_sheet(solution.problem, words, (), found))),
        "solution": lambda: loads(json.solution(found)),
    }
    return json.data({"problem": found.problem, **{name: made[name]() for name in parts}})
