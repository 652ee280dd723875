"""Local derivatives: what an adjoint is multiplied by on its way back through one operation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

from rnnhand.calculus.coefficients import MINUS_ONE, before, constant
from rnnhand.calculus.rules import ShapeOf, backward, plus
from rnnhand.calculus.tidy import ONE, tidy
from rnnhand.language.operations import Functions
from rnnhand.language.tree import Apply, Expr, Number, Ref, refs, rewrite
from rnnhand.system.model import SCALAR, Shape

DELTA = Ref("δ ")
"""What comes in from above; no quantity of a problem has a blank in its name."""


@dataclass(frozen=True)
class Shaped:
    """Shapes of expressions in which the incoming adjoint stands."""

    shape: ShapeOf
    own: Shape

    def __call__(self, expr: Expr) -> Shape:
        if expr == DELTA:
            return self.own
        stand_in = Apply("fill", (ONE, Number(str(self.own[0])), Number(str(self.own[1]))))
        return self.shape(rewrite(expr, lambda e: stand_in if e == DELTA else e))


def factor(adjoint: Expr, seed: Expr, shape: Shaped) -> Expr | None:
    """What an adjoint multiplies the incoming one by; None where that is no single factor."""
    found = tidy(adjoint, shape)
    alone = found if seed == ONE else _without_seed(found, shape)
    return None if alone is None else rewrite(alone, _numbers_first)


def handed_on(
    expr: Expr,
    result: Expr,
    g: Expr | None,
    parts: Sequence[Expr],
    shape: ShapeOf,
    functions: Functions,
) -> dict[Expr, Expr]:
    """What each part of an expression receives of what the whole, written `result`, receives."""
    found: dict[Expr, Expr] = {}

    def hand(node: Expr, whole: Expr, given: Expr | None) -> None:
        if given is None:
            return
        if node in parts:
            found[node] = plus(found[node], given) if node in found else given
        elif isinstance(node, Apply):
            adjoints = backward(node, given, whole, shape, functions)
            for arg, own in zip(node.args, adjoints, strict=True):
                hand(arg, arg, own)

    hand(expr, result, g)
    return found


def product_of(expr: Expr) -> tuple[Expr, ...]:
    """The factors of a product; anything else as one."""
    return expr.args if isinstance(expr, Apply) and expr.op == "*" else (expr,)


def jacobian(expr: Apply, result: Expr, own: Shape) -> Expr | None:
    """The derivative of an operation whose entries read one another: diag(p) − p·pᵀ of a softmax
    p; of what only puts arrays together, 1."""
    match expr.op:
        case "softmax" if isinstance(result, Ref) and own[1] == 1:
            outer = Apply("@", (result, Apply("T", (result,))))
            return Apply("-", (Apply("diag", (result,)), outer))
        case ";" | "," | "T":
            return ONE
        case _:
            return None


def _without_seed(expr: Expr, shape: Shaped) -> Expr | None:
    """f′ of δ·f′, W of Wᵀ·δ, xᵀ of δ·xᵀ, 𝟏 of the sum over all rows of δ, which is 𝟏ᵀ·δ."""
    if expr == DELTA:
        return ONE
    match expr:
        case Apply("@", (Apply("T", (a,)), b)) if b == DELTA:
            return a
        case Apply("@", (a, b)) if a == DELTA:
            return b
        case Apply("sum_rows", (inner,)) | Apply("T", (Apply("sum_rows", (inner,)),)):
            found = _entrywise(inner)
            return None if found is None or shape(found) != SCALAR else _ones(found, shape.own[0])
        case Apply("sum", (inner,)):
            found = _entrywise(inner)
            if found is None or shape(found) not in (SCALAR, shape.own):
                return None
            return found if shape(found) == shape.own else _ones(found, *shape.own)
        case _:
            return _entrywise(expr)


def _entrywise(expr: Expr) -> Expr | None:
    """v of δ⊙v."""
    if expr == DELTA:
        return ONE
    match expr:
        case Apply("neg", (inner,)):
            found = _entrywise(inner)
            return None if found is None else Apply("neg", (found,))
        case Apply("/", (a, b)) if DELTA not in refs(b):
            found = _entrywise(a)
            return None if found is None else Apply("/", (found, b))
        case Apply("*", args) if DELTA in args:
            rest = tuple(a for a in args if a != DELTA)
            alone = not any(r == DELTA for a in rest for r in refs(a))
            if len(rest) != len(args) - 1 or not alone:
                return None
            return rest[0] if len(rest) == 1 else replace(expr, args=rest)
        case _:
            return None


def _ones(by: Expr, rows: int, columns: int = 1) -> Expr:
    """by·𝟏"""
    ones = Apply("fill", (ONE, Number(str(rows)), Number(str(columns))))
    match by:
        case Number("1"):
            return ones
        case Apply("neg", (Number("1"),)):
            return Apply("neg", (ones,))
        case _:
            return Apply("*", (by, ones))


def _numbers_first(expr: Expr) -> Expr:
    """−1/2·x of x·(−1/2), and x of 2·(1/2)·x."""
    if not isinstance(expr, Apply) or expr.op != "*":
        return expr
    numbers = [number for a in expr.args if (number := constant(a)) is not None]
    if not numbers or (len(numbers) == 1 and expr.args[0] == numbers[0] != MINUS_ONE):
        return expr
    others = tuple(a for a in expr.args if constant(a) is None)
    whole = others[0] if len(others) == 1 else replace(expr, args=others) if others else ONE
    return before(Number(str(prod(n.value for n in numbers))), whole) or whole
