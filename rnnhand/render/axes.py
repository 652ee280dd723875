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
    """Steps from `first` to `last`; powers of ten from `low` to `high`, or, in a `linear` frame,
    the numbers themselves."""

    first: float
    last: float
    low: float
    high: float
    linear: bool = False

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
    if plot.linear:
        gap = _tick(high - low or 1.0, 6)
        low, high = floor(low / gap + 1e-9) * gap, ceil(high / gap - 1e-9) * gap
        high += gap * (high == low)
        return Frame(min(steps), max(steps), low, high, True)
    if high - low > 2:
        low, high = floor(low + 1e-9), ceil(high - 1e-9)
    elif high - low < FLAT:
        low, high = low - 1, high + 1
    else:
        room = max(LEAST - (high - low), 0.1 * (high - low)) / 2
        low, high = low - room, high + room
    return Frame(min(steps), max(steps), low, high)


def powers(frame: Frame, most: int) -> list[tuple[float, str]]:
    """Ticks upwards: (power of ten, the number as text); whole powers, or 1, 2 and 5 times one.
    In a linear frame numbers at even distances."""
    if frame.linear:
        texts = [(x, f"{x:.12g}") for x in _even(frame.low, frame.high, most)]
        return [(x, t if "e" in t else f"{t}e0") for x, t in texts]
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


def _tick(length: float, most: int) -> float:
    """1, 2 or 5 times a power of ten, so that a length has at most so many of it."""
    power = 10.0 ** floor(log10(length / most))
    return next(m * power for m in (1, 2, 5, 10) if length / (m * power) <= most + 1e-9)


def _even(low: float, high: float, most: int) -> list[float]:
    gap = _tick(high - low, most - 1)
    first, last = ceil(low / gap - 1e-9), floor(high / gap + 1e-9)
    return [k * gap for k in range(first, last + 1)]


def steps(frame: Frame, most: int) -> list[float]:
    """Ticks across: whole steps at even distances; the first and the last one always. In a linear
    frame numbers at even distances."""
    if frame.last == frame.first:
        return [frame.first]
    if frame.linear:
        return [round(x) if x == round(x) else x for x in _even(frame.first, frame.last, most)]
    return list(_whole_steps(frame, most))


def tick_text(step: float, decimal: str) -> str:
    """A tick as text: 2, -0.5."""
    return f"{step:.12g}".replace(".", decimal)


def _whole_steps(frame: Frame, most: int) -> list[int]:
    start, end = round(frame.first), round(frame.last)
    gap = next(g for g in _gaps() if (end - start) / g <= most - 1)
    found = [s for s in range(start, end) if s % gap == 0]
    near = gap / 2
    inner = [s for s in found if s - start >= near and end - s >= near]
    return [start, *inner, end]


def _gaps() -> Sequence[int]:
    return [m * 10**k for k in range(6) for m in (1, 2, 5)]


def between(points: Sequence[tuple[float, float]], step: float) -> float | None:
    """The height of a curve at a place between its points; None outside."""
    for (s0, y0), (s1, y1) in pairwise(points):
        if s0 <= step <= s1:
            return y0 + (y1 - y0) * (step - s0) / (s1 - s0)
    return points[0][1] if len(points) == 1 and points[0][0] == step else None
