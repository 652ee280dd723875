"""How a document shows itself in a notebook."""

from __future__ import annotations

from html import escape

from rnnhand.document.blocks import Document
from rnnhand.render.pages import page

FRAME = (
    '<iframe srcdoc="{page}" sandbox="allow-scripts" title="{title}"'
    ' style="width: 100%; height: 40em; border: 0; resize: vertical"></iframe>'
)


def markdown(document: Document) -> str:
    return page(document, "markdown")


def latex(document: Document) -> str:
    """What goes between a document's begin and end."""
    return page(document, "latex-fragment")


def html(document: Document) -> str:
    """The page in a frame of its own, so that its style and the notebook's do not mix."""
    return FRAME.format(page=escape(page(document, "html")), title=escape(document.title))
