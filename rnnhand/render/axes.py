"""Where curves lie in a frame: the range of both axes and their ticks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, log10

from rnnhand.document.blocks import Plot

LEAST, FLAT = 0.5, 0.02
"""Decades that a frame shows at least; those below which a curve counts as level, and gets one
decade on either side."""


@dataclass(frozen=True)
class Frame:
    """Steps from `first` to `last`; powers of ten from `low` to `high`."""

    first: int
    last: int
    low: float
    high: float

    def across(self, step: float) -> float:
        """How far right a step is, from 0 to 1."""
        return (step - self.first) / (self.last - self.first) if self.last > self.first else 0.5

    def up(self, power: float) -> float:
        """How far up a power of ten is, from 0 to 1."""
        return (power - self.low) / (self.high - self.low)


def frame(plot: Plot) -> Frame | None:
    """The frame of all curves; None where no curve has a point."""
    points = [p for curve in plot.curves for p in curve.points]
    if not points:
        return None
    steps = [s for s, _ in points]
    low, high = min(y for _, y in points), max(y for _, y in points)
    if high - low > 2:
        low, high = floor(low + 1e-9), ceil(high - 1e-9)
    elif high - low < FLAT:
        low, high = low - 1, high + 1
    else:
        room = max(LEAST - (high - low), 0.1 * (high - low)) / 2
        low, high = low - room, high + room
    return Frame(min(steps), max(steps), low, high)


def powers(frame: Frame, most: int) -> list[tuple[float, str]]:
    """Ticks upwards: (power of ten, the number as text); whole powers, or 1, 2 and 5 times one."""
    whole = list(range(ceil(frame.low - 1e-9), floor(frame.high + 1e-9) + 1))
    if len(whole) >= 3:
        gap = next(g for g in _gaps() if len(whole) / g <= most)
        return [(k, f"1e{k}") for k in whole if k % gap == 0]
    found: list[tuple[float, str]] = []
    for digits in ((1,), (1, 2, 5), range(1, 10)):
        found = [
            (k + log10(m), f"{m}e{k}")
            for k in range(floor(frame.low), ceil(frame.high) + 1)
            for m in digits
            if frame.low - 1e-9 <= k + log10(m) <= frame.high + 1e-9
        ]
        if len(found) >= 3:
            break
    gap = max(1, ceil(len(found) / most))
    return found[::gap]


def as_powers(ticks: Sequence[tuple[float, str]]) -> bool:
    """Whether numbers are written as powers of ten: where one of them is far from 1."""
    return any(not -3 <= int(text.partition("e")[2]) <= 3 for _, text in ticks)


def as_decimal(tick: str, decimal: str) -> str:
    """The number of a tick in digits: 2e-2 is 0.02."""
    return f"{float(tick):g}".replace(".", decimal)


def steps(frame: Frame, most: int) -> list[int]:
    """Ticks across: whole steps at even distances; the first and the last one always."""
    if frame.last == frame.first:
        return [frame.first]
    gap = next(g for g in _gaps() if (frame.last - frame.first) / g <= most - 1)
    found = [s for s in range(frame.first, frame.last) if s % gap == 0]
    near = gap / 2
    inner = [s for s in found if s - frame.first >= near and frame.last - s >= near]
    return [frame.first, *inner, frame.last]


def _gaps() -> Sequence[int]:
    return [m * 10**k for k in range(6) for m in (1, 2, 5)]


def between(points: Sequence[tuple[int, float]], step: float) -> float | None:
    """The height of a curve at a place between its points; None outside."""
    for (s0, y0), (s1, y1) in pairwise(points):
        if s0 <= step <= s1:
            return y0 + (y1 - y0) * (step - s0) / (s1 - s0)
    return points[0][1] if len(points) == 1 and points[0][0] == step else None
