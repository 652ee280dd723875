"""The routes of an input to the output, with everything that multiplies it on its way.

The output of a cell, multiplied out as far as its functions allow, is a sum of such routes: in
h = o ⊙ tanh(c) with c = f ⊙ c[t-1] + i ⊙ c' x[t-1] comes in as o ⊙ tanh(f ⊙ i[t-1] ⊙ c'[t-1]).
A gate σ(u) is 1/2 + an odd function of u, which is all that is left of it when 1 − σ(u) = σ(−u) is
taken for it; so a factor σ(u) makes two routes, one with that odd function and one without. All
functions that are σ but for numbers before and after, such as tanh, make one kind of factor.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache
from typing import Literal, TypeAlias

from rnnhand.calculus.choice import Side
from rnnhand.calculus.limits import is_logistic
from rnnhand.calculus.simplify import Facts
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref, Shift, shift, walk

ODD, EVEN, GATE, LOGISTIC = "tanh", "σ", "gate σ", "logistic"
"""Functions that are σ but for numbers before and after: through 0 or not; σ of which nothing is
made but factors, so that no number is added to it; any of them, as a factor."""

FARTHEST = 2
"""How many steps back routes are followed."""

ANYTHING = "?"
"""A function that may be chosen."""

LIKE_SIGMA = (ODD, EVEN, GATE)

INPUT, MOVING, MIXED = "input", "moving", "mixed"
"""Factors that are no function: the input; another step's state without a part that is constant;
one that has such a part."""

WHOLE = (MOVING, MIXED)

MOST = 6_000
"""Routes of a cell up to which they are followed."""


REMEMBERED = 50_000
"""Comparisons of patterns that are kept: the same ones come up in most variants of a cell."""


class TooManyRoutes(Exception):
    """A cell has more routes than are followed."""


@dataclass(frozen=True)
class Letter:
    """One thing on a route: a weight, a function gone through, or a factor: what it is called here,
    how it is written, and for a factor the last step whose input it may depend on."""

    kind: Literal["weight", "function", "factor"]
    name: str
    shown: Expr
    step: int = 0


Route: TypeAlias = tuple[Letter, ...]
"""From the output to the input."""

Sum: TypeAlias = dict[Route, Fraction]
"""Routes, or factors, with the numbers before them."""


@dataclass(frozen=True)
class Variant:
    """A cell with some functions taken out, and some sequences constant; sequences and weights
    that are 0."""

    removed: frozenset[str] = frozenset()
    constant: frozenset[str] = frozenset()
    zero: frozenset[str] = frozenset()


@dataclass
class Routes:
    """All routes of a side in one variant, by how many steps they go back."""

    side: Side
    facts: Facts
    variant: Variant = Variant()
    _kinds: dict[str, tuple[str, Fraction | None]] = field(default_factory=dict)
    """What is known of functions, which is the same in all variants."""
    _known: dict[tuple[str, int], Sum] = field(default_factory=dict)
    _open: set[tuple[str, int]] = field(default_factory=set)
    _count: int = 0
    _mixed: frozenset[str] = field(init=False)
    _gates: frozenset[str] = field(init=False)
    _latest: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self._gates = frozenset(_only_factors(self.side))
        self._latest = self._last_steps()
        self._mixed = self._with_constants()

    def in_variant(self, variant: Variant) -> Routes:
        """The routes of the same side in another variant."""
        return Routes(self.side, self.facts, variant, self._kinds)

    def of(self, q: str, lag: int) -> Sum:
        """From q[t] to the input at t - lag, through no sequence twice at one step."""
        key = (q, lag)
        if q in self.variant.constant or key in self._open or not 0 <= lag <= FARTHEST:
            return {}
        if key not in self._known:
            self._open.add(key)
            found = self.through(self.side.bodies[q], lag)
            self._open.discard(key)
            self._count += len(found)
            if self._count > MOST:
                raise TooManyRoutes
            self._known[key] = found
        return self._known[key]

    def through(self, expr: Expr, lag: int) -> Sum:
        """From the value of an expression at t to the input at t - lag."""
        match expr:
            case Ref(name, index):
                offset = index.offset if isinstance(index, Shift) else 0
                if name == self.side.reads:
                    return {(): Fraction(1)} if -offset == lag else {}
                if name not in self.side.bodies:
                    return {}
                there = self.of(name, lag + offset).items()
                return {tuple(_at(x, offset) for x in route): c for route, c in there}
            case Apply("*" | "@", args):
                found: Sum = {}
                for i, arg in enumerate(args):
                    inside = self.through(arg, lag)
                    if inside:
                        beside = [self._factors(a) for j, a in enumerate(args) if j != i]
                        found = _added_up(found, _multiplied([*beside, inside]))
                return found
            case Apply("+" | ";" | "," | "T" | "columns" | "rows" | "diag", args):
                return _added_up(*(self.through(a, lag) for a in args))
            case Apply("-" | "neg" as op, args):
                signs = [1, *[-1] * (len(args) - 1)] if op == "-" else [-1]
                parts = [_times(self.through(a, lag), n) for a, n in zip(args, signs, strict=True)]
                return _added_up(*parts)
            case Apply(op, (arg,)):
                letter = self._function(op)
                inner = self.through(arg, lag)
                return inner if letter is None else {(letter, *r): Fraction(1) for r in inner}
            case _:
                return {}

    def _function(self, key: str) -> Letter | None:
        """What an application goes through; None for the identity and for what is no function."""
        if key not in self.side.functions or key in self.variant.removed:
            return None
        if key in self.side.open:
            return Letter("function", ANYTHING, Ref(key))
        name = self.side.functions[key]
        return None if name == "identity" else Letter("function", self._kind(key), Ref(name))

    def _kind(self, key: str) -> str:
        return self._like(key)[0]

    def _middle(self, key: str) -> Fraction | None:
        """The number about which a function's values are symmetric; None where it is not known."""
        return self._like(key)[1]

    def _like(self, key: str) -> tuple[str, Fraction | None]:
        if key not in self._kinds:
            name = self.side.functions[key]
            symmetry = None if key in self.side.open else self.facts.symmetry(name)
            middle = None if symmetry is None else symmetry.total / 2
            function = self.facts.functions.get(name)
            logistic = function is not None and is_logistic(function, self.facts.functions)
            like = ODD if middle == 0 else GATE if key in self._gates else EVEN
            self._kinds[key] = (like if logistic else name), middle
        return self._kinds[key]

    def _factors(self, expr: Expr) -> Sum:
        """What stands beside a route as its factors, summand by summand; nothing for what is 0."""
        there = self.side.bodies.get(expr.name, expr) if isinstance(expr, Ref) else expr
        if isinstance(there, Number):
            return {(): there.value} if there.value else {}
        if self._last(expr) is None and not _is_product(expr):
            zero = self._is_zero(expr)
            return {} if zero else {(Letter("weight", _name(expr), expr),): Fraction(1)}
        match expr:
            case Ref(q, index) if q in self.side.bodies:
                body = self.side.bodies[q]
                if isinstance(body, Apply) and self._function(body.op) is not None:
                    return self._applied(body, expr)
                now = not (isinstance(index, Shift) and index.offset)
                return self._factors(body) if now else self._whole(expr)
            case Apply("+", args):
                return _added_up(*map(self._factors, args))
            case Apply("-" | "neg" as op, args):
                signs = [1, *[-1] * (len(args) - 1)] if op == "-" else [-1]
                return _added_up(
                    *(_times(self._factors(a), n) for a, n in zip(args, signs, strict=True))
                )
            case Apply("*" | "@", args):
                return _multiplied([self._factors(a) for a in args])
            case Apply(op, (arg,)) if op in self.side.functions:
                removed = self._function(op) is None
                return self._factors(arg) if removed else self._applied(expr, expr)
            case _:
                return self._whole(expr)

    def _applied(self, application: Apply, shown: Expr) -> Sum:
        """f(u) as the number about which its values lie, and the rest."""
        letter, middle = self._function(application.op), self._middle(application.op)
        assert letter is not None
        name = LOGISTIC if letter.name in LIKE_SIGMA else letter.name
        step = self._last(shown)
        factor: Route = (Letter("factor", name, shown, 0 if step is None else step),)
        if middle is None and letter.name == ANYTHING:
            middle = Fraction(1)
        return {factor: Fraction(1), **({(): middle} if middle else {})}

    def _whole(self, expr: Expr) -> Sum:
        step = self._last(expr)
        assert step is not None
        reads = isinstance(expr, Ref) and expr.name == self.side.reads
        mixed = self._has_constant(expr, self._mixed)
        name = INPUT if reads else MIXED if mixed else MOVING
        return {(Letter("factor", name, expr, step),): Fraction(1)}

    def _is_zero(self, expr: Expr) -> bool:
        """Whether something that does not move, a weight among it, is 0 for certain."""
        match expr:
            case Number():
                return expr.value == 0
            case Apply("*" | "@", args):
                return any(map(self._is_zero, args))
            case Apply(op, (arg,)) if op in self.side.functions:
                passes = self._function(op) is None or self._middle(op) == 0
                return _name(expr) in self.variant.zero or (passes and self._is_zero(arg))
            case Ref(q) if isinstance(self.side.bodies.get(q), Number):
                return self._is_zero(self.side.bodies[q])
            case _:
                return _name(expr) in self.variant.zero

    @property
    def constants(self) -> frozenset[str]:
        """The sequences that do not depend on the input."""
        return frozenset(self.side.bodies.keys() - self._latest.keys())

    def _last_steps(self) -> dict[str, int]:
        """The last step, from t on, whose input a sequence depends on at t; it is left out where
        that is none."""
        self._latest = {}
        for _ in range(2 * len(self.side.bodies) + 2):
            for q, body in self.side.bodies.items():
                step = None if q in self.variant.constant else self._last(body)
                if step is not None and step >= -FARTHEST:
                    self._latest[q] = max(step, self._latest.get(q, step))
        return self._latest

    def _last(self, expr: Expr) -> int | None:
        """The last step whose input an expression depends on."""
        if isinstance(expr, Apply) and expr.op in ("*", "@"):
            parts = [self._last(a) for a in expr.args]
            if any(self._is_zero(a) for a in expr.args):
                return None
        elif isinstance(expr, Apply):
            parts = [self._last(a) for a in expr.args]
        elif isinstance(expr, Ref):
            offset = expr.index.offset if isinstance(expr.index, Shift) else 0
            if expr.name == self.side.reads:
                return offset
            there = self._latest.get(expr.name)
            return None if there is None else there + offset
        else:
            return None
        return max((p for p in parts if p is not None), default=None)

    def _with_constants(self) -> frozenset[str]:
        """The sequences of which a part, multiplied out, may be constant and not 0."""
        found = frozenset[str]()
        while True:
            bodies = self.side.bodies.items()
            more = found | {q for q, body in bodies if self._has_constant(body, found)}
            if more == found:
                return found
            found = more

    def _has_constant(self, expr: Expr, mixed: frozenset[str]) -> bool:
        match expr:
            case Number():
                return expr.value != 0
            case Ref(q):
                if q in self.variant.constant | self.variant.zero:
                    return q not in self.variant.zero
                return q in mixed or (q != self.side.reads and q not in self.side.bodies)
            case Apply("+" | "-" | "neg" | ";" | ",", args):
                return any(self._has_constant(a, mixed) for a in args)
            case Apply("*" | "@", args):
                return all(self._has_constant(a, mixed) for a in args)
            case Apply("columns"):
                return text(expr) not in self.variant.zero
            case Apply(op, (arg,)) if op in self.side.functions:
                if self._function(op) is None:
                    return self._has_constant(arg, mixed)
                return not (self._middle(op) == 0 and self._last(arg) is not None)
            case _:
                return True

    def behind(self, letter: Letter) -> Sum:
        """From a factor to the input of the last step that it may depend on."""
        return self.through(letter.shown, -letter.step)


def _name(expr: Expr) -> str:
    """What does not move, as one thing at all steps."""
    return expr.name if isinstance(expr, Ref) else text(expr)


def _is_product(expr: Expr) -> bool:
    return isinstance(expr, Apply) and expr.op in ("*", "@", "neg")


def _added_up(*parts: Sum) -> Sum:
    found: Sum = {}
    for part in parts:
        for route, c in part.items():
            found[route] = found.get(route, Fraction(0)) + c
    return {route: c for route, c in found.items() if c}


def _times(part: Sum, n: int) -> Sum:
    return {route: c * n for route, c in part.items()}


def _multiplied(parts: Sequence[Sum]) -> Sum:
    found: Sum = {(): Fraction(1)}
    for part in parts:
        found = _added_up(*({(*a, *b): c * d for b, d in part.items()} for a, c in found.items()))
    return found


def _at(letter: Letter, offset: int) -> Letter:
    """A letter as it stands at another step."""
    if not offset or letter.kind != "factor":
        return letter
    return replace(letter, shown=shift(letter.shown, "t", offset), step=letter.step + offset)


def _only_factors(side: Side) -> Iterator[str]:
    """The functions whose values are nothing but factors of products, as f and 1 - f are."""
    plain = {q for q, body in side.bodies.items() if is_linear(body) and q != side.gives}
    added = {name for q, body in side.bodies.items() if q not in plain for name in _added(body)}
    while True:
        more = {n for q in added & side.bodies.keys() for n in _linear(side.bodies[q])}
        if more <= added:
            break
        added |= more
    for q, body in side.bodies.items():
        if isinstance(body, Apply) and body.op in side.functions and q not in added:
            inline = sum(n.op == body.op for n in _applied_in(side))
            if q != side.gives and inline == 1:
                yield body.op


def _applied_in(side: Side) -> Iterator[Apply]:
    return (n for body in side.bodies.values() for n in walk(body) if isinstance(n, Apply))


def _added(expr: Expr) -> Iterator[str]:
    """The names that stand somewhere but in factors: in arguments, in summands of the whole."""
    match expr:
        case Apply("*", args):
            for arg in args:
                yield from () if is_linear(arg) else _added(arg)
        case Apply(_, args):
            for arg in args:
                yield from [arg.name] if isinstance(arg, Ref) else _added(arg)
        case _:
            return


def is_linear(expr: Expr) -> bool:
    """Whether a factor is f, or 1 - f."""
    sums = isinstance(expr, Apply) and expr.op in ("+", "-", "neg")
    return isinstance(expr, Ref | Number) or (
        sums and isinstance(expr, Apply) and all(map(is_linear, expr.args))
    )


def _linear(expr: Expr) -> set[str]:
    return {n.name for n in walk(expr) if isinstance(n, Ref)} if is_linear(expr) else set()


@dataclass(frozen=True)
class Pattern:
    """A route without its weights: the functions gone through, and the factors before, between and
    after them, each with its step."""

    functions: tuple[str, ...]
    factors: tuple[tuple[tuple[str, int], ...], ...]

    @property
    def is_told(self) -> bool:
        """Whether it is told which functions and factors these are, but for states."""
        names = {*self.functions, *(name for run in self.factors for name, _ in run)}
        return not names & {ANYTHING, MIXED}

    @property
    def is_plain(self) -> bool:
        """Whether there are no states among the factors either."""
        return self.is_told and all(name != MOVING for run in self.factors for name, _ in run)


def pattern(route: Route) -> Pattern:
    functions: list[str] = []
    factors: list[list[tuple[str, int]]] = [[]]
    for letter in route:
        if letter.kind == "function":
            functions.append(letter.name)
            factors.append([])
        elif letter.kind == "factor":
            factors[-1].append((letter.name, letter.step))
    return Pattern(tuple(functions), tuple(tuple(sorted(run)) for run in factors))


def monomial(route: Route) -> tuple[tuple[str, ...], ...]:
    """A route with what is multiplied in any order: x·W·x is one, whichever x it leads to."""
    runs: list[list[str]] = [[]]
    for letter in route:
        if letter.kind == "function":
            runs += [[letter.name], []]
        else:
            runs[-1].append(text(letter.shown))
    return tuple(tuple(sorted(run)) for run in runs)


def weights(route: Route) -> frozenset[str]:
    return frozenset(letter.name for letter in route if letter.kind == "weight")


@lru_cache(maxsize=REMEMBERED)
def serves(one: Pattern, other: Pattern) -> bool:
    """Whether a route of a first cell, of which weights may be 0, may take the place of a route of
    the goal: a gate's function takes that of no function but a gate's, since it lacks a summand
    for that, and a factor that of none that depends on a later step."""
    return (
        len(one.functions) == len(other.functions)
        and all(map(_is_function_for, one.functions, other.functions))
        and all(map(_are_factors_for, one.factors, other.factors))
    )


@lru_cache(maxsize=REMEMBERED)
def may_be(one: Pattern, other: Pattern) -> bool:
    """Whether a route of a first cell may be one of the goal, where all its factors depend on the
    steps that are said."""
    return (
        len(one.functions) == len(other.functions)
        and all(map(_is_like, one.functions, other.functions))
        and all(map(_may_take_away, one.factors, other.factors))
    )


@lru_cache(maxsize=REMEMBERED)
def may_cancel(one: Pattern, other: Pattern) -> bool:
    """Whether routes of one cell may take each other away: through the same functions, with the
    same factors at the same steps."""
    return one.functions == other.functions and all(map(_may_take_away, one.factors, other.factors))


Factors: TypeAlias = Sequence[tuple[str, int]]


def _is_like(one: str, other: str) -> bool:
    logistic = one in LIKE_SIGMA and other in LIKE_SIGMA
    return one == other or logistic or ANYTHING in (one, other)


def _is_function_for(one: str, other: str) -> bool:
    return _is_like(one, other) and (one != GATE or other != ODD)


def _are_factors_for(mine: Factors, theirs: Factors) -> bool:
    """Whether the first factors may be the others: each of these is one of them that depends on as
    late a step, or a part of a state or sum; nothing else is left, a state with a constant part
    excepted."""
    wholes = [step for name, step in mine if name in WHOLE]
    left = sorted((f for f in mine if f[0] not in WHOLE), key=lambda f: (f[0] == ANYTHING, f[1]))
    absorbed = 0
    for name, step in sorted(theirs, key=lambda f: f[1], reverse=True):
        fit = next((f for f in left if f[0] in (name, ANYTHING) and f[1] >= step), None)
        if fit is not None:
            left.remove(fit)
        elif any(last >= step for last in wholes):
            absorbed += 1
        else:
            return False
    return not left and (absorbed > 0 or all(name != MOVING for name, _ in mine))


def _may_take_away(one: Factors, other: Factors) -> bool:
    """Whether factors may be the same: a state of an earlier step is made of what is not later,
    and of something, if no part of it is constant."""
    mine, theirs = Counter(one), Counter(other)
    return _is_within(mine - theirs, theirs - mine) and _is_within(theirs - mine, mine - theirs)


def _is_within(left: Counter[tuple[str, int]], other: Counter[tuple[str, int]]) -> bool:
    """Whether all of some factors may be parts of whole ones among others."""
    whole = [step for name, step in other if name in WHOLE]
    if not left:
        return all(name != MOVING for name, _ in other)
    return bool(whole) and all(step <= max(whole) or name in WHOLE for name, step in left)


def applications(side: Side, q: str) -> set[str]:
    """The functions that stand in the equation of a sequence."""
    nodes = walk(side.bodies[q])
    return {n.op for n in nodes if isinstance(n, Apply) and n.op in side.functions}
