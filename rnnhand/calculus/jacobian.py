"""The derivative of one equation by one mention, as a matrix.

    y = W @ x: ∂y/∂x = W      y = f(x) by element: diag(f′(x))      y = a ⊙ x: diag(a)
    p = softmax(x): diag(p) − p pᵀ      [a; b]: one above the other

It is worked out for scalars and column vectors; batches and derivatives by matrices have no matrix
for a derivative, and give None: there the adjoint equations say it all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rnnhand.calculus.like_terms import with_like_terms
from rnnhand.calculus.rules import (
    FLAT,
    ONE,
    TWO,
    ShapeOf,
    filled,
    negative,
    over,
    plus,
    power,
    product,
    slope,
    times,
    transposed,
)
from rnnhand.calculus.tidy import tidy
from rnnhand.language.operations import Functions
from rnnhand.language.tree import Apply, Expr, Number, Over, Ref, walk
from rnnhand.system.model import SCALAR
from rnnhand.system.windows import WINDOWED


class Unwritten(Exception):
    """No matrix is this derivative."""


@dataclass(frozen=True)
class Linear:
    """A linear map: diag(expr) where `diagonal` (a scalar is for all entries), else a matrix."""

    expr: Expr
    diagonal: bool


SAME = Linear(ONE, True)


def jacobian(
    body: Expr, by: Ref, result: Expr | None, shape: ShapeOf, functions: Functions
) -> Expr | None:
    """∂body/∂by, all other mentions held; `result` names the value of the body. A scalar by a
    scalar is a scalar; a row where the body is a scalar and `by` a vector."""
    rows, columns = shape(by)
    if columns != 1 or shape(body)[1] != 1:
        return None
    try:
        found = _Differential(by, shape, functions).of(body, body if result is None else result)
    except Unwritten:
        return None
    if found is None:
        return Number("0")
    return with_like_terms(tidy(_matrix(found, rows), shape), shape)


def _matrix(found: Linear, size: int) -> Expr:
    """The map as a matrix of `size` columns."""
    if not found.diagonal or size == 1:
        return found.expr
    return Apply("diag", (_column(found.expr, size),))


def _column(expr: Expr, size: int) -> Expr:
    """The scalar or vector on a diagonal, as a column."""
    return times(expr, filled(ONE, (size, 1)))


@dataclass(frozen=True)
class _Differential:
    """d(expr) as a linear map of d(by)."""

    by: Ref
    shape: ShapeOf
    functions: Functions

    def of(self, expr: Expr, result: Expr | None = None) -> Linear | None:
        """None where the mention is not in it, or where nothing comes through."""
        match expr:
            case Ref():
                return SAME if expr == self.by else None
            case Over() if self.by in set(walk(expr)):
                raise Unwritten
            case Apply() if self.by in set(walk(expr)):
                return self.operation(expr, expr if result is None else result)
            case _:
                return None

    def operation(self, node: Apply, result: Expr) -> Linear | None:
        if self.shape(node)[1] != 1:
            raise Unwritten
        op, args = node.op, node.args
        match op:
            case "@":
                return self.product(*args)
            case "T":
                if self.shape(node) != SCALAR:
                    raise Unwritten
                return self.of(args[0])
            case ";":
                return self.stack(node)
            case "flatten" if self.shape(args[0])[1] == 1:
                return self.of(args[0])
            case "rows":
                inner = self.full(args[0])
                return None if inner is None else Linear(Apply(op, (inner, *args[1:])), False)
            case "sum" | "mean" | "norm2" | "max" | "min" if len(args) == 1:
                return self.total(op, args[0])
            case "softmax" | "unit":
                return self.softmax(node, result)
            case _ if op in FLAT:
                return None
            case (
                "sum_rows"
                | "columns"
                | ","
                | "diag"
                | "first_max"
                | "first_min"
                | "flip"
                | "flatten"
                | "reshape"
                | "dilate"
            ):
                raise Unwritten
            case _ if op in WINDOWED:
                raise Unwritten
            case _:
                parts = [
                    self.scaled(c, self.spread(arg, node))
                    for arg, c in self.coefficients(node, result)
                ]
                return self.added([p for p in parts if p is not None])

    def coefficients(self, node: Apply, result: Expr) -> Iterator[tuple[Expr, Expr]]:
        """By element, dy = Σ c·dx: the arguments x that move, each with its factor c."""
        op, args = node.op, node.args
        moving = [i for i, arg in enumerate(args) if self.by in set(walk(arg))]
        for i in moving:
            x = args[i]
            match op:
                case "+":
                    yield x, ONE
                case "-":
                    yield x, ONE if i == 0 else negative(ONE)
                case "neg":
                    yield x, negative(ONE)
                case "*":
                    yield x, times(*args[:i], *args[i + 1 :])
                case "/" if i == 0:
                    yield x, over(ONE, args[1])
                case "/":
                    yield x, negative(over(args[0], power(x, TWO)))
                case "^" if i == 0:
                    n = args[1]
                    lower: Expr = Apply("-", (n, ONE))
                    if isinstance(n, Number):
                        lower = Number(str(n.value - 1))
                    yield x, times(n, power(x, lower))
                case "^":
                    yield x, times(result, Apply("log", (args[0],)))
                case "exp":
                    yield x, result
                case "log":
                    yield x, over(ONE, x)
                case "sqrt":
                    yield x, over(ONE, times(TWO, result))
                case "max" | "min":
                    own, other = (">=", "<") if op == "max" else ("<=", ">")
                    yield x, Apply(own if i == 0 else other, args)
                case "fill":
                    yield x, ONE
                case _:
                    f = self.functions[op]
                    found = slope(f, f.parameters[i], args, result, self.functions)
                    if found is not None:
                        yield x, found

    def spread(self, arg: Expr, node: Apply) -> Linear | None:
        """d(arg), in as many rows as the node has."""
        inner = self.of(arg)
        rows = self.shape(node)[0]
        if inner is None or self.shape(arg)[0] == rows:
            return inner
        own, ones = self.matrix(inner, arg), filled(ONE, (rows, 1))
        if self.shape(own) == SCALAR:
            return Linear(times(own, ones), False)
        return Linear(product(ones, own), False)

    def scaled(self, c: Expr, inner: Linear | None) -> Linear | None:
        if inner is None or c == ONE:
            return inner
        if inner.diagonal:
            return inner if c == ONE else Linear(times(c, inner.expr), True)
        if self.shape(c) == SCALAR:
            return Linear(times(c, inner.expr), False)
        return Linear(product(Apply("diag", (c,)), inner.expr), False)

    def added(self, parts: list[Linear]) -> Linear | None:
        if not parts:
            return None
        if len(parts) == 1:
            return parts[0]
        if all(p.diagonal for p in parts):
            return Linear(plus(*(p.expr for p in parts)), True)
        size = self.shape(self.by)[0]
        return Linear(plus(*(_matrix(p, size) for p in parts)), False)

    def product(self, a: Expr, b: Expr) -> Linear | None:
        """d(a @ b) = a @ db + bᵀ @ d(aᵀ); the second where a is a row or a scalar."""
        found = []
        left = a.args[0] if isinstance(a, Apply) and a.op == "T" else None
        moved = self.of(a) if self.shape(a) == SCALAR else None
        if moved is not None:
            found.append(self.scaled(b, Linear(self.matrix(moved, a), False)))
        elif left is not None and self.shape(left)[1] == 1 and self.by in set(walk(left)):
            inner = self.full(left)
            if inner is not None:
                found.append(Linear(product(transposed(b), inner), False))
        elif self.by in set(walk(a)):
            raise Unwritten
        if self.by in set(walk(b)):
            inner_b = self.of(b)
            if inner_b is not None:
                plain = inner_b == SAME and self.shape(a)[1] == self.shape(self.by)[0]
                own = a if plain else product(a, self.matrix(inner_b, b))
                found.append(Linear(own, False))
        return self.added([f for f in found if f is not None])

    def stack(self, node: Apply) -> Linear | None:
        size = self.shape(self.by)[0]
        parts = []
        for arg in node.args:
            inner = self.full(arg)
            if inner is None:
                inner = filled(Number("0"), (self.shape(arg)[0], size))
            parts.append(inner)
        return Linear(Apply(";", tuple(parts)), False)

    def total(self, op: str, x: Expr) -> Linear | None:
        """A scalar of a vector: a row times d(x)."""
        inner = self.of(x)
        if inner is None:
            return None
        n = self.shape(x)[0]
        weights: Expr = filled(ONE, (n, 1))
        if op == "mean":
            weights = filled(over(ONE, Number(str(n))), (n, 1))
        elif op == "norm2":
            weights = Apply("unit", (x,))
        elif op in ("max", "min"):
            weights = Apply(f"first_{op}", (x,))
        if inner.diagonal and op == "sum":
            return Linear(transposed(_column(inner.expr, n)), False)
        if inner.diagonal:
            return Linear(transposed(times(weights, inner.expr)), False)
        return Linear(product(transposed(weights), inner.expr), False)

    def softmax(self, node: Apply, result: Expr) -> Linear | None:
        """diag(p) − p pᵀ; and (1 − u uᵀ)/‖x‖ for u = x/‖x‖."""
        (x,) = node.args
        inner = self.of(x)
        if inner is None:
            return None
        outer = product(result, transposed(result))
        n = self.shape(x)[0]
        if node.op == "softmax":
            own: Expr = Apply("-", (Apply("diag", (result,)), outer))
        else:
            one = Apply("diag", (filled(ONE, (n, 1)),))
            own = over(Apply("-", (one, outer)), Apply("norm2", (x,)))
        if inner == SAME:
            return Linear(own, False)
        return Linear(product(own, self.matrix(inner, x)), False)

    def full(self, expr: Expr) -> Expr | None:
        inner = self.of(expr)
        return None if inner is None else self.matrix(inner, expr)

    def matrix(self, inner: Linear, expr: Expr) -> Expr:
        """The map as a matrix; a diagonal one is as long as what it moves."""
        return _matrix(inner, self.shape(self.by)[0])
