"""Where the terms of a cell tell what it is.

Products of functions σ of different arguments are independent, unless weights are tied to each
other: tanh(2u)·(1 + tanh²(u)) = 2·tanh(u). So nothing is said where a weight stands in two places,
or where a product of three such functions has one of them twice. Nor is anything said where two
functions have arguments without weights of their own, which may differ by a number only: there
tanh(u + 1) − tanh(u − 1) = tanh(2)·(1 − tanh(u + 1)·tanh(u − 1)), a sum is a product.

Of functions that are not σ but for numbers, several may make another, ReLU(u) + ReLU(−u) = |u|. So
nothing is said where a cell has more than one of them, or the goal one that the first has not.
"""

from __future__ import annotations

from collections import Counter

from rnnhand.calculus.choice import Side
from rnnhand.calculus.limits import is_logistic
from rnnhand.calculus.sides import reached
from rnnhand.calculus.simplify import Facts
from rnnhand.calculus.views import block_of, factors, summands
from rnnhand.language.tree import Apply, Expr, Ref, Shift, walk
from rnnhand.questions.reduce.obstacle_functions import blocks_of, is_in_pieces

PLAIN = ("+", "-", "neg", "*", "@", "T", ";", ",", "columns", "rows", "diag")
"""What is multiplied out."""


def is_told_by_terms(side: Side) -> bool:
    """Whether products of its functions are independent for all weights but special ones."""
    return _is_told(side) and are_apart(side) and _reads_now(side)


def have_like_functions(source: Side, target: Side, facts: Facts) -> bool:
    """Whether each side has one function at most that is not σ, made of lines, and the goal one
    only where the source has the same."""
    mine, theirs = (_other_functions(side, facts) for side in (source, target))
    in_pieces = all(is_in_pieces(op, facts.functions) for op in mine)
    return in_pieces and len(mine) < 2 and theirs in ([], mine)


def _other_functions(side: Side, facts: Facts) -> list[str]:
    """The functions that are not σ but for numbers, one by one, without those that are open."""
    functions, read = facts.functions, reached(side, side.gives)
    bodies = [body for q, body in side.bodies.items() if q in read]
    nodes = {n for b in bodies for n in walk(b) if isinstance(n, Apply) and n.op in side.functions}
    names = [side.functions[n.op] for n in nodes if n.op not in side.open]
    sure = {op for op in names if op in functions and is_logistic(functions[op], functions)}
    return [op for op in names if op not in sure and op != "identity"]


def are_apart(side: Side) -> bool:
    """Whether the arguments of its functions may be chosen each alone."""
    return not _shares(side) and len(_unweighed(side)) < 2


def _shares(side: Side) -> bool:
    """Whether some weight stands in two places, so that it cannot be chosen for each alone. A
    function of the same, as in f and 1 - f, is one place."""
    seen = set[str]()
    blocks = Counter(b for body in side.bodies.values() for b in blocks_of(body, side, seen))
    return any(n > 1 for n in blocks.values())


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
