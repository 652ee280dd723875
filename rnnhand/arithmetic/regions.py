"""Formulas with kinks in pieces: regions of the letters, on each of which all are polynomials.

Wherever a value depends on which side of a kink we are, the three cases >, = and < are followed as
far as linear programming says that they exist together with what has been supposed so far. So the
regions are all there are, they do not overlap, and each has a point of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from rnnhand.arithmetic.base import Fault, TooLong
from rnnhand.arithmetic.linear_program import Condition, Feasible, Relation, smallest, solve
from rnnhand.arithmetic.polynomial import Polynomial, Sign

MOST = 600
"""Regions up to which a formula is taken apart."""

SIDES = (1, 0, -1)


@dataclass(frozen=True)
class Side:
    """A polynomial and its sign: positive, zero, or negative."""

    of: Polynomial
    sign: int

    @property
    def relation(self) -> str:
        return {1: ">", 0: "=", -1: "<"}[self.sign]


@dataclass(frozen=True)
class Region:
    """Where all `sides` hold, the formulas are the polynomials `values`; `point` lies in it."""

    sides: tuple[Side, ...]
    values: tuple[Polynomial, ...]
    point: Mapping[str, Fraction]

    @property
    def is_full(self) -> bool:
        """Whether it has inner points: no side says that something is 0."""
        return all(side.sign for side in self.sides)


@dataclass(frozen=True)
class _Wanted(Exception):
    of: Polynomial


Compute = Callable[[Sign], tuple[Polynomial, ...]]


def regions(
    compute: Compute, letters: Sequence[str], suppositions: Sequence[Side] = ()
) -> Iterator[Region]:
    """All regions of the space of `letters` where the suppositions hold.

    Raises `Fault` where a kink is not at the zeros of a linear form, or there are too many regions.
    """
    left = [MOST]

    def split(sides: tuple[Side, ...]) -> Iterator[Region]:
        def sign(of: Polynomial) -> int:
            value = of.value
            if value is not None:
                return (value > 0) - (value < 0)
            if of.degree > 1:
                raise Fault("kink-not-linear")
            for side in sides:
                ratio = proportion(of, side.of)
                if ratio is not None:
                    return side.sign * (1 if ratio > 0 else -1)
            raise _Wanted(of)

        try:
            values = compute(sign)
        except _Wanted as wanted:
            for s in SIDES:
                more = (*sides, Side(wanted.of, s))
                if point(more, letters) is not None:
                    yield from split(more)
            return
        left[0] -= 1
        if left[0] < 0:
            raise TooLong("too-many-regions", limit=MOST)
        found = point(sides, letters, small=True)
        if found is not None:
            yield Region(sides, values, found)

    yield from split(tuple(suppositions))


def proportion(a: Polynomial, b: Polynomial) -> Fraction | None:
    """The c ≠ 0 with a = c·b, if there is one."""
    if a.terms.keys() != b.terms.keys() or not a.terms:
        return None
    ratios = {c / b.terms[m] for m, c in a.terms.items()}
    return ratios.pop() if len(ratios) == 1 else None


def condition(side: Side, letters: Sequence[str]) -> Condition:
    """A side as a condition on the letters, in their order."""
    of = side.of if side.sign >= 0 else -side.of
    relation: Relation = ">" if side.sign else "="
    return Condition(tuple(of.coefficient(x) for x in letters), relation, of.constant)


def point(
    sides: Sequence[Side], letters: Sequence[str], small: bool = False
) -> dict[str, Fraction] | None:
    """A point on all these sides; None where there is none."""
    conditions = [condition(side, letters) for side in sides]
    found = solve(conditions, len(letters))
    if not isinstance(found, Feasible):
        return None
    chosen = (smallest(conditions, len(letters)) if small else None) or found.point
    return dict(zip(letters, chosen, strict=True))


@dataclass(frozen=True)
class Difference:
    """Where two formulas differ: a region, a point of it, and their values there."""

    region: Region
    point: Mapping[str, Fraction]
    left: Fraction
    right: Fraction


@dataclass(frozen=True)
class Agreement:
    """`differences` is empty where the formulas are proved to be the same everywhere; `undecided`
    are regions on which neither was found."""

    regions: tuple[Region, ...]
    differences: tuple[Difference, ...]
    undecided: tuple[Region, ...]


def agreement(found: Sequence[Region], letters: Sequence[str]) -> Agreement:
    """Where the two values of every region are the same, and where not."""
    differences, undecided = [], []
    for region in found:
        left, right = region.values
        d = left - right
        if not d.terms:
            continue
        if d.degree <= 1:
            at = next(
                (
                    p
                    for s in (1, -1)
                    if (p := point((*region.sides, Side(d, s)), letters, small=True)) is not None
                ),
                None,
            )
            if at is None:
                continue  # its kink's equation says that the difference is 0
        else:
            at = _where_not_zero(d, region, letters)
            if at is None:
                undecided.append(region)
                continue
        a, b = left.at(at).value, right.at(at).value
        assert a is not None and b is not None
        differences.append(Difference(region, at, a, b))
    return Agreement(tuple(found), tuple(differences), tuple(undecided))


def _where_not_zero(
    d: Polynomial, region: Region, letters: Sequence[str]
) -> dict[str, Fraction] | None:
    """A point of the region where a polynomial is not 0, if one is found near its own point."""
    tried = [dict(region.point)]
    for x in letters:
        for size in (1, -1, Fraction(1, 2)):
            tried.append({**region.point, x: region.point[x] + size})
    free = {x for x in letters if not any(x in side.of.letters for side in region.sides)}
    tried.append({x: Fraction(2) if x in free else v for x, v in region.point.items()})
    for at in tried:
        inside = all(_sign(side.of.at(at)) == side.sign for side in region.sides)
        if inside and d.at(at).value:
            return at
    return None


def _sign(of: Polynomial) -> int:
    value = of.value or Fraction(0)
    return (value > 0) - (value < 0)
