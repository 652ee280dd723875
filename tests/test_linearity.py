"""Whether a network is linear in its inputs: decided, also where its activations are smooth."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sympy
from solving import command, solve

LINEAR = {
    "tanh(w*x) + tanh(-w*x) + 3*x + c": ("c", {"x": "3"}),
    "log(exp(w*x + b))": ("b", {"x": "w"}),
    "sigmoid(x) + sigmoid(-x) + 2*z": ("1", {"z": "2"}),
    "softplus(x) - softplus(-x)": ("0", {"x": "1"}),
    "tanh(b)*x + sigmoid(0*x)": ("1/2", {"x": "tanh(b)"}),
    "exp(x)*exp(-x) - z/4": ("1", {"z": "-1/4"}),
}
CURVED = ["2*tanh(w*x + b) + 1", "swish(x) + swish(-x)", "sigmoid(x) - z", "x*tanh(z)", "exp(x)"]


def composed(formula: str) -> dict[str, Any]:
    letters = ", ".join(f"{p}: " for p in "wbc")
    found = solve(
        f"equations: |\n  y = {formula} + 0*(w + b + c + x + z)\nparameters: {{{letters}}}\n"
        "data: {x: , z: }\nask: [{compose: {of: y}}]\n"
    )
    data: dict[str, Any] = found["answers"][0]["compose"]["formulas"][0]
    return data


def in_sympy(formula: str) -> sympy.Expr:
    t = sympy.Symbol("t")
    logistic = sympy.Lambda(t, 1 / (1 + sympy.exp(-t)))
    return sympy.sympify(
        formula.replace("^", "**"),
        {
            "sigmoid": logistic,
            "softplus": sympy.Lambda(t, sympy.log(1 + sympy.exp(t))),
            "swish": sympy.Lambda(t, t * logistic(t)),
        },
    )


@pytest.mark.parametrize("formula", LINEAR)
def test_what_is_linear_for_all_values_is_proved_so(formula: str) -> None:
    """And SymPy finds the same line, at points with 30 digits."""
    found = composed(formula)
    constant, slopes = LINEAR[formula]
    assert found["linear"] is True
    assert (found["constant"], found["coefficients"]) == (constant, slopes)
    line = in_sympy(constant) + sum(in_sympy(c) * sympy.Symbol(x) for x, c in slopes.items())
    for k in (1, 2):
        point = {
            s: sympy.Rational(2 * k + 3 * i, 5) for i, s in enumerate(sympy.symbols("w b c x z"))
        }
        gap = (in_sympy(formula) - line).subs(point)
        assert abs(gap.evalf(30)) < sympy.Float("1e-25", 30)


@pytest.mark.parametrize("formula", CURVED)
def test_what_is_curved_is_shown_by_three_points(formula: str) -> None:
    found = composed(formula)
    assert found["linear"] is False
    inputs = [sympy.Symbol(x) for x in found["inputs"]]
    bends = [sympy.diff(in_sympy(formula), a, b) for a in inputs for b in inputs]
    assert any(sympy.simplify(bend) != 0 for bend in bends)


def test_a_chain_with_any_activation_is_one_formula() -> None:
    found = json.loads(command("solve", "chain-composed", "--format", "json").stdout)
    yhat, loss = (a["compose"]["formulas"][0] for a in found["answers"])
    assert yhat["formula"] == "w3*f(w2*f(w1*x))"
    assert loss["formula"] == "(y - w3*f(w2*f(w1*x)))^2/2"
    assert yhat["linear"] is None
    page = command("solve", "chain-composed").stdout
    assert "ŷ = w3·f(w2·f(w1·x))" in page
    assert "linear" not in page
