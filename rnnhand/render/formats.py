"""The picture formats: to add one is to add a line here and its module."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

from rnnhand.document.decimal import written_graph
from rnnhand.document.graph import Graph


@dataclass(frozen=True)
class Format:
    """`module.write(graph, theme)` gives text or bytes; `endings` are those of file names."""

    module: str
    endings: tuple[str, ...]


PICTURES = {
    "svg": Format("rnnhand.render.svg", (".svg",)),
    "png": Format("rnnhand.render.png", (".png",)),
    "pdf": Format("rnnhand.render.pdf", (".pdf",)),
    "dot": Format("rnnhand.render.dot", (".dot", ".gv")),
    "mermaid": Format("rnnhand.render.mermaid", (".mmd", ".mermaid")),
}


def by_ending(file: str) -> str | None:
    """The format that a file's name asks for."""
    for name, form in PICTURES.items():
        if file.lower().endswith(form.endings):
            return name
    return None


def picture(graph: Graph, form: str, theme: str) -> str | bytes:
    """The graph in a format. Raises `ImportError` where that needs a library that is not there."""
    found: str | bytes = import_module(PICTURES[form].module).write(written_graph(graph), theme)
    return found
