"""Formulas as books and students write them, each with the verdict that mathematics gives."""

from __future__ import annotations

import pytest

from rnnhand.errors import Failure
from rnnhand.problem.files import Source, load, source
from rnnhand.problem.model import Problem
from rnnhand.questions.formula.readings import judged_as_meant
from tests.budget import every
from tests.test_check_formula_indexed import MATRIX
from tests.test_check_formula_indexed import SOFTMAX as INDEXED

SCALAR, BINARY, CELL = "there-and-back", "cross-entropy-binary", "seminar-notebook"
LAYER, GATES, SOFTMAX = "slide-rnn-every", "slide-lstm", "softmax-under-logarithm"

DISTANCE = """
title: the distance from a target
equations: |
  d[t] = x[t] - h[t]
  h[t] = tanh(W@h[t-1])
  L[t] = norm2(d[t])
  L = sum[t](L[t])
steps: 1..2
parameters: {W: [[0.5, 0.25], [-0.5, 1]]}
initial: {"h[0]": [0.25, 1]}
data: {"x[1..2]": [[1, 2], [0.5, -1]]}
"""


def problem(name: str) -> Problem:
    return load(Source("own.yaml", name), ()) if "\n" in name else load(source(name))


def verdict(name: str, target: str, written: str) -> str:
    return judged_as_meant(problem(name), target, written)[1].verdict


RIGHT = [
    # σ′ = σ(1 − σ) = e^{−z}/(1 + e^{−z})² = 1/(4 ch²(z/2)) = 1/(2 + 2 ch z)
    (BINARY, "dp[t]/dz[t]", r"\frac{e^{-z_t}}{(1+e^{-z_t})^2}"),
    (BINARY, "dp[t]/dz[t]", "e^-z_t/(1+e^(-z_t))²"),
    (BINARY, "dp[t]/dz[t]", r"\sigma^{\prime}(z_t)"),
    (BINARY, "dp[t]/dz[t]", "1/(2+2cosh(z_t))"),
    (BINARY, "dp[t]/dz[t]", "σ(z_t)σ(−z_t)"),
    (BINARY, "dL[t]/dh[t]", "-u y_t + u/(1+e^{-uh_t})"),
    # tanh′ = 1 − tanh² = 1/ch² = sech²
    (BINARY, "dh[t]/dh[t-1]", "w(1 - tanh^2 a_t)"),
    (BINARY, "dh[t]/dh[t-1]", r"w(1-\tanh^2 a_t)"),
    (BINARY, "dh[t]/dh[t-1]", "w - w tanh a_t tanh a_t"),
    (BINARY, "dh[t]/dh[t-1]", r"w\,\mathrm{sech}^2 a_t"),
    (BINARY, "dh[t]/dh[t-1]", r"\frac{w}{\operatorname{ch}^2 a_t}"),
    (BINARY, "dh[t]/dh[t-1]", r"\frac{w}{\cosh^2(a_t)}"),
    (BINARY, "dh[t]/dh[t-1]", "w/ch² a_t"),
    (BINARY, "dh[t]/dh[t-1]", "w(1 - sh²(a_t)/ch²(a_t))"),
    (BINARY, "dh[t]/dh[t-1]", "w - w/(cth a_t)^2"),
    (BINARY, "dh[t]/dh[t-1]", "4w/(e^{a_t}+e^{-a_t})^2"),
    (GATES, "dL/do[t]", r"\frac{\partial L}{\partial h_t}\tanh c_t"),
    # names that stand together, and gates above
    (SCALAR, "dL/dh[2]", "2u(uh_2-y_2) + 2uw(uh_3-y_3)1[a_3>0]"),
    (SCALAR, "dL/dh[t]", r"2u(uh_t-y_t)+w\,\mathbb{I}\{a_{t+1}>0\}\frac{dL}{dh_{t+1}}"),
    (LAYER, "dL[t]/dy[t]", "softmax(W_{hy}h_t + b_y) − onehot(c_t,3)"),
    (SOFTMAX, "dL/dz", "softmax(Uh + b) − onehot(k,3)"),
    (GATES, "dL/dW_f", r"\sum_t \frac{\partial L}{\partial a^f_t} x_t"),
    (GATES, "dL/dW_f", r"\sum_t \frac{\partial L}{\partial a^{(f)}_t} x_t"),
    # softmax written out, entries of expressions
    (SOFTMAX, "dL/dz_1", r"\frac{e^{z_1}}{\sum_{j=1}^{3} e^{z_j}}"),
    (SOFTMAX, "dL/dz_2", r"\mathrm{softmax}(z)_2 - 1"),
    (SOFTMAX, "dL/dh_1", "Σ_i (p − onehot(k,3))_i U_{i,1}"),
    (LAYER, "dh[t](1)/dh[t-1](2)", "(1−h_{t,1}²) W_{hh,1,2}"),
    (SOFTMAX, "dp_1/dz_1", "p_1(1-p_1)"),
    (SOFTMAX, "dp_1/dz_2", "p_1([1 = 2] - p_2)"),
    # entries of what is differentiated do not hide entries of the same name
    (MATRIX, "dh[2](1)/dh[0](2)", "Σ_{j=1}^2 W_{1,j}W_{j,2}(1-h_{2,1}^2)(1-h_{1,j}^2)"),
    (MATRIX, "dh[2](1)/dh[0](2)", "Σ_j (1-h_2(1)^2) W(1,j) (1-h_1(j)^2) W(j,2)"),
    # chains of entries
    (MATRIX, "dh[2](1)/dh[0](2)", "Σ_j dh[2](1)/dh[1](j) dh[1](j)/dh[0](2)"),
    (MATRIX, "dL/dh[1](2)", "Σ_i ∂L/∂h_2(i) · ∂h_2(i)/∂h_1(2)"),
    (INDEXED, "dL[t]/dh[t]", "Σ_i Σ_j ∂L_t/∂p_t(j) ∂p_t(j)/∂z_t(i) u_i"),
    # brackets of any kind
    (LAYER, "dL/dh[t]", "W_hyᵀ∂L/∂y_t + W_hhᵀ[(1-h_{t+1}²) ⊙ ∂L/∂h_{t+1}]"),
    # steps in round brackets
    (SCALAR, "dL/du", "Σ_{t=1}^{3} 2 (ŷ(t) − y(t)) h(t)"),
    (SCALAR, "dL/dv", "Σ_k ∂L/∂a(k) y(k-1)"),
    (LAYER, "dh[t]/dh[t-1]", "diag(1 - h(t)^2) W_hh"),
    (LAYER, "dh[t]/dh[t-1]", "dh(t)/da(t) · W_hh"),
    # transposes
    ("there-and-back-matrices", "dL/dh[t]", "2U^TU h_t − 2U^Ty_t + W^T∂L/∂a_{t+1}"),
    (SOFTMAX, "dL/dh", "U^T(p − one_hot(k,3))"),
    (SOFTMAX, "dL/dh", "U'(p − one_hot(k,3))"),
    (SOFTMAX, "dL/dU", "(p − one_hot(k,3)) h'"),
    (CELL, "dL/dw", "(wᵀh_3 − y)h_3"),
    (CELL, "dL/dw", "(⟨w, h_3⟩ − y)h_3"),
    (CELL, "dL/dh[2]", "(ŷ_3 − y) U^T (w ⊙ (1-h_3^2))"),
    # ones and lengths
    (LAYER, "dL/db_h", r"\sum_t (\mathbf{1}-h_t\odot h_t)\odot\frac{\partial L}{\partial h_t}"),
    (DISTANCE, "dL[t]/dd[t]", "(x_t - h_t)/‖x_t - h_t‖"),
    (DISTANCE, "dL[t]/dd[t]", r"\frac{d_t}{\lVert d_t\rVert_2}"),
    (DISTANCE, "dL[t]/dd[t]", "d_t/||d_t||"),
    (DISTANCE, "dL[t]/dd[t]", "d_t/|d_t|"),
    (DISTANCE, "dL[t]/dd[t]", "d_t/√(d_tᵀd_t)"),
    (DISTANCE, "dL[t]/dd[t](1)", "d_t(1)/sqrt(d_t(1)^2 + d_t(2)^2)"),
    (DISTANCE, "dL[t]/dh[t-1]", "W^T((h_t² - 1) ∘ d_t/‖d_t‖)"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "target", "written"), every(2, RIGHT))
def test_what_is_right_is_right(name: str, target: str, written: str) -> None:
    assert verdict(name, target, written) == "right"


WRONG = [
    (BINARY, "dp[t]/dz[t]", "e^{-z_t}/(1+e^{-z_t})"),
    (BINARY, "dh[t]/dh[t-1]", "w/ch(a_t)"),
    (BINARY, "dh[t]/dh[t-1]", "w/sh²(a_t)"),
    (SCALAR, "dL/dh[3]", "2(uh_3-y_3)"),
    (SOFTMAX, "dL/dh_1", "Σ_i (p − onehot(k,3))_i U_{i,2}"),
    (SOFTMAX, "dL/dh", "U'p + U'one_hot(k,3)"),
    (CELL, "dL/dw", "(⟨w, h_3⟩ − y)w"),
    (DISTANCE, "dL[t]/dd[t]", "d_t/‖d_t‖^2"),
    (DISTANCE, "dL[t]/dd[t]", "-d_t/‖d_t‖"),
    (MATRIX, "dh[2](1)/dh[0](2)", "Σ_j dh[2](1)/dh[1](j) dh[1](2)/dh[0](j)"),
    (MATRIX, "dh[2](1)/dh[0](2)", "Σ_{j=1}^2 W_{1,j}W_{j,2}(1-h_{2,1}^2)(1-h_{2,j}^2)"),
]


@pytest.mark.parametrize(("name", "target", "written"), every(3, WRONG))
def test_what_is_wrong_is_wrong(name: str, target: str, written: str) -> None:
    assert verdict(name, target, written) == "wrong"


@pytest.mark.parametrize(
    ("name", "target", "written", "code"),
    [
        (MATRIX, "dh[t](1)/dh[t-1](1)", "W[1,1](1-h_{t,1}²)", "formula-square-place"),
        (SOFTMAX, "dL/dz", "p − 1_k", "formula-unit-vector"),
        (SOFTMAX, "dL/dz", r"p − \mathbf{1}_k", "formula-unit-vector"),
        (BINARY, "dh[t]/dh[t-1]", "w(1 - tanh^2 w h_{t-1})", "formula-function"),
        (BINARY, "dh[t]/dh[t-1]", "(tanh a_t)' w", "bad-character"),
        (SCALAR, "dL/dh[3]", "2(uhh_3-y_3)", "formula-unknown"),
    ],
)
def test_what_may_mean_two_things_is_told(name: str, target: str, written: str, code: str) -> None:
    with pytest.raises(Failure) as failed:
        verdict(name, target, written)
    assert failed.value.diagnostics[0].code == code


def test_a_vector_that_is_given_has_no_entries_with_a_derivative() -> None:
    assert verdict("exploding-gradients", "dh[t]/dh[1]", "W^{t-1}") == "right"
    assert verdict("exploding-gradients", "dh[t]/dh[0]", "W^t") == "right"
    assert verdict("exploding-gradients", "dh[t]/dx[1]", "W^t") == "wrong"
