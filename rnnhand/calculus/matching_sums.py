"""Sums of two systems: every summand of the target is some summand of the source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import permutations

from rnnhand.calculus.binding import moved, taking
from rnnhand.calculus.choice import (
    IDENTITY,
    Choice,
    Difference,
    Search,
    body_at,
    chosen_function,
    constant_part,
    decided,
    differing,
    is_parameter,
    offset_of,
    only_parameters,
    reduced,
    without_function,
)
from rnnhand.calculus.making import make, make_all, make_rest
from rnnhand.calculus.simplify import identity_matrix
from rnnhand.calculus.solving import is_made_of_parameters, solved
from rnnhand.calculus.terms import (
    as_weighted,
    bracketed,
    is_sum_of_others,
    scaled_by,
    target_body,
    weighing,
)
from rnnhand.calculus.views import (
    ONE,
    Term,
    factors,
    product,
    summands,
    total,
)
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Ref


def match_sums(k: Search, s: Choice, ta: list[Term], tb: list[Term], fuel: int) -> Iterator[Choice]:
    """Every summand of the target is some summand of the source; the others are 0."""
    k.look()
    left = constant_part(tb) - constant_part(ta)
    mine = [t for t in ta if t[1] != ONE]
    wanted = [t for t in tb if t[1] != ONE]
    if left:
        for i, (c, a) in enumerate(mine):
            rest = [t for j, t in enumerate(mine) if j != i]
            for choice in make(k, s, a, left / c, fuel):
                yield from _assigned(k, choice, rest, wanted, fuel)
    else:
        yield from _assigned(k, s, mine, wanted, fuel)
        yield from _merged(k, s, mine, wanted, fuel)
        yield from _balanced(k, s, mine, wanted, fuel)
    if fuel > 0 and len(wanted) > 1:
        for i, (c, a) in enumerate(ta):
            for choice, inner in _opened(k, s, a, fuel):
                more = [*ta[:i], *summands(inner, c), *ta[i + 1 :]]
                yield from k.match(k, choice, total(more), total(tb), fuel - 1)
        yield from _spread(k, s, ta, tb, fuel)
        yield from _spread_here(k, s, ta, tb, fuel)


def _balanced(
    k: Search, s: Choice, mine: list[Term], wanted: list[Term], fuel: int
) -> Iterator[Choice]:
    """b + W·c of the source, parameters alone, as one summand of the target: solved for b, when
    all that varies has been compared."""
    alone = [t for t in mine if is_made_of_parameters(k, t[1])]
    if all(is_parameter(k, a) for _, a in alone):
        return
    theirs = [t for t in wanted if only_parameters(k, t[1])]
    varying = [t for t in mine if t not in alone], [t for t in wanted if t not in theirs]
    for choice in _assigned(k, s, *varying, fuel):
        yield from solved(k, choice, total(alone), total(theirs))


def _spread_here(
    k: Search, s: Choice, ta: list[Term], tb: list[Term], fuel: int
) -> Iterator[Choice]:
    """W·y of the source at an earlier step, where y = U·h + b, as W·U·h + W·b."""
    for i, (c, a) in enumerate(ta):
        weighted = as_weighted(a, lambda w: is_parameter(k, w))
        if weighted is None:
            continue
        w, y = weighted
        if not isinstance(y, Ref) or not is_sum_of_others(k.source, y) or not offset_of(y):
            continue
        for choice in moved(k, s, y):
            inside = summands(reduced(k, choice, body_at(k, k.source, y)), c)
            more = [(d, weighing(k, w, e)) for d, e in inside if e != ONE]
            if len(more) == len(inside) > 1:
                terms = total([*ta[:i], *more, *ta[i + 1 :]])
                yield from k.match(k, choice, terms, total(tb), fuel - 6)


def _spread(k: Search, s: Choice, ta: list[Term], tb: list[Term], fuel: int) -> Iterator[Choice]:
    """V·y of the target, where y = U·h + b, as V·U·h + V·b; y = f(U·h + b) with f the identity."""
    for i, (d, b) in enumerate(tb):
        weighted = as_weighted(b, lambda v: only_parameters(k, v))
        if weighted is None:
            continue
        v, y = weighted
        if not isinstance(y, Ref) or not is_sum_of_others(k.target, y):
            continue
        for choice, body in _sum_of(k, s, y):
            inside = summands(body, d)
            more = [(c, weighing(k, v, e)) for c, e in inside if e != ONE]
            if len(more) == len(inside) > 1:
                terms = total([*tb[:i], *more, *tb[i + 1 :]])
                yield from k.match(k, choice, total(ta), terms, fuel - 6)


def _sum_of(k: Search, s: Choice, y: Ref) -> Iterator[tuple[Choice, Expr]]:
    """What a sequence of the target is equal to, bare of a function that may be the identity."""
    for choice in moved(k, s, y):
        body = target_body(k, choice, y)
        if isinstance(body, Apply) and body.op in k.target.open and body.op not in s.functions:
            for chosen in chosen_function(k, choice, body.op, "identity"):
                yield chosen, target_body(k, chosen, y)
        elif offset_of(y) or body != body_at(k, k.target, y):
            yield choice, body


def _assigned(
    k: Search, s: Choice, mine: list[Term], wanted: list[Term], fuel: int
) -> Iterator[Choice]:
    if len(mine) < len(wanted) and (k.whole or not k.forgiven):
        return
    if not wanted:
        yield from make_rest(k, s, [a for _, a in mine], Fraction(0), fuel)
        return
    (d, b), *others = wanted
    for i, (c, a) in enumerate(mine):
        rest = [t for j, t in enumerate(mine) if j != i]
        target = b if c == d else scaled_by(k, b, d / c)
        if target is None:
            found = _in_share(k, s, a, b, d / c, fuel)
        else:
            found = k.match(k, s, a, target, fuel)
        for choice in found:
            yield from _assigned(k, choice, rest, others, fuel)
    for choice in differing(k, s, Difference("missing", "summand", b)):
        yield from _assigned(k, choice, mine, others, fuel)


def _in_share(k: Search, s: Choice, a: Expr, b: Expr, by: Fraction, fuel: int) -> Iterator[Choice]:
    """z·h of the source against 1/2·h of the target: one factor is that number."""
    (c, a), *others = summands(reduced(k, s, a))
    if others or c == by:
        yield from () if others else k.match(k, s, a, b, fuel)
        return
    parts = factors(a)[1]
    for i, part in enumerate(parts if len(parts) > 1 and abs(by / c) != 1 else ()):
        rest = product([p for j, p in enumerate(parts) if j != i])
        for choice in make(k, s, part, by / c, fuel):
            yield from k.match(k, choice, rest, b, fuel)


def _merged(
    k: Search, s: Choice, mine: list[Term], wanted: list[Term], fuel: int
) -> Iterator[Choice]:
    """U·x and c·x of the source are (U + c·I)·x: together one summand V·u of the target, or 0."""
    for (c, a), (d, e) in permutations(mine, 2):
        if not isinstance(e, Ref) or e.name in k.source.parameters:
            continue
        rest = [t for t in mine if t not in ((c, a), (d, e))]
        if isinstance(a, Ref) and c + d == 0:
            for choice in _one_and_the_same(k, s, a, e):
                yield from _assigned(k, choice, rest, wanted, fuel)
        own = as_weighted(a, lambda w: is_parameter(k, w))
        if own is None:
            continue
        w, x = own
        rows, columns = k.facts.shape(w)
        if rows != columns:
            continue
        unit = (-d / c, identity_matrix(rows) if rows > 1 else ONE)
        for choice in _one_and_the_same(k, s, x, e):
            for both in taking(k, choice, text(w), total([unit])):
                yield from _assigned(k, both, rest, wanted, fuel)
        for g, b in wanted:
            theirs = as_weighted(bracketed(b), lambda v: only_parameters(k, v))
            if theirs is None:
                continue
            v, u = theirs
            others = [t for t in wanted if t != (g, b)]
            for choice in taking(k, s, text(w), total([*summands(v, g / c), unit])):
                for both in k.match(k, choice, x, u, fuel):
                    for three in k.match(k, both, e, u, fuel):
                        yield from _assigned(k, three, rest, others, fuel)


def _one_and_the_same(k: Search, s: Choice, x: Expr, e: Ref) -> Iterator[Choice]:
    """The choices under which two quantities of the source are the same state of the target."""
    if x == e:
        yield s
    elif isinstance(x, Ref) and x.name in dict(s.pairs):
        yield from k.match(k, s, e, replace(x, name=dict(s.pairs)[x.name]), 0)


def _opened(k: Search, s: Choice, a: Expr, fuel: int) -> Iterator[tuple[Choice, Expr]]:
    """A term as a sum: a name by its equation, a product with all other factors 1, a function
    or a matrix replaced by the identity."""
    if fuel <= 0:
        return
    a = reduced(k, s, a)
    parts = factors(a)[1]
    inside: list[tuple[Choice, Expr]] = []
    if len(parts) > 1:
        for i, part in enumerate(parts):
            others = [p for j, p in enumerate(parts) if j != i]
            inside += [(c, part) for c in make_all(k, s, others, Fraction(1), fuel)]
    elif isinstance(a, Ref) and a.name in k.source.bodies and offset_of(a) == 0:
        inside.append((s, body_at(k, k.source, a)))
    elif isinstance(a, Apply) and a.op in k.source.functions:
        inside += [(c, a.args[0]) for c in without_function(k, s, a)]
    elif isinstance(a, Apply) and a.op == "@" and is_parameter(k, a.args[0]):
        rows, columns = k.facts.shape(a.args[0])
        if rows == columns and text(a.args[0]) not in s.values:
            eye = identity_matrix(rows)
            inside += [(c, a.args[1]) for c in decided(k, s, text(a.args[0]), eye, IDENTITY)]
    for choice, inner in inside:
        inner = reduced(k, choice, inner)
        if len(summands(inner)) > 1:
            yield choice, inner
        else:
            yield from _opened(k, choice, inner, fuel - 1)
