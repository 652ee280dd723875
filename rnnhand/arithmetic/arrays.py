"""Arrays over any arithmetic: flat tuples, row by row, whose shapes are known beforehand.

A 1×1 array is its bare scalar. Spreading is done by the caller, so every operation element by
element is a `map`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import reduce
from typing import Any, TypeAlias

from rnnhand.arithmetic.base import Arithmetic, Fault, Scalar
from rnnhand.system.windows import covering

Array: TypeAlias = tuple[Scalar, ...]


def matmul(a: Sequence[Scalar], b: Sequence[Scalar], m: int, k: int, n: int) -> Array:
    """(m×k)·(k×n), every entry the sum of its k products."""
    columns = [b[j::n] for j in range(n)]
    rows = [a[i * k : (i + 1) * k] for i in range(m)]
    return tuple([reduce(operator.add, map(operator.mul, r, c)) for r in rows for c in columns])


def transpose(a: Sequence[Scalar], m: int, n: int) -> Array:
    return tuple(a[i * n + j] for j in range(n) for i in range(m))


def beside(parts: Sequence[tuple[Array, int]], m: int) -> Array:
    """Arrays of m rows side by side; each part comes with its number of columns."""
    return tuple(x for i in range(m) for a, n in parts for x in a[i * n : (i + 1) * n])


def columns(a: Sequence[Scalar], n: int, first: int, last: int) -> Array:
    """Columns first..last, counted from 1, of an array with n columns."""
    return tuple(x for i in range(0, len(a), n) for x in a[i + first - 1 : i + last])


def total(a: Sequence[Scalar]) -> Scalar:
    return reduce(operator.add, a)


def sum_rows(a: Sequence[Scalar], n: int) -> Array:
    return tuple(total(a[j::n]) for j in range(n))


def windowed(x: Sequence[Scalar], k: Sequence[Scalar], zero: Scalar, *windows: int) -> Array:
    """Σ x·k over every window; a window beside the picture has 0."""
    return tuple(
        total([x[c.entry] * k[c.place] for c in under]) if under else zero
        for under in covering(*windows)
    )


def dilated(
    a: Sequence[Scalar], zero: Scalar, n: int, s: int, t: int, rows: int, columns: int
) -> Array:
    """An array with n columns, s rows and t columns apart, in zeros of rows×columns."""
    found = [zero] * (rows * columns)
    for i, x in enumerate(a):
        found[i // n * s * columns + i % n * t] = x
    return tuple(found)


def library(arithmetic: Arithmetic) -> dict[str, Callable[..., Any]]:
    """The operations of the language that need more of an arithmetic than + - *."""
    one, zero = arithmetic.number(_whole(1)), arithmetic.number(_whole(0))
    less, equal, divide = arithmetic.less, arithmetic.equal, arithmetic.divide
    exp, sqrt = arithmetic.functions["exp"], arithmetic.functions["sqrt"]

    larger = arithmetic.larger or (lambda a, b: b if less(a, b) else a)
    smaller = arithmetic.smaller or (lambda a, b: b if less(b, a) else a)

    def softmax(a: Array, rows: int) -> Array:
        """e^{x_i}/Σ e^{x_j} in each row."""
        width = len(a) // rows
        found: list[Scalar] = []
        for start in range(0, len(a), width):
            row = a[start : start + width]
            if arithmetic.softmax_shift:
                top = reduce(larger, row)
                row = tuple(x - top for x in row)
            powers = [exp(x) for x in row]
            whole = total(powers)
            found += [divide(p, whole) for p in powers]
        return tuple(found)

    def norm2(a: Array) -> Scalar:
        return sqrt(total([x * x for x in a]))

    def unit(a: Array) -> Array:
        """a/‖a‖, and 0 for 0. Letters say that in an indicator."""
        length = norm2(a)
        if arithmetic.indicator:
            there = arithmetic.indicator["gt"](total([x * x for x in a]), zero)
            return tuple(divide(x * there, length) for x in a)
        if equal(length, zero):
            return a
        return tuple(divide(x, length) for x in a)

    def diag(a: Array) -> Array:
        return tuple(x if i == j else zero for i, x in enumerate(a) for j in range(len(a)))

    def first(
        a: Array, better: Callable[[Scalar, Scalar], Scalar], beats: str, equals: str
    ) -> Array:
        """1 at the first entry that equals the best of all, 0 elsewhere. Letters say it in
        indicators: it beats all before it, and those after it do not beat it."""
        if arithmetic.indicator:
            before, after = arithmetic.indicator[beats], arithmetic.indicator[equals]
            return tuple(
                reduce(
                    operator.mul,
                    [(before if j < i else after)(x, a[j]) for j in range(len(a)) if j != i],
                    one,
                )
                for i, x in enumerate(a)
            )
        best = 0
        for i in range(1, len(a)):
            if better(a[best], a[i]) is not a[best]:
                best = i
        return tuple(one if i == best else zero for i in range(len(a)))

    def pool(a: Array, *windows: int) -> Array:
        return tuple(reduce(larger, [a[c.entry] for c in w]) for w in covering(*windows))

    def largest_of(a: Array, windows: tuple[int, ...], last: bool) -> Iterator[list[Scalar]]:
        """For every window 1 at its first (or last) largest entry, 0 elsewhere."""
        for under in covering(*windows):
            step = -1 if last else 1
            ones = first(tuple(a[c.entry] for c in under[::step]), larger, "gt", "ge")
            yield list(ones[::step])

    def unpool(g: Array, a: Array, last: bool, *windows: int) -> Array:
        found = [zero] * len(a)
        ways = largest_of(a, windows, last)
        for x, under, ones in zip(g, covering(*windows), ways, strict=True):
            for c, share in zip(under, ones, strict=True):
                found[c.entry] = found[c.entry] + x * share
        return tuple(found)

    def pick(d: Array, a: Array, *windows: int) -> Array:
        return tuple(
            total([d[c.entry] * share for c, share in zip(under, ones, strict=True)])
            for under, ones in zip(covering(*windows), largest_of(a, windows, False), strict=True)
        )

    def one_hot(classes: Array, n: int) -> Array:
        found: list[Scalar] = []
        for k in classes:
            hits = [i for i in range(1, n + 1) if equal(k, arithmetic.number(_whole(i)))]
            if hits:
                found += [one if i == hits[0] else zero for i in range(1, n + 1)]
            elif arithmetic.unknown is not None:
                found += [arithmetic.unknown] * n
            else:
                raise Fault("class-outside", found=k, classes=n)
        return tuple(found)

    comparisons = {
        "gt": lambda a, b: one if less(b, a) else zero,
        "lt": lambda a, b: one if less(a, b) else zero,
        "ge": lambda a, b: zero if less(a, b) else one,
        "le": lambda a, b: zero if less(b, a) else one,
        "eq": lambda a, b: one if equal(a, b) else zero,
        "ne": lambda a, b: zero if equal(a, b) else one,
    }
    return {
        "matmul": matmul,
        "transpose": transpose,
        "beside": beside,
        "columns": columns,
        "total": total,
        "sum_rows": sum_rows,
        "divide": divide,
        "power": arithmetic.power,
        "real_power": arithmetic.real_power,
        "max": larger,
        "min": smaller,
        "largest": lambda a: reduce(larger, a),
        "smallest": lambda a: reduce(smaller, a),
        "softmax": softmax,
        "norm2": norm2,
        "unit": unit,
        "diag": diag,
        "first_max": lambda a: first(a, larger, "gt", "ge"),
        "first_min": lambda a: first(a, smaller, "lt", "le"),
        "one_hot": one_hot,
        "convolve": lambda x, k, *windows: windowed(x, k, zero, *windows),
        "dilate": lambda a, *sizes: dilated(a, zero, *sizes),
        "flip": lambda a: a[::-1],
        "max_pool": pool,
        "unpool": lambda g, a, *windows: unpool(g, a, False, *windows),
        "unpool_last": lambda g, a, *windows: unpool(g, a, True, *windows),
        "pick": pick,
        "integer": lambda i: arithmetic.number(_whole(i)),
        "keep": arithmetic.keep or (lambda x: x),
        "add": operator.add,
        "sub": operator.sub,
        "mul": operator.mul,
        "neg": operator.neg,
        **comparisons,
        **arithmetic.indicator,
        **arithmetic.functions,
    }


def _whole(i: int) -> Fraction:
    return Fraction(i)
