"""A picture as PNG, from its SVG, by the optional library resvg-py: no system program."""

from __future__ import annotations

from rnnhand.document.graph import Graph
from rnnhand.render.svg import write as svg

SCALE = 3
"""Dots for each unit of the drawing: 390 to the inch where the widest picture fills a page."""


def write(graph: Graph, theme: str = "auto", width: int | None = None) -> bytes:
    """The graph as PNG, `width` dots wide; `auto` is light. Raises `ImportError` without the
    library."""
    import resvg_py

    text = svg(graph, "light" if theme == "auto" else theme)
    if width is None:
        return bytes(resvg_py.svg_to_bytes(svg_string=text, zoom=SCALE))
    return bytes(resvg_py.svg_to_bytes(svg_string=text, width=width))
