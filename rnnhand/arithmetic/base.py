"""What an arithmetic is: a handful of scalar operations. Arrays and loops are written once, on top.

Scalars of every arithmetic understand the operators + - * and unary -.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, TypeAlias

from rnnhand.errors import Span

Scalar: TypeAlias = Any
"""fmpq, arb, float or a SymPy expression: whatever the arithmetic at work computes with."""


@dataclass(frozen=True)
class Arithmetic:
    """`less` and `equal` may raise `Undecided`; any operation may raise `Fault`.

    `functions` holds exp, log and sqrt, and whatever else the arithmetic does better than by the
    definition in the library. `keep` sees every scalar that is stored, and may refuse it.
    `remember` makes a function give one and the same scalar for the same exact argument, so that
    two entries that are equal for this reason are known to be. `unknown` is what stands for the
    entries of a vector that has no value, instead of a fault.
    """

    name: str
    number: Callable[[Fraction], Scalar]
    less: Callable[[Scalar, Scalar], bool]
    equal: Callable[[Scalar, Scalar], bool]
    divide: Callable[[Scalar, Scalar], Scalar]
    power: Callable[[Scalar, int], Scalar]
    real_power: Callable[[Scalar, Scalar], Scalar]
    functions: Mapping[str, Callable[..., Scalar]]
    keep: Callable[[Scalar], Scalar] | None = None
    larger: Callable[[Scalar, Scalar], Scalar] | None = None
    smaller: Callable[[Scalar, Scalar], Scalar] | None = None
    remember: Callable[[Callable[..., Scalar]], Callable[..., Scalar]] | None = None
    unknown: Scalar | None = None
    softmax_shift: bool = False
    indicator: Mapping[str, Callable[[Scalar, Scalar], Scalar]] = field(default_factory=dict)


class Fault(Exception):
    """An operation has no value here; `code` names the phrase that says why. The word `where`
    and the place are noted on it on its way up, by what knows them."""

    def __init__(self, code: str, **words: object) -> None:
        self.code = code
        self.words = {key: str(value) for key, value in words.items()}
        self.span: Span | None = None
        super().__init__(code)

    def noted(self, where: str, span: Span | None) -> Fault:
        """The fault with its place, unless it has one already."""
        if "where" not in self.words:
            self.words["where"], self.span = where, span
        return self


class Irrational(Fault):
    """A function has no rational value at this argument."""


class TooLong(Fault):
    """An exact value has outgrown what can be read or stored."""


class Undecided(Fault):
    """A ball is too wide to tell; more precision may."""

    def __init__(self) -> None:
        super().__init__("undecided")


def divided_by_zero() -> Fault:
    return Fault("division-by-zero")


def outside_domain(function: str, argument: object) -> Fault:
    return Fault("outside-domain", function=function, argument=argument)
