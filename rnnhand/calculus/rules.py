"""The derivative of every operation, read backwards: from the adjoint of a result to those of its
arguments.

    P = A @ B:  Ā = P̄ Bᵀ, B̄ = Aᵀ P̄        y = f(x) by element:  x̄ = ȳ ⊙ f′(x)
    y = sum(x): x̄ = ȳ 1                    p = softmax(x): x̄ = p ⊙ (ȳ − ⟨ȳ, p⟩)
    spread over an axis: sum over that axis       stack: cut       transpose: transpose

Every rule keeps the place of what it replaces: in w*h the adjoint of h is w*ȳ and that of w is
ȳ*h. The results are naive; `tidy` cleans them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from rnnhand.calculus.windows import by_windows, gathered_apart
from rnnhand.language.operations import Function, Functions
from rnnhand.language.tree import COMPARISONS, Apply, Expr, Number, Over, Ref, substitute
from rnnhand.system.model import SCALAR, Shape
from rnnhand.system.windows import WINDOWED

ShapeOf: TypeAlias = Callable[[Expr], Shape]

ONE, TWO = Number("1"), Number("2")
FLAT = {"one_hot", "first_max", "first_min", *COMPARISONS}
"""Operations whose derivative is 0 wherever they have one."""


def plus(*terms: Expr) -> Expr:
    return terms[0] if len(terms) == 1 else Apply("+", terms)


def times(*factors: Expr) -> Expr:
    return factors[0] if len(factors) == 1 else Apply("*", factors)


def negative(x: Expr) -> Expr:
    return Apply("neg", (x,))


def over(a: Expr, b: Expr) -> Expr:
    return Apply("/", (a, b))


def power(a: Expr, b: Expr) -> Expr:
    return Apply("^", (a, b))


def product(a: Expr, b: Expr) -> Expr:
    return Apply("@", (a, b))


def matrix_product(factors: Sequence[Expr], shape: ShapeOf) -> Expr:
    """A product from left to right, as the language writes it: `@` where neither side is a number.
    A page has one dot for both."""
    found = factors[0]
    for factor in factors[1:]:
        is_scaled = SCALAR in (shape(found), shape(factor))
        found = times(*_flat(found), *_flat(factor)) if is_scaled else product(found, factor)
    return found


def _flat(expr: Expr) -> tuple[Expr, ...]:
    """The factors of a product element by element, which needs no brackets in another."""
    is_product = isinstance(expr, Apply) and expr.op == "*" and not expr.spelling
    return expr.args if isinstance(expr, Apply) and is_product else (expr,)


def transposed(a: Expr) -> Expr:
    return Apply("T", (a,))


def filled(value: Expr, shape: Shape) -> Expr:
    """The scalar `value` in every place of `shape`."""
    if shape == SCALAR:
        return value
    return Apply("fill", (value, Number(str(shape[0])), Number(str(shape[1]))))


def reshaped(g: Expr, shape: Shape) -> Expr:
    """The entries of g, row by row, in another shape."""
    if shape[1] == 1:
        return Apply("flatten", (g,))
    return Apply("reshape", (g, Number(str(shape[0])), Number(str(shape[1]))))


def gathered(g: Expr, own: Shape, full: Shape) -> Expr:
    """The adjoint of an operand of shape `own` that was spread over `full`."""
    if own == full:
        return g
    if own == SCALAR:
        return Apply("sum", (g,))
    columns = Apply("sum_rows", (g,))
    return columns if own[1] == 1 else transposed(columns)


def backward(
    node: Apply, g: Expr, result: Expr, shape: ShapeOf, fs: Functions
) -> list[Expr | None]:
    """The adjoint of every argument, given the adjoint `g` of the node; None where it is 0.

    `result` is how the value of the node itself is written: its name where it has one.
    """
    op, args = node.op, node.args
    full = shape(node)

    def each(*adjoints: Expr) -> list[Expr | None]:
        return [gathered(a, shape(x), full) for a, x in zip(adjoints, args, strict=True)]

    match op:
        case "+":
            return each(*(g for _ in args))
        case "-":
            return each(g, negative(g))
        case "neg":
            return each(negative(g))
        case "*":
            return each(*(times(*args[:i], g, *args[i + 1 :]) for i in range(len(args))))
        case "/":
            a, b = args
            return each(over(g, b), negative(over(times(g, a), power(b, TWO))))
        case "^":
            a, b = args
            lower = _minus_one(b)
            by_exponent = times(g, result, Apply("log", (a,)))
            return [times(b, power(a, lower), g), gathered(by_exponent, SCALAR, full)]
        case "@":
            return [product(g, transposed(args[1])), product(transposed(args[0]), g)]
        case "T":
            return [transposed(g)]
        case "," | ";":
            return list(_cuts(node, g, shape))
        case "sum":
            return [filled(g, shape(args[0]))]
        case "mean":
            rows, columns = shape(args[0])
            return [filled(over(g, Number(str(rows * columns))), (rows, columns))]
        case "max" | "min" if len(args) == 1:
            return [times(g, Apply(f"first_{op}", args))]
        case "max" | "min":
            a, b = args
            first, second = (">=", "<") if op == "max" else ("<=", ">")
            return each(times(g, Apply(first, (a, b))), times(g, Apply(second, (a, b))))
        case "norm2":
            return [times(g, Apply("unit", args))]
        case "exp":
            return [times(g, result)]
        case "log":
            return [over(g, args[0])]
        case "sqrt":
            return [over(g, times(TWO, result))]
        case "softmax":
            return [times(result, Apply("-", (g, _row_sums(times(g, result), full))))]
        case "unit":
            length = Apply("norm2", args)
            along = times(result, Apply("sum", (times(g, result),)))
            return [over(Apply("-", (g, along)), length)]
        case "fill":
            return [Apply("sum", (g,)), None, None]
        case "sum_rows":
            return [product(filled(ONE, (shape(args[0])[0], 1)), transposed(g))]
        case "diag":
            n = full[0]
            return [Apply("sum_rows", (times(g, Apply("diag", (filled(ONE, (n, 1)),))),))]
        case "rows" | "columns":
            return [_padded(node, g, shape), None, None]
        case _ if op in WINDOWED:
            return by_windows(node, g, shape)
        case "flip":
            return [Apply("flip", (g,))]
        case "flatten" | "reshape":
            return [reshaped(g, shape(args[0])), *(None for _ in args[1:])]
        case "dilate":
            return [gathered_apart(node, g), None, None, None]
        case _ if op in FLAT:
            return [None for _ in args]
        case _:
            slopes = [slope(fs[op], p, args, result, fs) for p in fs[op].parameters]
            return [
                None if s is None else gathered(times(g, s), shape(x), full)
                for s, x in zip(slopes, args, strict=True)
            ]


def slope(
    f: Function, parameter: str, args: tuple[Expr, ...], result: Expr, fs: Functions
) -> Expr | None:
    """∂f/∂parameter at these arguments, as the library writes it, else from the definition."""
    values = dict(zip(f.parameters, args, strict=True))
    if parameter in f.slopes:
        return substitute(f.slopes[parameter], values | {"result": result})
    parts = [
        g
        for ref, g in pulled(f.value, ONE, lambda _: SCALAR, fs)
        if ref.name == parameter and ref.index is None
    ]
    return substitute(plus(*parts), values) if parts else None


def pulled(
    expr: Expr, g: Expr, shape: ShapeOf, fs: Functions, result: Expr | None = None
) -> Iterator[tuple[Ref, Expr]]:
    """Every mention in an expression, left to right, with the adjoint that it receives.

    `result` names the value of the whole expression where it has a name.
    """
    match expr:
        case Ref():
            yield expr, g
        case Apply():
            adjoints = backward(expr, g, expr if result is None else result, shape, fs)
            for arg, adjoint in zip(expr.args, adjoints, strict=True):
                if adjoint is not None:
                    yield from pulled(arg, adjoint, shape, fs)
        case Number() | Over():
            return


def _minus_one(n: Expr) -> Expr:
    if isinstance(n, Number) and n.value.denominator == 1:
        return Number(str(n.value - 1)) if n.value >= 1 else negative(Number(str(1 - n.value)))
    return Apply("-", (n, ONE))


def _row_sums(x: Expr, shape: Shape) -> Expr:
    """Σ over each row, in every place of that row; over a vector the plain sum."""
    _, columns = shape
    if columns == 1:
        return Apply("sum", (x,))
    return product(x, filled(ONE, (columns, columns)))


def _cuts(node: Apply, g: Expr, shape: ShapeOf) -> Iterator[Expr]:
    """The parts of g that belong to the parts of a stack."""
    axis, cut = (1, "columns") if node.op == "," else (0, "rows")
    start = 1
    for arg in node.args:
        end = start + shape(arg)[axis] - 1
        yield Apply(cut, (g, Number(str(start)), Number(str(end))))
        start = end + 1


def _padded(node: Apply, g: Expr, shape: ShapeOf) -> Expr:
    """g in the place from which `rows` or `columns` cut, zeros elsewhere."""
    x, first, last = node.args
    assert isinstance(first, Number) and isinstance(last, Number)
    rows, columns = shape(x)
    axis, stack = (0, ";") if node.op == "rows" else (1, ",")
    before, after = int(first.value) - 1, (rows, columns)[axis] - int(last.value)
    zero = Number("0")
    parts = [
        filled(zero, (n, columns) if axis == 0 else (rows, n)) if part is None else part
        for n, part in ((before, None), (1, g), (after, None))
        if n
    ]
    return Apply(stack, tuple(parts)) if len(parts) > 1 else g
