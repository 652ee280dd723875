"""Equations at every step, one after the other: what a page works out again line by line."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from fractions import Fraction

from rnnhand.calculus.gradient import shapes_in
from rnnhand.explain.mathematics import at_one, at_step
from rnnhand.language.tree import Apply, Expr, Number, Over, Ref, Shift, children, with_children
from rnnhand.system.model import SCALAR, Entry, Equation, Given, Shape, System
from rnnhand.system.schedule import Instances, schedule

Line = tuple[Expr, Expr]
"""A name and what it is."""


def values(given: Iterable[Given]) -> Iterator[tuple[Ref, Expr]]:
    """Given values as they stand at their steps."""
    for g in given:
        for step, entries in g.values.items():
            yield g.quantity.at(step), _matrix(entries, g.shape)


def lines(system: System, equations: Collection[Equation]) -> Iterator[Line]:
    """Equations at all their steps; each line needs only what stands before it."""
    for equation, step in _order(system, equations):
        yield _line(equation, step, system)


def _order(
    system: System, equations: Collection[Equation]
) -> Iterator[tuple[Equation, int | None]]:
    """Every equation at every step, in an order in which nothing is read early."""
    for block in schedule(system, tuple(equations)):
        if isinstance(block, Instances):
            yield from block.order
            continue
        steps = sorted({s for e in block.equations for s in e.steps or ()})
        yield from ((e, None) for e in block.equations if e.steps is None)
        for step in steps if block.direction > 0 else reversed(steps):
            yield from ((e, step) for e in block.equations if e.steps and step in e.steps)


def _line(equation: Equation, step: int | None, system: System) -> Line:
    """An equation at a step, its sums written out, in the shape that its quantity has."""
    target = at_step(_apart(equation.target, system), system, step)
    assert isinstance(target, Ref)
    terms = [t.body for t in equation.terms if t.steps is None or step in t.steps]
    own, shape = shapes_in(system)(_sum(terms)), system.shapes[system.quantity(equation.target)]
    here = [at_step(_apart(term, system), system, step) for term in terms]
    body = _sum([_summed(term, system) for term in here])
    return target, body if own == shape else _spread(body, own, shape)


def _apart(expr: Expr, system: System, bound: tuple[str, ...] = ()) -> Expr:
    """What runs over another index than others of its name has a name of its own: a weight collects
    contributions dL/dw[1] over t and over k. What a sum binds is named when it is written out."""
    match expr:
        case Ref(name, Shift(var)) if var not in bound and system.overs[name] != var:
            return replace(expr, name=f"{name}[{var}]")
        case Over(_, var, body):
            return with_children(expr, (_apart(body, system, (*bound, var)),))
        case _:
            return with_children(expr, tuple(_apart(c, system, bound) for c in children(expr)))


def _spread(body: Expr, own: Shape, shape: Shape) -> Expr:
    """A scalar in every place of a shape, or a vector in every row."""
    sizes = tuple(Number(str(n)) for n in shape)
    if own == SCALAR:
        return Apply("fill", (body, *sizes))
    return Apply("+", (Apply("fill", (Number("0"), *sizes)), body))


def _sum(terms: list[Expr]) -> Expr:
    if len(terms) == 1:
        return terms[0]
    return Apply("+", tuple(terms)) if terms else Number("0")


def _summed(expr: Expr, system: System) -> Expr:
    """Sums and means over steps as their summands."""
    if isinstance(expr, Over):
        steps = [step for run in system.domain(expr) for step in run]
        body = _apart(expr.body, system)
        total = _sum([_summed(at_one(body, expr.var, s), system) for s in steps])
        return Apply("/", (total, Number(str(len(steps))))) if expr.kind == "mean" else total
    return with_children(expr, tuple(_summed(c, system) for c in children(expr)))


def _matrix(entries: tuple[Entry, ...], shape: Shape) -> Expr:
    """Given numbers as a stack of rows; a number by itself where there is one only."""
    columns = shape[1]
    rows = [entries[i : i + columns] for i in range(0, len(entries), columns)]
    return _put(";", [_put(",", [_number(entry) for entry in row]) for row in rows])


def _put(op: str, parts: list[Expr]) -> Expr:
    return parts[0] if len(parts) == 1 else Apply(op, tuple(parts))


def _number(entry: Entry) -> Expr:
    assert entry is not None
    return Number(str(entry)) if isinstance(entry, Fraction) else entry
