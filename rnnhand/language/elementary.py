"""Functions of books that are exponentials: eˣ, cosh x or ch x, sech x, and so on."""

from __future__ import annotations

from rnnhand.language.known import Known
from rnnhand.language.tree import Apply, Expr, Number, Ref, rewrite

SUMS = {"cosh": "+", "ch": "+", "sech": "+", "sinh": "-", "sh": "-", "csch": "-"}
UPSIDE_DOWN = ("sech", "csch")
QUOTIENTS = ("coth", "cth")
NAMES = frozenset((*SUMS, *QUOTIENTS))


def in_exponentials(tree: Expr, known: Known) -> Expr:
    """The formula in the function exp, but for names that the problem has."""

    def read(node: Expr) -> Expr:
        match node:
            case Apply("^", (Apply("exp", (Number("1"),)), power)):
                return Apply("exp", (power,), node.span)
            case Ref("e", None) if known.name("e") is None and "e" not in known.running:
                return Apply("exp", (Number("1"),), node.span)
            case Apply(op, (x,)) if op in NAMES and op not in known.functions:
                return _hyperbolic(node, op, x)
            case _:
                return node

    return rewrite(tree, read)


def _hyperbolic(node: Apply, op: str, x: Expr) -> Expr:
    up, down = Apply("exp", (x,)), Apply("exp", (Apply("neg", (x,)),))
    if op in QUOTIENTS:
        return Apply("/", (Apply("+", (up, down)), Apply("-", (up, down))), node.span)
    total, two = Apply(SUMS[op], (up, down)), Number("2")
    return Apply("/", (two, total) if op in UPSIDE_DOWN else (total, two), node.span)
