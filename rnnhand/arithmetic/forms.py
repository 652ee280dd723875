"""Fractions of polynomials in letters as formulas that people read: expanded, or in factors.

The letters are those of a `normal.Space`; whatever else is an atom there has no spelling here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from flint import fmpq, fmpq_mpoly

from rnnhand.arithmetic import normal
from rnnhand.arithmetic.base import Fault
from rnnhand.arithmetic.normal import Form, Space
from rnnhand.arithmetic.rational import fraction
from rnnhand.arithmetic.scalar import value
from rnnhand.language.operations import Functions
from rnnhand.language.tree import Apply, Expr, Number, Ref, refs

ONE = Number("1")


def form(expr: Expr, space: Space, functions: Functions) -> Form:
    """A formula as a fraction of polynomials. Raises `Fault` where it is none."""
    names = {r.name: space.letter(r.name) for r in refs(expr)}
    found = value(expr, names, normal.arithmetic(space), functions)
    assert isinstance(found, Form)
    if any(not _is_letter(key) for key in space.known):
        raise Fault("not-a-polynomial", found=expr)
    return found


def _is_letter(key: object) -> bool:
    return isinstance(key, tuple) and key[0] == "letter"


def names(space: Space) -> list[str]:
    return [str(key[1]) for key in space.known if isinstance(key, tuple)]


def terms(x: Form) -> dict[tuple[int, ...], Fraction]:
    """The monomials of the numerator over a denominator that is a number."""
    below = fraction(x.below.leading_coefficient())
    return {
        tuple(int(i) for i in m): fraction(fmpq(c)) / below for m, c in x.above.to_dict().items()
    }


def is_polynomial(x: Form) -> bool:
    return bool(x.below.is_constant())


def substituted(x: Form, values: Mapping[str, Form]) -> Form:
    """A form with forms in place of letters."""
    found: dict[str, Form] = {}
    for name in names(x.space):
        found[name] = values.get(name, x.space.letter(name))
    above, below = (_put(p, x.space, found) for p in (x.above, x.below))
    return above * normal.inverse(below)


def _put(p: fmpq_mpoly, space: Space, values: Mapping[str, Form]) -> Form:
    total = space.constant(Fraction(0))
    order = names(space)
    for m, c in p.to_dict().items():
        term = space.constant(fraction(fmpq(c)))
        for name, power in zip(order, m, strict=False):
            if power:
                term = term * normal.power(values[name], int(power))
        total = total + term
    return total


def at(x: Form, numbers: Mapping[str, Fraction]) -> Form:
    return substituted(x, {n: x.space.constant(v) for n, v in numbers.items()})


def expanded(x: Form) -> Expr:
    """Numerator and denominator as sums."""
    top, low = (_sum(p, x.space) for p in (x.above, x.below))
    return top if low == ONE else Apply("/", (top, low))


def factored(x: Form) -> Expr:
    """Numerator and denominator in factors."""
    if not len(x.above):
        return Number("0")
    above, below = _factors(x.above, x.space), _factors(x.below, x.space)
    c = above[0] / below[0]
    if not below[1]:
        # 4/3·x; but 4/(3·x)
        top = _product(abs(c), above[1])
        if not above[1]:
            return Number(str(c))
        low: Expr = ONE
    else:
        top = _product(Fraction(abs(c.numerator)), above[1])
        low = _product(Fraction(c.denominator), below[1])
    found = top if low == ONE else Apply("/", (top, low))
    return Apply("neg", (found,)) if c < 0 else found


def _product(c: Fraction, parts: list[Expr]) -> Expr:
    factors = parts if c == 1 and parts else [Number(str(c)), *parts]
    return factors[0] if len(factors) == 1 else Apply("*", tuple(factors))


def _factors(p: fmpq_mpoly, space: Space) -> tuple[Fraction, list[Expr]]:
    """p = number·factors; a factor such as q − 1 is written 1 − q."""
    constant, factors = p.factor()
    c = fraction(fmpq(constant))
    parts: list[Expr] = []
    for factor, n in sorted(factors, key=lambda f: (len(f[0]), str(f[0]))):
        scale, whole = _whole(factor)
        c *= scale**n
        if len(whole) == 2 and _turns(whole):
            whole = -whole
            c *= (-1) ** n
        inner = _sum(whole, space)
        parts.append(inner if n == 1 else Apply("^", (inner, Number(str(n)))))
    return c, parts


def _whole(p: fmpq_mpoly) -> tuple[Fraction, fmpq_mpoly]:
    """p as a number times a polynomial with whole coefficients."""
    from math import lcm

    bottom = lcm(*(int(fmpq(c).q) for c in p.coeffs()))
    return Fraction(1, bottom), p * bottom


def _turns(p: fmpq_mpoly) -> bool:
    """Whether two terms are better the other way round: x − 1, whose number is −1."""
    found = p.to_dict()
    constant = [c for m, c in found.items() if not any(m)]
    others = [c for m, c in found.items() if any(m)]
    return bool(constant and others and constant[0] < 0 < others[0])


def _sum(p: fmpq_mpoly, space: Space) -> Expr:
    order = names(space)
    found: list[tuple[int, Expr]] = []
    items = sorted(p.to_dict().items(), key=lambda item: (-sum(map(int, item[0])), item[0]))
    if len(items) == 2 and items[0][1] < 0 < items[1][1]:
        items.reverse()
    for m, c in items:
        size = abs(fraction(fmpq(c)))
        powers = [(n, int(k)) for n, k in zip(order, m, strict=False) if k]
        factors: list[Expr] = [] if size == 1 and powers else [Number(str(size))]
        factors += [Ref(n) if k == 1 else Apply("^", (Ref(n), Number(str(k)))) for n, k in powers]
        term = factors[0] if len(factors) == 1 else Apply("*", tuple(factors))
        found.append((1 if c > 0 else -1, term))
    return signed_sum(found)


def signed_sum(parts: Sequence[tuple[int, Expr]]) -> Expr:
    """a + b − c."""
    if not parts:
        return Number("0")
    sign, first = parts[0]
    total: Expr = first if sign > 0 else Apply("neg", (first,))
    if sign < 0 and isinstance(first, Number):
        total = Number(f"-{first.text}")
    for sign, term in parts[1:]:
        if sign > 0 and isinstance(total, Apply) and total.op == "+":
            total = Apply("+", (*total.args, term))
        else:
            total = Apply("+" if sign > 0 else "-", (total, term))
    return total


def univariate(x: Form, name: str) -> tuple[list[Fraction], list[Fraction]] | None:
    """Coefficients of numerator and denominator in one letter; None where there are others."""
    order = names(x.space)
    found = []
    for p in (x.above, x.below):
        coefficients: dict[int, Fraction] = {}
        for m, c in p.to_dict().items():
            for n, k in zip(order, m, strict=False):
                if k and n != name:
                    return None
            i = order.index(name) if name in order else None
            coefficients[int(m[i]) if i is not None else 0] = fraction(fmpq(c))
        top = max(coefficients, default=0)
        found.append([coefficients.get(k, Fraction(0)) for k in range(top + 1)])
    return found[0], found[1]
