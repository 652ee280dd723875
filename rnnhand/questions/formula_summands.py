"""Which summand of a student's formula is too many, or is another than it should be."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from rnnhand.arithmetic.equality import at_point, different
from rnnhand.calculus.variants import Variant
from rnnhand.errors import Failure
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Over, children, with_children
from rnnhand.questions.derive_check import at_random
from rnnhand.questions.formula import Formula, read
from rnnhand.questions.formula_proof import proved
from rnnhand.questions.formula_slips import one_slip
from rnnhand.questions.formula_values import Point, clash, filled, values_of

MOST = 8
"""Summands that are tried."""

PARTS = ("missing-through", "missing-back", "missing-step")
"""What a summand may be meant for."""


@dataclass(frozen=True)
class Summand:
    """Without `written` the formula is the derivative (`instead` is None), or the derivative
    without the part that `instead` tells."""

    written: Expr
    instead: Variant | None


def wrong_summand(formula: Formula, points: Sequence[Point]) -> Summand | None:
    """Seen at every point, then proved."""
    without = [
        (summand, found)
        for summand, rest in islice(_without_one(formula.written), MOST)
        if (found := _read(formula, rest)) is not None
    ]
    for summand, rest in without:
        if _agrees(rest, points) and proved(rest):
            return Summand(summand, None)
    for summand, rest in without:
        slip = one_slip(rest, points, PARTS)
        if slip is not None:
            return Summand(summand, slip)
    return None


def _without_one(expr: Expr) -> Iterator[tuple[Expr, Expr]]:
    """Each summand with its sign, and the formula without it; sums inside products and sums over
    steps too."""
    match expr:
        case Apply("+" | "-", args) if len(args) > 1:
            for i, arg in enumerate(args):
                negative = expr.op == "-" and i > 0
                rest = args[:i] + args[i + 1 :]
                if expr.op == "-" and i == 0:
                    yield arg, Apply("neg", rest)
                else:
                    left = rest[0] if len(rest) == 1 else replace(expr, args=rest)
                    yield Apply("neg", (arg,)) if negative else arg, left
                for summand, inner in _without_one(arg):
                    yield summand, with_children(expr, (*args[:i], inner, *args[i + 1 :]))
        case Apply("*" | "@" | "neg") | Over():
            parts = children(expr)
            for i, part in enumerate(parts):
                for summand, inner in _without_one(part):
                    yield summand, with_children(expr, (*parts[:i], inner, *parts[i + 1 :]))


def _read(formula: Formula, written: Expr) -> Formula | None:
    try:
        found = read(formula.problem, formula.said(formula.target), text(written))
    except Failure:
        return None
    # What is left of a sum says 0 where the sum said something.
    whole = replace(found, instances=(*found.instances, *found.silent), silent=())
    return None if clash(whole) else whole


def _agrees(formula: Formula, points: Sequence[Point]) -> bool:
    system = at_random(filled(formula, formula.full), random.Random(7))
    for point in points:
        placed = replace(system, given=point)
        found = at_point(lambda arithmetic, s=placed: values_of(formula, s, arithmetic))  # type: ignore[misc]
        if found is None or different(found):
            return False
    return True
