"""How a document shows itself in a notebook: by those renderers that there are."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from importlib import import_module
from importlib.util import find_spec

from rnnhand.document.blocks import Document

FRAME = (
    '<iframe srcdoc="{page}" sandbox="allow-scripts" title="{title}"'
    ' style="width: 100%; height: 40em; border: 0; resize: vertical"></iframe>'
)


def markdown(document: Document) -> str | None:
    write = _renderer("markdown", "page")
    return write(document) if write else None


def latex(document: Document) -> str | None:
    """What goes between a document's begin and end."""
    write = _renderer("latex", "fragment")
    return write(document) if write else None


def html(document: Document) -> str | None:
    """The page in a frame of its own, so that its style and the notebook's do not mix."""
    write = _renderer("html", "page")
    if write is None:
        return None
    return FRAME.format(page=escape(write(document)), title=escape(document.title))


def _renderer(module: str, function: str) -> Callable[[Document], str] | None:
    name = f"rnnhand.render.{module}"
    if find_spec(name) is None:
        return None
    found: Callable[[Document], str] | None = getattr(import_module(name), function, None)
    return found
