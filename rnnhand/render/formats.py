"""The picture formats: to add one is to add a line here and its module."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

from rnnhand.document.graph import Graph
from rnnhand.document.graph_shown import as_shown


@dataclass(frozen=True)
class Format:
    """`module.write(graph, theme)` gives text or bytes; `endings` are those of file names."""

    module: str
    endings: tuple[str, ...]
    is_laid_out: bool = True
    """Whether the places in it are ours, and not those of a program that reads it."""

    is_of_dots: bool = False


PICTURES = {
    "svg": Format("rnnhand.render.svg", (".svg",)),
    "png": Format("rnnhand.render.png", (".png",), is_of_dots=True),
    "pdf": Format("rnnhand.render.pdf", (".pdf",)),
    "dot": Format("rnnhand.render.dot", (".dot", ".gv"), False),
    "mermaid": Format("rnnhand.render.mermaid", (".mmd", ".mermaid"), False),
}


def by_ending(file: str) -> str | None:
    """The format that a file's name asks for."""
    for name, form in PICTURES.items():
        if file.lower().endswith(form.endings):
            return name
    return None


def is_small_print(graph: Graph, form: str) -> bool:
    """Whether the letters of a picture are too small on half a page."""
    if form not in PICTURES or not PICTURES[form].is_laid_out:
        return False
    from rnnhand.render.picture import compose

    return compose.is_small_print(compose.compose(as_shown(graph)))


def needs_more_than_a_page(graph: Graph, form: str) -> bool:
    """Whether the letters of a picture are too small on a whole page."""
    if not is_small_print(graph, form):
        return False
    from rnnhand.render.picture import compose

    return compose.is_small_print(compose.compose(as_shown(graph)), compose.WHOLE_PAGE)


def picture(graph: Graph, form: str, theme: str, width: int | None = None) -> str | bytes:
    """The graph in a format, `width` dots wide if it is one of dots. Raises `ImportError` where
    that needs a library that is not there."""
    dots = () if width is None else (width,)
    write = import_module(PICTURES[form].module).write
    found: str | bytes = write(as_shown(graph), theme, *dots)
    return found
