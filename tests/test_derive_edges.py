"""Networks at the edge of what `derive` knows: every line holds, and the page says what is so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from judge import judge_of
from test_judged_from_outside import compared

from rnnhand.cli import main


@pytest.fixture
def derived(tmp_path: Path) -> Any:
    """`derive` for the text of a problem."""

    def call(text: str, *options: str) -> Result:
        path = tmp_path / "problem.yaml"
        path.write_text(text, "utf-8")
        return CliRunner().invoke(
            main, ["derive", str(path), *options], env={"LANG": "C", "COLUMNS": "110"}
        )

    return call


def judged(made: Result) -> dict[str, Any]:
    """The data, every line of which an interpreter of its own has found to hold."""
    assert made.exit_code == 0, made.output
    data: dict[str, Any] = json.loads(made.stdout)
    assert all(c["holds"] for c in data["check"]["claims"] if c["checked"])
    assert compared(judge_of(data)) > 0
    return data


LEAKY = """
equations: |
  h[t] = (1 - a)*h[t-1] + a*tanh(w*h[t-1] + v*x[t])
  L[t] = (h[t] - y[t])^2
  L    = sum[t](L[t])
steps: 1..3
parameters: {a: , w: , v: }
initial: {"h[0]": 0}
data: {"x[1..3]": , "y[1..3]": }
"""


@pytest.mark.parametrize("of", ["a'[t]", "a'[2]", "a′[2]"])
def test_what_is_differentiated_may_have_a_primed_name(derived: Any, of: str) -> None:
    data = judged(derived(LEAKY, "--of", of, "--format", "json"))
    assert data["of"].startswith("a'[")


BATCH = """
equations: |
  H[t] = tanh(H[t-1] @ W + X[t] @ V)
  L[t] = -mean(G[t]*log(softmax(H[t] @ U)))
  L    = sum[t](L[t])
steps: 1..2
parameters: {W: {shape: [2, 2]}, V: {shape: [3, 2]}, U: {shape: [2, 3]}}
initial: {"H[0]": {shape: [4, 2]}}
data: {"X[1..2]": {shape: [4, 3]}, "G[1..2]": {shape: [4, 3]}}
"""
PEEPHOLE = """
equations: |
  i[t] = sigmoid(W @ x[t] + U @ h[t-1] + p*c[t-1])
  c[t] = (1 - i[t])*c[t-1] + i[t]*tanh(V @ x[t])
  o[t] = sigmoid(Q @ x[t] + r*c[t])
  h[t] = o[t]*tanh(c[t])
  L[t] = sum((h[t] - y[t])^2)
  L    = sum[t](L[t])
steps: 1..3
parameters: {W: {shape: [2, 2]}, U: {shape: [2, 2]}, V: {shape: [2, 2]}, Q: {shape: [2, 2]},
             p: {shape: [2]}, r: {shape: [2]}}
initial: {"c[0]": {shape: [2]}, "h[0]": {shape: [2]}}
data: {"x[1..3]": {shape: [2]}, "y[1..3]": {shape: [2]}}
"""


@pytest.mark.parametrize("text", [BATCH, PEEPHOLE])
@pytest.mark.parametrize("step", ["1", "2"])
def test_what_is_zero_does_not_stand_in_a_formula(derived: Any, text: str, step: str) -> None:
    data = judged(derived(text, "--unroll", step, "--format", "json"))
    forms = [f for c in data["check"]["claims"] if c["part"] == "step" for f in c["forms"]]
    assert forms and not any("fill(0" in f or "(0/" in f for f in forms)


FED_BACK = """
equations: |
  h[t]    = tanh(w*h[t-1] + v*yhat[t-1])
  yhat[t] = u*h[t]
  L[t]    = (yhat[t] - y[t])^2
  L       = sum[t](L[t])
steps: 1..3
parameters: {w: , v: , u: }
initial: {"h[0]": 0, "yhat[0]": 1}
data: {"y[1..3]": }
"""
FAST = """
equations: |
  A[t] = l*A[t-1] + h[t-1] @ h[t-1].T
  h[t] = tanh(W @ h[t-1] + A[t] @ x[t])
  L    = sum(h[T]^2)
steps: 1..3
parameters: {W: {shape: [2, 2]}, l: }
initial: {"h[0]": {shape: [2]}, "A[0]": {shape: [2, 2]}}
data: {"x[1..3]": {shape: [2]}}
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            FED_BACK,
            ("w, v: needed. Each of these stands in every h_k", "u: needed. It stands in every ŷ"),
        ),
        (FAST, ("W: needed. It stands in every h_k", "l: needed. It stands in every A_k")),
    ],
)
def test_a_parameter_stands_in_the_state_that_it_makes(
    derived: Any, text: str, said: tuple[str, ...]
) -> None:
    """u stands in ŷ_k and not in h_1: the state by which it comes back is that of its equation."""
    page = derived(text).output
    assert all(s in page for s in said)


READ_LAST = """
equations: |
  h[t] = tanh(w*h[t-1] + v*x[t])
  d[k] = tanh(a*d[k-1] + b*h[T] + v)
  E[k] = (c*d[k] - y[k])^2
  L    = sum[k](E[k])
steps: 1..3
indices: {k: 1..2}
parameters: {w: , v: , a: , b: , c: }
initial: {"h[0]": , "d[0]": }
data: {"x[1..3]": , "y[1..2]": }
"""
BEGINS_THERE = """
equations: |
  h[0] = tanh(V @ z)
  h[t] = tanh(W @ h[t-1])
  L[t] = (u.T @ h[t] - y[t])^2
  L    = sum[t](L[t])
steps: 1..3
parameters: {V: {shape: [2, 3]}, W: {shape: [2, 2]}, u: {shape: [2]}}
data: {z: {shape: [3]}, "y[1..3]": }
"""


def forms(data: dict[str, Any], name: str, part: str) -> list[str]:
    claims = [c for c in data["check"]["claims"] if (c["name"], c["part"]) == (name, part)]
    assert claims and all(c["holds"] for c in claims)
    return [c["forms"][0] for c in claims]


def test_a_decoder_that_reads_the_last_state_has_the_chain_rule_of_the_encoder(
    derived: Any,
) -> None:
    data = judged(derived(READ_LAST, "--format", "json"))
    assert forms(data, "dd[k]/dw", "chain") == ["dd[k]/dd[k-1]*dd[k-1]/dw + dd[k]/dh[3]*dh[3]/dw"]
    assert forms(data, "dd[k]/dv", "chain") == [
        "d⁺d[k]/dv + dd[k]/dd[k-1]*dd[k-1]/dv + dd[k]/dh[3]*dh[3]/dv"
    ]
    (w,) = forms(data, "dE[k]/dw", "unrolled")
    (v,) = forms(data, "dE[k]/dv", "unrolled")
    assert w.endswith("*dd[i]/dh[3]*dh[3]/dw)") and "d⁺d[i]/dv + dd[i]/dh[3]*dh[3]/dv" in v
    assert forms(data, "dh[t]/dw", "unrolled")


def test_a_parameter_of_the_first_state_has_a_product_from_there_on(derived: Any) -> None:
    data = judged(derived(BEGINS_THERE, "--format", "json"))
    (unrolled,) = forms(data, "dL[t]/dV", "unrolled")
    assert "Π(i, 1, t, dh[i]/dh[i-1]) @ dh[0]/dV" in unrolled
    assert forms(data, "dh[0]/dV", "chain")
    page = derived(BEGINS_THERE).output
    assert "V: needed. It stands in h_0 only" in page and "W: needed. It stands in every" in page


def test_what_the_slides_decoder_begins_with_is_followed(derived: Any) -> None:
    made = CliRunner().invoke(main, ["derive", "encoder-decoder", "--format", "json"])
    data = judged(made)
    assert forms(data, "ds[0]/dw", "chain") == ["ds[0]/dh[3]*dh[3]/dw"]
    assert forms(data, "dh[t]/dw", "unrolled")


TWICE = """
equations: |
  h[0] = tanh(v*z)
  h[t] = tanh(w*h[t-1] + a*h[0])
  L[t] = (h[t] - y[t])^2
  L    = sum[t](L[t])
steps: 1..3
parameters: {w: , v: , a: }
data: {z: , "y[1..3]": }
"""


def test_where_two_mentions_are_of_one_step_no_line_is_false(derived: Any) -> None:
    """At the first step h_{t−1} is h_0; v has no one chain, and that is said."""
    data = json.loads(derived(TWICE, "--format", "json").stdout)
    assert all(c["holds"] for c in data["check"]["claims"])
    chain = {c["name"] for c in data["check"]["claims"] if c["part"] == "chain"}
    assert {n for n in chain if n.endswith("/dv")} == {"dL/dv"}
    assert "∂L_t/∂v: single steps of h_t are made, or read" in derived(TWICE).output


SEVERAL = """
equations: |
  h[t] = tanh(w*h[t-1] + v*x[t])
  p[t] = sigmoid(u*h[t])
  A[t] = (h[t] - y[t])^2
  B[t] = -k[t]*log(p[t]) - (1 - k[t])*log(1 - p[t])
  L    = 0.3*sum[t](A[t]) + mean[t](B[t]) + 0.1*w^2
steps: 1..3
parameters: {w: , v: , u: }
initial: {"h[0]": }
data: {"x[1..3]": , "y[1..3]": , "k[1..3]": [1, 0, 1]}
"""


def test_every_step_loss_has_its_chain(derived: Any) -> None:
    made = derived(SEVERAL, "--format", "json")
    assert made.exit_code == 0
    data = json.loads(made.stdout)
    assert all(c["holds"] for c in data["check"]["claims"])
    assert forms(data, "dL/dw", "chain") == [
        "0.3*Σ(t, 1, 3, dA[t]/dw) + 1/3*Σ(t, 1, 3, dB[t]/dw) + d⁺L/dw"
    ]
    assert forms(data, "dL/du", "chain") == ["1/3*Σ(t, 1, 3, dB[t]/du)"]
    for name in ("dA[t]/dw", "dB[t]/dw", "dA[t]/dv", "dB[t]/dv"):
        assert forms(data, name, "chain") and forms(data, name, "unrolled")
    assert forms(data, "dB[t]/du", "chain") == ["dB[t]/dp[t]*dp[t]/da_p[t]*da_p[t]/du"]
    assert "u: not needed" in derived(SEVERAL).output


BEGUN_THROUGH = """
equations: |
  h[t] = tanh(W @ h[t-1] + V @ x[t])
  d[0] = tanh(M @ h[T])
  d[k] = tanh(A @ d[k-1])
  E[k] = sum(d[k]^2)
  L    = mean[k](E[k])
steps: 1..3
indices: {k: 1..2}
parameters: {W: {shape: [2, 2]}, V: {shape: [2, 2]}, M: {shape: [2, 2]}, A: {shape: [2, 2]}}
initial: {"h[0]": {shape: [2]}}
data: {"x[1..3]": {shape: [2]}}
"""


def test_parameters_of_one_beginning_are_alike_only_on_one_way(derived: Any) -> None:
    """M acts on d_0 by itself, W and V by way of h_T."""
    data = judged(derived(BEGUN_THROUGH, "--format", "json"))
    assert forms(data, "dd[0]/dM", "chain") == ["dd[0]/da_d[0] @ da_d[0]/dM"]
    assert forms(data, "dd[0]/dV", "chain") == ["dd[0]/da_d[0] @ da_d[0]/dh[3] @ dh[3]/dV"]
    (line,) = (c for c in data["check"]["claims"] if c["name"] == "dd[k]/dM")
    assert line["steps"] == [1, 2]


SINGLE = """
equations: |
  h[t] = tanh(w*h[t-1] + v*z[t])
  z[1] = x
  z[2] = u*h[1]
  L    = (h[2] - y)^2
steps: 1..2
parameters: {w: , v: , u: }
initial: {"h[0]": }
data: {x: , y: }
"""


def test_what_single_steps_feed_back_has_no_chain_for_all(derived: Any) -> None:
    data = json.loads(derived(SINGLE, "--format", "json").stdout)
    assert all(c["holds"] for c in data["check"]["claims"])
    assert "∂L/∂w, ∂L/∂v, ∂L/∂u: single steps of h_t" in derived(SINGLE).output


ATTENTION = """
equations: |
  h[t] = tanh(w*h[t-1] + v*x[t])
  e[t] = exp(a*h[t])
  Z    = sum[t](e[t])
  c    = sum[t](e[t]*h[t])/Z
  L    = (c - y)^2
steps: 1..3
parameters: {w: , v: , a: }
initial: {"h[0]": 0}
data: {"x[1..3]": , y: }
"""


@pytest.mark.parametrize("by", ["Z", "c", "L"])
def test_the_derivative_by_what_is_computed_is_confirmed(derived: Any, by: str) -> None:
    data = json.loads(derived(ATTENTION, "--wrt", by, "--format", "json").stdout)
    assert all(c["holds"] for c in data["check"]["claims"])
    assert not any(c["part"] == "ways" for c in data["check"]["claims"])


def test_a_step_at_which_there_is_nothing_is_refused(derived: Any) -> None:
    made = derived(LEAKY, "--wrt", "h[9]")
    assert made.exit_code == 2 and "0..3" in made.output
    assert derived(LEAKY, "--wrt", "h[0]").exit_code == 0


LENGTH = """
equations: |
  a[t] = W @ h[t-1]
  h[t] = tanh(a[t])
  z[t] = sigmoid(p*h[t-1])
  s[t] = (1 - z[t])*s[t-1] + z[t]*h[t]
  L[t] = norm2(h[t] - y[t])^2 + sum(s[t]^2)/2
  L    = sum[t](L[t])
steps: 1..2
parameters: {W: {shape: [2, 2]}, p: {shape: [2]}}
initial: {"h[0]": {shape: [2]}, "s[0]": {shape: [2]}}
data: {"y[1..2]": {shape: [2]}}
"""


def test_formulas_are_written_as_people_write_them(derived: Any) -> None:
    page = derived(LENGTH, "--unroll", "1").output
    assert "∂⁺L_t/∂h_t = 2·(h_t − y_t)ᵀ" in page and "unit(" not in page
    assert "∂L_t/∂s_t = s_tᵀ" in page
    assert "∂s_t/∂z_t = diag(h_t − s_{t−1})" in page
    assert "2 ⊙" not in page
    assert "has 1 − z_t as its direct part" in page


def test_a_bound_is_a_sum_in_every_format(derived: Any) -> None:
    assert r"\prod_{j=i + 1}^{k}" in derived(READ_LAST, "--format", "latex-fragment").output
    assert "product_(j = i + 1)^(k)" in derived(READ_LAST, "--format", "typst").output
    assert "<mi>i+1</mi>" not in derived(READ_LAST, "--format", "html").output


CLASSES = """
equations: |
  h[t] = tanh(W @ h[t-1] + V @ x[t])
  p[t] = softmax(U @ h[t])
  L[t] = -log(sum(p[t]*one_hot(k[t], 2)))
  L    = sum[t](L[t])
steps: 1..2
parameters: {W: {shape: [2, 2]}, V: {shape: [2, 2]}, U: {shape: [2, 2]}}
initial: {"h[0]": [0, 0]}
data: {"x[1..2]": [[1, 0], [0, 1]], "k[1..2]": [1, 2]}
"""


@pytest.mark.parametrize("by", ["k", "k[1]", "k[t]"])
def test_nothing_is_differentiated_by_the_number_of_a_class(derived: Any, by: str) -> None:
    refused = derived(CLASSES, "--wrt", by)
    assert refused.exit_code == 2
    assert f"--wrt: {by}: k[t] tells a class" in refused.stderr
    assert not refused.stdout
    assert derived(CLASSES, "--wrt", "x").exit_code == 0


def test_what_a_cell_reads_without_values_has_the_shape_that_the_sizes_say(derived: Any) -> None:
    text = """
cell: lstm
sizes: {x: 2, h: 3}
equations: |
  L = sum[t](sum(h[t]))
steps: 1..3
parameters: {W_f: }
initial: {"h[0]": }
data: {"x[1..3]": }
"""
    data = judged(derived(text, "--wrt", "W_f", "--format", "json"))
    shapes = data["shapes"]
    assert (shapes["x[t]"], shapes["h[t]"], shapes["W_f"]) == ([2, 1], [3, 1], [3, 2])


def test_a_size_is_read_off_what_has_numbers_before_what_has_none(derived: Any) -> None:
    text = """
cell: rnn
equations: |
  L = sum[t](sum(h[t]))
steps: 1..2
parameters: {W_x: , W_h: }
initial: {"h[0]": }
data: {"x[1..2]": [[1, 2, 3], [0, 1, 0]]}
"""
    shapes = judged(derived(text, "--format", "json"))["shapes"]
    assert (shapes["W_x"], shapes["W_h"], shapes["x[t]"]) == ([1, 3], [1, 1], [3, 1])


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--wrt", "h[1]+1"), "--wrt: h[1]+1 is not a quantity"),
        (("--wrt", "h[1"), "--wrt takes names, such as w or h[t]"),
        (("--of", "W"), "--of: W is given, so nothing can be derived of it"),
        (("--of", "3"), "--of L"),
    ],
)
def test_what_a_call_names_wrongly_is_told(derived: Any, args: tuple[str, ...], said: str) -> None:
    refused = derived(CLASSES, *args)
    assert refused.exit_code == 2 and not refused.stdout
    assert said in refused.stderr


def test_a_product_of_numbers_is_no_product_with_a_matrix(derived: Any) -> None:
    numbers = (
        "equations: |\n  h[t] = V @ x[t]\n  L = sum[t](h[t])\nsteps: 1..2\nparameters: {V: 2}\n"
    )
    page = derived(numbers + 'data: {"x[1..2]": [1, 2]}\n').output
    assert "matrix product" not in page and "constant factor" in page
    assert "derivative of a matrix product" in derived(CLASSES).output


def test_the_end_from_which_nothing_comes_is_the_one_that_is_read(derived: Any) -> None:
    page = (
        "equations: |\n  s[t] = w*s[t{}] + x[t]\n  L = sum[t](s[t]^2)\nsteps: 1..3\n"
        'parameters: {{w: 2}}\ninitial: {{"s[{}]": 0}}\ndata: {{"x[1..3]": [1, 2, 3]}}\n'
    )
    forwards, back = (derived(page.format(*p)).output for p in (("-1", 0), ("+1", 4)))
    assert "from beyond the last step." in " ".join(forwards.split())
    assert "from before the first step." in " ".join(back.split())


def test_the_check_calls_its_parts_as_the_page_does(derived: Any) -> None:
    page = derived("equations: |\n  y = w*x\n  L = y^2\nparameters: {w: 2}\ndata: {x: 3}\n").output
    assert page.count("The way back") == 2 and "Back in time" not in page


def test_only_states_that_a_step_reads_are_said_to_be_held(derived: Any) -> None:
    two = (
        "equations: |\n  h[t] = w*h[t-1]\n  s[t] = v*s[t-1] + h[t-1]\n  L = s[2]\nsteps: 1..2\n"
        'parameters: {w: 2, v: 3}\ninitial: {"h[0]": 1, "s[0]": 1}\n'
    )
    steps = derived(two, "--format", "json")
    held = {(t["of"], t["by"]): t["held"] for t in json.loads(steps.output)["transitions"]}
    assert held == {
        ("h[t]", "h[t-1]"): [],
        ("s[t]", "s[t-1]"): ["h[t-1]"],
        ("s[t]", "h[t-1]"): ["s[t-1]"],
    }


def test_a_derivative_that_is_nothing_has_as_many_zeros_as_there_are_entries() -> None:
    data = bundled("quiz-matrix-elementwise")
    assert data["gradients"]["dL/dW"] == "fill(0, 3, 3)"
    assert data["unrolled"]["dL/dW"]["formula"] == "fill(0, 3, 3)"


def test_an_adjoint_that_holds_differently_at_one_step_needs_no_indicator() -> None:
    """[t = 2]·∂L/∂z_2 at t = 3 would mention what is made of it."""
    data = bundled("there-and-back-free-running")
    found = [(e["formula"], e["steps"]) for e in data["adjoints"] if e["name"] == "dL/dyhat[t]"]
    bare = "2*(yhat[t] - y[t])"
    assert found == [(bare, [1, 1]), (f"dL/dz[2] + {bare}", [2, 2]), (bare, [3, 3])]


def bundled(problem: str) -> dict[str, Any]:
    result = CliRunner().invoke(main, ["derive", problem, "--format", "json"])
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_functions_keep_the_names_that_the_problem_gives_them(derived: Any) -> None:
    """σ, ln, and arguments that are left out, inside of products, where they stay in formulas."""
    made = derived(
        "equations: |\n  h[t] = x[t]*σ(w*h[t-1]) + leaky_relu(2*h[t-1])*ln(w + 3)\n"
        "  L = -ln(sum[t](h[t]^2)) + 2^h[T]\nsteps: 1..2\nparameters: {w: 1}\n"
        "initial: {'h[0]': 1}\ndata: {'x[1..2]': [1, 2]}\n",
        "--format", "json",
    )  # fmt: skip
    assert "σ(" in made.stdout and "ln(" in made.stdout
    judged(made)
