"""Which summand of a student's formula is too many, or is another than it should be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeAlias

from rnnhand.arithmetic.ball import precision
from rnnhand.arithmetic.equality import BITS, Pairs, at_point, different, ratio
from rnnhand.calculus.rules import plus
from rnnhand.calculus.spelled import summands
from rnnhand.calculus.variants import Variant
from rnnhand.errors import Failure
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Over, children, with_children
from rnnhand.questions.formula.formula import Formula, read
from rnnhand.questions.formula.proof import proved
from rnnhand.questions.formula.slips import one_slip
from rnnhand.questions.formula.values import Point, clash, filled, put_at, values_of
from rnnhand.system.model import Role

MOST = 8
"""Summands that are tried."""

PARTS = ("missing-through", "missing-back", "missing-step")
"""What a summand may be meant for."""


@dataclass(frozen=True)
class Summand:
    """Without `written` the formula is the derivative (`instead` is None), or the derivative
    without the part that `instead` tells; or `written` is `factor` times what it should be."""

    written: Expr
    instead: Variant | None
    factor: str = ""


@dataclass(frozen=True)
class Left:
    """A summand, and the question with the formula that is left without it; `number` where only a
    number is left beside other factors, as of the slope 1 - h^2."""

    summand: Expr
    rest: Formula
    number: bool


Without: TypeAlias = Sequence[Left]


def left_out(formula: Formula) -> Without:
    """The formula without each of its summands."""
    return [
        Left(summand, found, number)
        for summand, rest, number in _without_one(formula.written)[:MOST]
        if (found := reread(formula, rest)) is not None
    ]


def too_many(
    without: Without, points: Sequence[Point], fixed: Sequence[Role] = ()
) -> Summand | None:
    """The summand without which the formula is right: seen at every point, then proved; what is
    given in the roles of `fixed` keeps its numbers."""
    for left in without:
        if not left.number and _agrees(left.rest, points) and proved(left.rest, fixed):
            return Summand(left.summand, None)
    return None


def wrong_summand(
    without: Without, points: Sequence[Point], fixed: Sequence[Role] = ()
) -> Summand | None:
    """The one summand that is another than it should be, seen and proved in the same way."""
    for left in without:
        slip = one_slip(left.rest, points, PARTS, fixed)
        if slip is not None:
            return Summand(left.summand, slip)
    return None


def scaled_summand(
    formula: Formula, without: Without, points: Sequence[Point], fixed: Sequence[Role] = ()
) -> Summand | None:
    """The one summand that is right but for a factor, seen and proved in the same way."""
    for left in without:
        factor = _factor(formula, left.rest, points, fixed)
        if factor:
            return Summand(left.summand, None, factor)
    return None


def _factor(formula: Formula, rest: Formula, points: Sequence[Point], fixed: Sequence[Role]) -> str:
    """c, where what the rest lacks to the derivative, c times, is what the formula adds to it."""
    found: Pairs = []
    with precision(BITS):
        for point in points:
            whole, left = (_values(f, point) for f in (formula, rest))
            if whole is None or left is None or len(whole) != len(left):
                return ""
            found += [
                (own - other, right - other)
                for (own, right), (other, _) in zip(whole, left, strict=True)
            ]
    c = ratio(found)
    if c is None or c in (0, 1):
        return ""
    own, others = (summands(f.written) for f in (formula, rest))
    parts = [*((1 / c, part) for part in own), *((1 - 1 / c, part) for part in others)]
    mended = reread(formula, plus(*(Apply("*", (_number(n), part)) for n, part in parts)))
    return str(c) if mended is not None and proved(mended, fixed) else ""


def _number(value: Fraction) -> Expr:
    above, below = Number(str(abs(value.numerator))), Number(str(value.denominator))
    found = Apply("/", (above, below))
    return found if value >= 0 else Apply("neg", (found,))


def _values(formula: Formula, point: Point) -> Pairs | None:
    placed = put_at(filled(formula, formula.full), point)
    return at_point(lambda arithmetic: values_of(formula, placed, arithmetic))


def _without_one(expr: Expr) -> list[tuple[Expr, Expr, bool]]:
    """Each summand with its sign, the formula without it, and whether only a number is left beside
    other factors; sums inside products and sums over steps too, those of the formula itself before
    h² in 1 − h²."""
    found = sorted(_left_out(expr), key=lambda one: one[0])
    return [(summand, rest, depth > 0 and number) for depth, summand, rest, number in found]


def _left_out(expr: Expr) -> Iterator[tuple[int, Expr, Expr, bool]]:
    """The same, each with the number of products that it stands in."""
    match expr:
        case Apply("+" | "-", args) if len(args) > 1:
            for i, arg in enumerate(args):
                negative = expr.op == "-" and i > 0
                rest = args[:i] + args[i + 1 :]
                number = all(isinstance(r, Number) for r in rest)
                if expr.op == "-" and i == 0:
                    yield 0, arg, Apply("neg", rest), number
                else:
                    left = rest[0] if len(rest) == 1 else replace(expr, args=rest)
                    yield 0, Apply("neg", (arg,)) if negative else arg, left, number
                for depth, summand, inner, alone in _left_out(arg):
                    whole = with_children(expr, (*args[:i], inner, *args[i + 1 :]))
                    yield depth, summand, whole, alone
        case Apply("*" | "@" | "neg") | Over():
            parts = children(expr)
            inside = int(isinstance(expr, Apply) and expr.op != "neg")
            for i, part in enumerate(parts):
                for depth, summand, inner, alone in _left_out(part):
                    whole = with_children(expr, (*parts[:i], inner, *parts[i + 1 :]))
                    yield depth + inside, summand, whole, alone


def reread(formula: Formula, written: Expr) -> Formula | None:
    """The same question with another formula; None where that cannot be read, or does not fit."""
    try:
        found = read(formula.problem, formula.said(formula.target), text(written))
        # What is left of a sum says 0 where the sum said something.
        said = {i.name: i for i in (*found.instances, *found.silent, *found.apart)}
        instances = tuple(said[i.name] for i in formula.instances)
        whole = replace(found, instances=instances, silent=(), apart=())
        return None if clash(whole) else whole
    except Failure:
        return None


def _agrees(formula: Formula, points: Sequence[Point]) -> bool:
    found = (_values(formula, point) for point in points)
    return all(pairs is not None and not different(pairs) for pairs in found)
