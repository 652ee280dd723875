"""The primitive functions of the language: what they are called and how many arguments they take.

Everything else that is written `name(…)` is data: see `Function` and `library/functions`.
A primitive has its shape rule in `system/shapes`, its value in `arithmetic`, its derivative in
`calculus`; the tests hold the four lists together.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from rnnhand.language.tree import Apply, Expr, Number, Ref


@dataclass(frozen=True)
class Primitive:
    """`least` to `most` arguments; the last `sizes` of them are whole numbers known beforehand.

    `options` names the last arguments and says what each is where it is not given: a number, or the
    name of the option that it equals; None where it must be given.
    """

    name: str
    least: int
    most: int
    aliases: tuple[str, ...] = ()
    sizes: int = 0
    options: tuple[tuple[str, str | None], ...] = ()

    @property
    def arrays(self) -> int:
        """How many arguments are not sizes."""
        return self.most - self.sizes


@dataclass(frozen=True)
class Function:
    """A function given by equations: `value` in terms of its parameters, element by element.

    `slopes` holds the derivative by each parameter that has its own; it may use the parameters
    and `result`, the value of the function itself. `activation` asks for a named pre-activation.
    `notation` is how textbooks write the name; `kink` says which slope holds where there are two.
    `also` has slopes as some read them off the result: 1 where ReLU's result is positive.
    `steepest` is a number that |slope| by the first parameter nowhere exceeds, `range` holds the
    least and the largest value, where there are such numbers.
    An `open` one stands for any function: it has a derivative by name, but no value.
    """

    name: str
    parameters: tuple[str, ...]
    value: Expr
    slopes: dict[str, Expr] = field(default_factory=dict)
    defaults: dict[str, Expr] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    activation: bool = False
    notation: str = ""
    kink: str = ""
    also: dict[str, Expr] = field(default_factory=dict)
    steepest: Expr | None = None
    range: tuple[Expr, ...] = ()
    open: bool = False


ELEMENTWISE = ("exp", "log", "sqrt", "max", "min")

WINDOW = (("stride", "1"), ("padding", "0"))
POOL = (("size", None), ("stride", "size"), ("padding", "0"))


def _pooling(kind: str, axes: str, *aliases: str) -> Primitive:
    """`max_pool2d(x, 2)`, `max_pool2d(x, 2, stride=1, padding=1)`."""
    return Primitive(f"{kind}_pool{axes}d", 2, 4, aliases, sizes=3, options=POOL)


PRIMITIVES = {
    p.name: p
    for p in (
        Primitive("exp", 1, 1),
        Primitive("log", 1, 1, ("ln",)),
        Primitive("sqrt", 1, 1, ("√",)),
        Primitive("max", 1, 2),
        Primitive("min", 1, 2),
        Primitive("softmax", 1, 1),
        Primitive("sum", 1, 1),
        Primitive("mean", 1, 1),
        Primitive("norm2", 1, 1, ("norm",)),
        Primitive("one_hot", 2, 2, ("onehot",), sizes=1),
        # Windows that slide over a picture (2d) or over a sequence (1d):
        Primitive("conv2d", 2, 4, ("Conv2d", "Conv2D"), sizes=2, options=WINDOW),
        Primitive("conv1d", 2, 4, ("Conv1d", "Conv1D"), sizes=2, options=WINDOW),
        _pooling("max", "2", "max_pool", "maxpool", "maxpool2d", "MaxPool2d", "MaxPool2D"),
        _pooling("avg", "2", "avg_pool", "avgpool", "avgpool2d", "AvgPool2d", "mean_pool"),
        _pooling("max", "1", "maxpool1d", "MaxPool1d", "MaxPool1D"),
        _pooling("avg", "1", "avgpool1d", "AvgPool1d", "AveragePooling1D"),
        Primitive("flip", 1, 1, ("rot180",)),  # turned by half a circle
        Primitive("flatten", 1, 1, ("vec", "Flatten")),  # m×n → m·n: the rows one after the other
        # What the gradient needs to be written in the same language:
        Primitive("unit", 1, 1),  # x/‖x‖, and 0 at 0
        Primitive("first_max", 1, 1),  # 1 at the first largest element, 0 elsewhere
        Primitive("first_min", 1, 1),
        Primitive("fill", 3, 3, sizes=2),  # fill(s, m, n): the scalar s in every place of m×n
        Primitive("sum_rows", 1, 1),  # N×n → n: the rows added up
        Primitive("rows", 3, 3, sizes=2),  # rows(x, from, to), counted from 1
        Primitive("columns", 3, 3, sizes=2),
        Primitive("diag", 1, 1),  # n → n×n: the vector on the diagonal, zeros elsewhere
        Primitive("reshape", 3, 3, sizes=2),  # reshape(x, m, n): the entries, row by row, in m×n
        Primitive("dilate", 4, 4, sizes=3),  # dilate(x, s, m, n): x in m×n, s places apart
        # unpool(g, x, size, stride, padding): every entry of g at the largest entry of its window
        # in x; pick(d, x, …): from every window of d the entry at which x is largest.
        Primitive("unpool", 3, 5, sizes=3, options=POOL),
        Primitive("unpool_last", 3, 5, sizes=3, options=POOL),
        Primitive("pick", 3, 5, sizes=3, options=POOL),
    )
}


def hyphened(name: str) -> str:
    """The name of a primitive where _ would put the rest of it below: one-hot."""
    return name.replace("_", "-")


INTERNAL = (
    "unit", "first_max", "first_min", "fill", "sum_rows", "rows", "columns", "diag",
    "reshape", "dilate", "unpool", "unpool_last", "pick",
)  # fmt: skip
"""Primitives that only gradients are written with."""

Functions: TypeAlias = dict[str, Function]


def open_function(name: str) -> Functions:
    """A function that nobody has chosen, f, and its derivative f': (f(x))' = f'(x)."""
    x, slope = Ref("x"), name + "'"
    nothing = Number("0")
    return {
        name: Function(
            name, ("x",), nothing, {"x": Apply(slope, (x,))}, activation=True, open=True
        ),
        slope: Function(slope, ("x",), nothing, notation=name + "′", open=True),
    }
