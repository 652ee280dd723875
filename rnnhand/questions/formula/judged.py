"""What is found out about a student's formula."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rnnhand.calculus.variants import Variant
from rnnhand.language.tree import Expr, Ref
from rnnhand.questions.formula.formula import Instance
from rnnhand.questions.formula.right_entries import Entries
from rnnhand.questions.formula.spots import Edit
from rnnhand.questions.formula.summands import Summand
from rnnhand.questions.formula.values import Point
from rnnhand.system.model import Quantity, Shape


@dataclass(frozen=True)
class Counterexample:
    """A point, one derivative there, and the two values of the entry that differs; `own` is None
    where the student's formula divides by 0."""

    given: Point
    name: Ref
    entry: tuple[int, ...]
    own: Any
    right: Any
    at_the_problem: bool


@dataclass(frozen=True)
class Sorted:
    """A formula summand by summand: `right` are parts of the derivative, `edits` make others such,
    `scaled` are such but for a number; `rest` are the others, and `missing` the parts that belong
    in their place: told by what they come through, or as they are."""

    right: tuple[Expr, ...]
    edits: tuple[Edit, ...]
    scaled: tuple[Summand, ...]
    rest: tuple[Expr, ...]
    missing: tuple[Variant | Expr, ...]


@dataclass(frozen=True)
class Judged:
    """`verdict` is right, wrong or undecided. `holds` says for what: always, or given-data.
    `reasons` name what is missing or too many, where that is proved; two of them, where only both
    together explain the formula; `summand` is the one that is too many or another than it should
    be, where that is proved."""

    verdict: str
    holds: str = ""
    counterexample: Counterexample | None = None
    reasons: tuple[Variant, ...] = ()
    summand: Summand | None = None
    edits: tuple[Edit, ...] = ()
    """What is written where something else belongs, or which factor is missing or too many; two
    where only both together explain the formula."""
    sorted: Sorted | None = None
    special: bool = False
    """Wrong at a special point only, as at a kink: no random point has told the formulas apart."""
    right_at: tuple[Instance, ...] = ()
    """Wrong, and right for these derivatives, which are most of those that are compared."""
    entries: Entries | None = None
    """Wrong, and which entries of it are right."""
    held: tuple[Ref, ...] = ()
    """Wrong as the total derivative, and right with these states held."""
    no_value: Expr | None = None
    """The part of the formula that has no real value at any point, where the derivative has one."""
    factor: str = ""
    shapes: tuple[Shape, Shape] | None = None
    """Of the formula and of the derivative, where they are not the same; right with both, where the
    formula is the row that has a place in a chain of factors."""
    agrees_here: bool = False
    elsewhere: tuple[Quantity, ...] = ()
    """Equal with the given data only: what of these tells the formulas apart where it is another;
    then `counterexample` is a point where it is. Wrong, where the formula names it."""
    silent: tuple[Instance, ...] = ()
    """Of what it says nothing, though it may be evaluated: what is given has a derivative that no
    recursion has to give."""


UNEXPLAINED = Judged("wrong")
