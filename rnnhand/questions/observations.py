"""A network without an index over the rows of a table: each row is one value of a new index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from rnnhand.errors import Span, failure
from rnnhand.language.parser import Statement
from rnnhand.language.tree import Expr, Over, Ref, Shift, refs, rewrite, walk
from rnnhand.system.build import build
from rnnhand.system.model import SCALAR, Entry, Given, Quantity, Role, Shape, System

LETTERS = ("i", "j", "k", "n", "m")


def over_rows(
    system: System,
    output: str,
    inputs: Mapping[str, Shape],
    rows: Sequence[Sequence[Fraction]],
    span: Span,
) -> tuple[System, str]:
    """The equations that `output` needs, once for each row, and the letter that counts the rows.

    A row has the entries of all inputs one after the other. Raises `Failure` where the equations
    have an index already.
    """
    needed = reached(system, output)
    equations = [e for e in system.equations if e.target.name in needed]
    if any(e.target.index is not None or _indexed(e.body) for e in equations):
        raise failure("table-has-index", span, "hint-table-index", name=output)
    made = {e.target.name for e in equations}
    used = {q.name for q in (*system.given, *system.made_by)} | set(inputs)
    var = next(x for x in (*LETTERS, "row") if x not in used and x not in system.indices)
    running = made | set(inputs)

    def put(e: Expr) -> Expr:
        if isinstance(e, Ref) and e.name in running:
            return replace(e, index=Shift(var))
        return e

    statements = []
    for e in equations:
        target = replace(e.target, index=Shift(var))
        statements.append(Statement(target, rewrite(e.body, put)))
    given = [g for g in system.given.values() if g.quantity.name in needed and not g.quantity.over]
    given = [g for g in given if g.quantity.name not in inputs]
    start = 0
    for name, shape in inputs.items():
        size = shape[0] * shape[1]
        values: dict[int | None, tuple[Entry, ...]] = {
            i: tuple(row[start : start + size]) for i, row in enumerate(rows, 1)
        }
        given.append(Given(Quantity(name, var), Role.DATA, shape, values, span))
        start += size
    return build(statements, given, {var: range(1, len(rows) + 1)}, system.functions), var


def reached(system: System, name: str) -> set[str]:
    """The names that a quantity needs, itself among them."""
    found: set[str] = set()
    left = [name]
    while left:
        current = left.pop()
        if current in found:
            continue
        found.add(current)
        for q, equations in system.made_by.items():
            if q.name == current:
                left += [r.name for e in equations for r in refs(e.body)]
    return found


def _indexed(body: Expr) -> bool:
    return any(
        isinstance(n, Over) or (isinstance(n, Ref) and n.index is not None) for n in walk(body)
    )


def shapes_of(system: System, names: Sequence[str]) -> dict[str, Shape]:
    """The shapes of inputs: those given in the problem, else scalars."""
    return {name: system.shapes.get(Quantity(name), SCALAR) for name in names}
