"""Each window of a convolution or a pooling written out: 3·0 + 3·1 + 2·2 + … = 12."""

from __future__ import annotations

from collections.abc import Iterator

from rnnhand.document.blocks import Step
from rnnhand.explain.mathematics import at_step, literal, written_out
from rnnhand.explain.steps import Telling
from rnnhand.language.numerals import Numeral, Table
from rnnhand.language.operations import PRIMITIVES
from rnnhand.language.tree import Apply, Expr, Number, Ref, walk
from rnnhand.system.model import SCALAR, Equation, Shape
from rnnhand.system.windows import CONVOLUTIONS, POOLS, Windows, apart_of, windows_of

ZERO = Number("0")
MOST = 400
"""Entries under all windows together up to which each window is written out."""


def entries(telling: Telling, equation: Equation, step: int | None) -> list[Step]:
    """The windows in an equation at a step, a line for each; none unless all is to be told."""
    if not telling.full:
        return []
    system = telling.system
    found: list[Step] = []
    for term in equation.terms:
        if term.steps is not None and step not in term.steps:
            continue
        body = written_out(at_step(term.body, system, step), system)
        for node in dict.fromkeys(walk(body)):
            if isinstance(node, Apply) and node.op in (*CONVOLUTIONS, *POOLS):
                alone = node == body and len(equation.terms) == 1
                left = at_step(equation.target, system, step) if alone else telling.math(node)
                found += _windows(telling, node, left)
    return found


def _windows(telling: Telling, node: Apply, left: Expr) -> Iterator[Step]:
    arrays = node.args[: PRIMITIVES[node.op].arrays]
    windows = windows_of(node, [telling.shape(a) for a in arrays])
    rows, columns = windows.number
    if rows * columns * windows.size.down * windows.size.along > MOST:
        return
    values = [_flat(telling.value(a, None)) for a in arrays]
    results = _flat(telling.value(node, None))
    filling = [_filling(a, telling.shape(a)) for a in arrays]
    for i in range(rows):
        for j in range(columns):
            name = _entry(left, telling.shape(node), i, j)
            result = results[i * columns + j]
            yield Step(name, (_written(node.op, windows, values, filling, i, j),), result)


def _entry(left: Expr, shape: Shape, i: int, j: int) -> Expr:
    """H(1, 2); of a column or a row only one place."""
    if shape == SCALAR:
        return left
    places = [i + 1, j + 1] if 1 not in shape else [max(i, j) + 1]
    return Apply("entry", (left, *(Ref(str(n)) for n in places)))


def _filling(expr: Expr, shape: Shape) -> set[int]:
    """The places that hold nothing but the zeros that `dilate` puts between."""
    if not (isinstance(expr, Apply) and expr.op == "dilate"):
        return set()
    down, along = apart_of(expr.args[1])
    return {
        i * shape[1] + j for i in range(shape[0]) for j in range(shape[1]) if i % down or j % along
    }


def _written(
    op: str,
    windows: Windows,
    values: list[list[Numeral]],
    filling: list[set[int]],
    i: int,
    j: int,
) -> Expr:
    """The sum, the largest or the mean under window (i, j)."""
    apart, between = (*filling, set[int]())[:2]
    under = {c.place: c.entry for c in windows.covered(i, j)}
    count = windows.size.down * windows.size.along
    if op in CONVOLUTIONS:
        # A zero of the padding is written too: a window has as many products as the kernel.
        products: list[Expr] = []
        for place in range(count):
            if place in between or under.get(place) in apart:
                continue
            x = literal(values[0][under[place]]) if place in under else ZERO
            products.append(Apply("*", (x, literal(values[1][place]))))
        if not products:
            return ZERO
        return products[0] if len(products) == 1 else Apply("+", tuple(products))
    numbers = [literal(values[0][entry]) for entry in under.values()]
    if op.startswith("max"):
        return Apply("max", tuple(numbers))
    total = numbers[0] if len(numbers) == 1 else Apply("+", tuple(numbers))
    return Apply("/", (total, Number(str(count))))


def _flat(table: Table) -> list[Numeral]:
    if isinstance(table, Numeral):
        return [table]
    return [x for item in table for x in _flat(item)]
