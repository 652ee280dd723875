"""Convolutions and pooling of pictures, window by window, forwards and backwards."""

from __future__ import annotations

from fractions import Fraction

from tests.students.matrices import M


def convolved(x: M, k: M) -> M:
    """Every window of x times k; the kernel is not turned."""
    rows, columns = x.rows - k.rows + 1, x.columns - k.columns + 1
    return M(rows, columns, tuple(
        sum((x[i + p, j + q] * k[p, q] for p in range(k.rows) for q in range(k.columns)),
            Fraction(0))
        for i in range(rows) for j in range(columns)
    ))  # fmt: skip


def spread_back(seed: M, k: M, like: M) -> M:
    """What every entry of the picture gets back from the windows in which it stands."""
    found = [[Fraction(0)] * like.columns for _ in range(like.rows)]
    for i in range(seed.rows):
        for j in range(seed.columns):
            for p in range(k.rows):
                for q in range(k.columns):
                    found[i + p][j + q] += seed[i, j] * k[p, q]
    return M(like.rows, like.columns, tuple(x for row in found for x in row))


def turned(k: M) -> M:
    return M(k.rows, k.columns, k.items[::-1])


def _window(i: int, j: int, size: int) -> list[tuple[int, int]]:
    return [(i * size + p, j * size + q) for p in range(size) for q in range(size)]


def pooled(how: str, x: M, size: int) -> M:
    rows, columns = x.rows // size, x.columns // size
    found = []
    for i in range(rows):
        for j in range(columns):
            there = [x[at] for at in _window(i, j, size)]
            found.append(max(there) if how == "max_pool2d" else sum(there, Fraction(0)) / size**2)
    return M(rows, columns, tuple(found))


def unpooled(how: str, seed: M, x: M, size: int) -> M:
    """The largest of a window, or all of it in equal parts, gets back what the window gets."""
    found = [[Fraction(0)] * x.columns for _ in range(x.rows)]
    for i in range(seed.rows):
        for j in range(seed.columns):
            there = _window(i, j, size)
            if how == "max_pool2d":
                p, q = max(there, key=lambda at: x[at])
                found[p][q] += seed[i, j]
                continue
            for p, q in there:
                found[p][q] += seed[i, j] / size**2
    return M(x.rows, x.columns, tuple(x for row in found for x in row))
