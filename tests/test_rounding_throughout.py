"""What rounding every operation explains, also after updates, and what it does not."""

from __future__ import annotations

from functools import cache

import pytest

from rnnhand.marking.marked import Verdict
from rnnhand.marking.marker import Marker, marker_for
from rnnhand.marking.sheet import read_sheet
from rnnhand.marking.verdicts import judged, read_answers
from rnnhand.problem.reader import read_problem

LEAKY = """
equations: |
  h[t] = (1 - alpha)*h[t-1] + alpha*tanh(w*h[t-1] + v*x[t])
  L[t] = (h[t] - y[t])^2
  L = sum[t](L[t])
steps: 1..2
parameters: {w: -0.62, v: 0.7}
constants: {alpha: 0.5}
initial: {"h[0]": 0.37}
data: {"x[1..2]": [-0.2, -1.4], "y[1..2]": [0.4, -0.2]}
loss: L
"""
"""h[1] is 0.0082666: 0.185 and -0.177, which stand on scrap paper."""

MATRIX = """
equations: |
  h[t] = tanh(W@h[t-1] + U@x[t])
  yhat[t] = V@h[t]
  L[t] = 1/2*sum((yhat[t] - y[t])^2)
  L = sum[t](L[t])
steps: 1..2
parameters:
  W: [[0.3, -0.4], [0.2, 0.5]]
  U: [[0.5, -0.3], [0.4, 0.6]]
  V: [[0.7, 0.6], [0.8, 0.9]]
initial: {"h[0]": [0.2, 0.4]}
data: {"x[1]": [1, 0.5], "x[2]": [0.5, 1], "y[1]": [0.2, 1.3], "y[2]": [1.5, 0.3]}
loss: L
ask: [forward, gradients, update: {rule: sgd, lr: 0.5}]
"""
STATES = "h[1]: [0.245, 0.735]\nh[2]: [-0.264, 0.839]\n"


@cache
def marker(problem: str) -> Marker:
    return marker_for(read_problem(problem, "problem"))


def verdicts(problem: str, sheet: str) -> dict[str, Verdict]:
    made = marker(problem)
    answers = read_answers(made.plan, read_sheet(sheet), made.names)
    return {item.label: item.verdict for item in judged(made, answers).items}


@pytest.mark.parametrize("h", ["0.00827", "0.00800", "0.00850"])
def test_a_small_difference_of_rounded_numbers_may_be_far_off(h: str) -> None:
    assert verdicts(LEAKY, f'h[1]: "{h}"\n')["h[1]"] == Verdict.RIGHT


@pytest.mark.parametrize("h", ["0.0120", "0.00413", "-0.00827", "0.0100"])
def test_but_not_that_far(h: str) -> None:
    assert verdicts(LEAKY, f'h[1]: "{h}"\n')["h[1]"] == Verdict.WRONG


def test_an_integer_is_exact_though_operations_are_rounded() -> None:
    strong = LEAKY.replace("v: 0.7", "v: -20").replace("alpha: 0.5", "alpha: 1")
    found = verdicts(strong, 'h[1]: 1\nh[2]: "1.00"\nL[2]: "1.44"\n')
    assert found["h[1]"] == Verdict.WRONG


@pytest.mark.parametrize("loss", ["0.998", "0.999", "0.990", "1.01"])
def test_a_loss_after_an_update_may_have_been_rounded_on_the_way(loss: str) -> None:
    assert verdicts(MATRIX, f'{STATES}"after 1: L": {loss}\n')["after 1: L"] == Verdict.RIGHT


@pytest.mark.parametrize("loss", ["0.948", "1.05", "0.899", "1.20"])
def test_parameters_that_go_on_with_a_gradient_have_its_errors_and_no_others(loss: str) -> None:
    """Intervals would let this loss be anything from 0.93 to 1.07."""
    assert verdicts(MATRIX, f'{STATES}"after 1: L": {loss}\n')["after 1: L"] == Verdict.WRONG


def test_a_matrix_follows_from_a_mistake_or_stands_as_if_there_were_none() -> None:
    """dL/dyhat[1] has the wrong sign."""
    slipped = STATES + "dL/dyhat[1]: [-0.413, 0.442]\ndL/dyhat[2]: [-1.18, 0.243]\n"
    follows = verdicts(MATRIX, slipped + "dL/dV: [[0.211, -1.30], [0.0440, 0.529]]\n")
    assert follows["dL/dV"] == Verdict.FOLLOWS
    copied = verdicts(MATRIX, slipped + "dL/dV: [[0.413, -0.688], [-0.173, -0.121]]\n")
    assert copied["dL/dV"] == Verdict.RIGHT
