"""`check-formula`: two slips at once, and what is no formula."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from rnnhand.cli import main


def verdict(problem: str, name: str, formula: str) -> dict[str, object]:
    made = CliRunner().invoke(main, ["check-formula", problem, name, formula, "--format", "json"])
    assert made.exit_code in (0, 1), made.output
    return json.loads(made.stdout)  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("problem", "name", "formula", "slips"),
    [
        (
            "way-back",
            "dL/dv",
            "sum[t](2*(yhat[t] - y[t])*u*y[t-1])",
            {("missing-slope", "h[t]"), ("missing-through", "h[t-1]")},
        ),
        (
            "slide-lstm",
            "dL/dh[t]",
            "2*(h[t] - y[t]) + U_o*dL/da_o[t+1] + U_i*dL/da_i[t+1]",
            {("missing-through", "a_f[t+1]"), ("missing-through", "a_c'[t+1]")},
        ),
        (
            "slide-rnn-last",
            "dL/dW_hh",
            "dL/da[2] @ h[1].T",
            {("missing-step", "1"), ("missing-step", "3")},
        ),
    ],
)
def test_two_slips_are_both_named(
    problem: str, name: str, formula: str, slips: set[tuple[str, str]]
) -> None:
    found = verdict(problem, name, formula)
    assert found["verdict"] == "wrong"
    assert isinstance(found["reason"], dict) and isinstance(found["also"], list)
    assert {(s["id"], s["at"]) for s in [found["reason"], *found["also"]]} == slips


def test_what_a_name_is_made_of_does_not_hide_that_two_formulas_are_one() -> None:
    right = "-2*(y[1] - o[1]*tanh(c[1]))*(o[1] - o[1]^2)*x[1]*tanh(c[1])"
    assert verdict("slide-lstm", "dL[1]/dW_o", right)["verdict"] == "right"


@pytest.mark.parametrize("formula", ["1e400", "9^9^3*u"])
def test_a_huge_formula_is_wrong_and_nothing_breaks(formula: str) -> None:
    assert verdict("way-back", "dL/du", formula)["verdict"] == "wrong"


def test_a_formula_without_a_value_is_not_said_to_agree() -> None:
    made = CliRunner().invoke(main, ["check-formula", "way-back", "dL/du", "1/0"])
    assert made.exit_code == 1
    assert "both have a value" in " ".join(made.output.split())


def test_a_step_that_is_none_is_an_error() -> None:
    made = CliRunner().invoke(main, ["check-formula", "way-back", "dL/du", "h[9]"])
    assert made.exit_code == 2
    assert "h[9]" in made.output and "0..3" in made.output
