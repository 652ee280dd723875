"""A number as a person reads it: exact, decimal, or both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from rnnhand.language.tree import Expr, Number


@dataclass(frozen=True, slots=True)
class Numeral:
    """`exact` is a fraction or a closed form; `decimal` has only certain digits.

    `rounded` says that the decimal is shorter than the number. `bound` stands for a number that
    is nothing but known to be smaller than 10^bound in absolute value.
    """

    exact: Expr | None
    decimal: str | None
    rounded: bool = False
    bound: int | None = None


SHORT = 9
"""Characters of a fraction up to which it stands alone where its decimal could."""


def is_shortened(n: Numeral) -> bool:
    """Whether fewer digits of a number are shown than it has, where it stands by itself."""
    short = isinstance(n.exact, Number) and len(n.exact.text) <= SHORT
    return n.rounded and not short


Table: TypeAlias = Numeral | tuple["Table", ...]
"""One number, a vector as a flat tuple, or a matrix as a tuple of rows."""

BLANK = Numeral(None, None)
"""A place for a number that somebody else is to find."""


def blanked(table: Table) -> Table:
    """A blank of the same shape."""
    return BLANK if isinstance(table, Numeral) else tuple(map(blanked, table))


def has_blanks(table: Table) -> bool:
    return table == BLANK if isinstance(table, Numeral) else any(map(has_blanks, table))
