"""What functions are made of, and what therefore comes out of no other functions.

Sums, products and functions of smooth functions are smooth; those of polynomials in pieces are
polynomials in pieces. So a kink comes only out of a kink, an exponential only out of exponentials.
ReLU from tanh, or σ from ReLU, is impossible; hard tanh from ReLU, or softplus from σ, is not said.

A function that is written in a goal need not be felt there: relu(a) - relu(-a) = a, and
relu(σ(a)) = σ(a). It is, where its argument has a weight of its own before something that moves,
and passes 0 whatever that is worth: by the input itself, which may be any number, or by a bias of
its own. All other weights may be such that nothing else moves, and then there is nothing to take it
away.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from rnnhand.calculus.choice import Side
from rnnhand.calculus.sides import reached
from rnnhand.calculus.simplify import Facts, TooLarge, normal
from rnnhand.calculus.views import block_of, factors, summands
from rnnhand.language.operations import Functions
from rnnhand.language.printer import text
from rnnhand.language.tree import COMPARISONS, Apply, Expr, Ref, walk

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
    return _is_beyond(op, operations_of(source, functions), functions)


def may_come_of(op: str, other: str, functions: Functions) -> bool:
    """Whether a function may come out of another one by sums, products and numbers: σ of tanh, |x|
    of ReLU. False only where that is impossible."""
    return op == other or not _is_beyond(op, made_of(other, functions), functions)


def _is_beyond(op: str, there: frozenset[str], functions: Functions) -> bool:
    kink = op in functions and bool(functions[op].kink)
    growing = made_of(op, functions) & GROWING
    return (kink and not there & PIECES) or bool(growing and not there & GROWING)


def is_in_pieces(op: str, functions: Functions) -> bool:
    """Whether a function is made of lines alone. Others that are not σ, such as x·σ(x), may be
    several things on a way at once."""
    return not made_of(op, functions) & GROWING


def simplified(side: Side, facts: Facts) -> Side | None:
    """A side with its equations in normal form, so that what cancels is not there; None where they
    are too large for that."""
    try:
        return replace(side, bodies={q: normal(body, facts) for q, body in side.bodies.items()})
    except TooLarge:
        return None


def felt(side: Side) -> frozenset[Apply]:
    """The applications of functions, of a side in normal form, that are certainly felt."""
    own, read = _own_blocks(side), reached(side, side.gives)
    bodies = [body for q, body in side.bodies.items() if q in read]
    nodes = (n for body in bodies for n in walk(body) if isinstance(n, Apply))
    return frozenset(n for n in nodes if n.op in side.functions and _is_felt(n, side, own))


def _is_felt(application: Apply, side: Side, own: frozenset[str]) -> bool:
    weighed = passes = False
    for _, term in summands(application.args[0]):
        parts = factors(term)[1]
        if len(parts) == 1 and isinstance(term, Apply) and term.op == "@":
            parts = list(term.args)
        blocks = [p for p in parts if _is_block(p, side)]
        if any(text(p) in own for p in blocks):
            moving = [p for p in parts if p not in blocks]
            weighed |= bool(moving)
            passes |= all(_reads(p, side) for p in moving)
    return weighed and passes


def _reads(expr: Expr, side: Side) -> bool:
    return isinstance(expr, Ref) and expr.name == side.reads


def _own_blocks(side: Side) -> frozenset[str]:
    """The weights that stand in one place only; one application, wherever it is, is one place."""
    seen = set[str]()
    found = Counter(b for body in side.bodies.values() for b in blocks_of(body, side, seen))
    return frozenset(b for b, n in found.items() if n == 1)


def blocks_of(expr: Expr, side: Side, seen: set[str]) -> Iterator[str]:
    """The parameters, or blocks of them, of an expression, wherever they stand; those in an
    application that was `seen` are passed over."""
    if _is_block(expr, side):
        yield text(expr)
    elif isinstance(expr, Apply):
        if expr.op in side.functions:
            if text(expr) in seen:
                return
            seen.add(text(expr))
        for arg in expr.args:
            yield from blocks_of(arg, side, seen)


def _is_block(expr: Expr, side: Side) -> bool:
    block = block_of(expr)
    return block is not None and block.name in side.parameters
