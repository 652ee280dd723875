"""How a student writes numbers down, and what a reader can tell from them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

from tests.students.algebra import decimal


@dataclass(frozen=True)
class Hand:
    """`digits` significant digits, or so many decimals; trailing zeros dropped; cut off, not
    rounded; 0.00 for what came out as 0; or everything exact, as decimals where they end, or as
    fractions. `whole`: 31.2 may become 31, and the sheet says
    `rounding: 2`; else a rounded number always has a point or a power of ten."""

    style: str = "significant"
    digits: int = 3
    trims: bool = False
    cuts: bool = False
    comma: bool = False
    long_zero: bool = False
    whole: bool = False

    def write(self, x: Fraction) -> str:
        if self.style == "exact":
            return exactly(x)
        if self.style == "fractions":
            return str(x)
        if x == 0 and not (self.long_zero and self.style == "decimals"):
            return "0"
        rounding = ROUND_DOWN if self.cuts else ROUND_HALF_UP
        d = decimal(x)
        if self.style == "decimals":
            d = d.quantize(Decimal(1).scaleb(-self.digits), rounding=rounding)
            text = f"{abs(d) if d == 0 else d:f}"
        else:
            d = Context(prec=self.digits, rounding=rounding).plus(d)
            power = d.adjusted()
            d = d.quantize(Decimal(1).scaleb(power - self.digits + 1))
            if -5 <= power < self.digits - (not self.whole):
                text = f"{d:f}"
            else:
                text = f"{d.scaleb(-power):f}e{power}"
        if self.trims and "." in text and "e" not in text:
            text = text.rstrip("0")
            text = text.rstrip(".") if self.whole else text + "0" * text.endswith(".")
        return text.replace(".", ",") if self.comma and "e" not in text else text

    @property
    def is_exact(self) -> bool:
        """Whether this hand rounds nothing."""
        return self.style in ("exact", "fractions")

    @property
    def rounds_whole_numbers(self) -> bool:
        """Whether an integer of this hand may be a rounded number."""
        return self.whole and not self.is_exact


def exactly(x: Fraction) -> str:
    n = x.denominator
    while n % 2 == 0:
        n //= 2
    while n % 5 == 0:
        n //= 5
    if n == 1 and x.denominator <= 1000:
        return f"{decimal(x).normalize():f}"
    return str(x)


def number(text: str) -> Fraction:
    text = text.replace(",", ".")
    return Fraction(text)


def unit(text: str, rounding: int | None) -> Fraction:
    """One unit of the last digit that a reader sees; 0 where the number is exact."""
    text = text.replace(",", ".")
    if "/" in text:
        return Fraction(0)
    mantissa, _, power = text.partition("e")
    if "." in mantissa or power:
        places = len(mantissa.partition(".")[2]) - int(power or 0)
        return Fraction(10) ** -places
    if rounding is None:
        return Fraction(0)
    x = abs(Fraction(text))
    size = Fraction(10) ** (len(str(int(x))) - rounding) if x else Fraction(0)
    return max(Fraction(10) ** -rounding, size)
