"""Layers one on top of another: what size comes out of each, and how many parameters each has.

convolution   C_out kernels of k×l on C_in channels: C_out·(C_in·k·l + 1) parameters
separable     every kernel the product of k×1 and 1×l: C_out·(C_in·(k + l) + 1)
dense         n inputs, m outputs: (n + 1)·m

a side of n with padding p, windows of k and stride s becomes ⌊(n + 2p − k)/s⌋ + 1
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum, auto
from typing import TypeAlias, assert_never

from rnnhand.errors import Span, failure
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref
from rnnhand.system import amounts

Sides: TypeAlias = tuple[Expr, ...]
"""Something for each direction of a picture (two), or of a sequence (one)."""

ZERO, ONE, TWO = Number("0"), Number("1"), Number("2")


class Kind(StrEnum):
    """Layers that do something of their own, as a problem file names them."""

    CONV = auto()
    POOL = auto()
    DENSE = auto()


@dataclass(frozen=True)
class Slide:
    """How a window slides; `same` padding keeps the size."""

    size: Sides
    stride: Sides
    padding: Sides
    same: bool = False


@dataclass(frozen=True)
class Conv:
    slide: Slide
    out: Expr
    bias: bool
    separable: bool
    span: Span


@dataclass(frozen=True)
class Pool:
    """Windows of a maximum or a mean."""

    slide: Slide
    kind: str
    span: Span


@dataclass(frozen=True)
class Dense:
    out: Expr
    bias: bool
    span: Span


@dataclass(frozen=True)
class Plain:
    """A layer without parameters that keeps the size, or lays a picture out: relu, flatten."""

    name: str
    span: Span


Layer: TypeAlias = Conv | Pool | Dense | Plain


@dataclass(frozen=True)
class Volume:
    """Channels of one size. `sides` is empty for a plain list of numbers, and None where it is not
    known how large the picture is."""

    channels: Expr
    sides: Sides | None

    @property
    def entries(self) -> Expr:
        return amounts.times(self.channels, *(self.sides or ()))


@dataclass(frozen=True)
class Stack:
    start: Volume
    layers: tuple[Layer, ...]


@dataclass(frozen=True)
class Size:
    """One side of what comes out: the formula with the numbers in it, and its value."""

    formula: Expr
    value: Expr


@dataclass(frozen=True)
class Row:
    """A layer, what comes out of it, and its parameters: the formula of their number, and both
    kinds of them."""

    layer: Layer
    out: Volume
    sizes: tuple[Size, ...] = ()
    formula: Expr | None = None
    weights: Expr = ZERO
    biases: Expr = ZERO

    @property
    def parameters(self) -> Expr:
        if self.formula is not None and amounts.letters(self.formula):
            return self.formula
        return amounts.plus(self.weights, self.biases)


def rows(stack: Stack, named: bool = False) -> Iterator[Row]:
    """Layer by layer. Raises `Failure` at the layer that does not fit.

    `named` sides that are formulas have names of their own in what stands above them: n_1, m_1.
    """
    volume = stack.start
    for number, layer in enumerate(stack.layers, 1):
        row = _row(layer, volume)
        if named and row.sizes and row.out.sides:
            row = replace(row, out=replace(row.out, sides=_named(row, number)))
        yield row
        volume = row.out


def side_name(direction: int, number: int) -> Ref:
    return Ref(f"{'nm'[direction]}_{number}")


def _named(row: Row, number: int) -> Sides:
    first = row.sizes[0].formula
    return tuple(
        size.value
        if amounts.value_of(size.value) is not None
        else side_name(0 if size.formula == first else i, number)
        for i, size in enumerate(row.sizes)
    )


def total(found: Sequence[Row]) -> Expr:
    return amounts.plus(*(row.parameters for row in found))


def _row(layer: Layer, into: Volume) -> Row:
    match layer:
        case Conv():
            return _convolution(layer, into)
        case Pool(slide):
            sizes = _sizes(layer, slide, into)
            sides = None if sizes is None else tuple(size.value for size in sizes)
            return Row(layer, replace(into, sides=sides), sizes or ())
        case Dense(out, bias):
            if into.sides is None:
                raise failure("stack-unknown-picture", layer.span, "hint-stack-picture")
            entries = into.entries
            inside = Apply("+", (entries, ONE)) if bias else entries
            formula = Apply("*", (inside, out))
            biases = out if bias else ZERO
            return Row(layer, Volume(out, ()), (), formula, amounts.times(entries, out), biases)
        case Plain("flatten"):
            return Row(layer, Volume(into.entries, ()))
        case Plain():
            return Row(layer, into)
        case _:
            assert_never(layer)


def _convolution(layer: Conv, into: Volume) -> Row:
    sizes = _sizes(layer, layer.slide, into)
    sides = None if sizes is None else tuple(size.value for size in sizes)
    kernel = layer.slide.size
    each = amounts.times(*kernel)
    shown: Sides = kernel
    if layer.separable and len(kernel) > 1:
        each, shown = amounts.plus(*kernel), (Apply("+", kernel),)
    inside: Expr = Apply("*", (into.channels, *shown))
    if layer.bias:
        inside = Apply("+", (inside, ONE))
    weights = amounts.times(layer.out, into.channels, each)
    biases = layer.out if layer.bias else ZERO
    formula = Apply("*", (layer.out, inside))
    return Row(layer, Volume(layer.out, sides), sizes or (), formula, weights, biases)


def _sizes(layer: Conv | Pool, slide: Slide, into: Volume) -> tuple[Size, ...] | None:
    if into.sides is None:
        return None
    if not into.sides:
        raise failure("stack-no-picture", layer.span, "hint-stack-no-picture")
    if len(into.sides) != len(slide.size):
        raise failure("stack-directions", layer.span, found=len(slide.size), wanted=len(into.sides))
    return tuple(_size(layer, slide, into.sides, i, n) for i, n in enumerate(into.sides))


def _size(layer: Conv | Pool, slide: Slide, sides: Sides, i: int, n: Expr) -> Size:
    k, s, p = slide.size[i], slide.stride[i], slide.padding[i]
    if slide.same:
        value = amounts.plus(amounts.floor(amounts.over(amounts.minus(n, ONE), s)), ONE)
        return Size(n if s == ONE else Apply("/", (n, s)), value)
    room = amounts.minus(amounts.plus(n, amounts.times(TWO, p)), k)
    known = amounts.value_of(room)
    if known is not None and known < 0:
        raise failure(
            "stack-too-large",
            layer.span,
            "hint-padding",
            window="×".join(map(text, slide.size)),
            picture="×".join(
                text(amounts.plus(m, amounts.times(TWO, q)))
                for m, q in zip(sides, slide.padding, strict=True)
            ),
        )
    value = amounts.plus(amounts.floor(amounts.over(room, s)), ONE)
    padded: Expr = n if p == ZERO else Apply("+", (n, Apply("*", (TWO, p))))
    written: Expr = Apply("-", (padded, k))
    if s != ONE:
        written = Apply("floor", (Apply("/", (written, s)),))
    return Size(Apply("+", (written, ONE)), value)
