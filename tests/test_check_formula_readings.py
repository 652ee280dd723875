"""Where two readings of a formula are usual, it is right if it is right in one of them."""

from __future__ import annotations

import pytest

from rnnhand.errors import Failure
from rnnhand.problem.files import load, source
from rnnhand.questions.formula.readings import judged_as_meant
from tests.budget import every

LAYER, CELL, BINARY = "slide-rnn-every", "seminar-notebook", "cross-entropy-binary"
POWERS, SOFTMAX = "exploding-gradients", "softmax-under-logarithm"

RIGHT = [
    # w·h of two vectors: entry by entry, and the scalar product
    (LAYER, "dL/db_h", "Σ_t (1-h_t^2)·∂L/∂h_t"),
    (CELL, "dL/dw", "(w·h_3 − y)h_3"),
    (CELL, "dL/dw", "(dot(w, h_3) − y)h_3"),
    # A·v·w from the left, and A·(v ⊙ w)
    (LAYER, "dL/dh[t]", "W_hy.T·∂L/∂y_t + W_hh.T·(1−h_{t+1}²)·∂L/∂h_{t+1}"),
    (CELL, "dL/dh[2]", "(ŷ_3 − y) U.T·w·(1-h_3^2)"),
    # powers of a matrix are products of it
    (POWERS, "dh[3]/dh[1]", "W²"),
    (POWERS, "dh[10]/dh[0]", "W^{10}"),
    (POWERS, "dh[t]/dh[t-2]", "W^2"),
    (POWERS, "dh[T]/dh[0]", "W^T"),
    (POWERS, "dL/dh[8]", "(W^T)^2 fill(1, 2, 1)"),
    (POWERS, "dL/dh[t]", r"(W^{T-t})^\top fill(1, 2, 1)"),
    # a/b c is both
    (BINARY, "dL[t]/dp[t]", "(p_t-y_t)/p_t(1-p_t)"),
    (BINARY, "dL/dz[t]", "1/T (p_t − y_t)"),
    (BINARY, "dL/dz[t]", "1/3(p_t − y_t)"),
    # a product of matrices from the left and from the right
    (LAYER, "dh[3]/dh[1]", "∏_{k=2}^{3} diag(1-h_k^2) W_hh"),
    (LAYER, "dL[3]/dh[1]", "Π(k, 2, 3, W_hh.T diag(1-h_k^2)) ∂L[3]/∂h[3]"),
    # a product ends before what does not run in it, and at the end of the summand
    (BINARY, "dL/dw", r"\frac1T\sum_{t=1}^T (p_t-y_t)u\sum_{k=1}^t h_{k-1}"
                      r"\prod_{i=k+1}^{t}w(1-h_i^2)\cdot(1-h_k^2)"),
    (BINARY, "dh[3]/dh[1]", r"\prod_{k=2}^{3}(1-h_k^2)w"),
    (BINARY, "dh[3]/dh[1]", r"\prod_{k=2}^{3}(1-h_k^2)w^{3-1}"),
]  # fmt: skip


@pytest.mark.parametrize(("problem", "target", "written"), every(2, RIGHT))
def test_both_readings_are_right(problem: str, target: str, written: str) -> None:
    _, judged = judged_as_meant(load(source(problem)), target, written)
    assert judged.verdict == "right"


WRONG = [
    (CELL, "dL/dw", "(w·h_3 − y)w"),
    (POWERS, "dh[3]/dh[1]", "W**2"),
    (POWERS, "dh[3]/dh[1]", "W^{∘2}"),
    (POWERS, "dh[3]/dh[1]", "W^3"),
    (BINARY, "dL[t]/dp[t]", "((p_t-y_t)/p_t)*(1-p_t)"),
    (BINARY, "dL/dz[t]", "(p_t − y_t)/(T·T)"),
    (BINARY, "dh[3]/dh[1]", "Π(k, 2, 3, (1-h_k^2)*w)*w"),
    (BINARY, "dh[3]/dh[1]", "Π(k, 2, 3, (1-h_k^2)*w^2)"),
    (LAYER, "dL/dh[t]", "W_hy.T·∂L/∂y_t + (W_hh.T·(1−h_{t+1}²))·∂L/∂h_{t+1}"),
]


@pytest.mark.parametrize(("problem", "target", "written"), every(2, WRONG))
def test_what_is_wrong_in_both_or_has_signs_of_its_own_is_wrong(
    problem: str, target: str, written: str
) -> None:
    _, judged = judged_as_meant(load(source(problem)), target, written)
    assert judged.verdict == "wrong"


def test_entries_of_a_state_are_squared_also_where_it_is_a_square_matrix() -> None:
    # Two sequences of two units: H_t is 2×2, a row for each sequence.
    right = "Σ_t sum_rows(∂L/∂H_t ⊙ (1 − H_t^2))"
    _, judged = judged_as_meant(load(source("row-batch")), "dL/db", right)
    assert judged.verdict == "right"


def test_a_matrix_to_a_negative_power_is_told() -> None:
    with pytest.raises(Failure) as failed:
        judged_as_meant(load(source(POWERS)), "dh[3]/dh[4]", "W^{-1}")
    assert failed.value.diagnostics[0].code == "formula-matrix-power"


def test_sums_have_the_shape_of_what_is_added() -> None:
    written = "W_hy^T·Σ_{k=3}^{3} ∂L/∂y_k"
    _, judged = judged_as_meant(load(source(LAYER)), "dL/dh[3]", written)
    assert judged.verdict == "right"


def test_a_product_of_no_matrices_is_the_identity() -> None:
    written = "Σ_{k=2}^{2} W^{k-2} + Π(i, 4, 3, U) − diag(fill(1, 2, 1)) + W - W"
    _, judged = judged_as_meant(load(source(POWERS)), "dh[2]/dh[2]", written)
    assert judged.verdict == "right"


def test_letters_that_add_up_by_entries_have_no_indices_to_run_with() -> None:
    written = r"\frac{\exp(z_1)}{\sum_j \exp(z_j)}"
    _, judged = judged_as_meant(load(source(SOFTMAX)), "dL/dz_1", written)
    assert judged.verdict == "right"
    written = "Σ_i p_i U_{i,1} − U_{k,1}"
    _, judged = judged_as_meant(load(source(SOFTMAX)), "dL/dh_1", written)
    assert judged.verdict == "right"
