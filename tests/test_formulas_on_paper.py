"""Formulas as they stand on paper, on our own pages, and in LaTeX, are read as what they mean."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner

from rnnhand.cli import main
from rnnhand.errors import Failure
from rnnhand.language.formulas import parse_formula
from rnnhand.language.known import Known
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, rewrite
from rnnhand.problem.files import load, source
from rnnhand.system.build import function_names
from tests.budget import every

SCALARS = {"L": "", "L_": "", "w": "", "v": "", "u": "", "h": "t", "h1": "t", "h1_kept": "t",
           "yhat": "t", "y": "t", "a": "t", "a_f": "t", "a_c'": "t", "c'": "t", "f": "t",
           "W_hh": "", "L[t]": ""}  # fmt: skip
FUNCTIONS = function_names(load(source("way-back")).system.functions)

SAME = [
    (r"u \cdot \frac{\partial L}{\partial \hat{y}_t}", "u*dL/dyhat[t]"),
    (r"u\frac{\partial L}{\partial \hat y_t} + w\frac{dL}{da_{t+1}}",
     "u*dL/dyhat[t] + w*dL/da[t+1]"),
    (r"\frac{1}{2}(\hat{y}_t - y_t)^{2}", "1/2*(yhat[t] - y[t])^2"),
    ("2u(ŷ_t − y_t)", "2*u*(yhat[t] - y[t])"),
    ("w ∂L/∂h_{t+1} [a_{t+1} > 0]", "w*dL/dh[t+1]*[a[t+1] > 0]"),
    ("h_t(1 − h_t)", "h[t]*(1 - h[t])"),
    ("h[t] (1 − h[t])", "h[t]*(1 - h[t])"),
    ("(1 − h_t)(1 + h_t)", "(1 - h[t])*(1 + h[t])"),
    ("Σ_t ∂L/∂a_t·y_{t−1}", "sum[t](dL/da[t]*y[t-1])"),
    ("∑ₜ ∂L/∂aₜ·yₜ₋₁", "sum[t](dL/da[t]*y[t-1])"),
    ("Σ_{t=1..3} ∂L/∂a_t·y_{t−1} + w", "Σ(t, 1, 3, dL/da[t]*y[t-1]) + w"),
    (r"\sum_{t=1}^{T} \frac{\partial L}{\partial a_t} y_{t-1}", "Σ(t, 1, T, dL/da[t]*y[t-1])"),
    (r"\sum\limits^T_{t=1} a_t", "Σ(t, 1, T, a[t])"),
    (r"\sum_{t=1,\ldots,T} a_t", "Σ(t, 1, T, a[t])"),
    ("sum over t of dL/da[t]*y[t-1]", "sum[t](dL/da[t]*y[t-1])"),
    ("sum over k from 1 to T of a[k]", "Σ(k, 1, T, a[k])"),
    ("sum_t a[t]", "sum[t](a[t])"),
    ("sum(t, a[t])", "sum[t](a[t])"),
    ("sum(t=1..3, a[t])", "Σ(t, 1, 3, a[t])"),
    ("sum[t=1..T](a[t])*w", "Σ(t, 1, T, a[t])*w"),
    ("sum(a[t], t=1..3)", "Σ(t, 1, 3, a[t])"),
    ("sum[t](a[t])*w", "sum[t](a[t])*w"),
    ("mean_t a_t", "mean[t](a[t])"),
    ("Σ_{k=1..t} (Π_{i=k+1..t} w·[a_i > 0])·y_{k−1}",
     "Σ(k, 1, t, Π(i, k + 1, t, w*[a[i] > 0])*y[k-1])"),
    ("∏_{i=2}^{3} ∂h_i/∂h_{i-1}", "Π(i, 2, 3, dh[i]/dh[i-1])"),
    ("Σ_{k=1..T} −a_k·w − v", "Σ(k, 1, T, -a[k]*w) - v"),
    ("w²·1(a_2>0)·𝟏(a_3>0)", "w^2*1*[a[2] > 0]*[a[3] > 0]"),
    (r"w^{t-1}\mathbf{1}[a_2 > 0]", "w^(t - 1)*[a[2] > 0]"),
    (r"\mathbb{1}_{a_2 \ge 0} w", "[a[2] >= 0]*w"),
    ("(a[2] > 0)*w", "[a[2] > 0]*w"),
    ("tanh²(a_t) + tanh^2(a_t)", "tanh(a[t])^2 + tanh(a[t])^2"),
    ("w^2(a_t + 1)", "w^2*(a[t] + 1)"),
    ("h⁽¹⁾_t·h⁽¹⁾_{kept,t}", "h1[t]*h1_kept[t]"),
    (r"h^{(1)}_{t-1}", "h1[t-1]"),
    ("a_{f,t}·a_{c′,t−1}·c′_t²", "a_f[t]*a_c'[t-1]*c'[t]^2"),
    ("c̃_t", "c'[t]"),
    ("W_{hh}", "W_hh"),
    ("h_{t−1}ᵀ", "h[t-1].T"),
    (r"h_{t-1}^\top W_{hh}^{\top}", "h[t-1].T*W_hh.T"),
    (r"\left(1 - h_t^{\odot 2}\right)\,w", "(1 - h[t]^2)*w"),
    (r"\operatorname{tanh}(a_t)\,\mathrm{relu}(a_t)", "tanh(a[t])*relu(a[t])"),
    ("a_10·a_{10}·a₁₀", "a[10]*a[10]*a[10]"),
    ("Σ_k ∂L/∂a_k·h_{k-1}", "sum[k](dL/da[k]*h[k-1])"),
    (r"\sum_{\tau=1}^{T} h_\tau a_{f,\tau}", "Σ(τ, 1, T, h[τ]*a_f[τ])"),
    ("∑_τ ∂L/∂h_τ", "sum[τ](dL/dh[τ])"),
]  # fmt: skip


@pytest.mark.parametrize(("paper", "meant"), SAME, ids=[p for p, _ in SAME])
def test_a_formula_on_paper_is_read_as_what_it_means(paper: str, meant: str) -> None:
    found = parse_formula(paper, Known(SCALARS, FUNCTIONS))
    wanted = parse_formula(meant, Known(SCALARS, FUNCTIONS))
    assert plain(found) == plain(wanted)


def plain(tree: Expr) -> str:
    """The formula in one spelling of signs and brackets of products."""
    return text(rewrite(tree, lambda n: replace(n, spelling="") if isinstance(n, Apply) else n))


@pytest.mark.parametrize(
    ("formula", "place"),
    [
        (r"\frac{\partial L}{\partial a_t} + \frac{q}{2}", r"q"),
        ("w² + Σ_t q·a_t", "q"),
        (r"2u\left(\hat{y}_t - q\right)", "q"),
    ],
)
def test_what_is_wrong_is_shown_where_it_stands(formula: str, place: str) -> None:
    made = call("check-formula", "way-back", "dL/dh[t]", formula)
    assert made.exit_code == 2
    assert f"FORMULA:1:{formula.index(place) + 1}: q is nothing" in made.output


def call(*args: str) -> Any:
    return CliRunner().invoke(main, [*args, "--lang", "en"], env={"COLUMNS": "140"})


def judged(problem: str, name: str, formula: str) -> str:
    result = CliRunner().invoke(main, ["check-formula", problem, name, formula, "--format", "json"])
    assert result.exit_code in (0, 1), result.output
    verdict: str = json.loads(result.stdout)["verdict"]
    return verdict


RIGHT = [
    ("way-back", r"\frac{\partial L}{\partial h_t}",
     r"2u(\hat{y}_t - y_t) + w\,\frac{\partial L}{\partial h_{t+1}}\,\mathrm{ReLU}'(a_{t+1})"),
    ("way-back", "dL/dv", "∂L/∂v = Σ_t ∂L/∂a_t·y_{t−1}"),
    ("way-back", "dL/dv", "Σ_{t=1..3} 2·(ŷ_t − y_t)·u·Σ_{k=1..t} (Π_{i=k+1..t} w·[a_i > 0])"
                          "·[a_k > 0]·y_{k−1}"),
    ("slide-rnn-last", "dL/dW_hh", "Σ_t (diag(1 − h_t²)·∂L/∂h_t)·h_{t−1}ᵀ"),
    ("slide-rnn-last", "dL/dW_hh", r"\sum_t \frac{\partial L}{\partial a_t} h_{t-1}^T"),
    ("slide-rnn-last", "dL/dW_hh", "sum[t](outer(dL/da[t], h[t-1]))"),
    ("slide-rnn-last", "dL/dW_hh", "sum[t]((1 - h[t]^2) ⊙ dL/dh[t] @ h[t-1]^T)"),
    ("slide-rnn-last", "dh[3]/dh[2]", "diag(tanh′(a_3))·W_hh"),
    ("slide-rnn-last", "dh[3]/dh[1]", "diag(1 − h_3²)·W_hh·diag(1 − h_2²)·W_hh"),
    ("slide-lstm", "dL/da_f[t]", "∂L/∂f_t·σ'(a_{f,t})"),
    ("slide-lstm", "∂L/∂a_{c′,t}", "∂L/∂c̃_t·(1 − c̃_t²)"),
]  # fmt: skip


@pytest.mark.parametrize(("problem", "name", "formula"), every(3, RIGHT))
def test_it_is_judged_as_any_other(problem: str, name: str, formula: str) -> None:
    assert judged(problem, name, formula) == "right"


def test_a_number_to_the_last_step_is_a_power_and_no_transpose() -> None:
    assert judged("quiz-power", "dh[100]/dh[0]", "w^T") == "right"


def test_entries_are_multiplied_where_a_star_stands_and_matrices_where_a_dot_does() -> None:
    assert judged("exploding-gradients", "dh[2]/dh[0]", "W·W") == "right"
    assert judged("exploding-gradients", "dh[2]/dh[0]", "W*W") == "wrong"


def test_a_long_or_wild_text_is_refused_quickly() -> None:
    known = {"h": "t"}
    for wild in ("(" * 9_000, "Σ_t" * 3_000, "sum(" * 2_000, "h[" * 4_000, "\\frac" * 1_500,
                 "{" * 9_000, "[h>" * 3_000, "(a>" * 3_000, "x^{" * 3_000):  # fmt: skip
        with pytest.raises(Failure):
            parse_formula(wild, Known(known, FUNCTIONS))


@pytest.mark.parametrize(
    ("name", "formula", "said"),
    [
        ("dh[3]/dh[1]", "dh[3]/dh[2]*dh[2]/dh[1]",
         "∂h_3/∂h_2 ⊙ ∂h_2/∂h_1 stands where ∂h_3/∂h_2·∂h_2/∂h_1 belongs."),
        ("dh[3]/dh[2]", "(1 - h[3]^2)*W_hh",
         "(1 − h_3²) ⊙ W_hh stands where diag(1 − h_3²)·W_hh belongs."),
        ("dL/dW_hh", "sum[t](dL/da[t]*h[t-1].T)",
         "∂L/∂a_t ⊙ h_{t−1}ᵀ stands where ∂L/∂a_t·h_{t−1}ᵀ belongs."),
    ],
)  # fmt: skip
def test_a_product_of_another_kind_is_named(name: str, formula: str, said: str) -> None:
    page = call("check-formula", "slide-rnn-last", name, formula).output
    assert said in " ".join(page.split())


def test_conditions_and_identities_of_a_page_are_read() -> None:
    formula = "[t = 3]·(W_hyᵀ·∂L/∂y_3) + W_hhᵀ·∂L/∂a_{t+1}"
    assert judged("slide-rnn-last", "dL/dh[t]", formula) == "right"
    assert judged("slide-rnn-last", "dy[3]/db_y", "I_3") == "right"


def test_what_derive_prints_as_a_row_is_right_as_a_row() -> None:
    made = call("check-formula", "two-layers", "da_h2[t]/dh1[t]", "V2")
    assert made.exit_code == 0
    assert "It is a row, as it stands in a chain of factors" in " ".join(made.output.split())
    chain = "∂L/∂ŷ_3·∂ŷ_3/∂h_3·∂h_3/∂W"
    assert judged("seminar-notebook", "dL/dW", chain) == "right"
    assert judged("seminar-notebook", "dL/dW", "2*dL/dyhat[3] · dyhat[3]/dh[3]·dh[3]/dW") == "wrong"
    assert judged("there-and-back-matrices", "dL/dV", "sum[t](y[t-1] @ dL/da[t].T)") == "wrong"


def test_a_name_of_the_problem_is_no_sum() -> None:
    names = {"mean_h": "", "sum_t": "", "Σ": "", "h": "t"}
    for written, meant in (("mean_h*2", "mean_h*2"), ("sum_t h_t", "sum_t*h[t]"), ("Σ·2", "Σ*2")):
        found = parse_formula(written, Known(names, FUNCTIONS))
        assert plain(found) == meant


SIGNS = [
    ("𝟏_{3×2}", "fill(1, 3, 2)"),
    (r"\mathbf{1}_{3\times 2}", "fill(1, 3, 2)"),
    ("Σ_t Σ_rows(w·a_t)", "sum[t](sum_rows(w*a[t]))"),
    (r"\sum_{t} \Sigma_{\mathrm{rows}}(a_t)", "sum[t](sum_rows(a[t]))"),
    ("‖h_t‖ + |a_t| + √w + √2", "norm2(h[t]) + abs(a[t]) + sqrt(w) + sqrt(2)"),
    ("I_3", "diag(fill(1, 3, 1))"),
    ("[t = 3]·a_t", "[t == 3]*a[t]"),
]


@pytest.mark.parametrize(("paper", "meant"), SIGNS, ids=[p for p, _ in SIGNS])
def test_signs_of_a_page_are_read(paper: str, meant: str) -> None:
    test_a_formula_on_paper_is_read_as_what_it_means(paper, meant)
