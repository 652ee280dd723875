"""The normal distribution function, in certified decimals."""

from __future__ import annotations

from fractions import Fraction

from flint import arb

from rnnhand.arithmetic.ball import ball, precision
from rnnhand.arithmetic.numerals import numeral, of_fraction
from rnnhand.language.numerals import Numeral


def normal_below(mean: Fraction, variance: Fraction, digits: int) -> Numeral:
    """P(X ≤ 0) for a normal X of positive variance: Φ(−mean/√variance)."""
    if mean == 0:
        return of_fraction(Fraction(1, 2), digits)
    with precision(200 + 8 * digits):
        z = ball(mean) / ball(2 * variance).sqrt()
        return numeral(z.erfc() / 2 if mean > 0 else (arb(1) + (-z).erf()) / 2, digits)
