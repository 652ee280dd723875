"""What makes a student's formula another than the derivative, where that is proved: one slip, some
steps, one slip in each summand, two in one, a summand in which more is wrong, or some entries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

from rnnhand.arithmetic.equality import Pairs, different, ratio
from rnnhand.questions.formula.edits import Search
from rnnhand.questions.formula.formula import RIGHT, Formula
from rnnhand.questions.formula.judged import UNEXPLAINED, Judged
from rnnhand.questions.formula.matched import by_parts
from rnnhand.questions.formula.parts import of_one_equation, parts
from rnnhand.questions.formula.proof import proved
from rnnhand.questions.formula.right_entries import right_entries
from rnnhand.questions.formula.slips import one_slip, two_slips
from rnnhand.questions.formula.summands import (
    Without,
    left_out,
    scaled_summand,
    too_many,
    wrong_summand,
)
from rnnhand.questions.formula.values import Point
from rnnhand.system.model import Quantity, Role


class Explaining:
    """What makes the difference: seen at the points, of which there must be some, and proved; what
    is given in the roles of `fixed` keeps its numbers. Points that tell the formulas apart come
    first: where every ReLU is dead, all formulas are 0."""

    def __init__(
        self, formula: Formula, points: Sequence[tuple[Point, Pairs]], fixed: Sequence[Role] = ()
    ) -> None:
        self.formula = formula
        self.points = sorted(points, key=lambda one: not different(one[1]))
        self.given = [point for point, _ in self.points]
        self.fixed = fixed

    @cached_property
    def without(self) -> Without:
        return left_out(self.formula)

    @cached_property
    def search(self) -> Search:
        return Search(self.formula, self.given, self.fixed)

    def by_one(self) -> Judged:
        """One slip, and all else is right."""
        formula, given, fixed = self.formula, self.given, self.fixed
        factor = _factor(formula, [p for _, p in self.points], fixed)
        if factor:
            return replace(UNEXPLAINED, factor=factor)
        slip = one_slip(formula, given, fixed=fixed)
        if slip is not None:
            return replace(UNEXPLAINED, reasons=(slip,))
        summand = too_many(self.without, given, fixed)
        if summand is not None:
            return replace(UNEXPLAINED, summand=summand)
        edits = self.search.one()
        if edits and edits[0].kind != "missing-summand":
            return replace(UNEXPLAINED, edits=edits)
        scaled = scaled_summand(formula, self.without, given, fixed)  # 2·p rather than 2·p − p
        return replace(UNEXPLAINED, summand=scaled, edits=() if scaled else edits)

    def by_steps(self) -> Judged:
        """Right at most steps, and wrong at some: the first, say."""
        formula = self.formula
        right = tuple(i for k, i in enumerate(formula.instances) if self._agrees(k))
        most = 2 * len(right) > len(formula.instances)
        if not most or not proved(formula.only(*right), self.fixed):
            return UNEXPLAINED
        return replace(UNEXPLAINED, right_at=right)

    def _agrees(self, k: int) -> bool:
        """Whether a formula is the derivative in one instance at every point."""
        shapes = self.formula.full.shapes
        sizes = [rows * columns for rows, columns in
                 (shapes[Quantity(f"{RIGHT}{i}")] for i in range(k + 1))]  # fmt: skip
        first = sum(sizes[:k])
        return not any(different(pairs[first : first + sizes[k]]) for _, pairs in self.points)

    def by_parts(self) -> Judged:
        """Its summands one by one, against the parts of the derivative."""
        return by_parts(self.search, self.fixed, parts(self.formula))

    def by_summands(self) -> Judged:
        """Its summands one by one, against those of the matrix that one equation makes."""
        return by_parts(self.search, self.fixed, of_one_equation(self.formula))

    def by_two(self) -> Judged:
        """Two slips."""
        slips = two_slips(self.formula, self.given, self.fixed)
        return replace(UNEXPLAINED, reasons=slips, edits=() if slips else self.search.two())

    def by_two_in_a_summand(self) -> Judged:
        """Two slips in factors of one summand."""
        return replace(UNEXPLAINED, edits=self.search.two_in_a_summand())

    def by_a_summand(self) -> Judged:
        """A summand in which more is wrong."""
        return replace(UNEXPLAINED, summand=wrong_summand(self.without, self.given, self.fixed))

    def by_entries(self) -> Judged:
        """Right in some entries, and wrong in the others."""
        found = right_entries(self.formula, [pairs for _, pairs in self.points], self.fixed)
        return replace(UNEXPLAINED, entries=found)


def _factor(formula: Formula, points: Sequence[Pairs], fixed: Sequence[Role]) -> str:
    """c, where the student's formula is c times the right one: seen at every point and proved."""
    c = ratio([pair for pairs in points for pair in pairs])
    if c is None or c == 0 or not proved(formula, fixed, str(c)):
        return ""
    return str(c)
