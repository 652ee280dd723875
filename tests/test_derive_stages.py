"""Networks of several stages and of names that meet: every line on the page holds, by the page's
own check and by a judge that knows the equation language from its description alone."""

from __future__ import annotations

from typing import Any

import pytest
from test_derive_edges import derived, judged

__all__ = ["derived"]  # a fixture

NETWORKS = {
    "read-before-it-enters": """
equations: |
  h[t] = tanh(u*g[t-1] + p*x[t])
  g[t] = (u*h[t] + w*x[t])^2/4
  s[k] = tanh(p*s[k-1] + h[T-1])
  L = sum[t](h[t]*y[t])^2 + sum[k]((s[k] - 1)^2) + g[T]*h[T]
steps: 1..2
indices: {k: 2..3}
parameters: {w: , u: , p: }
initial: {"h[0]": , "g[0]": , "s[1]": }
data: {"x[1..2]": , "y[1..2]": }
""",
    "context": """
equations: |
  h[t] = tanh(w*h[t-1] + v*x[t])
  c = q*h[T]
  s[k] = tanh(p*s[k-1] + c)
  L = sum[k]((s[k] - y[k])^2)
steps: 1..3
indices: {k: 1..2}
parameters: {w: , v: , p: , q: }
initial: {"h[0]": , "s[0]": }
data: {"x[1..3]": , "y[1..2]": }
""",
    "output-read": """
equations: |
  h[t] = tanh(w*h[t-1] + v*x[t])
  o[t] = tanh(r*h[t])
  s[1] = w*o[T]
  s[k] = tanh(p*s[k-1] + q*o[T])
  L[t] = (o[t] - h[t])^2
  L = sum[t](L[t]) + sum[k]((s[k] - y[k])^2)
steps: 1..1
indices: {k: 2..4}
parameters: {w: , v: , p: , q: , r: }
initial: {"h[0]": }
data: {"x[1]": , "y[2..4]": }
""",
    "output-read-twice": """
equations: |
  g[t] = tanh(w*g[t-1] + v*x[t])
  o[t] = sigmoid(r*g[t])
  s[0] = w*o[T-1]
  s[k] = tanh(p*s[k-1] + o[T-1]*m[k])
  L = sum[k]((s[k] - 1)^2)
steps: 1..3
indices: {k: 1..2}
parameters: {w: , v: , p: , r: }
initial: {"g[0]": }
data: {"x[1..3]": , "m[1..2]": }
""",
    "begins-two-back": """
equations: |
  h[t] = tanh(w*h[t-2] + v*x[t])
  h[0] = tanh(q*z)
  L = sum[t]((h[t] - y[t])^2)
steps: 1..3
parameters: {w: , v: , q: }
initial: {"h[-1]": }
data: {"x[1..3]": , "y[1..3]": , z: }
""",
    "summed-in-a-sum": """
equations: |
  h[t] = h[t-2] + q*x[t]
  s[k] = tanh(p*s[k-1] + h[T])
  L = h[T]^2 + mean[k](mean[t](h[t])*s[k])
steps: 1..3
indices: {k: 1..2}
parameters: {q: , p: }
initial: {"h[-1]": , "h[0]": , "s[0]": }
data: {"x[1..3]": }
""",
    "same-index": """
equations: |
  h[t] = tanh(w*h[t-1] + v*x[t])
  s[t] = tanh(p*s[t-1] + q*h[T])
  L    = sum[t]((s[t]-y[t])^2)
steps: 1..3
parameters: {w: , v: , p: , q: }
initial: {"h[0]": , "s[0]": }
data: {"x[1..3]": , "y[1..3]": }
""",
    "tied-bi": """
equations: |
  h[t] = tanh(w*h[t-1] + v*x[t])
  g[t] = tanh(w*g[t+1] + v*x[t])
  L    = sum[t]((u*h[t]+p*g[t]-y[t])^2)
steps: 1..3
parameters: {w: , v: , u: , p: }
initial: {"h[0]": , "g[4]": }
data: {"x[1..3]": , "y[1..3]": }
""",
    "begin-c": """
equations: |
  c[0] = tanh(z*e)
  h[t] = tanh(w*h[t-1] + c[t])
  c[t] = f*c[t-1] + v*x[t]
  L    = sum[t]((h[t]-y[t])^2)
steps: 1..3
parameters: {w: , v: , f: , z: }
initial: {"h[0]": }
data: {"x[1..3]": , "y[1..3]": , e: }
""",
    "begin-both": """
equations: |
  c[0] = tanh(z*e + w)
  h[0] = z*c[0]
  h[t] = tanh(w*h[t-1] + c[t])
  c[t] = f*c[t-1] + v*x[t]
  L    = sum[t]((h[t]-y[t])^2)
steps: 1..3
parameters: {w: , v: , f: , z: }
data: {"x[1..3]": , "y[1..3]": , e: }
""",
    "loss-two-steps": """
equations: |
  h[t] = tanh(w*h[t-1] + v*x[t])
  c[t] = tanh(a*h[t] + b*c[t-1])
  L[t] = (h[t]*h[t-1] + c[t] - y[t])^2
  L = sum[t](L[t])
steps: 1..3
parameters: {w: , v: , a: , b: }
initial: {"h[0]": , "c[0]": }
data: {"x[1..3]": , "y[1..3]": }
""",
    "run-plus": """
equations: |
  h[t] = z*c[t] + h[t-1]
  c[t] = z*c[t-1] + x[t]
  L    = sum[t]((h[t]-y[t])^2)
steps: 1..3
parameters: {z: }
initial: {"h[0]": , "c[0]": }
data: {"x[1..3]": , "y[1..3]": }
""",
    "pin1": """
equations: |
  h[t] = tanh(w*h[t-1] + v*x[t])
  o[t] = u*h[t] + q*h[T]
  L = sum[t]((o[t]-y[t])^2)
steps: 1..4
parameters: {w: , v: , q: , u: }
initial: {"h[0]": }
data: {"y[1..4]": , "x[1..4]": }
""",
    "pin3": """
equations: |
  h[t] = tanh(w*h[t-1] + v*x[t])
  s[k] = tanh(p*s[k-1])
  o[k] = u*s[k] + q*h[T]
  L = sum[k]((o[k]-y[k])^2)
steps: 1..4
indices: {k: 1..2}
parameters: {w: , v: , q: , u: , p: }
initial: {"h[0]": , "s[0]": }
data: {"y[1..2]": , "x[1..4]": }
""",
    "tangled2": """
equations: |
  c = tanh(z*h[1])
  h[1] = tanh(v*x[1])
  a[t] = w*h[t-1] + c*h[1] + u*h[T]
  h[t] = tanh(w*h[t-1] + v*x[t] + q*h[1])
  L = sum[t]((a[t]-y[t])^2)
steps: 2..4
parameters: {w: , v: , q: , z: , u: }
data: {"y[2..4]": , "x[1..4]": }
""",
    "tangled": """
equations: |
  h[0] = tanh(z)
  h[t] = tanh(w*h[t-1] + v*h[0])
  L[t] = (h[t]-y[t])^2
  L = sum[t](L[t])
steps: 1..3
parameters: {w: 0.5, v: 0.3, z: 0.7}
data: {"y[1..3]": [1,2,3]}
""",
    "shared": """
equations: |
  h[t] = tanh(w*h[t-1] + v*x[t])
  s[0] = h[T]
  s[k] = tanh(w*s[k-1] + q*o[k-1])
  o[k] = tanh(u*s[k])
  L    = sum[k]((o[k]-y[k])^2)
steps: 1..3
indices: {k: 1..3}
parameters: {w: , v: , q: , u: }
initial: {"h[0]": , "o[0]": }
data: {"x[1..3]": , "y[1..3]": }
""",
    "back-enc": """
equations: |
  g[t] = tanh(w*g[t+1] + v*c[t])
  c[t] = tanh(a*c[t+1] + b*x[t])
  s[0] = g[1]
  s[k] = tanh(p*s[k-1] + q*o[k-1])
  o[k] = u*s[k]
  L = sum[k]((o[k]-y[k])^2)
steps: 1..3
indices: {k: 1..2}
parameters: {w: , v: , a: , b: , p: , q: , u: }
initial: {"g[4]": , "c[4]": , "o[0]": }
data: {"x[1..3]": , "y[1..2]": }
""",
    "lstm-lstm": """
equations: |
  f[t] = sigmoid(W_f*x[t] + U_f*h[t-1])
  i[t] = sigmoid(W_i*x[t] + U_i*h[t-1])
  c[t] = f[t]*c[t-1] + i[t]*tanh(W_c*x[t] + U_c*h[t-1])
  h[t] = tanh(c[t])
  g[k] = sigmoid(A*s[k-1] + B*d[k-1])
  d[0] = c[T]
  s[0] = h[T]
  d[k] = g[k]*d[k-1] + (1-g[k])*tanh(Q*s[k-1])
  s[k] = tanh(d[k])
  L[k] = (s[k] - y[k])^2
  L       = sum[k](L[k])
steps: 1..3
indices: {k: 1..3}
parameters: {W_f: , U_f: , W_i: , U_i: , W_c: , U_c: , A: , B: , Q: }
initial: {"h[0]": , "c[0]": }
data: {"x[1..3]": , "y[1..3]": }
""",
    "ctx-each-step": """
cell: lstm
sizes: {x: 2, h: 2}
equations: |
  s[0]    = h[T]
  s[k]    = tanh(P@s[k-1] + C@h[T] + q*yhat[k-1])
  yhat[k] = u@s[k]
  L[k]    = (yhat[k] - y[k])^2
  L       = sum[k](L[k])
steps: 1..3
indices: {k: 1..3}
parameters: {P: {shape: [2,2]}, C: {shape: [2,2]}, q: {shape: [2,1]}, u: {shape: [1,2]}}
initial: {"yhat[0]": }
data: {"x[1..3]": , "y[1..3]": }
""",
    "second-enc": """
equations: |
  h[t] = tanh(w*h[t-1] + a*h[t-2] + v*x[t])
  s[0] = h[T] + h[T-1]
  s[k] = tanh(p*s[k-1] + q*o[k-1])
  o[k] = u*s[k]
  L    = sum[k]((o[k]-y[k])^2)
steps: 1..4
indices: {k: 1..2}
parameters: {w: , v: , a: , p: , q: , u: }
initial: {"h[-1..0]": , "o[0]": }
data: {"x[1..4]": , "y[1..2]": }
""",
    "batch-enc": """
equations: |
  H[t] = tanh(X[t]@A + H[t-1]@B)
  s[0] = H[T]@d
  s[k] = tanh(C@s[k-1] + q*o[k-1])
  o[k] = sum(s[k])
  L    = sum[k]((o[k]-y[k])^2)
steps: 1..2
indices: {k: 1..2}
parameters: {A: {shape: [2,2]}, B: {shape: [2,2]}, C: {shape: [3,3]}, d: {shape: [2,1]}, q: }
initial: {"H[0]": {shape: [3,2]}, "o[0]": }
data: {"X[1..2]": {shape: [3,2]}, "y[1..2]": }
""",
    "batch-lstm-dec": """
equations: |
  F[t] = sigmoid(X[t]@A + H[t-1]@B)
  C[t] = F[t]*C[t-1] + (1-F[t])*tanh(X[t]@E)
  H[t] = tanh(C[t])
  S[0] = H[T]
  S[k] = tanh(S[k-1]@P + o[k-1]@q)
  o[k] = S[k]@u
  L    = sum[k](sum((o[k]-y[k])^2))
steps: 1..2
indices: {k: 1..2}
parameters: {A: {shape: [2,2]}, B: {shape: [2,2]}, E: {shape: [2,2]},
  P: {shape: [2,2]}, q: {shape: [1,2]}, u: {shape: [2,1]}}
initial: {"H[0]": {shape: [3,2]}, "C[0]": {shape: [3,2]}, "o[0]": {shape: [3,1]}}
data: {"X[1..2]": {shape: [3,2]}, "y[1..2]": {shape: [3,1]}}
""",
    "mat-vec": """
equations: |
  M[t] = f*M[t-1] + v[t]@k[t].T
  n[t] = f*n[t-1] + k[t]
  k[t] = tanh(K@x[t])
  v[t] = tanh(V@x[t] + R@h[t-1])
  h[t] = tanh(M[t]@k[t] + n[t])
  L    = sum[t](sum((h[t]-y[t])^2))
steps: 1..2
parameters: {f: , K: {shape: [2,2]}, V: {shape: [2,2]}, R: {shape: [2,2]}}
initial: {"M[0]": {shape: [2,2]}, "n[0]": {shape: [2,1]}, "h[0]": {shape: [2,1]}}
data: {"x[1..2]": {shape: [2,1]}, "y[1..2]": {shape: [2,1]}}
""",
    "two-layer-bi": """
equations: |
  h[t] = tanh(w*h[t-1] + v*x[t])
  g[t] = tanh(p*g[t+1] + q*x[t])
  a[t] = tanh(r*a[t-1] + h[t] + g[t])
  b[t] = tanh(m*b[t+1] + h[t] + g[t])
  L    = sum[t]((a[t]+b[t]-y[t])^2)
steps: 1..3
parameters: {w: , v: , p: , q: , r: , m: }
initial: {"h[0]": , "g[4]": , "a[0]": , "b[4]": }
data: {"x[1..3]": , "y[1..3]": }
""",
    "attention": """
equations: |
  h[t] = tanh(w*h[t-1] + v*x[t])
  e[t] = exp(a*h[t])
  Z = sum[t](e[t])
  m = sum[t](e[t]*h[t]/Z)
  s[0] = m
  s[k] = tanh(p*s[k-1] + q*o[k-1])
  o[k] = u*s[k]
  L = sum[k]((o[k]-y[k])^2)
steps: 1..3
indices: {k: 1..2}
parameters: {w: , v: , a: , p: , q: , u: }
initial: {"h[0]": , "o[0]": }
data: {"x[1..3]": , "y[1..2]": }
""",
    "three-stages": """
indices: {k: 1..2, j: 1..2}
equations: |
  h[t] = tanh(w*h[t-1] + c[t-1])
  c[t] = v*x[t] + 0.5*c[t-1]
  s[0] = h[T]
  s[k] = tanh(p*s[k-1] + q*o[k-1])
  o[k] = u*s[k] + c[T]
  r[0] = o[2]
  r[j] = tanh(m*r[j-1])
  L = sum[j]((r[j]-y[j])^2)
steps: 1..3
parameters: {w: , v: , p: , q: , u: , m: }
initial: {"h[0]": , "c[0]": , "o[0]": }
data: {"x[1..3]": , "y[1..2]": }
""",
    "shared2": """
equations: |
  h[t] = tanh(w*h[t-1] + v*x[t])
  s[0] = h[T]
  s[k] = tanh(w*s[k-1] + v*h[T])
  L    = sum[k]((s[k]-y[k])^2)
steps: 1..3
indices: {k: 1..3}
parameters: {w: , v: }
initial: {"h[0]": }
data: {"x[1..3]": , "y[1..3]": }
""",
    "plus4": """
equations: |
  h[t] = z*tanh(a[t]) + h[t-1]
  a[t] = z*c[t]
  c[t] = z*c[t-1] + x[t]
  L    = sum[t](sum((h[t]-y[t])^2))
steps: 1..3
parameters: {z: }
initial: {"h[0]": [0,0], "c[0]": [1,1]}
data: {"x[1..3]": {shape: [2,1]}, "y[1..3]": {shape: [2,1]}}
""",
}

QUICK = [
    "read-before-it-enters", "context", "output-read", "output-read-twice", "begins-two-back",
    "summed-in-a-sum", "same-index", "tied-bi", "begin-c", "begin-both", "loss-two-steps",
    "run-plus", "pin1", "pin3", "tangled2", "tangled",
]  # fmt: skip


def every_line_holds(made: Any) -> dict[str, Any]:
    data = judged(made)
    assert all(c["checked"] for c in data["check"]["claims"])
    return data


@pytest.mark.parametrize("name", QUICK)
def test_every_line_on_a_network_of_stages_is_true(derived: Any, name: str) -> None:
    every_line_holds(derived(NETWORKS[name], "--format", "json"))


@pytest.mark.slow
@pytest.mark.parametrize("name", [n for n in NETWORKS if n not in QUICK])
def test_every_line_on_a_larger_network_of_stages_is_true(derived: Any, name: str) -> None:
    every_line_holds(derived(NETWORKS[name], "--format", "json"))


def test_a_first_state_with_the_function_of_all_needs_no_line_of_its_own(derived: Any) -> None:
    data = every_line_holds(
        derived(
            """
equations: |
  h[0] = tanh(V @ z)
  h[t] = tanh(W @ h[t-1] + U @ x[t])
  L = sum[t](sum((h[t] - y[t])^2))
steps: 1..3
parameters: {V: {shape: [2, 2]}, W: {shape: [2, 2]}, U: {shape: [2, 1]}}
data: {z: {shape: [2]}, "x[1..3]": , "y[1..3]": {shape: [2]}}
""",
            "--format",
            "json",
        )
    )
    told = [a for a in data["adjoints"] if a["name"] == "dL/da_h[t]"]
    assert [a["formula"] for a in told] == ["dL/dh[t]*(1 - h[t]^2)"] * len(told)
    assert {s for a in told for s in range(a["steps"][0], a["steps"][1] + 1)} == {0, 1, 2, 3}


LSTM_DECODER = """
cell: lstm
sizes: {x: 1, h: 1}
equations: |
  s[0]    = h[T]
  s[k]    = tanh(p*s[k-1] + q*yhat[k-1])
  yhat[k] = u*s[k]
  L[k]    = (yhat[k] - y[k])^2
  L       = sum[k](L[k])
steps: 1..2
indices: {k: 1..2}
parameters: {p: , q: , u: }
initial: {"yhat[0]": }
data: {"x[1..2]": , "y[1..2]": }
"""


def test_an_lstm_before_a_decoder_is_unrolled_stage_by_stage(derived: Any) -> None:
    data = every_line_holds(derived(LSTM_DECODER, "--wrt", "W_f", "--format", "json"))
    lines = {c["name"]: c["forms"][0] for c in data["check"]["claims"] if c["part"] == "unrolled"}
    assert lines == {
        "dL[k]/dW_f": "dL[k]/dS[k] @ Π(j, 1, k, dS[j]/dS[j-1]) @ dS[0]/dW_f",
        "dZ[t]/dW_f": "Σ(i, 1, t, Π(j, i + 1, t, dZ[j]/dZ[j-1]) @ d⁺Z[i]/dW_f)",
    }
    assert data["check"]["stacks"] == {"S": ["s[k]", "yhat[k]"], "Z": ["h[t]", "c[t]"]}


def test_what_acts_through_earlier_states_alone_stands_in_one_line(derived: Any) -> None:
    page = derived(LSTM_DECODER, "--wrt", "W_f", "--wrt", "W_o", "--lang", "en").stdout
    assert page.count("\n  ∂s_k/∂W_f = ") == page.count("\n  ∂ŷ_k/∂W_f = ") == 1
    assert page.count("likewise for W_o; W_f acts") == 2
    assert page.count("S_k stands for s_k, ŷ_k together") == 1


def test_layers_in_both_directions_have_no_one_product_and_that_is_said(derived: Any) -> None:
    page = " ".join(derived(NETWORKS["two-layer-bi"], "--wrt", "w", "--lang", "en").stdout.split())
    assert "read each other in both directions, so no one product of steps" in page


def test_two_mentions_of_one_step_are_told_apart_in_words(derived: Any) -> None:
    page = " ".join(derived(NETWORKS["tangled"], "--lang", "en").stdout.split())
    assert "At t = 1 h_{t−1} is h_0. A derivative by either counts its own mention" in page
    page = " ".join(derived(NETWORKS["pin1"], "--lang", "en").stdout.split())
    assert "At t = 4 h_t is h_T." in page


def test_what_a_loss_reads_of_a_definite_step_is_on_the_chain(derived: Any) -> None:
    page = derived(NETWORKS["pin1"], "--wrt", "w", "--lang", "en").stdout
    assert "∂L_t/∂w = ∂L_t/∂o_t·∂o_t/∂h_t·∂h_t/∂w + ∂L_t/∂o_t·∂o_t/∂h_4·∂h_4/∂w" in page
    assert "Not confirmed" not in page


def test_a_number_times_a_vector_has_no_needless_diagonal(derived: Any) -> None:
    page = derived(NETWORKS["plus4"], "--lang", "en").stdout
    assert "∂⁺c_t/∂z = c_{t−1}    " in page
    assert "∂a_t/∂c_t = z·I_2    " in page


@pytest.mark.parametrize("of", ["h[2]", "c[2]"])
@pytest.mark.parametrize("name", ["begin-both", "run-plus"])
def test_a_state_of_a_stage_is_derived_by_itself(derived: Any, name: str, of: str) -> None:
    every_line_holds(derived(NETWORKS[name], "--of", of, "--format", "json"))


def test_an_output_that_is_a_state_of_the_decoder_is_derived_by_itself(derived: Any) -> None:
    made = derived(LSTM_DECODER, "--wrt", "W_o", "--of", "yhat[1]", "--format", "json")
    every_line_holds(made)


def test_what_comes_back_through_a_summary_of_the_last_state_is_told_apart(derived: Any) -> None:
    text = """
equations: |
  h[t] = tanh(w*h[t-1] + v*x[t])
  c    = tanh(q*h[T])
  L[t] = (u*h[t] + c - y[t])^2
  L    = sum[t](L[t])
steps: 1..3
parameters: {w: , v: , q: , u: }
initial: {"h[0]": }
data: {"x[1..3]": , "y[1..3]": }
"""
    every_line_holds(derived(text, "--of", "L[2]", "--wrt", "w", "--format", "json"))
