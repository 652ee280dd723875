"""What SymPy finds of a function of one variable without branches: limits, shorter forms, series,
inverses. It is asked for a bounded time, and what it finds is checked by whoever asks.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Any, TypeVar

import sympy

from rnnhand.arithmetic.base import Fault
from rnnhand.arithmetic.scalar import value
from rnnhand.arithmetic.symbolic import LETTERS, expression_of
from rnnhand.language.tree import Apply, Expr, Number, rewrite

SECONDS = 5.0
PLAIN = replace(
    LETTERS,
    functions={k: LETTERS.functions[k] for k in ("exp", "log", "sqrt")},
    keep=None,
)
"""SymPy's own exp, log and sqrt and nothing else, so that its algorithms know what they see."""

T = TypeVar("T")


class _Overtime(Exception):
    pass


@contextmanager
def _bounded(seconds: float) -> Iterator[None]:
    """Ends what goes on inside after some time. In threads other than the main one there is no
    such bound."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: object) -> None:
        raise _Overtime

    # Time of the processor, so that a busy machine gives the same answers.
    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def asked(work: Callable[[], T], seconds: float = SECONDS) -> T | None:
    """What SymPy answers; None where it knows no answer, or none in time."""
    try:
        with _bounded(seconds):
            return work()
    except _Overtime:
        return None
    # SymPy says that it has no answer by any of these, and it depends on the way it took.
    except (Fault, NotImplementedError, ValueError, TypeError, AttributeError, KeyError):
        return None
    except (RecursionError, ZeroDivisionError, sympy.PolynomialError, ArithmeticError):
        return None


@dataclass(frozen=True)
class Range:
    """Where a letter lies: low < letter < high, or at `low` = `high`; an end may belong to it."""

    low: Fraction | None
    high: Fraction | None
    with_low: bool = False
    with_high: bool = False

    @property
    def point(self) -> bool:
        return self.low is not None and self.low == self.high


def symbols(letters: Mapping[str, Range]) -> tuple[dict[str, Any], dict[Any, Any]]:
    """A value for each letter, made of a positive symbol so that SymPy knows where it lies; and
    how the letters come back."""
    named: dict[str, Any] = {}
    back: dict[Any, Any] = {}
    for name, where in letters.items():
        letter = sympy.Symbol(name, real=True)
        if where.point:
            assert where.low is not None
            named[name] = sympy.Rational(where.low.numerator, where.low.denominator)
            continue
        s = sympy.Symbol(f"_{name}", positive=True)
        low, high = (
            None if x is None else sympy.Rational(x.numerator, x.denominator)
            for x in (where.low, where.high)
        )
        if low is not None and high is not None:
            named[name], back[s] = (low + high * s) / (1 + s), (letter - low) / (high - letter)
        elif low is not None:
            named[name], back[s] = low + s, letter - low
        elif high is not None:
            named[name], back[s] = high - s, high - letter
        else:
            named[name], back[letter] = letter, letter
    return named, back


def sympy_of(expr: Expr, names: Mapping[str, Any]) -> Any:
    return value(expr, names, PLAIN, {})


def own(found: Any) -> Expr | None:
    """A SymPy expression in our language; None where it cannot be written there."""
    try:
        expr, number = expression_of(found)
    except Fault:
        return None
    return Number(str(number)) if number is not None else _turned(expr)


def _turned(expr: Expr | None) -> Expr | None:
    """−a/(b − c) as a/(c − b)."""

    def put(node: Expr) -> Expr:
        match node:
            case Apply("neg", (Apply("/", (Apply("+", (Apply("neg", (a,)), b)), c)),)):
                return Apply("/", (Apply("-", (a, b)), c))
            case Apply("neg", (Apply("/", (a, Apply("-", (b, c)))),)):
                return Apply("/", (a, Apply("-", (c, b))))
            case Apply("neg", (Apply("/", (a, low)),)) if _turnable(low):
                return Apply("/", (a, _flipped(low)))
            case Apply("/", (Apply("+", (Apply("neg", (a,)), b)), low)) if _turnable(low):
                return Apply("/", (Apply("-", (a, b)), _flipped(low)))
            case Apply("neg", (Apply("-", (a, b)),)):
                return Apply("-", (b, a))
            case Apply("*", (c, Apply("/", (a, d)))) if c == d:
                return a
            case Apply("log", (Apply("sqrt", (a,)),)):
                return Apply("/", (Apply("log", (a,)), Number("2")))
            case _:
                return node

    return None if expr is None else rewrite(expr, put)


def _turnable(expr: Expr) -> bool:
    """Whether one factor is a difference x − 1, better written 1 − x."""
    factors = expr.args if isinstance(expr, Apply) and expr.op == "*" else (expr,)
    return any(_is_turned(f) for f in factors)


def _is_turned(expr: Expr) -> bool:
    return isinstance(expr, Apply) and expr.op == "-" and isinstance(expr.args[1], Number)


def _flipped(expr: Expr) -> Expr:
    """−expr, the first such factor turned round."""
    if isinstance(expr, Apply) and expr.op == "*":
        i = next(i for i, f in enumerate(expr.args) if _is_turned(f))
        turned = (*expr.args[:i], _flipped(expr.args[i]), *expr.args[i + 1 :])
        return Apply("*", turned)
    assert isinstance(expr, Apply)
    return Apply("-", (expr.args[1], expr.args[0]))


def constant(expr: Expr, names: Mapping[str, Expr], letters: tuple[str, ...] = ()) -> Expr | None:
    """The value of an expression where its names have these values, simplified."""

    def work() -> Expr | None:
        known = {n: sympy.Symbol(n, real=True) for n in letters}
        at = {n: sympy_of(e, known) for n, e in names.items()}
        found = sympy.simplify(sympy_of(expr, {**known, **at}))
        if found.has(sympy.nan, sympy.zoo, sympy.oo):
            return None
        return own(found)

    return asked(work)


@dataclass(frozen=True)
class Limit:
    """A limit: `sign` ±1 for ±∞, else `expr`."""

    sign: int
    expr: Expr | None = None


def limit(expr: Expr, var: str, to: str, letters: Mapping[str, Range]) -> Limit | None:
    """The limit of an expression for var → oo, -oo, or a number from above or below (0+, 0-).

    A fraction of polynomials in x and exp(k·x) has that of its fastest summands.
    """
    if to in ("oo", "-oo") and not letters:
        known = fractional(expr, var)
        if known is not None:
            return _by_fastest(known, 1 if to == "oo" else -1)

    def work() -> Limit | None:
        x = sympy.Symbol(var, real=True)
        named, back = symbols(letters)
        found = sympy_of(expr, {**named, var: x})
        if to in ("oo", "-oo"):
            result = sympy.limit(found, x, sympy.oo if to == "oo" else -sympy.oo)
        else:
            at = Fraction(to.rstrip("+-"))
            point = sympy.Rational(at.numerator, at.denominator)
            result = sympy.limit(found, x, point, to[-1] if to[-1] in "+-" else "+-")
        if result in (sympy.oo, -sympy.oo):
            return Limit(1 if result == sympy.oo else -1)
        if result.has(sympy.oo, sympy.nan, sympy.zoo, sympy.AccumBounds, sympy.Limit, sympy.sign):
            return None
        shown = own(sympy.factor(sympy.simplify(result.subs(back))))
        return None if shown is None else Limit(0, shown)

    return asked(work)


def _by_fastest(f: Fractional, sign: int) -> Limit:
    if not f.above:
        return Limit(0, Number("0"))
    way = sign * (1 if f.rate > 0 else -1)
    top, low = (max(p, key=lambda m: (way * m[1], m[0])) for p in (f.above, f.below))
    i, j = top[0] - low[0], way * (top[1] - low[1])
    c = f.above[top] / f.below[low]
    if (j, i) == (0, 0):
        return Limit(0, Number(str(c)))
    if (j, i) < (0, 0):
        return Limit(0, Number("0"))
    if sign < 0 and i % 2:
        c = -c
    return Limit(1 if c > 0 else -1)


def shorter(expr: Expr, names: tuple[str, ...]) -> Expr | None:
    """An expression as one fraction in lowest terms, its parts factored."""

    def work() -> Expr | None:
        found = sympy_of(expr, {n: sympy.Symbol(n, real=True) for n in names})
        return own(tidied(found))

    return asked(work)


def tidied(found: Any) -> Any:
    """One fraction, factored, with no negative powers of exponentials."""
    plain, back = rationalised(found)
    return sympy.factor(sympy.together(plain)).subs(back)


def rationalised(found: Any) -> tuple[Any, dict[Any, Any]]:
    """exp(k·x/d) as powers of one symbol for every x; and how they come back."""
    groups: dict[Any, list[Any]] = {}
    for e in found.atoms(sympy.exp):
        rate, rest = sympy.expand(e.args[0]).as_coeff_Mul()
        groups.setdefault(rest, []).append((e, rate))
    back: dict[Any, Any] = {}
    for i, (rest, members) in enumerate(sorted(groups.items(), key=lambda g: str(g[0]))):
        if not all(rate.is_Rational for _, rate in members) or rest.is_Add or rest == 1:
            continue
        d = sympy.ilcm(1, *(rate.q for _, rate in members))
        symbol = sympy.Symbol(f"E_{i}", positive=True)
        back[symbol] = sympy.exp(rest / d)
        found = found.subs({e: symbol ** (rate * d) for e, rate in members})
    return found, back


def taylor(expr: Expr, var: str, letters: tuple[str, ...], terms: int) -> list[Expr] | None:
    """The coefficients of the powers 0, 1, … of an expression at 0."""
    known = None if letters else fractional(expr, var)
    if known is not None:
        series = _series(known, terms)
        return None if series is None else [Number(str(c)) for c in series]

    def work() -> list[Expr] | None:
        x = sympy.Symbol(var, real=True)
        found = sympy_of(expr, {var: x, **{n: sympy.Symbol(n, real=True) for n in letters}})
        shown: list[Expr] = []
        for k in range(terms):
            at = sympy.simplify(found.subs(x, 0) / sympy.factorial(k))
            if at.has(sympy.nan, sympy.zoo, sympy.oo):
                return None
            one = own(at)
            if one is None:
                return None
            shown.append(one)
            if k + 1 < terms:
                found = tidied(sympy.diff(found, x))
        return shown

    return asked(work)


def _series(f: Fractional, terms: int) -> list[Fraction] | None:
    """Power series of the fraction, exactly; None where it has a pole at 0."""
    above, below = (_polynomial_series(p, f.rate, terms) for p in (f.above, f.below))
    if below[0] == 0:
        return None
    found: list[Fraction] = []
    for k in range(terms):
        known = sum((found[i] * below[k - i] for i in range(k)), Fraction(0))
        found.append((above[k] - known) / below[0])
    return found


def _polynomial_series(
    p: Mapping[tuple[int, int], Fraction], rate: Fraction, terms: int
) -> list[Fraction]:
    """Σ c·x^i·exp(j·rate·x) = Σ c·(j·rate)^n/n!·x^(i+n)."""
    found = [Fraction(0)] * terms
    for (i, j), c in p.items():
        size = c
        for n in range(terms - i):
            found[i + n] += size
            size = size * j * rate / (n + 1)
    return found


def inverses(expr: Expr, var: str, letters: Mapping[str, Range], result: str) -> list[Expr]:
    """Solutions x of expr = result, as far as SymPy finds real ones."""

    def work() -> list[Expr]:
        x, y = sympy.Symbol(var, real=True), sympy.Symbol(result, real=True)
        named = {n: sympy.Symbol(n, real=True) for n in letters}
        found = sympy_of(expr, {**named, var: x})
        plain, back = rationalised(found)
        if len(back) == 1 and not plain.has(x):
            ((e, image),) = back.items()
            rate = image.args[0] / x
            above, below = sympy.fraction(sympy.cancel(sympy.together(plain)))
            roots = sympy.solve(above - y * below, e, check=False, simplify=False)
            solutions = [sympy.log(sympy.factor(r)) / rate for r in roots]
        else:
            solutions = sympy.solve(sympy.Eq(found, y), x, check=False)
        shown = [own(s) for s in solutions if not s.has(sympy.I, x)]
        return [s for s in shown if s is not None]

    return asked(work) or []


@dataclass(frozen=True)
class Fractional:
    """A function as a fraction of polynomials in the variable and in E = exp(rate·variable):
    coefficients by (power of the variable, power of E)."""

    above: Mapping[tuple[int, int], Fraction]
    below: Mapping[tuple[int, int], Fraction]
    rate: Fraction


@lru_cache(maxsize=256)
def fractional(expr: Expr, var: str) -> Fractional | None:
    """The function in this form, where it has it."""

    def work() -> Fractional | None:
        x = sympy.Symbol(var, real=True)
        found = sympy.expand_log(sympy_of(expr, {var: x}))
        plain, back = rationalised(sympy.powsimp(found))
        if len(back) > 1 or plain.has(sympy.exp, sympy.log):
            return None
        e = next(iter(back), sympy.Symbol("E", positive=True))
        rate = back[e].args[0] / x if back else sympy.Integer(1)
        if not rate.is_Rational:
            return None
        above, below = sympy.fraction(sympy.cancel(sympy.together(plain)))
        both = [sympy.Poly(p, x, e).terms() for p in (above, below)]
        if any(not c.is_Rational for terms in both for _, c in terms):
            return None
        top, low = (
            {(int(m[0]), int(m[1])): Fraction(int(c.p), int(c.q)) for m, c in terms if c}
            for terms in both
        )
        return Fractional(top, low, Fraction(int(rate.p), int(rate.q)))

    return asked(work)
