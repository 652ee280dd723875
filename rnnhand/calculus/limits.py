"""What a function does far out, whether it ever gets there, and whether it is symmetric.

All of it is read off the function's definition and slope, by orders of growth: far out an
expression behaves as c·exp(k·x)·x^n, and sums keep the summand that grows fastest.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from rnnhand.calculus.rules import ShapeOf
from rnnhand.calculus.simplify import (
    Facts,
    Polynomial,
    Symmetry,
    added,
    constant,
    multiplied,
    number,
    polynomial,
    scaled,
)
from rnnhand.language.operations import Function, Functions
from rnnhand.language.tree import Apply, Expr, Number, Ref, refs, substitute
from rnnhand.system.model import SCALAR

ATTEMPTS = (0, 1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 10, -10)
"""Arguments at which a function may already have the value that it tends to."""


@dataclass(frozen=True, order=True)
class Growth:
    """c·exp(k·x)·x^n for x → ∞; `certain` compares by k, then n."""

    k: Fraction
    n: int
    c: Fraction


ZERO_GROWTH = Growth(Fraction(0), 0, Fraction(0))


def limit(function: Function, functions: Functions, sign: int) -> Fraction | None:
    """The limit of f(x) for x → ±∞, where it is a number and growth tells it."""
    if len(function.parameters) != 1:
        return None
    growth = _growth(function.value, {function.parameters[0]: _line(sign)}, functions)
    if growth is None:
        return None
    if growth.c == 0 or growth.k == growth.n == 0:
        return growth.c
    return Fraction(0) if (growth.k, growth.n) < (0, 0) else None


def _line(slope: int | Fraction) -> Growth:
    return Growth(Fraction(0), 1, Fraction(slope))


def _growth(expr: Expr, env: dict[str, Growth], functions: Functions) -> Growth | None:
    """How an expression grows; None where this kind of reasoning does not tell."""
    match expr:
        case Number():
            return Growth(Fraction(0), 0, expr.value)
        case Ref(name, None) if name in env:
            return env[name]
        case Apply("neg", (a,)):
            return _negated(_growth(a, env, functions))
        case Apply(op, args):
            parts = [_growth(a, env, functions) for a in args]
            known = [p for p in parts if p is not None]
            if len(known) < len(parts):
                return None
            return _combined(op, known, functions)
        case _:
            return None


def _negated(g: Growth | None) -> Growth | None:
    return None if g is None else Growth(g.k, g.n, -g.c)


def _combined(op: str, parts: list[Growth], functions: Functions) -> Growth | None:
    match op:
        case "+":
            return _sum(parts)
        case "-":
            first, *others = parts
            return _sum([first, *(Growth(g.k, g.n, -g.c) for g in others)])
        case "*":
            product = parts[0]
            for g in parts[1:]:
                product = Growth(product.k + g.k, product.n + g.n, product.c * g.c)
            return product if product.c else ZERO_GROWTH
        case "/" if parts[1].c:
            a, b = parts
            return Growth(a.k - b.k, a.n - b.n, a.c / b.c) if a.c else ZERO_GROWTH
        case "exp":
            return _exponential(parts[0])
        case "max" | "min" if len(parts) == 2:
            a, b = parts
            difference = _sum([a, Growth(b.k, b.n, -b.c)])
            if difference is None:
                return a if a == b else None
            return a if (difference.c >= 0) == (op == "max") else b
        case _ if op in functions and len(functions[op].parameters) == len(parts):
            names = dict(zip(functions[op].parameters, parts, strict=True))
            return _growth(functions[op].value, names, functions)
        case _:
            return None


def _sum(parts: list[Growth]) -> Growth | None:
    """The fastest summands added up; None where they cancel, since then slower ones count."""
    parts = [g for g in parts if g.c]
    if not parts:
        return ZERO_GROWTH
    top = max((g.k, g.n) for g in parts)
    c = sum((g.c for g in parts if (g.k, g.n) == top), Fraction(0))
    return Growth(*top, c) if c else None


def _exponential(g: Growth) -> Growth | None:
    """exp of a line; of what tends to 0 it tends to 1."""
    if g.c == 0 or (g.k, g.n) < (0, 0):
        return Growth(Fraction(0), 0, Fraction(1))
    return Growth(g.c, 0, Fraction(1)) if g.k == 0 and g.n == 1 else None


def known_facts(shape: ShapeOf, functions: Functions) -> Facts:
    """The facts about some functions, each found out once."""

    @cache
    def far_out(op: str, sign: int) -> Fraction | None:
        return limit(functions[op], functions, sign) if op in functions else None

    @cache
    def mirrored(op: str) -> Symmetry | None:
        return symmetry(functions[op], functions) if op in functions else None

    @cache
    def argument(op: str, value: Fraction) -> Fraction | None:
        return argument_for(functions[op], value, functions) if op in functions else None

    @cache
    def value(op: str, x: Fraction) -> Fraction | None:
        return value_at(functions[op], x, functions) if op in functions else None

    return Facts(shape, functions, far_out, mirrored, argument, value)


def scalar_facts(functions: Functions) -> Facts:
    return Facts(lambda expr: SCALAR, functions)


def value_at(function: Function, x: Fraction, functions: Functions) -> Fraction | None:
    """f(x), where it is rational and easily told."""
    if len(function.parameters) != 1:
        return None
    body = substitute(function.value, {function.parameters[0]: number(x)})
    return constant(polynomial(body, scalar_facts(functions)))


def argument_for(function: Function, value: Fraction, functions: Functions) -> Fraction | None:
    """A whole number at which f has the value, among the first few."""
    for x in map(Fraction, ATTEMPTS):
        if value_at(function, x, functions) == value:
            return x
    return None


def never(function: Function, value: Fraction, functions: Functions) -> bool:
    """Whether f(x) = value for no finite x.

    Where f′ is a polynomial in f alone, y ↦ f′ = p(y) has one solution through every point; if
    p(c) = 0, the constant c is that solution, and f, which is not constant, never meets it, nor
    what lies beyond it.
    """
    if len(function.parameters) != 1:
        return False
    slope = function.slopes.get(function.parameters[0])
    if slope is None or any(r.name != "result" for r in refs(slope)):
        return False
    facts = scalar_facts(functions)
    poly = polynomial(slope, facts)
    plain = all(isinstance(a, Ref) and k > 0 for m in poly for a, k in m)
    start = value_at(function, Fraction(0), functions)
    if not plain or start is None or start == value or not poly:
        return False
    low, high = min(start, value), max(start, value)
    between = (c for c in map(Fraction, ATTEMPTS) if low <= c <= high and c != start)
    return any(
        constant(polynomial(substitute(slope, {"result": number(c)}), facts)) == 0
        for c in (value, *between)
    )


def is_logistic(function: Function, functions: Functions) -> bool:
    """Whether f(x) = a + (b - a)·σ(kx + m) for some numbers, as tanh(x) = 2σ(2x) - 1.

    These are the solutions between a and b of f′ = c(f - a)(f - b).
    """
    slope = function.slopes.get(next(iter(function.parameters), ""))
    ends = [limit(function, functions, sign) for sign in (1, -1)]
    if slope is None or None in ends or ends[0] == ends[1]:
        return False
    poly = polynomial(slope, scalar_facts(functions))
    powers = {m[0][1] if m else 0 for m in poly if all(a == Ref("result") for a, _ in m)}
    zeros = [
        constant(polynomial(substitute(slope, {"result": number(e)}), scalar_facts(functions)))
        for e in ends
        if e is not None
    ]
    return len(powers) == len(poly) and max(powers) == 2 and min(powers) >= 0 and zeros == [0, 0]


def symmetry(function: Function, functions: Functions) -> Symmetry | None:
    """f(-x) = total - f(x), proved for fractions of exponentials by multiplying out."""
    start = value_at(function, Fraction(0), functions)
    if start is None or len(function.parameters) != 1:
        return None
    x = function.parameters[0]
    there = _fraction(function.value, x, 1, functions)
    back = _fraction(function.value, x, -1, functions)
    if there is None or back is None:
        return None
    (a, b), (c, d) = there, back
    total = added([multiplied(a, d), multiplied(c, b)])
    whole = scaled(multiplied(b, d), 2 * start)
    return Symmetry(2 * start) if added([total, scaled(whole, Fraction(-1))]) == {} else None


E_X = Ref("e^x")


def _fraction(
    expr: Expr, x: str, sign: int, functions: Functions
) -> tuple[Polynomial, Polynomial] | None:
    """Numerator and denominator as Laurent polynomials in e^x; None for anything else."""
    one: Polynomial = {(): Fraction(1)}
    match expr:
        case Number():
            return ({(): expr.value} if expr.value else {}), one
        case Apply("exp", (a,)):
            line = polynomial(a, scalar_facts(functions))
            k = line.get(((Ref(x), 1),))
            if k is None or len(line) > 1 or k.denominator != 1:
                return None
            return {((E_X, int(k) * sign),): Fraction(1)}, one
        case Apply("neg", (a,)):
            inner = _fraction(a, x, sign, functions)
            return None if inner is None else (scaled(inner[0], Fraction(-1)), inner[1])
        case Apply(op, args) if op in ("+", "-", "*", "/"):
            parts = [_fraction(a, x, sign, functions) for a in args]
            known = [p for p in parts if p is not None]
            if len(known) < len(parts):
                return None
            found = known[0]
            for part in known[1:]:
                found = _joined(op, found, part)
            return found
        case _:
            return None


def _joined(
    op: str, one: tuple[Polynomial, Polynomial], other: tuple[Polynomial, Polynomial]
) -> tuple[Polynomial, Polynomial]:
    (a, b), (c, d) = one, other
    match op:
        case "*":
            return multiplied(a, c), multiplied(b, d)
        case "/":
            return multiplied(a, d), multiplied(b, c)
        case _:
            sign = Fraction(1 if op == "+" else -1)
            return added([multiplied(a, d), scaled(multiplied(c, b), sign)]), multiplied(b, d)
