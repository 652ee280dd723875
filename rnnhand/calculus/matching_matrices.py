"""A matrix of the source against what the target has in its place: a product of matrices, weights
entry by entry, or nothing."""

from __future__ import annotations

from collections.abc import Iterator

from rnnhand.calculus.choice import (
    DIVIDED,
    IDENTITY,
    TIED,
    Choice,
    Search,
    decided,
    is_parameter,
    only_parameters,
)
from rnnhand.calculus.simplify import identity_matrix, number
from rnnhand.calculus.views import (
    ONE,
    factors,
    product,
    summands,
    total,
)
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Ref
from rnnhand.system.model import SCALAR


def match_matrix(k: Search, s: Choice, a: Apply, b: Expr, fuel: int) -> Iterator[Choice]:
    """W @ x of the source against V @ u, V @ (U @ u), v ⊙ u, or u alone."""
    w, x = a.args
    yield from _held_beside(k, s, a, b, fuel)
    if isinstance(b, Apply) and b.op == "@":
        v, u = b.args
        for choice in k.match(k, s, w, v, fuel):
            yield from k.match(k, choice, x, u, fuel)
        if isinstance(u, Apply) and u.op == "@" and only_parameters(k, u.args[0]):
            chain = Apply("@", (Apply("@", (v, u.args[0])), u.args[1]))
            yield from match_matrix(k, s, a, chain, fuel)
    name = text(w)
    if not is_parameter(k, w) or name in s.values:
        return
    rows, columns = k.facts.shape(w)
    yield from _row_by_row(k, s, a, b, fuel)
    if rows != columns:
        return
    parts = factors(b)[1]
    weights = [p for p in parts if only_parameters(k, p)]
    if weights and len(weights) < len(parts) and k.facts.shape(weights[0]) == (rows, 1):
        rest = product([p for p in parts if p not in weights])
        diagonal: Expr = Apply("diag", (product(weights),))
        for choice in decided(k, s, name, diagonal, TIED):
            yield from k.match(k, choice, x, rest, fuel)
    for choice in decided(k, s, name, identity_matrix(rows), IDENTITY):
        yield from k.match(k, choice, x, b, fuel)


def _row_by_row(k: Search, s: Choice, a: Apply, b: Expr, fuel: int) -> Iterator[Choice]:
    """W @ x of the source against v ⊙ (V @ u): W is diag(v)·V."""
    c, parts = factors(b)
    products = [p for p in parts if isinstance(p, Apply) and p.op == "@"]
    weights = [p for p in parts if only_parameters(k, p)]
    if len(products) != 1 or not weights or len(weights) + 1 < len(parts):
        return
    v, u = products[0].args
    before = product(weights)
    if only_parameters(k, v) and k.facts.shape(v) == k.facts.shape(a.args[0]):
        spread = k.facts.shape(before) == SCALAR
        value = Apply("*", (before, v)) if spread else Apply("@", (Apply("diag", (before,)), v))
        for choice in decided(k, s, text(a.args[0]), total(summands(value, c)), TIED):
            yield from k.match(k, choice, a.args[1], u, fuel)


def _held_beside(k: Search, s: Choice, a: Apply, b: Expr, fuel: int) -> Iterator[Choice]:
    """W @ (z ⊙ x) of the source against V @ u, z held at one value: W is V divided by it."""
    w, (c, parts) = a.args[0], factors(a.args[1])
    held = [s.values[p.name] for p in parts if isinstance(p, Ref) and p.name in s.values]
    if not (held or c != 1) or text(w) in s.values or not is_parameter(k, w):
        return
    if not isinstance(b, Apply) or b.op != "@":
        return
    v, u = b.args
    whole = total(summands(product(held), c)) if held else number(c)
    if k.facts.shape(whole) == SCALAR:
        value: Expr = Apply("/", (v, whole)) if held else total(summands(v, 1 / c))
    else:
        value = Apply("@", (v, Apply("diag", (Apply("/", (ONE, whole)),))))
    rest = product([p for p in parts if not isinstance(p, Ref) or p.name not in s.values])
    if k.facts.shape(rest) == k.facts.shape(u):
        for choice in decided(k, s, text(w), value, DIVIDED):
            yield from k.match(k, choice, rest, u, fuel)
