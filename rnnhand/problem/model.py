"""What a problem file says, as typed values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

from rnnhand.errors import Span
from rnnhand.language.parser import Statement
from rnnhand.language.results import ResultName
from rnnhand.language.tree import NOWHERE, Expr
from rnnhand.problem.yaml import Node
from rnnhand.system.model import System

Wording: TypeAlias = Mapping[str, str]
"""A text by language; the empty key holds one that was given without a language."""


@dataclass(frozen=True)
class Optimizer:
    """An update rule: equations over iterations k for a parameter w with gradient g.

    `options` maps each option to its default (None: it must be given). `state` names what is 0
    before the first iteration. `point`, where given, is where the gradient is taken instead of
    w[k-1]. `symbols` are the letters under which textbooks write the options. `own` says that a
    problem file wrote it. `shares` are options that are at least 0 and below 1.
    """

    name: str
    title: Wording
    options: Mapping[str, Fraction | None]
    state: tuple[str, ...]
    statements: tuple[Statement, ...]
    point: str = ""
    symbols: Mapping[str, str] = field(default_factory=dict)
    own: bool = False
    shares: tuple[str, ...] = ()


@dataclass(frozen=True)
class Framework:
    """How many parameters a framework's layer of the same kind has, and why it differs."""

    name: str
    layer: str
    count: Expr
    why: Wording


@dataclass(frozen=True)
class Cell:
    """Equations of one cell. Shapes are products of sizes: W_f: h × x.

    `functions` are placeholders such as f_h with what they stand for unless a problem says
    otherwise; `biases` are the parameters that a cell without constants lacks; `equal` are sizes
    that must be the same number; `start` says what a parameter is before training where the cell
    is defined by that: a number, or identity.
    """

    name: str
    title: Wording
    source: Wording
    about: Wording
    input: str
    output: str
    sizes: Mapping[str, Wording]
    statements: tuple[Statement, ...]
    parameters: Mapping[str, tuple[Expr, ...]]
    initial: Mapping[str, tuple[Expr, ...]]
    biases: tuple[str, ...] = ()
    equal: tuple[str, ...] = ()
    start: Mapping[str, str] = field(default_factory=dict)
    functions: Mapping[str, str] = field(default_factory=dict)
    symbols: Mapping[str, Wording] = field(default_factory=dict)
    relatives: Mapping[str, Wording] = field(default_factory=dict)
    frameworks: tuple[Framework, ...] = ()


@dataclass(frozen=True)
class Layer:
    """A cell in use, its names those of its layer. Shapes are still in terms of sizes."""

    cell: Cell
    number: int | None
    span: Span
    sizes: Mapping[str, int]
    input: str
    output: str
    statements: tuple[Statement, ...]
    parameters: Mapping[str, tuple[Expr, ...]]
    initial: Mapping[str, tuple[Expr, ...]]
    start: Mapping[str, str]


@dataclass(frozen=True)
class AskForward:
    pass


@dataclass(frozen=True)
class AskGradients:
    pass


@dataclass(frozen=True)
class AskUpdate:
    """`clip` is ("value" or "norm", bound). `groups` are parameters that are updated one group
    after the other within an iteration, each along the gradient at what is updated already; without
    groups all are updated at once. `order` names the observations (steps of the summed
    loss) whose losses the iterations follow one at a time; empty for the whole loss."""

    optimizer: Optimizer
    options: Mapping[str, Fraction]
    steps: int = 1
    clip: tuple[str, Fraction] | None = None
    weight_decay: Fraction | None = None
    order: tuple[int, ...] = ()
    groups: tuple[tuple[str, ...], ...] = ()
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class AskResult:
    name: ResultName
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class AskTopic:
    """A question of another kind; what its options mean is for its topic to say."""

    word: str
    options: Node
    span: Span = field(default=NOWHERE, compare=False)


Ask: TypeAlias = AskForward | AskGradients | AskUpdate | AskResult | AskTopic


@dataclass(frozen=True)
class Problem:
    """A problem file, read and checked. `name` is what the user called it."""

    name: str
    title: Wording
    text: Wording
    source: Wording
    system: System
    ask: tuple[Ask, ...]
    layers: tuple[Layer, ...] = ()

    def wording(self, of: Wording, lang: str) -> str:
        """A text in a language, else in English, else in whatever there is."""
        return of.get(lang) or of.get("") or of.get("en") or next(iter(of.values()), "")
