"""Where everything of a picture in the plane lies: bounds, ticks, lines cut off at the frame."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, hypot, log10

from rnnhand.document.blocks import Line, Plane

Point = tuple[float, float]
MARGIN = 0.18
"""Free space around what is drawn, as a part of it."""


@dataclass(frozen=True)
class View:
    left: float
    right: float
    bottom: float
    top: float

    def across(self, x: float) -> float:
        """How far right, from 0 to 1."""
        return (x - self.left) / (self.right - self.left)

    def up(self, y: float) -> float:
        """How far up, from 0 to 1."""
        return (y - self.bottom) / (self.top - self.bottom)

    def holds(self, p: Point) -> bool:
        return self.left <= p[0] <= self.right and self.bottom <= p[1] <= self.top


def view(plane: Plane) -> View | None:
    """The bounds of a picture; None where it has no points. What has no extent gets some."""
    points = [p for dots in plane.dots for p in dots.points]
    points += [p for strokes in plane.strokes for piece in strokes.pieces for p in piece]
    if not points:
        points = [p for line in plane.lines for p in _near_origin(line)]
    if not points:
        return None
    sides = []
    for i in (0, 1):
        low, high = min(p[i] for p in points), max(p[i] for p in points)
        if high - low < 1e-9:
            low, high = low - 1, high + 1
        room = MARGIN * (high - low)
        sides += [low - room, high + room]
    return View(*sides)


def _near_origin(line: Line) -> list[Point]:
    """A square around the point of a line that is nearest to the origin."""
    size = line.a**2 + line.b**2
    if not size:
        return []
    x, y = -line.a * line.c / size, -line.b * line.c / size
    r = max(1.0, hypot(x, y))
    return [(x - r, y - r), (x + r, y + r), (0.0, 0.0)]


def cut(line: Line, bounds: View) -> tuple[Point, Point] | None:
    """The part of a line inside the frame; None where there is none."""
    a, b, c = line.a, line.b, line.c
    found: list[Point] = []
    if b:
        found += [(x, -(a * x + c) / b) for x in (bounds.left, bounds.right)]
    if a:
        found += [(-(b * y + c) / a, y) for y in (bounds.bottom, bounds.top)]
    slack = 1e-9
    inside = sorted(
        {
            p
            for p in found
            if bounds.left - slack <= p[0] <= bounds.right + slack
            and bounds.bottom - slack <= p[1] <= bounds.top + slack
        }
    )
    if len(inside) < 2:
        return None
    first, last = inside[0], inside[-1]
    return (first, last) if hypot(last[0] - first[0], last[1] - first[1]) > slack else None


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers between two bounds, at even distances."""
    rough = (high - low) / max(1, most)
    size = 10.0 ** floor(log10(rough))
    gap = next(m * size for m in (1, 2, 5, 10) if m * size >= rough)
    return [k * gap for k in range(ceil(low / gap - 1e-9), floor(high / gap + 1e-9) + 1)]


def shown(tick: float, decimal: str) -> str:
    """A tick's number: −0.5."""
    return f"{tick:.6g}".replace("-", "−").replace(".", decimal) if abs(tick) > 1e-12 else "0"
