"""The search for a reduction: what must be fixed in one system for it to become another.

The two systems are read against each other from their outputs on. Where a sum has a summand too
many it must be made 0, where a product has a factor too many it must be made 1, and a parameter
takes whatever parameter stands in its place; states that meet are paired, and their equations are
compared in turn. Every choice has a cost; the search goes through all choices up to a bound of the
cost, and raises the bound until something is found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import combinations

from rnnhand.calculus.simplify import Facts, equal, identity_matrix, is_identity, number
from rnnhand.calculus.views import (
    ONE,
    Term,
    block_of,
    factors,
    folded,
    negated,
    product,
    summands,
    total,
)
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref, Shift, refs, rewrite, shift, walk
from rnnhand.system.model import SCALAR

CONSTANT, TIED, IDENTITY, GATE, SEQUENCE, CHOSEN, MOVED, REPLACED = 1, 1, 2, 2, 3, 1, 1, 4
"""Costs: a parameter made a number; one made something other than one parameter; a matrix made the
identity; a gate fixed, which has values between 0 and 1; any other sequence fixed; an open function
chosen; an initial value bound; a function replaced by the identity."""

OPENINGS = 8
"""How many names are opened in a row before the search turns back."""


class Exhausted(Exception):
    """The search has looked at as many places as it may."""


@dataclass(frozen=True)
class Side:
    """One system, read: the body of every q[t], its parameters, what it reads and what it gives."""

    bodies: Mapping[str, Expr]
    parameters: frozenset[str]
    reads: str
    gives: str
    functions: Mapping[str, str]
    """Its applications of functions: the key that stands in the bodies → the function's name; of
    open functions, the one that stands for them unless another is chosen."""
    open: frozenset[str]
    once: frozenset[str] = frozenset()
    """Parameters and blocks, as text, that stand in one place only."""


@dataclass(frozen=True)
class Choice:
    """What has been decided so far. `values` maps parameters (or blocks of them) and sequences of
    the source, as text, to numbers and expressions in parameters of the target."""

    values: Mapping[str, Expr] = field(default_factory=dict)
    functions: Mapping[str, str] = field(default_factory=dict)
    pairs: tuple[tuple[str, str], ...] = ()
    todo: tuple[tuple[str, str], ...] = ()
    moved: tuple[str, ...] = ()
    """Sequences of either side whose earlier values were taken from their equation."""
    offset: int | None = None
    """At which step the source reads what the target reads at t."""
    cost: int = 0


@dataclass
class Search:
    source: Side
    target: Side
    facts: Facts
    bound: int = 0
    places: int = 0
    limit: int = 200_000
    dearer: int | None = None
    """The least cost above the bound that was met."""

    def look(self) -> None:
        self.places += 1
        if self.places > self.limit:
            raise Exhausted

    def affords(self, cost: int) -> bool:
        if cost > self.bound:
            self.dearer = cost if self.dearer is None else min(self.dearer, cost)
        return cost <= self.bound


def found(search: Search, start: Choice) -> Iterator[Choice]:
    """Every completion of a choice within the bound."""
    if not start.todo:
        yield start
        return
    (a, b), *rest = start.todo
    bodies = search.source.bodies[a], search.target.bodies[b]
    for choice in match(search, replace(start, todo=tuple(rest)), *bodies, OPENINGS):
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
    ta, tb = summands(a), _grouped(k, summands(b))
    if len(ta) == len(tb) == 1:
        (c, a), (d, b) = ta[0], tb[0]
        target = b if c == d else _scaled(k, b, d / c)
        if target is not None:
            yield from _term(k, s, a, target, fuel)
    else:
        yield from _sums(k, s, ta, tb, fuel)
        if len(tb) == 1 and isinstance(b, Ref):
            yield from _target_opened(k, s, a, b, fuel)
        if len(tb) == 1 and isinstance(b, Apply):
            yield from _target_plain(k, s, a, b, fuel)
    yield from _mirrored(k, s, ta, tb, fuel)


def _term(k: Search, s: Choice, a: Expr, b: Expr, fuel: int) -> Iterator[Choice]:
    fa, fb = factors(a)[1], factors(b)[1]
    if len(fa) > 1:
        yield from _products(k, s, fa, fb, fuel)
        return
    if isinstance(a, Ref):
        yield from _references(k, s, a, b, fuel)
        return
    assert isinstance(a, Apply)
    # The outermost function goes first; one that is the identity anyway stays, if it can.
    late = k.source.functions.get(a.op) == "identity"
    if a.op in k.source.functions and not late:
        for choice in _without(k, s, a):
            yield from match(k, choice, a.args[0], b, fuel)
    if a.op == "@":
        yield from _matrix(k, s, a, b, fuel)
    elif isinstance(b, Apply):
        for choice in _same_function(k, s, a, b):
            yield from _arguments(k, choice, a.args, b.args, fuel)
    if late:
        for choice in _without(k, s, a):
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
            offset = _offset(a) - _offset(b)
            if s.offset in (None, offset) and k.facts.shape(a) == k.facts.shape(b):
                yield replace(s, offset=offset)
        return
    if isinstance(b, Ref) and b.name in k.target.bodies and _offset(a) == _offset(b):
        known = dict(s.pairs)
        if known.get(a.name) == b.name:
            yield s
        elif a.name not in known and k.facts.shape(a) == k.facts.shape(b):
            pair = (a.name, b.name)
            yield replace(s, pairs=(*s.pairs, pair), todo=(*s.todo, pair))
    if a.name in k.source.bodies and fuel > 0:
        for choice in _moved(k, s, a):
            yield from match(k, choice, _body(k.source, a), b, fuel - _price(a))
    if isinstance(b, Ref):
        yield from _target_opened(k, s, a, b, fuel)
    if isinstance(b, Apply):
        yield from _target_plain(k, s, a, b, fuel)


def _target_opened(k: Search, s: Choice, a: Expr, b: Ref, fuel: int) -> Iterator[Choice]:
    """Anything against a sequence of the target, by its equation."""
    if b.name in k.target.bodies and fuel > 0:
        for choice in _moved(k, s, b):
            yield from match(k, choice, a, _body(k.target, b), fuel - _price(b))


def _target_plain(k: Search, s: Choice, a: Expr, b: Apply, fuel: int) -> Iterator[Choice]:
    """An open function of the target taken as the identity."""
    if b.op in k.target.open and b.op not in s.functions:
        for choice in _choose(k, s, b.op, "identity"):
            yield from match(k, choice, a, b.args[0], fuel)


def _price(ref: Ref) -> int:
    """Opening an earlier step is rarely what leads anywhere."""
    return 1 if _offset(ref) == 0 else 6


def _sums(k: Search, s: Choice, ta: list[Term], tb: list[Term], fuel: int) -> Iterator[Choice]:
    """Every summand of the target is some summand of the source; the others are 0."""
    k.look()
    left = _constant_part(tb) - _constant_part(ta)
    mine = [t for t in ta if t[1] != ONE]
    wanted = [t for t in tb if t[1] != ONE]
    if left:
        for i, (c, a) in enumerate(mine):
            rest = [t for j, t in enumerate(mine) if j != i]
            for choice in make(k, s, a, left / c, fuel):
                yield from _assigned(k, choice, rest, wanted, fuel)
    else:
        yield from _assigned(k, s, mine, wanted, fuel)
    if fuel > 0 and len(wanted) > 1:
        for i, (c, a) in enumerate(ta):
            for choice, inner in _opened(k, s, a, fuel):
                more = [*ta[:i], *summands(inner, c), *ta[i + 1 :]]
                yield from match(k, choice, total(more), total(tb), fuel - 1)
        yield from _spread(k, s, ta, tb, fuel)


def _spread(k: Search, s: Choice, ta: list[Term], tb: list[Term], fuel: int) -> Iterator[Choice]:
    """V·y of the target, where y = U·h + b, as V·U·h + V·b."""
    for i, (d, b) in enumerate(tb):
        if not isinstance(b, Apply) or b.op != "@":
            continue
        v, y = b.args
        if not isinstance(y, Ref) or y.name not in k.target.bodies or _offset(y) == 0:
            continue
        for choice in _moved(k, s, y):
            inside = summands(_target_body(k, choice, y), d)
            more = [(c, Apply("@", (v, e))) for c, e in inside if e != ONE]
            if len(more) == len(inside):
                terms = total([*tb[:i], *more, *tb[i + 1 :]])
                yield from match(k, choice, total(ta), terms, fuel - 6)


def _target_body(k: Search, s: Choice, ref: Ref) -> Expr:
    """A body of the target at the step of a mention, without functions that are the identity."""

    def put(node: Expr) -> Expr:
        removed = isinstance(node, Apply) and s.functions.get(node.op) == "identity"
        return node.args[0] if removed and isinstance(node, Apply) else node

    return rewrite(_body(k.target, ref), put)


def _assigned(
    k: Search, s: Choice, mine: list[Term], wanted: list[Term], fuel: int
) -> Iterator[Choice]:
    if len(mine) < len(wanted):
        return
    if not wanted:
        yield from _all(k, s, [a for _, a in mine], Fraction(0), fuel)
        return
    (d, b), *others = wanted
    for i, (c, a) in enumerate(mine):
        rest = [t for j, t in enumerate(mine) if j != i]
        target = b if c == d else _scaled(k, b, d / c)
        if target is None:
            continue
        for choice in match(k, s, a, target, fuel):
            yield from _assigned(k, choice, rest, others, fuel)


def _all(k: Search, s: Choice, parts: list[Expr], value: Fraction, fuel: int) -> Iterator[Choice]:
    """All of some expressions made one number."""
    if not parts:
        yield s
        return
    for choice in make(k, s, parts[0], value, fuel):
        yield from _all(k, choice, parts[1:], value, fuel)


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
            inside += [(c, part) for c in _all(k, s, others, Fraction(1), fuel)]
    elif isinstance(a, Ref) and a.name in k.source.bodies and _offset(a) == 0:
        inside.append((s, _body(k.source, a)))
    elif isinstance(a, Apply) and a.op in k.source.functions:
        inside += [(c, a.args[0]) for c in _without(k, s, a)]
    elif isinstance(a, Apply) and a.op == "@" and is_parameter(k, a.args[0]):
        rows, columns = k.facts.shape(a.args[0])
        if rows == columns and text(a.args[0]) not in s.values:
            eye = identity_matrix(rows)
            inside += [(c, a.args[1]) for c in _decided(k, s, text(a.args[0]), eye, IDENTITY)]
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
        yield from _all(k, s, fa, Fraction(1), fuel)
        return
    if len(fa) >= len(fb):
        b, *others = fb
        for i, a in enumerate(fa):
            rest = [p for j, p in enumerate(fa) if j != i]
            for choice in match(k, s, a, b, fuel):
                yield from _products(k, choice, rest, others, fuel)
    if fuel > 0:
        yield from _several(k, s, fa, fb, fuel - 1)


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
    if rows != columns:
        return
    parts = factors(b)[1]
    weights = [p for p in parts if only_parameters(k, p)]
    if weights and len(weights) < len(parts) and k.facts.shape(weights[0]) == (rows, 1):
        rest = product([p for p in parts if p not in weights])
        diagonal = Apply("diag", (product(weights),))
        for choice in _decided(k, s, name, diagonal, TIED):
            yield from match(k, choice, x, rest, fuel)
    for choice in _decided(k, s, name, identity_matrix(rows), IDENTITY):
        yield from match(k, choice, x, b, fuel)


def _same_function(k: Search, s: Choice, a: Apply, b: Apply) -> Iterator[Choice]:
    """The choices under which two applications are of one function."""
    mine, other = _function(k.source, s, a.op), _function(k.target, s, b.op)
    if mine == other and not {a.op, b.op} & (k.source.open | k.target.open):
        yield s
        return
    if a.op in k.source.open and a.op not in s.functions:
        yield from _choose(k, s, a.op, other)
    elif b.op in k.target.open and b.op not in s.functions and mine != "":
        yield from _choose(k, s, b.op, mine)
    elif mine == other:
        yield s


def _choose(k: Search, s: Choice, key: str, function: str) -> Iterator[Choice]:
    side = k.source if key in k.source.functions else k.target
    cost = 0 if side.functions[key] == function else CHOSEN
    if k.affords(s.cost + cost):
        yield replace(s, functions={**s.functions, key: function}, cost=s.cost + cost)


def _function(side: Side, s: Choice, key: str) -> str:
    return s.functions.get(key) or side.functions.get(key, key)


def _without(k: Search, s: Choice, a: Apply) -> Iterator[Choice]:
    """The choice in which a function of the source is the identity."""
    if a.op in s.functions or len(a.args) != 1:
        return
    cost = CHOSEN if a.op in k.source.open else REPLACED
    if a.op in k.source.open and k.source.functions[a.op] == "identity":
        cost = 0
    if k.affords(s.cost + cost):
        yield replace(s, functions={**s.functions, a.op: "identity"}, cost=s.cost + cost)


def _mirrored(k: Search, s: Choice, ta: list[Term], tb: list[Term], fuel: int) -> Iterator[Choice]:
    """f(-u) = total - f(u): a against 1 - σ(u) is a against σ(-u)."""
    for mine, other in ((tb, ta), (ta, tb)):
        terms = [t for t in other if t[1] != ONE]
        if len(terms) != 1 or terms[0][0] != -1 or len(mine) != 1 or mine[0][0] != 1:
            continue
        whole, inner, alone = _constant_part(other), terms[0][1], mine[0][1]
        target = inner if other is tb else alone
        if not isinstance(target, Apply) or len(target.args) != 1:
            continue
        symmetry = k.facts.symmetry(_function(k.target, s, target.op))
        if symmetry is None or symmetry.total != whole:
            continue
        turned = replace(target, args=(negated(target.args[0]),))
        yield from match(k, s, alone if other is tb else inner, turned, fuel)


def make(k: Search, s: Choice, a: Expr, value: Fraction, fuel: int) -> Iterator[Choice]:
    """The choices under which `a` of the source is a number."""
    k.look()
    a = reduced(k, s, a)
    terms = summands(a)
    if isinstance(a, Number):
        if a.value == value:
            yield s
    elif is_parameter(k, a):
        if text(a) not in s.values:
            yield from _decided(k, s, text(a), number(value), CONSTANT)
    elif len(terms) > 1:
        yield from _make_sum(k, s, terms, value, fuel)
    elif terms[0][0] != 1:
        yield from make(k, s, terms[0][1], value / terms[0][0], fuel)
    elif len(parts := factors(a)[1]) > 1:
        if value:
            for i, part in enumerate(parts):
                rest = [p for j, p in enumerate(parts) if j != i]
                for choice in _all(k, s, rest, Fraction(1), fuel):
                    yield from make(k, choice, part, value, fuel)
                if value == 1:
                    break
        else:
            for part in parts:
                yield from make(k, s, part, value, fuel)
    elif isinstance(a, Ref):
        yield from _make_sequence(k, s, a, value, fuel)
    elif isinstance(a, Apply) and a.op == "@" and not value:
        # A matrix that stands nowhere else is the cheapest thing to make 0.
        free = is_parameter(k, a.args[0]) and text(a.args[0]) not in s.values
        for arg in a.args[:1] if free and text(a.args[0]) in k.source.once else a.args:
            yield from make(k, s, arg, value, fuel)
    elif isinstance(a, Apply) and a.op in k.source.functions:
        argument = k.facts.argument(_function(k.source, s, a.op), value)
        if argument is not None:
            yield from make(k, s, a.args[0], argument, fuel)


def _make_sum(
    k: Search, s: Choice, terms: list[Term], value: Fraction, fuel: int
) -> Iterator[Choice]:
    left = value - _constant_part(terms)
    parts = [t for t in terms if t[1] != ONE]
    if not left:
        yield from _all(k, s, [a for _, a in parts], Fraction(0), fuel)
        return
    for i, (c, a) in enumerate(parts):
        rest = [p for j, (_, p) in enumerate(parts) if j != i]
        for choice in make(k, s, a, left / c, fuel):
            yield from _all(k, choice, rest, Fraction(0), fuel)


def _make_sequence(k: Search, s: Choice, a: Ref, value: Fraction, fuel: int) -> Iterator[Choice]:
    """A sequence is fixed where a function gives it its values and has the number in its reach."""
    if a.name not in k.source.bodies:
        return
    body = reduced(k, s, k.source.bodies[a.name])
    taken = any(a.name == x for x, _ in s.pairs)
    if not taken and isinstance(body, Apply) and within_reach(k, s, body.op, value):
        limits = {k.facts.limit(_function(k.source, s, body.op), sign) for sign in (1, -1)}
        cost = GATE if limits == {0, 1} else SEQUENCE
        yield from _decided(k, s, a.name, number(value), cost)
    if fuel > 0 and _offset(a) == 0:
        yield from make(k, s, body, value, fuel - 1)


def within_reach(k: Search, s: Choice, key: str, value: Fraction) -> bool:
    """Whether a function has the number as a value or as a limit."""
    name = _function(k.source, s, key)
    limits = [k.facts.limit(name, sign) for sign in (1, -1)]
    return key in k.source.functions and (
        value in limits or k.facts.argument(name, value) is not None
    )


def _decided(k: Search, s: Choice, name: str, value: Expr, cost: int) -> Iterator[Choice]:
    if k.affords(s.cost + cost):
        yield replace(s, values={**s.values, name: value}, cost=s.cost + cost)


def bound_to(k: Search, s: Choice, a: Expr, b: Expr) -> Iterator[Choice]:
    """A parameter of the source takes what stands in its place in the target."""
    name = text(a)
    if name in s.values:
        if equal(s.values[name], b, k.facts):
            yield s
    elif k.facts.shape(a) == k.facts.shape(b):
        bare = b.args[0] if isinstance(b, Apply) and b.op == "neg" else b
        plain = block_of(bare) is not None and b not in s.values.values()
        yield from _decided(k, s, name, b, 0 if plain else TIED)


def reduced(k: Search, s: Choice, a: Expr) -> Expr:
    """The expression with everything that is a number by now put in."""

    def put(node: Expr) -> Expr:
        match node:
            case Ref(name):
                known = s.values.get(name)
                if isinstance(known, Number) or (known is not None and is_identity(known)):
                    return known
                if name in k.source.bodies and _follows(k, s, name):
                    body = reduced(k, s, k.source.bodies[name])
                    return body if isinstance(body, Number) else node
            case Apply("@", (w, x)) if is_identity(w):
                return x
            case Apply("columns"):
                known = s.values.get(text(node))
                return known if isinstance(known, Number) else node
            case Apply(op, (arg,)) if op in k.source.functions:
                if s.functions.get(op) == "identity":
                    return arg
                if isinstance(arg, Number):
                    value = k.facts.value(_function(k.source, s, op), arg.value)
                    return node if value is None else number(value)
        return folded(node)

    return rewrite(a, put)


def _follows(k: Search, s: Choice, name: str) -> bool:
    """Whether a sequence may be a number by now: it is made of other sequences of the same step
    only, as i = 1 - f, or all its parameters are numbers."""
    mentioned = list(refs(k.source.bodies[name]))
    weights = [r.name for r in mentioned if r.name in k.source.parameters]
    if weights:
        return all(isinstance(s.values.get(w), Number) for w in weights)
    return all(
        isinstance(r.index, Shift) and r.index.offset == 0 and r.name in k.source.bodies
        for r in mentioned
    )


def is_parameter(k: Search, a: Expr) -> bool:
    name = block_of(a)
    return name is not None and name.name in k.source.parameters


def only_parameters(k: Search, b: Expr) -> bool:
    """Whether an expression of the target is made of its parameters alone."""
    found = list(refs(b))
    functions = any(isinstance(n, Apply) and n.op in k.target.functions for n in walk(b))
    return bool(found) and not functions and all(r.name in k.target.parameters for r in found)


def _grouped(k: Search, terms: list[Term]) -> list[Term]:
    """Summands of the target that are parameters alone, taken together as one."""
    alone = [t for t in terms if t[1] != ONE and only_parameters(k, t[1])]
    if len(alone) < 2:
        return terms
    shapes = [k.facts.shape(e) for _, e in alone]
    if len(set(shapes) - {SCALAR}) > 1:
        return terms
    return [*(t for t in terms if t not in alone), (Fraction(1), total(alone))]


def _scaled(k: Search, b: Expr, by: Fraction) -> Expr | None:
    """by·b, with the number where a parameter can take it up."""
    if only_parameters(k, b):
        return total(summands(b, by))
    match b:
        case Apply("@", (v, u)):
            inner = _scaled(k, v, by)
            return None if inner is None else Apply("@", (inner, u))
        case Apply("*"):
            c, parts = factors(b)
            for i, part in enumerate(parts):
                inner = _scaled(k, part, by * c)
                if inner is not None:
                    return product([*parts[:i], inner, *parts[i + 1 :]])
            return None
        case _:
            return None


def _constant_part(terms: list[Term]) -> Fraction:
    return sum((c for c, e in terms if e == ONE), Fraction(0))


def _offset(ref: Ref) -> int:
    return ref.index.offset if isinstance(ref.index, Shift) else 0


def _body(side: Side, ref: Ref) -> Expr:
    """The right side of a sequence's equation at the step of a mention."""
    var = ref.index.var if isinstance(ref.index, Shift) else "t"
    return shift(side.bodies[ref.name], var, _offset(ref))


def _now(k: Search, s: Choice, side: Side, ref: Ref) -> Expr:
    """A sequence's body as far as it is decided."""
    if side is k.source:
        return reduced(k, s, side.bodies[ref.name])
    return _target_body(k, s, ref)


def _moved(k: Search, s: Choice, ref: Ref) -> Iterator[Choice]:
    """The choice in which a sequence is opened; at an earlier step its initial value is bound.

    At another step only what is free of functions is opened: y[t-1] by y = U·h + b."""
    side = k.source if ref.name in k.source.bodies else k.target
    if _offset(ref) == 0 or ref.name in s.moved:
        yield s
    elif any(isinstance(n, Apply) and n.op in side.functions for n in walk(_now(k, s, side, ref))):
        return
    elif k.affords(s.cost + MOVED):
        yield replace(s, moved=(*s.moved, ref.name), cost=s.cost + MOVED)
