"""Expectation algebra: E and Var of polynomials in independent random variables.

E[Σ c·X^i·Y^j] = Σ c·E[X^i]·E[Y^j]; the raw moments of the usual distributions are polynomials, or
fractions of polynomials, in their parameters. Everything is exact, letters stay letters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import comb, factorial

from flint import fmpq, fmpq_mat

from rnnhand.arithmetic import forms, normal
from rnnhand.arithmetic.base import Fault
from rnnhand.arithmetic.normal import Form, Space

MOST = 16
"""The highest power of one variable whose moment is worked out."""


@dataclass(frozen=True)
class Distribution:
    """A kind and its parameters."""

    kind: str
    parameters: tuple[Form, ...]


def stirling(n: int, k: int) -> int:
    """Ways of splitting n things into k heaps."""
    total: int = sum((1 if (k - j) % 2 == 0 else -1) * comb(k, j) * j**n for j in range(k + 1))
    return total // factorial(k)


def _by_falling(k: int, falling: Callable[[int], Form], space: Space) -> Form:
    """E[X^k] = Σ S(k, j)·E[X(X − 1)…(X − j + 1)]."""
    total = space.constant(Fraction(0))
    for j in range(k + 1):
        total = total + space.constant(Fraction(stirling(k, j))) * falling(j)
    return total


def _binomial(k: int, parameters: Sequence[Form], space: Space) -> Form:
    n, p = parameters

    def falling(j: int) -> Form:
        found = normal.power(p, j)
        for i in range(j):
            found = found * (n - space.constant(Fraction(i)))
        return found

    return _by_falling(k, falling, space)


def _uniform(k: int, parameters: Sequence[Form], space: Space) -> Form:
    a, b = parameters
    total = space.constant(Fraction(0))
    for i in range(k + 1):
        total = total + normal.power(a, i) * normal.power(b, k - i)
    return total * space.constant(Fraction(1, k + 1))


def _normal(k: int, parameters: Sequence[Form], space: Space) -> Form:
    mean, variance = parameters
    before, now = space.constant(Fraction(0)), space.constant(Fraction(1))
    for i in range(1, k + 1):
        before, now = now, mean * now + space.constant(Fraction(i - 1)) * variance * before
    return now


RAW: Mapping[str, Callable[[int, Sequence[Form], Space], Form]] = {
    "constant": lambda k, p, space: normal.power(p[0], k),
    "bernoulli": lambda k, p, space: p[0],
    "binomial": _binomial,
    "poisson": lambda k, p, space: _by_falling(k, lambda j: normal.power(p[0], j), space),
    "uniform": _uniform,
    "normal": _normal,
    "exponential": lambda k, p, space: (
        space.constant(Fraction(factorial(k))) * normal.power(normal.inverse(p[0]), k)
    ),
}
PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "constant": ("value",),
    "bernoulli": ("p",),
    "binomial": ("n", "p"),
    "poisson": ("rate",),
    "uniform": ("low", "high"),
    "normal": ("mean", "variance"),
    "exponential": ("rate",),
    "moments": (),
}
"""The names of each distribution's parameters; `moments` gives E[X], E[X²], … themselves."""


def raw_moment(distribution: Distribution, k: int, space: Space) -> Form:
    if k == 0:
        return space.constant(Fraction(1))
    if k > MOST:
        raise Fault("moment-too-high", limit=MOST)
    if distribution.kind == "moments":
        if k > len(distribution.parameters):
            raise Fault("moment-not-given", order=k)
        return distribution.parameters[k - 1]
    return RAW[distribution.kind](k, distribution.parameters, space)


def negative_determinant(moments: Sequence[Fraction]) -> Fraction | None:
    """A determinant of the matrix E[X^(i+j)] that is negative, where E[X], E[X²], … are these; what
    has moments has none: E[X²] − E[X]² ≥ 0 is the first of them."""
    known = [fmpq(1), *(fmpq(m.numerator, m.denominator) for m in moments)]
    for size in range(2, (len(known) + 1) // 2 + 1):
        found = fmpq_mat([known[i : i + size] for i in range(size)]).det()
        if found < 0:
            return Fraction(int(found.p), int(found.q))
    return None


def expectation(of: Form, variables: Mapping[str, Distribution]) -> Form:
    """E of a polynomial in independent variables. Raises `Fault` where it is no polynomial."""
    space = of.space
    order = forms.names(space)
    places = [i for i, n in enumerate(order) if n in variables]
    if any(m[i] for m in of.below.monoms() for i in places):
        raise Fault("not-a-polynomial", found="")
    total = space.constant(Fraction(0))
    below = normal.inverse(Form(space, of.below, space.context.constant(1)))
    for m, c in of.above.to_dict().items():
        rest = tuple(0 if i in places else int(k) for i, k in enumerate(m))
        one = space.context.constant(1)
        term = Form(space, space.context.from_dict({rest: c}), one)
        for i in places:
            if m[i]:
                term = term * raw_moment(variables[order[i]], int(m[i]), space)
        total = total + term
    return total * below


def variance(of: Form, variables: Mapping[str, Distribution]) -> Form:
    """Var f = E[f²] − E[f]²."""
    mean = expectation(of, variables)
    return expectation(of * of, variables) - mean * mean


def covariance(a: Form, b: Form, variables: Mapping[str, Distribution]) -> Form:
    return expectation(a * b, variables) - expectation(a, variables) * expectation(b, variables)
