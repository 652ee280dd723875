"""A formula for a matrix or vector that is right in some entries, and wrong in all others."""

from __future__ import annotations

import pytest

from tests.test_check_formula import call, judged


@pytest.mark.parametrize(
    ("formula", "kind", "said"),
    [
        # ∂p_i/∂z_j = p_i·([i = j] − p_j): the diagonal is p_i·(1 − p_i), −p_i·p_j stands beside it
        ("diag(p*(1-p))", "right-diagonal", ""),
        ("diag(exp(p)*exp(p)/3) - p@p.T", "wrong-diagonal", ""),
        ("diag(p) - p@one_hot(1, 3).T*p", "right-entries", "(1, 1), (2, 1), (3, 1)"),
        (
            "diag(p) - p@(one_hot(1,3)*p + one_hot(2,3)*p).T",
            "wrong-entries",
            "(1, 3), (2, 3), (3, 3)",
        ),
    ],
)
def test_the_right_entries_of_a_matrix_are_told(formula: str, kind: str, said: str) -> None:
    found = judged("softmax-under-logarithm", "dp/dz", formula)
    assert found["verdict"] == "wrong"
    assert found["reason"]["id"] == kind and found["reason"]["at"] == said


def test_the_right_entries_are_told_in_both_languages() -> None:
    args = ("check-formula", "softmax-under-logarithm", "dp/dz", "diag(p*(1-p))")
    assert "every entry beside the diagonal is wrong." in call(*args).output
    assert "каждый элемент вне диагонали неверен." in call(*args, "--lang", "ru").output


def test_nothing_is_told_where_no_entry_is_right() -> None:
    found = judged("softmax-under-logarithm", "dp/dz", "exp(p)@p.T")
    assert found["verdict"] == "wrong" and found["reason"] is None
