"""Derivatives of vectors and matrices, as equations that a sheet can be marked on.

dh[2]/dh[t] has a row for each entry of h[2] and a column for each of h[t]. The chain rule is then
that of adjoints, turned over: from Wᵀ·δ and δ ⊙ v become D·W and D·diag(v). An equation that
cannot be turned over is written once for each row, and reads its row off the other matrices.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from rnnhand.calculus.gradient import Gradient, gradient, shapes_in
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref, refs, rewrite
from rnnhand.questions.work import ZERO
from rnnhand.system.model import Equation, Given, Quantity, Role, Shape, System, Term

SEED = Quantity("seed ")
"""The combination of entries that is differentiated; of a row, that one entry alone."""


@dataclass(frozen=True)
class _Jacobian:
    """The gradient of a combination of entries, from which all matrices are made."""

    of: Ref
    size: int
    shape: Shape
    found: Gradient

    @property
    def wrt(self) -> Mapping[Quantity, Shape]:
        """The matrices by their quantities, and the shape of what each is a derivative by."""
        shapes = self.found.system.shapes
        return {self.found.of_quantity(q): shapes[q] for q in self.found.wrt}

    def row(self, q: Quantity, i: int) -> Quantity:
        """A row of its own, of a matrix or of what a step contributes to one."""
        start = f"d{text(self.of)}"
        return Quantity(f"{start} {i}{q.name.removeprefix(start)}", q.over)


def with_jacobian(base: System, system: System, of: Ref, by: Collection[Quantity]) -> System:
    """A system with d of / d q for every q of `base` that can be moved, and the data in `by`."""
    shape = base.shapes[base.quantity(of)]
    size = shape[0] * shape[1]
    seed = Given(SEED, Role.CONSTANT, shape, {None: (ZERO,) * size})
    found = gradient(base, of, wrt=by, seed=seed)
    made = _Jacobian(of, size, shape, found)
    wrt = made.wrt
    shapes = {**system.shapes, **{q: (size, own[0] * own[1]) for q, own in wrt.items()}}
    equations = list(system.equations)
    for equation in found.adjoints:
        q = found.system.quantity(equation.target)
        whole = _whole(made, equation) if q in wrt else None
        if whole is not None:
            equations.append(whole)
            continue
        for i in range(1, size + 1):
            shapes[made.row(q, i)] = found.system.shapes[q]
            equations.append(_row(made, equation, i))
        if q in wrt:
            equations.append(_stacked(made, equation, q))
    return replace(system, equations=tuple(equations), shapes=shapes)


def _whole(made: _Jacobian, equation: Equation) -> Equation | None:
    """The equation of a matrix as a whole; None where it cannot be turned over."""
    terms = []
    for term in equation.terms:
        body = _turned(made, term.body, shapes_in(made.found.system))
        if body is None:
            return None
        terms.append(replace(term, body=body))
    return replace(equation, terms=tuple(terms))


def _turned(made: _Jacobian, expr: Expr, shape: Callable[[Expr], Shape]) -> Expr | None:
    """A vector that is linear in adjoints → the matrix whose rows it makes; None for others."""
    if isinstance(expr, Ref):
        return _turned_name(made, expr)
    if not isinstance(expr, Apply) or shape(expr)[1] != 1:
        return None
    moved = [
        any(made.found.system.quantity(r) in _moving(made) for r in refs(a)) for a in expr.args
    ]
    match expr.op, expr.args:
        case "@", (fixed, inner) if moved == [False, True]:
            return _applied(made, inner, shape, lambda m: _product(m, _transposed(fixed, shape)))
        case "*", (one, other) if moved.count(True) == 1:
            inner, fixed = (one, other) if moved[0] else (other, one)
            if shape(fixed) == (1, 1):
                return _applied(made, inner, shape, lambda m: Apply("*", (m, fixed)))
            if shape(inner) == (1, 1):
                turned = _transposed(fixed, shape)
                return _applied(made, inner, shape, lambda m: _product(m, turned))
            return _applied(made, inner, shape, lambda m: _product(m, Apply("diag", (fixed,))))
        case "/", (inner, fixed) if moved == [True, False] and shape(fixed) == (1, 1):
            return _applied(made, inner, shape, lambda m: Apply("/", (m, fixed)))
        case "neg", (inner,):
            return _applied(made, inner, shape, lambda m: Apply("neg", (m,)))
        case "rows", (inner, first, last):
            return _applied(made, inner, shape, lambda m: Apply("columns", (m, first, last)))
        case _:
            return None


def _turned_name(made: _Jacobian, ref: Ref) -> Expr | None:
    q = made.found.system.quantity(ref)
    if q == SEED:
        return _one(made.size) if made.shape[1] == 1 else None
    return ref if q in made.wrt and made.wrt[q][1] == 1 else None


def _moving(made: _Jacobian) -> set[Quantity]:
    return {SEED, *(made.found.system.quantity(e.target) for e in made.found.adjoints)}


def _applied(
    made: _Jacobian, inner: Expr, shape: Callable[[Expr], Shape], put: Callable[[Expr], Expr]
) -> Expr | None:
    found = _turned(made, inner, shape)
    return None if found is None else put(found)


def _product(one: Expr, other: Expr) -> Expr:
    return Apply("@", (one, other))


def _transposed(expr: Expr, shape: Callable[[Expr], Shape]) -> Expr:
    if isinstance(expr, Apply) and expr.op == "T":
        return expr.args[0]
    return expr if shape(expr) == (1, 1) else Apply("T", (expr,))


def _one(size: int) -> Expr:
    """The unit matrix."""
    lines = [tuple(Number(str(int(i == j))) for j in range(size)) for i in range(size)]
    return Apply(";", tuple(Apply(",", line) for line in lines))


def _row(made: _Jacobian, equation: Equation, i: int) -> Equation:
    """An adjoint's equation for one entry: others are read off the matrices whose rows they are."""
    system, wrt = made.found.system, made.wrt
    moving = _moving(made)

    def read(node: Expr) -> Expr:
        if not isinstance(node, Ref) or (q := system.quantity(node)) not in moving:
            return node
        if q == SEED:
            column = Apply("columns", (_one(made.size), *(Number(str(i)),) * 2))
            return _shaped(column, (made.size, 1), made.shape)
        if q not in wrt:
            return replace(node, name=made.row(q, i).name)
        line = Apply("rows", (node, *(Number(str(i)),) * 2))
        return _shaped(line, (1, wrt[q][0] * wrt[q][1]), wrt[q])

    terms = tuple(replace(term, body=rewrite(term.body, read)) for term in equation.terms)
    own = made.row(system.quantity(equation.target), i).name
    return replace(equation, target=replace(equation.target, name=own), terms=terms)


def is_of_rows(equation: Equation) -> bool:
    """Whether an equation puts a matrix together from rows, which no formula on paper does."""
    return any(" " in ref.name for term in equation.terms for ref in refs(term.body))


def _stacked(made: _Jacobian, equation: Equation, q: Quantity) -> Equation:
    """A matrix put together from its rows."""
    shape = made.wrt[q]
    body = Apply(";", tuple(_lines(made, equation, q, shape)))
    return replace(equation, terms=(Term(body, equation.steps),))


def _lines(made: _Jacobian, equation: Equation, q: Quantity, shape: Shape) -> Iterator[Expr]:
    for i in range(1, made.size + 1):
        own = replace(equation.target, name=made.row(q, i).name)
        yield _shaped(own, shape, (1, shape[0] * shape[1]))


def _shaped(expr: Expr, own: Shape, wanted: Shape) -> Expr:
    """An array in another shape, row by row."""
    sizes = tuple(Number(str(n)) for n in wanted)
    return expr if own == wanted else Apply("reshape", (expr, *sizes))
