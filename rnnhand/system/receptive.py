"""How much of the picture one number sees: the receptive field, layer by layer and in closed form.

a window of k, over numbers that stand j apart in the picture and see r of it each, sees
r + (k − 1)·j; its own results stand j·s apart, s its stride. At the start r = j = 1.

A block of layers that multiplies j by q and adds c to r at first, n times over:
r = 1 + c·(q^n − 1)/(q − 1), and 1 + c·n where q = 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rnnhand.language.tree import Apply, Expr, Number
from rnnhand.system import amounts
from rnnhand.system.stacks import Conv, Layer, Pool

ONE = Number("1")
MOST = 10**12


@dataclass(frozen=True)
class Seen:
    """A layer with windows: its window and stride, how far apart the numbers below stand, and how
    much one of its results sees: the formula with the numbers in it, and its value."""

    layer: Layer
    window: Expr
    stride: Expr
    apart: Expr
    formula: Expr
    field: Expr


@dataclass(frozen=True)
class Block:
    """What one round of layers does along one direction: r grows by `growth` times the distance at
    its start, and the distance grows `factor` times."""

    growth: Expr
    factor: Expr

    def field(self, rounds: Expr) -> Expr:
        """r after so many rounds."""
        if amounts.value_of(self.factor) == 1:
            return amounts.plus(ONE, amounts.times(self.growth, rounds))
        many = amounts.minus(amounts.raised(self.factor, rounds), ONE)
        fraction = amounts.over(many, amounts.minus(self.factor, ONE))
        return amounts.plus(amounts.times(self.growth, fraction), ONE)


def along(layers: Sequence[Layer], direction: int) -> list[tuple[Layer, Expr, Expr]]:
    """The layers with windows: each with the size and the stride of its window."""
    return [
        (layer, layer.slide.size[direction], layer.slide.stride[direction])
        for layer in layers
        if isinstance(layer, Conv | Pool)
    ]


def seen(windows: Sequence[tuple[Layer, Expr, Expr]]) -> Iterator[Seen]:
    field: Expr = ONE
    apart: Expr = ONE
    for layer, size, stride in windows:
        grown = amounts.plus(field, amounts.times(amounts.minus(size, ONE), apart))
        written = Apply("+", (field, Apply("*", (Apply("-", (size, ONE)), apart))))
        yield Seen(layer, size, stride, apart, written, grown)
        field, apart = grown, amounts.times(apart, stride)


def block_of(windows: Sequence[tuple[Layer, Expr, Expr]]) -> Block:
    growth: list[Expr] = []
    apart: Expr = ONE
    for _, size, stride in windows:
        growth.append(amounts.times(amounts.minus(size, ONE), apart))
        apart = amounts.times(apart, stride)
    return Block(amounts.plus(*growth), apart)


def least(reaches: Callable[[int], bool]) -> int | None:
    """The least whole number from 1 up at which something is reached that stays reached; None
    where it is not reached up to a bound."""
    high = 1
    while not reaches(high):
        high *= 2
        if high > MOST:
            return None
    low = high // 2  # not reached, or 0
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reaches(middle) else (middle, high)
    return high
