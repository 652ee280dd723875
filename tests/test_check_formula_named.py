"""`check-formula` names what is wrong: exponents, functions, factors, ends of sums, two slips.

Every name here was confirmed apart from the package: with what it says put right, the formula is
what finite differences of own simulations give.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from rnnhand.cli import main
from rnnhand.questions.formula.counts import Count, count_of, exponents_near
from tests.budget import every

ROOT = Path(__file__).parents[1]
SCHEMA = json.loads((ROOT / "docs" / "check-formula.schema.json").read_text("utf-8"))

PLAIN = """
equations: |
  a[t] = w*h[t-1] + v*x[t] + b
  h[t] = tanh(a[t])
  yhat[t] = u*h[t]
  L[t] = (yhat[t] - y[t])^2
  L = sum[t](L[t])
steps: 1..4
parameters: {w: 0.5, v: 0.7, u: -0.4, b: 0.1}
initial: {"h[0]": 0.3}
data: {"x[1..4]": [1, 2, -1, 0.5], "y[1..4]": [0.5, 1, -1, 2]}
"""

GATED = """
equations: |
  z[t] = sigmoid(W_z*x[t] + U_z*h[t-1])
  r[t] = sigmoid(W_r*x[t] + U_r*h[t-1])
  n[t] = tanh(W_n*x[t] + U_n*r[t]*h[t-1])
  h[t] = (1 - z[t])*h[t-1] + z[t]*n[t]
  L = sum[t](h[t]^2)
steps: 1..3
parameters: {W_z: 0.5, U_z: 0.7, W_r: -0.4, U_r: 0.1, W_n: 0.3, U_n: 0.6}
initial: {"h[0]": 0.3}
data: {"x[1..3]": [1, 2, -1]}
"""

OPEN = """
equations: |
  h[t] = f_h(w*h[t-1] + v*x[t])
  yhat[t] = f_y(u*h[t])
  L[t] = (yhat[t] - y[t])^2
  L = sum[t](L[t])
functions: {f_h: , f_y: }
steps: 1..3
parameters: {w: , v: , u: }
initial: {"h[0]": 0}
data: {"x[1..3]": [1, 2, -1], "y[1..3]": [0, 1, 0.5]}
"""

ATTENTION = """
equations: |
  h[t] = tanh(w*h[t-1] + x[t])
  e[t] = exp(q*h[t])
  Z = sum[t](e[t])
  m = sum[t](e[t]/Z*h[t])
  L = (m - y)^2
steps: 1..3
parameters: {w: 1/2, q: 2}
initial: {"h[0]": 0}
data: {"x[1..3]": [1, -1, 2], y: 1}
"""

CLASSES = """
equations: |
  h[t] = tanh(W @ h[t-1] + V @ x[t])
  o[t] = U @ h[t]
  p[t] = softmax(o[t])
  L[t] = -sum(d[t]*log(p[t]))
  L = sum[t](L[t])
steps: 1..3
parameters: {W: [[0.5, 0.25], [-0.5, 1]], V: [[1], [0.5]], U: [[1, 0.5], [0, 1], [1, 1]]}
initial: {"h[0]": [0, 0]}
data: {"x[1..3]": [1, 2, 0], "d[1..3]": [[1, 0, 0], [0, 1, 0], [0, 0, 1]]}
"""

OWN = "2*u*(yhat[t] - y[t])"
BACK = "w*(1 - h[t+1]^2)*dL/dh[t+1]"
UNROLLED = "Σ(k, 1, t, w^(t-k)*Π(i, k, t, 1 - h[i]^2)*h[k-1])"


def called(problem: str, name: str, formula: str, *more: str) -> tuple[int, str]:
    got = CliRunner().invoke(
        main, ["check-formula", problem, name, formula, *more], env={"LANG": "C", "COLUMNS": "100"}
    )
    return got.exit_code, got.output


@pytest.fixture
def judged(tmp_path: Path) -> Any:
    def judge(problem: str, name: str, formula: str) -> dict[str, Any]:
        if "\n" in problem:
            path = tmp_path / "own.yaml"
            path.write_text(problem, "utf-8")
            problem = str(path)
        _, out = called(problem, name, formula, "--format", "json")
        found: dict[str, Any] = json.loads(out)
        Draft202012Validator(SCHEMA).validate(found)
        return found

    return judge


def said(found: dict[str, Any]) -> list[str]:
    reasons = [found["reason"], *found["also"]] if found["reason"] else []
    return [one["message"] for one in reasons]


ONE = [
    # exponents
    (PLAIN, "dL/dh[t]", f"{OWN} + w*(1 - h[t+1]^3)*dL/dh[t+1]",
     "h[t+1]^3 stands where h[t+1]^2 belongs."),
    (PLAIN, "dL/dh[t]", f"{OWN} + w*(1 - h[t+1])*dL/dh[t+1]",
     "h[t+1] stands where h[t+1]^2 belongs."),
    (PLAIN, "dL/dh[t]", f"2*u*(yhat[t] - y[t])^2 + {BACK}",
     "(yhat[t] - y[t])^2 stands where yhat[t] - y[t] belongs."),
    (PLAIN, "dh[t]/dw", UNROLLED.replace("t-k", "t-1"),
     "w^(t - 1) stands where w^(t - k) belongs."),
    (PLAIN, "dh[3]/dw", "Σ(k, 1, 3, w^(k-1)*Π(i, k, 3, 1 - h[i]^2)*h[k-1])",
     "w^(k - 1) stands where w^(3 - k) belongs."),
    ("quiz-chain", "dh[3]/dh[1]", "w*(1 - h[3]^2)*(1 - h[2]^2)", "w stands where w^2 belongs."),
    # functions and their slopes
    (PLAIN, "dL/dh[t]", f"{OWN} + w*h[t+1]*(1 - h[t+1])*dL/dh[t+1]",
     "h[t+1]*(1 - h[t+1]) stands where 1 - h[t+1]^2 belongs."),
    ("slide-lstm", "dL/da_f[t]", "dL/dc[t]*c[t-1]*(1 - f[t]^2)",
     "1 - f[t]^2 stands where f[t]*(1 - f[t]) belongs."),
    ("slide-lstm", "dL/do[t]", "dL/dh[t]*c[t]", "c[t] stands where tanh(c[t]) belongs."),
    ("slide-lstm", "dL/dc[t]", "dL/dh[t]*o[t]*(1 - h[t]^2) + f[t+1]*dL/dc[t+1]",
     "h[t] stands where tanh(c[t]) belongs."),
    ("way-back", "dL/dh[t]", "u*dL/dyhat[t] + w*(1 - h[t+1]^2)*dL/dh[t+1]",
     "1 - h[t+1]^2 stands where [a[t+1] > 0] belongs."),
    (GATED, "dL/dr[t]", "dL/dn[t]*n[t]*(1 - n[t])*U_n*h[t-1]",
     "n[t]*(1 - n[t]) stands where 1 - n[t]^2 belongs."),
    (OPEN, "dL/du", "sum[t](2*(yhat[t] - y[t])*f_h'(u*h[t])*h[t])",
     "f_h'(u*h[t]) stands where f_y'(u*h[t]) belongs."),
    (OPEN, "dL/du", "sum[t](2*(yhat[t] - y[t])*f_y(u*h[t])*h[t])",
     "f_y(u*h[t]) stands where f_y'(u*h[t]) belongs."),
    (OPEN, "dL/dh[t]", "u*f_y'(a_yhat[t])*2*(yhat[t] - y[t]) + w*f_h'(h[t+1])*dL/dh[t+1]",
     "h[t+1] stands where a_h[t+1] belongs."),
    # factors
    (PLAIN, "dL/dh[t]", f"2*(yhat[t] - y[t]) + {BACK}",
     "The factor u is missing in 2*(yhat[t] - y[t])."),
    (PLAIN, "dL/dh[t]", f"{OWN} + w*(1 - h[t+1]^2)",
     "The factor dL/dh[t+1] is missing in w*(1 - h[t+1]^2)."),
    (PLAIN, "dL/dw", "sum[t](dL/da[t])", "The factor h[t-1] is missing."),
    (PLAIN, "dL/dw", "sum[t](dL/da[t]*(1 - h[t]^2)*h[t-1])", "The factor 1 - h[t]^2 is too many."),
    (PLAIN, "dL/dh[t]", f"{OWN} + w*u*(1 - h[t+1]^2)*dL/dh[t+1]",
     "The factor u is too many in w*u*(1 - h[t+1]^2)*dL/dh[t+1]."),
    (PLAIN, "dh[t]/dw", UNROLLED.replace("w^(t-k)*", ""), "The factor w^(t - k) is missing."),
    ("quiz-chain", "dh[t]/dw", "(1 - h[t]^2)*(h[t-1] + w)",
     "The factor dh[t-1]/dw is missing in w."),
    (ATTENTION, "dL/dq", "2*(m - y)*(sum[t](e[t]*h[t]^2) - m^2)",
     "The factor 1/Z is missing in sum[t](e[t]*h[t]^2)."),
    ("slide-rnn-last", "dL/dW_hh", "sum[t](dL/da[t])", "The factor h[t-1].T is missing."),
    ("slide-rnn-last", "dL/dh[1]", "dL/da[2]", "The factor W_hh.T is missing."),
    ("slide-rnn-every", "dh[3]/dh[1]", "W_hh @ diag(1 - h[2]^2) @ W_hh",
     "The factor diag(1 - h[3]^2) is missing."),
    # ends of sums and products
    (PLAIN, "dh[t]/dw", UNROLLED.replace("1, t, w", "1, t-1, w"),
     "The sum over k ends at t - 1; it should end at t."),
    (PLAIN, "dh[t]/dw", UNROLLED.replace("i, k, t", "i, 1, t"),
     "The product over i begins at 1; it should begin at k."),
    (PLAIN, "dh[t]/dw", "sum[k](w^(t-k)*Π(i, k, t, 1 - h[i]^2)*h[k-1])",
     "The sum over k ends at T; it should end at t."),
    (PLAIN, "dh[t]/dw", UNROLLED.replace("h[k-1]", "h[t-1]"),
     "h[t-1] stands where h[k-1] belongs."),
    (PLAIN, "dL/du", "2*(yhat[T] - y[T])*h[T]",
     "Only the contribution of step 4 is there; those of the other steps are missing."),
    # summands inside
    (GATED, "dL/dz[t]", "dL/dh[t]*n[t]", "The summand -h[t-1] is missing in n[t]."),
    (OPEN, "dL/dw", "sum[t](dL/dh[t]*f_h'(w*h[t-1])*h[t-1])",
     "The summand v*x[t] is missing in w*h[t-1]."),
    (CLASSES, "dL/do[t]", "p[t]", "The summand -d[t] is missing."),
    # names
    (PLAIN, "dL/dw", "sum[t](dL/dh[t]*(1 - h[t]^2)*h[t])",
     "In dL/dh[t]*(1 - h[t]^2)*h[t], the factor h[t] stands where h[t-1] belongs."),
    ("slide-rnn-last", "dL/dW_xh", "sum[t](dL/da[t] @ h[t-1].T)",
     "h[t-1] stands where x[t] belongs."),
]  # fmt: skip


@pytest.mark.parametrize(("problem", "name", "formula", "message"), every(6, ONE))
def test_one_slip_is_named(
    judged: Any, problem: str, name: str, formula: str, message: str
) -> None:
    found = judged(problem, name, formula)
    assert (found["verdict"], said(found)) == ("wrong", [message])


TWO = [
    ("quiz-chain", "dh[3]/dh[1]", "w^2*(1 - h[3]^3)*(1 - h[2]^3)",
     {"h[3]^3 stands where h[3]^2 belongs.", "h[2]^3 stands where h[2]^2 belongs."}),
    ("quiz-chain", "dh[3]/dh[1]", "w^2*h[3]*(1 - h[3])*h[2]*(1 - h[2])",
     {"h[3]*(1 - h[3]) stands where 1 - h[3]^2 belongs.",
      "h[2]*(1 - h[2]) stands where 1 - h[2]^2 belongs."}),
    ("slide-lstm", "dL/dU_f", "sum[t](dL/dc[t]*c[t]*f[t]*(1 - f[t])*h[t])",
     {"c[t] stands where c[t-1] belongs.", "h[t] stands where h[t-1] belongs."}),
    ("slide-lstm", "dL/dc[t]", "dL/dh[t]*(1 - tanh(c[t])^2) + dL/dc[t+1]",
     {"The factor o[t] is missing in dL/dh[t]*(1 - tanh(c[t])^2).",
      "The factor f[t+1] is missing in dL/dc[t+1]."}),
    (GATED, "dL/dh[t]", "2*h[t] + dL/dh[t+1]*(1 - z[t]) + U_z*dL/da_z[t+1] + U_r*dL/da_r[t+1]"
     " + U_n*r[t]*dL/da_n[t+1]",
     {"z[t] stands where z[t+1] belongs.", "r[t] stands where r[t+1] belongs."}),
    ("slide-rnn-every", "dL/dh[t]",
     "W_hy.T @ dL/dy[t] + W_hh @ (dL/dh[t+1]*(1 - h[t]^2))",
     {"h[t] stands where h[t+1] belongs.", "W_hh stands where W_hh.T belongs."}),
]  # fmt: skip


@pytest.mark.parametrize(("problem", "name", "formula", "messages"), every(3, TWO))
def test_two_slips_are_named_where_only_both_explain(
    judged: Any, problem: str, name: str, formula: str, messages: set[str]
) -> None:
    found = judged(problem, name, formula)
    assert (found["verdict"], set(said(found))) == ("wrong", messages)


def test_a_derivative_is_not_explained_by_itself(judged: Any) -> None:
    """dL/dc[t] in the place of something would be right, and would say nothing."""
    found = judged("slide-lstm", "dL/dc[t]", "dL/dh[t]*(1 - tanh(c[t])^2) + dL/dc[t+1]")
    assert not any("belongs" in message for message in said(found))


@pytest.mark.parametrize(
    ("formula", "part"),
    [
        ("sqrt(-1)", "sqrt(-1)"),
        ("sqrt(-1)*sum[t](dL/da[t]*y[t-1])", "sqrt(-1)"),
        ("sum[t](dL/da[t]*log(-h[t]^2 - 1))", "log(-h[t]^2 - 1)"),
    ],
)
def test_a_formula_without_a_real_value_is_wrong(judged: Any, formula: str, part: str) -> None:
    found = judged("way-back", "dL/dv", formula)
    assert (found["verdict"], found["reason"]["id"]) == ("wrong", "no-real-value")
    assert found["reason"]["at"] == part


def test_a_formula_that_has_a_value_for_positive_letters_only_is_judged_there(judged: Any) -> None:
    one = "exp(log(u) + log(w) + log(v) - log(u) - log(w) - log(v))"
    found = judged("way-back", "dL/du", f"{one}*sum[t](2*(yhat[t] - y[t])*h[t])")
    assert found["verdict"] == "right"


def long(steps: int) -> str:
    data = [t % 3 for t in range(steps)]
    return f"""
equations: |
  h[t] = tanh(w*h[t-1] + v*x[t])
  L = sum[t](h[t]^2)
steps: 1..{steps}
parameters: {{w: 0.5, v: 1}}
initial: {{"h[0]": 0.5}}
data: {{"x[1..{steps}]": {data}}}
"""


@pytest.mark.parametrize(
    ("name", "formula"),
    [("dh[t]/dw", UNROLLED), ("dL/dw", f"sum[t](2*h[t]*{UNROLLED})")],
)
def test_an_unrolled_formula_of_many_steps_is_decided(judged: Any, name: str, formula: str) -> None:
    assert judged(long(10), name, formula)["verdict"] == "right"
    found = judged(long(10), name, formula.replace("h[i]^2", "h[i]^3"))
    assert said(found) == ["h[i]^3 stands where h[i]^2 belongs."]


VECTORS = """
equations: |
  o[t] = sigmoid(w*h[t-1] + x[t])
  c[t] = o[t]*c[t-1] + x[t]
  h[t] = o[t]*tanh(c[t])
  P[t] = softmax(h[t] @ [1, 2])
  L[t] = -sum(one_hot(k[t], 2).T * log(P[t]))
  L = sum[t](L[t])
steps: 1..6
parameters: {w: [0.5, 0.25]}
initial: {"h[0]": [0.1, 0.2], "c[0]": [0, 1]}
data: {"x[1..6]": [1, 2, -1, 0, 0.5, 1], "k[1..6]": [1, 2, 2, 1, 1, 2]}
"""


@pytest.mark.parametrize(
    ("name", "formula", "verdict"),
    [
        ("dL/do[2]", "dL/dh[2]*tanh(c[2]) + dL/dc[2]*c[1]", "right"),
        ("dL/do[2]", "dL/dh[2]*tanh(c[1]) + dL/dc[2]*c[1]", "wrong"),
        ("dL/dP[1]", "-(one_hot(k[1], 2).T/P[1])", "right"),
        ("dL/dP[1]", "-(one_hot(k[2], 2).T/P[1])", "wrong"),
    ],
)
def test_functions_of_vectors_over_many_steps(
    judged: Any, name: str, formula: str, verdict: str
) -> None:
    assert judged(VECTORS, name, formula)["verdict"] == verdict


def test_a_sum_of_a_thousand_terms_is_judged(judged: Any) -> None:
    found = judged(long(1000), "dL/dw", "sum[k](dL/dh[k]*(1 - h[k]^2)*h[k])")
    assert found["verdict"] == "wrong"
    assert found["counterexample"] is not None


def test_sums_inside_sums_stay_bounded() -> None:
    status, out = called("way-back", "dL/du", "Σ(j, 1, 900, Σ(k, 1, 900, u))")
    assert status == 2
    assert "Traceback" not in out


def test_the_names_are_said_in_russian() -> None:
    _, out = called("quiz-chain", "dh[t]/dw", "(1 - h[t]^2)*(h[t-1] + w)", "--lang", "ru")
    assert "не хватает множителя" in out


@pytest.mark.parametrize(
    ("count", "written"),
    [
        (Count((), 3), "3"),
        (Count((("t", 1), ("k", -1)), 0), "t - k"),
        (Count((("k", -1), ("t", 1)), 1), "t - k + 1"),
        (Count((("k", -1),), 3), "3 - k"),
    ],
)
def test_counts_are_written_as_people_write_them(count: Count, written: str) -> None:
    from rnnhand.language.printer import text

    expr = count.written()
    assert text(expr) == written
    again = count_of(expr)
    assert again is not None and dict(again.names) == dict(count.names)
    assert again.number == count.number


def test_what_is_near_an_exponent_begins_with_what_is_nearest() -> None:
    near = list(exponents_near(Count((("t", 1), ("k", -1)), 0), ("t", "k"), ()))
    assert {c.number for c in near[:2]} == {-1, 1}
    assert all(dict(c.names) == {"t": 1, "k": -1} for c in near[:2])


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("diag(p)", "The summand −p·pᵀ is missing."),
        ("p @ p.T", "The summand diag(p) is missing."),
        ("diag(p) - 2*p @ p.T", "The summand −2·p·pᵀ is 2 times what it should be"),
        ("diag(p) + p.T @ p", "In the place of pᵀ·p belongs −p·pᵀ. Right is diag(p)."),
        ("diag(p) - p @ p.T + 0.5", "The summand 0.5 is too many."),
    ],
)
def test_the_summands_of_a_jacobian_are_named(formula: str, said: str) -> None:
    call = ["check-formula", "softmax-under-logarithm", "dp/dz", formula, "--lang", "en"]
    page = CliRunner().invoke(main, call, env={"COLUMNS": "120"})
    assert page.exit_code == 1, page.output
    assert said in " ".join(page.stdout.split())


@pytest.mark.parametrize("steps", [12, 40])
def test_a_missing_way_back_is_named_over_many_steps_too(tmp_path: Path, steps: int) -> None:
    file = tmp_path / "problem.yaml"
    file.write_text(
        PLAIN.partition("steps:")[0]
        + f"steps: 1..{steps}\nparameters: {{w: 1/2, v: 1, u: 2, b: 1/4}}\n"
        f'initial: {{"h[0]": 0}}\ndata: {{"x[1..{steps}]": , "y[1..{steps}]": }}\n',
        "utf-8",
    )
    formula = "sum[t](2*(yhat[t] - y[t])*u*(1 - h[t]^2)*x[t])"
    call = ["check-formula", str(file), "dL/dv", formula, "--lang", "en"]
    page = CliRunner().invoke(main, call, env={"COLUMNS": "120"})
    assert page.exit_code == 1, page.output
    assert "The part through h_{t−1} is missing." in page.stdout
