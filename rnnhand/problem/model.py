"""What a problem file says, as typed values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

from rnnhand.errors import Span
from rnnhand.language.parser import Statement
from rnnhand.language.results import ResultName
from rnnhand.language.tree import NOWHERE
from rnnhand.system.model import System

Wording: TypeAlias = Mapping[str, str]
"""A text by language; the empty key holds one that was given without a language."""


@dataclass(frozen=True)
class Optimizer:
    """An update rule: equations over iterations k for a parameter w with gradient g.

    `options` maps each option to its default (None: it must be given). `state` names what is 0
    before the first iteration. `point`, where given, is where the gradient is taken instead of
    w[k-1]. `symbols` are the letters under which textbooks write the options.
    """

    name: str
    title: Wording
    options: Mapping[str, Fraction | None]
    state: tuple[str, ...]
    statements: tuple[Statement, ...]
    point: str = ""
    symbols: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class AskForward:
    pass


@dataclass(frozen=True)
class AskGradients:
    pass


@dataclass(frozen=True)
class AskUpdate:
    """`clip` is ("value" or "norm", bound)."""

    optimizer: Optimizer
    options: Mapping[str, Fraction]
    steps: int = 1
    clip: tuple[str, Fraction] | None = None
    weight_decay: Fraction | None = None


@dataclass(frozen=True)
class AskResult:
    name: ResultName
    span: Span = field(default=NOWHERE, compare=False)


Ask: TypeAlias = AskForward | AskGradients | AskUpdate | AskResult


@dataclass(frozen=True)
class Problem:
    """A problem file, read and checked. `name` is what the user called it."""

    name: str
    title: Wording
    text: Wording
    source: Wording
    system: System
    ask: tuple[Ask, ...]

    def wording(self, of: Wording, lang: str) -> str:
        """A text in a language, else in English, else in whatever there is."""
        return of.get(lang) or of.get("") or of.get("en") or next(iter(of.values()), "")
