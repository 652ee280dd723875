"""The formats of documents: to add one is to add a line here and its module."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

from rnnhand.document.blocks import Document
from rnnhand.document.decimal import written
from rnnhand.document.graph import Graph


@dataclass(frozen=True)
class Form:
    """`module.verb(document)` gives text or bytes; `endings` are those of file names. One that
    `draws` takes a graph, too, that goes with the document. `needs` is an optional library."""

    module: str
    verb: str
    endings: tuple[str, ...] = ()
    draws: bool = False
    is_binary: bool = False
    needs: str = ""


PAGES = {
    "markdown": Form("rnnhand.render.markdown", "page", (".md", ".markdown")),
    "html": Form("rnnhand.render.html", "page", (".html", ".htm"), draws=True),
    "pdf": Form("rnnhand.render.pdf", "page", (".pdf",), True, True, "typst"),
    "latex": Form("rnnhand.render.latex", "page", (".tex", ".latex")),
    "latex-fragment": Form("rnnhand.render.latex", "fragment"),
    "typst": Form("rnnhand.render.typst", "page", (".typ",), draws=True),
}


def by_ending(file: str) -> str | None:
    """The format that a file's name asks for."""
    return next((k for k, form in PAGES.items() if file.lower().endswith(form.endings)), None)


def ending(form: str) -> str:
    """How the name of a file ends that has a format."""
    return (PAGES[form].endings or (".tex",))[0]


def is_there(form: str) -> bool:
    """Whether the library that a format needs is installed."""
    needs = PAGES[form].needs
    try:
        return not needs or bool(import_module(needs))
    except ImportError:
        return False


def text(document: Document, form: str) -> str:
    """The document in a format of text."""
    found = page(document, form)
    assert isinstance(found, str)
    return found


def page(document: Document, form: str, graph: Graph | None = None) -> str | bytes:
    """The document in a format. Raises `ImportError` where that needs a library that is not
    there."""
    chosen = PAGES[form]
    verb = getattr(import_module(chosen.module), chosen.verb)
    said = written(document)
    found: str | bytes = verb(said, graph=graph) if chosen.draws else verb(said)
    return found
