"""What functions are made of, and what therefore comes out of no other functions.

Sums, products and functions of smooth functions are smooth; those of polynomials in pieces are
polynomials in pieces. So a kink comes only out of a kink, an exponential only out of exponentials.
ReLU from tanh, or σ from ReLU, is impossible; hard tanh from ReLU, or softplus from σ, is not said.
"""

from __future__ import annotations

from collections.abc import Iterator

from rnnhand.calculus.choice import Side
from rnnhand.language.operations import Functions
from rnnhand.language.tree import COMPARISONS, Apply, Expr, walk
from rnnhand.questions.reduce.obstacle_products import reached

PIECES = frozenset({"max", "min", *COMPARISONS})
GROWING = frozenset({"exp", "log", "sqrt"})


def made_of(op: str, functions: Functions) -> frozenset[str]:
    """The operations of which a function is made in the end."""
    function = functions.get(op)
    return (
        frozenset({op}) if function is None else frozenset(_operations(function.value, functions))
    )


def _operations(expr: Expr, functions: Functions) -> Iterator[str]:
    for node in walk(expr):
        if isinstance(node, Apply):
            yield from made_of(node.op, functions)


def operations_of(side: Side, functions: Functions) -> frozenset[str]:
    """The operations of which all is made on which the output depends."""
    bodies = [side.bodies[q] for q in reached(side, side.gives) if q in side.bodies]
    ops = {n.op for body in bodies for n in walk(body) if isinstance(n, Apply)}
    return frozenset().union(*(made_of(side.functions.get(op, op), functions) for op in ops))


def is_new(op: str, source: Side, functions: Functions) -> bool:
    """Whether a function comes out of nothing that the source has."""
    mine, there = made_of(op, functions), operations_of(source, functions)
    kink = op in functions and bool(functions[op].kink)
    return (kink and not there & PIECES) or bool(mine & GROWING and not there & GROWING)
