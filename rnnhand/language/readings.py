"""What paper leaves open: where two readings are usual, each of them is a choice.

A formula is read by the first way of each. The other ways are tried where that one is not right, so
that nobody is called wrong who meant the other.
"""

from __future__ import annotations

from collections.abc import Set
from enum import Enum, auto
from typing import TypeAlias


class Choice(Enum):
    """The second way to read something."""

    DOT_OF_VECTORS = auto()
    """w·h of two vectors is their scalar product, and not w ⊙ h."""
    FROM_THE_RIGHT = auto()
    """A·v·w is A·(v ⊙ w), and not (A·v) ⊙ w."""
    POWERS = auto()
    """S² is S·S where entries would be squared, and the other way round; Wᵀ is W to the power T."""
    BELOW = auto()
    """a/b c is a/(b·c), and not (a/b)·c."""
    LENGTH = auto()
    """|x| of a vector is its length, and not what |.| makes of every entry."""
    FORWARD = auto()
    """Π_k A_k is A_1·A_2·…, and not …·A_2·A_1, as Jacobians stand."""
    SHORT_PRODUCT = auto()
    """In Π_i a_i·b the factor b stands behind the product."""


Reading: TypeAlias = Set[Choice]
FIRST: Reading = frozenset()
