"""A number as a student writes it → the interval it stands for.

3.285 was rounded from something between 3.2845 and 3.2855, or cut off from something up to 3.286;
a whole number, a fraction or a closed form is exact.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from fractions import Fraction

from rnnhand.errors import Span, failure
from rnnhand.language import limits
from rnnhand.language.tree import NOWHERE, Expr
from rnnhand.problem import yaml
from rnnhand.problem.values import parse_number

BLANK = ("", "-", "null", "~", "n/a", "?")
MINUS = re.compile("[−‐‑‒–—―﹣－]")
SPACES = re.compile(r"(?<=\d)[ \u00a0\u2009\u202f\u2007'’](?=\d{3}(?:\D|$))")
COMMA = re.compile(r"([+-]?\d*),(\d+)((?:[eE][+-]?\d+)?)")
POWER_OF_TEN = re.compile(
    r"([+-]?(?:\d+(?:\.\d*)?|\.\d+))\s*[·⋅×x*]\s*10\s*(?:\^|\*\*)?\s*[({]?\s*([+-]?\d{1,5})\s*[)}]?"
)
DECIMAL = re.compile(r"[+-]?(?P<whole>\d*)(?:\.(?P<part>\d*))?(?:[eE](?P<power>[+-]?\d{1,4}))?")
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")


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


def read_number(written: str, span: Span = NOWHERE, rounding: int | None = None) -> Written | None:
    """The number in a text; None for a blank. `rounding` is the number of digits to which a sheet
    says that it rounds whole numbers and fractions too. Raises `Failure` where it is no number."""
    text = normal(written)
    if text.lower() in BLANK:
        return None
    if len(text) > limits.NUMBER:
        raise failure("number-too-long", span, digits=limits.NUMBER, power=limits.EXPONENT)
    entry = parse_number(yaml.Text(text, span))
    if entry is None:
        return None
    found = Written(text, entry)
    if not isinstance(entry, Fraction):
        return found
    match = DECIMAL.fullmatch(text)
    if match and (match["part"] is not None or match["power"]):
        places = len(match["part"] or "") - int(match["power"] or 0)
        return _around(found, entry, Fraction(10) ** -places)
    if rounding is not None:
        return _around(found, entry, _unit(entry, rounding))
    return found


def normal(written: str) -> str:
    """One spelling for all signs of minus, decimal commas, groups of digits, powers of ten."""
    text = written.strip()
    if len(text) == 1 and unicodedata.category(text) == "No":
        text = unicodedata.normalize("NFKC", text).replace("⁄", "/")  # ½
    text = MINUS.sub("-", text.translate(SUPERSCRIPTS)).lstrip("≈=~ ").rstrip(" ;")
    text = SPACES.sub("", text)
    if text.startswith("- "):
        text = "-" + text[2:].lstrip()
    if m := COMMA.fullmatch(text):
        text = f"{m[1] or ''}{'' if m[1].strip('+-') else '0'}.{m[2]}{m[3]}"
    text = _points(text)
    if m := POWER_OF_TEN.fullmatch(text):
        text = f"{m[1]}e{int(m[2])}"
    return text


def _points(text: str) -> str:
    """Decimal commas inside a longer number: 1,5·10^-3."""
    return re.sub(r"(?<=\d),(?=\d+\s*[·⋅×x*]\s*10)", ".", text)


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
