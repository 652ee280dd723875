"""Whether two formulas are the same: proved, disproved by a point, or neither.

Different is proved where exact values differ, or where balls do not meet. The same is proved by
normal forms only. Nothing is decided by how near two decimals are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from math import isfinite
from typing import TypeAlias

from flint import arb, fmpq

from rnnhand.arithmetic import normal
from rnnhand.arithmetic.ball import BALLS, precision
from rnnhand.arithmetic.base import Arithmetic, Fault, Scalar
from rnnhand.arithmetic.rational import RATIONAL
from rnnhand.errors import Failure

BITS = 256
NARROW = 1e-6
"""The radius of a ball that tells a number, by its size."""

SIMPLE = 60
"""The largest denominator of a factor that somebody may have forgotten."""

Pairs: TypeAlias = list[tuple[Scalar, Scalar]]

ByLetters: TypeAlias = Callable[[Arithmetic, Callable[[str], Scalar]], Pairs]
"""Both sides of all entries under an arithmetic, its letters made by the given function."""


def certainly_different(a: Scalar, b: Scalar) -> bool:
    """Whether two exact numbers differ, or two balls hold no number in common."""
    if isinstance(a, fmpq) and isinstance(b, fmpq):
        return bool(a != b)
    return not arb(a).overlaps(arb(b))


def at_point(compute: Callable[[Arithmetic], Pairs], first: Arithmetic = RATIONAL) -> Pairs | None:
    """Both sides at one point: exact where that goes, else in balls; None without a value, or
    where a ball holds so much that it tells nothing."""
    try:
        if first is RATIONAL:
            return compute(RATIONAL)
    except (Fault, Failure):
        pass
    try:
        with precision(BITS):
            found = compute(BALLS)
            return found if all(_tells(x) for pair in found for x in pair) else None
    except (Fault, Failure):
        return None


def _tells(x: Scalar) -> bool:
    if isinstance(x, fmpq):
        return True
    ball = arb(x)
    return bool(ball.is_finite() and ball.rad() <= NARROW * (1 + abs(ball.mid())))


def different(pairs: Iterable[tuple[Scalar, Scalar]]) -> bool:
    with precision(BITS):
        return any(certainly_different(a, b) for a, b in pairs)


def proved_same(compute: ByLetters, open_functions: Iterable[str] = ()) -> bool:
    """Whether all pairs have one normal form. False says nothing."""
    space = normal.Space()
    arithmetic = normal.arithmetic(space, open_functions)
    try:
        pairs = compute(arithmetic, space.letter)
        return bool(pairs) and all(normal.same(a, b) for a, b in pairs)
    except (Fault, Failure):
        return False


def ratio(pairs: Pairs) -> Fraction | None:
    """The one simple c with left = c·right in all pairs, where there seems to be one."""
    found: Fraction | None = None
    with precision(BITS):
        for a, b in pairs:
            if not certainly_different(b, fmpq(0)):
                if certainly_different(a, fmpq(0)):
                    return None
                continue
            if found is None:
                seen = float(arb(a) / arb(b))
                if not isfinite(seen):
                    return None
                found = Fraction(seen).limit_denominator(SIMPLE)
            if certainly_different(arb(a), arb(b) * arb(fmpq(found.numerator, found.denominator))):
                return None
    return found
