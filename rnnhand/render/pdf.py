"""Documents and graphs as PDF, by the optional library typst: no TeX, no files, no network."""

from __future__ import annotations

from functools import cache
from tempfile import TemporaryDirectory
from typing import Any

from rnnhand.document.blocks import Document
from rnnhand.document.graph import Graph
from rnnhand.render.typst import page as handout
from rnnhand.render.typst_picture import graph_page


def page(document: Document, graph: Graph | None = None) -> bytes:
    """The document as PDF. Raises `ImportError` without the library."""
    return compiled(handout(document, graph))


def write(graph: Graph, theme: str = "auto") -> bytes:
    """The graph as a page of its own size; `auto` is light. Raises `ImportError` without the
    library."""
    return compiled(graph_page(graph, "light" if theme == "auto" else theme))


def compiled(text: str) -> bytes:
    """A document of Typst as PDF, the same bytes each time. It is compiled in an empty folder, so
    that there is nothing that it could read, and no package that it could find."""
    import typst

    with TemporaryDirectory() as empty:
        found = typst.compile(
            text.encode("utf-8"),
            root=empty,
            font_paths=_fonts(),
            format="pdf",
            timestamp=0,
            package_path=empty,
            package_cache_path=empty,
        )
    if not isinstance(found, bytes):
        raise TypeError(type(found))
    return found


@cache
def _fonts() -> Any:
    """The library's own fonts, and those of the system for letters that they do not have."""
    import typst

    return typst.Fonts()
