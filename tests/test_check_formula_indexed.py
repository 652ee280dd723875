"""Entries by what runs in a sum, by a class, and of expressions: Σ_i u_i·p_{t,i} − u(k_t)."""

from __future__ import annotations

import pytest

from rnnhand.errors import Failure
from rnnhand.problem.files import Source, load
from rnnhand.questions.formula.formula import read
from rnnhand.questions.formula.judge import judge
from rnnhand.questions.formula.judged import Judged

SOFTMAX = """
title: a softmax behind one unit
equations: |
  h[t] = tanh(w*h[t-1] + v*x[t])
  z[t] = u*h[t] + b
  p[t] = softmax(z[t])
  L[t] = -sum(one_hot(k[t], 3)*log(p[t]))
  L = sum[t](L[t])
steps: 1..3
parameters: {w: 0.5, v: 0.25, u: [1, -1, 0.5], b: [0.5, 0, 1]}
initial: {"h[0]": 0.25}
data: {"k[1..3]": [1, 3, 1], "x[1..3]": [1, 2, -1]}
"""
MATRIX = """
title: two units
equations: |
  h[t] = tanh(W@h[t-1] + x[t])
  L = sum(h[T]^2)
steps: 1..2
parameters: {W: [[0.5, 0.25], [-0.5, 1]]}
initial: {"h[0]": [0.25, 1]}
data: {"x[1..2]": [[1, 2], [0.5, -1]]}
"""


def judged(target: str, written: str, text: str = SOFTMAX) -> Judged:
    return judge(read(load(Source("own.yaml", text), ()), target, written))


def code_of(target: str, written: str, text: str = SOFTMAX) -> str:
    with pytest.raises(Failure) as failed:
        judged(target, written, text)
    return failed.value.diagnostics[0].code


@pytest.mark.parametrize(
    "written",
    [
        "sum[i](u(i)*p[t](i)) - u(k[t])",
        "Σ_i u_i p_{t,i} - u(k_t)",
        r"\sum_{i=1}^{3} u_i p_{t,i} - u(k_t)",
        "u₁ p_{t,1} + u₂ p_{t,2} + u_3*p_t(3) - u(k_t)",
        "sum[i](u(i)*(p[t] - one_hot(k[t], 3))(i))",
        "sum[i](u(i)*(softmax(z[t])(i) - one_hot(k[t], 3)(i)))",
        "3*mean[i](u(i)*dL[t]/dz[t](i))",
        "sum[i](dL[t]/dz[t](i)*dz[t](i)/dh[t])",
        r"Σ_i \frac{\partial L_t}{\partial z_{t,i}} \cdot \frac{\partial z_{t,i}}{\partial h_t}",
        "sum[i](sum[j](u(i)*p[t](i)*p[t](j))) - u(k[t])",
        "Σ(i, 0, 2, u(i+1)*p[t](i + 1)) - u(k[t])",
    ],
)
def test_entries_by_an_index_are_right(written: str) -> None:
    assert judged("dL[t]/dh[t]", written).verdict == "right"


@pytest.mark.parametrize(
    "written",
    [
        "sum[i](u(i)*p[t](i)) - u(1)",
        "sum[i](u(i)*p[t](i+1)) - u(k[t])",
        "sum[i](u(i)*softmax(z[t])(2)) - u(k[t])",
        "sum[i](u(i)*p[t](i))",
    ],
)
def test_and_wrong_ones_are_wrong(written: str) -> None:
    assert judged("dL[t]/dh[t]", written).verdict == "wrong"


def test_entries_stand_in_sums_over_the_steps() -> None:
    assert judged("dL/dw", "sum[t]((sum[i](u(i)*p[t](i)) - u(k[t]))*dh[t]/dw)").verdict == "right"
    assert judged("dL/db(2)", "sum[t](p[t](2) - one_hot(k[t], 3)(2))").verdict == "right"
    assert judged("dL/db(1)", "sum[t](p[t](1) - one_hot(k[t], 3)(2))").verdict == "wrong"


def test_entries_of_matrices_have_two_places() -> None:
    right = "sum[j](2*h[2](j)*(1 - h[2](j)^2)*W(j,1))"
    assert judged("dL/dh[1](1)", right, MATRIX).verdict == "right"
    paper = "Σ_j 2 h_{2,j} (1 - h_{2,j}^2) W_{j,1}"
    assert judged("dL/dh[1](1)", paper, MATRIX).verdict == "right"
    turned = "sum[j](2*h[2](j)*(1 - h[2](j)^2)*W(1,j))"
    assert judged("dL/dh[1](1)", turned, MATRIX).verdict == "wrong"


def test_a_derivative_by_a_subscript_is_one_by_an_entry() -> None:
    assert judged("dL/db_2", "Σ_t (p_{t,2} - [k_t = 2])").verdict == "right"
    assert judged("dL/du₁", "Σ_t h_t (p_{t,1} - [k_t = 1])").verdict == "right"
    assert judged("dL[2]/dz_{2,3}", "p_{2,3} - 1").verdict == "right"
    assert judged("dh_{2,1}/dh_{1,2}", "(1 - h_{2,1}^2) W_{1,2}", MATRIX).verdict == "right"


def test_a_bracket_behind_a_number_is_a_product_as_before() -> None:
    assert judged("dL[t]/dv", "dL[t]/dh[t] dh[t]/da[t](x[t] + w dh[t-1]/dv)").verdict == "right"
    assert judged("dh[1]/dv", "(1 - h[1]^2)(x[1])").verdict == "right"


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("sum[i](u(i)*W(i,1))", "unknown-function"),
        ("u(4)", "result-entry"),
        ("u_4 + u_1", "result-entry"),
        ("softmax(z[t])(4)", "result-entry"),
        ("tanh(h[t])(2)", "formula-entry-of-number"),
        ("Σ(i, 1, 4, u(i))", "result-entry"),
        ("q_1", "formula-unknown"),
        ("one_hot(k[1])(1)", "argument-count"),
        ("sum[i](u(i)*p[1](i+5))", "formula-nothing-runs"),
        ("w_1", "formula-unknown"),
    ],
)
def test_what_has_no_such_entry_is_told(written: str, code: str) -> None:
    assert code_of("dL[t]/dh[t]", written) == code


def test_a_name_runs_through_arrays_of_one_size() -> None:
    text = SOFTMAX.replace("b: [0.5, 0, 1]", "b: [0.5, 0, 1], q: [1, 2]")
    assert code_of("dL[t]/dh[t]", "sum[i](u(i)*q(i))", text) == "formula-entries"


def test_a_slip_within_entries_is_named() -> None:
    found = judged("dL[t]/dh[t]", "sum[i](u(i)*p[t](i)) - u(k[t-1])")
    assert found.verdict == "wrong"
