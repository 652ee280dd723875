"""How the search for reductions takes terms apart: weights, numbers that a parameter takes up,
summands of parameters alone."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from rnnhand.calculus.choice import (
    Choice,
    Search,
    Side,
    body_at,
    only_parameters,
)
from rnnhand.calculus.views import (
    ONE,
    Term,
    factors,
    product,
    summands,
    total,
)
from rnnhand.language.tree import Apply, Expr, Ref, refs, rewrite
from rnnhand.system.model import SCALAR


def as_weighted(a: Expr, is_weight: Callable[[Expr], bool]) -> tuple[Expr, Expr] | None:
    """W·x as its weight and what that is before."""
    parts = a.args if isinstance(a, Apply) and a.op == "@" else tuple(factors(a)[1])
    weights = [p for p in parts if is_weight(p)]
    if len(parts) != 2 or len(weights) != 1:
        return None
    return weights[0], parts[1 - parts.index(weights[0])]


def bracketed(a: Expr) -> Expr:
    """U·(W·x) as (U·W)·x."""
    match a:
        case Apply("@", (u, Apply("@", (w, x)))):
            return bracketed(Apply("@", (Apply("@", (u, w)), x)))
        case _:
            return a


def weighing(k: Search, w: Expr, x: Expr) -> Expr:
    """A weight before something: W·x of matrices, of numbers and of vectors entry by entry w*x."""
    if SCALAR in (k.facts.shape(w), k.facts.shape(x)) or k.facts.shape(w)[1] == 1:
        return product([*factors(w)[1], *factors(x)[1]])
    return Apply("@", (w, x))


def grouped(k: Search, terms: list[Term]) -> list[Term]:
    """Summands of the target that are parameters alone, taken together as one."""
    alone = [t for t in terms if t[1] != ONE and only_parameters(k, t[1])]
    if len(alone) < 2:
        return terms
    shapes = [k.facts.shape(e) for _, e in alone]
    if len(set(shapes) - {SCALAR}) > 1:
        return terms
    return [*(t for t in terms if t not in alone), (Fraction(1), total(alone))]


def scaled_by(k: Search, b: Expr, by: Fraction) -> Expr | None:
    """by·b, with the number where a parameter can take it up."""
    if only_parameters(k, b):
        return total(summands(b, by))
    match b:
        case Apply("@", (v, u)):
            inner = scaled_by(k, v, by)
            return None if inner is None else Apply("@", (inner, u))
        case Apply("*"):
            c, parts = factors(b)
            for i, part in enumerate(parts):
                inner = scaled_by(k, part, by * c)
                if inner is not None:
                    return product([*parts[:i], inner, *parts[i + 1 :]])
            return None
        case _:
            return None


def signed_factors(k: Search, b: Expr) -> list[Expr]:
    """The factors of b, its number in the first of those that a parameter can take up."""
    c, parts = factors(b)
    if c != 1:
        for i, part in enumerate(parts):
            inner = scaled_by(k, part, c)
            if inner is not None:
                return [*parts[:i], inner, *parts[i + 1 :]]
    return parts


def is_sum_of_others(side: Side, y: Ref) -> bool:
    """Whether a sequence is not made of itself: opened into itself, a state only gets longer."""
    body = side.bodies.get(y.name)
    return body is not None and all(r.name != y.name for r in refs(body))


def target_body(k: Search, s: Choice, ref: Ref) -> Expr:
    """A body of the target at the step of a mention, without functions that are the identity."""

    def put(node: Expr) -> Expr:
        removed = isinstance(node, Apply) and s.functions.get(node.op) == "identity"
        return node.args[0] if removed and isinstance(node, Apply) else node

    return rewrite(body_at(k, k.target, ref), put)
