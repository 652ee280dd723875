"""Tidying: 1·x, x + 0, a product with a transposed scalar, and the like. It never expands."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeGuard

from rnnhand.calculus.rules import ShapeOf
from rnnhand.language.calls import identity
from rnnhand.language.tree import Apply, Expr, Number, children, with_children
from rnnhand.system.model import SCALAR, Shape
from rnnhand.system.shapes import together

ZERO, ONE = Number("0"), Number("1")


def tidy(expr: Expr, shape: ShapeOf) -> Expr:
    """The same value, without what nobody would write. Keeps the order of factors."""
    expr = with_children(expr, tuple(tidy(child, shape) for child in children(expr)))
    if not isinstance(expr, Apply):
        return expr
    match expr.op:
        case "neg":
            return _negated(expr.args[0])
        case "+":
            return _sum(expr, shape)
        case "-":
            return _difference(expr, shape)
        case "*":
            return _product(expr, shape)
        case "/" if expr.args[1] == ONE:
            return expr.args[0]
        case "/" if is_zero(expr.args[0]):
            return _zero(shape(expr))
        case "/":
            a, b = expr.args
            sign, a = _signed(a)
            if _is_number(a) and isinstance(a, Apply) and _is_whole(b):
                above, below = (x.value for x in a.args if isinstance(x, Number))
                assert isinstance(b, Number)
                a, b = Number(str(above)), Number(str(below * b.value))
            if _fills(a) and isinstance(a, Apply) and shape(b) == shape(a):
                a = a.args[0]
            quotient = replace(expr, args=(a, b))
            return _negated(quotient) if sign < 0 else quotient
        case "^" if expr.args[1] == ONE:
            return expr.args[0]
        case "^" if expr.args[1] == ZERO:
            return ONE if shape(expr) == SCALAR else expr
        case "@":
            return _matrix_product(expr, shape)
        case "T":
            return _transposed(expr, shape)
        case "sum" if shape(expr.args[0]) == SCALAR:
            return expr.args[0]
        case "sum":
            return _total(expr, shape)
        case "sum_rows" if is_zero(expr.args[0]):
            return _zero(shape(expr))
        case "rows" | "columns":
            return _cut(expr, shape)
        case "flatten" | "reshape":
            return _reshaped(expr, shape)
        case "flip" if _evenly(expr.args[0], shape):
            return expr.args[0]
        case "flip" if isinstance(expr.args[0], Apply) and expr.args[0].op == "flip":
            return expr.args[0].args[0]
        case "conv2d" | "conv1d" if any(is_zero(a) for a in expr.args[:2]):
            return _zero(shape(expr))
        case "diag" if shape(expr) == SCALAR:
            return expr.args[0]
        case "diag":
            return _diagonal(expr, shape)
        case _:
            return expr


def _reshaped(expr: Apply, shape: ShapeOf) -> Expr:
    """What was flat already, or only changed its shape on the way, is itself."""
    inner, full = expr.args[0], shape(expr)
    if isinstance(inner, Apply) and inner.op in ("flatten", "reshape"):
        inner = inner.args[0]
    if shape(inner) == full:
        return inner
    if isinstance(inner, Apply) and _fills(inner):
        return Apply("fill", (inner.args[0], *_sizes(full)))
    return replace(expr, args=(inner, *expr.args[1:]))


def _evenly(expr: Expr, shape: ShapeOf) -> bool:
    """Whether an expression is the same turned by half a circle: one number in every place."""
    return _fills(expr) or shape(expr) == SCALAR


def _is_whole(expr: Expr) -> bool:
    return isinstance(expr, Number) and expr.value.denominator == 1


def _is_number(expr: Expr) -> bool:
    """Whether an expression is a fraction of whole numbers, 1/2."""
    return isinstance(expr, Apply) and expr.op == "/" and all(map(_is_whole, expr.args))


def _signed(expr: Expr) -> tuple[int, Expr]:
    if isinstance(expr, Apply) and expr.op == "neg":
        return -1, expr.args[0]
    return 1, expr


def _negated(expr: Expr) -> Expr:
    if is_zero(expr):
        return expr
    if isinstance(expr, Apply) and expr.op == "neg":
        return expr.args[0]
    if isinstance(expr, Apply) and expr.op == "-":
        return replace(expr, args=(expr.args[1], expr.args[0]))
    return Apply("neg", (expr,))


def _sum(expr: Apply, shape: ShapeOf) -> Expr:
    full = shape(expr)
    kept = [a for a in expr.args if a != ZERO and not is_zero(a)]
    if not kept:
        return _zero(full)
    if len(kept) < len(expr.args) and not _covers([shape(a) for a in kept], full):
        return expr
    if len(kept) == 1 and shape(kept[0]) == full:
        return kept[0]
    return replace(expr, args=tuple(kept)) if len(kept) > 1 else expr


def _difference(expr: Apply, shape: ShapeOf) -> Expr:
    a, b = expr.args
    full = shape(expr)
    if is_zero(b) and shape(a) == full:
        return a
    if is_zero(a) and shape(b) == full:
        return _negated(b)
    return expr


def _product(expr: Apply, shape: ShapeOf) -> Expr:
    full = shape(expr)
    sign, factors = 1, list[Expr]()
    for arg in expr.args:
        own, arg = _signed(arg)
        sign *= own
        factors += arg.args if isinstance(arg, Apply) and arg.op == "*" else (arg,)
    if any(map(is_zero, factors)):
        return _zero(full)
    kept = [f for f in factors if f != ONE] or [ONE]
    for i, factor in enumerate(kept):
        others = [shape(f) for j, f in enumerate(kept) if j != i]
        if isinstance(factor, Apply) and _fills(factor) and _covers(others, full):
            kept[i] = factor.args[0]
    kept = [f for f in kept if f != ONE] or [ONE]
    if len(kept) == 1 and shape(kept[0]) != full:
        kept.append(Apply("fill", (ONE, *_sizes(full))))
    kept = _without_lengths(kept)
    below = [f.args[1] for f in kept if _is_reciprocal(f)]
    if below and len(kept) > len(below):
        kept = [f for f in kept if not _is_reciprocal(f)]
    product = kept[0] if len(kept) == 1 else replace(expr, args=tuple(kept), spelling="")
    if below and not (len(kept) == 1 and _is_reciprocal(kept[0])):
        product = Apply("/", (product, _times(below)))
    return _negated(product) if sign < 0 else product


def _without_lengths(factors: list[Expr]) -> list[Expr]:
    """‖x‖ · x/‖x‖ is x, lying or standing."""
    for factor in factors:
        if isinstance(factor, Apply) and factor.op == "norm2":
            unit, whole = Apply("unit", factor.args), factor.args[0]
            for part, put in ((unit, whole), (Apply("T", (unit,)), Apply("T", (whole,)))):
                if part in factors:
                    left = [f for f in factors if f is not factor]
                    left[left.index(part)] = put
                    return left
    return factors


def _is_reciprocal(expr: Expr) -> TypeGuard[Apply]:
    """1/x, which a product takes as a division; but not 1/3, which is a number."""
    return (
        isinstance(expr, Apply)
        and expr.op == "/"
        and expr.args[0] == ONE
        and not isinstance(expr.args[1], Number)
    )


def _times(factors: list[Expr]) -> Expr:
    return factors[0] if len(factors) == 1 else Apply("*", tuple(factors))


def _fills(expr: Expr) -> bool:
    return isinstance(expr, Apply) and expr.op == "fill"


def is_zero(expr: Expr) -> bool:
    """Whether an expression is 0 in every place."""
    return expr == ZERO or (_fills(expr) and isinstance(expr, Apply) and expr.args[0] == ZERO)


def _zero(shape: Shape) -> Expr:
    return ZERO if shape == SCALAR else Apply("fill", (ZERO, *_sizes(shape)))


def _covers(shapes: list[tuple[int, int]], full: tuple[int, int]) -> bool:
    whole = SCALAR
    for own in shapes:
        whole = together(whole, own) or whole
    return whole == full


def _sizes(shape: tuple[int, int]) -> tuple[Number, Number]:
    return Number(str(shape[0])), Number(str(shape[1]))


def _chosen_columns(expr: Apply, shape: ShapeOf) -> Expr | None:
    """A·[I; 0], as stacked states give it, is some columns of A."""
    if len(expr.args) != 2 or not (isinstance(expr.args[1], Apply) and expr.args[1].op == ";"):
        return None
    first, found = 1, None
    for part in expr.args[1].args:
        rows, columns = shape(part)
        if part == ONE or identity(part) is not None:
            if found is not None:
                return None
            found = (first, first + columns - 1)
        elif not is_zero(part):
            return None
        first += rows
    if found is None:
        return None
    start, end = (Number(str(n)) for n in found)
    return tidy(Apply("columns", (expr.args[0], start, end)), shape)


def _matrix_product(expr: Apply, shape: ShapeOf) -> Expr:
    chosen = _chosen_columns(expr, shape)
    if chosen is not None:
        return chosen
    (sign_a, a), (sign_b, b) = map(_signed, expr.args)
    product: Expr = replace(expr, args=(a, b))
    if is_zero(a) or is_zero(b):
        return _zero(shape(expr))
    if shape(a) == SCALAR and shape(b) == SCALAR:
        product = _product(Apply("*", (a, b), expr.span), shape)
    elif a == ONE or _is_identity(a):
        product = b
    elif b == ONE or _is_identity(b):
        product = a
    elif isinstance(a, Apply) and a.op == "diag" and _is_ones(b) and shape(b)[1] == 1:
        product = a.args[0]
    elif isinstance(a, Apply) and a.op == "diag" and (size := _scale_of_ones(b, shape)):
        product = _product(Apply("*", (*size, a.args[0])), shape)
    elif scaled := _scaled_identity(a) or _scaled_identity(b):
        product = Apply("*", (*scaled, b if _scaled_identity(a) else a))
    return _negated(product) if sign_a * sign_b < 0 else product


def _diagonal(expr: Apply, shape: ShapeOf) -> Expr:
    """w·𝟏 on a diagonal is w times the identity; −v is −diag(v)."""
    column = expr.args[0]
    if isinstance(column, Apply) and column.op == "neg":
        return _negated(_diagonal(replace(expr, args=column.args), shape))
    if not (isinstance(column, Apply) and column.op == "*"):
        return expr
    numbers = [a for a in column.args if shape(a) == SCALAR]
    arrays = [a for a in column.args if shape(a) != SCALAR]
    if not numbers or not all(map(_is_ones, arrays)):
        return expr
    return Apply("*", (*numbers, replace(expr, args=(arrays[0],))))


def _scale_of_ones(expr: Expr, shape: ShapeOf) -> tuple[Expr, ...]:
    """The scalars before a column of ones, c in c·𝟏; none where it is nothing of the kind."""
    factors = expr.args if isinstance(expr, Apply) and expr.op == "*" else ()
    ones = [f for f in factors if _is_ones(f) and shape(f)[1] == 1]
    scalars = tuple(f for f in factors if shape(f) == SCALAR)
    return scalars if len(ones) == 1 and len(scalars) == len(factors) - 1 else ()


def _scaled_identity(expr: Expr) -> tuple[Expr, ...]:
    """The factors that stand before an identity, w in w·I; none where it is nothing of the kind."""
    factors = expr.args if isinstance(expr, Apply) and expr.op == "*" else ()
    return factors[:-1] if factors and _is_identity(factors[-1]) else ()


def _transposed(expr: Apply, shape: ShapeOf) -> Expr:
    """(a bᵀ)ᵀ is b aᵀ, and aᵀᵀ is a; a product that holds no transpose stays as it is."""
    (a,) = expr.args
    if shape(a) == SCALAR or not isinstance(a, Apply):
        return a if shape(a) == SCALAR else expr
    if _fills(a):
        return Apply("fill", (a.args[0], *_sizes(shape(expr))))
    turned = [_transposed(Apply("T", (arg,)), shape) for arg in a.args]
    match a.op:
        case "T":
            return a.args[0]
        case "neg":
            return _negated(turned[0])
        case "@" if any(_is_transpose(arg) for arg in a.args):
            return _matrix_product(replace(a, args=(turned[1], turned[0])), shape)
        case "*" | "/" if all(_is_transpose(arg) or shape(arg) == SCALAR for arg in a.args):
            return replace(a, args=tuple(turned))
    return expr


def _is_transpose(expr: Expr) -> bool:
    return isinstance(expr, Apply) and expr.op == "T"


def _is_identity(expr: Expr) -> bool:
    """Whether an expression is a diagonal of ones."""
    return isinstance(expr, Apply) and expr.op == "diag" and _is_ones(expr.args[0])


def _is_ones(expr: Expr) -> bool:
    return isinstance(expr, Apply) and expr.op == "fill" and expr.args[0] == ONE


def _total(expr: Apply, shape: ShapeOf) -> Expr:
    (a,) = expr.args
    sign, a = _signed(a)
    total: Expr = replace(expr, args=(a,))
    if isinstance(a, Apply) and _fills(a):
        rows, columns = shape(a)
        count = Number(str(rows * columns))
        total = count if a.args[0] == ONE else _product(Apply("*", (count, a.args[0])), shape)
    return _negated(total) if sign < 0 else total


def _cut(expr: Apply, shape: ShapeOf) -> Expr:
    """A cut goes down to what it cuts: rows of [W, U]ᵀ g are Uᵀ g."""
    a = expr.args[0]
    own = shape(expr)
    if own == shape(a):
        return a
    if isinstance(a, Apply):
        if _fills(a):
            value = a.args[0]
            return value if own == SCALAR else Apply("fill", (value, *_sizes(own)))
        if a.op == "@" and expr.op == "rows":
            return tidy(Apply("@", (_again(expr, a.args[0], shape), a.args[1])), shape)
        if a.op == "@":
            return tidy(Apply("@", (a.args[0], _again(expr, a.args[1], shape))), shape)
        if a.op == "T":
            other = "columns" if expr.op == "rows" else "rows"
            inner = replace(expr, op=other)
            return tidy(Apply("T", (_again(inner, a.args[0], shape),)), shape)
        if a.op == (";" if expr.op == "rows" else ","):
            return _block(expr, a, shape) or expr
    return expr


def _again(cut: Apply, of: Expr, shape: ShapeOf) -> Expr:
    return _cut(replace(cut, args=(of, *cut.args[1:])), shape)


def _block(cut: Apply, stack: Apply, shape: ShapeOf) -> Expr | None:
    """The part of a stack that a cut takes, where it takes exactly one."""
    axis = 0 if cut.op == "rows" else 1
    wanted = tuple(int(n.value) for n in cut.args[1:] if isinstance(n, Number))
    start = 1
    for part in stack.args:
        end = start + shape(part)[axis] - 1
        if (start, end) == wanted:
            return part
        start = end + 1
    return None
