"""Expressions → Python's text, for arrays of a numerical library.

A scalar is a number; everything else is an array with rows and columns, a vector one column wide.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import assert_never

from rnnhand.export.dialects import Dialect
from rnnhand.export.names import Names
from rnnhand.language.operations import PRIMITIVES
from rnnhand.language.printer import text
from rnnhand.language.tree import (
    COMPARISONS,
    Apply,
    At,
    Expr,
    Last,
    Number,
    Over,
    Ref,
    Shift,
    refs,
    walk,
)
from rnnhand.system.model import SCALAR, Shape, Steps, System
from rnnhand.system.shapes import lookup, shape_of
from rnnhand.system.windows import CONVOLUTIONS, POOLS, WINDOWED, apart_of, windows_of

ATOM, POWER, UNARY, PRODUCT, SUM = 6, 5, 4, 3, 2
SIDES = {"max": "larger", "min": "smaller"}
PLAIN = {"+", "-", "*", "/", "neg", "^", "@", *COMPARISONS}
WHOLE = {"max": "largest", "min": "smallest"}
EXACT = 2**53
"""Whole numbers up to this one are floats too."""


@dataclass(frozen=True)
class Code:
    """Source text, and how tightly its outermost operation binds."""

    text: str
    level: int = ATOM

    def above(self, level: int) -> str:
        """The text, in brackets unless it binds more tightly than `level`."""
        return self.text if self.level > level else f"({self.text})"


@dataclass
class Spelling:
    """Spells the expressions of one system. `used` collects the functions that they call, `fixed`
    holds the step of an index that does not run, `locals` the parameters of a definition, in which
    every value is a scalar or stands for each entry of an array."""

    system: System
    dialect: Dialect
    names: Names
    used: dict[str, None] = field(default_factory=dict)
    fixed: dict[str, int] = field(default_factory=dict)
    locals: dict[str, str] = field(default_factory=dict)
    defining: bool = False

    def __post_init__(self) -> None:
        self.of = lookup(self.system, self.system.shapes)

    def shape(self, expr: Expr) -> Shape:
        if self.defining:
            return SCALAR
        found = shape_of(expr, self.of)
        assert found is not None, text(expr)
        return found

    def function(self, name: str) -> str:
        """What a function is called; it is noted where the library does not have it."""
        if name in self.dialect.known:
            return self.dialect.known[name]
        self.used[name] = None
        return self.names.other(name, "function")

    def code(self, expr: Expr) -> Code:
        match expr:
            case Number():
                return number(expr.value)
            case Ref(name, None) if name in self.locals:
                return Code(self.locals[name])
            case Ref("T", None):
                return _signed(next(iter(self.system.indices.values()))[-1])
            case Ref(name, None) if name in self.fixed:
                return _signed(self.fixed[name])
            case Ref(name, None) if name in self.system.indices:
                return Code(self.names.other(name))
            case Ref():
                variable = self.names.quantity(self.system.quantity(expr))
                return Code(variable + self.index(expr))
            case Over():
                return self.over(expr)
            case Apply():
                return self.operation(expr)
            case _:
                assert_never(expr)

    def index(self, ref: Ref) -> str:
        match ref.index:
            case None:
                return ""
            case Shift(var, offset) if var not in self.fixed:
                return f"[{self.names.other(var)}{f'{offset:+d}' if offset else ''}]"
            case Shift() | At() | Last():
                return f"[{self.system.step(ref, self.fixed)}]"
            case _:
                assert_never(ref.index)

    def over(self, expr: Over) -> Code:
        """A sum over steps, as a comprehension; its index hides an outer one of the same name."""
        domain = self.system.domain(expr)
        before = self.fixed.pop(expr.var, None)
        body = self.code(expr.body).text
        if before is not None:
            self.fixed[expr.var] = before
        total = f"sum({body} for {self.names.other(expr.var)} in {steps_code(domain)})"
        if expr.kind == "mean":
            return Code(f"{total}/{sum(map(len, domain))}", PRODUCT)
        return Code(total)

    def is_constant(self, expr: Expr) -> bool:
        """Whether an expression has no quantity in it: Python's own numbers come of it."""
        steps = {"T", *self.system.indices}
        return all(
            r.index is None and r.name in steps and r.name not in self.locals for r in refs(expr)
        )

    def argument(self, expr: Expr) -> str:
        """An argument of a library's function, which may want arrays only."""
        code = self.code(expr)
        operations = {node.op for node in walk(expr) if isinstance(node, Apply)}
        if not self.is_constant(expr) or operations - PLAIN:  # functions make arrays
            return code.text
        if self.dialect.number == "{}":
            return code.text
        return self.dialect.number.format(f"1.0*{code.above(UNARY)}")

    def spread(self, expr: Expr, shape: Shape) -> Code:
        """An operand that the library spreads over `shape` by itself, a vector laid down first."""
        return self.laid(self.code(expr), self.shape(expr), shape)

    @staticmethod
    def laid(code: Code, own: Shape, shape: Shape) -> Code:
        if own in (shape, SCALAR) or own != (shape[1], 1):
            return code
        return Code(f"{code.above(POWER)}.T")

    def operation(self, expr: Apply) -> Code:
        op, args = expr.op, expr.args
        shape = self.shape(expr)
        match op:
            case "+" | "-":
                return self.chain(f" {op} ", SUM, args, shape)
            case "*" | "/":
                return self.chain(op, PRODUCT, args, shape)
            case "neg":
                inner = self.code(args[0])
                return Code(f"-{inner.above(SUM)}", min(inner.level, UNARY, PRODUCT + 1))
            case "^":
                base, exponent = self.code(args[0]), self.code(args[1])
                return Code(f"{base.above(POWER)}**{exponent.above(UNARY)}", POWER)
            case "@":
                return self.product(args[0], args[1])
            case _ if op in COMPARISONS:
                left, right = (self.spread(a, shape).above(SUM) for a in args)
                return Code(f"1.0*({left} {op} {right})", PRODUCT)
            case "max" | "min" if len(args) == 2:
                return self.call(self.function(SIDES[op]), args, shape)
            case "max" | "min":
                return self.call(self.function(WHOLE[op]), args, SCALAR)
            case _:
                return self.primitive(expr, shape)

    def chain(self, sign: str, level: int, args: Sequence[Expr], shape: Shape) -> Code:
        first, *rest = (self.spread(a, shape) for a in args)
        parts = [first.above(level - 1), *(r.above(level if level == SUM else UNARY) for r in rest)]
        parts[1:] = [f"({p})" if p.startswith("-") else p for p in parts[1:]]
        return Code(sign.join(parts), level)

    def call(self, function: str, args: Sequence[Expr], shape: Shape) -> Code:
        """A function entry by entry."""
        own = [self.shape(a) for a in args]
        parts = [
            self.laid(Code(self.argument(a)), s, shape).text if len(args) > 1 else self.argument(a)
            for a, s in zip(args, own, strict=True)
        ]
        return Code(f"{function}({', '.join(parts)})")

    def product(self, a: Expr, b: Expr) -> Code:
        """A matrix product; 1×1 counts as a scalar."""
        left, right = self.shape(a), self.shape(b)
        if SCALAR in (left, right):
            return Code(f"{self.code(a).above(SUM)}*{self.code(b).above(UNARY)}", PRODUCT)
        both = f"{self.code(a).above(SUM)} @ {self.code(b).above(UNARY)}"
        return Code(f"({both})[0, 0]") if left[0] == right[1] == 1 else Code(both, PRODUCT)

    def primitive(self, expr: Apply, shape: Shape) -> Code:
        op, args = expr.op, expr.args
        own, m = self.shape(args[0]), self.dialect.module
        sizes = [int(a.value) for a in args[1:] if isinstance(a, Number)]
        match op:
            case _ if op in WINDOWED:
                return self.over_windows(expr, shape)
            case "dilate":
                apart = tuple(apart_of(args[1]))
                said = f"{self.function(op)}({self.beside(args[0])}, {apart}, {shape})"
                return _single(said, shape)
            case "flatten" if own[1] == 1:
                return self.code(args[0])
            case "reshape" | "flatten":
                said = f"{m}.reshape({self.beside(args[0])}, {shape})"
                return _single(said, shape)
            case "T" | "flip" | "diag" | "sum_rows" | "rows" | "columns" if own == SCALAR:
                return self.code(args[0])
            case "T":
                return Code(f"{self.code(args[0]).above(POWER)}.T")
            case ";":
                return Code(f"{m}.vstack([{', '.join(map(self.argument, args))}])")
            case ",":
                return Code(f"{m}.hstack([{', '.join(map(self.beside, args))}])")
            case "softmax":
                if own == SCALAR:
                    return Code(f"0*{self.code(args[0]).above(UNARY)} + 1", SUM)
                along = f"{self.dialect.axis}={0 if own[1] == 1 else 1}"
                return Code(f"{self.function(op)}({self.argument(args[0])}, {along})")
            case "first_max" | "first_min" if own == SCALAR:
                return Code("1.0")
            case "one_hot":
                found = f"{self.function(op)}({self.argument(args[0])}, {sizes[0]})"
                if shape == SCALAR:
                    return Code(f"{found}[0, 0]")
                return Code(f"{found}.T" if own == SCALAR else found)
            case "fill":
                value = self.code(args[0])
                return value if shape == SCALAR else Code(f"{m}.full({shape}, {value.text})")
            case "sum_rows" if shape == SCALAR:
                return self.call(self.function("sum"), args[:1], SCALAR)
            case "sum_rows":
                return Code(f"{m}.sum({self.code(args[0]).text}, axis=0)[:, None]")
            case "diag":
                return Code(f"{m}.diag({m}.ravel({self.code(args[0]).text}))")
            case "rows" | "columns":
                return self.cut(op, args[0], sizes, shape)
            case _:
                return self.call(self.function(op), args, shape)

    def over_windows(self, expr: Apply, shape: Shape) -> Code:
        """A convolution or a pooling; a mean is a convolution with 1/n in every place."""
        op = expr.op
        arrays = expr.args[: PRIMITIVES[op].arrays]
        found = windows_of(expr, [self.shape(a) for a in arrays])
        parts = [self.beside(a) for a in arrays]
        function, sizes = "convolve", [found.stride, found.padding]
        if op.startswith("avg"):
            size, n = tuple(found.size), found.size.down * found.size.along
            parts.append(f"{self.dialect.module}.full({size}, 1/{n})")
        elif op not in CONVOLUTIONS:
            function = "max_pool" if op in POOLS else op
            sizes.insert(0, found.size)
        given = ", ".join([*parts, *(str(tuple(s)) for s in sizes)])
        return _single(f"{self.function(function)}({given})", shape)

    def beside(self, expr: Expr) -> str:
        code = self.argument(expr)
        if self.shape(expr) != SCALAR:
            return code
        return f"{self.dialect.module}.reshape({code}, (1, 1))"

    def cut(self, op: str, of: Expr, sizes: Sequence[int], shape: Shape) -> Code:
        first, last = sizes
        whole = self.code(of).above(POWER)
        if shape == SCALAR:
            place = f"{first - 1}, 0" if op == "rows" else f"0, {first - 1}"
            return Code(f"{whole}[{place}]")
        run = f"{first - 1}:{last}"
        return Code(f"{whole}[{run}]" if op == "rows" else f"{whole}[:, {run}]")


def _single(code: str, shape: Shape) -> Code:
    """A number out of an array that holds nothing else."""
    return Code(f"{code}[0, 0]" if shape == SCALAR else code)


def number(value: Fraction) -> Code:
    """A float of the nearest value: a short decimal, or a quotient that Python rounds rightly."""
    above, below = value.numerator, value.denominator
    if below == 1 and abs(above) < EXACT:
        return _signed(above)
    if abs(above) < EXACT and below < EXACT and below.bit_length() <= 20 and not _is_decimal(below):
        return Code(f"{above}/{below}", PRODUCT if above > 0 else SUM)
    try:
        nearest = above / below
    except OverflowError:
        nearest = math.copysign(math.inf, above)
    spelled = repr(nearest) if math.isfinite(nearest) else f"float('{nearest}')"
    return Code(spelled, UNARY if nearest < 0 else ATOM)


def _is_decimal(below: int) -> bool:
    while below % 10 == 0:
        below //= 10
    for prime in (2, 5):
        while below % prime == 0:
            below //= prime
    return below == 1


def _signed(whole: int) -> Code:
    return Code(str(whole), UNARY if whole < 0 else ATOM)


def steps_code(steps: Steps, direction: int = 1) -> str:
    """Some steps as Python counts them."""
    parts = [
        f"range({r.start}, {r.stop})" if direction > 0 else f"range({r[-1]}, {r.start - 1}, -1)"
        for r in (steps if direction > 0 else reversed(steps))
    ]
    return parts[0] if len(parts) == 1 else f"[{', '.join('*' + p for p in parts)}]"
