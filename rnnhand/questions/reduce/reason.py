"""A reason: a phrase with its formulas; and what kind of reason it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rnnhand.language.tree import Expr

TERMS = "obstacle-terms"
"""How the codes begin of what is said of terms."""

WAYS = ("obstacle-way", "obstacle-two-ways", "obstacle-three-ways")
"""What is said of one way that is missing, and of several that are not there at once."""


@dataclass(frozen=True)
class Reason:
    """A phrase, and the formulas in its slots."""

    code: str
    slots: Mapping[str, Expr | str]


def is_proof(reasons: Sequence[Reason]) -> bool:
    """Whether the reasons hold whatever function an open one is taken for, and is taken out."""
    return any(not r.code.endswith(("-open", "-bare")) for r in reasons)


def tells_terms(reasons: Sequence[Reason]) -> bool:
    """Whether the reasons speak of terms alone, so that what is nearest shows what they mean."""
    return all(r.code.startswith(TERMS) for r in reasons)


def speaks_of_matrices(reasons: Sequence[Reason]) -> bool:
    """Whether reasons that are a proof may rest on the difference between a matrix and weights
    entry by entry, which is none where sizes are 1."""
    return is_proof(reasons) and all(r.code in WAYS for r in reasons)
