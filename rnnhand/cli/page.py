"""Documents where they go: to the terminal, or to a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rnnhand.document.blocks import Document
    from rnnhand.document.graph import Graph
    from rnnhand.phrases import Phrases
    from rnnhand.problem.model import Problem

FORMATS = ("terminal", "html")
"""The formats of documents."""

FORMAT_HELP = "How to print it.  [default: html where FILE ends in .html, else terminal]"
LABELS = (
    *("controls", "step", "previous", "next", "place", "worksheet", "score", "answer", "show"),
    *("right", "wrong", "unreadable", "follow", "given", "goes"),
    *("what-if", "reset", "floats"),
)
"""What the controls of a page say: the phrases page-…"""


def chosen(format_: str | None, output: str | None) -> str:
    """The format that is asked for by name, or by the ending of a file's name."""
    if format_:
        return format_
    return "html" if (output or "").lower().endswith((".html", ".htm")) else "terminal"


def put(document: Document, format_: str, output: str | None, graph: Graph | None = None) -> None:
    """The document in a format of `FORMATS`, to standard output or to a file; a page may have a
    graph."""
    from rnnhand.cli.output import console, write

    if format_ == "html":
        write(html(document, graph), output)
        return
    from rnnhand.render.terminal import print_document

    with console(output) as screen:
        print_document(document, screen)


def html(document: Document, graph: Graph | None = None) -> str:
    """The document as a page with controls in its own language."""
    from rnnhand.phrases import phrases
    from rnnhand.render.html import page

    words = phrases(document.lang).table
    return page(document, {code: words[f"page-{code}"] for code in LABELS}, graph)


def graph_of(problem: Problem, words: Phrases) -> Graph | None:
    """The graph that goes with the page of a problem; none where it would be too large."""
    from rnnhand.errors import Failure
    from rnnhand.questions.graph import Wish, drawn, of_problem

    wish = Wish()
    try:
        return drawn(of_problem(problem, wish, words.lang), wish, words)
    except Failure:
        return None
