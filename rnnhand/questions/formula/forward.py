"""A formula in derivatives by what is given, compared forward in time and step by step.

    dL/dw = Σ_t 2·(h[t] − y[t])·dh[t]/dw

is an identity in the letters h[t], y[t] and dh[t]/dw of each step alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rnnhand.language.tree import Apply, Expr, Number, Ref
from rnnhand.questions.formula.entries import cut_out
from rnnhand.questions.formula.formula import RIGHT, Formula, Instance
from rnnhand.questions.formula.moved import all_moved, with_moved, with_tangents
from rnnhand.system.model import SCALAR, Quantity, Shape, System


def forward(formula: Formula) -> Formula | None:
    """The same comparison, entry by entry, with tangents for all derivatives by what is given; None
    where there are none of these in the formula, or too many."""
    system = formula.system
    own = all_moved(system, (i.own for i in formula.instances))
    both = all_moved(system, (e for i in formula.instances for e in (i.own, i.right)))
    if not own or not both:
        return None
    derived = formula.derived
    for one in both:
        derived = with_tangents(system, derived, one)

    def put(expr: Expr) -> Expr:
        return with_moved(derived, expr, formula.entries)

    instances = tuple(
        entry
        for k, i in enumerate(formula.instances)
        for entry in _entries(
            derived,
            replace(i, own=put(i.own), right=put(i.right)),
            formula.full.shapes[Quantity(f"{RIGHT}{k}")],
        )
    )
    return replace(formula, instances=instances, silent=(), apart=()).within(derived)


def _entries(derived: System, instance: Instance, shape: Shape) -> Iterator[Instance]:
    """A comparison for each entry."""
    if shape == SCALAR or instance.own == Number("0"):
        yield instance
        return
    for row in range(1, shape[0] + 1):
        for column in range(1, shape[1] + 1):
            own, right = (cut_out(e, row, column) for e in (instance.own, instance.right))
            alone = _alone(derived, instance.right, shape, row, column)
            yield replace(instance, own=own, right=right if alone is None else alone)


def _alone(derived: System, array: Expr, shape: Shape, row: int, column: int) -> Expr | None:
    """An entry of an array that is put together of single numbers."""
    lines = array.args if isinstance(array, Apply) and array.op == ";" else (array,)
    cells = [
        cell
        for line in lines
        for cell in (line.args if isinstance(line, Apply) and line.op == "," else (line,))
    ]
    single = all(
        isinstance(c, Number)
        or (isinstance(c, Ref) and derived.shapes[derived.quantity(c)] == SCALAR)
        for c in cells
    )
    if not single or len(cells) != shape[0] * shape[1]:
        return None
    return cells[(row - 1) * shape[1] + column - 1]
