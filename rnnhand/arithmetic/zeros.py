"""All zeros of Σ c·x^i·E^j with E = exp(rate·x) on an interval, each certified to be the only one
in its ball, or exact.

Far out one summand outweighs all others together, so there is no zero; what is left is halved
until every part has none, or has one because the function rises or falls through 0 in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

from flint import acb, arb, fmpq_poly

from rnnhand.arithmetic.ball import ball, precision
from rnnhand.arithmetic.rational import fraction, number

Terms = Mapping[tuple[int, int], Fraction]

FAR = (8, 16, 32, 64, 128, 256)
DEEP = 40
MOST = 20_000
BITS = 400


@dataclass(frozen=True)
class Surd:
    """middle + sign·√square."""

    middle: Fraction
    sign: int
    square: Fraction


Exact: TypeAlias = Fraction | Surd


@dataclass(frozen=True)
class Zero:
    """A zero: x itself, or E, where that is rational or a root of a square; and a ball."""

    x: Exact | None
    e: Exact | None
    near: arb


class Unsettled(Exception):
    """The zeros could not be told."""


def zeros(
    terms: Terms, rate: Fraction, low: Fraction | None, high: Fraction | None
) -> tuple[Zero, ...]:
    """The zeros with low < x < high, from left to right. Raises `Unsettled`, also for 0 itself."""
    if not terms:
        raise Unsettled
    with precision(BITS):
        if all(i == 0 for i, _ in terms):
            found = _by_exponential(terms, rate)
        elif all(j == 0 for _, j in terms):
            found = _by_polynomial(terms)
        else:
            found = _isolated(terms, rate, low, high)
        kept = [z for z in found if _inside(z.near, low, high)]
        return tuple(sorted(kept, key=lambda z: float(z.near)))


def _inside(x: arb, low: Fraction | None, high: Fraction | None) -> bool:
    for end, sign in ((low, 1), (high, -1)):
        if end is None or sign * x > sign * ball(end):
            continue
        if sign * x <= sign * ball(end):
            return False
        raise Unsettled
    return True


def _by_exponential(terms: Terms, rate: Fraction) -> list[Zero]:
    least = min(j for _, j in terms)
    found = []
    for root, near in _real_roots({j - least: c for (_, j), c in terms.items()}):
        if near > 0:
            exact = Fraction(0) if root == 1 else None
            place = arb(0) if root == 1 else near.log() / ball(rate)
            found.append(Zero(exact, root, place))
    return found


def _by_polynomial(terms: Terms) -> list[Zero]:
    least = min(0, *(i for i, _ in terms))
    roots = _real_roots({i - least: c for (i, _), c in terms.items()})
    return [Zero(root, None, near) for root, near in roots]


def _real_roots(terms: Mapping[int, Fraction]) -> list[tuple[Exact | None, arb]]:
    poly = fmpq_poly([number(terms.get(i, Fraction(0))) for i in range(max(terms) + 1)])
    _, factors = poly.factor()
    found: list[tuple[Exact | None, arb]] = []
    for factor, _ in factors:
        if factor.degree() == 1:
            root = fraction(-factor[0] / factor[1])
            found.append((root, ball(root)))
        elif factor.degree() == 2:
            found += _of_square(factor)
        elif factor.degree() > 1:
            # Roots of an irreducible factor are simple; flint says which are real.
            found += [(None, r.real) for r in complex_roots(factor) if r.imag == 0]
    return found


def _of_square(poly: fmpq_poly) -> list[tuple[Exact | None, arb]]:
    """The real roots of a polynomial of second degree that has no rational ones."""
    c, b, a = (fraction(poly[i]) for i in range(3))
    middle, square = -b / (2 * a), (b * b - 4 * a * c) / (4 * a * a)
    if square < 0:
        return []
    root = ball(square).sqrt()
    return [(Surd(middle, sign, square), ball(middle) + sign * root) for sign in (-1, 1)]


def complex_roots(poly: fmpq_poly) -> list[acb]:
    """The roots of a polynomial without multiple ones; real ones have no imaginary part."""
    pairs: Any = poly.complex_roots()
    return [root for root, _ in pairs]


def _isolated(
    terms: Terms, rate: Fraction, low: Fraction | None, high: Fraction | None
) -> list[Zero]:
    start = -_far(terms, rate, -1) if low is None else low
    end = Fraction(_far(terms, rate, 1)) if high is None else high
    found: list[Zero] = []
    slope = _derivative(terms, rate)
    # Ends that are no likely zeros; a kink at an end of the piece stays where it is.
    first, last = Fraction(start), Fraction(end)
    first -= Fraction(1, 997) if low is None else 0
    last += Fraction(1, 991) if high is None else 0
    todo = [(first, last, 0)]
    steps = 0
    while todo:
        a, b, depth = todo.pop()
        steps += 1
        if steps > MOST or depth > DEEP:
            raise Unsettled
        here = ball((a + b) / 2) + arb(0, 1) * ball((b - a) / 2)
        if not _at(terms, rate, here).contains(0):
            continue
        if _falls_through(terms, slope, rate, a, b, here):
            found.append(_refined(terms, rate, a, b))
            continue
        at_low = a == first and low is not None and _vanishes(terms, a)
        at_high = b == last and high is not None and _vanishes(terms, b)
        if depth and (at_low or at_high) and not _at(slope, rate, here).contains(0):
            continue  # the zero is the end of the piece itself
        middle = a + (b - a) * Fraction(503, 1000)
        todo += [(a, middle, depth + 1), (middle, b, depth + 1)]
    return found


def _vanishes(terms: Terms, x: Fraction) -> bool:
    """Whether the function is plainly 0 at 0."""
    return x == 0 and sum((c for (i, _), c in terms.items() if i == 0), Fraction(0)) == 0


def _falls_through(
    terms: Terms, slope: Terms, rate: Fraction, a: Fraction, b: Fraction, here: arb
) -> bool:
    left, right = (_at(terms, rate, ball(x)) for x in (a, b))
    opposite = (left > 0 and right < 0) or (left < 0 and right > 0)
    return bool(opposite and not _at(slope, rate, here).contains(0))


def _refined(terms: Terms, rate: Fraction, a: Fraction, b: Fraction) -> Zero:
    if a < 0 < b and _vanishes(terms, Fraction(0)):
        return Zero(Fraction(0), Fraction(1), arb(0))
    rising = _at(terms, rate, ball(b)) > 0
    for _ in range(150):
        middle = a + (b - a) * Fraction(503, 1000)
        middle = Fraction(middle.numerator * 2**200 // middle.denominator, 2**200)
        there = _at(terms, rate, ball(middle))
        if there.contains(0):
            break
        if (there > 0) == rising:
            b = middle
        else:
            a = middle
    return Zero(None, None, ball((a + b) / 2) + arb(0, 1) * ball((b - a) / 2))


def _at(terms: Terms, rate: Fraction, x: arb) -> arb:
    e = (ball(rate) * x).exp()
    total = arb(0)
    for (i, j), c in terms.items():
        total += ball(c) * x**i * e**j
    return total


def _derivative(terms: Terms, rate: Fraction) -> Terms:
    """(x^i E^j)′ = i·x^(i−1) E^j + j·rate·x^i E^j."""
    found: dict[tuple[int, int], Fraction] = {}
    for (i, j), c in terms.items():
        if i:
            found[i - 1, j] = found.get((i - 1, j), Fraction(0)) + c * i
        if j:
            found[i, j] = found.get((i, j), Fraction(0)) + c * j * rate
    return {k: c for k, c in found.items() if c}


def _far(terms: Terms, rate: Fraction, sign: int) -> Fraction:
    """A place from which on, in this direction, the fastest summand outweighs the others."""
    way = sign * (1 if rate > 0 else -1)
    top = max(terms, key=lambda m: (way * m[1], m[0]))
    for far in FAR:
        x = ball(Fraction(far))
        e = (abs(ball(rate)) * x).exp()
        others = arb(0)
        for m, c in terms.items():
            if m != top:
                i, k = m[0] - top[0], way * (m[1] - top[1])
                # x^i·e^(k·x) falls for x ≥ far where i ≤ −k·rate·far.
                if (k == 0 and i >= 0) or i > -k * abs(rate) * far:
                    break
                others += abs(ball(c)) * x**i * e**k
        else:
            if others < abs(ball(terms[top])):
                return Fraction(far)
    raise Unsettled
