"""What is claimed: one line of a derivation, and what came of checking it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from rnnhand.arithmetic.agreement import common_digits, meet, same
from rnnhand.arithmetic.base import Scalar
from rnnhand.calculus.local import Local
from rnnhand.document.blocks import Section, Step
from rnnhand.language.numerals import Numeral
from rnnhand.language.tree import Expr
from rnnhand.system.model import Equation, Quantity, System

DIGITS = 30


class Place(NamedTuple):
    """Where a line is compared: at which step of what runs, or at which x; in which of its forms;
    and in which entry, by row and column, where there are several."""

    where: Mapping[str, int | Fraction]
    form: int = 0
    entry: tuple[int, int] | None = None


class Pair(NamedTuple):
    """A number by the formula, the same by forward mode, and where they stand."""

    found: Scalar
    expected: Scalar
    place: Place


@dataclass(frozen=True)
class Against:
    """Where a formula is false: the point, at which open functions are chosen, and two numbers
    that would be one."""

    system: System
    pair: Pair
    exact: bool


PARTS = ("locals", "special", "chain", "back", "gradient", "steps", "unrolled", "step", "ways")
"""The parts of a derivation in the order of the page."""


@dataclass(frozen=True)
class Claim:
    """left = form = form … in one part of the derivation. A derivative of a single equation
    carries where it came from, an equation of the way back itself, a derivative of what is
    derived its parameter; `within` are the steps of the equation that it is about, where single
    steps have others. `differs` claims that the two sides are not the same. One that is `silent`
    is a formula of the data, and no line of the page."""

    part: str
    left: Expr
    forms: tuple[Expr, ...]
    local: Local | None = None
    adjoint: Equation | None = None
    by: Quantity | None = None
    differs: bool = False
    within: range | None = None
    silent: bool = False

    @property
    def steps(self) -> list[int] | None:
        """First and last step of the equation that it is about; others hold wherever all of it
        is."""
        made = self.adjoint or (self.local.equation if self.local else None)
        steps = made.steps if made else self.within
        return [steps[0], steps[-1]] if steps else None


@dataclass(frozen=True)
class Found:
    """What came of a claim: how many numbers were compared, whether all exactly, whether all were
    equal; or why it could not be checked (`reason`, the code of a phrase)."""

    claim: Claim
    numbers: int = 0
    exact: bool = True
    equal: bool = True
    reason: str = ""
    alive: bool = False
    """Whether some number that was compared is not 0: 0 = 0 says little."""
    against: Against | None = None
    """Where the claim is false."""

    def as_data(
        self, written: Callable[[Expr], str], against: dict[str, object] | None
    ) -> dict[str, object]:
        return {
            "part": self.claim.part,
            "name": written(self.claim.left),
            "forms": [written(form) for form in self.claim.forms],
            "steps": self.claim.steps,
            "differs": self.claim.differs,
            "checked": not self.reason,
            "reason": self.reason.removeprefix("claim-") or None,
            "numbers": self.numbers,
            "exact": self.exact and not self.reason,
            "holds": None if self.reason else self.equal,
            "against": against,
        }


def lines(part: str, sections: Iterable[Section]) -> list[Claim]:
    """The lines of some sections as claims."""
    return [
        Claim(part, block.left, forms_of(block))
        for section in sections
        for block in section.blocks
        if isinstance(block, Step)
    ]


def forms_of(line: Step) -> tuple[Expr, ...]:
    last = line.result.exact if isinstance(line.result, Numeral) else None
    return line.forms if last is None else (*line.forms, last)


def agree(a: Scalar, b: Scalar) -> bool:
    """Whether two balls are of one number, as far as 30 digits say."""
    return same(a, b) or (vanishes(a) and vanishes(b)) or common_digits(a, b) >= DIGITS


def vanishes(a: Scalar) -> bool:
    """Too near to 0 for digits to be counted."""
    return abs(float(a)) < 1e-40


def all_equal(pairs: Sequence[Pair], exactly: bool) -> bool:
    return unequal(pairs, exactly) is None


def unequal(pairs: Sequence[Pair], exactly: bool) -> Pair | None:
    """The first of some pairs in which two numbers are not one."""
    equal = same if exactly else agree
    return next((one for one in pairs if not equal(one.found, one.expected)), None)


def too_wide(pairs: Sequence[Pair]) -> bool:
    """Whether some balls meet and yet do not agree to 30 digits: nothing can be said."""
    return any(meet(a, b) and not agree(a, b) for a, b, _ in pairs)
