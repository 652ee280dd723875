"""A parameter of the source from an equation between parameters alone: w·u = v gives w = v/u, and
b + w·c = d gives b = d − w·c, where all others are known."""

from __future__ import annotations

from collections.abc import Iterator

from rnnhand.calculus.choice import DIVIDED, TIED, Choice, Search, decided
from rnnhand.calculus.rules import ShapeOf
from rnnhand.calculus.simplify import TooLarge, equal, is_identity, normal
from rnnhand.calculus.views import Term, block_of, factors, product, summands, total
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Ref, rewrite, walk
from rnnhand.system.model import SCALAR


def is_made_of_parameters(k: Search, a: Expr) -> bool:
    """Whether an expression of the source is sums and products of its parameters alone."""
    nodes = list(walk(a))
    names = {n.name for n in nodes if isinstance(n, Ref) and not is_identity(n)}
    functions = any(isinstance(n, Apply) and n.op in k.source.functions for n in nodes)
    return bool(names) and not functions and names <= k.source.parameters


def solved(k: Search, s: Choice, a: Expr, b: Expr) -> Iterator[Choice]:
    """The choices under which `a`, made of parameters of the source, equals `b`, made of those of
    the target, where one parameter of `a` at most is not decided."""
    known = _known(s, a)
    unknown = {text(n): n for n in walk(known) if _is_undecided(k, n)}
    if not unknown:
        if equal(known, b, k.facts):
            yield s
    elif len(unknown) == 1:
        ((name, p),) = unknown.items()
        value = _isolated(k, known, p, b)
        if value is not None:
            by = DIVIDED if divisors(value) else TIED
            yield from decided(k, s, name, value, by)


def _known(s: Choice, a: Expr) -> Expr:
    """The expression with what is decided put in."""

    def put(node: Expr) -> Expr:
        value = s.values.get(text(node)) if block_of(node) is not None else None
        return node if value is None else value

    return rewrite(a, put)


def _is_undecided(k: Search, a: Expr) -> bool:
    """Names of the source stay only where they are not decided."""
    name = block_of(a)
    return name is not None and name.name in k.source.parameters


def _isolated(k: Search, a: Expr, p: Expr, b: Expr) -> Expr | None:
    """What `p` is where a = b; None where `a` is more than one product with it and a rest."""
    mine = [t for t in summands(a) if _mentions(t[1], p)]
    if len(mine) != 1:
        return None
    ((c, term),) = mine
    rest = [(-d, e) for d, e in summands(a) if (d, e) != (c, term)]
    left: list[Term] = [t for t in (*summands(b), *rest) if t[0]]
    over = [f for f in factors(term)[1] if f != p]
    if any(_mentions(f, p) for f in over) or p not in factors(term)[1]:
        return None
    if not _fits(k.facts.shape, p, over) or k.facts.shape(b) != k.facts.shape(p):
        return None
    value = total([(d / c, e) for d, e in left])
    if over:
        value = Apply("/", (value, product(over)))
    try:
        return total(summands(normal(value, k.facts)))
    except TooLarge:
        return None


def _mentions(a: Expr, p: Expr) -> bool:
    return any(node == p for node in walk(a))


def _fits(shape: ShapeOf, p: Expr, others: list[Expr]) -> bool:
    """Whether an entry of `p` can be had by dividing by that of the others."""
    return all(shape(o) in (SCALAR, shape(p)) for o in others)


def divisors(value: Expr) -> list[Expr]:
    """What a value is divided by, factor by factor."""
    found = [
        factor
        for node in walk(value)
        if isinstance(node, Apply) and node.op == "/"
        for factor in factors(node.args[1])[1]
    ]
    return list(dict.fromkeys(found))
