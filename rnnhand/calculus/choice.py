"""What a search for a reduction has decided so far, and how an expression looks then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Literal, TypeAlias

from rnnhand.calculus.logistic import Logistic, logistic
from rnnhand.calculus.simplify import Facts, is_identity, number
from rnnhand.calculus.views import (
    ONE,
    Term,
    block_of,
    folded,
)
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref, Shift, refs, rewrite, shift, walk
from rnnhand.system.model import SCALAR

CONSTANT, TIED, DIVIDED, IDENTITY = 1, 1, 2, 2
GATE, SEQUENCE, CHOSEN, MOVED, REPLACED = 2, 3, 1, 1, 4
FORGIVEN, EACH, STATE, BOUNDED = 3, 2, 4, 1
"""Costs: a parameter made a number; one made something other than one parameter; one divided by
another, which must not be 0; a matrix made the identity; a gate fixed, which has values between 0
and 1; any other sequence fixed; an open function chosen; an initial value bound; a function
replaced by the identity; a difference left, and as much more for every parameter in it; a state of
another step as a factor that is left; a parameter of the target that has to lie between numbers."""


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
class Difference:
    """What is left different between two systems: a summand or a factor of the source that stays
    though it is too many, or one of the target that is missing; or a whole equation of the target,
    of which `expr` is the left side."""

    kind: Literal["stays", "missing"]
    part: Literal["summand", "factor", "equation"]
    expr: Expr


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
    differences: tuple[Difference, ...] = ()
    """What was left different, where that is forgiven."""
    known: dict[Expr, Expr] = field(default_factory=dict, compare=False, repr=False)
    """How expressions look under these values and functions, as far as anybody has asked."""


Match: TypeAlias = Callable[["Search", Choice, Expr, Expr, int], Iterator[Choice]]
"""The choices under which an expression of the source equals one of the target."""


@dataclass
class Search:
    source: Side
    target: Side
    facts: Facts
    match: Match
    """How the search goes on with two expressions: sums, products and matrices lead to others."""
    bound: int = 0
    forgiven: int = 0
    """How many differences may be left, at a cost, so that what is nearest is found."""
    whole: bool = False
    """Whether these are whole equations."""
    places: int = 0
    limit: int = 200_000
    dearer: int | None = None
    """The least cost above the bound that was met."""
    only: dict[Expr, bool] = field(default_factory=dict)
    """Which expressions of the target are made of its parameters alone, as far as looked at."""
    shifted: dict[tuple[str, int], Expr] = field(default_factory=dict)
    """Right sides of equations at other steps, as far as looked at."""
    forms: dict[str, Logistic | None] = field(default_factory=dict)
    """Functions as what they are of σ, as far as looked at."""
    mentions: Mapping[str, tuple[Ref, ...]] = field(init=False)
    """What every equation of the source mentions."""
    shares: frozenset[str] = field(init=False)
    """The parameters of the target at which a gate may be held: the weights of a single unit are
    not among them, but what stands as a and as 1 - a is."""

    def __post_init__(self) -> None:
        self.mentions = {q: tuple(refs(body)) for q, body in self.source.bodies.items()}
        found = Counter(r.name for body in self.target.bodies.values() for r in refs(body))
        names = self.target.parameters
        one_unit = all(self.facts.shape(Ref(p)) == SCALAR for p in names)
        self.shares = frozenset(p for p in names if not one_unit or found[p] > 1)

    def form(self, op: str) -> Logistic | None:
        if op not in self.forms:
            self.forms[op] = logistic(op, self.facts)
        return self.forms[op]

    def look(self) -> None:
        self.places += 1
        if self.places > self.limit:
            raise Exhausted

    def affords(self, cost: int) -> bool:
        if cost > self.bound:
            self.dearer = cost if self.dearer is None else min(self.dearer, cost)
        return cost <= self.bound


def decided(k: Search, s: Choice, name: str, value: Expr, cost: int) -> Iterator[Choice]:
    if k.affords(s.cost + cost):
        values = {**s.values, name: value}
        yield replace(s, values=values, cost=s.cost + cost, known={})


def differing(k: Search, s: Choice, difference: Difference) -> Iterator[Choice]:
    """The choice that leaves a difference, if so many are forgiven; one that is left already, as
    where a state is compared twice, is left for nothing."""
    if difference in s.differences:
        yield s
    elif len(s.differences) < k.forgiven and k.whole == (difference.part == "equation"):
        side = k.source if difference.kind == "stays" else k.target
        cost = s.cost + _forgiven(side, difference)
        if k.affords(cost):
            yield replace(s, differences=(*s.differences, difference), cost=cost)


def _forgiven(side: Side, difference: Difference) -> int:
    """What it costs to leave a difference: the more, the more parameters are in it, and in the
    equations of the same step that it stands for. A summand that stays is one way more; a state
    that multiplies everything makes another equation."""
    if difference.part == "equation":
        return FORGIVEN
    found, waiting = set[Ref](), [difference.expr]
    names: set[str] = set()
    while waiting:
        for ref in refs(waiting.pop()):
            if ref.name in side.parameters:
                names.add(ref.name)
            elif ref.name in side.bodies and offset_of(ref) == 0 and ref not in found:
                found.add(ref)
                waiting.append(side.bodies[ref.name])
    expr = difference.expr
    is_state = isinstance(expr, Ref) and expr.name in side.bodies and offset_of(expr) != 0
    multiplies = STATE if is_state and difference.part == "factor" else 0
    return FORGIVEN + EACH * len(names) + multiplies


def function_at(side: Side, s: Choice, key: str) -> str:
    return s.functions.get(key) or side.functions.get(key, key)


def chosen_function(k: Search, s: Choice, key: str, function: str) -> Iterator[Choice]:
    side = k.source if key in k.source.functions else k.target
    cost = 0 if side.functions[key] == function else CHOSEN
    if k.affords(s.cost + cost):
        functions = {**s.functions, key: function}
        yield replace(s, functions=functions, cost=s.cost + cost, known={})


def without_function(k: Search, s: Choice, a: Apply) -> Iterator[Choice]:
    """The choice in which a function of the source is the identity."""
    if a.op in s.functions or len(a.args) != 1:
        return
    cost = CHOSEN if a.op in k.source.open else REPLACED
    if a.op in k.source.open and k.source.functions[a.op] == "identity":
        cost = 0
    if k.affords(s.cost + cost):
        functions = {**s.functions, a.op: "identity"}
        yield replace(s, functions=functions, cost=s.cost + cost, known={})


def reduced(k: Search, s: Choice, a: Expr) -> Expr:
    """The expression with everything that is a number by now put in."""
    found = s.known.get(a)
    if found is None:
        found = s.known[a] = _reduced(k, s, a, frozenset())
    return found


def _reduced(k: Search, s: Choice, a: Expr, within: frozenset[str]) -> Expr:
    """The same; a sequence that is made of its own earlier values (`within` which the search looks
    already) is no number for that."""

    def put(node: Expr) -> Expr:
        match node:
            case Ref(name):
                known = s.values.get(name)
                if isinstance(known, Number) or (known is not None and is_identity(known)):
                    return known
                if name in k.source.bodies and name not in within and _follows(k, s, name):
                    body = _reduced(k, s, k.source.bodies[name], within | {name})
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
                    value = k.facts.value(function_at(k.source, s, op), arg.value)
                    return node if value is None else number(value)
        return folded(node)

    return rewrite(a, put)


def _follows(k: Search, s: Choice, name: str) -> bool:
    """Whether a sequence may be a number by now: it is made of other sequences of the same step
    only, as i = 1 - f, or all its parameters are numbers."""
    mentioned = k.mentions[name]
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
    if b not in k.only:
        nodes = list(walk(b))
        found = [n for n in nodes if isinstance(n, Ref)]
        functions = any(isinstance(n, Apply) and n.op in k.target.functions for n in nodes)
        k.only[b] = (
            bool(found) and not functions and all(r.name in k.target.parameters for r in found)
        )
    return k.only[b]


def constant_part(terms: list[Term]) -> Fraction:
    return sum((c for c, e in terms if e == ONE), Fraction(0))


def offset_of(ref: Ref) -> int:
    return ref.index.offset if isinstance(ref.index, Shift) else 0


def body_at(k: Search, side: Side, ref: Ref) -> Expr:
    """The right side of a sequence's equation at the step of a mention."""
    key = (ref.name, offset_of(ref))
    if key not in k.shifted:
        var = ref.index.var if isinstance(ref.index, Shift) else "t"
        k.shifted[key] = shift(side.bodies[ref.name], var, offset_of(ref))
    return k.shifted[key]
