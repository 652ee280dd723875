"""Polynomials in letters with rational coefficients: what a network is on one of its pieces."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from rnnhand.arithmetic.base import Fault, TooLong
from rnnhand.language.operations import Functions
from rnnhand.language.printer import text
from rnnhand.language.tree import COMPARISONS, Apply, Expr, Number, Ref, substitute

Monomial: TypeAlias = tuple[tuple[str, int], ...]
"""Letters with their powers, in alphabetical order; empty for 1."""

TERMS = 2_000
DEGREE = 40


@dataclass(frozen=True)
class Polynomial:
    """Σ coefficient·monomial, no coefficient 0."""

    terms: Mapping[Monomial, Fraction]

    def __add__(self, other: Polynomial) -> Polynomial:
        found = dict(self.terms)
        for m, c in other.terms.items():
            found[m] = found.get(m, Fraction(0)) + c
        return _made(found)

    def __neg__(self) -> Polynomial:
        return Polynomial({m: -c for m, c in self.terms.items()})

    def __sub__(self, other: Polynomial) -> Polynomial:
        return self + -other

    def __mul__(self, other: Polynomial) -> Polynomial:
        found: dict[Monomial, Fraction] = {}
        for m, c in self.terms.items():
            for n, d in other.terms.items():
                powers = dict(m)
                for letter, k in n:
                    powers[letter] = powers.get(letter, 0) + k
                key = tuple(sorted(powers.items()))
                found[key] = found.get(key, Fraction(0)) + c * d
        return _made(found)

    @property
    def value(self) -> Fraction | None:
        """The number that it is, if it is one."""
        if not self.terms:
            return Fraction(0)
        return self.terms.get(()) if len(self.terms) == 1 else None

    @property
    def letters(self) -> set[str]:
        return {letter for m in self.terms for letter, _ in m}

    @property
    def degree(self) -> int:
        return max((sum(k for _, k in m) for m in self.terms), default=0)

    def coefficient(self, letter: str) -> Fraction:
        """What stands before a letter alone."""
        return self.terms.get(((letter, 1),), Fraction(0))

    @property
    def constant(self) -> Fraction:
        return self.terms.get((), Fraction(0))

    def at(self, point: Mapping[str, Fraction]) -> Polynomial:
        """With numbers in place of letters."""
        total = Polynomial({})
        for m, c in self.terms.items():
            kept: list[tuple[str, int]] = []
            for letter, k in m:
                if letter in point:
                    c *= point[letter] ** k
                else:
                    kept.append((letter, k))
            total += _made({tuple(kept): c})
        return total


def _made(terms: Mapping[Monomial, Fraction]) -> Polynomial:
    if len(terms) > TERMS or any(sum(k for _, k in m) > DEGREE for m in terms):
        raise TooLong("formula-too-long", limit=TERMS)
    return Polynomial({m: c for m, c in terms.items() if c})


def number(value: Fraction | int) -> Polynomial:
    return _made({(): Fraction(value)})


def letter(name: str) -> Polynomial:
    return Polynomial({((name, 1),): Fraction(1)})


Sign: TypeAlias = Callable[[Polynomial], int]
"""Whether a polynomial is positive (1), zero (0) or negative (−1)."""


def no_kink(of: Polynomial) -> int:
    """The sign where only numbers are to be compared. Raises `Fault` for anything else."""
    if of.value is None:
        raise Fault("not-piecewise", found="…")
    return (of.value > 0) - (of.value < 0)


class NotPolynomial(Fault):
    """A formula is made with more than + − · and kinks; `found` is the operation."""

    def __init__(self, expr: Expr) -> None:
        super().__init__("not-piecewise", found=text(expr)[:60])


def polynomial(expr: Expr, sign: Sign, functions: Functions) -> Polynomial:
    """A formula of scalars as a polynomial; `sign` decides on which side of every kink we are.

    Raises `NotPolynomial` where it is none.
    """

    def of(e: Expr) -> Polynomial:
        return polynomial(e, sign, functions)

    match expr:
        case Number():
            return number(expr.value)
        case Ref():
            return letter(text(expr))
        case Apply("+", args):
            total = of(args[0])
            for arg in args[1:]:
                total += of(arg)
            return total
        case Apply("*" | "@", args):
            found = of(args[0])
            for arg in args[1:]:
                found *= of(arg)
            return found
        case Apply("-", (a, b)):
            return of(a) - of(b)
        case Apply("neg", (a,)):
            return -of(a)
        case Apply("/", (a, b)):
            below = of(b).value
            if below:
                return of(a) * number(1 / below)
        case Apply("^", (a, b)):
            power = of(b).value
            if power is not None and power.denominator == 1 and 0 <= power <= DEGREE:
                found = number(1)
                for _ in range(int(power)):
                    found *= of(a)
                return found
        case Apply("max" | "min" as op, (a, b)):
            left, right = of(a), of(b)
            larger = sign(left - right) > 0
            return left if larger == (op == "max") else right
        case Apply(op, (a, b)) if op in COMPARISONS:
            return number(int(_holds(op, sign(of(a) - of(b)))))
        case Apply(op, args) if op in functions and not functions[op].open:
            function = functions[op]
            return of(substitute(function.value, dict(zip(function.parameters, args, strict=True))))
        case Apply("T" | "sum" | "mean", (a,)):
            return of(a)
    raise NotPolynomial(expr)


def _holds(op: str, sign: int) -> bool:
    return {
        ">": sign > 0,
        "<": sign < 0,
        ">=": sign >= 0,
        "<=": sign <= 0,
        "==": sign == 0,
        "!=": sign != 0,
    }[op]


def formula(of: Polynomial, order: tuple[str, ...] = ()) -> Expr:
    """The polynomial as people write it: 5·x1 − 60·x2 + 1/2, letters in the given order first."""

    def place(letter_: str) -> tuple[int, str]:
        return (order.index(letter_) if letter_ in order else len(order), letter_)

    def key(m: Monomial) -> tuple[bool, list[tuple[int, str]], int]:
        return (not m, sorted(place(n) for n, _ in m), sum(k for _, k in m))

    total: Expr | None = None
    for m in sorted(of.terms, key=key):
        c = of.terms[m]
        factors: list[Expr] = [] if abs(c) == 1 and m else [Number(str(abs(c)))]
        for name, k in sorted(m, key=lambda item: place(item[0])):
            one: Expr = named(name)
            factors.append(one if k == 1 else Apply("^", (one, Number(str(k)))))
        term = factors[0] if len(factors) == 1 else Apply("*", tuple(factors))
        if total is None:
            total = term if c > 0 else Apply("neg", (term,)) if m else Number(str(c))
        elif c < 0:
            total = Apply("-", (total, term))
        elif isinstance(total, Apply) and total.op == "+":
            total = Apply("+", (*total.args, term))
        else:
            total = Apply("+", (total, term))
    return total or Number("0")


def named(name: str) -> Ref:
    """A letter as a mention again: x1, x[2]."""
    from rnnhand.language.parser import parse_expression

    found = parse_expression(name) if "[" in name and "(" not in name else Ref(name)
    assert isinstance(found, Ref)
    return found
