"""Scalars of every arithmetic → numerals, every printed digit right."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal, Inexact
from fractions import Fraction
from functools import lru_cache
from math import isfinite
from typing import Any

from flint import arb, fmpq

from rnnhand.arithmetic.base import Scalar
from rnnhand.arithmetic.rational import fraction
from rnnhand.language.numerals import Numeral, Table
from rnnhand.language.tree import Number
from rnnhand.system.model import Shape

BITS_PER_DIGIT = 3.3219280948873626


def certain(scalar: Scalar, digits: int) -> bool:
    """Whether so many significant digits of a number are settled."""
    if not isinstance(scalar, arb):
        return True
    if scalar.is_exact():
        return True
    return bool(scalar.rel_accuracy_bits() > digits * BITS_PER_DIGIT + 4)


def finite(scalar: Scalar) -> bool:
    """Whether a ball says anything at all of its number."""
    return not isinstance(scalar, arb) or bool(scalar.is_finite())


def numeral(scalar: Scalar, digits: int) -> Numeral:
    """A number with `digits` significant digits; fractions with both of their forms."""
    if isinstance(scalar, fmpq):
        return of_fraction(fraction(scalar), digits)
    if isinstance(scalar, arb):
        return _of_ball(scalar, digits)
    if isinstance(scalar, float):
        return _of_float(scalar, digits)
    from rnnhand.arithmetic.symbolic import expression_of

    exact, value = expression_of(scalar)
    return of_fraction(value, digits) if value is not None else Numeral(exact, None)


def table(value: Any, shape: Shape, digits: int) -> Table:
    """A stored value as numerals: one, a flat tuple for n×1, else a tuple of rows."""
    rows, columns = shape
    if rows * columns == 1:
        return numeral(value, digits)
    flat = tuple(numeral(x, digits) for x in value)
    if columns == 1:
        return flat
    return tuple(flat[i * columns : (i + 1) * columns] for i in range(rows))


def of_fraction(value: Fraction, digits: int) -> Numeral:
    text, rounded = decimal_text(value, digits)
    return Numeral(Number(str(value)), text, rounded)


def decimal_text(value: Fraction, digits: int) -> tuple[str, bool]:
    """The decimal of an exact number, rounded half to even; and whether it had to be rounded."""
    quotient, rounded = _quotient(value.numerator, value.denominator, digits)
    rounded = rounded or abs(quotient.adjusted()) >= 5000
    return spelled(quotient, padded=digits if rounded else 0), rounded


def _quotient(numerator: int, denominator: int, digits: int) -> tuple[Decimal, bool]:
    """The decimal of a quotient, rounded half to even; and whether it had to be rounded."""
    context = _context(digits)
    context.clear_flags()
    found = context.divide(Decimal(numerator), Decimal(denominator))
    return found, bool(context.flags[Inexact])


@lru_cache
def _context(digits: int) -> Context:
    return Context(prec=digits, rounding=ROUND_HALF_EVEN, Emax=10**9, Emin=-(10**9))


def spelled(value: Decimal, padded: int = 0) -> str:
    """Plain notation while it is short, else `1.5e-12`; `padded` keeps trailing zeros."""
    if not value:
        return "0"
    sign, digits, _ = value.as_tuple()
    text = "".join(map(str, digits))
    text = text.ljust(padded, "0") if padded else text.rstrip("0")
    power = value.adjusted()
    lead = "-" if sign else ""
    if -5 <= power < 0:
        return f"{lead}0.{'0' * (-power - 1)}{text}"
    if 0 <= power < (max(len(text), 1) if padded else max(len(text), 16)):
        whole = text[: power + 1].ljust(power + 1, "0")
        part = text[power + 1 :]
        return f"{lead}{whole}{'.' + part if part else ''}"
    return f"{lead}{text[0]}{'.' + text[1:] if text[1:] else ''}e{power}"


def _of_ball(ball: arb, digits: int) -> Numeral:
    if ball.is_exact() and (ball == 0 or abs(_magnitude(ball)) <= FAR):
        return of_fraction(fraction(ball.fmpq()), digits)
    if ball.is_exact():
        return Numeral(None, _far(ball, digits), True)
    accuracy = ball.rel_accuracy_bits()
    if accuracy < 1:
        return Numeral(None, "0", True, bound=_bound(ball))
    digits = min(digits, max(1, int((accuracy - 4) / BITS_PER_DIGIT)))
    if abs(_magnitude(ball.mid())) > FAR:
        return Numeral(None, _far(ball.mid(), digits), True)
    low, middle, high, scale = _ends(ball)
    text, _ = _quotient(low, scale, digits)
    if text != _quotient(high, scale, digits)[0]:
        # Balls around a tie never separate: either neighbour is then within half a unit.
        text, _ = _quotient(middle, scale, digits)
    return Numeral(None, spelled(text, padded=digits), True)


def _ends(ball: arb) -> tuple[int, int, int, int]:
    """Both ends of a ball and its middle, as whole numbers over a common denominator."""
    (m, e), (r, f) = ball.mid().man_exp(), ball.rad().man_exp()
    least = min(int(e), int(f), 0)
    middle, radius = int(m) << (int(e) - least), int(r) << (int(f) - least)
    return middle - radius, middle, middle + radius, 1 << -least


FAR = 20_000
"""Bits of an exponent beyond which a number is not written out as a fraction on the way."""


def _magnitude(exact: arb) -> int:
    """The least k with |x| < 2^k, of an exact number that is not 0."""
    mantissa, exponent = exact.man_exp()
    return abs(int(mantissa)).bit_length() + int(exponent)


def _far(exact: arb, digits: int) -> str:
    """A number whose exponent is long, as arb itself writes it: 3.2968e-434295."""
    mantissa, _, exponent = exact.str(digits, radius=False).partition("e")
    sign, mantissa = ("-", mantissa[1:]) if mantissa.startswith("-") else ("", mantissa)
    whole, _, part = mantissa.partition(".")
    part = part.ljust(digits - 1, "0")
    return f"{sign}{whole}{'.' + part if part else ''}e{int(exponent)}"


def _bound(ball: arb) -> int:
    """A power of ten that is certainly larger than |x|."""
    return _magnitude(ball.abs_upper()) * 30103 // 100000 + 1


def _of_float(value: float, digits: int) -> Numeral:
    if not isfinite(value):
        return Numeral(None, str(value), True)
    if digits >= 17:
        return Numeral(None, spelled(Decimal(repr(value))), True)
    context = Context(prec=digits, rounding=ROUND_HALF_EVEN)
    return Numeral(None, spelled(context.create_decimal(Decimal(value)), padded=0), True)
