"""Blocks and inlines. Mathematics inside is `Expr` and `Table` of numerals, never markup."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from rnnhand.language.numerals import Table
from rnnhand.language.operations import Function
from rnnhand.language.tree import Expr, Ref


@dataclass(frozen=True, slots=True)
class Math:
    """A formula inside a sentence."""

    expr: Expr


@dataclass(frozen=True, slots=True)
class Shown:
    """A number, vector or matrix inside a sentence or a cell."""

    table: Table


@dataclass(frozen=True, slots=True)
class Equals:
    """A formula and its value inside a sentence: a_1 = 0."""

    left: Expr
    right: Expr | Table


@dataclass(frozen=True, slots=True)
class Tag:
    """A short remark with a meaning of its own: `kind` is right, follows, wrong, missing or
    unreadable; the words say it without colour."""

    kind: str
    words: str


Inline: TypeAlias = str | Math | Shown | Equals | Tag
Sentence: TypeAlias = tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    content: Sentence


@dataclass(frozen=True, slots=True)
class Definitions:
    """Equations of a model, a line each: left = right."""

    equations: tuple[tuple[Expr, Expr], ...]


@dataclass(frozen=True, slots=True)
class Values:
    """Given values, a sentence each: w = v = 1/2."""

    items: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the work: `left = forms[0] = forms[1] … = result`, and a remark beside it.

    `sign` stands between left and the first form: "=" or "←".
    """

    left: Expr
    forms: tuple[Expr, ...]
    result: Table
    remark: Sentence = ()
    sign: str = "="


@dataclass(frozen=True, slots=True)
class Steps:
    """Lines that belong together, under a label such as t = 2."""

    label: Sentence
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: a head and rows of cells. `turnable` says that rows and columns may be exchanged
    where it would not fit."""

    head: tuple[Sentence, ...]
    rows: tuple[tuple[Sentence, ...], ...]
    turnable: bool = True


@dataclass(frozen=True, slots=True)
class Curve:
    """Sizes by step, as powers of ten: (3, -0.5) is 10^-0.5 at step 3. A size of 0 has no point.
    In a linear plot the numbers themselves."""

    name: Sentence
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Plot:
    """Curves over the steps, the sizes on a logarithmic scale; or, in a `linear` one, of functions
    over a variable. `across` and `up` say what is along the axes, `decimal` is the mark in their
    numbers."""

    title: Sentence
    across: Sentence
    up: Sentence
    curves: tuple[Curve, ...]
    linear: bool = False
    decimal: str = "."


@dataclass(frozen=True, slots=True)
class Picture:
    """A small picture: rows of shades from 0 (empty) to 1 (full), under a name. `scale` says which
    numbers are the two ends."""

    name: Sentence
    scale: Sentence
    shades: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Pictures:
    """Pictures side by side."""

    items: tuple[Picture, ...]


@dataclass(frozen=True, slots=True)
class Dots:
    """Points of a plane that belong together, filled or open."""

    name: Sentence
    filled: bool
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Line:
    """The line a·x + b·y + c = 0; the side on which the sum is positive is marked."""

    name: Sentence
    a: float
    b: float
    c: float


@dataclass(frozen=True, slots=True)
class Strokes:
    """Straight pieces, each from one point to another."""

    name: Sentence
    pieces: tuple[tuple[tuple[float, float], tuple[float, float]], ...]


@dataclass(frozen=True, slots=True)
class Plane:
    """A picture in the plane: strokes, lines over its whole width, dots on top. `decimal` is the
    mark in its numbers."""

    title: Sentence
    across: Sentence
    up: Sentence
    dots: tuple[Dots, ...] = ()
    lines: tuple[Line, ...] = ()
    strokes: tuple[Strokes, ...] = ()
    decimal: str = "."


@dataclass(frozen=True, slots=True)
class Note:
    """Something to be aware of: `kind` is kink, check, or warning."""

    kind: str
    content: Sentence


@dataclass(frozen=True, slots=True)
class Fields:
    """Lines for a reader to fill in, each behind its label: name, date."""

    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Room:
    """Room to write by hand, about so many lines; nothing where nobody writes."""

    lines: int


@dataclass(frozen=True, slots=True)
class Section:
    title: Sentence
    blocks: tuple[Block, ...]


Block: TypeAlias = (
    Paragraph
    | Definitions
    | Values
    | Step
    | Steps
    | Grid
    | Plot
    | Pictures
    | Plane
    | Note
    | Fields
    | Room
    | Section
)


@dataclass(frozen=True, slots=True)
class Live:
    """What a reader may change and have worked out again, in floating point numbers: values that
    are `given`, and `lines`, each of which needs only what stands before it.

    Every name stands at its step. The operations are the primitive ones of the language and tanh;
    other functions are among `functions`. A line may have an expression for its name.
    """

    given: tuple[tuple[Ref, Expr], ...]
    lines: tuple[tuple[Expr, Expr], ...]
    functions: tuple[Function, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A worked solution: a title, where the problem is from, and blocks. A format on which
    something can be changed may use `live`. `decimal` is the mark between a number's whole part and
    its fraction: see `document/decimal.py`."""

    title: str
    source: str
    lang: str
    blocks: tuple[Block, ...]
    live: Live | None = None
    decimal: str = "."
