"""What is the same of two routes whose weights may be anything: functions and factors in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from rnnhand.calculus.route_sums import (
    ANYTHING,
    GATE,
    INPUT,
    LIKE_SIGMA,
    MOVING,
    ODD,
    Letter,
    Route,
)

REMEMBERED = 50_000
"""Comparisons of patterns that are kept: the same ones come up in most variants of a cell."""


@dataclass(frozen=True)
class Pattern:
    """A route without its weights: the functions gone through, and the factors before, between and
    after them, each with its step."""

    functions: tuple[str, ...]
    factors: tuple[tuple[tuple[str, int], ...], ...]

    @property
    def is_told(self) -> bool:
        """Whether it is told which functions and factors these are, but for states."""
        names = {*self.functions, *(name for run in self.factors for name, _ in run)}
        return ANYTHING not in names

    @property
    def is_plain(self) -> bool:
        """Whether there are no states among the factors either."""
        return self.is_told and all(name != MOVING for run in self.factors for name, _ in run)


def pattern(route: Route) -> Pattern:
    functions: list[str] = []
    factors: list[list[tuple[str, int]]] = [[]]
    for letter in route:
        if letter.kind == "function":
            functions.append(letter.name)
            factors.append([])
        elif letter.kind == "factor":
            factors[-1].append((letter.name, letter.step))
    return Pattern(tuple(functions), tuple(tuple(sorted(run)) for run in factors))


def runs(route: Route) -> tuple[tuple[Route, Letter | None], ...]:
    """What is multiplied, in pieces: before, between and after the functions gone through, each
    piece with the function that follows."""
    found: list[tuple[Route, Letter | None]] = []
    run: list[Letter] = []
    for letter in route:
        if letter.kind == "function":
            found.append((tuple(run), letter))
            run = []
        else:
            run.append(letter)
    return (*found, (tuple(run), None))


def has_power(route: Route) -> bool:
    """Whether one function of three or more in a product stands there twice. Sums of such products
    may be another function of the same kind: tanh(2u)·(1 + tanh²(u)) = 2·tanh(u)."""
    for run, function in runs(route):
        values = [x.value for x in (*run, function) if x is not None and _is_function_of(x)]
        if len(values) > 2 and len(set(values)) < len(values):
            return True
    return False


def _is_function_of(letter: Letter) -> bool:
    """Whether it is a function of something, gone through or a factor."""
    return letter.kind == "function" or (
        letter.kind == "factor" and letter.name not in (INPUT, MOVING)
    )


def may_undo(one: Route, other: Route) -> bool:
    """Whether the products of two routes may take each other away, as far as their parts tell.
    z·tanh(u) is one product with a route through z and another through tanh(u)."""
    for (run, function), (there, gone) in zip(runs(one), runs(other), strict=True):
        if _parts(run, function) != _parts(there, gone):
            return True
        if function is not None and gone is not None and function.value != gone.value:
            return False
    return _functions(one) != _functions(other)


def _functions(route: Route) -> list[str]:
    """What the functions gone through count as: z in z·k + (1/2 - z)·k is gone through twice."""
    return [letter.name for letter in route if letter.kind == "function"]


def _parts(run: Route, function: Letter | None) -> Counter[object]:
    """What is multiplied in any order: x·W·x is one product, whichever x a route leads to."""
    letters = run if function is None else (*run, function)
    return Counter(x.name if x.value is None else x.value for x in letters)


def rests(route: Route) -> bool:
    """Whether it is multiplied by what a state is while nothing moves it."""
    return any(letter.kind == "rest" for letter in route)


def moving(route: Route) -> list[tuple[str, int] | None]:
    """The states that multiply it."""
    return [letter.value for letter in route if letter.name == MOVING and letter.kind == "factor"]


def weights(route: Route) -> frozenset[str]:
    """The numbers that are 0 where the route is not there."""
    return frozenset(letter.name for letter in route if letter.kind in ("weight", "rest"))


@lru_cache(maxsize=REMEMBERED)
def serves(one: Pattern, other: Pattern) -> bool:
    """Whether a route of a first cell, of which weights may be 0, may take the place of a route of
    the goal: σ to which no number is added does not take that of tanh to which none is, and a
    factor takes that of none that depends on a later step."""
    return (
        len(one.functions) == len(other.functions)
        and all(map(_is_function_for, one.functions, other.functions))
        and all(map(_are_factors_for, one.factors, other.factors))
    )


@lru_cache(maxsize=REMEMBERED)
def may_be_alike(one: Pattern, other: Pattern) -> bool:
    """Whether two routes may be the same but for their numbers, so that one is the other or takes
    it away: through functions that may be the same, with the same factors at the same steps."""
    return are_like(one.functions, other.functions) and all(
        map(_may_take_away, one.factors, other.factors)
    )


Factors: TypeAlias = Sequence[tuple[str, int]]


def are_like(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether functions may be the same one by one."""
    return len(one) == len(other) and all(map(_is_like, one, other))


def _is_like(one: str, other: str) -> bool:
    logistic = one in LIKE_SIGMA and other in LIKE_SIGMA
    return one == other or logistic or ANYTHING in (one, other)


def _is_function_for(one: str, other: str) -> bool:
    return _is_like(one, other) and (one != GATE or other != ODD)


def _are_factors_for(mine: Factors, theirs: Factors) -> bool:
    """Whether the first factors may be the others: each of these is one of them that depends on as
    late a step, or a part of a state or sum; nothing else is left."""
    wholes = [step for name, step in mine if name == MOVING]
    left = sorted((f for f in mine if f[0] != MOVING), key=lambda f: (f[0] == ANYTHING, f[1]))
    absorbed = 0
    for name, step in sorted(theirs, key=lambda f: f[1], reverse=True):
        fit = next((f for f in left if f[0] in (name, ANYTHING) and f[1] >= step), None)
        if fit is not None:
            left.remove(fit)
        elif any(last >= step for last in wholes):
            absorbed += 1
        else:
            return False
    return not left and (absorbed > 0 or all(name != MOVING for name, _ in mine))


def _may_take_away(one: Factors, other: Factors) -> bool:
    """Whether factors may be the same: a state of an earlier step is made of what is not later,
    and of something, if no part of it is constant."""
    mine, theirs = Counter(one), Counter(other)
    return _is_within(mine - theirs, theirs - mine) and _is_within(theirs - mine, mine - theirs)


def _is_within(left: Counter[tuple[str, int]], other: Counter[tuple[str, int]]) -> bool:
    """Whether all of some factors may be parts of whole ones among others."""
    whole = [step for name, step in other if name == MOVING]
    if not left:
        return not whole
    return bool(whole) and all(step <= max(whole) or name == MOVING for name, step in left)
