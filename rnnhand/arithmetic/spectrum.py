"""Singular values and eigenvalues of small matrices: certified, and exact where they are rational.

A matrix of rationals goes through its characteristic polynomial, whose roots are isolated exactly,
multiple ones too; a matrix of balls through certified enclosures of its eigenvalues.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

from flint import acb, acb_mat, arb, fmpq, fmpq_mat, fmpq_poly

from rnnhand.arithmetic.arrays import matmul, transpose
from rnnhand.arithmetic.ball import precision, sqrt
from rnnhand.arithmetic.base import Scalar
from rnnhand.arithmetic.numerals import BITS_PER_DIGIT, certain

TINY = 1e-40
"""Below this a ball around 0 is as good as 0."""

LONGEST = 600
"""Bits of a rational up to which the exact way is taken."""


def singular_values(a: Sequence[Scalar], m: int, n: int) -> tuple[Scalar, ...]:
    """The min(m, n) singular values of an m×n matrix, the largest first."""
    if m * n == 1:
        return (_absolute(a[0]),)
    if n == 1 or m == 1:
        return (_root(reduce(operator.add, (x * x for x in a))),)
    turned = transpose(a, m, n)
    square, size = (matmul(turned, a, n, m, n), n) if n <= m else (matmul(a, turned, m, n, m), m)
    found = [_root(x) for x in _eigenvalues(square, size, lambda x: x)]
    return tuple(sorted(found, key=_middle, reverse=True))


def moduli(a: Sequence[Scalar], n: int) -> tuple[Scalar, ...] | None:
    """The absolute values of the eigenvalues of an n×n matrix, the largest first; None where a
    matrix of balls has some that no precision tells apart."""
    if n == 1:
        return (_absolute(a[0]),)
    try:
        found = _eigenvalues(a, n, _absolute)
    except ValueError:
        return None
    return tuple(sorted(found, key=_middle, reverse=True))


def largest(values: Sequence[Scalar]) -> Scalar:
    """The largest of some values; of balls that overlap, a ball that holds it."""
    return reduce(lambda a, b: a if a >= b else b if b >= a else arb(a).max(arb(b)), values)


def smallest(values: Sequence[Scalar]) -> Scalar:
    return reduce(lambda a, b: a if a <= b else b if b <= a else arb(a).min(arb(b)), values)


def power_of_ten(x: Scalar) -> float:
    """log₁₀ x, to draw with."""
    return float(arb(x).log() / arb(10).log())


def worth_deciding(x: Scalar) -> bool:
    """Whether more precision is worth its while: not for a root of 0, which no ball tells."""
    return not (isinstance(x, arb) and x.contains(0) and x.abs_upper() < TINY)


def settled(compute: Callable[[], Sequence[Scalar]], digits: int) -> tuple[Scalar, ...]:
    """What is computed from exact numbers, at a precision at which all digits are certain."""
    bits = int(digits * BITS_PER_DIGIT) + 64
    while True:
        with precision(bits):
            found = tuple(compute())
        if all(certain(x, digits) for x in found if worth_deciding(x)) or bits > 16_000:
            return found
        bits *= 2


def _eigenvalues(a: Sequence[Scalar], n: int, of: Callable[[Scalar], Scalar]) -> list[Scalar]:
    """`of` each eigenvalue, as often as it is one."""
    if all(isinstance(x, fmpq) and x.height_bits() <= LONGEST for x in a):
        return _exact(fmpq_mat(n, n, list(a)).charpoly(), of)
    balls = [arb(x) if isinstance(x, fmpq) else x for x in a]
    found = acb_mat(n, n, balls).eig(multiple=True)
    return [of(x) for x in found]


def _exact(poly: fmpq_poly, of: Callable[[Scalar], Scalar]) -> list[Scalar]:
    """The roots of a polynomial: rational ones exactly, the absolute value of a complex pair
    from the product of the two, others as balls."""
    found: list[Scalar] = []
    _, factors = poly.numer().factor()
    for part, times in factors:
        degree = part.degree()
        if degree == 1:
            found += [of(fmpq(-part[0], part[1]))] * times
        elif degree == 2 and part[1] * part[1] < 4 * part[0] * part[2]:
            found += [sqrt(fmpq(part[0], part[2]))] * (2 * times)
        else:
            pairs: Any = part.complex_roots()  # the library's stub knows only the roots
            found += [of(root) for root, _ in pairs] * times
    return found


def _absolute(x: Scalar) -> Scalar:
    return abs(x)


def _root(x: Scalar) -> Scalar:
    """√λ of an eigenvalue λ ≥ 0 of AᵀA; a ball around 0 keeps its upper end."""
    if isinstance(x, fmpq):
        return sqrt(x)
    real = x.real if isinstance(x, acb) else x
    if real > 0:
        return real.sqrt()
    top = real.abs_upper().sqrt().abs_upper()
    return arb(0).union(top)


def _middle(x: Scalar) -> float:
    return float(arb(x).log()) if x > 0 else float("-inf")
