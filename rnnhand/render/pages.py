"""The formats of documents: to add one is to add a line here and its module."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

from rnnhand.document.blocks import Document
from rnnhand.document.decimal import written


@dataclass(frozen=True)
class Form:
    """`module.verb(document)` gives the text; `endings` are those of file names."""

    module: str
    verb: str
    endings: tuple[str, ...] = ()


PAGES = {
    "markdown": Form("rnnhand.render.markdown", "page", (".md", ".markdown")),
    "html": Form("rnnhand.render.html", "page", (".html", ".htm")),
    "latex": Form("rnnhand.render.latex", "page", (".tex", ".latex")),
    "latex-fragment": Form("rnnhand.render.latex", "fragment"),
}


def by_ending(file: str) -> str | None:
    """The format that a file's name asks for."""
    return next((k for k, form in PAGES.items() if file.lower().endswith(form.endings)), None)


def page(document: Document, form: str) -> str:
    """The document in a format."""
    chosen = PAGES[form]
    found: str = getattr(import_module(chosen.module), chosen.verb)(written(document))
    return found
