"""Sums in which a state stands twice, with what is before it taken together: h + a·(g − h) as
(1 − a)·h + a·g, so that a cell in steps of Euler is read like one with a gate."""

from __future__ import annotations

from collections import Counter

from rnnhand.calculus.logistic import in_order
from rnnhand.calculus.views import Term, factors, product, summands, total
from rnnhand.language.tree import Expr, Ref, Shift


def collected(body: Expr) -> Expr:
    """The right side of an equation so, where a product with a sum is multiplied out for it."""
    terms = [t for term in summands(body) for t in _multiplied_out(term)]
    states = Counter(name for _, e in terms for name in {s for s in factors(e)[1] if _is_state(s)})
    twice = [state for state, n in states.items() if n > 1]
    if len(terms) == len(summands(body)) or len(twice) != 1:
        return body
    (state,) = twice
    with_it = [t for t in terms if state in factors(t[1])[1]]
    before = in_order([(c, _without(e, state)) for c, e in with_it])
    rest = [t for t in terms if t not in with_it]
    return total([*summands(product([*factors(before)[1], state])), *rest])


def _multiplied_out(term: Term) -> list[Term]:
    """a·(g − h) as a·g and −a·h; any other term as it is."""
    c, parts = term[0], factors(term[1])[1]
    sums = [p for p in parts if len(summands(p)) > 1 and any(map(_is_state, _alone(p)))]
    if len(parts) < 2 or len(sums) != 1:
        return [term]
    others = [p for p in parts if p not in sums]
    return [(c * d, product([*others, *factors(e)[1]])) for d, e in summands(sums[0])]


def _alone(expr: Expr) -> list[Expr]:
    return [e for _, e in summands(expr)]


def _is_state(expr: Expr) -> bool:
    """Whether an expression is a sequence at another step."""
    return isinstance(expr, Ref) and isinstance(expr.index, Shift) and expr.index.offset != 0


def _without(expr: Expr, state: Expr) -> Expr:
    parts = factors(expr)[1]
    return product([p for i, p in enumerate(parts) if i != parts.index(state)])
