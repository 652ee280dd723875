"""`rnnhand graph`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from rnnhand.cli.output import DIGITS, LANG, OUTPUT, cells_option
from rnnhand.render.formats import PICTURES, by_ending

if TYPE_CHECKING:
    from rnnhand.document.graph import Graph
    from rnnhand.questions.paths import Walk

FORMATS = ("terminal", *PICTURES, "json")
NODES = ("quantities", "gates", "operations")


@click.command("graph", short_help="Draw the computational graph.")
@click.argument("problem", required=False)
@click.option("--cell", metavar="NAME", help="Draw this cell instead of a problem.")
@click.option("--folded/--unrolled", default=None, help="One cell with its loops, or every step.")
@click.option(
    "--nodes",
    type=click.Choice(NODES),
    help="What a node is: a named quantity, a gate or pointwise operation, or one elementary "
    "operation.  [default: quantities; gates for a cell; operations for paths]",
)
@click.option(
    "--labels",
    type=click.Choice(("weights", "slopes", "none")),
    help="What stands on the edges; slopes are local derivatives.  "
    "[default: weights; slopes for operations]",
)
@click.option("--values", is_flag=True, help="Show the value of every node.")
@click.option("--adjoints", is_flag=True, help="Show the derivative of the loss by every node.")
@click.option("--steps", metavar="A..B", help="Draw these steps only.")
@click.option(
    "--paths",
    nargs=2,
    metavar="FROM TO",
    help="All paths between two nodes, the product along each, and their sum.",
)
@click.option(
    "--theme",
    type=click.Choice(("auto", "light", "dark")),
    default="auto",
    show_default=True,
    help="Colours; auto is what the reader of an SVG prefers.",
)
@click.option(
    "--arithmetic",
    type=click.Choice(("auto", "exact", "decimal", "symbolic", "float")),
    default="auto",
    show_default=True,
    help="What to compute values with.",
)
@click.option("--digits", **{**DIGITS, "help": "Significant digits of decimals.  [default: 4]"})
@cells_option
@click.option(
    "--format",
    "format_",
    type=click.Choice(FORMATS),
    help="[default: what the name of FILE says; else terminal]",
)
@click.option("-o", "--output", **OUTPUT)
@click.option("--lang", **LANG)
def command(
    problem: str | None,
    cell: str | None,
    folded: bool | None,
    nodes: str | None,
    labels: str | None,
    values: bool,
    adjoints: bool,
    steps: str | None,
    paths: tuple[str, str] | None,
    theme: str,
    arithmetic: str,
    digits: int | None,
    cells: str | None,
    format_: str | None,
    output: str | None,
    lang: str,
) -> None:
    """Draw the computational graph of PROBLEM or of a cell, as a picture or in the terminal.

    \b
    rnnhand graph there-and-back --values --adjoints -o graph.svg
    rnnhand graph --cell lstm --folded -o lstm.svg
    rnnhand graph paths-in-a-graph --paths x f
    """
    from rnnhand.calculus.network import Level
    from rnnhand.cli.failures import reported
    from rnnhand.cli.output import shown_progress
    from rnnhand.phrases import phrases
    from rnnhand.problem.cells import cell_named
    from rnnhand.problem.files import cell_folders, load, source
    from rnnhand.problem.library import functions
    from rnnhand.questions import graph as drawing
    from rnnhand.questions import paths as walking

    if (problem is None) == (cell is None):
        raise click.UsageError("name one of PROBLEM and --cell")
    if paths and folded:
        raise click.UsageError("--paths needs every step: leave out --folded")
    if folded and (values or adjoints):
        raise click.UsageError("--values and --adjoints need every step: leave out --folded")
    form = format_ or (by_ending(output) if output else None) or "terminal"
    level = Level(nodes or ("operations" if paths else "gates" if cell else "quantities"))
    with reported(lang) as place:
        wish = drawing.Wish(
            level,
            False if paths else True if cell and folded is None and not steps else folded,
            drawing.parse_steps(steps) if steps else None,
            values,
            adjoints,
            labels or ("slopes" if level is Level.OPERATIONS or paths else "weights"),
            arithmetic,
            digits or (15 if form == "json" else 4),
        )
        if problem is not None:
            place.name = problem
            found = source(problem)
            place.name, place.text = found.name, found.text
            read = load(found, cell_folders(problem, cells))
            with shown_progress(lang):
                ends = None
                if paths:
                    bare = drawing.of_problem(read, drawing.Wish(level), lang)
                    ends = walking.derivative(bare, *paths)
                subject = drawing.of_problem(read, wish, lang, ends)
        else:
            known = cell_named(cell or "", cell_folders(None, cells))
            subject = drawing.of_cell(known, functions(), wish, lang)
        walk = None
        with shown_progress(lang):
            if paths:
                walk = walking.walked(subject, wish, *paths)
                graph = walking.drawn(walk, phrases(lang))
            else:
                graph = drawing.drawn(subject, wish, phrases(lang))
        show(graph, walk, form, theme, output, lang)


def show(
    graph: Graph, walk: Walk | None, form: str, theme: str, output: str | None, lang: str
) -> None:
    """The graph in a format, to where it belongs."""
    from rnnhand.cli.output import console, without_library, write, write_bytes
    from rnnhand.errors import failure
    from rnnhand.phrases import phrases
    from rnnhand.questions import paths as walking
    from rnnhand.render import json
    from rnnhand.render.drawing import print_graph
    from rnnhand.render.formats import picture
    from rnnhand.render.terminal import print_document

    if form == "json":
        content = json.graph(graph)
        if walk is not None:
            content["paths"] = walking.as_data(walk, json.value)
        write(json.data(content), output)
    elif form == "terminal":
        with console(output) as screen:
            print_graph(graph, screen)
            if walk is not None:
                print_document(walking.document(walk, phrases(lang)), screen)
    else:
        try:
            content_ = picture(graph, form, theme)
        except ImportError:
            raise without_library(form) from None
        if isinstance(content_, bytes):
            if output is None and sys.stdout.isatty():
                raise failure("not-for-a-terminal", None, "hint-not-for-a-terminal")
            write_bytes(content_, output)
        else:
            write(content_, output)
