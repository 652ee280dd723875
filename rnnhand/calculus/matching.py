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
from fractions import Fraction
from itertools import combinations, permutations

from rnnhand.calculus.binding import bound_to, moved, price, same_function, taking
from rnnhand.calculus.choice import (
    DIVIDED,
    IDENTITY,
    TIED,
    Choice,
    Difference,
    Search,
    body_at,
    chosen_function,
    constant_part,
    decided,
    differing,
    function_at,
    is_parameter,
    offset_of,
    only_parameters,
    reduced,
    without_function,
)
from rnnhand.calculus.logistic import in_order
from rnnhand.calculus.making import held, make, make_all, make_rest
from rnnhand.calculus.simplify import identity_matrix, number
from rnnhand.calculus.solving import is_made_of_parameters, solved
from rnnhand.calculus.terms import (
    as_weighted,
    grouped,
    is_sum_of_others,
    scaled_by,
    signed_factors,
    target_body,
    weighing,
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
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref, Shift
from rnnhand.system.model import SCALAR

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
        yield from _sums(k, s, ta, tb, fuel)
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
        yield from _products(k, s, fa, fb, fuel)
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
        yield from _matrix(k, s, a, b, fuel)
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


def _sums(k: Search, s: Choice, ta: list[Term], tb: list[Term], fuel: int) -> Iterator[Choice]:
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
                yield from match(k, choice, total(more), total(tb), fuel - 1)
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
                yield from match(k, choice, terms, total(tb), fuel - 6)


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
                yield from match(k, choice, total(ta), terms, fuel - 6)


def _sum_of(k: Search, s: Choice, y: Ref) -> Iterator[tuple[Choice, Expr]]:
    """What a sequence of the target is equal to, bare of a function that may be the identity."""
    for choice in moved(k, s, y):
        body = target_body(k, choice, y)
        if isinstance(body, Apply) and body.op in k.target.open and body.op not in s.functions:
            for chosen in chosen_function(k, choice, body.op, "identity"):
                yield chosen, target_body(k, chosen, y)
        elif offset_of(y):
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
            found = match(k, s, a, target, fuel)
        for choice in found:
            yield from _assigned(k, choice, rest, others, fuel)
    for choice in differing(k, s, Difference("missing", "summand", b)):
        yield from _assigned(k, choice, mine, others, fuel)


def _in_share(k: Search, s: Choice, a: Expr, b: Expr, by: Fraction, fuel: int) -> Iterator[Choice]:
    """z·h of the source against 1/2·h of the target: one factor is that number."""
    (c, a), *others = summands(reduced(k, s, a))
    if others or c == by:
        yield from () if others else match(k, s, a, b, fuel)
        return
    parts = factors(a)[1]
    for i, part in enumerate(parts if len(parts) > 1 and abs(by / c) != 1 else ()):
        rest = product([p for j, p in enumerate(parts) if j != i])
        for choice in make(k, s, part, by / c, fuel):
            yield from match(k, choice, rest, b, fuel)


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
            theirs = as_weighted(b, lambda v: only_parameters(k, v))
            if theirs is None:
                continue
            v, u = theirs
            others = [t for t in wanted if t != (g, b)]
            for choice in taking(k, s, text(w), total([*summands(v, g / c), unit])):
                for both in match(k, choice, x, u, fuel):
                    for three in match(k, both, e, u, fuel):
                        yield from _assigned(k, three, rest, others, fuel)


def _one_and_the_same(k: Search, s: Choice, x: Expr, e: Ref) -> Iterator[Choice]:
    """The choices under which two quantities of the source are the same state of the target."""
    if x == e:
        yield s
    elif isinstance(x, Ref) and x.name in dict(s.pairs):
        yield from _references(k, s, e, replace(x, name=dict(s.pairs)[x.name]), 0)


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


def _products(k: Search, s: Choice, fa: list[Expr], fb: list[Expr], fuel: int) -> Iterator[Choice]:
    """Every factor of the target is some factor of the source; the others are 1."""
    k.look()
    if not fb:
        yield from make_rest(k, s, fa, Fraction(1), fuel)
        return
    b, *others = fb
    if len(fa) >= len(fb) or (k.forgiven and not k.whole):
        for i, a in enumerate(fa):
            rest = [p for j, p in enumerate(fa) if j != i]
            for choice in match(k, s, a, b, fuel):
                yield from _products(k, choice, rest, others, fuel)
    for choice in differing(k, s, Difference("missing", "factor", b)):
        yield from _products(k, choice, fa, others, fuel)
    if fuel > 0:
        yield from _several(k, s, fa, fb, fuel - 1)
    yield from _weights_taken_together(k, s, fa, fb, fuel)


def _weights_taken_together(
    k: Search, s: Choice, fa: list[Expr], fb: list[Expr], fuel: int
) -> Iterator[Choice]:
    """w·u·h of the source against v·h of the target: w·u = v."""
    mine, theirs = [p for p in fa if is_parameter(k, p)], [p for p in fb if only_parameters(k, p)]
    if len(mine) > 1 and theirs:
        varying = [p for p in fa if p not in mine], [p for p in fb if p not in theirs]
        for choice in _products(k, s, *varying, fuel):
            yield from solved(k, choice, product(mine), product(theirs))


def _several(k: Search, s: Choice, fa: list[Expr], fb: list[Expr], fuel: int) -> Iterator[Choice]:
    """One factor of the source, such as a sum or a name, is a product of several of the target."""
    places = range(len(fb))
    for size in range(len(fb), 1, -1):
        for chosen in combinations(places, size):
            taken = product([fb[j] for j in chosen])
            others = [fb[j] for j in places if j not in chosen]
            for i, a in enumerate(fa):
                rest = [p for j, p in enumerate(fa) if j != i]
                for choice in match(k, s, a, taken, fuel):
                    yield from _products(k, choice, rest, others, fuel)


def _matrix(k: Search, s: Choice, a: Apply, b: Expr, fuel: int) -> Iterator[Choice]:
    """W @ x of the source against V @ u, V @ (U @ u), v ⊙ u, or u alone."""
    w, x = a.args
    yield from _held_beside(k, s, a, b, fuel)
    if isinstance(b, Apply) and b.op == "@":
        v, u = b.args
        for choice in match(k, s, w, v, fuel):
            yield from match(k, choice, x, u, fuel)
        if isinstance(u, Apply) and u.op == "@" and only_parameters(k, u.args[0]):
            chain = Apply("@", (Apply("@", (v, u.args[0])), u.args[1]))
            yield from _matrix(k, s, a, chain, fuel)
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
            yield from match(k, choice, x, rest, fuel)
    for choice in decided(k, s, name, identity_matrix(rows), IDENTITY):
        yield from match(k, choice, x, b, fuel)


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
            yield from match(k, choice, a.args[1], u, fuel)


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
            yield from match(k, choice, rest, u, fuel)


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
