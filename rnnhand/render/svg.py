"""A picture as SVG: plain shapes and text, a style sheet for light and dark, nothing to fetch."""

from __future__ import annotations

from xml.sax.saxutils import escape

from rnnhand.document.graph import Graph
from rnnhand.render.picture.compose import compose
from rnnhand.render.picture.shapes import Curve, Picture, Shape, Words
from rnnhand.render.picture.words import BELOW, in_font, runs, width

FONTS = "'DejaVu Sans', Verdana, 'Segoe UI', Arial, sans-serif"
LIGHT = {
    "paper": "#ffffff",
    "ink": "#1a1a1a",
    "quiet": "#5a5a5a",
    "line": "#444444",
    "data": "#e8e8e8",
    "gate": "#fdf3d7",
    "weight": "#ffffff",
    "value": "#0b57a4",
    "adjoint": "#b3261e",
    "path": "#0b57a4",
}
DARK = {
    "paper": "#16181c",
    "ink": "#f0f0f0",
    "quiet": "#b4b4b4",
    "line": "#b8b8b8",
    "data": "#3a3e46",
    "gate": "#3a3322",
    "weight": "#16181c",
    "value": "#8ec1ff",
    "adjoint": "#ff9e94",
    "path": "#8ec1ff",
}
ARROW = 8.0


def write(graph: Graph, theme: str = "auto") -> str:
    """The graph as an SVG document. `theme` is light, dark, or auto: what the reader prefers."""
    return spelled(compose(graph), theme)


def inside(graph: Graph) -> str:
    """The graph as a part of a page, which has `style`; its nodes say which quantity they are."""
    return spelled(compose(graph), None)


def spelled(picture: Picture, theme: str | None) -> str:
    """A picture of its own in a theme; without one, a part of a page."""
    w, h = round(picture.width), round(picture.height)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}" height="{h}" '
        f'role="img" font-family="{FONTS}">',
        f"<title>{_clean(picture.title)}</title>",
        *([f"<style>{style(theme)}</style>"] if theme else []),
        f'<rect class="paper" width="{w}" height="{h}"/>',
        *(_curve(c) for c in picture.curves),
        *(_shape(s, not theme) for s in picture.shapes),
        *(_words(x) for x in picture.words),
        "</svg>",
    ]
    return "\n".join(parts)


def style(theme: str) -> str:
    """The colours; what they say is said by form, dashes and signs too."""
    if theme == "dark":
        return _rules(DARK)
    if theme == "light":
        return _rules(LIGHT)
    return f"{_rules(LIGHT)}@media screen and (prefers-color-scheme: dark){{{_rules(DARK)}}}"


def _rules(c: dict[str, str]) -> str:
    return (
        f".paper{{fill:{c['paper']}}}text{{fill:{c['ink']}}}"
        f".edge,.path{{fill:none;stroke:{c['line']};stroke-width:1.3}}"
        f".path{{stroke:{c['path']};stroke-width:2.6}}"
        f".head{{fill:{c['line']}}}.head-path{{fill:{c['path']}}}"
        f".node{{fill:{c['paper']};stroke:{c['ink']};stroke-width:1.4}}"
        f".data,.start{{fill:{c['data']};stroke-width:1}}"
        f".start{{stroke-dasharray:4 3}}.again{{stroke-dasharray:9 4;stroke-width:1}}"
        f".outside{{stroke-width:2;stroke-dasharray:0.1 4.2;stroke-linecap:round}}"
        f".gate{{fill:{c['gate']}}}.weight{{fill:{c['weight']};stroke-width:1}}"
        f".delay{{fill:{c['ink']}}}"
        f".ahead{{fill:{c['paper']};stroke:{c['ink']};stroke-width:1.4}}"
        f".function,.caption,.slope{{fill:{c['quiet']}}}.symbol,.title{{font-weight:bold}}"
        f".weight-label{{font-weight:bold}}.value{{fill:{c['value']}}}"
        f".adjoint{{fill:{c['adjoint']};font-style:italic}}"
    )


def _n(x: float) -> str:
    return f"{x:.1f}".rstrip("0").rstrip(".")


def _curve(curve: Curve) -> str:
    """The curve, cut short before its arrowhead."""
    *front, (a, b, end) = curve.pieces
    way = "".join(
        f"C{_n(p[0])} {_n(p[1])} {_n(q[0])} {_n(q[1])} {_n(r[0])} {_n(r[1])}" for p, q, r in front
    )
    start = f"M{_n(curve.start[0])} {_n(curve.start[1])}"
    if not curve.arrow:
        way += f"C{_n(a[0])} {_n(a[1])} {_n(b[0])} {_n(b[1])} {_n(end[0])} {_n(end[1])}"
        return f'<path class="{curve.role}" d="{start}{way}"/>'
    dx, dy = end[0] - b[0], end[1] - b[1]
    length = (dx * dx + dy * dy) ** 0.5 or 1.0
    ux, uy = dx / length, dy / length
    neck = (end[0] - ux * ARROW * 0.8, end[1] - uy * ARROW * 0.8)
    b = (b[0] - ux * ARROW * 0.8, b[1] - uy * ARROW * 0.8)
    way += f"C{_n(a[0])} {_n(a[1])} {_n(b[0])} {_n(b[1])} {_n(neck[0])} {_n(neck[1])}"
    back = (end[0] - ux * ARROW, end[1] - uy * ARROW)
    side = ARROW * 0.42
    head = (
        f"M{_n(end[0])} {_n(end[1])}L{_n(back[0] - uy * side)} {_n(back[1] + ux * side)}"
        f"L{_n(back[0] + uy * side)} {_n(back[1] - ux * side)}Z"
    )
    mark = "head-path" if curve.role == "path" else "head"
    return f'<path class="{curve.role}" d="{start}{way}"/><path class="{mark}" d="{head}"/>'


def _shape(s: Shape, named: bool) -> str:
    x, y = s.x - s.width / 2, s.y - s.height / 2
    if s.form in ("delay", "ahead"):
        return _rect(s.form, x, y, s.width, s.height, 0)
    radius = {"pill": min(s.height, s.width) / 2, "box": 4.0}.get(s.form, 0.0)
    if s.form == "pill" and s.height > 40:
        radius = 16.0
    name = f' data-node="{_clean(s.name)}"' if named and s.name else ""
    found = _rect(f"node {s.role}", x, y, s.width, s.height, radius, name)
    if s.form == "tag":  # a double border: a weight
        found += _rect(f"node {s.role}", x + 3, y + 3, s.width - 6, s.height - 6, 0)
    return found


def _rect(
    role: str, x: float, y: float, width: float, height: float, radius: float, more: str = ""
) -> str:
    round_ = f' rx="{_n(radius)}"' if radius else ""
    return (
        f'<rect class="{role}" x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" '
        f'height="{_n(height)}"{round_}{more}/>'
    )


def _words(w: Words) -> str:
    wide = width(w.text, w.size)
    behind = ""
    if w.covers:
        low = 0.8 if any(below for _, below in runs(in_font(w.text))) else 0.62
        behind = _rect("paper", w.left - 1, w.y - w.size * 0.62, wide + 2, w.size * (0.62 + low), 0)
    anchor = "" if w.anchor == "start" else f' text-anchor="{w.anchor}"'
    return (
        f'{behind}<text class="{w.role}" x="{_n(w.x)}" y="{_n(w.y + w.size * 0.36)}" '
        f'font-size="{_n(w.size)}"{anchor}>{_runs(w)}</text>'
    )


def _runs(w: Words) -> str:
    """Text with its subscripts lowered, and raised again behind them."""
    found = []
    low = False
    for piece, below in runs(in_font(w.text)):
        drop = w.size * 0.22
        dy = f' dy="{_n(drop if below else -drop)}"' if below != low else ""
        size = f' font-size="{_n(w.size * BELOW)}"' if below else ""
        found.append(f"<tspan{dy}{size}>{_clean(piece)}</tspan>" if dy or size else _clean(piece))
        low = below
    return "".join(found)


def _clean(text: str) -> str:
    """Text that XML can hold, and that says nothing in XML."""
    kept = (c if c.isprintable() or c == "\u00a0" else " " for c in text)
    return escape("".join(kept), {'"': "&quot;"})
