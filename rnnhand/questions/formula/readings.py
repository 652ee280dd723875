"""A formula in the way in which it is right, where paper leaves two ways open.

Of w·h, of S², of a/b c and of where a product ends, two readings are usual. A formula that is right
in one of them is right, and the page shows it in that one. One that is wrong in all is judged in
the first.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import combinations

from rnnhand.arithmetic.equality import different
from rnnhand.errors import Failure
from rnnhand.language.readings import Choice, Reading
from rnnhand.language.tree import Expr
from rnnhand.problem.model import Problem
from rnnhand.questions.formula.formula import Formula, read
from rnnhand.questions.formula.judge import judge
from rnnhand.questions.formula.judged import Judged
from rnnhand.questions.formula.points import DATA, random_point
from rnnhand.questions.formula.values import clash

LOOKED_AT = 2
"""Random points at which another reading is looked at before anything is proved."""


def judged_as_meant(problem: Problem, target: str, written: str) -> tuple[Formula, Judged]:
    """The formula and its verdict. Raises `Failure` for what can be read in no way."""
    try:
        first = read(problem, target, written)
    except Failure:
        right = _right_otherwise(problem, target, written, None)
        if right is None:
            raise
        return right
    found = judge(first)
    if found.verdict == "right":
        return first, found
    return _right_otherwise(problem, target, written, first) or (first, found)


def _right_otherwise(
    problem: Problem, target: str, written: str, first: Formula | None
) -> tuple[Formula, Judged] | None:
    for other in _other_readings(problem, target, written, first):
        if _may_be_right(other):
            found = judge(other)
            if found.verdict == "right":
                return other, found
    return None


def _other_readings(
    problem: Problem, target: str, written: str, first: Formula | None
) -> Iterator[Formula]:
    """One choice is another, then two of those that change something, and so on."""
    known: list[Expr | None] = [None if first is None else first.written]
    open_: list[Choice] = []
    for choice in Choice:
        found = _read(problem, target, written, frozenset((choice,)))
        if (found and found.written) == known[0]:
            continue
        open_.append(choice)
        if found is not None:
            known.append(found.written)
            yield found
    for count in range(2, len(open_) + 1):
        for choices in combinations(open_, count):
            found = _read(problem, target, written, frozenset(choices))
            if found is not None and found.written not in known:
                known.append(found.written)
                yield found


def _read(problem: Problem, target: str, written: str, reading: Reading) -> Formula | None:
    try:
        return read(problem, target, written, reading)
    except Failure:
        return None


def _may_be_right(formula: Formula) -> bool:
    """Whether it agrees with the derivative at a point or two."""
    dice = random.Random(7)
    if clash(formula):
        return True  # a row may be right as a row
    tried = (random_point(formula, dice, DATA)[1] for _ in range(LOOKED_AT))
    return not any(pairs is not None and different(pairs) for pairs in tried)
