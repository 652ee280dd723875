"""Functions that are written out, by name: max(x, 0) as ReLU(x), 1/(1 + exp(-x)) as σ(x)."""

from __future__ import annotations

from rnnhand.language.operations import Function, Functions
from rnnhand.language.tree import Apply, Expr, Ref, children, rewrite, walk

EITHER_WAY = ("max", "min", "+", "*")
"""What is the same with its two arguments in the other order."""


def recognized(expr: Expr, functions: Functions) -> Expr:
    known = [f for f in functions.values() if _is_plain(f, functions)]

    def put(node: Expr) -> Expr:
        for function in known if isinstance(node, Apply) else ():
            argument = _argument(function.value, node, function.parameters[0])
            if argument is not None:
                return Apply(function.name, (argument,))
        return node

    return rewrite(expr, put)


def _is_plain(function: Function, functions: Functions) -> bool:
    """Whether an activation is written without other functions."""
    ops = [node.op for node in walk(function.value) if isinstance(node, Apply)]
    one = len(function.parameters) == 1 and function.activation
    return one and bool(ops) and not any(op in functions for op in ops)


def _argument(pattern: Expr, expr: Expr, x: str) -> Expr | None:
    """What stands in the place of x, wherever the pattern has it."""
    found: list[Expr] = []

    def fits(p: Expr, e: Expr) -> bool:
        if isinstance(p, Ref) and p.name == x:
            found.append(e)
            return found[0] == e
        if not isinstance(p, Apply) or not isinstance(e, Apply):
            return p == e
        inside, there = children(p), children(e)
        if p.op != e.op or len(inside) != len(there):
            return False
        before = list(found)
        if all(fits(a, b) for a, b in zip(inside, there, strict=True)):
            return True
        found[:] = before
        turned = p.op in EITHER_WAY and len(there) == 2
        return turned and all(fits(a, b) for a, b in zip(inside, there[::-1], strict=True))

    return found[0] if fits(pattern, expr) and found else None
