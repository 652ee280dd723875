"""Pictures in the plane in LaTeX: lines with a + on their positive side, dots filled or open."""

from __future__ import annotations

from collections.abc import Callable
from math import hypot

from rnnhand.document.blocks import Plane, Sentence
from rnnhand.render.plane import Point, View, cut, shown, ticks, view
from rnnhand.render.tex_names import number

WIDE, TALL = 8.0, 6.0
STYLES = ("solid", "dashed", "dotted", "dash dot", "loosely dashed", "densely dotted")


def picture(plane: Plane, spell: Callable[[Sentence], str]) -> str:
    """The picture, its title above, the names of what is drawn below."""
    bounds = view(plane)
    if bounds is None:
        return ""
    lines = [
        r"\begin{center}",
        f"\\textbf{{{spell(plane.title)}}}\\par\\nopagebreak",
        r"\begin{tikzpicture}[font=\small]",
        f"\\draw (0,0) rectangle ({WIDE},{TALL});",
        *_ticks(bounds, plane.decimal),
        f"\\node[below] at ({WIDE / 2:g},-0.6) {{{spell(plane.across)}}};",
        f"\\node[above right] at (-0.2,{TALL:g}) {{{spell(plane.up)}}};",
    ]
    names = []
    for i, line in enumerate(plane.lines):
        style = STYLES[i % len(STYLES)]
        part = cut(line, bounds)
        if part is not None:
            ends = " -- ".join(_place(bounds, p) for p in part)
            middle = tuple((a + b) / 2 for a, b in zip(*part, strict=True))
            dx = line.a * (bounds.right - bounds.left) / WIDE
            dy = line.b * (bounds.top - bounds.bottom) / TALL
            size = hypot(dx, dy) or 1.0
            shift = f"({0.3 * dx / size:.2f},{0.3 * dy / size:.2f})"
            lines.append(f"\\draw[{style}] {ends};")
            at = _place(bounds, (middle[0], middle[1]))
            lines.append(f"\\node[inner sep=0pt,shift={{{shift}}}] at {at} {{$+$}};")
        names.append(rf"\tikz\draw[{style}] (0,0) -- (0.8,0); {spell(line.name)}\par")
    for strokes in plane.strokes:
        for piece in strokes.pieces:
            lines.append(f"\\draw[thick] {' -- '.join(_place(bounds, p) for p in piece)};")
        names.append(rf"\tikz\draw[thick] (0,0) -- (0.8,0); {spell(strokes.name)}\par")
    for dots in plane.dots:
        fill = "black" if dots.filled else "white"
        for p in dots.points:
            lines.append(f"\\draw[fill={fill}] {_place(bounds, p)} circle (0.08);")
        names.append(rf"\tikz\draw[fill={fill}] (0,0) circle (0.08); {spell(dots.name)}\par")
    lines.append(r"\end{tikzpicture}\par")
    return "\n".join([*lines, *names, r"\end{center}"])


def _place(bounds: View, p: Point) -> str:
    return f"({bounds.across(p[0]) * WIDE:.2f},{bounds.up(p[1]) * TALL:.2f})"


def _number(tick: float, decimal: str) -> str:
    return number(shown(tick, decimal).replace("−", "-"), False)


def _ticks(bounds: View, decimal: str) -> list[str]:
    found = []
    for y in ticks(bounds.bottom, bounds.top, 7):
        at = f"{bounds.up(y) * TALL:.2f}"
        found.append(f"\\draw[gray!40] (0,{at}) -- ({WIDE},{at});")
        found.append(f"\\node[left] at (0,{at}) {{${_number(y, decimal)}$}};")
    for x in ticks(bounds.left, bounds.right, 8):
        at = f"{bounds.across(x) * WIDE:.2f}"
        found.append(f"\\draw ({at},0) -- ({at},-0.1) node[below] {{${_number(x, decimal)}$}};")
    return found
