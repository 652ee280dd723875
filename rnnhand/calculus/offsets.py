"""Sums of a number and a function that is σ but for numbers, as one function without that number:
2·σ(a) − 1 and 1 − 2·σ(−a) as tanh(a/2), (1 + tanh(a/2))/2 as σ(a).

Which functions are so is read off the functions (`logistic.py`):
f(x) = low + (high − low)·σ(rate·x).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial

from rnnhand.calculus.logistic import logistic
from rnnhand.calculus.simplify import Facts
from rnnhand.calculus.views import ONE, Term, factors, product, summands, total, without_divisions
from rnnhand.language.tree import Apply, Expr, children, rewrite, walk, with_children


def without_offsets(body: Expr, facts: Facts) -> Expr:
    """The body with every such sum as one function; one stays where its function stands elsewhere
    too, as in σ(a)·h + (1 − σ(a))·c: the two belong together."""
    plain = without_divisions(body)
    alone = _alone(plain, facts)
    if not alone:
        return body
    return _put(plain, {node: total([form.outside]) for node, form in alone.items()})


def offsets_in(body: Expr, facts: Facts, x: Expr) -> Iterator[tuple[Expr, Expr]]:
    """The identities by which that is done, each of `x`: 2·σ(x) − 1 = tanh(x/2)."""
    for node, form in _alone(without_divisions(body), facts).items():
        assert isinstance(form.inside, Apply)
        bare = rewrite(node, partial(_in_place, form.inside, replace(form.inside, args=(x,))))
        found = _offset(bare, facts)
        if found is not None:
            yield bare, total([found.outside])


def _in_place(old: Expr, new: Expr, node: Expr) -> Expr:
    return new if node == old else node


def _alone(plain: Expr, facts: Facts) -> dict[Expr, _Form]:
    found = {node: form for node in walk(plain) if (form := _offset(node, facts)) is not None}
    everywhere = Counter(walk(plain))
    return {
        node: form
        for node, form in found.items()
        if everywhere[form.inside] == sum(everywhere[n] for n in _outermost(found, form.inside))
    }


@dataclass(frozen=True)
class _Form:
    """`inside` is the function in a sum with a number, `outside` all that sum is."""

    inside: Expr
    outside: Term


def _outermost(found: dict[Expr, _Form], inside: Expr) -> Iterator[Expr]:
    """The sums with a function, without those that are only parts of others: 1 + tanh(a) in
    (1 + tanh(a))/2."""
    own = [node for node, form in found.items() if form.inside == inside]
    parts = {part for node in own for child in children(node) for part in walk(child)}
    return (node for node in own if node not in parts)


def _put(expr: Expr, known: dict[Expr, Expr]) -> Expr:
    """The largest sums first, and then what stands in them."""
    if expr in known:
        return with_children(
            known[expr], tuple(_put(child, known) for child in children(known[expr]))
        )
    return with_children(expr, tuple(_put(child, known) for child in children(expr)))


def _offset(node: Expr, facts: Facts) -> _Form | None:
    if not (isinstance(node, Apply) and node.op in ("+", "-", "*")):
        return None
    terms = summands(node)
    numbers = [c for c, e in terms if e == ONE]
    applied = [(c, e) for c, e in terms if isinstance(e, Apply) and e.op in facts.functions]
    if len(terms) != 2 or len(numbers) != 1 or len(applied) != 1:
        return None
    ((scale, inside),) = applied
    assert isinstance(inside, Apply)
    known = logistic(inside.op, facts) if len(inside.args) == 1 else None
    if known is None:
        return None
    low = numbers[0] + scale * known.low
    height, rate = scale * (known.high - known.low), known.rate
    if height < 0:  # σ(−x) = 1 − σ(x)
        low, height, rate = low + height, -height, -rate
    for name in facts.functions:
        other = None if name == inside.op else logistic(name, facts)
        if other is not None and low * (other.high - other.low) == height * other.low:
            argument = _times(inside.args[0], rate / other.rate)
            whole = height / (other.high - other.low)
            return _Form(inside, (whole, Apply(name, (argument,))))
    return None


def _times(expr: Expr, by: Fraction) -> Expr:
    number, parts = factors(expr)
    return total([(by * number, product(parts))])
