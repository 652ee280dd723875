"""Expressions as people write them, and with numbers put in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from rnnhand.language.numerals import Numeral, Table
from rnnhand.language.operations import Functions
from rnnhand.language.printer import text
from rnnhand.language.tree import (
    COMPARISONS,
    Apply,
    At,
    Expr,
    Last,
    Number,
    Over,
    Ref,
    Shift,
    addends,
    children,
    rewrite,
    walk,
    with_children,
)
from rnnhand.system.model import SCALAR, Shape, System

Evaluate: TypeAlias = Callable[[Expr, int | None], Table]
"""The value of an expression of a system at a step; None where it stands at absolute steps."""

ShapeOf: TypeAlias = Callable[[Expr], Shape]

SHORT = 9
"""Characters up to which a fraction is written out inside a formula."""

FORMULA = 24
"""Characters up to which a closed form stands inside another formula."""

MOST_TERMS = 12
"""Summands up to which a sum is written out."""

DOTS = Ref("…")


def mathematical(expr: Expr, shape: ShapeOf, functions: Functions) -> Expr:
    """Functions under the names that textbooks use; ⊙ between arrays, · where a scalar is in it."""

    def spell(node: Expr) -> Expr:
        if not isinstance(node, Apply):
            return node
        if node.op == "*":
            arrays = sum(shape(arg) != SCALAR for arg in node.args)
            return replace(node, spelling="⊙" if arrays > 1 else "")
        if node.op in functions:
            return replace(node, spelling=functions[node.op].notation or node.op)
        return node

    return rewrite(expr, spell)


def with_notation(value: Evaluate, functions: Functions) -> Evaluate:
    """Values with letters in them under the names of textbooks too: σ(w0) for sigmoid(w0)."""
    return lambda expr, step: notated(value(expr, step), functions)


def notated(table: Table, functions: Functions) -> Table:
    """One value in the same way."""
    if isinstance(table, tuple):
        return tuple(notated(part, functions) for part in table)
    if table.exact is None:
        return table
    return replace(table, exact=mathematical(table.exact, lambda e: SCALAR, functions))


def at_step(expr: Expr, system: System, step: int | None) -> Expr:
    """The expression at a step: h[t-1] at t = 2 is h[1]."""
    var = next(iter(system.indices), "t") if step is not None else ""
    return _at(expr, system, {} if step is None else dict.fromkeys(system.indices, step), var)


def _at(expr: Expr, system: System, steps: dict[str, int], var: str) -> Expr:
    match expr:
        case Ref(_, Shift(v, offset)) if v in steps:
            return replace(expr, index=At(steps[v] + offset))
        case Ref(_, Last()):
            return replace(expr, index=At(system.step(expr) or 0))
        case Ref("T", None):
            return Number(str(next(iter(system.indices.values()))[-1]))
        case Ref(name, None) if name in steps and name in system.indices:
            return Number(str(steps[name]))
        case Over(_, v, _):
            inner = {k: s for k, s in steps.items() if k != v}
            return with_children(expr, (_at(expr.body, system, inner, var),))
        case _:
            return with_children(expr, tuple(_at(c, system, steps, var) for c in children(expr)))


def written_out(expr: Expr, system: System) -> Expr:
    """Sums over steps as their summands: sum[t](L[t]) is L[1] + L[2] + L[3]."""
    if isinstance(expr, Over):
        steps = [step for run in system.domain(expr) for step in run]
        bodies = [at_one(expr.body, expr.var, step) for step in _chosen(steps)]
        terms = [written_out(body, system) for body in bodies]
        if len(steps) > MOST_TERMS:
            terms.insert(len(terms) - 1, DOTS)
        total: Expr = terms[0] if len(terms) == 1 else Apply("+", tuple(terms))
        if expr.kind == "mean":
            total = Apply("/", (total, Number(str(len(steps)))))
        return total
    return with_children(expr, tuple(written_out(c, system) for c in children(expr)))


def _chosen(steps: list[int]) -> list[int]:
    return steps if len(steps) <= MOST_TERMS else [*steps[:4], steps[-1]]


def at_one(expr: Expr, var: str, step: int) -> Expr:
    """The expression where one index variable has a value."""
    match expr:
        case Ref(_, Shift(v, offset)) if v == var:
            return replace(expr, index=At(step + offset))
        case Ref(name, None) if name == var:
            return Number(str(step))
        case Over(_, v, _) if v == var:
            return expr
        case _:
            return with_children(expr, tuple(at_one(c, var, step) for c in children(expr)))


def rows_of_batches(expr: Expr, shape: ShapeOf) -> Expr:
    """A vector that is spread over the rows of a batch, as the row that is added to each."""

    def turn(node: Expr) -> Expr:
        if not isinstance(node, Apply) or node.op not in ("+", "-", "*", "/"):
            return node
        full = shape(_without_dots(node))
        parts = tuple(a if a == DOTS else turned(a, full) for a in node.args)
        return replace(node, args=parts)

    def turned(part: Expr, full: tuple[int, int]) -> Expr:
        spread = shape(_without_dots(part)) == (full[1], 1) != full and full[1] > 1
        return Apply("T", (part,)) if spread else part

    return rewrite(expr, turn)


def _without_dots(expr: Expr) -> Expr:
    """A sum of which some terms are left out, without the sign that says so."""

    def turn(node: Expr) -> Expr:
        if isinstance(node, Apply) and DOTS in node.args:
            return replace(node, args=tuple(a for a in node.args if a != DOTS))
        return node

    return rewrite(expr, turn)


def with_numbers(expr: Expr, value: Evaluate) -> Expr:
    """Every name replaced by its value; the expression must stand at absolute steps."""
    match expr:
        case Ref():
            return expr if expr == DOTS else literal(value(expr, None))
        case Apply("T", (Ref(),)):
            return literal(value(expr, None))
        case Apply(";" | ",", args) if all(isinstance(a, Ref) for a in args):
            return literal(value(expr, None))
        case _:
            return with_children(expr, tuple(with_numbers(c, value) for c in children(expr)))


def with_factors(expr: Expr, value: Evaluate, step: int | None) -> Expr:
    """At a step: numbers put in, and every factor of a product worked out: 5/4·(1 − 0.5²) is
    5/4·3/4."""
    match expr:
        case Apply("+", args):
            return replace(expr, args=tuple(with_factors(a, value, step) for a in args))
        case Apply("neg", (arg,)):
            return replace(expr, args=(with_factors(arg, value, step),))
        case Apply("*" | "@", args):
            return replace(expr, args=tuple(_factor(a, value, step) for a in args))
        case _:
            return _factor(expr, value, step)


def _factor(expr: Expr, value: Evaluate, step: int | None) -> Expr:
    return expr if isinstance(expr, Number) else _valued(expr, value, step)


def _valued(expr: Expr, value: Evaluate, step: int | None) -> Expr:
    """The value of an expression; of one from which terms are left out, those of its parts."""
    if expr == DOTS:
        return expr
    if any(node == DOTS for node in walk(expr)):
        return with_children(expr, tuple(_valued(c, value, step) for c in children(expr)))
    return literal(value(expr, step))


def with_summands(expr: Expr, value: Evaluate, step: int | None) -> Expr:
    """At a step: every summand worked out: 1/2·5/2 + 1/2·0 is 5/4 + 0."""
    if isinstance(expr, Apply) and expr.op in ("+", "-"):
        return replace(expr, args=tuple(_valued(a, value, step) for a in expr.args))
    return _valued(expr, value, step)


def literal(table: Table) -> Expr:
    """A value as it stands inside a formula; a matrix as a stack of numbers."""
    if isinstance(table, Numeral):
        return number_in_formula(table)
    rows = [row if isinstance(row, tuple) else (row,) for row in table]
    stacked = [
        Apply(",", tuple(literal(x) for x in row)) if len(row) > 1 else literal(row[0])
        for row in rows
    ]
    return Apply(";", tuple(stacked)) if len(stacked) > 1 else stacked[0]


def number_in_formula(n: Numeral) -> Expr:
    """The fraction while it is short, else the decimal; letters and closed forms as they are."""
    if n.exact is not None and not isinstance(n.exact, Number):
        long = n.decimal is not None and len(text(n.exact)) > FORMULA
        return Number(n.decimal or "?") if long else n.exact
    if isinstance(n.exact, Number):
        if len(n.exact.text) <= SHORT or n.decimal is None:
            return n.exact
        if not n.rounded and len(n.decimal) <= SHORT:
            return Number(n.decimal)
    return Number(n.decimal or "?")


def distinct(forms: list[Expr], result: Table) -> tuple[Expr, ...]:
    """Forms that each say something new; none that only repeats the result."""
    last = text(result.exact or literal(result)) if isinstance(result, Numeral) else ""
    last = last or text(literal(result))
    kept: dict[str, Expr] = {}
    for form in forms:
        kept.setdefault(text(form), form)
    kept.pop(last, None)
    if isinstance(result, Numeral) and result.exact is not None:
        said = _in_no_order(result.exact)
        return tuple(f for f in kept.values() if len(said) == 1 or _in_no_order(f) != said)
    return tuple(kept.values())


def _in_no_order(expr: Expr) -> list[tuple[str, int]]:
    """The summands with their signs, whatever their order."""
    return sorted((text(part), sign) for sign, part in addends(expr))


def comparisons(expr: Expr) -> list[Apply]:
    """The indicators in an expression, each once."""
    found: dict[Apply, None] = {}

    def note(node: Expr) -> Expr:
        if isinstance(node, Apply) and node.op in COMPARISONS:
            found[node] = None
        return node

    rewrite(expr, note)
    return list(found)
