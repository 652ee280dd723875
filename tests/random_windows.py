"""Convolutions, poolings and pictures turned and laid out, drawn at random: texts and functions.

The functions are the definitions, in mpmath, over windows with None where they leave the picture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import TypeAlias

import mpmath
from mpmath import mpf
from reference import Mat

Pair: TypeAlias = tuple[int, int]
WAYS = ("conv", "conv", "max_pool", "avg_pool")
TURNS = ("flip", "flatten", "reshape")


@dataclass(frozen=True)
class Sliding:
    """Windows of one size over a picture of one size."""

    picture: Pair
    size: Pair
    stride: Pair
    padding: Pair

    def windows(self) -> Iterator[list[int | None]]:
        """The flat places under every window, row by row; None outside the picture."""
        (h, w), (a, b), (s, u), (p, q) = self.picture, self.size, self.stride, self.padding
        for top in range(-p, h + p - a + 1, s):
            for left in range(-q, w + q - b + 1, u):
                yield [
                    i * w + j if 0 <= i < h and 0 <= j < w else None
                    for i in range(top, top + a)
                    for j in range(left, left + b)
                ]

    def over(self, value: Callable[[list[int | None]], mpf], shape: Pair) -> Mat:
        return Mat(*shape, [value(window) for window in self.windows()])


def sliding(rng: Random, shape: Pair, pool: bool) -> Sliding:
    """Windows whose results have a shape; what is left over at the end is sometimes more than 0."""
    sides = []
    for n in shape:
        while True:
            size, stride, padding = rng.randint(1, 3), rng.randint(1, 2), rng.randint(0, 2)
            side = (n - 1) * stride + size - 2 * padding + rng.randint(0, stride - 1)
            if 1 <= side <= 5 and not (pool and padding >= size):
                sides.append((side, size, stride, padding))
                break
    down, along = sides
    return Sliding(*zip(down, along, strict=True))


def call(way: str, arrays: str, at: Sliding) -> str:
    """The call, a pair said once where it is two of a kind, what is so by default sometimes not."""

    def said(pair: Pair) -> str:
        return str(pair[0]) if pair[0] == pair[1] else str(list(pair))

    by_default = (1, 1) if way == "conv" else at.size
    words = [f"stride={said(at.stride)}"] if at.stride != by_default else []
    words += [f"padding={said(at.padding)}"] if at.padding != (0, 0) else []
    name = "conv2d" if way == "conv" else f"{way}2d"
    size = [] if way == "conv" else [said(at.size)]
    return f"{name}({', '.join([arrays, *size, *words])})"


def result(way: str, at: Sliding, shape: Pair, x: Mat, k: Mat | None) -> Mat:
    def convolved(window: list[int | None]) -> mpf:
        assert k is not None
        pairs = zip(window, k.a, strict=True)
        return mpmath.fsum(x.a[i] * weight for i, weight in pairs if i is not None)

    def largest(window: list[int | None]) -> mpf:
        return max(x.a[i] for i in window if i is not None)

    def mean(window: list[int | None]) -> mpf:
        return mpmath.fsum(x.a[i] for i in window if i is not None) / len(window)

    values = {"conv": convolved, "max_pool": largest, "avg_pool": mean}
    return at.over(values[way], shape)


def turned(x: Mat) -> Mat:
    return Mat(x.m, x.n, x.a[::-1])


def laid(x: Mat, shape: Pair) -> Mat:
    return Mat(*shape, x.a)


def other_shape(rng: Random, count: int) -> Pair:
    rows = rng.choice([m for m in range(1, count + 1) if count % m == 0])
    return rows, count // rows
