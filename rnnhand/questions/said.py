"""Answers that are neither numbers nor formulas: words, and for which numbers something holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from rnnhand.language.conditions import Condition, spelled


@dataclass(frozen=True)
class Word:
    """`among` are the words that may be said in its place."""

    word: str
    among: tuple[str, ...]

    def __str__(self) -> str:
        return self.word


@dataclass(frozen=True)
class Holding:
    """For which numbers something holds."""

    condition: Condition

    def __str__(self) -> str:
        return spelled(self.condition)


Said: TypeAlias = Word | Holding
