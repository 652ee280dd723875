"""`check-formula`: right, wrong with a counterexample and the reason, or not decided."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from rnnhand.arithmetic import normal
from rnnhand.cli import main
from tests.budget import every

ROOT = Path(__file__).parents[1]
SCHEMA = json.loads((ROOT / "docs" / "check-formula.schema.json").read_text("utf-8"))


def call(*args: str) -> Result:
    return CliRunner().invoke(main, list(args), env={"LANG": "C", "COLUMNS": "100"})


def judged(problem: str, name: str, formula: str) -> dict[str, Any]:
    result = call("check-formula", problem, name, formula, "--format", "json")
    assert result.exit_code in (0, 1), result.output
    found: dict[str, Any] = json.loads(result.stdout)
    Draft202012Validator(SCHEMA).validate(found)
    assert result.exit_code == (0 if found["verdict"] == "right" else 1)
    return found


@pytest.mark.parametrize(
    ("problem", "name", "formula"),
    every(3, [
        ("there-and-back-ones", "dL/dv", "sum[t](dL/da[t]*y[t-1])"),
        ("there-and-back-ones", "dL/du", "sum[t](2*(yhat[t] - y[t])*h[t])"),
        ("there-and-back-ones", "dL/du", "2*u*h[1]^2 - 2*h[1]*y[1] + 2*h[2]*(u*h[2] - y[2])"
         " + h[3]*(yhat[3] - y[3])/0.5"),
        ("there-and-back", "dL/dh[t]", "2*u*(yhat[t] - y[t]) + w*dL/dh[t+1]*[h[t+1] > 0]"),
        ("there-and-back-ones", "dL/dv", "sum[t](∂L[t]/∂yhat[t] * ∂yhat[t]/∂v)"),
        ("quiz-chain", "dh[3]/dw", "(1 - tanh(a[3])^2)*(h[2] + w*dh[2]/dw)"),
        ("quiz-chain", "dh[2]/dh[1]", "w*4/(exp(a[2]) + exp(-a[2]))^2"),
        ("slide-rnn-last", "dL/dW_hh", "sum[t](((1 - tanh(a[t])^2)*dL/dh[t]) @ h[t-1].T)"),
        ("slide-rnn-last", "dL/dh[3]", "W_hy.T @ (P - one_hot(c, 3))"),
        ("slide-lstm", "dL[2]/dc[1]", "f[2]*dL[2]/dc[2] + o[1]*(1 - tanh(c[1])^2)*dL[2]/dh[1]"),
    ]),
)  # fmt: skip
def test_a_right_formula_is_proved(problem: str, name: str, formula: str) -> None:
    found = judged(problem, name, formula)
    assert found["verdict"] == "right", found


@pytest.mark.parametrize(
    ("formula", "verdict"),
    [
        ("sum[t](2*w)", "right"), ("mean[t](6*w)", "right"), ("sum[t](t*w)", "right"),
        ("sum[t](w)", "wrong"), ("mean[t](2*w)", "wrong"),
    ],
)  # fmt: skip
def test_a_sum_adds_the_same_number_for_every_step(
    tmp_path: Path, formula: str, verdict: str
) -> None:
    file = tmp_path / "problem.yaml"
    file.write_text(
        "equations: |\n  h[t] = tanh(v*h[t-1])\n  L = sum[t](h[t] + w^2)\nsteps: 1..3\n"
        "parameters: {w: 3, v: 1}\ninitial: {'h[0]': 1}\n",
        "utf-8",
    )
    assert judged(str(file), "dL/dw", formula)["verdict"] == verdict


def test_the_book_s_trap_is_named_with_both_numbers() -> None:
    formula = "sum[t](2*(yhat[t] - y[t])*u*[a[t] > 0]*y[t-1])"
    found = judged("there-and-back-ones", "dL/dv", formula)
    assert found["verdict"] == "wrong"
    assert found["reason"]["id"] == "missing-through"
    assert found["reason"]["message"] == "The part through h[t-1] is missing."
    assert found["counterexample"]["value"] == "-31/16"
    assert found["counterexample"]["expected"] == "-171/64"
    assert found["counterexample"]["at_the_problem"]


@pytest.mark.parametrize(
    ("problem", "name", "formula", "reason", "at"),
    every(
        4,
        [
            ("there-and-back", "dL/dh[t]", "u*dL/dyhat[t]", "missing-through", "h[t-1]"),
            ("there-and-back", "dL/dh[t]", "w*dL/da[t+1]", "missing-through", "yhat[t]"),
            (
                "there-and-back",
                "dL/dh[t]",
                "u*dL/dyhat[t] + w*dL/dh[t+1]",
                "missing-slope",
                "h[t+1]",
            ),
            (
                "there-and-back",
                "dL/dh[t]",
                "u*dL/dyhat[t] + 2*w*dL/da[t+1]",
                "twice-through",
                "h[t-1]",
            ),
            ("there-and-back-ones", "dL/dv", "sum[t](dL/dh[t]*y[t-1])", "missing-slope", "h[t]"),
            ("there-and-back-ones", "dL/dv", "dL/da[1]*y[0] + dL/da[2]*y[1]", "missing-step", "3"),
            ("slide-rnn-last", "dL/dW_hh", "dL/da[T] @ h[T-1].T", "missing-through", "h[t-1]"),
            ("quiz-chain", "dh[3]/dw", "h[2]*(1 - h[3]^2)", "missing-through", "h[t-1]"),
        ],
    ),
)
def test_what_is_missing_or_too_many_is_named(
    problem: str, name: str, formula: str, reason: str, at: str
) -> None:
    found = judged(problem, name, formula)
    assert found["verdict"] == "wrong"
    assert found["reason"] is not None, found
    assert (found["reason"]["id"], found["reason"]["at"]) == (reason, at)


@pytest.mark.parametrize(
    ("factor", "written"), every(3, [("2", "2*"), ("-1", "-"), ("1/2", "0.5*")])
)
def test_a_constant_factor_is_named(factor: str, written: str) -> None:
    found = judged("there-and-back-ones", "dL/du", f"{written}sum[t](dL/dyhat[t]*h[t])")
    assert (found["verdict"], found["factor"]) == ("wrong", factor)


def test_a_formula_that_fits_only_the_given_numbers_is_wrong() -> None:
    found = judged("there-and-back-ones", "dL/du", "-171/64")
    assert found["verdict"] == "wrong"
    page = call("check-formula", "there-and-back-ones", "dL/du", "-171/64").output
    assert "With the numbers of the problem both give the same, but not in general." in page


def test_a_formula_may_use_the_given_data() -> None:
    found = judged("there-and-back", "dL/du", "2*(u*h[1] - 1)*h[1] + 2*(yhat[2] + 1)*h[2]"
                   " + 2*(yhat[3] - 2)*h[3]")  # fmt: skip
    assert (found["verdict"], found["holds"]) == ("right", "given-data")


ONE_HOT = """
equations: |
  h[t] = tanh(W @ h[t-1] + V @ x[t])
  p[t] = softmax(U @ h[t])
  L[t] = LOSS
  L = sum[t](L[t])
steps: 1..2
parameters: {W: [[0.5, 0.1], [-0.3, 0.2]], V: [0.3, 1], U: [[1, 0], [0.5, -1], [0.2, 0.3]]}
initial: {"h[0]": [0, 0.1]}
data: {"x[1..2]": [0.5, 1], "y[1..2]": Y}
"""


@pytest.mark.parametrize("loss", ["-sum(y[t]*log(p[t]))", "-log(sum(p[t]*y[t]))"])
def test_p_minus_y_is_right_for_targets_that_tell_a_class(tmp_path: Path, loss: str) -> None:
    file = tmp_path / "p.yaml"
    formula = "sum[t]((p[t] - y[t]) @ h[t].T)"
    file.write_text(ONE_HOT.replace("LOSS", loss).replace("Y}", "[[0, 1, 0], [1, 0, 0]]}"))
    found = judged(str(file), "dL/dU", formula)
    assert (found["verdict"], found["holds"]) == ("right", "given-data")
    assert (found["differs_for"], found["counterexample"]) == (["y[t]"], None)
    assert judged(str(file), "dL/dU", formula.replace("y[t]", "y[T]"))["verdict"] == "wrong"
    file.write_text(ONE_HOT.replace("LOSS", loss).replace("Y}", "[[0, 1, 0], [1, 0, 0.5]]}"))
    assert judged(str(file), "dL/dU", formula)["verdict"] == "wrong"


@pytest.mark.parametrize(
    ("problem", "name", "formula", "at"),
    [
        ("quiz-chain", "dh[3]/dh[1]", "w^2*(1 - h[2]^2)*(1 - h[1]^2)", "h[t-1]"),
        ("slide-rnn-last", "dh[3]/dh[2]", "diag(1 - h[2]^2) @ W_hh", "h[2]"),
        ("quiz-chain", "dh[2]/dw", "(1 - h[1]^2)*(h[1] + w*(1 - h[0]^2)*h[0])", "h[t-1]"),
        ("quiz-chain", "dh[2]/dw", "(1 - h[2]^2)*(h[1] + w*(1 - h[2]^2)*h[0])", "h[2]"),
        ("slide-lstm", "dL/da_f[t]", "dL/dc[t]*c[t-1]*f[t-1]*(1 - f[t-1])", "f[t-1]"),
        ("slide-rnn-every", "dL/dh[t]",
         "W_hy.T @ dL/dy[t] + W_hh.T @ (dL/dh[t+1]*(1 - h[t]^2))", "h[t]"),
    ],
)  # fmt: skip
def test_a_slope_at_another_step_is_named(problem: str, name: str, formula: str, at: str) -> None:
    found = judged(problem, name, formula)
    assert found["verdict"] == "wrong"
    assert found["reason"] is not None, found
    assert (found["reason"]["id"], found["reason"]["at"]) == ("slope-elsewhere", at)


def test_a_recursion_says_nothing_of_its_beginning() -> None:
    """∂y_n/∂h_t from ∂y_n/∂h_{t+1}, as the slides have it: right, but for t = n, and with the slope
    at t wrong."""
    formula = "dy[3]/dh[t+1] @ diag(1 - h[t+1]^2) @ W_hh"
    found = judged("slide-rnn-last", "dy[3]/dh[t]", formula)
    assert (found["verdict"], found["silent_at"]) == ("right", ["dy[3]/dh[3]"])
    slipped = judged("slide-rnn-last", "dy[3]/dh[t]", formula.replace("h[t+1]^2", "h[t]^2"))
    assert (slipped["verdict"], slipped["reason"]["id"]) == ("wrong", "slope-elsewhere")
    assert judged("there-and-back", "dL/dh[t]", "w*dL/da[t+1]")["verdict"] == "wrong"


@pytest.mark.parametrize(
    ("name", "formula", "at"),
    [
        ("dc[t]/dc[t-1]", "f[t]", "h[t-1]"),
        ("dh[2]/dc[1]", "o[2]*(1 - tanh(c[2])^2)*f[2]", "h[1]"),
    ],
)
def test_what_one_step_alone_does_is_told_as_such(name: str, formula: str, at: str) -> None:
    found = judged("slide-lstm", name, formula)
    assert found["verdict"] == "wrong"
    assert (found["reason"]["id"], found["reason"]["at"]) == ("held", at)
    other = judged("slide-lstm", name, formula.replace("f[", "i["))
    assert other["reason"] is None or other["reason"]["id"] != "held"


def test_a_sum_over_all_steps_is_no_hindrance_to_a_proof(tmp_path: Path) -> None:
    """The weights of an attention, e_t/Σ e: states are letters, all between them is worked out."""
    file = tmp_path / "attention.yaml"
    file.write_text("""
equations: |
  h[t] = tanh(w*h[t-1] + x[t])
  e[t] = exp(q*h[t])
  Z = sum[t](e[t])
  m = sum[t](e[t]/Z*h[t])
  L = (m - y)^2
steps: 1..2
parameters: {w: 1/2, q: 2}
initial: {"h[0]": 0}
data: {"x[1..2]": [1, -1], y: 1}
""")
    found = judged(str(file), "dL/dq", "2*(m - y)*(sum[t](e[t]/Z*h[t]^2) - m^2)")
    assert (found["verdict"], found["holds"]) == ("right", "always")


@pytest.mark.slow
def test_a_missing_transpose_is_told_by_the_shapes() -> None:
    found = judged("there-and-back-matrices", "dL/dV", "sum[t](y[t-1] @ dL/da[t].T)")
    assert found["verdict"] == "wrong"
    if found["shapes"] is not None:
        assert found["shapes"]["given"] == found["shapes"]["expected"][::-1]


@pytest.mark.parametrize(
    ("name", "formula", "said"),
    [
        ("dL/dv", "sum[t](dL/da[t]*z[t-1])", "FORMULA:1:17"),
        ("dL/dv", "dL/da[t]*y[t-1]", "runs with t"),
        ("dL/dv", "dL/da[3]*(y[2]", "never closed"),
        ("dL/dv", "frob(y[2])", "frob"),
        ("dL/dv", "[1, 2] @ [1, 2]", "1×2"),
        ("L", "1", "not the name of a derivative"),
        ("dL/dnothing", "1", "not the name of a derivative"),
        ("dh[9]/dw", "1", "h[9]"),
        ("dL/dw", "", "formula"),
    ],
)
def test_bad_input_gets_a_message_and_no_traceback(name: str, formula: str, said: str) -> None:
    result = call("check-formula", "there-and-back", name, formula)
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    assert said in result.output


def test_normal_forms_prove_identities_and_nothing_else() -> None:
    space = normal.Space()
    x, y, one = space.letter("x"), space.letter("y"), space.constant(Fraction(1))
    two = one + one
    e = normal.exp(x)
    tanh = (e - normal.inverse(e)) * normal.inverse(e + normal.inverse(e))
    assert normal.same(tanh, one - two * normal.inverse(normal.exp(two * x) + one))
    assert not normal.same(tanh, x)
    assert normal.same(normal.exp(x + y), normal.exp(x) * normal.exp(y))
    root = normal.sqrt(x + y)
    assert normal.same(root * root, x + y)
    assert normal.same((x + y) * normal.inverse(root), root)
    relu = normal.larger(x, space.constant(Fraction(0)))
    assert normal.same(normal.positive(relu), normal.positive(x))
    assert normal.same(normal.positive(two * x), normal.positive(x))
    assert not normal.same(normal.positive(x), normal.positive(y))
    assert normal.same(normal.positive(x - y) * normal.positive(y - x), one - one)


NETWORK = """equations: |
  h[t] = tanh(W @ h[t-1] + V*x[t])
  L = sum[t](sum(h[t]^2))
steps: 1..3
parameters: {W: [[0.1, 0.2], [0.3, -0.4]], V: [1, 0.5]}
initial: {"h[0]": [0.1, 0.3]}
data: {"x[1..3]": [1, 0, -1]}
"""


@pytest.mark.parametrize(
    ("name", "formula", "verdict"),
    [
        ("dh[2](1)/dW(1,2)", "(1 - h[2](1)^2)*(h[1](2) + W(1,1)*(1 - h[1](1)^2)*h[0](2))", "right"),
        ("dh[2](1)/dW(1,2)", "(1 - h[2](1)^2)*h[1](2)", "wrong"),
        ("dh[2]/dh[1]", "diag(1 - h[2]^2) @ W", "right"),
        ("dh[2]/dh[1]", "W", "wrong"),
        ("dh[3]/dh[1](2)", "diag(1 - h[3]^2) @ W @ dh[2]/dh[1](2)", "right"),
        ("dL/dW(1,2)", "sum[t](dL/da[t](1)*h[t-1](2))", "right"),
        ("dL/dW", "sum[t](((1 - h[t]^2)*(2*h[t] + W.T @ dL/da[t+1])) @ h[t-1].T)", "right"),
    ],
)
def test_entries_and_vectors_are_differentiated_too(
    name: str, formula: str, verdict: str, tmp_path: Path
) -> None:
    file = tmp_path / "network.yaml"
    file.write_text(NETWORK, "utf-8")
    found = judged(str(file), name, formula)
    assert found["verdict"] == verdict
    assert found["name"] == name


@pytest.mark.parametrize(
    ("name", "said"),
    [("dh[2]/dW", "name one entry"), ("dh[2](3)/dV", "2×1"), ("dL/dW(3,1)", "2×2")],
)
def test_what_no_matrix_holds_is_refused(name: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "network.yaml"
    file.write_text(NETWORK, "utf-8")
    result = call("check-formula", str(file), name, "W")
    assert result.exit_code == 2
    assert said in result.output


def test_the_slip_is_named_in_a_matrix_of_derivatives(tmp_path: Path) -> None:
    file = tmp_path / "network.yaml"
    file.write_text(NETWORK, "utf-8")
    assert judged(str(file), "dh[2]/dh[1]", "W")["reason"]["id"] == "missing-slope"


def test_a_point_where_the_data_hide_a_mistake_is_found() -> None:
    formula = "sum[t](2*(yhat[t] - y[t])*u*[a[t] > 0]*y[t-1])"
    found = judged("there-and-back", "dL/dv", formula)
    assert found["verdict"] == "wrong"
    assert found["reason"]["id"] == "missing-through"
    assert not found["counterexample"]["at_the_problem"]


@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("dL/dŷ[2]", "2*(ŷ[2] - y[2])"),
        ("∂L/∂ŷ₂", "2*(ŷ₂ - y₂)"),
        ("dL/dy_hat_2", "2*(y\u0302_2 - y_2)"),
        ("dL/dh_{2}", "2*(ŷ_{2} - y_{2})*u"),
        ("∂L/∂h_t", "2*(ŷ_t − y_t)·u + w·[a_{t+1} > 0]·∂L/∂h_{t+1}"),
        ("dL/dh1", "2*(ŷ1 - y1)*u + w*dL/dа2"),  # the last a is Cyrillic
    ],
)
def test_names_are_understood_in_the_spellings_of_answer_sheets(name: str, formula: str) -> None:
    assert judged("one-recurrent-neuron", name, formula)["verdict"] == "right"
    canonical = formula.replace("ŷ", "yhat")
    assert judged("one-recurrent-neuron", name, canonical)["verdict"] == "right"


def test_yhat_is_the_problem_s_ŷ(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text("equations: |\n  ŷ[t] = w*x[t]\n  L = sum[t](ŷ[t]^2)\nsteps: 1..2\n"
                   'parameters: {w: 2}\ndata: {"x[1..2]": [1, 3]}\n', "utf-8")  # fmt: skip
    assert judged(str(own), "dL/dyhat[2]", "2*y_hat[2]")["verdict"] == "right"


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("2*yhet[2]", "did you mean yhat?"),
        ("2*w_2", "w_2 is nothing that this problem knows"),
        ("h_7", "h[7] is asked for, but the steps with a value are 0..2"),
    ],
)
def test_another_spelling_counts_only_where_a_name_can_be_meant(formula: str, said: str) -> None:
    refused = call("check-formula", "one-recurrent-neuron", "dL/du", formula)
    assert refused.exit_code == 2 and said in refused.stderr


@pytest.mark.parametrize(
    "args",
    [
        ("check-formula", "slide-rnn-last", "dL/dc", "0"),
        ("check-formula", "slide-rnn-last", "dL/db_y", "P + dL/dc"),
        ("solve", "slide-rnn-last", "--only", "dL/dc"),
        ("solve", "slide-rnn-last", "--wrt", "c"),
    ],
)
def test_there_is_no_derivative_by_the_number_of_a_class(args: tuple[str, ...]) -> None:
    refused = call(*args)
    assert refused.exit_code == 2 and not refused.stdout
    assert "c tells a class, a whole number in one_hot" in refused.stderr
