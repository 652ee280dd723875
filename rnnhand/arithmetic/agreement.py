"""Whether two numbers are the same: exactly, or to how many digits."""

from __future__ import annotations

from math import isfinite

from flint import arb

from rnnhand.arithmetic.base import Scalar

ALL = 999
"""Digits that stand for complete agreement."""


def same(a: Scalar, b: Scalar) -> bool:
    """Exactly the same number; for letters, the same fraction of polynomials in them and in what
    functions make of them."""
    if isinstance(a, arb) and not a.is_exact():
        return False
    difference = a - b
    if getattr(difference, "free_symbols", None):
        above, _ = difference.together().as_numer_denom()
        return bool(difference.expand() == 0 or above.expand() == 0)
    return bool(difference == 0)


def meet(a: Scalar, b: Scalar) -> bool:
    """Whether two balls may be of one number."""
    difference = a - b
    return isinstance(difference, arb) and bool(difference.contains(0))


def common_digits(a: Scalar, b: Scalar) -> int:
    """Significant digits to which two numbers are certain to agree; digits after the point where
    neither can be told from 0."""
    if isinstance(a, arb) or isinstance(b, arb):
        a, b = arb(a), arb(b)
        if a.contains(0) and b.contains(0):
            a, b = 1 + a, 1 + b
    if same(a, b):
        return ALL
    if isinstance(a, float):
        if not isfinite(a) or not isfinite(b):
            return 0
        return _digits(max(abs(a), abs(b)) / abs(a - b))
    if not isinstance(a, arb):
        return 0
    difference = abs(a - b).upper()
    scale = max(abs(a).upper(), abs(b).upper())
    if difference == 0:
        return ALL
    ratio = (scale / difference).lower().floor().unique_fmpz()
    return _digits(int(ratio)) if ratio is not None else 0


def _digits(ratio: float) -> int:
    return len(str(int(ratio))) - 1
