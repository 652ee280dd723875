"""Matrices of fractions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class M:
    """A matrix of fractions, row by row."""

    rows: int
    columns: int
    items: tuple[Fraction, ...]

    def map(self, f: Callable[[Fraction], Fraction]) -> M:
        return M(self.rows, self.columns, tuple(map(f, self.items)))

    def zip(self, other: M, f: Callable[[Fraction, Fraction], Fraction]) -> M:
        a, b = self.spread(other), other.spread(self)
        assert (a.rows, a.columns) == (b.rows, b.columns), "shapes"
        return M(a.rows, a.columns, tuple(map(f, a.items, b.items)))

    def spread(self, like: M) -> M:
        if self.rows == self.columns == 1:
            return M(like.rows, like.columns, self.items * (like.rows * like.columns))
        return self

    def __add__(self, other: M) -> M:
        return self.zip(other, lambda a, b: a + b)

    def __sub__(self, other: M) -> M:
        return self.zip(other, lambda a, b: a - b)

    def __mul__(self, other: M) -> M:
        return self.zip(other, lambda a, b: a * b)

    def __matmul__(self, other: M) -> M:
        if 1 == self.rows == self.columns or 1 == other.rows == other.columns:
            return self * other
        assert self.columns == other.rows, "shapes"
        return M(self.rows, other.columns, tuple(
            sum((self[i, k] * other[k, j] for k in range(self.columns)), Fraction(0))
            for i in range(self.rows) for j in range(other.columns)
        ))  # fmt: skip

    def __getitem__(self, at: tuple[int, int]) -> Fraction:
        return self.items[at[0] * self.columns + at[1]]

    @property
    def transposed(self) -> M:
        return M(self.columns, self.rows, tuple(
            self[i, j] for j in range(self.columns) for i in range(self.rows)
        ))  # fmt: skip

    @property
    def diagonal(self) -> M:
        """The same with 0 beside the diagonal."""
        return M(self.rows, self.columns, tuple(
            x if i % (self.columns + 1) == 0 else Fraction(0) for i, x in enumerate(self.items)
        ))  # fmt: skip

    @property
    def total(self) -> M:
        return scalar(sum(self.items, Fraction(0)))

    @property
    def is_scalar(self) -> bool:
        return self.rows == self.columns == 1

    def put(self, i: int, value: Fraction) -> M:
        return M(self.rows, self.columns, (*self.items[:i], value, *self.items[i + 1 :]))


def scalar(value: Fraction | int | str) -> M:
    return M(1, 1, (Fraction(value),))


def filled(like: M, value: Fraction | int) -> M:
    return like.map(lambda _: Fraction(value))
