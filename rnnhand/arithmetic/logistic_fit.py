"""The logistic loss Σ ln(1 + exp(−m_i·w)) over rows m_i: whether it has a minimum, and where.

With m_i = ±x_i, the sign that of the class. There is no minimum exactly if some w has m_i·w ≥ 0
for every i and > 0 for one: along it the loss falls for ever. Otherwise, by Stiemke, positive
multipliers add the rows up to 0. The minimum is unique if the rows span the space; Newton's method
goes there, and Krawczyk's test proves that it is in a ball.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from flint import arb, arb_mat, fmpq_mat

from rnnhand.arithmetic import linear_program
from rnnhand.arithmetic.ball import ball, precision
from rnnhand.arithmetic.linear_program import Condition, Feasible
from rnnhand.arithmetic.rational import number

Rows = Sequence[tuple[Fraction, ...]]

STEPS = 200
BITS = 300


@dataclass(frozen=True)
class Direction:
    """A direction of which the loss falls for ever; `strict` where every row is on its side."""

    weights: tuple[Fraction, ...]
    strict: bool


@dataclass(frozen=True)
class Balance:
    """Positive multipliers with which the rows add up to 0."""

    multipliers: tuple[Fraction, ...]
    unique: bool


def decide(rows: Rows) -> Direction | Balance:
    """A direction, or why there is none."""
    d = len(rows[0])
    every = [Condition(r, ">") for r in rows]
    found = linear_program.solve(every, d)
    if isinstance(found, Feasible):
        return Direction(_simple(every, found, d), True)
    total = tuple(sum((r[j] for r in rows), Fraction(0)) for j in range(d))
    some = [Condition(r, ">=") for r in rows] + [Condition(total, ">")]
    found = linear_program.solve(some, d)
    if isinstance(found, Feasible):
        return Direction(_simple(some, found, d), False)
    # Σ λ_i·m_i + μ·Σ m_i = 0 with μ > 0: so every row has the positive multiplier λ_i + μ.
    *own, shared = found.multipliers
    rank = fmpq_mat([[number(x) for x in r] for r in rows]).rank()
    return Balance(tuple(m + shared for m in own), rank == d)


def _simple(conditions: Sequence[Condition], found: Feasible, d: int) -> tuple[Fraction, ...]:
    small = linear_program.smallest(conditions, d)
    return small if small is not None else found.point


def minimum(rows: Rows) -> tuple[tuple[arb, ...], arb] | None:
    """The weights and the loss in balls; None where the proof fails."""
    d = len(rows[0])
    with precision(BITS):
        m = [[ball(x) for x in r] for r in rows]
        w = [arb(0)] * d
        for _ in range(STEPS):
            gradient, hessian = _derivatives(m, w)
            try:
                step = hessian.solve(arb_mat([[g] for g in gradient]))
            except ZeroDivisionError:
                return None
            move = [step[i, 0].mid() for i in range(d)]
            scale = arb(1)
            before = _loss(m, w).mid()
            while scale > arb(2) ** -40:
                tried = [(x - scale * s).mid() for x, s in zip(w, move, strict=True)]
                if _loss(m, tried).mid() <= before:
                    break
                scale /= 2
            w = tried
            if all(abs(s) < arb(2) ** -(BITS - 60) for s in move):
                break
        return _proved(m, w)


def _proved(m: Sequence[Sequence[arb]], w: Sequence[arb]) -> tuple[tuple[arb, ...], arb] | None:
    """Krawczyk: w − Y·∇L(w) + (I − Y·H(W))·(W − w) inside W."""
    d = len(w)
    radius = arb(2) ** -(BITS - 100)
    box = [x + arb(0, 1) * radius for x in w]
    gradient, hessian = _derivatives(m, w)
    _, over = _derivatives(m, box)
    try:
        inverse = hessian.inv()
    except ZeroDivisionError:
        return None
    y = arb_mat([[inverse[i, j].mid() for j in range(d)] for i in range(d)])
    product = y * over
    moved = y * arb_mat([[g] for g in gradient])
    for i in range(d):
        k = w[i] - moved[i, 0]
        for j in range(d):
            k += ((1 if i == j else 0) - product[i, j]) * (box[j] - w[j])
        if not abs(k - w[i]) < radius:
            return None
    return tuple(box), _loss(m, box)


def _loss(m: Sequence[Sequence[arb]], w: Sequence[arb]) -> arb:
    total = arb(0)
    for row in m:
        total += (1 + (-_dot(row, w)).exp()).log()
    return total


def _dot(a: Sequence[arb], b: Sequence[arb]) -> arb:
    total = arb(0)
    for x, y in zip(a, b, strict=True):
        total += x * y
    return total


def _derivatives(m: Sequence[Sequence[arb]], w: Sequence[arb]) -> tuple[list[arb], arb_mat]:
    d = len(w)
    gradient = [arb(0)] * d
    hessian = [[arb(0)] * d for _ in range(d)]
    for row in m:
        p = 1 / (1 + _dot(row, w).exp())
        for i in range(d):
            gradient[i] -= p * row[i]
            for j in range(d):
                hessian[i][j] += p * (1 - p) * row[i] * row[j]
    return gradient, arb_mat(hessian)
