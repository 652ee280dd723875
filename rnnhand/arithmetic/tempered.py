"""softmax(z/T) in certified decimals, and its limits for T → 0+ and T → ∞, exactly."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from flint import arb

from rnnhand.arithmetic.ball import ball, precision
from rnnhand.arithmetic.numerals import certain, numeral, of_fraction
from rnnhand.language.numerals import Numeral

START, MOST = 128, 100_000


def softmax(logits: Sequence[Fraction], t: Fraction, digits: int) -> tuple[Numeral, ...]:
    """Probabilities with so many certain digits, at whatever precision that takes."""
    if len(set(logits)) == 1:
        return tuple(of_fraction(Fraction(1, len(logits)), digits) for _ in logits)
    top = max(logits)
    bits = START + 4 * digits
    while True:
        with precision(bits):
            weights = [(ball((z - top) / t)).exp() for z in logits]
            total = arb(0)
            for w in weights:
                total += w
            found = [w / total for w in weights]
            if bits > MOST or all(certain(p, digits) for p in found):
                return tuple(numeral(p, digits) for p in found)
        bits *= 2


def limit(logits: Sequence[Fraction], sign: int) -> tuple[Fraction, ...]:
    """For T → ∞ (sign 1) all alike; for T → 0+ the greatest alone, in equal parts."""
    if sign > 0:
        return tuple(Fraction(1, len(logits)) for _ in logits)
    top = max(logits)
    count = sum(z == top for z in logits)
    return tuple(Fraction(int(z == top), count) for z in logits)
