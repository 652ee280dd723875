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
    """`least` to `most` arguments; the last `sizes` of them are whole numbers known beforehand."""

    name: str
    least: int
    most: int
    aliases: tuple[str, ...] = ()
    sizes: int = 0


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
        # What the gradient needs to be written in the same language:
        Primitive("unit", 1, 1),  # x/‖x‖, and 0 at 0
        Primitive("first_max", 1, 1),  # 1 at the first largest element, 0 elsewhere
        Primitive("first_min", 1, 1),
        Primitive("fill", 3, 3, sizes=2),  # fill(s, m, n): the scalar s in every place of m×n
        Primitive("sum_rows", 1, 1),  # N×n → n: the rows added up
        Primitive("rows", 3, 3, sizes=2),  # rows(x, from, to), counted from 1
        Primitive("columns", 3, 3, sizes=2),
        Primitive("diag", 1, 1),  # n → n×n: the vector on the diagonal, zeros elsewhere
    )
}

INTERNAL = ("unit", "first_max", "first_min", "fill", "sum_rows", "rows", "columns", "diag")
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
