"""Convolution and pooling, read backwards and forwards, in convolutions again.

    Y = conv2d(X, K):   K̄ = conv2d(X, Ȳ)         X̄ = conv2d(Ȳ, flip(K), padding = k − 1)

With a stride, Ȳ is `dilate`d first: its entries stand as far apart as the windows did. A mean over
windows is a convolution with 1/n in every place; a maximum hands its adjoint to the first largest
entry of its window (`unpool`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from rnnhand.language.calls import shortened
from rnnhand.language.operations import PRIMITIVES
from rnnhand.language.tree import Apply, Expr, Number
from rnnhand.system.model import Shape
from rnnhand.system.windows import CONVOLUTIONS, Pair, Windows, apart_of, sizes, windows_of

ShapeOf: TypeAlias = Callable[[Expr], Shape]

ONCE = Pair(1, 1)


def by_windows(node: Apply, g: Expr, shape: ShapeOf) -> list[Expr | None]:
    """The adjoint of every argument of a convolution, a pooling, or what leads back from one."""
    windows = windows_along(node, shape)
    op, args = node.op, node.args
    if op in CONVOLUTIONS:
        x, k = args[:2]
        spread = _apart(g, windows)
        own = convolution(op, x, spread, ONCE, windows.padding)
        return [_to_picture(op, spread, Apply("flip", (k,)), windows), own, *_none(args[2:])]
    if op.startswith("avg"):
        spread = _apart(g, windows)
        return [
            _to_picture(_as_convolution(op), spread, shares(windows), windows),
            *_none(args[1:]),
        ]
    if op == "pick":
        return [_route("unpool", g, args[1], windows), *_none(args[1:])]
    if op in ("unpool", "unpool_last"):
        return [_route("pick", g, args[1], windows), *_none(args[1:])]
    return [_route("unpool", g, args[0], windows), *_none(args[1:])]


def along_windows(node: Apply, moves: list[Expr | None], shape: ShapeOf) -> list[Expr]:
    """How a convolution or a pooling moves when its arguments do: the summands."""
    op, args = node.op, node.args
    moved: list[Expr] = []
    if op in CONVOLUTIONS:
        for i in (0, 1):
            move = moves[i]
            if move is not None:
                moved.append(Apply(op, (*args[:i], move, *args[i + 1 :])))
        return moved
    first = moves[0]
    if first is None:
        return []
    if op.startswith("max"):
        return [_route("pick", first, args[0], windows_along(node, shape))]
    return [Apply(op, (first, *args[1:]))]


def windows_along(node: Apply, shape: ShapeOf) -> Windows:
    return windows_of(node, [shape(a) for a in node.args[: PRIMITIVES[node.op].arrays]])


def convolution(op: str, x: Expr, k: Expr, stride: Pair, padding: Pair) -> Expr:
    """`conv2d(x, k)`, with what is not so by default; of a sequence only one direction counts."""
    given = (stride, padding)
    if op == "conv1d":
        one = max(padding)
        given = (Pair(max(stride), max(stride)), Pair(one, one))
    return Apply(op, shortened(PRIMITIVES[op], (x, k, *map(sizes, given))))


def _route(op: str, moved: Expr, x: Expr, windows: Windows) -> Expr:
    given = (windows.size, windows.stride, windows.padding)
    return Apply(op, shortened(PRIMITIVES[op], (moved, x, *map(sizes, given))))


def shares(windows: Windows) -> Expr:
    """1/n in each of the n places of a window."""
    down, along = windows.size
    share = Apply("/", (Number("1"), Number(str(down * along))))
    return Apply("fill", (share, Number(str(down)), Number(str(along))))


def gathered_apart(node: Apply, g: Expr) -> Expr:
    """The adjoint of what was dilated: the entries of g in its places."""
    apart = apart_of(node.args[1])
    return convolution("conv2d", g, Number("1"), apart, Pair(0, 0))


def _as_convolution(op: str) -> str:
    return "conv1d" if op.endswith("1d") else "conv2d"


def _apart(g: Expr, windows: Windows) -> Expr:
    """g with its entries where the windows stand among those of stride 1."""
    if windows.number == windows.unstrided:
        return g
    rows, columns = (Number(str(n)) for n in windows.unstrided)
    return Apply("dilate", (g, sizes(windows.stride), rows, columns))


def _to_picture(op: str, g: Expr, turned: Expr, windows: Windows) -> Expr:
    """Σ over the windows, back in the places of the picture; g has one entry a place of stride 1.

    Where the padding is wider than the kernel, the outer windows cover nothing of the picture.
    """
    around = [k - 1 - p for k, p in zip(windows.size, windows.padding, strict=True)]
    for cut, extra, count in zip(("rows", "columns"), around, windows.unstrided, strict=True):
        if extra < 0:
            g = Apply(cut, (g, Number(str(1 - extra)), Number(str(count + extra))))
    padding = Pair(*(max(a, 0) for a in around))
    return convolution(op, g, turned, ONCE, padding)


def _none(args: tuple[Expr, ...]) -> list[None]:
    return [None for _ in args]
