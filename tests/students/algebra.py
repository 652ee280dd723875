"""Matrices of fractions, and expressions over them that can be evaluated and differentiated.

Nothing of the package is used here: what students compute is the outside view on its marks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any, TypeAlias

from tests.students import windows
from tests.students.matrices import M, scalar

CONTEXT = Context(prec=40)
Place: TypeAlias = tuple[str, int | None]
"""A quantity at a step; None where it has none."""


def decimal(x: Fraction) -> Decimal:
    return CONTEXT.divide(Decimal(x.numerator), Decimal(x.denominator))


def exp(x: Fraction) -> Fraction:
    if abs(x) > 200:
        raise ArithmeticError("too large for a student")
    return Fraction(CONTEXT.exp(decimal(x))) if x else Fraction(1)


def log(x: Fraction) -> Fraction:
    if x <= 0:
        raise ArithmeticError("log of nothing")
    return Fraction(CONTEXT.ln(decimal(x))) if x != 1 else Fraction(0)


def root(x: Fraction) -> Fraction:
    return Fraction(CONTEXT.sqrt(decimal(x)))


def sigmoid(x: Fraction) -> Fraction:
    return short(1 / (1 + exp(-x)))


def tanh(x: Fraction) -> Fraction:
    e = exp(2 * x)
    return short((e - 1) / (e + 1))


def short(x: Fraction) -> Fraction:
    return Fraction(decimal(x))


LONG = 140
"""Bits of a denominator from which a fraction is kept as its first forty digits."""


def kept_short(x: Fraction) -> Fraction:
    """A note on paper: fractions that grow without end are no more exact than functions are."""
    return x if x.denominator.bit_length() < LONG else short(x)


def relu(x: Fraction) -> Fraction:
    return max(x, Fraction(0))


VALUES: dict[str, Callable[[Fraction], Fraction]] = {
    "tanh": tanh, "sigmoid": sigmoid, "relu": relu, "identity": lambda x: x,
    "log": log, "exp": exp, "square": lambda x: x * x,
}  # fmt: skip
SLOPES: dict[str, Callable[[Fraction], Fraction]] = {
    "tanh": lambda a: 1 - tanh(a) ** 2,
    "sigmoid": lambda a: sigmoid(a) * (1 - sigmoid(a)),
    "relu": lambda a: Fraction(a > 0),
    "identity": lambda a: Fraction(1),
    "log": lambda a: 1 / a if a else log(a),
    "exp": exp,
    "square": lambda a: 2 * a,
}  # fmt: skip
FROM_OUTPUT: dict[str, Callable[[Fraction], Fraction]] = {
    "tanh": lambda h: 1 - h * h,
    "sigmoid": lambda h: h * (1 - h),
    "relu": lambda h: Fraction(h > 0),
}  # fmt: skip


@dataclass(frozen=True)
class E:
    """An expression; `ref` has a name and a lag, a step in a list of one, or None."""

    op: str
    args: tuple[Any, ...]

    def __add__(self, other: E) -> E:
        return E("+", (self, other))

    def __sub__(self, other: E) -> E:
        return E("-", (self, other))

    def __mul__(self, other: E) -> E:
        return E("*", (self, other))

    def __matmul__(self, other: E) -> E:
        return E("@", (self, other))

    def __neg__(self) -> E:
        return E("neg", (self,))

    def rewritten(self, change: Callable[[E], E]) -> E:
        args = tuple(a.rewritten(change) if isinstance(a, E) else a for a in self.args)
        return change(E(self.op, args))

    def walk(self) -> Iterator[E]:
        yield self
        for a in self.args:
            if isinstance(a, E):
                yield from a.walk()

    def __str__(self) -> str:
        a = self.args
        match self.op:
            case "ref":
                name, lag = a
                if lag is None:
                    return str(name)
                if isinstance(lag, tuple):
                    return f"{name}[{lag[0]}]"
                return f"{name}[t{lag:+d}]" if lag else f"{name}[t]"
            case "num":
                return str(a[0])
            case "+":
                return f"{a[0]} + {inside(a[1], '+-')}"
            case "-":
                return f"{a[0]} - {inside(a[1], '+-')}"
            case "*" | "@":
                return f"{inside(a[0], '+-@')}{self.op}{inside(a[1], '+-*@')}"
            case "neg":
                return f"-{inside(a[0], '+-')}"
            case "square":
                return f"({a[0]})^2"
            case "/":
                return f"{inside(a[0], '+-@')}/{inside(a[1], '+-*@/')}"
            case "sumt" | "meant":
                return f"{self.op[:-1]}[t]({a[0]})"
            case "conv2d" | "max_pool2d" | "avg_pool2d":
                return f"{self.op}({a[0]}, {a[1]})"
            case f:
                return f"{f}({a[0]})"


def inside(e: E, weaker: str) -> str:
    negative = e.op == "neg" or (e.op == "num" and (e.args[0] < 0 or e.args[0].denominator != 1))
    return f"({e})" if e.op in weaker or negative else str(e)


def ref(name: str, lag: int | None = None) -> E:
    return E("ref", (name, lag))


def num(value: Fraction | int | str) -> E:
    return E("num", (Fraction(value),))


def apply(f: str, e: E) -> E:
    return e if f == "identity" else E(f, (e,))


Look: TypeAlias = Callable[[Place], M]
Slope: TypeAlias = Callable[[str, M, M | None], M]


@dataclass(frozen=True)
class Sight:
    """Where an expression stands: its step, all steps, and the numbers it sees."""

    t: int | None
    steps: tuple[int, ...]
    look: Look

    def at(self, t: int) -> Sight:
        return Sight(t, self.steps, self.look)

    def place(self, e: E) -> Place:
        name, lag = e.args
        if lag is None:
            return name, None
        if isinstance(lag, tuple):
            return name, self.steps[-1] if lag[0] == "T" else lag[0]
        assert self.t is not None
        return name, self.t + lag


def softmax(a: M) -> M:
    powers = a.map(exp)
    return powers.map(lambda p: short(p / powers.total.items[0]))


def value(e: E, s: Sight) -> M:
    match e.op:
        case "ref":
            return s.look(s.place(e))
        case "num":
            return scalar(e.args[0])
        case "+":
            return value(e.args[0], s) + value(e.args[1], s)
        case "-":
            return value(e.args[0], s) - value(e.args[1], s)
        case "*":
            return value(e.args[0], s) * value(e.args[1], s)
        case "@":
            return value(e.args[0], s) @ value(e.args[1], s)
        case "/":
            return value(e.args[0], s).zip(value(e.args[1], s), lambda a, b: a / b)
        case "conv2d":
            return windows.convolved(value(e.args[0], s), value(e.args[1], s))
        case "max_pool2d" | "avg_pool2d" as pool:
            return windows.pooled(pool, value(e.args[0], s), int(e.args[1].args[0]))
        case "neg":
            return value(e.args[0], s).map(lambda x: -x)
        case "sum":
            return value(e.args[0], s).total
        case "softmax":
            return softmax(value(e.args[0], s))
        case "T":
            return value(e.args[0], s).transposed
        case "diagonal":
            return value(e.args[0], s).diagonal
        case "sumt" | "meant":
            parts = [value(e.args[0], s.at(t)) for t in s.steps]
            whole = sum((p.items[0] for p in parts), Fraction(0))
            return scalar(whole / len(parts) if e.op == "meant" else whole)
        case f:
            return value(e.args[0], s).map(VALUES[f])


def places(e: E, s: Sight) -> Iterator[Place]:
    """What an expression reads."""
    if e.op == "ref":
        yield s.place(e)
    elif e.op in ("sumt", "meant"):
        for t in s.steps:
            yield from places(e.args[0], s.at(t))
    else:
        for a in e.args:
            if isinstance(a, E):
                yield from places(a, s)


def back(
    e: E, s: Sight, seed: M, slope: Slope, result: M | None = None
) -> Iterator[tuple[Place, M]]:
    """What an expression hands back to each of its mentions; `result` is its own value where it
    stands on paper."""
    match e.op:
        case "ref":
            yield s.place(e), seed
        case "num":
            return
        case "+" | "-":
            yield from back(e.args[0], s, seed, slope)
            other = seed.map(lambda x: -x) if e.op == "-" else seed
            yield from back(e.args[1], s, other, slope)
        case "neg":
            yield from back(e.args[0], s, seed.map(lambda x: -x), slope)
        case "*" | "@":
            a, b = (value(x, s) for x in e.args)
            for x, own, grad in zip(
                e.args, (a, b), hadamard_or_product(e.op, a, b, seed), strict=True
            ):
                yield from back(x, s, fitted(grad, own), slope)
        case "/":
            a, b = (value(x, s) for x in e.args)
            yield from back(e.args[0], s, fitted(seed.zip(b, lambda x, y: x / y), a), slope)
            of_b = (seed * a).zip(b, lambda x, y: -x / (y * y))
            yield from back(e.args[1], s, fitted(of_b, b), slope)
        case "conv2d":
            a, b = (value(x, s) for x in e.args)
            yield from back(e.args[0], s, windows.spread_back(seed, b, a), slope)
            yield from back(e.args[1], s, windows.convolved(a, seed), slope)
        case "max_pool2d" | "avg_pool2d" as pool:
            a = value(e.args[0], s)
            yield from back(
                e.args[0], s, windows.unpooled(pool, seed, a, int(e.args[1].args[0])), slope
            )
        case "sum":
            yield from back(e.args[0], s, seed.spread(value(e.args[0], s)), slope)
        case "softmax":
            p = result if result is not None else value(e, s)
            inner = (seed * p).total
            yield from back(e.args[0], s, p * (seed - inner), slope)
        case "T":
            yield from back(e.args[0], s, seed.transposed, slope)
        case "diagonal":
            yield from back(e.args[0], s, seed.diagonal, slope)
        case "sumt" | "meant":
            n = len(s.steps) if e.op == "meant" else 1
            for t in s.steps:
                yield from back(e.args[0], s.at(t), seed.map(lambda x: x / n), slope)
        case f:
            argument = value(e.args[0], s)
            yield from back(
                e.args[0], s, fitted(seed * slope(f, argument, result), argument), slope
            )


def hadamard_or_product(op: str, a: M, b: M, seed: M) -> tuple[M, M]:
    if op == "*" or a.is_scalar or b.is_scalar:
        return seed * b, seed * a
    return seed @ b.transposed, a.transposed @ seed


def fitted(gradient: M, like: M) -> M:
    """A scalar that was spread gathers what its copies get."""
    return gradient.total if like.is_scalar and not gradient.is_scalar else gradient


def by_argument(f: str, argument: M, result: M | None) -> M:
    return argument.map(SLOPES[f])


def by_result(f: str, argument: M, result: M | None) -> M:
    if result is None or f not in FROM_OUTPUT:
        return by_argument(f, argument, result)
    return result.map(FROM_OUTPUT[f])
