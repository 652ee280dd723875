"""The routes of an input to the output, with everything that multiplies it on its way.

The output of a cell, multiplied out as far as its functions allow, is a sum of such routes: in
h = o ⊙ tanh(c) with c = f ⊙ c[t-1] + i ⊙ c' x[t-1] comes in as o ⊙ tanh(f ⊙ i[t-1] ⊙ c'[t-1]).
A gate σ(u) is 1/2 + an odd function of u, which is all that is left of it when 1 − σ(u) = σ(−u) is
taken for it; so a factor σ(u) makes two routes, one with that odd function and one without. All
functions that are σ but for numbers before and after, such as tanh, make one kind of factor.

Beside a summand that may be a number times the same, σ gives what tanh does, and tanh what σ does:
k·σ(u) − k/2 = k·tanh(u/2)/2. So which of the two a route goes through is told only where no such
summand stands beside it, on the way from the function before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import takewhile

from rnnhand.calculus.choice import Side
from rnnhand.calculus.limits import is_logistic
from rnnhand.calculus.route_sums import (
    ANYTHING,
    GATE,
    INPUT,
    LIKE_SIGMA,
    LOGISTIC,
    MOST,
    MOVING,
    ODD,
    ONCE,
    Letter,
    Route,
    Sum,
    TooManyRoutes,
    added_up,
    at,
    freed,
    multiplied,
    times,
)
from rnnhand.calculus.simplify import Facts
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref, Shift

FARTHEST = 2
"""How many steps back routes are followed."""


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
    _texts: dict[int, tuple[Expr, str]] = field(default_factory=dict)
    """How expressions are written, which is the same too. They are asked for by identity, which is
    sooner told than equality; each is kept, so that no other one takes its place."""
    _lasts: dict[int, tuple[Expr, int | None]] = field(default_factory=dict)
    _known: dict[tuple[str, int], Sum] = field(default_factory=dict)
    _open: set[tuple[str, int]] = field(default_factory=set)
    _count: int = 0
    _mixed: frozenset[str] = field(init=False)
    _latest: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self._latest = self._last_steps()
        self._mixed = self._with_constants()

    def in_variant(self, variant: Variant) -> Routes:
        """The routes of the same side in another variant."""
        return Routes(self.side, self.facts, variant, self._kinds, self._texts)

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
            case Ref(name):
                offset = _offset(expr)
                if name == self.side.reads:
                    return {(): ONCE} if -offset == lag else {}
                if name not in self.side.bodies:
                    return {}
                there = self.of(name, lag + offset).items()
                return {tuple(at(x, offset) for x in route): c for route, c in there}
            case Apply("*" | "@", args):
                found: Sum = {}
                for i, arg in enumerate(args):
                    inside = self.through(arg, lag)
                    if inside:
                        beside = [self._factors(a) for j, a in enumerate(args) if j != i]
                        found = added_up(found, multiplied([*beside, inside]))
                return found
            case Apply("T" | "columns" | "rows" | "diag", args):
                return added_up(*(self.through(a, lag) for a in args))
            case Apply("+" | "-" | "neg" | ";" | "," as op, args):
                return added_up(*self._summands(args, _signs(op, len(args)), lag))
            case Apply(op, (arg,)):
                letter = self.function(op)
                inner = self.through(arg, lag)
                if letter is None:
                    return inner
                through = replace(letter, value=(self._text(expr), 0))
                return {(through, *r): ONCE for r in inner}
            case _:
                return {}

    def _summands(self, args: Sequence[Expr], signs: Sequence[int], lag: int) -> Iterator[Sum]:
        for i, (arg, sign) in enumerate(zip(args, signs, strict=True)):
            others = [a for j, a in enumerate(args) if j != i]
            for route, c in self.through(arg, lag).items():
                apart = self._is_apart(arg, sign, others, route)
                yield {route if apart else freed(route): c * sign}

    def _is_apart(self, arg: Expr, sign: int, others: Sequence[Expr], route: Route) -> bool:
        """Whether no summand beside a route may be a number times what its first function is
        multiplied with: 1 is none beside a gate, for 1 - f is a gate too; what has no constant part
        is none beside numbers, and what has an earlier state for a factor is none beside functions
        σ that see the step itself."""
        body = self.side.bodies.get(arg.name, arg) if isinstance(arg, Ref) else arg
        numbers = [a.value for a in others if isinstance(a, Number)]
        if len(numbers) == len(others):
            gate = isinstance(body, Apply) and body.op in self.side.functions
            middle = self._middle(body.op) if gate and isinstance(body, Apply) else None
            return not others or bool(middle and middle + sign * sum(numbers))
        before = [b for b in takewhile(_is_no_function, route) if b.kind == "factor"]
        if not before and not any(self._has_constant(a, self._mixed) for a in others):
            return True
        seen = all((b.name, b.step) == (LOGISTIC, 0) for b in before)
        return seen and all(map(self._has_earlier_factor, others))

    def _has_earlier_factor(self, expr: Expr) -> bool:
        match expr:
            case Ref(q, Shift() as index) if index.offset < 0:
                return q in self.side.bodies and self._last(expr) is not None
            case Ref(q) if q in self.side.bodies:
                return self._has_earlier_factor(self.side.bodies[q])
            case Apply("*" | "@", args):
                return any(map(self._has_earlier_factor, args))
            case Apply("neg", (arg,)):
                return self._has_earlier_factor(arg)
            case _:
                return False

    def function(self, key: str) -> Letter | None:
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
            like = ODD if middle == 0 else GATE
            self._kinds[key] = (like if logistic else name), middle
        return self._kinds[key]

    def _factors(self, expr: Expr) -> Sum:
        """What stands beside a route as its factors, summand by summand; nothing for what is 0."""
        there = self.side.bodies.get(expr.name, expr) if isinstance(expr, Ref) else expr
        if isinstance(there, Number):
            return {(): there.value} if there.value else {}
        if self._last(expr) is None and not _is_product(expr):
            zero = self._is_zero(expr)
            return {} if zero else {(Letter("weight", self._name(expr), expr),): ONCE}
        match expr:
            case Ref(q) if q in self.side.bodies:
                body = self.side.bodies[q]
                if isinstance(body, Apply) and self.function(body.op) is not None:
                    return self._applied(body, expr)
                # A sum of what is earlier moves or not as a whole.
                past = _offset(expr) < 0 or (self._last(expr) or 0) < 0
                return self._whole(expr) if past else self._factors(body)
            case Apply("+", args):
                return added_up(*map(self._factors, args))
            case Apply("-" | "neg" as op, args):
                signs = _signs(op, len(args))
                return added_up(
                    *(times(self._factors(a), n) for a, n in zip(args, signs, strict=True))
                )
            case Apply("*" | "@", args):
                return multiplied([self._factors(a) for a in args])
            case Apply(op, (arg,)) if op in self.side.functions:
                removed = self.function(op) is None
                return self._factors(arg) if removed else self._applied(expr, expr)
            case _:
                return self._whole(expr)

    def _applied(self, application: Apply, shown: Expr) -> Sum:
        """f(u) as the number about which its values lie, and the rest."""
        letter, middle = self.function(application.op), self._middle(application.op)
        assert letter is not None
        name = LOGISTIC if letter.name in LIKE_SIGMA else letter.name
        step = self._last(shown)
        value = (self._text(application), _offset(shown))
        factor: Route = (Letter("factor", name, shown, 0 if step is None else step, value),)
        if middle is None and letter.name == ANYTHING:
            middle = ONCE
        return {factor: ONCE, **({(): middle} if middle else {})}

    def _whole(self, expr: Expr) -> Sum:
        step = self._last(expr)
        assert step is not None
        reads = isinstance(expr, Ref) and expr.name == self.side.reads
        value = (self._name(expr), _offset(expr))
        moving = Letter("factor", INPUT if reads else MOVING, expr, step, value)
        found: Sum = {(moving,): ONCE}
        if self._has_constant(expr, self._mixed):
            found[(Letter("rest", self._text(expr), expr),)] = ONCE
        return found

    def _text(self, expr: Expr) -> str:
        known = self._texts.get(id(expr))
        if known is None:
            known = self._texts[id(expr)] = (expr, text(expr))
        return known[1]

    def _name(self, expr: Expr) -> str:
        """What does not move, as one thing at all steps."""
        return expr.name if isinstance(expr, Ref) else self._text(expr)

    def _is_zero(self, expr: Expr) -> bool:
        """Whether something that does not move, a weight among it, is 0 for certain."""
        match expr:
            case Number():
                return expr.value == 0
            case Apply("*" | "@", args):
                return any(map(self._is_zero, args))
            case Apply(op, (arg,)) if op in self.side.functions:
                passes = self.function(op) is None or self._middle(op) == 0
                return self._name(expr) in self.variant.zero or (passes and self._is_zero(arg))
            case Ref(q) if isinstance(self.side.bodies.get(q), Number):
                return self._is_zero(self.side.bodies[q])
            case _:
                return self._name(expr) in self.variant.zero

    @property
    def constants(self) -> frozenset[str]:
        """The sequences that do not depend on the input."""
        return frozenset(self.side.bodies.keys() - self._latest.keys())

    def _last_steps(self) -> dict[str, int]:
        """The last step, from t on, whose input a sequence depends on at t; it is left out where
        that is none."""
        self._latest = {}
        for _ in range(2 * len(self.side.bodies) + 2):
            before = dict(self._latest)
            for q, body in self.side.bodies.items():
                step = None if q in self.variant.constant else self._last(body)
                if step is not None and step > self._latest.get(q, -FARTHEST - 1):
                    self._latest[q] = step
                    self._lasts.clear()
            if self._latest == before:
                break
        return self._latest

    def _last(self, expr: Expr) -> int | None:
        """The last step whose input an expression depends on."""
        known = self._lasts.get(id(expr))
        if known is None:
            known = self._lasts[id(expr)] = (expr, self._last_of(expr))
        return known[1]

    def _last_of(self, expr: Expr) -> int | None:
        if isinstance(expr, Apply) and expr.op in ("*", "@"):
            parts = [self._last(a) for a in expr.args]
            if any(self._is_zero(a) for a in expr.args):
                return None
        elif isinstance(expr, Apply):
            parts = [self._last(a) for a in expr.args]
        elif isinstance(expr, Ref):
            offset = _offset(expr)
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
                return self._text(expr) not in self.variant.zero
            case Apply(op, (arg,)) if op in self.side.functions:
                if self.function(op) is None:
                    return self._has_constant(arg, mixed)
                return not (self._middle(op) == 0 and self._last(arg) is not None)
            case _:
                return True

    def behind(self, letter: Letter) -> Sum:
        """From a factor to the input of the last step that it may depend on."""
        return self.through(letter.shown, -letter.step)


def _offset(expr: Expr) -> int:
    """How many steps after t a name is taken; 0 of anything else."""
    index = expr.index if isinstance(expr, Ref) else None
    return index.offset if isinstance(index, Shift) else 0


def _is_product(expr: Expr) -> bool:
    return isinstance(expr, Apply) and expr.op in ("*", "@", "neg")


def _signs(op: str, count: int) -> list[int]:
    return [-1] if op == "neg" else [1, *[-1 if op == "-" else 1] * (count - 1)]


def _is_no_function(letter: Letter) -> bool:
    return letter.kind != "function"
