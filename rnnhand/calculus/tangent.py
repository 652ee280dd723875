"""Forward mode, the mirror image of the gradient: one tangent equation for each equation.

    h[t] = tanh(a[t])   gives   dh[t]/dw = (1 - h[t]^2)*da[t]/dw

It runs with time, shares no rule with the backward mode but the slopes of the library, and so
serves as the second opinion on every gradient.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias, assert_never

from rnnhand.calculus.gradient import shapes_in
from rnnhand.calculus.rules import (
    FLAT,
    ONE,
    TWO,
    ShapeOf,
    filled,
    negative,
    over,
    plus,
    power,
    product,
    slope,
    times,
)
from rnnhand.calculus.tidy import tidy
from rnnhand.calculus.windows import along_windows
from rnnhand.language.operations import Functions
from rnnhand.language.tree import Apply, Expr, Number, Over, Ref, refs
from rnnhand.system.model import Equation, Given, Quantity, Role, System, Term
from rnnhand.system.windows import WINDOWED

LINEAR = (
    *("sum", "mean", "sum_rows", "fill", "rows", "columns", "diag", "flip"),
    *("flatten", "reshape", "dilate"),
)
"""Operations of one array that do to its tangent what they do to it."""

Tangents: TypeAlias = Callable[[Ref], Expr | None]


def tangent(of: Quantity, by: str) -> Quantity:
    """dh[t]/dw, the tangent of h[t]; `[]` marks where the step is written, and tells the
    tangent dL/dw from the adjoint of that name."""
    return Quantity(f"d{of.name}[]/d{by}", of.over)


def tangents(system: System, direction: Given) -> System:
    """The system and the tangents of all that depends on one given quantity.

    `direction` says how that quantity moves: a given value under its own name, of its shape; at
    the steps that it does not list, the quantity stays.
    """
    source = direction.quantity
    moving = _depending(system, source)
    by = source.name
    shape = shapes_in(system)
    shapes = dict(system.shapes)
    given = dict(system.given)
    for q in moving:
        shapes[tangent(q, by)] = shapes[q]
        if q in system.given:
            fixed = system.given[q]
            still = (Number("0").value,) * (fixed.shape[0] * fixed.shape[1])
            values = dict.fromkeys(fixed.values, still)
            if q == source:
                values |= dict(direction.values)  # type: ignore[arg-type]  # entries may be letters too
            given[tangent(q, by)] = Given(tangent(q, by), Role.CONSTANT, fixed.shape, values)

    def moved(ref: Ref) -> Expr | None:
        q = system.quantity(ref)
        return Ref(tangent(q, by).name, ref.index) if q in moving else None

    equations = []
    for equation in system.equations:
        q = system.quantity(equation.target)
        if q not in moving:
            continue
        result = equation.target
        change = push(equation.body, moved, shape, system, result)
        terms: tuple[Term, ...] = ()
        extended = replace(system, shapes=shapes, given=given)
        if change is not None:
            terms = (Term(tidy(change, shapes_in(extended)), equation.steps),)
        target = Ref(tangent(q, by).name, equation.target.index)
        equations.append(Equation(target, terms, equation.steps))
    return replace(system, equations=(*system.equations, *equations), shapes=shapes, given=given)


def _depending(system: System, source: Quantity) -> set[Quantity]:
    """Everything that some chain of equations reaches from `source`."""
    moving = {source}
    while True:
        new = {
            q
            for q, made in system.made_by.items()
            if q not in moving
            and any(system.quantity(r) in moving for e in made for r in refs(e.body))
        }
        if not new:
            return moving
        moving |= new


def push(
    expr: Expr, d: Tangents, shape: ShapeOf, system: System, result: Expr | None = None
) -> Expr | None:
    """How an expression moves when its mentions do; None where it stays."""
    match expr:
        case Number():
            return None
        case Ref():
            return d(expr)
        case Over(kind, var, body):
            inner = push(body, d, shape, system)
            return None if inner is None else Over(kind, var, inner, system.domain(expr))
        case Apply():
            moves = [push(arg, d, shape, system) for arg in expr.args]
            if all(m is None for m in moves):
                return None
            return _moved(expr, moves, expr if result is None else result, shape, system.functions)
        case _:
            assert_never(expr)


def _moved(
    node: Apply, moves: list[Expr | None], result: Expr, shape: ShapeOf, fs: Functions
) -> Expr | None:
    op, args = node.op, node.args
    full = shape(node)

    def summed(*parts: Expr | None) -> Expr | None:
        there = [p for p in parts if p is not None]
        return plus(*there) if there else None

    def spread(i: int) -> Expr | None:
        """The move of argument i in the shape of the node."""
        move = moves[i]
        if move is None or shape(args[i]) == full:
            return move
        return times(move, filled(ONE, full))

    def scaled(i: int, *factors: Expr) -> Expr | None:
        move = moves[i]
        return None if move is None else times(*factors, move)

    (first, *_) = moves
    match op:
        case "+":
            return summed(*(spread(i) for i in range(len(args))))
        case "-":
            second = spread(1)
            return summed(spread(0), None if second is None else negative(second))
        case "neg":
            return None if first is None else negative(first)
        case "*":
            parts = []
            for i, move in enumerate(moves):
                if move is not None:
                    parts.append(times(*args[:i], move, *args[i + 1 :]))
            return summed(*parts)
        case "/":
            a, b = args
            by_a = None if first is None else over(first, b)
            by_b = scaled(1, a)
            return summed(by_a, None if by_b is None else negative(over(by_b, power(b, TWO))))
        case "^":
            a, b = args
            by_base = scaled(0, b, power(a, Apply("-", (b, ONE))))
            if isinstance(b, Number):
                by_base = (
                    scaled(0, b, power(a, Number(str(b.value - 1)))) if b.value >= 1 else by_base
                )
            return summed(by_base, scaled(1, result, Apply("log", (a,))))
        case "@":
            a, b = args
            left = None if first is None else product(first, b)
            right = None if moves[1] is None else product(a, moves[1])
            return summed(left, right)
        case "T":
            return None if first is None else Apply("T", (first,))
        case "," | ";":
            parts = [
                filled(Number("0"), shape(a)) if m is None else m
                for a, m in zip(args, moves, strict=True)
            ]
            return Apply(op, tuple(parts))
        case _ if op in LINEAR:
            return None if first is None else Apply(op, (first, *args[1:]))
        case "max" | "min" if len(args) == 1:
            return _total(scaled(0, Apply(f"first_{op}", args)))
        case "max" | "min":
            own, other = (">=", "<") if op == "max" else ("<=", ">")
            return summed(scaled(0, Apply(own, args)), scaled(1, Apply(other, args)))
        case "norm2":
            return _total(scaled(0, Apply("unit", args)))
        case "exp":
            return scaled(0, result)
        case "log":
            return None if first is None else over(first, args[0])
        case "sqrt":
            return None if first is None else over(first, times(TWO, result))
        case "softmax":
            assert first is not None
            weighted = times(result, first)
            inner: Expr = Apply("sum", (weighted,))
            if full[1] > 1:
                inner = product(weighted, filled(ONE, (full[1], full[1])))
            return times(result, Apply("-", (first, inner)))
        case "unit":
            assert first is not None
            along = times(result, Apply("sum", (times(result, first),)))
            return over(Apply("-", (first, along)), Apply("norm2", args))
        case _ if op in WINDOWED:
            return summed(*along_windows(node, moves, shape))
        case _ if op in FLAT:
            return None
        case _:
            f = fs[op]
            slopes = [slope(f, p, args, result, fs) for p in f.parameters]
            return summed(*(None if s is None else scaled(i, s) for i, s in enumerate(slopes)))


def _total(expr: Expr | None) -> Expr | None:
    return None if expr is None else Apply("sum", (expr,))
