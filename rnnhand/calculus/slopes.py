"""Local derivatives: what an adjoint is multiplied by on its way back through one operation."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rnnhand.calculus.rules import ShapeOf
from rnnhand.calculus.tidy import ONE, tidy
from rnnhand.language.tree import Apply, Expr, Number, Ref, refs, rewrite
from rnnhand.system.model import Shape

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
    return found if seed == ONE else _without_seed(found)


def jacobian(expr: Apply, result: Expr, own: Shape) -> Expr | None:
    """The derivative of an operation whose entries read one another: diag(p) − p·pᵀ of a softmax
    p; of what only puts arrays together, 1."""
    match expr.op:
        case "softmax" if isinstance(result, Ref) and own[1] == 1:
            outer = Apply("@", (result, Apply("T", (result,))))
            return Apply("-", (Apply("diag", (result,)), outer))
        case ";" | ",":
            return ONE
        case _:
            return None


def _without_seed(expr: Expr) -> Expr | None:
    """f′ of δ·f′, W of Wᵀ·δ, xᵀ of δ·xᵀ."""
    if expr == DELTA:
        return ONE
    match expr:
        case Apply("neg", (inner,)):
            found = _without_seed(inner)
            return None if found is None else Apply("neg", (found,))
        case Apply("/", (a, b)) if DELTA not in refs(b):
            found = _without_seed(a)
            return None if found is None else Apply("/", (found, b))
        case Apply("*", args) if DELTA in args:
            rest = tuple(a for a in args if a != DELTA)
            alone = not any(r == DELTA for a in rest for r in refs(a))
            if len(rest) != len(args) - 1 or not alone:
                return None
            return rest[0] if len(rest) == 1 else replace(expr, args=rest)
        case Apply("@", (Apply("T", (a,)), b)) if b == DELTA:
            return a
        case Apply("@", (a, b)) if a == DELTA:
            return b
        case _:
            return None
