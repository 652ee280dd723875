"""Windows that slide over an array: which entries each of them covers.

    a picture of h rows, with p rows of zeros above and below, has ⌊(h + 2p − k)/s⌋ + 1 windows of
    k rows, each s rows below the one before; and so for its columns.

A sequence (`conv1d`, `max_pool1d`) is a column, or a row, and its windows go along it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from rnnhand.errors import Failure, failure
from rnnhand.language import limits
from rnnhand.language.calls import options
from rnnhand.language.powers import constant_value
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, walk
from rnnhand.system.model import Shape

CONVOLUTIONS = ("conv2d", "conv1d")
POOLS = ("max_pool2d", "avg_pool2d", "max_pool1d", "avg_pool1d")
ROUTES = ("unpool", "unpool_last", "pick")
WINDOWED = (*CONVOLUTIONS, *POOLS, *ROUTES)


class Pair(NamedTuple):
    """Something down the rows and along the columns."""

    down: int
    along: int


class Covered(NamedTuple):
    """An entry under a window: its place in the picture, flat, and its place in the window."""

    entry: int
    place: int


@dataclass(frozen=True)
class Windows:
    """All windows of one size over a picture of one size."""

    picture: Pair
    size: Pair
    stride: Pair
    padding: Pair

    @property
    def number(self) -> Pair:
        """How many windows there are, down and along."""
        down, along = (
            (n + 2 * p - k) // s + 1
            for n, k, s, p in zip(self.picture, self.size, self.stride, self.padding, strict=True)
        )
        return Pair(down, along)

    @property
    def unstrided(self) -> Pair:
        """How many there would be with stride 1."""
        down, along = (
            n + 2 * p - k + 1 for n, k, p in zip(self.picture, self.size, self.padding, strict=True)
        )
        return Pair(down, along)

    def covered(self, i: int, j: int) -> Iterator[Covered]:
        """The entries under window (i, j), row by row; the zeros of the padding are none."""
        for a in range(self.size.down):
            row = i * self.stride.down + a - self.padding.down
            if not 0 <= row < self.picture.down:
                continue
            for b in range(self.size.along):
                column = j * self.stride.along + b - self.padding.along
                if 0 <= column < self.picture.along:
                    yield Covered(row * self.picture.along + column, a * self.size.along + b)

    @property
    def flat(self) -> tuple[int, ...]:
        return (*self.picture, *self.size, *self.stride, *self.padding)


@lru_cache(maxsize=16)
def covering(*flat: int) -> tuple[tuple[Covered, ...], ...]:
    """What every window covers, window by window; from `Windows.flat`."""
    h, w, kh, kw, sh, sw, ph, pw = flat
    windows = Windows(Pair(h, w), Pair(kh, kw), Pair(sh, sw), Pair(ph, pw))
    rows, columns = windows.number
    return tuple(tuple(windows.covered(i, j)) for i in range(rows) for j in range(columns))


def windows_of(expr: Apply, shapes: list[Shape]) -> Windows:
    """The windows of a convolution or a pooling. Raises `Failure` where they do not fit."""
    op = expr.op
    if op in ROUTES:
        return _of_route(expr, Pair(*shapes[1]))
    picture = Pair(*shapes[0])
    given = options(expr)
    if op in CONVOLUTIONS:
        size = Pair(*shapes[1])
        lengthwise = _lengthwise(expr, picture, size) if op == "conv1d" else None
    else:
        lengthwise = _lengthwise(expr, picture, picture) if op.endswith("1d") else None
        size = _pair(given["size"], lengthwise, 1, "size-not-whole", 1)
    stride = _pair(given["stride"], lengthwise, 1, "stride-not-whole", 1)
    padding = _pair(given["padding"], lengthwise, 0, "padding-not-whole", 0)
    windows = Windows(picture, size, stride, padding)
    for n, k, p in zip(picture, size, padding, strict=True):
        if k > n + 2 * p:
            raise _too_large(expr, windows)
        if op in POOLS and p >= k:
            raise failure("padding-of-pool", expr.span, size=_shown(size), padding=_shown(padding))
    cost = windows.number.down * windows.number.along * size.down * size.along
    if cost > limits.WINDOWS:
        raise failure("too-many-windows", expr.span, found=cost, limit=limits.WINDOWS)
    return windows


def _lengthwise(expr: Apply, picture: Pair, kernel: Pair) -> Pair:
    """(1, 0) where a sequence is a column, (0, 1) where it is a row."""
    if picture.along == 1 and kernel.along == 1:
        return Pair(1, 0)
    if picture.down == 1 and kernel.down == 1:
        return Pair(0, 1)
    if picture.down > 1 and picture.along > 1:
        code, hint = "sequence-is-matrix", "hint-two-dimensions"
    else:
        code, hint = "sequence-and-kernel", "hint-transpose-kernel"
    raise failure(
        code,
        expr.span,
        hint,
        function=expr.op,
        other=expr.op.replace("1d", "2d"),
        picture=_shown(picture),
        kernel=_shown(kernel),
        kernel_text=text(expr.args[1]),
    )


def _pair(expr: Expr, lengthwise: Pair | None, across: int, code: str, least: int) -> Pair:
    """`2` is for both directions, `[2, 1]` for rows and columns; of a sequence only one counts."""
    two = isinstance(expr, Apply) and expr.op in (",", ";") and len(expr.args) == 2
    parts = expr.args if isinstance(expr, Apply) and two else (expr, expr)
    if two and lengthwise is not None:
        raise failure(code, expr.span, found=text(expr))
    down, along = (_whole(part, code, least) for part in parts)
    if lengthwise == Pair(1, 0):
        return Pair(down, across)
    return Pair(across, along) if lengthwise == Pair(0, 1) else Pair(down, along)


def _whole(expr: Expr, code: str, least: int) -> int:
    try:
        value = expr.value if isinstance(expr, Number) else constant_value(expr)
    except Failure:
        value = None
    if value is None or value.denominator != 1 or value < least or value > limits.SIZE:
        raise failure(code, expr.span, found=text(expr))
    return int(value)


def _of_route(expr: Apply, picture: Pair) -> Windows:
    given = options(expr)
    size, stride, padding = (
        _pair(given[name], None, 0, code, least)
        for name, code, least in (
            ("size", "size-not-whole", 1),
            ("stride", "stride-not-whole", 1),
            ("padding", "padding-not-whole", 0),
        )
    )
    return Windows(picture, size, stride, padding)


def _too_large(expr: Apply, windows: Windows) -> Failure:
    pool = expr.op in POOLS
    padded = tuple(n + 2 * p for n, p in zip(windows.picture, windows.padding, strict=True))
    return failure(
        "pool-too-large" if pool else "kernel-too-large",
        expr.span,
        None
        if pool
        else "hint-kernel-first"
        if all(k <= n for k, n in zip(windows.picture, windows.size, strict=True))
        else "hint-padding",
        kernel=_shown(windows.size),
        kernel_text="" if pool else text(expr.args[1]),
        picture=_shown(padded),
        picture_text=text(expr.args[0]),
        function=expr.op,
    )


def _shown(pair: tuple[int, ...]) -> str:
    return f"{pair[0]}×{pair[1]}"


def sizes(pair: Pair) -> Expr:
    """A pair as it is written: one number where both are equal."""
    down, along = (Number(str(n)) for n in pair)
    return down if down == along else Apply(",", (down, along))


def apart_of(expr: Expr) -> Pair:
    """How far `dilate` puts entries apart."""
    return _pair(expr, None, 1, "stride-not-whole", 1)


def has_windows(expr: Expr) -> bool:
    """Whether something in an expression slides over an array."""
    return any(isinstance(node, Apply) and node.op in WINDOWED for node in walk(expr))
