"""Singular values and eigenvalues of small matrices: certified, and exact where they are rational.

A matrix of rationals goes through its characteristic polynomial, whose roots are isolated exactly,
multiple ones too; a matrix of balls through certified enclosures of its eigenvalues.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from typing import Any

from flint import acb, acb_mat, arb, arb_mat, ctx, fmpq, fmpq_mat, fmpq_poly

from rnnhand.arithmetic.arrays import matmul, transpose
from rnnhand.arithmetic.ball import precision, sqrt
from rnnhand.arithmetic.base import Scalar, Undecided
from rnnhand.arithmetic.numerals import BITS_PER_DIGIT, certain

TINY = 1e-40
"""Below this a ball around 0 is as good as 0."""

SWEEPS = 60
ENOUGH = 300
"""Bits from which on values that lie close together are taken for equal ones."""

HIGHEST = 16_000
CHEAP = 4_000

LONGEST = 600
"""Bits of a rational up to which the exact way is taken."""


def singular_values(a: Sequence[Scalar], m: int, n: int) -> tuple[Scalar, ...]:
    """The min(m, n) singular values of an m×n matrix, the largest first. Raises `Undecided` where
    more precision may tell them apart sooner than a method that need not."""
    if m * n == 1:
        return (_absolute(a[0]),)
    if n == 1 or m == 1:
        return (_root(reduce(operator.add, (x * x for x in a))),)
    turned = transpose(a, m, n)
    square, size = (matmul(turned, a, n, m, n), n) if n <= m else (matmul(a, turned, m, n, m), m)
    try:
        squares = _eigenvalues(square, size, lambda x: x)
    except ValueError:  # balls too wide, or values that lie too close together
        if ctx.prec < ENOUGH:
            raise Undecided from None
        squares = of_symmetric([arb(x) for x in square], size)
    return tuple(sorted(map(_root, squares), key=_middle, reverse=True))


def of_symmetric(s: Sequence[arb], n: int) -> list[arb]:
    """The eigenvalues of a symmetric matrix of balls, however close together.

    For any X with ‖XᵀX − 1‖ ≤ ε < 1 those of XᵀSX are those of S times numbers in [1 − ε, 1 + ε]
    (Ostrowski), and they differ from the diagonal of XᵀSX by at most the norm of the rest (Weyl).
    """
    x = _rotations([v.mid() for v in s], n)
    turned = transpose(x, n, n)
    inner = matmul(turned, matmul(s, x, n, n, n), n, n, n)
    unit = matmul(turned, x, n, n, n)
    rest = _norm([v for i, v in enumerate(inner) if i % (n + 1)])
    epsilon = _norm([v - 1 if i % (n + 1) == 0 else v for i, v in enumerate(unit)])
    scale = arb(1).union(1 + epsilon).union(1 - epsilon)
    return [(inner[i * n + i] + arb(0, rest)) / scale for i in range(n)]


def _norm(values: Sequence[arb]) -> arb:
    """An upper bound of the Frobenius norm, as an exact number."""
    return arb(sum((v * v for v in values), arb(0)).abs_upper()).sqrt().abs_upper()


def _rotations(s: list[arb], n: int) -> list[arb]:
    """Jacobi's method: nearly orthogonal columns that make a symmetric matrix nearly diagonal.
    Numbers without radii; what they are worth is for the caller to prove."""
    x = [arb(int(i == j)) for i in range(n) for j in range(n)]
    for _ in range(SWEEPS):
        off = sum((s[i * n + j] ** 2 for i in range(n) for j in range(i)), arb(0))
        if off.mid() <= _norm(s) ** 2 * arb(2) ** (8 - 2 * ctx.prec):
            break
        for p in range(n):
            for q in range(p + 1, n):
                _rotate(s, x, n, p, q)
    return x


def _rotate(s: list[arb], x: list[arb], n: int, p: int, q: int) -> None:
    """The rotation in the plane of p and q after which s[p, q] is 0."""
    if s[p * n + q].mid() == 0:
        return
    theta = ((s[q * n + q] - s[p * n + p]) / (2 * s[p * n + q])).mid()
    t = (1 / (abs(theta) + (theta * theta + 1).sqrt())).mid()
    t = -t if theta < 0 else t
    c = (1 / (t * t + 1).sqrt()).mid()
    d = (t * c).mid()
    for k in range(n):
        a, b = s[k * n + p], s[k * n + q]
        s[k * n + p], s[k * n + q] = (c * a - d * b).mid(), (d * a + c * b).mid()
    for k in range(n):
        a, b = s[p * n + k], s[q * n + k]
        s[p * n + k], s[q * n + k] = (c * a - d * b).mid(), (d * a + c * b).mid()
        a, b = x[k * n + p], x[k * n + q]
        x[k * n + p], x[k * n + q] = (c * a - d * b).mid(), (d * a + c * b).mid()


def norm(a: Sequence[Scalar], m: int, n: int, digits: int) -> Scalar:
    """The largest singular value of an m×n matrix to so many digits, wherever the others lie."""
    rational = all(isinstance(x, fmpq) and x.height_bits() <= LONGEST for x in a)
    if rational or 1 in (m, n):
        return largest(singular_values(a, m, n))
    turned = transpose(a, m, n)
    square, size = (matmul(turned, a, n, m, n), n) if n <= m else (matmul(a, turned, m, n, m), m)
    try:
        return largest([_root(x) for x in _eigenvalues(square, size, lambda x: x)])
    except ValueError:
        bits = int(digits * BITS_PER_DIGIT) + 16
        return _root(_largest_eigenvalue([arb(x) for x in square], size, bits))


def _largest_eigenvalue(s: list[arb], n: int, bits: int) -> arb:
    """Of a symmetric matrix S without negative ones: (tr Sᵐ/n)^(1/m) ≤ λ ≤ (tr Sᵐ)^(1/m).

    Squaring doubles m and what is uncertain of the trace; the root halves it again."""
    with precision(2 * bits + 32):
        power, m = arb_mat(n, n, s), 1
        best = arb(0).union(arb(power.trace().abs_upper()))
        while power.trace().rel_accuracy_bits() > 6 and best.rel_accuracy_bits() < bits:
            trace = power.trace()
            best = ((trace / n).log() / m).exp().union((trace.log() / m).exp())
            power, m = power * power, 2 * m
        return best


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


def demand(values: Iterable[Scalar], digits: int) -> None:
    """Raises `Undecided` where some digits are not certain yet, and more precision is cheap."""
    if ctx.prec < CHEAP and not all(certain(x, digits) for x in values if worth_deciding(x)):
        raise Undecided


def worth_deciding(x: Scalar) -> bool:
    """Whether more precision is worth its while: not for a root of 0, which no ball tells."""
    return not (isinstance(x, arb) and x.contains(0) and x.abs_upper() < TINY)


def settled(compute: Callable[[], Sequence[Scalar]], digits: int) -> tuple[Scalar, ...]:
    """What is computed from exact numbers, at a precision at which all digits are certain."""
    bits = int(digits * BITS_PER_DIGIT) + 64
    while True:
        with precision(bits):
            try:
                found = tuple(compute())
                if all(certain(x, digits) for x in found if worth_deciding(x)) or bits > HIGHEST:
                    return found
            except Undecided:
                pass
        bits *= 2


def _eigenvalues(a: Sequence[Scalar], n: int, of: Callable[[Scalar], Scalar]) -> list[Scalar]:
    """`of` each eigenvalue, as often as it is one."""
    if all(isinstance(x, fmpq) and x.height_bits() <= LONGEST for x in a):
        return _exact(fmpq_mat(n, n, list(a)).charpoly(), of)
    balls = [arb(x) if isinstance(x, fmpq) else x for x in a]
    return [of(x) for x in acb_mat(n, n, balls).eig(multiple=True)]


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
