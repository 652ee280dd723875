"""`check-formula` on problem files and formulas of a stranger, each verdict known from paper."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from rnnhand.cli import main

ROOT = Path(__file__).parents[1]
SCHEMA = json.loads((ROOT / "docs" / "check-formula.schema.json").read_text("utf-8"))

ENERGY = """
equations: |
  h[t] = tanh(w*h[t-1] + v*x[t])
  L = sum[t](h[t]^2)
steps: 1..3
parameters: {w: 0.5, v: 2}
initial: {"h[0]": 0.5}
data: {"x[1..3]": [1, 2, -1]}
"""

TWO_BACK = """
equations: |
  h[t] = f(w*h[t-1] + s[t-2])
  s[t] = a*s[t-1] + b*h[t] + x[t]
  L = sum[t](h[t]*s[t])
functions: {f: }
steps: 2..5
parameters: {w: , a: , b: }
initial: {"h[1]": 0, "s[0..1]": [0, 1]}
data: {"x[2..5]": [1, 2, 3, 4]}
"""

CLASSES = """
equations: |
  o = U*x
  p = softmax(o)
  L = -sum(d*log(p))
parameters: {U: {shape: [2, 1]}}
data: {x: 2, d: %s}
"""

BATCH = """
equations: |
  H[t] = tanh(X[t] @ V + H[t-1] @ W)
  P[t] = softmax(H[t] @ U)
  L[t] = -sum(D[t]*log(P[t]))/2
  L = sum[t](L[t])
steps: 1..2
parameters: {V: {shape: [1, 2]}, W: {shape: [2, 2]}, U: {shape: [2, 2]}}
initial: {"H[0]": [[0, 0], [0, 0]]}
data: {"X[1..2]": [[[1], [2]], [[0], [1]]], "D[1..2]": [[[1, 0], [0, 1]], [[0, 1], [1, 0]]]}
"""


def call(problem: str, name: str, formula: str, *more: str) -> tuple[int, str]:
    got = CliRunner().invoke(
        main, ["check-formula", problem, name, formula, *more], env={"LANG": "C", "COLUMNS": "100"}
    )
    return got.exit_code, got.output


@pytest.fixture
def file(tmp_path: Path) -> Any:
    def write(text: str) -> str:
        path = tmp_path / "own.yaml"
        path.write_text(text, "utf-8")
        return str(path)

    return write


def judged(problem: str, name: str, formula: str) -> dict[str, Any]:
    _, out = call(problem, name, formula, "--format", "json")
    found: dict[str, Any] = json.loads(out)
    Draft202012Validator(SCHEMA).validate(found)
    return found


@pytest.mark.parametrize(
    ("text", "name", "formula", "silent"),
    [
        (ENERGY, "dL/dh[t]", "2*h[t] + w*(1 - h[t+1]^2)*dL/dh[t+1]", ["dL/dh[0]"]),
        (
            ENERGY,
            "dh[t]/dw",
            "sum(k, 1, t, h[k-1]*(1 - h[k]^2)*prod(i, k+1, t, dh[i]/dh[i-1]))",
            [],
        ),
        (ENERGY, "dL/dh[t]", "2*[t > 0]*h[t] + w*(1 - h[t+1]^2)*dL/dh[t+1]", []),
        (
            TWO_BACK,
            "dL/ds[t]",
            "h[t] + a*dL/ds[t+1] + f'(a'[t+2])*dL/dh[t+2]",
            ["dL/ds[1]"],
        ),
    ],
)
def test_a_recursion_is_judged_where_the_equations_make_its_quantity(
    file: Any, text: str, name: str, formula: str, silent: list[str]
) -> None:
    found = judged(file(text), name, formula)
    assert (found["verdict"], found["silent_at"]) == ("right", silent)


def test_what_only_the_given_state_could_tell_is_said_to_be_left_out() -> None:
    formula = "2*u*(u*h[t] - y[t]) + w*dL/da[t+1]"
    status, out = call("there-and-back", "dL/dh[t]", formula)
    assert status == 0
    assert "Of ∂L/∂h_0 it does not speak: that is given" in " ".join(out.split())


@pytest.mark.parametrize("formula", ["h[t] + w*dL/da[t+1]", "2*h[t] + w*dL/da[t]", "2*h[t]"])
def test_wrong_where_it_is_made_stays_wrong(file: Any, formula: str) -> None:
    found = judged(file(ENERGY), "dL/dh[t]", formula)
    assert found["verdict"] == "wrong"
    assert found["counterexample"]["name"] != "dL/dh[0]"


def test_a_definite_step_is_judged_though_its_state_is_given(file: Any) -> None:
    right, wrong = "w*(1 - h[1]^2)*dL/dh[1]", "2*h[0] + w*(1 - h[1]^2)*dL/dh[1]"
    assert judged(file(ENERGY), "dL/dh[0]", right)["verdict"] == "right"
    assert judged(file(ENERGY), "dL/dh[0]", wrong)["verdict"] == "wrong"


@pytest.mark.parametrize(
    ("text", "name", "formula"),
    [
        (CLASSES % "[1, 0]", "dL/do", "p - d"),
        (CLASSES % "[1/4, 3/4]", "dL/do", "p - d"),
        (CLASSES.replace("{shape: [2, 1]}", "").replace("U*x", "[U*x; x]") % "[0, 1]", "dL/do",
         "p - d"),
        (BATCH, "dL/dU", "sum[t](H[t].T @ (P[t] - D[t]))/2"),
    ],
)  # fmt: skip
def test_given_data_stay_where_parameters_are_letters(
    file: Any, text: str, name: str, formula: str
) -> None:
    found = judged(file(text), name, formula)
    assert (found["verdict"], found["holds"]) == ("right", "given-data")
    assert found["differs_for"] == ["D[t]" if name == "dL/dU" else "d"]


def test_a_counterexample_keeps_the_data_of_the_file(file: Any) -> None:
    found = judged(file(BATCH), "dL/dU", "sum[t](H[t].T @ (P[t] - D[t]))")
    given = found["counterexample"]["given"]
    assert given["D[1]"] == [["1", "0"], ["0", "1"]]
    assert given["H[0]"] == [["0", "0"], ["0", "0"]]
    assert found["differs_for"] == []


def test_a_counterexample_with_many_numbers_is_written_out(file: Any) -> None:
    _, out = call(file(BATCH), "dL/dU", "sum[t](H[t].T @ (P[t] - D[t]))")
    point = out.partition("Counterexample")[2]
    assert all(f"{name} =" in point for name in "VWU") and "D_1 =" not in point
    assert "All else is as in the problem." in point


def test_whoever_names_data_means_them_all_and_is_told_which(file: Any) -> None:
    found = judged(file(CLASSES % "[1, 3]"), "dL/do", "4*p - d^2 + [d > 1]*6")
    assert (found["verdict"], found["differs_for"]) == ("wrong", ["d"])


def test_what_has_no_value_is_not_said_to_agree(file: Any) -> None:
    path = file(ENERGY)
    found = judged(path, "dL/dw", "exp(exp(exp(exp(1000))))")
    assert (found["verdict"], found["holds"]) == ("undecided", None)
    assert "no point was found" in call(path, "dL/dw", "exp(exp(exp(exp(1000))))")[1]


LONG = """
equations: |
  h[t] = %s(w*h[t-1] + v*x[t])
  L = (h[T] - y)^2
steps: 1..%d
parameters: {w: 0.5, v: 1}
initial: {"h[0]": 0.5}
data: {"x[1..%d]": %s, y: 1}
"""


def long(function: str, steps: int) -> str:
    return LONG % (function, steps, steps, [t % 3 for t in range(steps)])


LSTM = """
cell: lstm
sizes: {x: 1, h: 1}
equations: |
  L[t] = (h[t]-y[t])^2
  L = sum[t](L[t])
steps: 1..2
initial: {"h[0]": 0, "c[0]": 0}
data: {"x[1..2]": [1, -1], "y[1..2]": [0, 1]}
"""

SHARED = """
equations: |
  z[t] = sigmoid(w*x[t] + w*h[t-1])
  r[t] = sigmoid(w*x[t] - a*h[t-1])
  g[t] = tanh(w*r[t]*h[t-1] + v*x[t]*w)
  h[t] = (1-z[t])*h[t-1] + z[t]*g[t]
  L = (h[T]-y)^2
steps: 1..4
parameters: {w: 0.3, a: 0.2, v: -1}
initial: {"h[0]": 0}
data: {"x[1..4]": [1, 0, -1, 2], y: 1}
"""

POWERS = """
equations: |
  h[t] = sqrt(1 + (w*h[t-1])^2) - 2^(-w)
  L = h[T]^2/(1 + h[1])
steps: 1..3
parameters: {w: }
initial: {"h[0]": 1}
"""

BY_STEPS = [
    (LSTM, "dL/dW_o", "sum[t](dL/dh[t]*h[t]*(1-o[t])*x[t])",
     "sum[t](dL/dh[t]*h[t]*(1-h[t])*x[t])"),
    (LSTM, "dL/dc[t]", "dL/dh[t]*(o[t] - h[t]^2/o[t]) + dL/dc[t+1]*f[t+1]",
     "dL/dh[t]*(o[t] - h[t]^2/o[t]) + dL/dc[t+1]*f[t]"),
    (long("tanh", 30), "dL/dw", "sum[t](dL/dh[t]*(1-h[t]^2)*h[t-1])",
     "sum[t](dL/dh[t]*(1-h[t]^2)*h[t])"),
    (long("tanh", 20), "dL/dw", "sum[t](dL/dh[t]*(1-tanh(w*h[t-1]+v*x[t])^2)*h[t-1])",
     "sum[t](dL/dh[t]*(1-tanh(w*h[t-1]+x[t])^2)*h[t-1])"),
    (long("sigmoid", 50), "dL/dh[t]", "w*h[t+1]*(1-h[t+1])*dL/dh[t+1]",
     "w*h[t+1]*(1-h[t])*dL/dh[t+1]"),
    (SHARED, "dL/dw",
     "sum[t](dL/dh[t]*((g[t]-h[t-1])*z[t]*(1-z[t])*(x[t]+h[t-1])"
     " + z[t]*(1-g[t]^2)*(r[t]*h[t-1]+v*x[t] + w*h[t-1]*r[t]*(1-r[t])*x[t])))",
     "sum[t](dL/dh[t]*((g[t]-h[t-1])*z[t]*(1-z[t])*(x[t]+h[t-1])"
     " + z[t]*(1-g[t]^2)*(r[t]*h[t-1]+v*x[t] + w*h[t-1]*r[t]*x[t])))"),
    (POWERS, "dL/dw", "sum[t](dL/dh[t]*(w*h[t-1]^2/sqrt(1+w^2*h[t-1]^2) + log(2)*2^(1-w)/2))",
     "sum[t](dL/dh[t]*(w*h[t-1]^2/sqrt(1+w^2*h[t-1]^2) + log(2)*2^(1-w)))"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "name", "right", "wrong"), BY_STEPS)
def test_what_each_step_proves_alone_is_decided(
    file: Any, text: str, name: str, right: str, wrong: str
) -> None:
    path = file(text)
    assert judged(path, name, right)["verdict"] == "right"
    assert judged(path, name, wrong)["verdict"] == "wrong"


@pytest.mark.parametrize("formula", ["2*w + w^99999999999", "2*w + 2^(10^9)"])
def test_a_power_beyond_all_bounds_is_refused_at_its_place(file: Any, formula: str) -> None:
    status, out = call(file(ENERGY), "dL/dw", formula)
    assert status == 2
    assert "FORMULA:1:" in out and "is too large" in out


SOFT = """
equations: |
  h[t] = tanh(W @ h[t-1] + V @ x[t])
  o[t] = U @ h[t]
  p[t] = softmax(o[t])
  L[t] = -sum(d[t]*log(p[t]))
  L = mean[t](L[t])
steps: 1..3
parameters: {W: [[0.5, 0.25], [-0.5, 1]], V: [[1], [0.5]], U: [[1, 0.5], [0, 1], [1, 1]]}
initial: {"h[0]": [0, 0]}
data: {"x[1..3]": [1, 2, 0], "d[1..3]": [[1, 0, 0], [0, 1, 0], [0, 0, 1]]}
"""

RESET = """
equations: |
  r[t] = sigmoid(u_r*h[t-1] + x[t])
  h[t] = tanh(u*r[t]*h[t-1])
  L = h[T]^2
steps: 1..3
parameters: {u: 0.5, u_r: 1}
initial: {"h[0]": 0.5}
data: {"x[1..3]": [1, 2, 0]}
"""


@pytest.mark.parametrize(
    ("text", "name", "formula", "said"),
    [
        (SOFT, "dL/dh[t]", "U.T @ (p[t]-d[t])/3", "The part through h[t-1] is missing."),
        (SOFT, "dL/dh[t]", "W.T @ dL/da[t+1] - U.T @ (p[t]-d[t])/3",
         "The summand -(U.T @ (p[t] - d[t])/3) is -1 times what it should be;"
         " the others are right."),
        (SOFT, "dL/dh[t]", "U.T @ (p[t]-d[t]) + W.T @ dL/da[t+1]",
         "The summand U.T @ (p[t] - d[t]) is 3 times what it should be; the others are right."),
        (RESET, "dh[2]/dh[1]", "(1-h[2]^2)*u*r[2]", "The part through a_r[2] is missing."),
        (RESET, "dL/dh[1]", "dL/da_h[2]*u*r[2]", "The part through a_r[2] is missing."),
        (RESET, "dL/dh[t]", "dL/da_h[t+1]*u*r[t+1]", "The part through a_r[t+1] is missing."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_as_it_is_asked(
    file: Any, text: str, name: str, formula: str, said: str
) -> None:
    found = judged(file(text), name, formula)
    assert found["verdict"] == "wrong"
    assert found["reason"]["message"] == said


def test_a_wrong_summand_is_not_called_missing() -> None:
    found = judged("way-back", "dL/dh[t]", "u*dL/dyhat[t] + 2*v*y[t]")
    (also,) = found["also"]
    assert (also["id"], also["message"]) == (
        "missing-through", "In its place belongs the part through h[t-1]."
    )  # fmt: skip
    found = judged("way-back", "dL/dh[t]", "3*u*dL/dyhat[t]/2 + w*dL/da[t+1]")
    assert (found["reason"]["id"], found["also"]) == ("wrong-factor", [])


@pytest.mark.parametrize(
    "problem", [ENERGY, TWO_BACK, LSTM, SOFT, RESET, BATCH, "there-and-back", "slide-lstm"]
)
def test_what_derive_prints_is_right(file: Any, problem: str) -> None:
    name = file(problem) if "\n" in problem else problem
    made = CliRunner().invoke(main, ["derive", name, "--format", "json"], env={"LANG": "C"})
    claims = json.loads(made.stdout)["check"]["claims"]
    told: dict[str, str] = {}
    for one in claims:
        if one["part"] in ("back", "gradient") and len(set(one["steps"] or "ab")) > 1:
            told.setdefault(one["name"], one["forms"][0])  # given states come last
    assert told
    for derivative, formula in told.items():
        assert judged(name, derivative, formula)["verdict"] == "right", (derivative, formula)


def test_a_division_by_zero_at_the_data_of_the_file(file: Any) -> None:
    found = judged(file(CLASSES % "[1, 0]"), "dL/do", "(p - d)*(sum(d) - 1)/(sum(d) - 1)")
    assert (found["verdict"], found["counterexample"]["value"]) == ("wrong", None)
    assert found["counterexample"]["given"]["d"] == ["1", "0"]


TWO_LAGS = """
equations: |
  h[t] = tanh(w1*h[t-1] + w2*h[t-2] + v*x[t])
  L = sum[t]((h[t] - y[t])^2)
steps: 1..4
parameters: {w1: 0.4, w2: -0.3, v: 0.7}
initial: {"h[0]": 0.2, "h[-1]": -0.1}
data: {"x[1..4]": [1, -1, 0.5, 2], "y[1..4]": [0, 1, 0.5, -1]}
"""
OWN = "2*(h[t]-y[t])"
NEAR = "w1*(1-h[t+1]^2)*dL/dh[t+1]"
FAR = "w2*(1-h[t+2]^2)*dL/dh[t+2]"


@pytest.mark.parametrize(
    ("problem", "name", "formula", "said"),
    [
        (TWO_LAGS, "dL/dh[t]", f"{OWN} + w1*(1-h[t]^2)*dL/dh[t+1] + {FAR}",
         "In w1*(1 - h[t]^2)*dL/dh[t+1], h[t] stands where h[t+1] belongs."),
        (TWO_LAGS, "dL/dh[t]", f"{OWN} + {NEAR} + w1*(1-h[t+2]^2)*dL/dh[t+2]",
         "In w1*(1 - h[t+2]^2)*dL/dh[t+2], w1 stands where w2 belongs."),
        (TWO_LAGS, "dL/dh[t]", f"{OWN} + {NEAR} + {FAR} + v*x[t]",
         "The summand v*x[t] is too many."),
        (TWO_LAGS, "dL/dh[t]", f"{OWN} + w1*dL/dh[t+1] + {FAR}",
         "The slope of the activation in h[t+1] is missing."),
        (LSTM, "dL/dc[t]", "dL/dh[t]*o[t]*(1-tanh(c[t])^2) + f[t]*dL/dc[t+1]",
         "f[t] stands where f[t+1] belongs."),
        ("slide-rnn-last", "dL/dh[1]", "W_hh @ (dL/dh[2]*(1-h[2]^2))",
         "W_hh stands where W_hh.T belongs."),
        ("slide-rnn-last", "dL/dW_hh", "sum[t](dL/dh[t]*(1-h[t]^2) @ h[t].T)",
         "h[t].T stands where h[t-1].T belongs."),
        ("slide-rnn-last", "dL/dW_hh", "sum[t](h[t-1] @ dL/da[t].T)",
         "h[t-1] @ dL/da[t].T stands where dL/da[t] @ h[t-1].T belongs."),
        ("way-back", "dL/dh[t]", "u*dL/dyhat[t] + w*dL/da[t]",
         "dL/da[t] stands where dL/da[t+1] belongs."),
        ("way-back", "dL/dh[t]", "u*dL/dyhat[t] + w*[a[t] > 0]*dL/dh[t+1]",
         "The slope of the activation is taken at the wrong step, that of h[t]."),
        ("way-back", "dL/dh[t]", "u*dL/dyhat[t] + w*dL/da[t+1] + w*dL/da[t+2]",
         "The summand w*dL/da[t+2] is too many."),
        (RESET, "dh[t]/dh[t-1]", "(1-h[t]^2)*u*r[t]", "The part through a_r[t] is missing."),
    ],
)  # fmt: skip
def test_what_stands_in_a_wrong_place_is_named(
    file: Any, problem: str, name: str, formula: str, said: str
) -> None:
    found = judged(file(problem) if "\n" in problem else problem, name, formula)
    assert found["verdict"] == "wrong"
    assert found["reason"] is not None, found
    assert found["reason"]["message"] == said


UNROLLED = "2*(yhat[t]-y[t])*u*Σ(k, 1, t, w^(t-k)*Π(i, k, t, [a[i] > 0])*y[k-1])"


@pytest.mark.parametrize(
    ("formula", "verdict"),
    [
        (f"sum[t]({UNROLLED})", "right"),
        (f"3*mean[t]({UNROLLED})", "right"),
        (f"mean[t]({UNROLLED})", "wrong"),
        (f"sum[t]({UNROLLED.replace('t-k', 't-k+1')})", "wrong"),
    ],
)
def test_a_sum_may_end_at_the_step_of_a_sum_around_it(formula: str, verdict: str) -> None:
    """The unrolled form as textbooks have it."""
    assert judged("way-back", "dL/dv", formula)["verdict"] == verdict


@pytest.mark.parametrize("formula", ["7", "0", "h[t]"])
def test_a_derivative_that_is_at_no_step_is_not_judged(formula: str) -> None:
    made = CliRunner().invoke(
        main, ["check-formula", "way-back", "dh[t]/dh[t-5]", formula], env={"LANG": "C"}
    )
    assert made.exit_code == 2
    assert made.stderr.startswith("NAME: dh[t]/dh[t-5] is at no step")


def test_a_name_at_fault_is_called_the_name() -> None:
    made = CliRunner().invoke(main, ["check-formula", "way-back", "dL/dzz", "0"], env={"LANG": "C"})
    assert made.exit_code == 2
    assert made.stderr.startswith("NAME: dL/dzz is not the name of a derivative here")


def test_a_counterexample_tells_what_stood_for_open_functions(tmp_path: Path) -> None:
    """Whoever reads it can work both numbers out again."""
    text = """
equations: |
  h[t] = f(w*h[t-1] + x[t])
  L = h[T]^2
functions: {f: }
steps: 1..2
parameters: {w: }
initial: {"h[0]": }
data: {"x[1..2]": }
"""
    file = tmp_path / "open.yaml"
    file.write_text(f"title: open\n{text}", "utf-8")
    found = judged(str(file), "dL/dw", "2*h[2]*f'(a[2])*h[1]")["counterexample"]
    given = {k: Fraction(v) for k, v in found["given"].items()}
    assert list(found["functions"]) == ["f"]

    def f(x: Fraction) -> Fraction:
        a, b = (Fraction(part.partition("*")[0]) for part in found["functions"]["f"].split(" + "))
        return a * x + b * x * x

    def loss(w: Fraction) -> Fraction:
        h = given["h[0]"]
        for t in (1, 2):
            h = f(w * h + given[f"x[{t}]"])
        return h * h

    w, e = given["w"], Fraction(1, 10**6)
    slope = (8 * (loss(w + e) - loss(w - e)) - loss(w + 2 * e) + loss(w - 2 * e)) / (12 * e)
    assert abs(slope - Fraction(found["expected"])) < Fraction(1, 10**9)
