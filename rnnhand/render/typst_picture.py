"""Pictures in Typst: graphs as SVG inside the document, curves drawn in its own fonts."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rnnhand.document.blocks import Curve, Pictures, Plane, Plot, Sentence
from rnnhand.document.graph import Graph
from rnnhand.render.axes import Frame, as_decimal, as_powers, frame, powers, steps, tick_text
from rnnhand.render.greys import svg
from rnnhand.render.picture.compose import compose
from rnnhand.render.plane import view
from rnnhand.render.plane_svg import plane_svg
from rnnhand.render.svg import spelled
from rnnhand.render.typst_names import number
from rnnhand.render.typst_text import string

WIDE, TALL = 130.0, 62.0
"""Millimetres of a frame."""
ACROSS, DOWN = 170.0, 240.0
"""Millimetres of a page."""
UNIT = 0.24
"""Millimetres of a graph's unit, at which its letters are as large as those of the text."""
COLOURS = ("#0b6fa4", "#b34700", "#3d7a1f", "#7a3fa0", "#555555", "#9c1f3f")
MARKS = ("disc", "ring", "triangle", "square", "delta", "frame")
DASHES = ("solid", "dashed", "dotted", "dash-dotted", "densely-dashed", "loosely-dashed")

NAMELESS = '""'
"""The attribute of a picture whose name stands below it."""


def graph_picture(graph: Graph) -> str:
    """The graph as large as it needs to be; turned, on a page of its own, where only that leaves
    it readable."""
    drawn = compose(graph)
    svg = f'image(bytes({string(spelled(drawn, "light"))}), format: "svg"'
    upright = min(UNIT, ACROSS / drawn.width, DOWN / drawn.height)
    turned = min(UNIT, DOWN / drawn.width, ACROSS * 0.95 / drawn.height)
    if turned > 1.3 * upright:
        wide = _mm(drawn.width * turned)
        return f"#page(flipped: true)[#align(center + horizon, {svg}, width: {wide}))]\n"
    return f"#align(center, {svg}, width: {_mm(drawn.width * upright)}))\n"


def plane_picture(plane: Plane) -> str:
    """A picture in the plane, its names in it; nothing of an empty one."""
    if view(plane) is None:
        return ""
    return f"#align(center, {_svg(plane_svg(plane))}, width: {_mm(WIDE)}))\n"


def grey_pictures(block: Pictures, spell: Callable[[Sentence], str]) -> str:
    """The pictures side by side, what they are below."""
    found = [
        f"align(center)[#{_svg(svg(picture, NAMELESS))}) \\ {spell(picture.name)} \\ "
        f"{spell(picture.scale)}]"
        for picture in block.items
    ]
    return f"#greys({', '.join(found)})\n"


def _svg(drawn: str) -> str:
    return f'image(bytes({string(drawn)}), format: "svg"'


def plot_picture(plot: Plot, spell: Callable[[Sentence], str]) -> str:
    """The plot, its title above, the names of its curves below."""
    bounds = frame(plot)
    if bounds is None:
        return ""
    parts = [
        "#plot(",
        f"  [{spell(plot.title)}], [{spell(plot.across)}], [{spell(plot.up)}],",
        f"  ({_mm(WIDE)}, {_mm(TALL)}),",
        f"  ({''.join(_upwards(bounds, plot.decimal))}),",
        f"  ({''.join(_along(bounds, plot.decimal))}),",
        *(_curve(i, curve, bounds, spell) for i, curve in enumerate(plot.curves)),
        ")\n",
    ]
    return "\n".join(parts)


def _upwards(bounds: Frame, decimal: str) -> Iterator[str]:
    ticks = powers(bounds, 7)
    raised = as_powers(ticks)
    for power, text in ticks:
        shown = _power(text) if raised else number(as_decimal(text, decimal), False)
        yield f"({_mm(TALL * (1 - bounds.up(power)))}, ${shown}$), "


def _power(text: str) -> str:
    """1e-3 as 10^(−3)."""
    mantissa, _, exponent = text.partition("e")
    return f"10^({exponent})" if mantissa == "1" else number(text, False)


def _along(bounds: Frame, decimal: str) -> Iterator[str]:
    for step in steps(bounds, 12):
        shown = number(tick_text(step, decimal), False)
        yield f"({_mm(WIDE * bounds.across(step))}, ${shown}$), "


def _curve(i: int, curve: Curve, bounds: Frame, spell: Callable[[Sentence], str]) -> str:
    places = "".join(
        f"({_mm(WIDE * bounds.across(s))}, {_mm(TALL * (1 - bounds.up(p)))}), "
        for s, p in curve.points
    )
    k = i % len(COLOURS)
    return (
        f"  ([{spell(curve.name)}], rgb({string(COLOURS[k])}), {string(DASHES[k])}, "
        f"{string(MARKS[k])}, ({places})),"
    )


def _mm(length: float) -> str:
    return f"{length:.2f}mm"


def graph_page(graph: Graph, theme: str) -> str:
    """The graph alone, on a page of its size."""
    drawn = compose(graph)
    return "\n".join(
        [
            f"#set document(title: {string(graph.title)}, date: none)",
            "#set page(width: auto, height: auto, margin: 0pt)",
            f'#image(bytes({string(spelled(drawn, theme))}), format: "svg", '
            f"width: {_mm(drawn.width * UNIT)})",
        ]
    )
