"""Pictures in the plane with characters: lines by their slope, numbered; dots filled or open."""

from __future__ import annotations

from collections.abc import Iterator
from math import hypot

from rich.cells import cell_len
from rich.text import Text

from rnnhand.document.blocks import Plane
from rnnhand.render.plane import Point, View, cut, shown, ticks, view
from rnnhand.render.spelling import INDENT, Spelling

WIDEST, LEAST, TALL = 56, 16, 17
FILLED, OPEN = ("●", "○"), ("*", "o")


def drawn(page: Spelling, plane: Plane) -> Iterator[Text]:
    """The picture's lines: its title, the frame, and what its signs are."""
    bounds = view(plane)
    if bounds is None:
        return
    rows = {_row(bounds, y): shown(y, plane.decimal) for y in ticks(bounds.bottom, bounds.top, 6)}
    label = max((cell_len(t) for t in rows.values()), default=1)
    width = max(LEAST, min(WIDEST, page.width - INDENT - label - 3))
    canvas = _Canvas(bounds, width, page.signs.plain)
    canvas.fill(plane)
    bar, tick, corner, dash, foot = "|++-+" if page.signs.plain else "│┤└─┴"
    yield Text(" " * INDENT + page.line(plane.title), style="bold")
    yield Text(" " * INDENT + page.line(plane.up), style="dim")
    for row, line in enumerate(canvas.rows):
        number = page.text(rows.get(row, "")).rjust(label)
        side = tick if row in rows else bar
        yield Text(f"{' ' * INDENT}{number} {side}{''.join(line)}".rstrip())
    axis, below = [dash] * width, [" "] * (width + 8)
    end = -1
    for x in ticks(bounds.left, bounds.right, 6):
        place = canvas.column(x)
        axis[place] = foot
        said = page.text(shown(x, plane.decimal))
        start = max(0, place - len(said) // 2)
        if start > end:
            below[start : start + len(said)] = list(said)
            end = start + len(said)
    margin = " " * (INDENT + label + 1)
    yield Text(f"{margin}{corner}{''.join(axis)}")
    yield Text(f"{margin} {''.join(below)}".rstrip())
    across = page.line(plane.across)
    yield Text(f"{margin} {' ' * max(0, (width - cell_len(across)) // 2)}{across}", style="dim")
    yield from _legend(page, plane)


def _legend(page: Spelling, plane: Plane) -> Iterator[Text]:
    filled, open_ = OPEN if page.signs.plain else FILLED
    for i, line in enumerate(plane.lines, 1):
        yield Text(f"{' ' * (INDENT + 1)}{i}  {page.line(line.name)}")
    for dots in plane.dots:
        mark = filled if dots.filled else open_
        yield Text(f"{' ' * (INDENT + 1)}{mark}  {page.line(dots.name)}")
    for strokes in plane.strokes:
        mark = "-" if page.signs.plain else "━"
        yield Text(f"{' ' * (INDENT + 1)}{mark}  {page.line(strokes.name)}")


def _row(bounds: View, y: float) -> int:
    return round((1 - bounds.up(y)) * (TALL - 1))


class _Canvas:
    """Characters in rows; what is drawn later stands on top."""

    def __init__(self, bounds: View, width: int, plain: bool) -> None:
        self.bounds, self.width, self.plain = bounds, width, plain
        self.rows = [[" "] * width for _ in range(TALL)]

    def column(self, x: float) -> int:
        return round(self.bounds.across(x) * (self.width - 1))

    def put(self, p: Point, sign: str) -> None:
        row, column = _row(self.bounds, p[1]), self.column(p[0])
        if 0 <= row < TALL and 0 <= column < self.width:
            self.rows[row][column] = sign

    def fill(self, plane: Plane) -> None:
        filled, open_ = OPEN if self.plain else FILLED
        for strokes in plane.strokes:
            for start, end in strokes.pieces:
                self.segment(start, end, "-" if self.plain else "━")
        for i, line in enumerate(plane.lines, 1):
            part = cut(line, self.bounds)
            if part is None:
                continue
            self.segment(*part, self.sign(*part))
            self.side(line.a, line.b, *part)
            near = 0.15 + 0.1 * ((i - 1) % 5)
            self.put(_between(*part, near), str(i))
        for dots in plane.dots:
            for p in dots.points:
                self.put(p, filled if dots.filled else open_)

    def sign(self, start: Point, end: Point) -> str:
        """- | / or \\, by how the line runs on the page."""
        across = (self.bounds.across(end[0]) - self.bounds.across(start[0])) * self.width / 2
        up = (self.bounds.up(end[1]) - self.bounds.up(start[1])) * TALL
        if abs(up) < 0.4 * abs(across):
            return "-" if self.plain else "─"
        if abs(across) < 0.4 * abs(up):
            return "|" if self.plain else "│"
        if self.plain:
            return "/" if up * across > 0 else "\\"
        return "╱" if up * across > 0 else "╲"

    def segment(self, start: Point, end: Point, sign: str) -> None:
        steps = max(self.width, 2 * TALL)
        for k in range(steps + 1):
            self.put(_between(start, end, k / steps), sign)

    def side(self, a: float, b: float, start: Point, end: Point) -> None:
        """A + on the positive side of the line's middle."""
        x, y = _between(start, end, 0.6)
        wide = (self.bounds.right - self.bounds.left) / self.width
        tall = (self.bounds.top - self.bounds.bottom) / TALL
        dx, dy = a * wide**2, b * tall**2
        size = hypot(dx / wide, dy / tall) or 1.0
        self.put((x + 3 * dx / size, y + 1.6 * dy / size), "+")


def _between(start: Point, end: Point, part: float) -> Point:
    return start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part
