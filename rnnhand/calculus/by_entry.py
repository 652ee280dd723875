"""A system of matrices written out in scalars: an equation for every entry of every quantity.

H = X @ W    becomes    H_11 = X_11*W_11 + X_12*W_21, …
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from rnnhand.calculus.gradient import shapes_in
from rnnhand.calculus.rules import ShapeOf, plus
from rnnhand.errors import failure
from rnnhand.language.parser import Statement
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Over, Ref
from rnnhand.system.build import build
from rnnhand.system.model import SCALAR, Equation, Given, Quantity, Shape, System
from rnnhand.system.shapes import spreads_over_rows

Names = Mapping[Quantity, tuple[str, ...]]
"""The names of the entries of every quantity, row by row."""


def entry_names(system: System) -> Names:
    """W_12 for an entry of a matrix, x_2 for one of a row or a column, W_1_12 where it is large."""
    taken = {q.name for q in system.shapes}
    found: dict[Quantity, tuple[str, ...]] = {}
    for q, (rows, columns) in system.shapes.items():
        if (rows, columns) == SCALAR:
            found[q] = (q.name,)
            continue
        link = "_" if max(rows, columns) > 9 and min(rows, columns) > 1 else ""
        places = [(i, j) for i in range(1, rows + 1) for j in range(1, columns + 1)]
        names = [
            f"{q.name}_{max(i, j)}" if 1 in (rows, columns) else f"{q.name}_{i}{link}{j}"
            for i, j in places
        ]
        found[q] = tuple(f"{n}_" if n in taken else n for n in names)
        taken |= set(found[q])
    return found


def in_scalars(system: System, names: Names) -> System:
    """The same system with a scalar for every entry. Raises `Failure` where an operation has no
    form in scalars."""
    shape = shapes_in(system)
    statements = [
        Statement(Ref(name, equation.target.index), body)
        for equation in system.equations
        for name, body in zip(
            names[system.quantity(equation.target)],
            entries(equation, system, names, shape),
            strict=True,
        )
    ]
    given = [part for g in system.given.values() for part in _split(g, names)]
    found = build(statements, given, system.indices, system.functions)
    return replace(found, loss=system.loss)


def _split(given: Given, names: Names) -> Iterator[Given]:
    for i, name in enumerate(names[given.quantity]):
        values = {step: (value[i],) for step, value in given.values.items()}
        yield Given(Quantity(name, given.quantity.over), given.role, SCALAR, values)


def entries(equation: Equation, system: System, names: Names, shape: ShapeOf) -> list[Expr]:
    """The right side of an equation, entry by entry."""
    wanted = system.shapes[system.quantity(equation.target)]
    return _spread(_of(equation.body, system, names, shape), shape(equation.body), wanted)


def _of(expr: Expr, system: System, names: Names, shape: ShapeOf) -> list[Expr]:
    """An expression, entry by entry, row by row."""
    match expr:
        case Number():
            return [expr]
        case Ref(_, index):
            q = system.quantity(expr)
            return [Ref(name, index) for name in names[q]] if q in names else [expr]
        case Over():
            return [replace(expr, body=e) for e in _of(expr.body, system, names, shape)]
        case Apply(op, args):
            if all(shape(a) == SCALAR for a in _measured(op, args)) and op != "fill":
                return [Apply(op, tuple(_of(a, system, names, shape)[0] for a in args))]
            return _operation(expr, system, names, shape)


def _measured(op: str, args: tuple[Expr, ...]) -> tuple[Expr, ...]:
    return args[:1] if op in ("one_hot", "rows", "columns", "fill") else args


def _operation(expr: Apply, system: System, names: Names, shape: ShapeOf) -> list[Expr]:
    op, args = expr.op, expr.args
    parts = [_of(a, system, names, shape) for a in _measured(op, args)]
    sizes = [shape(a) for a in _measured(op, args)]
    own = shape(expr)
    match op:
        case "@":
            return _product(parts, sizes)
        case "T":
            rows, columns = sizes[0]
            return [parts[0][i * columns + j] for j in range(columns) for i in range(rows)]
        case ";":
            return [e for part in parts for e in part]
        case ",":
            return [
                e
                for i in range(own[0])
                for part, (_, n) in zip(parts, sizes, strict=True)
                for e in part[i * n : (i + 1) * n]
            ]
        case "sum":
            return [plus(*parts[0])]
        case "mean":
            return [Apply("/", (plus(*parts[0]), Number(str(len(parts[0])))))]
        case "norm2":
            return [Apply("sqrt", (plus(*(Apply("^", (e, Number("2"))) for e in parts[0])),))]
        case "max" | "min" if len(parts) == 1:
            found = parts[0][0]
            for e in parts[0][1:]:
                found = Apply(op, (found, e))
            return [found]
        case "softmax":
            rows = 1 if own[1] == 1 else own[0]
            width = len(parts[0]) // rows
            return [e for i in range(rows) for e in _softmax(parts[0][i * width : (i + 1) * width])]
        case "one_hot" | "unit" | "first_max" | "first_min" | "diag" | "rows" | "columns" | "fill":
            raise failure("scalars-without", expr.span, op=op, found=text(expr)[:60])
        case _:
            spread = [_spread(p, s, own) for p, s in zip(parts, sizes, strict=True)]
            return [replace(expr, args=each) for each in zip(*spread, strict=True)]


def _product(parts: list[list[Expr]], sizes: list[Shape]) -> list[Expr]:
    """Every entry the sum of its products. A 1×1 factor multiplies all."""
    (a, b), ((m, k), (_, n)) = parts, sizes
    return [
        plus(*(Apply("*", (a[i * k + p], b[p * n + j])) for p in range(k)))
        for i in range(m)
        for j in range(n)
    ]


def _softmax(row: list[Expr]) -> list[Expr]:
    powers = [Apply("exp", (e,)) for e in row]
    return [Apply("/", (p, plus(*powers))) for p in powers]


def _spread(parts: list[Expr], own: Shape, wanted: Shape) -> list[Expr]:
    if own == wanted or own[0] * own[1] == wanted[0] * wanted[1]:
        return parts
    if own == SCALAR:
        return parts * (wanted[0] * wanted[1])
    assert spreads_over_rows(own, wanted), (own, wanted)
    return parts * wanted[0]
