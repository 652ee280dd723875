"""Convolution and pooling from their definitions, on numbers that carry a derivative.

Nothing of the package is used. A `Dual` is a value with its slope by one chosen number; pictures
are lists of rows; zeros, or nothing at all, stand around them.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias


@dataclass(frozen=True)
class Dual:
    value: Fraction
    slope: Fraction = Fraction(0)

    def __add__(self, other: Dual) -> Dual:
        return Dual(self.value + other.value, self.slope + other.slope)

    def __mul__(self, other: Dual) -> Dual:
        slope = self.slope * other.value + self.value * other.slope
        return Dual(self.value * other.value, slope)


Picture: TypeAlias = list[list[Dual]]
Pair: TypeAlias = tuple[int, int]
Window: TypeAlias = list[list[Dual | None]]


def lifted(rows: list[list[Fraction]], by: Pair | None = None) -> Picture:
    """The numbers as duals; the one at `by` moves."""
    return [
        [Dual(x, Fraction(int((i, j) == by))) for j, x in enumerate(row)]
        for i, row in enumerate(rows)
    ]


def windows(x: Picture, size: Pair, stride: Pair, padding: Pair) -> list[list[Window]]:
    """Every window, with None where it lies outside the picture."""
    found = []
    top = -padding[0]
    while top + size[0] <= len(x) + padding[0]:
        line = []
        left = -padding[1]
        while left + size[1] <= len(x[0]) + padding[1]:
            line.append(
                [
                    [
                        x[r][c] if 0 <= r < len(x) and 0 <= c < len(x[0]) else None
                        for c in range(left, left + size[1])
                    ]
                    for r in range(top, top + size[0])
                ]
            )
            left += stride[1]
        found.append(line)
        top += stride[0]
    return found


def convolve(x: Picture, k: Picture, stride: Pair = (1, 1), padding: Pair = (0, 0)) -> Picture:
    def one(window: Window) -> Dual:
        total = Dual(Fraction(0))
        for cells, weights in zip(window, k, strict=True):
            for cell, weight in zip(cells, weights, strict=True):
                total = total + (cell * weight if cell is not None else Dual(Fraction(0)))
        return total

    found = windows(x, (len(k), len(k[0])), stride, padding)
    return [[one(window) for window in line] for line in found]


def pool(kind: str, x: Picture, size: Pair, stride: Pair, padding: Pair) -> Picture:
    def one(window: Window) -> Dual:
        cells = [c for row in window for c in row]
        there = [c for c in cells if c is not None]
        if kind == "max":
            best = there[0]
            for cell in there:
                best = cell if cell.value > best.value else best
            return best
        total = Dual(Fraction(0))
        for cell in there:
            total = total + cell
        return total * Dual(Fraction(1, len(cells)))

    return [[one(window) for window in line] for line in windows(x, size, stride, padding)]


def power_sum(x: Picture, power: int) -> Dual:
    """Σ x^power."""
    total = Dual(Fraction(0))
    for row in x:
        for cell in row:
            raised = Dual(Fraction(1))
            for _ in range(power):
                raised = raised * cell
            total = total + raised
    return total
