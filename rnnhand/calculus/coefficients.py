"""What stands before a summand: a number, a parameter, or both."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from math import prod

from rnnhand.language.tree import Apply, Expr, Number, Ref

MINUS_ONE = Number("-1")


@dataclass(frozen=True)
class Factors:
    """A product taken apart: its numbers as one, None where none is written, its parameters, and
    all the rest."""

    number: Number | None
    own: tuple[Expr, ...]
    others: tuple[Expr, ...]


def is_weight(expr: Expr, names: Collection[str]) -> bool:
    """Whether an expression is one of the parameters, perhaps transposed."""
    if isinstance(expr, Apply) and expr.op == "T":
        return is_weight(expr.args[0], names)
    return isinstance(expr, Ref) and expr.name in names


def factored(product: Apply, names: Collection[str]) -> Factors:
    """The factors of a product; a minus before a parameter is a number."""
    number: Number | None = None
    own: list[Expr] = []
    others: list[Expr] = []
    for arg in product.args:
        value = constant(arg)
        if value is not None and product.op == "*":
            number = multiplied(number, value)
        elif is_weight(arg, names):
            own.append(arg)
        elif isinstance(arg, Apply) and arg.op == "neg" and is_weight(arg.args[0], names):
            number = multiplied(number, MINUS_ONE)
            own.append(arg.args[0])
        else:
            others.append(arg)
    return Factors(number, tuple(own), tuple(others))


def multiplied(a: Number | None, b: Number | None) -> Number | None:
    """The product of two numbers; None is a factor that nobody wrote."""
    if a is None or b is None:
        return a or b
    return Number(str(a.value * b.value))


def before(number: Number | None, weight: Expr | None) -> Expr | None:
    """What stands before something: 2·w, −w, 1/2; None where nothing is written."""
    if weight is None or number is None:
        return weight or number
    if number.value == 1:
        return weight
    if number.value == -1:
        return Apply("neg", (weight,))
    return Apply("*", (number, weight))


def constant(expr: Expr) -> Number | None:
    """The number that an expression is, in digits or computed from such."""
    found = in_numbers(expr)
    return found if isinstance(found, Number) else None


def in_numbers(expr: Expr) -> Expr:
    """What is made of numbers only, as a number."""
    if not isinstance(expr, Apply):
        return expr
    args = tuple(in_numbers(a) for a in expr.args)
    values = [a.value for a in args if isinstance(a, Number)]
    if len(values) < len(args):
        return expr
    match expr.op:
        case "*":
            return Number(str(prod(values)))
        case "+":
            return Number(str(sum(values)))
        case "-":
            return Number(str(values[0] - values[1]))
        case "/" if values[1]:
            return Number(str(values[0] / values[1]))
        case "neg":
            return Number(str(-values[0]))
        case _:
            return expr
