"""Linear equations in balls whose solution seems to be simple fractions."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from flint import arb, arb_mat

from rnnhand.arithmetic.ball import ball, precision
from rnnhand.arithmetic.base import Scalar

BITS = 200
SIMPLE = 64


def fitted(rows: Sequence[Sequence[Scalar]], right: Sequence[Scalar]) -> list[Fraction] | None:
    """Simple fractions that solve all equations as far as balls can tell; more equations than
    unknowns, so that a fit means something."""
    n = len(rows[0])
    with precision(BITS):
        matrix = arb_mat([[arb(x) for x in row] for row in rows[:n]])
        try:
            solution = matrix.solve(arb_mat([[arb(y)] for y in right[:n]]))
        except ZeroDivisionError:
            return None
        found = []
        for i in range(n):
            x = solution[i, 0]
            try:
                near = Fraction(float(x)).limit_denominator(SIMPLE)
            except (ValueError, OverflowError):
                return None
            if not x.contains(ball(near)) or (near and not x.rel_accuracy_bits() > 60):
                return None
            found.append(near)
        for row, y in zip(rows, right, strict=True):
            total = arb(0)
            for c, x in zip(found, row, strict=True):
                total += ball(c) * arb(x)
            if not total.overlaps(arb(y)):
                return None
    return found
