"""Where the terms of a cell tell what it is.

Products of functions σ of different arguments are independent, unless weights are tied to each
other: tanh(2u)·(1 + tanh²(u)) = 2·tanh(u). So nothing is said where a weight stands in two places,
or where a product of three such functions has one of them twice. Nor is anything said where two
functions have arguments without weights of their own, which may differ by a number only: there
tanh(u + 1) − tanh(u − 1) = tanh(2)·(1 − tanh(u + 1)·tanh(u − 1)), a sum is a product.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rnnhand.calculus.choice import Side
from rnnhand.calculus.views import block_of, factors, summands
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Ref, Shift, walk

PLAIN = ("+", "-", "neg", "*", "@", "T", ";", ",", "columns", "rows", "diag")
"""What is multiplied out."""


def is_told_by_terms(side: Side) -> bool:
    """Whether products of its functions are independent for all weights but special ones."""
    apart = not _shares(side) and len(_unweighed(side)) < 2
    return _is_told(side) and apart and _reads_now(side)


def _shares(side: Side) -> bool:
    """Whether some weight stands in two places, so that it cannot be chosen for each alone. A
    function of the same, as in f and 1 - f, is one place."""
    seen = set[str]()
    blocks = Counter(b for body in side.bodies.values() for b in _blocks(body, side, seen))
    return any(n > 1 for n in blocks.values())


def _blocks(expr: Expr, side: Side, seen: set[str]) -> Iterator[str]:
    block = block_of(expr)
    if block is not None:
        if block.name in side.parameters:
            yield text(expr)
    elif isinstance(expr, Apply):
        if expr.op in side.functions:
            if text(expr) in seen:
                return
            seen.add(text(expr))
        for arg in expr.args:
            yield from _blocks(arg, side, seen)


def _unweighed(side: Side) -> set[Expr]:
    """The applications of functions in whose arguments no weight is before what moves."""
    nodes = (n for body in side.bodies.values() for n in walk(body) if isinstance(n, Apply))
    return {n for n in nodes if n.op in side.functions and not _is_weighed(n.args[0], side)}


def _is_weighed(argument: Expr, side: Side) -> bool:
    """Whether some summand has a weight that is not all of it."""
    for _, term in summands(argument):
        parts = factors(term)[1]
        if len(parts) == 1 and isinstance(term, Apply) and term.op == "@":
            parts = list(term.args)
        blocks = [b for p in parts if (b := block_of(p)) is not None and b.name in side.parameters]
        if blocks and len(blocks) < len(parts):
            return True
    return False


def _is_told(side: Side) -> bool:
    nodes = (n for body in side.bodies.values() for n in walk(body) if isinstance(n, Apply))
    return all(n.op in PLAIN or (n.op in side.functions and len(n.args) == 1) for n in nodes)


def _reads_now(side: Side) -> bool:
    """Whether a cell reads its input at the step itself, and nothing of a later step."""
    for body in side.bodies.values():
        for ref in (n for n in walk(body) if isinstance(n, Ref)):
            offset = ref.index.offset if isinstance(ref.index, Shift) else 0
            if offset > 0 or (offset and ref.name == side.reads):
                return False
    return True
