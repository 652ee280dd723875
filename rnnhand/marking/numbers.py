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

    `value` is a fraction or a closed form; `unit` that of its last digit, where it is rounded.
    """

    text: str
    value: Fraction | Expr
    unit: Fraction | None = None

    @property
    def digits(self) -> int:
        """How many digits are written, without zeros before the first."""
        return len(re.sub(r"\D", "", self.text).lstrip("0"))

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
        return replace(found, unit=Fraction(10) ** -places)
    if rounding is not None:
        return replace(found, unit=_unit(entry, rounding))
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
