"""How a document shows itself in a notebook."""

from __future__ import annotations

import re
from html import escape

from rnnhand.document.blocks import Document
from rnnhand.render import html as pages
from rnnhand.render.pages import text

FRAME = (
    '<iframe srcdoc="{page}" sandbox="allow-scripts" title="{title}"'
    ' style="width: 100%; height: {height}em; border: 1px solid #8886; resize: vertical"></iframe>'
)
SHORTEST, TALLEST = 12, 44
"""Bounds on the height of a frame, in lines; a taller page scrolls in it."""
LINE = re.compile(r"<(?:tr|p|h\d|li)\b")
FORMULA = re.compile(r"\$`([^`]*)`\$")
BLOCK = re.compile(r"^```math\n(.*?)\n```$", re.MULTILINE | re.DOTALL)


def html(document: Document, labels: pages.Labels) -> str:
    """The page in a frame of its own, so that nothing of it meets the notebook, or another page."""
    page = pages.page(document, labels)
    height = min(TALLEST, max(SHORTEST, 2 * len(LINE.findall(page))))
    return FRAME.format(page=escape(page), title=escape(document.title), height=height)


def markdown(document: Document) -> str:
    """Markdown as notebooks read it: GitHub's, with formulas between $ and $, $$ and $$."""
    page = text(document, "markdown").replace("<span>$</span>", r"\$")
    page = BLOCK.sub(lambda m: f"$$\n{m[1]}\n$$", page)
    return FORMULA.sub(lambda m: f"${m[1]}$", page)


def latex(document: Document) -> str:
    """What goes between a document's begin and end."""
    return text(document, "latex-fragment")
