"""Which rules of differentiation lead from an expression to a mention in it, by name.

A name is `sum`, `factor`, `product`, `quotient`, `power`, `chain`, `linear` (of a matrix), `stack`,
`softmax`, `norm`, `convolution`, `pooling`, `constant`, or `function f` for the derivative of a
function f.
"""

from __future__ import annotations

from rnnhand.calculus.rules import ShapeOf
from rnnhand.language.tree import Apply, Expr, Number, Over, Ref, walk
from rnnhand.system.model import SCALAR
from rnnhand.system.windows import CONVOLUTIONS, POOLS, ROUTES

NAMES = {
    **dict.fromkeys(("+", "-", "neg", "sum", "mean", "sum_rows"), "sum"),
    **dict.fromkeys((";", ",", "rows", "columns", "T"), "stack"),
    **dict.fromkeys(("norm2", "unit"), "norm"),
    "softmax": "softmax",
    **dict.fromkeys(CONVOLUTIONS, "convolution"),
    **dict.fromkeys(POOLS, "pooling"),
    **dict.fromkeys(("flip", "dilate", "flatten", "reshape", *ROUTES), "stack"),
}


def rules(body: Expr, by: Ref, shape: ShapeOf) -> tuple[str, ...]:
    """The rules on the way to every mention, outermost first, each once."""
    found: dict[str, None] = {}
    _collect(body, by, shape, found, False)
    return tuple(found) or ("itself",)


def _collect(expr: Expr, by: Ref, shape: ShapeOf, found: dict[str, None], inside: bool) -> None:
    """`inside` says that the expression is the argument of a function: what is not the mention
    itself there needs the chain rule."""
    if isinstance(expr, Over):
        found["sum"] = None
        _collect(expr.body, by, shape, found, False)
        return
    if not isinstance(expr, Apply):
        return
    if inside:
        found["chain"] = None
    moving = [i for i, arg in enumerate(expr.args) if by in set(walk(arg))]
    name = _name(expr, moving, shape)
    found[name] = None
    nested = name.startswith("function") or name in ("power", "softmax", "norm")
    for i in moving:
        _collect(expr.args[i], by, shape, found, nested)


def _name(expr: Apply, moving: list[int], shape: ShapeOf) -> str:
    op = expr.op
    if op in NAMES:
        return NAMES[op]
    match op:
        case "*":
            return "factor" if len(moving) == 1 else "product"
        case "@" if all(shape(arg) == SCALAR for arg in expr.args):
            return "factor" if len(moving) == 1 else "product"
        case "@":
            return "linear" if len(moving) == 1 else "product"
        case "/":
            return "factor" if moving == [0] else "quotient"
        case "^" if moving == [0] and isinstance(expr.args[1], Number | Ref):
            return "power"
        case "^":
            return "exponent"
        case _:
            return f"function {expr.spelling or op}"
