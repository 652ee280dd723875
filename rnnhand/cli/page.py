"""HTML pages with controls in their own language, and the graph that goes with a problem."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rnnhand.render.pages import PAGES

if TYPE_CHECKING:
    from rnnhand.document.blocks import Document
    from rnnhand.document.graph import Graph
    from rnnhand.phrases import Phrases
    from rnnhand.problem.model import Problem


DRAWING = tuple(name for name, form in PAGES.items() if form.draws)
"""The formats that draw the graph of a problem."""


def html(document: Document, graph: Graph | None = None) -> str:
    """The document as a page with controls in its own language; a sheet that is to be filled in by
    hand has none."""
    from rnnhand.document.blocks import Fields
    from rnnhand.phrases import phrases
    from rnnhand.render.html import LABELS, page

    if any(isinstance(block, Fields) for block in document.blocks):
        return page(document, None, graph)
    words = phrases(document.lang).table
    return page(document, {code: words[f"page-{code}"] for code in LABELS}, graph)


def graph_of(problem: Problem, words: Phrases) -> Graph | None:
    """The graph that goes with the page of a problem; none where it would be too large."""
    from rnnhand.errors import Failure
    from rnnhand.questions.graph import drawn
    from rnnhand.questions.subjects import Wish, of_problem

    wish = Wish()
    try:
        return drawn(of_problem(problem, wish, words.lang), wish, words)
    except Failure:
        return None
