"""Functions that are written out, by name: max(x, 0) as ReLU(x), 1/(1 + exp(-x)) as σ(x)."""

from __future__ import annotations

from rnnhand.calculus.patterns import matches
from rnnhand.language.operations import Function, Functions
from rnnhand.language.tree import Apply, Expr, rewrite, walk


def recognized(expr: Expr, functions: Functions) -> Expr:
    known = [f for f in functions.values() if _is_plain(f, functions)]

    def put(node: Expr) -> Expr:
        for function in known if isinstance(node, Apply) else ():
            (x,) = function.parameters
            for bound in matches(function.value, node, {}, {x}, lambda _, __: True):
                return Apply(function.name, (bound[x],))
        return node

    return rewrite(expr, put)


def _is_plain(function: Function, functions: Functions) -> bool:
    """Whether an activation is written without other functions."""
    ops = [node.op for node in walk(function.value) if isinstance(node, Apply)]
    one = len(function.parameters) == 1 and function.activation
    return one and bool(ops) and not any(op in functions for op in ops)
