"""A number as a student writes it → the interval it stands for.

3.285 was rounded from something between 3.2845 and 3.2855, or cut off from something up to 3.286;
a whole number, a fraction or a closed form is exact.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from rnnhand.errors import Span, failure
from rnnhand.language import limits
from rnnhand.language.tree import NOWHERE, Expr
from rnnhand.marking.constants import LETTERS, check_constant
from rnnhand.marking.spelling import BLANK, DECIMAL, PERIODIC, normal
from rnnhand.problem import yaml
from rnnhand.problem.values import parse_number


@dataclass(frozen=True)
class Written:
    """One number: `text` as it was read, its value, and what it may have been rounded from.

    `value` is exact (a fraction, or a closed form); `low` and `high` bound what it stands for,
    `cut` what it may have been cut off from; all are the value itself where it is exact.
    """

    text: str
    value: Fraction | Expr
    low: Fraction | None = None
    high: Fraction | None = None
    cut: Fraction | None = None

    @property
    def is_exact(self) -> bool:
        return self.low is None


def is_blank(written: str) -> bool:
    """Whether a text stands for no value."""
    return len(written) < 40 and normal(written).lower() in BLANK


def read_number(written: str, span: Span = NOWHERE, rounding: int | None = None) -> Written | None:
    """The number in a text; None for a blank. `rounding` is the number of digits to which a sheet
    says that it rounds whole numbers and fractions too. Raises `Failure` where it is no number."""
    if len(written) > limits.NUMBER:
        raise failure("number-too-long", span, digits=limits.NUMBER, power=limits.EXPONENT)
    text = normal(written)
    if text.lower() in BLANK:
        return None
    if text.startswith("="):
        raise failure("sheet-formula", span, "hint-sheet-formula", found=text[:60])
    if match := PERIODIC.fullmatch(text):
        return Written(text, _periodic(*match.groups()))
    entry = parse_number(yaml.Text(text, span), LETTERS)
    if entry is None:
        return None
    found = Written(text, entry)
    if not isinstance(entry, Fraction):
        check_constant(entry, text, span)
        return found
    match = DECIMAL.fullmatch(text)
    if match and (match["part"] is not None or match["power"]):
        places = len(match["part"] or "") - int(match["power"] or 0)
        return _around(found, entry, Fraction(10) ** -places)
    if rounding is not None:
        return _around(found, entry, _unit(entry, rounding))
    return found


def _periodic(sign: str, whole: str, part: str, period: str) -> Fraction:
    """0.1(6) = 1/6."""
    start = Fraction(int(f"{whole or 0}{part}"), 10 ** len(part))
    value = start + Fraction(int(period), 10 ** len(part) * (10 ** len(period) - 1))
    return -value if sign == "-" else value


def _unit(value: Fraction, digits: int) -> Fraction:
    """The last digit's unit of a number rounded to so many digits, or to so many places."""
    unit = Fraction(10) ** -digits
    if value:
        power, size = 0, abs(value)
        while size >= 10:
            size, power = size / 10, power + 1
        unit = max(unit, Fraction(10) ** (power + 1 - digits))
    return unit


def _around(found: Written, value: Fraction, unit: Fraction) -> Written:
    away = unit if value > 0 or (value == 0 and not found.text.startswith("-")) else -unit
    return replace(found, low=value - unit / 2, high=value + unit / 2, cut=value + away)
