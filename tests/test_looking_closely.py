"""Errors that are followed through all that they are used in, and what marking makes of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from random import Random

import pytest
from flint import arb

from rnnhand.arithmetic.affine import (
    AFFINE,
    BELIEVED,
    Affine,
    as_ball,
    number,
    rounded_on_the_way,
    with_error,
)
from rnnhand.marking.marked import Marked, Verdict
from rnnhand.marking.marker import marker_for
from rnnhand.marking.sheet import read_sheet
from rnnhand.marking.verdicts import mark
from rnnhand.problem.reader import read_problem

tanh, exp, log, sqrt = (AFFINE.functions[name] for name in ("tanh", "exp", "log", "sqrt"))
EXPRESSIONS: dict[str, tuple[Callable[..., Affine], Callable[..., float]]] = {
    "a product": (lambda x, y: x * y - y, lambda x, y: x * y - y),
    "a slope": (
        lambda x, y: y * (ONE - tanh(x) * tanh(x)),
        lambda x, y: y * (1 - math.tanh(x) ** 2),
    ),
    "a square": (lambda x, y: AFFINE.power(x - y, 2), lambda x, y: (x - y) ** 2),
    "a quotient": (
        lambda x, y: AFFINE.divide(x, exp(y) + ONE),
        lambda x, y: x / (math.exp(y) + 1),
    ),
    "a logarithm": (
        lambda x, y: log(exp(x) + exp(y)),
        lambda x, y: math.log(math.exp(x) + math.exp(y)),
    ),
    "a root": (lambda x, y: sqrt(x * x + y * y), lambda x, y: math.sqrt(x * x + y * y)),
    "a kink": (
        lambda x, y: (AFFINE.larger or max)(x, number(Fraction(0))) * y,
        lambda x, y: max(x, 0.0) * y,
    ),
}
ONE = number(Fraction(1))


@pytest.mark.parametrize("what", list(EXPRESSIONS))
def test_what_comes_out_holds_whatever_the_errors_are(what: str) -> None:
    rng = Random(what)
    closely, plainly = EXPRESSIONS[what]
    for _ in range(60):
        x, y = rng.uniform(-2, 2), rng.uniform(-2, 2)
        e, d = rng.choice([0.3, 0.05, 0.001]), rng.choice([0.3, 0.05, 0.001])
        held = as_ball(closely(with_error(x, e), with_error(y, d)))
        for _ in range(10):
            made = plainly(x + e * rng.uniform(-1, 1), y + d * rng.choice([-1, 1]))
            assert arb(held).contains(arb(made)) or not arb(held).is_finite()


def test_an_error_that_is_taken_away_from_itself_is_none() -> None:
    x = with_error(0.8, 0.05)
    assert float((x - x).radius) < 1e-12
    assert (x + x).radius == pytest.approx(0.1)


def test_operations_are_rounded_only_when_asked_for() -> None:
    a, b = number(Fraction(1, 3)), number(Fraction(2, 7))
    assert (a * b).radius < 1e-12
    with rounded_on_the_way(lambda x: 0.005):
        assert (a * b).radius == pytest.approx(0.005)


def test_errors_that_come_by_chance_add_up_to_less_than_the_worst() -> None:
    total = number(Fraction(0))
    for _ in range(100):
        total = total + with_error(0.0, 0.5)
    deviation = math.sqrt(100 * 0.25 / 3)
    assert float(as_ball(total).rad()) == pytest.approx(BELIEVED * deviation)
    assert float(as_ball(total, 3).rad()) == pytest.approx(3 * deviation)


def test_what_is_not_linear_in_many_errors_is_as_large_as_their_deviation() -> None:
    """100 errors of 0.01 come to 0.058 again and again, and hardly ever to 1."""
    a = b = number(Fraction(1))
    for _ in range(100):
        a, b = a + with_error(0.0, 0.01), b + with_error(0.0, 0.01)
    assert (a * b).rest == pytest.approx(3 * 100 * 0.01**2 / 3)


PROBLEM = """
equations: |
  h[t] = tanh(w*h[t-1] + v*x[t])
  p[t] = sigmoid(u*h[t])
  L[t] = -(y[t]*log(p[t]) + (1 - y[t])*log(1 - p[t]))
  L = mean[t](L[t])
steps: 1..3
parameters: {w: 0.5, v: 1.5, u: 8}
initial: {"h[0]": 0}
data: {"x[1..3]": [-2, 1, 0.5], "y[1..3]": [1, 0, 1]}
loss: L
"""


def marked(sheet: str) -> Marked:
    return mark(marker_for(read_problem(PROBLEM, "problem")), read_sheet(sheet))


def verdicts(sheet: str) -> dict[str, str]:
    return {item.label: item.verdict.value for item in marked(sheet).items}


def test_a_probability_that_is_written_as_nothing_has_a_logarithm() -> None:
    """h[1] is a slip; from it p is 0.0017, written 0.00, and its logarithm is taken unrounded."""
    found = verdicts('h[1]: -0.80\np[1]: "0.00"\nL[1]: "6.40"\ndL[1]/dp[1]: "-602.85"\n')
    assert found.pop("h[1]") == Verdict.WRONG
    assert Verdict.WRONG not in found.values()


def test_the_share_of_a_loss_is_gone_on_with_as_it_stands() -> None:
    """dL/dL[2] should be 1/3."""
    p = 1 / (1 + math.exp(-8 * 0.76))
    found = verdicts(
        f'h[2]: 0.76\np[2]: "{p:.4f}"\ndL/dL[2]: 0.5\ndL/dp[2]: "{0.5 / (1 - p):.1f}"\n'
    )
    assert found["dL/dL[2]"] == Verdict.WRONG
    assert found["dL/dp[2]"] == Verdict.FOLLOWS
