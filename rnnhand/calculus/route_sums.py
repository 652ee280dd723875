"""Routes of letters, with numbers before them, and what is done with sums of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Literal, TypeAlias

from rnnhand.language.printer import text
from rnnhand.language.tree import Expr, shift

ODD, GATE, LOGISTIC = "tanh", "σ", "logistic"
"""Functions that are σ but for numbers before and after: one through 0, and one that is not, where
no number times the same is added to them; any of them."""

ANYTHING = "?"
"""A function that may be chosen."""

LIKE_SIGMA = (ODD, GATE, LOGISTIC)

INPUT, MOVING = "input", "moving"
"""Factors that are no function: the input; what of another step's state moves with its inputs. What
of it may be constant is a number beside it."""

ONCE = Fraction(1)

MOST = 12_000
"""Routes of a cell up to which they are followed."""


class TooManyRoutes(Exception):
    """A cell has more routes than are followed."""


@dataclass(frozen=True)
class Letter:
    """One thing on a route: a weight, a function gone through, or a factor: what it is called here,
    how it is written, and for a factor the last step whose input it may depend on. What a state is
    while nothing moves it is a rest: a number that may be 0, of each step its own. `value` tells
    a function of something, or a state, from every other one, with the step at which it is taken;
    so how it is written tells nothing more."""

    kind: Literal["weight", "function", "factor", "rest"]
    name: str
    shown: Expr = field(compare=False)
    step: int = 0
    value: tuple[str, int] | None = None
    known: int = field(init=False, compare=False, repr=False)
    """Its hash, which is asked for more often than anything else."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "known", hash((self.kind, self.name, self.step, self.value)))

    def __hash__(self) -> int:
        return self.known


Route: TypeAlias = tuple[Letter, ...]
"""From the output to the input."""

Sum: TypeAlias = dict[Route, Fraction]
"""Routes, or factors, with the numbers before them."""


def added_up(*parts: Sum) -> Sum:
    found: Sum = {}
    for part in parts:
        for route, c in part.items():
            before = found.get(route)
            if before is None:
                found[route] = c
            elif before + c:
                found[route] = before + c
            else:
                del found[route]
    return found


def times(part: Sum, n: int) -> Sum:
    return {route: c * n for route, c in part.items()}


def multiplied(parts: Sequence[Sum]) -> Sum:
    found: Sum = {(): ONCE}
    for part in parts:
        if len(found) * len(part) > MOST:
            raise TooManyRoutes
        found = added_up(
            *({(*a, *b): _both(c, d) for b, d in part.items()} for a, c in found.items())
        )
    return found


def _both(c: Fraction, d: Fraction) -> Fraction:
    """Their product; most routes are there just once."""
    return d if c is ONCE else c if d is ONCE else c * d


def at(letter: Letter, offset: int) -> Letter:
    """A letter as it stands at another step."""
    if not offset or letter.kind == "weight":
        return letter
    value = None if letter.value is None else (letter.value[0], letter.value[1] + offset)
    if letter.kind == "function":
        return replace(letter, value=value)
    shown = shift(letter.shown, "t", offset)
    if letter.kind == "rest":
        return replace(letter, name=text(shown), shown=shown)
    return replace(letter, shown=shown, step=letter.step + offset, value=value)


def freed(route: Route) -> Route:
    """A route beside a summand that may be a number times the same."""
    for i, letter in enumerate(route):
        if letter.kind == "function":
            free = letter.name in LIKE_SIGMA
            return (*route[:i], replace(letter, name=LOGISTIC), *route[i + 1 :]) if free else route
    return route
