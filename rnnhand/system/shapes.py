"""Shapes, inferred from the given values through the equations, and checked on the way.

A scalar is 1×1 and a vector of n is n×1; so a 1×1 product is a scalar by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias, assert_never

from rnnhand.errors import Diagnostic, Failure, diagnostic, failure
from rnnhand.language import limits
from rnnhand.language.operations import PRIMITIVES
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Over, Ref, children
from rnnhand.system.model import SCALAR, Quantity, Shape, System
from rnnhand.system.windows import WINDOWED, windows_of

Lookup: TypeAlias = Callable[[Ref], Shape | None]


def shown(shape: Shape) -> str:
    """`scalar`-free spelling of a shape: 1×1, 3×1, 2×3."""
    return f"{shape[0]}×{shape[1]}"


def inferred(system: System) -> tuple[dict[Quantity, Shape], list[Diagnostic]]:
    """The shape of every quantity, and every clash.

    A recurrence always has a start, so going over the equations until nothing new comes out
    reaches every quantity.
    """
    shapes: dict[Quantity, Shape] = {q: g.shape for q, g in system.given.items()}
    open_equations = list(system.equations)
    while open_equations:
        left = []
        for equation in open_equations:
            try:
                shape = shape_of(equation.body, lookup(system, shapes))
            except Failure:
                shape = None  # reported below
            if shape is None:
                left.append(equation)
            else:
                shapes.setdefault(system.quantity(equation.target), shape)
        if len(left) == len(open_equations):
            break
        open_equations = left
    wrong: list[Diagnostic] = []
    for equation in system.equations:
        q = system.quantity(equation.target)
        try:
            shape = shape_of(equation.body, lookup(system, shapes))
        except Failure as error:
            wrong += error.diagnostics
            continue
        if shape is not None and shape != shapes[q]:
            wrong.append(
                diagnostic(
                    "shape-of-target",
                    equation.span,
                    "hint-initial-shape" if q.over else None,
                    target=text(equation.target),
                    name=q.name,
                    found=shown(shape),
                    wanted=shown(shapes[q]),
                )
            )
    return shapes, wrong


def lookup(system: System, shapes: Mapping[Quantity, Shape]) -> Lookup:
    def of(ref: Ref) -> Shape | None:
        if ref.index is None and (ref.name == "T" or ref.name in system.indices):
            return SCALAR
        if "(" in ref.name:  # a letter for one entry, such as W(1,2)
            return SCALAR
        return shapes.get(system.quantity(ref))

    return of


def shape_of(expr: Expr, of: Lookup) -> Shape | None:
    """The shape of an expression; None where a part's shape is not known yet."""
    match expr:
        case Number():
            return SCALAR
        case Ref():
            return of(expr)
        case Over(_, _, body):
            return shape_of(body, of)
        case Apply(op, args):
            arrays = PRIMITIVES[op].arrays if op in PRIMITIVES else len(args)
            shapes = [shape_of(arg, of) for arg in args[:arrays]]
            known = [s for s in shapes if s is not None]
            if len(known) < len(shapes):
                return None
            return _of_operation(expr, op, known, args[arrays:])
        case _:
            assert_never(expr)


def _of_operation(expr: Apply, op: str, s: list[Shape], sizes: tuple[Expr, ...]) -> Shape:
    match op:
        case "@":
            if s[0][1] != s[1][0]:
                raise _clash("shape-product", expr, s[0], s[1], _product_hint(s[0], s[1]))
            return _bounded(expr, (s[0][0], s[1][1]))
        case "T":
            return s[0][1], s[0][0]
        case ",":
            for i, other in enumerate(s[1:], 1):
                if other[0] != s[0][0]:
                    raise _clash("shape-beside", expr, s[0], other, None, i)
            return _bounded(expr, (s[0][0], sum(c for _, c in s)))
        case ";":
            for i, other in enumerate(s[1:], 1):
                if other[1] != s[0][1]:
                    hint = "hint-stack-vectors" if s[0][1] == 1 or other[1] == 1 else None
                    raise _clash("shape-above", expr, s[0], other, hint, i)
            return _bounded(expr, (sum(r for r, _ in s), s[0][1]))
        case "sum" | "mean" | "norm2" | "entry":
            return SCALAR
        case "max" | "min" if len(s) == 1:
            return SCALAR
        case "softmax" | "unit" | "first_max" | "first_min":
            return s[0]
        case "sum_rows":
            return s[0][1], 1
        case "diag":
            return _bounded(expr, (s[0][0], s[0][0]))
        case "fill":
            return _bounded(expr, (_whole(sizes[0]), _whole(sizes[1])))
        case "rows":
            return _whole(sizes[1]) - _whole(sizes[0]) + 1, s[0][1]
        case "columns":
            return s[0][0], _whole(sizes[1]) - _whole(sizes[0]) + 1
        case "flip":
            return s[0]
        case "flatten":
            return s[0][0] * s[0][1], 1
        case "reshape":
            wanted = _whole(sizes[0]), _whole(sizes[1])
            if wanted[0] * wanted[1] != s[0][0] * s[0][1]:
                raise failure(
                    "shape-reshape",
                    expr.span,
                    found=shown(s[0]),
                    wanted=shown(wanted),
                    argument=text(expr.args[0]),
                )
            return wanted
        case "unpool" | "unpool_last":
            return s[1]
        case _ if op in WINDOWED:
            rows, columns = windows_of(expr, s).number
            return _bounded(expr, (rows, columns))
        case "dilate":
            return _bounded(expr, (_whole(sizes[1]), _whole(sizes[2])))
        case "one_hot":
            if s[0][1] != 1:
                raise failure(
                    "shape-one-hot",
                    expr.span,
                    "hint-one-hot",
                    found=shown(s[0]),
                    argument=text(expr.args[0]),
                )
            n = _whole(sizes[0])
            return _bounded(expr, (n, 1) if s[0] == SCALAR else (s[0][0], n))
        case "^":
            if s[1] != SCALAR:
                raise failure(
                    "shape-power",
                    expr.span,
                    "hint-shape-power",
                    found=shown(s[1]),
                    exponent=text(expr.args[1]),
                )
            return s[0]
        case _:
            shape = s[0]
            for i, other in enumerate(s[1:], 1):
                both = together(shape, other)
                if both is None:
                    hint = _elementwise_hint(op, shape, other)
                    raise _clash("shape-elementwise", expr, shape, other, hint, i)
                shape = both
            return shape


def together(one: Shape, other: Shape) -> Shape | None:
    """The shape of two operands element by element, or None where they do not go together.

    A scalar spreads over any shape; a vector of n (or a row of n) over the rows of N×n.
    """
    if one == other or other == SCALAR:
        return one
    if one == SCALAR:
        return other
    if spreads_over_rows(one, other):
        return other
    if spreads_over_rows(other, one):
        return one
    return None


def spreads_over_rows(vector: Shape, batch: Shape) -> bool:
    """Whether `vector` holds one entry for each column of `batch`."""
    n = batch[1]
    return n > 1 and vector in ((n, 1), (1, n)) and vector != batch


def _whole(expr: Expr) -> int:
    if isinstance(expr, Number) and expr.value.denominator == 1 and expr.value >= 1:
        return int(expr.value)
    raise failure("size-not-whole", expr.span, "hint-one-hot", found=text(expr))


def _bounded(expr: Apply, shape: Shape) -> Shape:
    if shape[0] * shape[1] > limits.SIZE:
        raise failure("too-large", expr.span, found=shown(shape), limit=limits.SIZE)
    return shape


def operations(expr: Expr, system: System) -> int:
    """How many multiplications and the like one evaluation of an expression takes, about."""
    of = lookup(system, system.shapes)
    inside = sum(operations(child, system) for child in children(expr))
    match expr:
        case Apply("@", (a, b)):
            left, right = shape_of(a, of) or SCALAR, shape_of(b, of) or SCALAR
            return inside + left[0] * left[1] * right[1]
        case Apply(op, args) if op in WINDOWED:
            arrays = [shape_of(a, of) or SCALAR for a in args[: PRIMITIVES[op].arrays]]
            windows = windows_of(expr, arrays)
            (m, n), (k, j) = windows.number, windows.size
            return inside + m * n * k * j
        case Apply():
            rows, columns = shape_of(expr, of) or SCALAR
            return inside + rows * columns
        case Over():
            return inside * sum(map(len, system.domain(expr)))
        case _:
            return 1


def _clash(
    code: str, expr: Apply, a: Shape, b: Shape, hint: str | None = None, at: int = 1
) -> Failure:
    """The operand at `at` does not go with what stands before it."""
    before = expr.args[0] if at == 1 else replace(expr, args=expr.args[:at])
    return failure(
        code,
        expr.span,
        hint,
        op=expr.spelling or expr.op,
        left=shown(a),
        right=shown(b),
        left_text=text(before),
        right_text=text(expr.args[at]),
        left_turned=text(Apply("T", (before,))),
        right_turned=text(Apply("T", (expr.args[at],))),
    )


def _product_hint(a: Shape, b: Shape) -> str | None:
    if b == SCALAR or a == SCALAR:
        return "hint-times-scalar"
    if a[1] == b[1]:
        return "hint-transpose-right"
    if a[0] == b[0]:
        return "hint-transpose-left"
    if a[0] == b[1]:
        return "hint-swap"
    return None


def _elementwise_hint(op: str, a: Shape, b: Shape) -> str | None:
    if op == "*" and a[1] == b[0]:
        return "hint-matrix-product"
    if a == (b[1], b[0]):
        return "hint-transpose-right"
    return None
