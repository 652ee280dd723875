"""Linear conditions over the rationals: a point where all hold, or the proof that there is none.

A condition is a·x + c > 0, a·x + c ≥ 0 or a·x + c = 0 with x free. Exactly one of two things is
there (Motzkin): such an x, or multipliers λ, not negative but for equations, with Σ λ·a = 0 and
either Σ λ·c < 0, or Σ λ·c = 0 while a strict condition has λ > 0. The multipliers are the
certificate: the conditions, so added up, say that a number that is not positive is positive.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import product
from math import lcm
from operator import mul
from typing import Literal, TypeAlias

from flint import fmpq

Relation: TypeAlias = Literal[">", ">=", "="]
Point: TypeAlias = tuple[Fraction, ...]

FEW = 5_000
"""Whole points that are tried for a solution in small numbers."""

LARGEST = 12
"""The largest whole number that is tried as a coordinate."""


@dataclass(frozen=True)
class Condition:
    """coefficients·x + constant  relation  0."""

    coefficients: Point
    relation: Relation
    constant: Fraction = Fraction(0)

    def at(self, point: Sequence[Fraction]) -> Fraction:
        """The left side at a point."""
        return sum((a * x for a, x in zip(self.coefficients, point, strict=True)), self.constant)

    def holds(self, point: Sequence[Fraction]) -> bool:
        return _holds(self.relation, self.at(point))


@dataclass(frozen=True)
class Feasible:
    point: Point


@dataclass(frozen=True)
class Infeasible:
    """`multipliers`, one for each condition; weighted by them they add up to
    0·x + `total` > 0, or ≥ 0 where no strict condition takes part."""

    multipliers: Point
    total: Fraction
    strict: bool


def solve(conditions: Sequence[Condition], unknowns: int) -> Feasible | Infeasible:
    """A point at which all conditions hold, or the certificate that there is none.

    The certificate is looked for, as a solution of Σ λ·a = 0, Σ λ·c + μ = 0, Σ' λ + μ = 1 in
    λ, μ ≥ 0 (Σ' over strict conditions); where there is none, the dual of that is a point.
    """
    columns: list[list[fmpq]] = []
    owners: list[tuple[int, int]] = []
    for i, condition in enumerate(conditions):
        signs = (1, -1) if condition.relation == "=" else (1,)
        for sign in signs:
            column = [*condition.coefficients, condition.constant]
            columns.append(
                [_exact(sign * c) for c in column] + [fmpq(int(condition.relation == ">"))]
            )
            owners.append((i, sign))
    columns.append([fmpq(0)] * unknowns + [fmpq(1), fmpq(1)])
    wanted = [fmpq(0)] * (unknowns + 1) + [fmpq(1)]
    solution, dual = _nonnegative(columns, wanted)
    if solution is not None:
        multipliers = [Fraction(0)] * len(conditions)
        for (i, sign), value in zip(owners, solution, strict=False):
            multipliers[i] += sign * _fraction(value)
        scale = lcm(*(m.denominator for m in multipliers))
        multipliers = [m * scale for m in multipliers]
        total = sum(
            (m * c.constant for m, c in zip(multipliers, conditions, strict=True)), Fraction(0)
        )
        strict = any(m and c.relation == ">" for m, c in zip(multipliers, conditions, strict=True))
        return Infeasible(tuple(multipliers), total, strict)
    scale_ = dual[unknowns]
    return Feasible(tuple(_fraction(x / scale_) for x in dual[:unknowns]))


def _nonnegative(
    columns: Sequence[Sequence[fmpq]], wanted: Sequence[fmpq]
) -> tuple[list[fmpq] | None, list[fmpq]]:
    """λ ≥ 0 with Σ λ_j·column_j = wanted ≥ 0; else None, and y with y·column_j ≤ 0 for every j
    and y·wanted > 0. The first phase of the simplex method; Bland's rule keeps it from circling."""
    m, n = len(wanted), len(columns)
    rows = [
        [columns[j][i] for j in range(n)] + [fmpq(int(i == k)) for k in range(m)] + [wanted[i]]
        for i in range(m)
    ]
    basis = list(range(n, n + m))
    cost = [sum((row[j] for row in rows), fmpq(0)) for j in range(n + m + 1)]
    for j in range(n, n + m):
        cost[j] = fmpq(0)
    while True:
        entering = next((j for j in range(n) if cost[j] > 0), None)
        if entering is None:
            break
        ratios = [
            (rows[i][-1] / rows[i][entering], basis[i], i)
            for i in range(m)
            if rows[i][entering] > 0
        ]
        _, _, pivot = min(ratios)
        _pivot(rows, cost, pivot, entering)
        basis[pivot] = entering
    if cost[-1] == 0:
        found = [fmpq(0)] * n
        for i, j in enumerate(basis):
            if j < n:
                found[j] = rows[i][-1]
        return found, []
    return None, [1 + cost[n + i] for i in range(m)]


def _pivot(rows: list[list[fmpq]], cost: list[fmpq], pivot: int, entering: int) -> None:
    lead = rows[pivot][entering]
    rows[pivot] = [x / lead for x in rows[pivot]]
    for i, row in enumerate(rows):
        factor = row[entering]
        if i != pivot and factor != 0:
            rows[i] = [x - factor * y for x, y in zip(row, rows[pivot], strict=True)]
    factor = cost[entering]
    cost[:] = [x - factor * y for x, y in zip(cost, rows[pivot], strict=True)]


def smallest(conditions: Sequence[Condition], unknowns: int) -> Point | None:
    """A point of small whole numbers, or of fractions with the denominators of the constants, where
    all conditions hold: the one with the least sum of sizes; None where none is that small."""
    whole = lcm(*(c.constant.denominator for c in conditions))
    for part in dict.fromkeys((1, whole)):
        rows = [_in_whole_numbers(c, part) for c in conditions]
        for point in _points(unknowns):
            if all(_holds(r, sum(map(mul, a, point), c)) for a, c, r in rows):
                return tuple(Fraction(x, part) for x in point)
    return None


def _in_whole_numbers(condition: Condition, part: int) -> tuple[tuple[int, ...], int, Relation]:
    """The condition on part·x, times a common denominator."""
    numbers = (*condition.coefficients, condition.constant * part)
    scale = lcm(*(x.denominator for x in numbers))
    *coefficients, constant = (int(x * scale) for x in numbers)
    return tuple(coefficients), constant, condition.relation


def _holds(relation: Relation, value: Fraction | int) -> bool:
    match relation:
        case ">":
            return value > 0
        case ">=":
            return value >= 0
        case "=":
            return value == 0


@cache
def _points(unknowns: int) -> tuple[tuple[int, ...], ...]:
    """Whole points by the sum of their sizes, then by the largest one; positive numbers first."""
    largest = max((k for k in range(1, LARGEST + 1) if (2 * k + 1) ** unknowns <= FEW), default=0)
    values = sorted(range(-largest, largest + 1), key=lambda v: (abs(v), -v))
    every = product(values, repeat=unknowns)
    return tuple(sorted(every, key=lambda p: (sum(map(abs, p)), max(map(abs, p), default=0))))


def _exact(value: Fraction) -> fmpq:
    return fmpq(value.numerator, value.denominator)


def _fraction(value: fmpq) -> Fraction:
    return Fraction(int(value.p), int(value.q))
