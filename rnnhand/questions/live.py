"""The equations of a solution as lines that a page can work out again with other numbers."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from rnnhand.document.blocks import Live
from rnnhand.explain.mathematics import at_one, at_step
from rnnhand.language.operations import Functions
from rnnhand.language.tree import (
    COMPARISONS,
    Apply,
    Expr,
    Number,
    Over,
    Ref,
    children,
    rewrite,
    substitute,
    with_children,
)
from rnnhand.questions.work import Plan
from rnnhand.system.model import SCALAR, Equation, System
from rnnhand.system.schedule import Instances, schedule

KNOWN = {"+", "-", "neg", "*", "/", "^", *COMPARISONS, "exp", "log", "sqrt", "tanh", "max", "min"}
"""The operations of lines; other functions are spelled out by what they are."""

SAME = ("T", "sum", "mean", "sum_rows", "fill")
"""Operations that leave a scalar as it is."""

MOST_LINES = 1500


def live(plan: Plan) -> Live | None:
    """The equations with their gradient, where all are scalars and every number is given."""
    system = plan.full
    if plan.has_letters or any(shape != SCALAR for shape in system.shapes.values()):
        return None
    given: list[tuple[Ref, Expr]] = []
    for value in system.given.values():
        for step, (entry,) in value.values.items():
            assert entry is not None
            number = Number(str(entry)) if isinstance(entry, Fraction) else entry
            given.append((value.quantity.at(step), number))
    lines: list[tuple[Ref, Expr]] = []
    for equation, step in _order(system):
        if len(lines) == MOST_LINES:
            return None
        target = at_step(equation.target, system, step)
        assert isinstance(target, Ref)
        terms = [t.body for t in equation.terms if t.steps is None or step in t.steps]
        bodies = [_spelled(_summed(at_step(body, system, step), system), system) for body in terms]
        lines.append((target, _sum(bodies)))
    usable = (node for _, body in lines for node in _operations(body))
    return Live(tuple(given), tuple(lines)) if all(n.op in KNOWN for n in usable) else None


def _order(system: System) -> Iterator[tuple[Equation, int | None]]:
    """Every equation at every step, in an order in which nothing is read early."""
    for block in schedule(system, system.equations):
        if isinstance(block, Instances):
            yield from block.order
            continue
        steps = sorted({s for e in block.equations for s in e.steps or ()})
        yield from ((e, None) for e in block.equations if e.steps is None)
        for step in steps if block.direction > 0 else reversed(steps):
            yield from ((e, step) for e in block.equations if e.steps and step in e.steps)


def _sum(terms: list[Expr]) -> Expr:
    if len(terms) == 1:
        return terms[0]
    return Apply("+", tuple(terms)) if terms else Number("0")


def _summed(expr: Expr, system: System) -> Expr:
    """Sums and means over steps as their summands."""
    if isinstance(expr, Over):
        steps = [step for run in system.domain(expr) for step in run]
        total = _sum([_summed(at_one(expr.body, expr.var, s), system) for s in steps])
        return Apply("/", (total, Number(str(len(steps))))) if expr.kind == "mean" else total
    return with_children(expr, tuple(_summed(c, system) for c in children(expr)))


def _spelled(expr: Expr, system: System) -> Expr:
    """Functions by what they are: ReLU(x) as max(x, 0)."""

    def spell(node: Expr) -> Expr:
        if not isinstance(node, Apply) or node.op in KNOWN:
            return node
        if node.op == "@":
            return Apply("*", node.args)
        if node.op in SAME:
            return node.args[0]
        return _spelled(_defined(node, system.functions), system)

    return rewrite(expr, spell)


def _defined(node: Apply, functions: Functions) -> Expr:
    """A function's value with the arguments, or their defaults, in place."""
    function = functions.get(node.op)
    if function is None or function.open:
        return Apply("unknown", (Ref("x"),))
    put = dict(function.defaults) | dict(zip(function.parameters, node.args, strict=False))
    return substitute(function.value, put)


def _operations(expr: Expr) -> Iterator[Apply]:
    if isinstance(expr, Apply):
        yield expr
    for child in children(expr):
        yield from _operations(child)
