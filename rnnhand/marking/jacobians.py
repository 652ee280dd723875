"""Derivatives of vectors and matrices, as equations that a sheet can be marked on.

dh[2]/dh[t] has a row for each entry of h[2] and a column for each of h[t]. Its rows are adjoints of
scalars that cut one entry out of h[2]; an adjoint that reads another one reads it off that
matrix, so that what a sheet has there is gone on with.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from rnnhand.calculus.gradient import Gradient, adjoint, gradient
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref, rewrite
from rnnhand.questions.formula_entries import cut_out
from rnnhand.system.model import SCALAR, Equation, Quantity, Shape, System, Term


def with_jacobian(base: System, system: System, of: Ref, by: Collection[Quantity]) -> System:
    """A system with d of / d q for every q of `base` that can be moved, and the data in `by`."""
    rows = [_row(base, of, i, by) for i in range(1, _size(base.shapes[base.quantity(of)]) + 1)]
    shapes, equations = dict(system.shapes), list(system.equations)
    for row in rows:
        shapes |= row.system.shapes
        equations += [e for e in row.system.equations if e.target.name == row.of.name]
    wrt = [q for q in rows[0].wrt if q != base.quantity(rows[0].of)]
    for q in wrt:
        shapes[adjoint(of, q)] = len(rows), _size(base.shapes[q])
        equations += _stacked(of, q, rows, base.shapes[q])
    for i, row in enumerate(rows, 1):
        whole = {row.of_quantity(q): (adjoint(of, q), base.shapes[q]) for q in wrt}
        equations += [_reading(e, row.system, whole, i) for e in row.adjoints]
    return replace(system, equations=tuple(equations), shapes=shapes)


def _size(shape: Shape) -> int:
    return shape[0] * shape[1]


def _row(base: System, of: Ref, i: int, by: Collection[Quantity]) -> Gradient:
    """The gradient of the i-th entry, counted row by row."""
    _, columns = base.shapes[base.quantity(of)]
    row, column = (i - 1) // columns + 1, (i - 1) % columns + 1
    entry = Ref(f"{text(of)} {i}")
    cut = Equation(entry, (Term(cut_out(of, row, column), None),), None)
    shapes = {**base.shapes, Quantity(entry.name): SCALAR}
    return gradient(
        replace(base, equations=(*base.equations, cut), shapes=shapes, loss=None), entry, wrt=by
    )


def _stacked(of: Ref, q: Quantity, rows: list[Gradient], shape: Shape) -> list[Equation]:
    """d of / d q, where its rows have equations: they have them at the same steps."""
    made = rows[0].of_quantity(q)
    found = []
    for equation in rows[0].adjoints:
        if rows[0].system.quantity(equation.target) != made:
            continue
        own = [replace(equation.target, name=row.of_quantity(q).name) for row in rows]
        parts = [_one_row(ref, shape) for ref in own]
        body = Apply(";", tuple(parts)) if len(parts) > 1 else parts[0]
        target = replace(equation.target, name=adjoint(of, q).name)
        found.append(Equation(target, (Term(body, equation.steps),), equation.steps))
    return found


def _reading(
    equation: Equation, system: System, whole: dict[Quantity, tuple[Quantity, Shape]], i: int
) -> Equation:
    """An adjoint's equation that reads others off the matrices whose i-th row they are."""

    def read(node: Expr) -> Expr:
        if not isinstance(node, Ref) or system.quantity(node) not in whole:
            return node
        matrix, shape = whole[system.quantity(node)]
        line = Apply("rows", (replace(node, name=matrix.name), *(Number(str(i)),) * 2))
        return _shaped(line, (1, _size(shape)), shape)

    terms = tuple(replace(term, body=rewrite(term.body, read)) for term in equation.terms)
    return replace(equation, terms=terms)


def _one_row(expr: Expr, shape: Shape) -> Expr:
    return _shaped(expr, shape, (1, _size(shape)))


def _shaped(expr: Expr, own: Shape, wanted: Shape) -> Expr:
    """An array in another shape, row by row."""
    sizes = tuple(Number(str(n)) for n in wanted)
    return expr if own == wanted else Apply("reshape", (expr, *sizes))
