"""Pictures in the plane as SVG: lines with short strokes on their positive side, dots on top."""

from __future__ import annotations

from collections.abc import Iterator
from math import hypot
from xml.sax.saxutils import escape

from rnnhand.document.blocks import Line, Plane
from rnnhand.render.plane import Point, View, cut, shown, ticks, view
from rnnhand.render.plot_svg import DASHES, label, spoken, style
from rnnhand.render.svg import FONTS

WIDTH, LEFT, RIGHT, BOTTOM = 520, 64, 24, 56
TALL = 340
ROW = 22
HATCHES = 18


def plane_svg(plane: Plane, styled: bool = True) -> str:
    """One picture of its own; not `styled` where the page that holds it has the style."""
    entries = len(plane.lines) + len(plane.dots) + len(plane.strokes)
    top = 34 + ROW * entries + 10
    height = top + TALL + BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" role="img" font-family="{FONTS}" font-size="14">',
        f"<title>{escape(spoken(plane.title))}</title>",
        *([f"<style>{style(curves(plane))}</style>"] if styled else []),
        f'<rect class="back" width="{WIDTH}" height="{height}"/>',
        f'<text class="ink" x="{WIDTH / 2:g}" y="22" text-anchor="middle" font-weight="bold">'
        f"{label(plane.title)}</text>",
    ]
    bounds = view(plane)
    if bounds is not None:
        area = _Area(bounds, top)
        parts += _legend(plane)
        parts += area.axes(plane)
        parts += area.content(plane)
    return "\n".join([*parts, "</svg>"])


def curves(plane: Plane) -> int:
    """How many colours a picture needs."""
    return max(1, len(plane.lines) + len(plane.strokes))


def _legend(plane: Plane) -> Iterator[str]:
    y = 34 + ROW / 2
    names = [entry.name for entry in plane.lines] + [entry.name for entry in plane.strokes]
    for i, name in enumerate(names):
        yield f'<line class="c{i}" x1="{LEFT}" y1="{y:g}" x2="{LEFT + 46}" y2="{y:g}"{_dash(i)}/>'
        yield f'<text class="ink" x="{LEFT + 56}" y="{y + 5:g}">{label(name)}</text>'
        y += ROW
    for dots in plane.dots:
        yield _dot(LEFT + 23, y, dots.filled)
        yield f'<text class="ink" x="{LEFT + 56}" y="{y + 5:g}">{label(dots.name)}</text>'
        y += ROW


def _dash(i: int) -> str:
    pattern = DASHES[i % len(DASHES)]
    return f' stroke-dasharray="{pattern}"' if pattern else ""


def _dot(x: float, y: float, filled: bool) -> str:
    """A filled dot, or a ring that hides what is below it."""
    inner = "ink" if filled else "back"
    return f'<circle class="axis {inner}" cx="{x:.1f}" cy="{y:.1f}" r="5"/>'


class _Area:
    """The frame in which things are drawn."""

    def __init__(self, bounds: View, top: float) -> None:
        self.bounds, self.top, self.bottom = bounds, top, top + TALL

    def place(self, p: Point) -> Point:
        x = LEFT + self.bounds.across(p[0]) * (WIDTH - LEFT - RIGHT)
        return x, self.bottom - self.bounds.up(p[1]) * TALL

    def axes(self, plane: Plane) -> Iterator[str]:
        b = self.bounds
        for y in ticks(b.bottom, b.top, 7):
            _, h = self.place((b.left, y))
            yield f'<line class="rule" x1="{LEFT}" y1="{h:.1f}" x2="{WIDTH - RIGHT}" y2="{h:.1f}"/>'
            yield (
                f'<text class="ink" x="{LEFT - 8}" y="{h + 5:.1f}" text-anchor="end">'
                f"{shown(y, plane.decimal)}</text>"
            )
        for x in ticks(b.left, b.right, 8):
            w, _ = self.place((x, b.bottom))
            yield (
                f'<line class="rule" x1="{w:.1f}" y1="{self.top:g}" x2="{w:.1f}" '
                f'y2="{self.bottom:g}"/>'
            )
            yield (
                f'<text class="ink" x="{w:.1f}" y="{self.bottom + 21:g}" text-anchor="middle">'
                f"{shown(x, plane.decimal)}</text>"
            )
        yield (
            f'<path class="axis" fill="none" '
            f'd="M{LEFT} {self.top:g}V{self.bottom:g}H{WIDTH - RIGHT}"/>'
        )
        middle, centre = (LEFT + WIDTH - RIGHT) / 2, (self.top + self.bottom) / 2
        yield (
            f'<text class="ink" x="{middle:g}" y="{self.bottom + 44:g}" text-anchor="middle">'
            f"{label(plane.across)}</text>"
        )
        yield (
            f'<text class="ink" text-anchor="middle" '
            f'transform="translate(18 {centre:g}) rotate(-90)">{label(plane.up)}</text>'
        )

    def content(self, plane: Plane) -> Iterator[str]:
        for i, line in enumerate(plane.lines):
            part = cut(line, self.bounds)
            if part is not None:
                yield self.segment(*part, i)
                yield from self.hatches(line, *part, i)
        for i, strokes in enumerate(plane.strokes, len(plane.lines)):
            for start, end in strokes.pieces:
                yield self.segment(start, end, i)
        for dots in plane.dots:
            for p in dots.points:
                yield _dot(*self.place(p), dots.filled)

    def segment(self, start: Point, end: Point, i: int) -> str:
        (x1, y1), (x2, y2) = self.place(start), self.place(end)
        ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
        return f'<line class="c{i}" {ends}{_dash(i)}/>'

    def hatches(self, line: Line, start: Point, end: Point, i: int) -> Iterator[str]:
        """Short strokes from the line into its positive side."""
        (x1, y1), (x2, y2) = self.place(start), self.place(end)
        unit = (self.bounds.right - self.bounds.left) / (WIDTH - LEFT - RIGHT)
        rise = (self.bounds.top - self.bounds.bottom) / TALL
        dx, dy = line.a * unit, -line.b * rise
        size = hypot(dx, dy) or 1.0
        for k in range(1, HATCHES):
            x, y = x1 + (x2 - x1) * k / HATCHES, y1 + (y2 - y1) * k / HATCHES
            yield (
                f'<line class="c{i}" x1="{x:.1f}" y1="{y:.1f}" '
                f'x2="{x + 8 * dx / size:.1f}" y2="{y + 8 * dy / size:.1f}"/>'
            )
