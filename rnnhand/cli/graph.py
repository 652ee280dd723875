"""`rnnhand graph`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from rnnhand.cli.once import Once
from rnnhand.cli.output import DIGITS, LANG, OUTPUT, cells_option
from rnnhand.cli.speech import decimal_option
from rnnhand.render.formats import PICTURES, by_ending

if TYPE_CHECKING:
    from rnnhand.cli.failures import Place
    from rnnhand.document.graph import Graph
    from rnnhand.problem.model import Problem
    from rnnhand.questions.paths import Walk

FORMATS = ("terminal", *PICTURES, "json")
WIDEST = 6_000
"""Dots up to which a picture is wide."""

NODES = ("quantities", "gates", "operations", "neurons")


@click.command("graph", cls=Once)
@click.argument("problem", required=False)
@click.option("--cell", metavar="NAME")
@click.option("--formula", metavar="TEXT")
@click.option("--parameters", default="", metavar="LIST")
@click.option("--folded/--unrolled", default=None)
@click.option("--nodes", type=click.Choice(NODES))
@click.option("--labels", type=click.Choice(("weights", "slopes", "none")))
@click.option("--values", is_flag=True)
@click.option("--adjoints", is_flag=True)
@click.option("--steps", metavar="A..B")
@click.option("--paths", nargs=2, metavar="FROM TO")
@click.option(
    "--theme",
    type=click.Choice(("auto", "light", "dark")),
    default="auto",
    show_default=True,
)
@click.option("--width", type=click.IntRange(16, WIDEST), metavar="N")
@click.option(
    "--arithmetic",
    type=click.Choice(("auto", "exact", "decimal", "symbolic", "float")),
    default="auto",
    show_default=True,
)
@click.option("--digits", **DIGITS)
@cells_option
@decimal_option
@click.option("--format", "format_", type=click.Choice(FORMATS))
@click.option("-o", "--output", **OUTPUT)
@click.option("--lang", **LANG)
def command(
    problem: str | None,
    cell: str | None,
    formula: str | None,
    parameters: str,
    folded: bool | None,
    nodes: str | None,
    labels: str | None,
    values: bool,
    adjoints: bool,
    steps: str | None,
    paths: tuple[str, str] | None,
    theme: str,
    width: int | None,
    arithmetic: str,
    digits: int | None,
    cells: str | None,
    format_: str | None,
    output: str | None,
    lang: str,
) -> None:
    from rnnhand.calculus.network import Level
    from rnnhand.cli.failures import printable, reported
    from rnnhand.cli.help import told
    from rnnhand.cli.legible import advice
    from rnnhand.cli.one_cell import cell_by_itself
    from rnnhand.cli.output import expect_ending, shown_progress
    from rnnhand.cli.speech import speech
    from rnnhand.errors import failure
    from rnnhand.problem.files import cell_folders
    from rnnhand.problem.library import functions
    from rnnhand.questions import excerpts, subjects
    from rnnhand.questions import graph as drawing
    from rnnhand.questions import neurons as wiring
    from rnnhand.questions import paths as walking
    from rnnhand.questions.elided import MOST_EDGES, READABLE
    from rnnhand.render.formats import is_small_print
    from rnnhand.render.pages import by_ending as is_page

    if sum(x is not None for x in (problem, cell, formula)) != 1:
        raise click.UsageError(told("graph one"))
    if parameters and formula is None:
        raise click.UsageError(told("graph parameters-alone"))
    if nodes == "neurons" and folded:
        raise click.UsageError(told("graph neurons-folded"))
    if nodes == "neurons" and (cell or paths or adjoints or labels == "slopes"):
        raise click.UsageError(told("graph neurons-alone"))
    if paths and folded:
        raise click.UsageError(told("graph paths-folded"))
    if paths and steps:
        raise click.UsageError(told("graph paths-steps"))
    if folded and steps:
        raise click.UsageError(told("graph steps-folded"))
    if formula is not None and (steps or folded is not None):
        raise click.UsageError(told("graph formula-steps"))
    if folded and (values or adjoints):
        raise click.UsageError(told("graph values-folded"))
    form = format_ or (asked_by(output) if output else None) or "terminal"
    if width is not None and not (form in PICTURES and PICTURES[form].is_of_dots):
        raise click.UsageError(told("graph width-dots"))
    neurons = nodes == "neurons" or (formula is not None and not (nodes or paths or labels))
    default = "operations" if paths else "gates" if cell else "quantities"
    level = Level(default if neurons else nodes or default)
    endings = [e[1:] for form in PICTURES.values() for e in form.endings]
    with reported(lang) as place:
        if output and form == "terminal" and not format_ and is_page(output):
            raise failure("graph-no-page", None, "hint-graph-no-page", found=output[-60:])
        if form == "terminal" and not format_:
            expect_ending(output, (*endings, "json"), pages=False)
        wish = subjects.Wish(
            level,
            False if paths else True if cell and folded is None and not steps else folded,
            excerpts.parsed(steps) if steps else None,
            values,
            adjoints,
            labels or ("slopes" if level is Level.OPERATIONS or paths else "weights"),
            arithmetic,
            digits or (15 if form == "json" else 4),
            MOST_EDGES if form == "json" else READABLE,
        )
        if cell is None:
            read = problem_of(problem, formula, parameters, cells, place)
            with shown_progress(lang):
                ends = None
                if paths:
                    bare = subjects.of_problem(read, subjects.Wish(level), lang)
                    ends = walking.derivative(bare, *paths)
                subject = subjects.of_problem(read, wish, lang, ends)
        else:
            known = cell_by_itself(cell or "", cell_folders(None, cells), functions())
            subject = subjects.of_cell(known, functions(), wish, lang)
        walk = None

        def draw(wish: subjects.Wish) -> Graph:
            return (wiring.graph if neurons else drawing.drawn)(subject, wish, speech(lang))

        with shown_progress(lang):
            if paths:
                walk = walking.walked(subject, wish, *paths)
                graph = walking.drawn(walk, speech(lang))
            else:
                graph = draw(wish)
        with shown_progress(lang):
            is_small = is_small_print(graph, form)
        if is_small:
            large = folded is False and drawing.is_crowded(subject.system, wish)
            said = [speech(lang).say("graph-crowded" if large else "graph-small-print")]
            if not large:
                with shown_progress(lang):
                    other = None if paths else draw
                    said += advice(subject, wish, graph, form, speech(lang), other, neurons)
            click.echo(printable(" ".join(said)), err=True)
        show(graph, walk, form, (theme, width), output, lang)


def asked_by(output: str) -> str | None:
    """The format that a file's name asks for."""
    return "json" if output.lower().endswith(".json") else by_ending(output)


def problem_of(
    problem: str | None, formula: str | None, parameters: str, cells: str | None, place: Place
) -> Problem:
    """What is to be drawn, read from its file or made of a formula."""
    from rnnhand.problem.files import cell_folders, load, source
    from rnnhand.questions import neurons

    if formula is not None:
        place.name, place.text = "formula", formula
        return neurons.problem_of(formula, parameters)
    assert problem is not None
    place.name = problem
    found = source(problem)
    place.name, place.text = found.name, found.text
    return load(found, cell_folders(problem, cells))


def show(
    graph: Graph,
    walk: Walk | None,
    form: str,
    look: tuple[str, int | None],
    output: str | None,
    lang: str,
) -> None:
    """The graph in a format, with its theme and width, to where it belongs."""
    from rnnhand.cli.output import console, shown_progress, without_library, write, write_bytes
    from rnnhand.cli.speech import speech
    from rnnhand.errors import failure
    from rnnhand.questions import paths as walking
    from rnnhand.render import json
    from rnnhand.render.drawing import graph_lines, print_lines
    from rnnhand.render.formats import picture
    from rnnhand.render.terminal import print_document

    if form == "json":
        content = json.graph(graph)
        if walk is not None:
            content["paths"] = walking.as_data(walk, json.value)
        write(json.data(content), output)
    elif form == "terminal":
        with console(output) as screen:
            with shown_progress(lang):
                lines = graph_lines(graph, screen)
            print_lines(lines, screen)
            if walk is not None:
                print_document(walking.document(walk, speech(lang)), screen)
    else:
        try:
            content_ = picture(graph, form, *look)
        except ImportError:
            raise without_library(form) from None
        if isinstance(content_, bytes):
            if output is None and sys.stdout.isatty():
                raise failure("not-for-a-terminal", None, "hint-not-for-a-terminal")
            write_bytes(content_, output)
        else:
            write(content_, output)
