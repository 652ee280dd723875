"""A number as a student writes it → the interval it stands for.

3.285 was rounded from something between 3.2845 and 3.2855, or cut off from something up to 3.286;
a whole number, a fraction or a closed form is exact.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

from rnnhand.errors import Failure, Span, failure
from rnnhand.language import limits
from rnnhand.language.tree import NOWHERE, Expr
from rnnhand.marking.constants import LETTERS, check_constant
from rnnhand.marking.spelling import BLANK, DECIMAL, MINUS, PERIODIC, normal
from rnnhand.problem import yaml
from rnnhand.problem.values import parse_number

SHORT = 40
"""Characters of a text that many students may write."""


LONG = re.compile(r"[+-]?\d+(?:/\d+|\.\d*)?", re.ASCII)
"""A number of so many digits that nothing else is looked for in it."""


@dataclass(frozen=True)
class Written:
    """One number: `text` as it was read, its value, and what it may have been rounded from.

    `value` is a fraction or a closed form; `unit` that of its last digit, where it is rounded.
    """

    text: str
    value: Fraction | Expr
    unit: Fraction | None = None

    @property
    def digits(self) -> int:
        """How many digits are written, without zeros before the first."""
        return len(re.sub(r"\D", "", self.text).lstrip("0"))

    def __hash__(self) -> int:
        return hash(self.text)

    @property
    def span(self) -> tuple[Fraction, Fraction] | None:
        """From where to where the numbers go that it may stand for: rounded to it, or cut off."""
        if self.unit is None or not isinstance(self.value, Fraction):
            return None
        low, high = self.value - self.unit / 2, self.value + self.unit / 2
        if self.value >= 0:
            high = self.value + self.unit
        if self.value <= 0:
            low = self.value - self.unit
        return low, high


def is_blank(written: str) -> bool:
    """Whether a text stands for no value."""
    return len(written) < 40 and normal(written).lower() in BLANK


def read_number(written: str, span: Span = NOWHERE, rounding: int | None = None) -> Written | None:
    """The number in a text; None for a blank. `rounding` is the number of digits to which a sheet
    says that it rounds whole numbers and fractions too. Raises `Failure` where it is no number."""
    if len(written) > SHORT:
        return _number(written, span, rounding)
    try:
        return _known(written, rounding)
    except Failure:
        return _number(written, span, rounding)  # which says where


@lru_cache(maxsize=10_000)
def _known(written: str, rounding: int | None) -> Written | None:
    """The number in a text that many sheets of a class have."""
    return _number(written, NOWHERE, rounding)


def _number(written: str, span: Span, rounding: int | None) -> Written | None:
    text = normal(written) if len(written) <= limits.NUMBER else _long(written, span)
    if text.lower() in BLANK:
        return None
    if text.startswith("="):
        raise failure("sheet-formula", span, "hint-sheet-formula", found=text[:60])
    if match := PERIODIC.fullmatch(text):
        return Written(text, _periodic(*match.groups()))
    if len(text) > limits.NUMBER:
        entry: Fraction | Expr | None = Fraction(text)
    else:
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
        return replace(found, unit=Fraction(10) ** -places)
    if rounding is not None:
        return replace(found, unit=_unit(entry, rounding))
    return found


def _long(written: str, span: Span) -> str:
    """The spelling of a number that is longer than any formula may be: exact solutions have
    fractions of thousands of digits. Raises `Failure` for anything but digits, and too many."""
    text = MINUS.sub("-", written.strip()) if len(written) <= limits.WRITTEN else ""
    if not LONG.fullmatch(text) or (not text.partition("/")[2].strip("0") and "/" in text):
        raise failure("sheet-too-long", span, digits=limits.WRITTEN, formula=limits.NUMBER)
    return text


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
