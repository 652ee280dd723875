"""`check-formula` takes a formula summand by summand: any number of slips, and what is right.

Every name was confirmed apart from the package: with what it says put right, the formula is what
central differences of own simulations give.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from rnnhand.cli import main
from tests.budget import every

GATES = """
equations: |
  f[t] = sigmoid(W_f*x[t] + U_f*h[t-1])
  i[t] = sigmoid(W_i*x[t] + U_i*h[t-1])
  g[t] = tanh(W_g*x[t] + U_g*h[t-1])
  c[t] = f[t]*c[t-1] + i[t]*g[t]
  h[t] = tanh(c[t])
  L[t] = (h[t] - y[t])^2
  L = sum[t](L[t])
steps: 1..3
parameters: {W_f: 0.1, U_f: 0.2, W_i: 0.3, U_i: 0.4, W_g: 0.5, U_g: 0.6}
initial: {"h[0]": 0.1, "c[0]": -0.2}
data: {"x[1..3]": [1, -1, 0.5], "y[1..3]": [0.5, 0, 1]}
"""

CLASSES = """
equations: |
  h[t] = tanh(W @ h[t-1] + V @ x[t])
  s[t] = U @ h[t]
  L[t] = -sum(d[t]*log(softmax(s[t])))
  L = sum[t](L[t])
steps: 1..2
parameters: {W: [[0.5, 0.25], [-0.5, 1]], V: [[1], [0.5]], U: [[1, 0.5], [0, 1]]}
initial: {"h[0]": [0, 0.5]}
data: {"x[1..2]": [1, 2], "d[1..2]": [[1, 0], [0, 1]]}
"""

FED_BACK = """
equations: |
  s[k] = tanh(p*s[k-1] + q*z[k-1])
  z[k] = u*s[k]
  L = sum[k]((z[k] - y[k])^2)
indices: {k: 1..4}
parameters: {p: 0.8, q: 0.2, u: 1.5}
initial: {"s[0]": 0.1, "z[0]": 0}
data: {"y[1..4]": [-0.5, -1, 1, 0]}
"""

SUM_AND_MORE = """
equations: |
  h[t] = tanh(w*h[t-1] + x[t])
  L = (h[T] - h[T-1])^2 + h[2]*w
steps: 1..4
parameters: {w: 0.5}
initial: {"h[0]": 0.25}
data: {"x[1..4]": [1, 0, -1, 1]}
"""

DEAD = """
equations: |
  h[t] = relu(w*h[t-1] + v*y[t-1] + b)
  p[t] = sigmoid(u*h[t])
  L = mean[t](-(y[t]*log(p[t]) + (1 - y[t])*log(1 - p[t])))
steps: 1..4
parameters: {w: , v: , u: , b: }
initial: {"h[0]": 0}
data: {"y[0..4]": [1, 0, 1, 1, 0]}
"""


def judged(tmp_path: Path, problem: str, name: str, formula: str) -> dict[str, Any]:
    if "\n" in problem:
        path = tmp_path / "own.yaml"
        path.write_text(problem, "utf-8")
        problem = str(path)
    call = ["check-formula", problem, name, formula, "--format", "json"]
    made = CliRunner().invoke(main, call, env={"LANG": "C"})
    assert made.exit_code in (0, 1), made.output
    return json.loads(made.stdout)  # type: ignore[no-any-return]


def messages(found: dict[str, Any]) -> list[str]:
    return [
        one["message"] for one in ([found["reason"], *found["also"]] if found["reason"] else [])
    ]


OWN = "2*(h[t] - y[t])*(1 - h[t]^2)"

NAMED = [
    # one slip in each of many summands
    (GATES, "dL/dh[t]",
     "2*(h[t] - y[t]) + W_f*dL/da_f[t+1] + W_i*dL/da_i[t+1] + W_g*dL/da_g[t+1]",
     ["W_f stands where U_f belongs.", "W_i stands where U_i belongs.",
      "W_g stands where U_g belongs."]),
    (GATES, "dL/dh[t]",
     "3*(h[t] - y[t]) + U_f*dL/da_f[t] + U_i*dL/di[t+1] + U_g*dL/da_g[t+1]",
     ["dL/da_f[t] stands where dL/da_f[t+1] belongs.",
      "The factor i[t+1]*(1 - i[t+1]) is missing in U_i*dL/di[t+1].",
      "The summand 3*(h[t] - y[t]) is 3/2 times what it should be."]),
    # some slips, and what is left
    (GATES, "dL/dh[t]",
     "2*(h[t] - y[t]) + U_f*dL/da_f[t+1] + W_i*dL/da_i[t+1] + 3*c[t]*g[t]",
     ["W_i stands where U_i belongs.",
      "In the place of 3*c[t]*g[t] belongs the part through a_g[t+1].",
      "Right are 2*(h[t] - y[t]), U_f*dL/da_f[t+1]."]),
    # parts that are missing, more than two
    (GATES, "dL/dc[t]", "(1 - h[t]^2)*dL/dh[t]",
     ["The part through c[t-1] is missing."]),
    (GATES, "dc[t]/dh[t-1]", "i[t]*(1 - g[t]^2)*U_g",
     ["The part through a_f[t] is missing.", "The part through a_i[t] is missing."]),
    # one edit at several steps
    ("sum-over-steps", "dL/dv",
     "2*(yhat[3] - y[3])*u*((1 - h[3]^2)*y[3] + w*(1 - h[3]^2)*(1 - h[2]^2)*y[2]"
     " + w^2*(1 - h[3]^2)*(1 - h[2]^2)*(1 - h[1]^2)*y[1])",
     ["In (1 - h[3]^2)*y[3] + w*(1 - h[3]^2)*(1 - h[2]^2)*y[2]"
      " + w^2*(1 - h[3]^2)*(1 - h[2]^2)*(1 - h[1]^2)*y[1], y[3] stands where y[2] belongs.",
      "There too, y[2] stands where y[1] belongs.", "There too, y[1] stands where y[0] belongs."]),
    # a total derivative beside a total one
    ("way-back", "dL/dw", "sum[t](dL/dh[t]*dh[t]/dw)",
     ["dL/dh[t] stands where u*dL/dyhat[t] belongs."]),
    # entries, a number for what tells a class, a diagonal matrix that is no other when transposed
    (CLASSES, "dL/dW(1,2)", "sum[t](dL/da[t](2)*h[t-1](2))",
     ["dL/da[t](2) stands where dL/da[t](1) belongs."]),
    (CLASSES, "dL/ds[t]", "softmax(s[t]) - 1", ["1 stands where d[t] belongs."]),
    (CLASSES, "dh[t]/dh[t-1]", "W.T @ diag(1 - h[t]^2)",
     ["W.T @ diag(1 - h[t]^2) stands where diag(1 - h[t]^2) @ W belongs."]),
    # where most points say nothing, those that say something are looked at
    (DEAD, "dL/dw", "sum[t](dL/dh[t]*h[t]*h[t-1])",
     ["h[t] stands where [a_h[t] > 0] belongs."]),
    # a sum over the steps and something beside it
    (SUM_AND_MORE, "dL/dw", "sum[t](dL/da[t]*h[t]) - h[2]",
     ["h[t] stands where h[t-1] belongs.", "The summand -h[2] is -1 times what it should be."]),
    # what is right at most steps
    (FED_BACK, "dL/ds[k]", "2*u*(z[k] - y[k]) + (p + q*u)*(1 - s[k+1]^2)*dL/ds[k+1]"
     " + [k == 4]*u*y[k] + [k == 4]*q*s[k]^2",
     ["It is right for dL/ds[1], dL/ds[2], dL/ds[3], and not for the others."]),
]  # fmt: skip


@pytest.mark.parametrize(("problem", "name", "formula", "said"), every(3, NAMED))
def test_what_is_wrong_is_named_summand_by_summand(
    tmp_path: Path, problem: str, name: str, formula: str, said: list[str]
) -> None:
    found = judged(tmp_path, problem, name, formula)
    assert (found["verdict"], messages(found)) == ("wrong", said)


def unrolled(step: int) -> list[str]:
    """dL/dc[step] in the states of three steps, summand by summand."""
    own = f"2*(h[{step}] - y[{step}])*(1 - h[{step}]^2)"
    if step == 3:
        return [own]
    k, slope = step + 1, f"(1 - h[{step}]^2)"
    ways = [
        f"f[{k}]",
        f"U_f*c[{step}]*f[{k}]*(1 - f[{k}])*{slope}",
        f"U_i*g[{k}]*i[{k}]*(1 - i[{k}])*{slope}",
        f"U_g*i[{k}]*(1 - g[{k}]^2)*{slope}",
    ]
    return [own, *(f"{way}*{later}" for way in ways for later in unrolled(k))]


@pytest.mark.slow
def test_a_formula_is_compared_with_parts_as_far_as_it_is_written_out(tmp_path: Path) -> None:
    summands = unrolled(1)
    assert judged(tmp_path, GATES, "dL/dc[1]", " + ".join(summands))["verdict"] == "right"
    lacking = judged(tmp_path, GATES, "dL/dc[1]", " + ".join(summands[:8] + summands[9:]))
    assert [one["id"] for one in [lacking["reason"], *lacking["also"]]] == ["missing-summand"]


@pytest.mark.parametrize(
    ("formula", "verdict"),
    [
        ("sum[t](dL/dh[t]*(1 - h[t]^2)*h[t-1])", "right"),
        ("sum[k](dL/dh[k]*(1 - h[k]^2)*h[k-1])", "right"),
        ("sum[t](dL/dh[t]*(1 - h[t]^2)*h[t-1]) + [w > 999]*h[7]", "undecided"),
    ],
)
def test_a_sum_over_many_steps_is_decided(tmp_path: Path, formula: str, verdict: str) -> None:
    steps = 600
    text = f"""
equations: |
  h[t] = tanh(w*h[t-1] + v*x[t])
  L = sum[t](h[t]^2)
steps: 1..{steps}
parameters: {{w: 0.5, v: 1}}
initial: {{"h[0]": 0.5}}
data: {{"x[1..{steps}]": {[t % 3 for t in range(steps)]}}}
"""
    assert judged(tmp_path, text, "dL/dw", formula)["verdict"] == verdict


def test_steps_that_are_not_alike_are_not_proved_by_each_other(tmp_path: Path) -> None:
    """The input of step 4 goes in another way: what is right at the others is wrong there."""
    text = """
equations: |
  h[1] = tanh(w*h[0])
  h[2] = tanh(w*h[1])
  h[3] = tanh(w*h[2])
  h[4] = tanh(w*h[3]^2)
  L = sum[t](h[t]^2)
steps: 1..4
parameters: {w: 0.5}
initial: {"h[0]": 0.5}
"""
    found = judged(tmp_path, text, "dL/dw", "sum[t](dL/dh[t]*(1 - h[t]^2)*h[t-1])")
    assert found["verdict"] == "wrong"
    right = "sum[t](dL/dh[t]*(1 - h[t]^2)*h[t-1]*(1 + [t == 4]*(h[t-1] - 1)))"
    assert judged(tmp_path, text, "dL/dw", right)["verdict"] == "right"


def test_another_slope_at_a_kink_is_told_as_such(tmp_path: Path) -> None:
    found = judged(tmp_path, DEAD, "dL/db", "sum[t](dL/dh[t]*[a_h[t] >= 0])")
    assert (found["verdict"], found["reason"]["id"]) == ("wrong", "special-point")
    assert found["counterexample"]["expected"] != found["counterexample"]["value"]


def test_too_many_derivatives_are_an_error_at_once(tmp_path: Path) -> None:
    path = tmp_path / "long.yaml"
    path.write_text(
        "equations: |\n  h[t] = tanh(w*h[t-1])\n  L = sum[t](h[t]^2)\nsteps: 1..300\n"
        'parameters: {w: 0.5}\ninitial: {"h[0]": 0.5}\n',
        "utf-8",
    )
    call = ["check-formula", str(path), "dL/dw", "sum[t](2*h[t]*dh[t]/dh[0])"]
    made = CliRunner().invoke(main, call, env={"LANG": "C"})
    assert made.exit_code == 2
    assert "differentiates 301 quantities" in made.output


def test_the_sentences_are_there_in_russian(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(GATES, "utf-8")
    formula = NAMED[2][2]
    call = ["check-formula", str(path), "dL/dh[t]", formula, "--lang", "ru"]
    made = CliRunner().invoke(main, call, env={"LANG": "C", "COLUMNS": "200"})
    assert "должна быть часть, идущая через" in made.output
    assert "Верны слагаемые" in made.output
