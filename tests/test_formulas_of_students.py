"""`check-formula`: two slips at once, and what is no formula."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from rnnhand.cli import main
from rnnhand.errors import Failure
from rnnhand.problem.files import Source, load, source
from rnnhand.questions.formula.formula import read
from rnnhand.questions.formula.judge import judge


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


@pytest.mark.parametrize(
    ("problem", "name", "formula", "reasons"),
    [
        ("way-back", "dL[t]/du", "2*(yhat[t] - y[t])*h[t] + u", [("too-many", "u")]),
        ("way-back", "dL[t]/du", "2*(yhat[t] - y[t])*h[t] - u", [("too-many", "-u")]),
        ("way-back", "dL/du", "sum[t](h[t]*(2*(yhat[t] - y[t]) + w))", [("too-many", "w")]),
        (
            "slide-rnn-last",
            "dL/dW_hh",
            "dL/da[1] @ h[0].T + dL/da[2] @ h[1].T + dL/da[3] @ h[2].T + dL/da[2] @ h[2].T",
            [("too-many", "dL/da[2] @ h[2].T")],
        ),
        (
            "way-back",
            "dL/dh[t]",
            "u*dL/dyhat[t] + v*dL/da[t+1]",
            [("wrong-name", "v")],
        ),
        (
            "way-back",
            "dL/dh[t]",
            "u*dL/dyhat[t] + 2*v*y[t]",
            [("wrong-summand", "2*v*y[t]"), ("missing-through", "h[t-1]")],
        ),
    ],
)
def test_a_summand_that_is_too_many_or_another_is_named(
    problem: str, name: str, formula: str, reasons: list[tuple[str, str]]
) -> None:
    found = verdict(problem, name, formula)
    assert isinstance(found["reason"], dict) and isinstance(found["also"], list)
    assert [(s["id"], s["at"]) for s in [found["reason"], *found["also"]]] == reasons


def test_a_formula_of_wrong_summands_only_names_none() -> None:
    found = verdict("way-back", "dL[t]/du", "2*(yhat[t] - y[t])*h[t-1] + u*h[t-1]")
    assert (found["verdict"], found["reason"]) == ("wrong", None)


def test_what_a_name_is_made_of_does_not_hide_that_two_formulas_are_one() -> None:
    right = "-2*(y[1] - o[1]*tanh(c[1]))*(o[1] - o[1]^2)*x[1]*tanh(c[1])"
    assert verdict("slide-lstm", "dL[1]/dW_o", right)["verdict"] == "right"


@pytest.mark.parametrize("formula", ["1e400", "9^9^3*u"])
def test_a_huge_formula_is_wrong_and_nothing_breaks(formula: str) -> None:
    assert verdict("way-back", "dL/du", formula)["verdict"] == "wrong"


def test_a_formula_without_a_value_is_not_said_to_agree() -> None:
    made = CliRunner().invoke(main, ["check-formula", "way-back", "dL/du", "1/0"])
    assert made.exit_code == 1
    assert "divides by 0 and has no value" in " ".join(made.output.split())


def test_a_step_that_is_none_is_an_error() -> None:
    made = CliRunner().invoke(main, ["check-formula", "way-back", "dL/du", "h[9]"])
    assert made.exit_code == 2
    assert "h[9]" in made.output and "0..3" in made.output


@pytest.mark.parametrize(
    ("problem", "name", "formula", "said"),
    [
        ("sum-over-steps", "dh[3]/dw", "Σ(k, 1, 3, h[k-1]*w^(3-k)*Π(i, k, 3, 1-h[i]^2))", "right"),
        ("sum-over-steps", "dh[t]/dw", "Σ(k, 1, t, h[k-1]*w^(t-k)*Π(i, k+1, t, 1-h[i]^2))",
         "wrong"),
        ("sum-over-steps", "dh[t]/dw", "sum(k, 1, t, h[k-1]*prod(i, k+1, t, dh[i]/dh[i-1])"
         "*(1-h[k]^2))", "right"),
        ("slide-rnn-every", "dh[3]/dh[1]", "Π(i, 2, 3, diag(1-h[i]^2) @ W_hh)", "right"),
        ("way-back", "dL/dv", "sum[k](dL/da[k]*y[k-1])", "right"),
        ("way-back", "dL/dv", "sum[k](dL/da[k]*y[k-1]) + Σ(k, 1, 2, Σ(k, k, k, u - u))", "right"),
    ],
)  # fmt: skip
def test_sums_and_products_over_steps_of_one_s_own_are_read(
    problem: str, name: str, formula: str, said: str
) -> None:
    assert verdict(problem, name, formula)["verdict"] == said


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("Σ(k, 1, 99999999, y[k])", "400"),
        ("Σ(k, 1, u, y[k])", "u is no whole step"),
        ("Σ(k, 1, q, y[k])", "q is nothing"),
        ("Σ_{k<t} dL/da[k]*y[k-1]", "below Σ, and between which bounds, cannot be read"),
        ("Π_t y[t]", "Π needs bounds"),
        ("y[1] + ... + y[3]", "... leaves something out"),
        (r"\dagger y[1]", r"\dagger is no sign"),
        ("dL/dv = y[1]", "dL/dv stands on the left of ="),
        ("Σ_t δ_t·y_{t-1}", "an error is written as the derivative that it is"),
    ],
)
def test_a_range_that_is_none_is_an_error_in_the_words_of_the_formula(
    formula: str, said: str
) -> None:
    made = CliRunner().invoke(main, ["check-formula", "way-back", "dL/du", formula])
    assert made.exit_code == 2
    assert said in made.output


@pytest.mark.parametrize(
    ("problem", "formula", "here"),
    [
        ("there-and-back", "sum[t](2*(yhat[t] - y[t])*h[t]^2/h[t])", True),
        ("way-back", "sum[t](2*(yhat[t] - y[t])*h[t]^2/h[t])", False),
        ("way-back", "sum[t](2*(yhat[t] - y[t])*h[t])/[h[1] > 0]", False),
    ],
)
def test_a_formula_that_divides_by_zero_where_there_is_a_derivative_is_wrong(
    problem: str, formula: str, here: bool
) -> None:
    found = verdict(problem, "dL/du", formula)
    assert found["verdict"] == "wrong"
    counter = found["counterexample"]
    assert isinstance(counter, dict)
    assert (counter["value"], counter["at_the_problem"]) == (None, here)


def test_dividing_by_what_is_0_at_a_kink_only_is_not_wrong() -> None:
    assert verdict("way-back", "dh[t]/dh[t-1]", "w*h[t]/a[t]")["verdict"] == "right"


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("sum[t](dL/da[t]*y[t])", "wrong"),  # an index off by one, hidden by data that are all 1
        ("sum[t](dL/da[t])", "right"),  # all observations are 1: a number put in
        ("dL/da[1] + dL/da[2]*y[1] + dL/da[3]", "right"),
    ],
)
def test_data_that_are_named_are_meant_for_all_data(formula: str, said: str) -> None:
    assert verdict("way-back", "dL/dv", formula)["verdict"] == said


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["derive", "there-and-back", "--unroll", "9"], "1..3"),
        (["derive", "--cell", "lstm", "--sizes", "x=1000000,h=1"], "from 1 to 100000"),
    ],
)
def test_what_is_out_of_bounds_is_refused_with_the_bounds(command: list[str], said: str) -> None:
    made = CliRunner().invoke(main, command, env={"LANG": "C"})
    assert made.exit_code == 2
    assert said in made.output


@pytest.mark.parametrize(
    ("target", "written", "verdict"),
    [
        ("dL/dW_hy", "Σ_t dL/dy[t] ⊗ h[t]", "right"),
        ("dL/dW_hy", "Σ_t h[t] ⊗ dL/dy[t]", "wrong"),
        ("dL/dW_hh", r"\sum_\tau \frac{\partial L}{\partial a_\tau} \otimes h_{\tau-1}", "right"),
        ("dL/db_h", "Σ_k diag(1 - h_k^2) @ dL/dh_k", "right"),
    ],
)
def test_outer_products_and_names_that_run_in_sums(target: str, written: str, verdict: str) -> None:
    assert judge(read(load(source("slide-rnn-every")), target, written)).verdict == verdict


def test_an_outer_product_is_a_sign_of_formulas_only() -> None:
    with pytest.raises(Failure):
        load(Source("own.yaml", "equations: L = a ⊗ b\nparameters: {a: [1, 2], b: [1, 2]}\n"), ())
