"""Formulas that differentiate the state of every step by one parameter are decided step by step."""

from __future__ import annotations

import pytest

from rnnhand.problem.files import Source, load
from rnnhand.questions.formula.formula import read
from rnnhand.questions.formula.judge import judge
from rnnhand.questions.formula.judged import Judged
from tests.test_check_formula_long import unit

VECTOR = """
title: two states, a bias of each
equations: |
  h[t] = tanh(W@h[t-1] + b*x[t] + c)
  L[t] = (u.T@h[t] - y[t])^2
  L = mean[t](L[t]) + k*sum(b^2)
steps: 1..8
parameters: {W: [[0.5, -0.25], [0.125, 0.5]], b: [0.5, -1], c: [0.25, 0.5], u: [1, -0.5], k: 0.5}
initial: {"h[0]": [0.25, -0.5]}
data: {"x[1..8]": [1, 2, -1, 0.5, 1, -2, 1, 3], "y[1..8]": [1, 0, 0.5, 1, -1, 2, 1, 0]}
"""


def judged(text: str, target: str, written: str) -> Judged:
    return judge(read(load(Source("own.yaml", text), ()), target, written))


@pytest.mark.parametrize("steps", [10, 150])
@pytest.mark.parametrize(
    ("target", "written"),
    [
        ("dL/dw", "sum[t](2*(h[t] - y[t])*dh[t]/dw)"),
        ("dL/dv", "2*sum[k]((h[k] - y[k])*(1 - h[k]^2)*(x[k] + w*dh[k-1]/dv))"),
        ("dh[t]/dw", "(1 - h[t]^2)*(h[t-1] + w*dh[t-1]/dw)"),
        ("dh[t]/db", "(1 - h[t]^2)*(1 + w*dh[t-1]/db)"),
    ],
)
def test_forward_sums_and_recursions_are_right(steps: int, target: str, written: str) -> None:
    assert judged(unit(steps), target, written).verdict == "right"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("target", "written"),
    [
        ("dL/dw", "sum[t](2*(h[t] - y[t])*dh[t-1]/dw)"),
        ("dL/dw", "sum[t](2*(h[t] - y[t])*dh[t]/dv)"),
        ("dL/dw", "sum[t](dL/dh[t]*dh[t]/dw)"),
        ("dh[t]/dw", "(1 - h[t]^2)*(h[t] + w*dh[t-1]/dw)"),
    ],
)
def test_forward_sums_with_a_slip_are_wrong(target: str, written: str) -> None:
    assert judged(unit(150), target, written).verdict == "wrong"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("target", "written", "verdict"),
    [
        ("dL/db", "mean[t](2*(u.T@h[t] - y[t])*(dh[t]/db).T@u) + 2*k*b", "right"),
        ("dL/db", "mean[t](2*(u.T@h[t] - y[t])*(dh[t]/db)@u) + 2*k*b", "wrong"),
        ("dL/dc", "1/8*sum[t](2*(u.T@h[t] - y[t])*(dh[t]/dc).T@u)", "right"),
        ("dL/dW(1,2)", "mean[t](2*(u.T@h[t] - y[t])*u.T@dh[t]/dW(1,2))", "right"),
        ("dL/dW", "mean[t](2*(u.T@h[t] - y[t])*(u(1)*dh[t](1)/dW + u(2)*dh[t](2)/dW))", "right"),
        ("dL/dW", "mean[t](2*(u.T@h[t] - y[t])*(u(2)*dh[t](1)/dW + u(1)*dh[t](2)/dW))", "wrong"),
    ],
)
def test_derivatives_by_vectors_and_matrices(target: str, written: str, verdict: str) -> None:
    assert judged(VECTOR, target, written).verdict == verdict
