"""The search for a reduction: what must be fixed in one system for it to become another.

The two systems are read against each other from their outputs on. Where a sum has a summand too
many it must be made 0, where a product has a factor too many it must be made 1, and a parameter
takes whatever parameter stands in its place; states that meet are paired, and their equations are
compared in turn. Every choice has a cost; the search goes through all choices up to a bound of the
cost, and raises the bound until something is found.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rnnhand.calculus.binding import bound_to, moved, price, same_function
from rnnhand.calculus.choice import (
    Choice,
    Difference,
    Search,
    body_at,
    chosen_function,
    constant_part,
    differing,
    function_at,
    is_parameter,
    offset_of,
    only_parameters,
    reduced,
    without_function,
)
from rnnhand.calculus.logistic import in_order
from rnnhand.calculus.making import held, make
from rnnhand.calculus.matching_matrices import match_matrix
from rnnhand.calculus.matching_products import match_products
from rnnhand.calculus.matching_sums import match_sums
from rnnhand.calculus.terms import (
    grouped,
    scaled_by,
    signed_factors,
)
from rnnhand.calculus.views import (
    ONE,
    Term,
    factors,
    negated,
    product,
    summands,
    total,
)
from rnnhand.language.tree import Apply, Expr, Number, Ref, Shift

NOW = Shift("t")

OPENINGS = 8
"""How many names are opened in a row before the search turns back."""


def found(search: Search, start: Choice) -> Iterator[Choice]:
    """Every completion of a choice within the bound."""
    if not start.todo:
        yield start
        return
    (a, b), *rest = start.todo
    bodies = search.source.bodies[a], search.target.bodies[b]
    going_on = replace(start, todo=tuple(rest))
    for choice in differing(search, going_on, Difference("missing", "equation", Ref(b, NOW))):
        yield from found(search, choice)
    for choice in match(search, going_on, *bodies, OPENINGS):
        yield from found(search, choice)


def begun(search: Search, start: Choice) -> Choice:
    """The choice in which the outputs are the same."""
    pair = (search.source.gives, search.target.gives)
    return replace(start, pairs=(pair,), todo=(pair,))


def match(k: Search, s: Choice, a: Expr, b: Expr, fuel: int) -> Iterator[Choice]:
    """The choices under which `a` of the source equals `b` of the target."""
    k.look()
    a = reduced(k, s, a)
    if isinstance(b, Number):
        yield from make(k, s, a, b.value, fuel)
        return
    if isinstance(a, Number):
        return
    if is_parameter(k, a):
        if only_parameters(k, b):
            yield from bound_to(k, s, a, b)
        return
    if only_parameters(k, b):
        yield from _held_so(k, s, a, b)
    ta, tb = summands(a), grouped(k, summands(b))
    if len(ta) == len(tb) == 1:
        (c, a), (d, b) = ta[0], tb[0]
        target = b if c == d else scaled_by(k, b, d / c)
        if target is not None:
            yield from _term(k, s, a, target, fuel)
    else:
        yield from match_sums(k, s, ta, tb, fuel)
        if len(tb) == 1 and isinstance(b, Ref):
            yield from _target_opened(k, s, a, b, fuel)
        if len(tb) == 1 and isinstance(b, Apply):
            yield from _target_plain(k, s, a, b, fuel)
    yield from _mirrored(k, s, ta, tb, fuel)


def _held_so(k: Search, s: Choice, a: Expr, b: Expr) -> Iterator[Choice]:
    """z or 1 - z of the source as what parameters of the target are: z is held at one value."""
    varying = [t for t in summands(a) if t[1] != ONE]
    if len(varying) != 1:
        return
    ((c, q),) = varying
    if isinstance(q, Ref) and q.name in k.source.bodies:
        there = total([*summands(b), (-constant_part(summands(a)), ONE)])
        yield from held(k, s, q, in_order(summands(there, 1 / c)))


def _term(k: Search, s: Choice, a: Expr, b: Expr, fuel: int) -> Iterator[Choice]:
    fa, fb = factors(a)[1], signed_factors(k, b)
    if len(fa) > 1:
        yield from match_products(k, s, fa, fb, fuel)
        return
    if isinstance(b, Apply) and b.op == "@" and only_parameters(k, b.args[0]):
        for choice in differing(k, s, Difference("missing", "factor", b.args[0])):
            yield from match(k, choice, a, b.args[1], fuel)
    for i, part in enumerate(fb if len(fb) > 1 else ()):
        for choice in differing(k, s, Difference("missing", "factor", part)):
            yield from match(k, choice, a, product([p for j, p in enumerate(fb) if j != i]), fuel)
    if isinstance(a, Ref):
        yield from _references(k, s, a, b, fuel)
        return
    assert isinstance(a, Apply)
    # The outermost function goes first; one that is the identity anyway stays, if it can.
    late = k.source.functions.get(a.op) == "identity"
    if a.op in k.source.functions and not late:
        for choice in without_function(k, s, a):
            yield from match(k, choice, a.args[0], b, fuel)
    if a.op == "@":
        yield from match_matrix(k, s, a, b, fuel)
    elif isinstance(b, Apply):
        for choice in same_function(k, s, a, b):
            yield from _arguments(k, choice, a.args, b.args, fuel)
    if late:
        for choice in without_function(k, s, a):
            yield from match(k, choice, a.args[0], b, fuel)
    if isinstance(b, Ref):
        yield from _target_opened(k, s, a, b, fuel)
    if isinstance(b, Apply):
        yield from _target_plain(k, s, a, b, fuel)


def _arguments(
    k: Search, s: Choice, a: tuple[Expr, ...], b: tuple[Expr, ...], fuel: int
) -> Iterator[Choice]:
    if len(a) != len(b):
        return
    if not a:
        yield s
        return
    for choice in match(k, s, a[0], b[0], fuel):
        yield from _arguments(k, choice, a[1:], b[1:], fuel)


def _references(k: Search, s: Choice, a: Ref, b: Expr, fuel: int) -> Iterator[Choice]:
    """A name of the source against anything."""
    if a.name == k.source.reads:
        if isinstance(b, Ref) and b.name == k.target.reads:
            offset = offset_of(a) - offset_of(b)
            if s.offset in (None, offset) and k.facts.shape(a) == k.facts.shape(b):
                yield replace(s, offset=offset)
        return
    if isinstance(b, Ref) and b.name in k.target.bodies and offset_of(a) == offset_of(b):
        known = dict(s.pairs)
        if known.get(a.name) == b.name:
            yield s
        elif a.name not in known and k.facts.shape(a) == k.facts.shape(b):
            pair = (a.name, b.name)
            yield replace(s, pairs=(*s.pairs, pair), todo=(*s.todo, pair))
    if a.name in k.source.bodies and a.name not in s.values and fuel > 0:
        for choice in moved(k, s, a):
            yield from match(k, choice, body_at(k, k.source, a), b, fuel - price(a))
    if isinstance(b, Ref):
        yield from _target_opened(k, s, a, b, fuel)
    if isinstance(b, Apply):
        yield from _target_plain(k, s, a, b, fuel)


def _target_opened(k: Search, s: Choice, a: Expr, b: Ref, fuel: int) -> Iterator[Choice]:
    """Anything against a sequence of the target, by its equation."""
    if b.name in k.target.bodies and fuel > 0:
        for choice in moved(k, s, b):
            yield from match(k, choice, a, body_at(k, k.target, b), fuel - price(b))


def _target_plain(k: Search, s: Choice, a: Expr, b: Apply, fuel: int) -> Iterator[Choice]:
    """An open function of the target taken as the identity."""
    if s.functions.get(b.op) == "identity":
        yield from match(k, s, a, b.args[0], fuel)
    elif b.op in k.target.open and b.op not in s.functions:
        for choice in chosen_function(k, s, b.op, "identity"):
            yield from match(k, choice, a, b.args[0], fuel)


def _mirrored(k: Search, s: Choice, ta: list[Term], tb: list[Term], fuel: int) -> Iterator[Choice]:
    """f(-u) = total - f(u): a against 1 - σ(u) is a against σ(-u)."""
    for mine, other in ((tb, ta), (ta, tb)):
        terms = [t for t in other if t[1] != ONE]
        if len(terms) != 1 or terms[0][0] != -1 or len(mine) != 1 or mine[0][0] != 1:
            continue
        whole, inner, alone = constant_part(other), terms[0][1], mine[0][1]
        target = inner if other is tb else alone
        if not isinstance(target, Apply) or len(target.args) != 1:
            continue
        symmetry = k.facts.symmetry(function_at(k.target, s, target.op))
        if symmetry is None or symmetry.total != whole:
            continue
        turned = replace(target, args=(negated(target.args[0]),))
        yield from match(k, s, alone if other is tb else inner, turned, fuel)
