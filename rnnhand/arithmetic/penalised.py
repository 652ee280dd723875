"""Least squares with a penalty, exactly: β(λ) = (XᵀX + λ·D)⁻¹ Xᵀ y as fractions in λ, and the λ ≥ 0
at which the leave-one-out error is least."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from flint import arb, fmpq_poly

from rnnhand.arithmetic import forms, normal
from rnnhand.arithmetic.ball import ball, precision
from rnnhand.arithmetic.base import Fault
from rnnhand.arithmetic.normal import Form, Space
from rnnhand.arithmetic.rational import fraction, number
from rnnhand.arithmetic.zeros import Unsettled, zeros

LETTER = "lambda"
BITS = 400
Rows = Sequence[Sequence[Fraction]]


@dataclass(frozen=True)
class Squares:
    """Minimise Σ (y_i − x_i·β)² + λ·Σ β_j² over the penalised j."""

    rows: tuple[tuple[Fraction, ...], ...]
    targets: tuple[Fraction, ...]
    penalised: tuple[bool, ...]

    def without(self, i: int) -> Squares:
        return Squares(
            self.rows[:i] + self.rows[i + 1 :],
            self.targets[:i] + self.targets[i + 1 :],
            self.penalised,
        )


def normal_equations(problem: Squares) -> tuple[list[list[Fraction]], list[Fraction]]:
    """XᵀX and Xᵀy."""
    d = len(problem.penalised)
    gram = [
        [sum((r[i] * r[j] for r in problem.rows), Fraction(0)) for j in range(d)] for i in range(d)
    ]
    right = [
        sum((r[i] * y for r, y in zip(problem.rows, problem.targets, strict=True)), Fraction(0))
        for i in range(d)
    ]
    return gram, right


def estimates(problem: Squares, space: Space) -> tuple[Form, ...] | None:
    """β as fractions in λ; None where XᵀX + λ·D is singular for every λ."""
    gram, right = normal_equations(problem)
    letter = space.letter(LETTER)
    rows = [
        [*(space.constant(x) for x in row), space.constant(b)]
        for row, b in zip(gram, right, strict=True)
    ]
    for i, penalised in enumerate(problem.penalised):
        if penalised:
            rows[i][i] = rows[i][i] + letter
    d = len(rows)
    for k in range(d):
        pivot = next((i for i in range(k, d) if rows[i][k].value != 0), None)
        if pivot is None:
            return None
        rows[k], rows[pivot] = rows[pivot], rows[k]
        lead = normal.inverse(rows[k][k])
        rows[k] = [x * lead for x in rows[k]]
        for i in range(d):
            factor = rows[i][k]
            if i != k and factor.value != 0:
                rows[i] = [x - factor * y for x, y in zip(rows[i], rows[k], strict=True)]
    return tuple(row[d] for row in rows)


def singular(problem: Squares) -> bool:
    """Whether XᵀX is singular: without a penalty β is then not determined."""
    gram, _ = normal_equations(problem)
    from flint import fmpq_mat

    return bool(fmpq_mat([[number(x) for x in row] for row in gram]).det() == 0)


def at(x: Form, value: Fraction) -> Fraction | None:
    """The value of a fraction in λ; None where it has none."""
    try:
        return forms.at(x, {LETTER: value}).value
    except Fault:
        return None


def near(x: Form, value: arb | None) -> arb:
    """The value of a fraction in λ at a ball."""
    found = forms.univariate(x, LETTER)
    assert found is not None and value is not None
    top, low = (fmpq_poly([number(c) for c in p]) for p in found)
    with precision(BITS):
        return _value(top, value) / _value(low, value)


def left_out(problem: Squares, space: Space) -> tuple[tuple[Form, ...], Form] | None:
    """The prediction of every y_i from the others, and Σ of the squared errors."""
    predictions, total = [], space.constant(Fraction(0))
    for i, (row, y) in enumerate(zip(problem.rows, problem.targets, strict=True)):
        beta = estimates(problem.without(i), space)
        if beta is None:
            return None
        prediction = space.constant(Fraction(0))
        for x, b in zip(row, beta, strict=True):
            prediction = prediction + space.constant(x) * b
        gap = space.constant(y) - prediction
        predictions.append(prediction)
        total = total + gap * gap
    return tuple(predictions), total


@dataclass(frozen=True)
class Best:
    """Where a function of λ ≥ 0 is least: `where` is inside, zero, infinity (approached only), or
    everywhere; λ exact or a ball; the least value exact or a ball."""

    where: str
    exact: Fraction | None
    near: arb | None
    value: Fraction | None
    value_near: arb | None


def least(error: Form) -> Best:
    """The least value of a fraction in λ without poles for λ > 0. Raises `Unsettled`."""
    found = forms.univariate(error, LETTER)
    if found is None:
        raise Unsettled
    top, low = (fmpq_poly([number(c) for c in p]) for p in found)
    slope = top.derivative() * low - top * low.derivative()
    if slope.degree() < 0:
        value = fraction(top[0] / low[0])
        return Best("everywhere", None, None, value, None)
    terms = {(i, 0): fraction(slope[i]) for i in range(slope.degree() + 1) if slope[i] != 0}
    candidates: list[Best] = []
    with precision(BITS):
        for zero in zeros(terms, Fraction(1), Fraction(0), None):
            place = zero.x if isinstance(zero.x, Fraction) else None
            exact = None if place is None else at(error, place)
            near = _value(top, zero.near) / _value(low, zero.near)
            candidates.append(Best("inside", place, zero.near, exact, near))
        start = at(error, Fraction(0))
        if start is not None:
            candidates.append(Best("zero", Fraction(0), arb(0), start, ball(start)))
        end = _far(top, low)
        if end is not None:
            candidates.append(Best("infinity", None, None, end, ball(end)))
        return _smallest(candidates)


def _value(p: fmpq_poly, x: arb) -> arb:
    total = arb(0)
    for i in range(p.degree(), -1, -1):
        total = total * x + arb(p[i])
    return total


def _far(top: fmpq_poly, low: fmpq_poly) -> Fraction | None:
    """The limit for λ → ∞."""
    if top.degree() > low.degree():
        return None
    return fraction(top[low.degree()] / low[low.degree()])


def _smallest(candidates: Sequence[Best]) -> Best:
    if not candidates:
        raise Unsettled
    best = candidates[0]
    for c in candidates[1:]:
        if c.value is not None and best.value is not None:
            better = c.value < best.value
        else:
            assert c.value_near is not None and best.value_near is not None
            if c.value_near.overlaps(best.value_near):
                raise Unsettled
            better = bool(c.value_near < best.value_near)
        best = c if better else best
    return best
