"""Problems that are nobody's exercise: what `derive` says of them, evaluated from outside."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from outside import Matrix, Outside, each

from rnnhand.errors import Failure
from rnnhand.language.tree import Expr
from rnnhand.problem.files import Source, load
from rnnhand.questions.derive.check import check
from rnnhand.questions.derive.data import as_data
from rnnhand.questions.derive.derive import of_problem
from tests import test_derive

OWN = {
    "a matrix LSTM, its loss at the last step": """
cell: lstm
sizes: {x: 2, h: 3}
equations: |
  o2[t] = U @ h[t] + d
  p = softmax(o2[T])
  L = -log(p.T @ one_hot(2, 2))
steps: 1..3
parameters: {U: {shape: [2,3]}, d: {shape: [2]}}
data: {"x[1..3]": {shape: [2]}}
""",
    "a GRU over a GRU, the mean of losses": """
layers: [{cell: gru-before-keep, h: 2}, {cell: gru-after-new, h: 1}]
sizes: {x: 1}
equations: |
  L = mean[t]((h2[t] - y[t])^2)
steps: 1..4
data: {"x[1..4]": , "y[1..4]": }
""",
    "two directions, stacked, and the mean of losses": """
equations: |
  h[t] = tanh(W @ h[t-1] + V @ x[t] + b)
  s[t] = sigmoid(P @ s[t+1] + Q @ x[t])
  z[t] = U @ [h[t]; s[t]]
  L = mean[t](sum((z[t] - y[t])^2)/2)
steps: 1..3
parameters: {W: {shape: [2,2]}, V: {shape: [2,1]}, b: {shape: [2]}, P: {shape: [3,3]}, Q:
  {shape: [3,1]}, U: {shape: [2,5]}}
initial: {"h[0]": {shape: [2]}, "s[4]": {shape: [3]}}
data: {"x[1..3]": , "y[1..3]": {shape: [2]}}
""",
    "two steps back, and a penalty": """
equations: |
  h[t] = tanh(A @ h[t-1] + B @ h[t-2] + V*x[t])
  L = norm2(h[T])^2 + 0.1*sum(A^2)
steps: 1..4
parameters: {A: {shape: [2,2]}, B: {shape: [2,2]}, V: {shape: [2]}}
initial: {"h[-1]": {shape: [2]}, "h[0]": {shape: [2]}}
data: {"x[1..4]": }
""",
    "penalties as products": """
equations: |
  h[t] = tanh(V @ x[t] + w*h[t-1])
  L = sum[t](h[t].T @ h[t]/3) + mu/2*sum(V*V) + 0.5*w*w + w*mu*w
steps: 1..2
parameters: {V: {shape: [2,2]}, w: , mu: }
initial: {"h[0]": {shape: [2]}}
data: {"x[1..2]": {shape: [2]}}
""",
    "rows of a batch": """
equations: |
  H[t] = tanh(X[t] @ W + H[t-1] @ U + b)
  O[t] = softmax(H[t] @ V)
  L[t] = -sum(Y[t] * log(O[t]))/4
  L = sum[t](L[t])
steps: 1..2
parameters: {W: {shape: [2,3]}, U: {shape: [3,3]}, b: {shape: [3]}, V: {shape: [3,2]}}
initial: {"H[0]": {shape: [4,3]}}
data: {"X[1..2]": {shape: [4,2]}, "Y[1..2]": {shape: [4,2]}}
""",
    "an encoder and a decoder that hears itself": """
equations: |
  h[t] = tanh(w*h[t-1] + v*x[t])
  s[0] = h[T]
  s[k] = tanh(p*s[k-1] + q*yhat[k-1])
  yhat[0] = 0.5*h[T]
  yhat[k] = u*s[k]
  L = sum[k](abs(yhat[k] - y[k]))
steps: 1..3
indices: {k: 1..2}
parameters: {w: , v: , p: , q: , u: }
initial: {"h[0]": }
data: {"x[1..3]": , "y[1..2]": }
""",
    "diagonal peepholes": """
equations: |
  f[t] = sigmoid(W_f @ x[t] + R_f @ h[t-1] + p_f * c[t-1] + b_f)
  i[t] = sigmoid(W_i @ x[t] + R_i @ h[t-1] + p_i * c[t-1] + b_i)
  c[t] = f[t] * c[t-1] + i[t] * tanh(W_c @ x[t] + R_c @ h[t-1] + b_c)
  o[t] = sigmoid(W_o @ x[t] + R_o @ h[t-1] + p_o * c[t] + b_o)
  h[t] = o[t] * tanh(c[t])
  L = sum[t](sum((h[t] - y[t])^2))
steps: 1..3
parameters: {W_f: {shape: [2,1]}, W_i: {shape: [2,1]}, W_c: {shape: [2,1]}, W_o: {shape:
  [2,1]}, R_f: {shape: [2,2]}, R_i: {shape: [2,2]}, R_c: {shape: [2,2]}, R_o: {shape: [2,2]},
  p_f: {shape: [2]}, p_i: {shape: [2]}, p_o: {shape: [2]}, b_f: {shape: [2]}, b_i: {shape:
  [2]}, b_c: {shape: [2]}, b_o: {shape: [2]}}
initial: {"h[0]": {shape: [2]}, "c[0]": {shape: [2]}}
data: {"x[1..3]": , "y[1..3]": {shape: [2]}}
""",
    "kinks and the number of the step": """
equations: |
  h[t] = max(w*h[t-1] + x[t], 0.3*x[t])
  g[t] = clip(h[t] - u, -0.5, 0.5) * exp(-r*t)
  L = sqrt(1 + sum[t](g[t]^2))
steps: -1..3
parameters: {w: 0.7, u: 0.2, r: 0.1}
initial: {"h[-2]": 0.4}
data: {"x[-1..3]": [0.1, -0.4, 0.6, 0.2, 0.5]}
""",
    "a mean under a square, and in a state": """
equations: |
  h[t] = tanh(w*h[t-1] + x[t])
  s[k] = v*s[k-1] + mean[t](h[t]*m[k])^2
  L = mean[k]((s[k] - 1)^2)^3 + mean[t](u*h[t])^2
steps: 1..3
indices: {k: 1..2}
parameters: {w: , v: , u: }
initial: {"h[0]": , "s[0]": }
data: {"x[1..3]": , "m[1..2]": }
""",
}
QUICK = (
    "a mean under a square, and in a state",
    "two steps back, and a penalty",
    "penalties as products",
    "kinks and the number of the step",
)


class Wider(Outside):
    """The outside interpreter with the functions of these problems."""

    def apply(self, op: str, args: tuple[Expr, ...], at: dict[str, int]) -> Matrix:
        if op in ("max", "min") and len(args) == 2:
            pick = max if op == "max" else min
            return each(lambda a, b: pick(a, b), *(self.eval(a, at) for a in args))
        if op == "clip":
            return each(lambda x, lo, hi: min(max(x, lo), hi), *(self.eval(a, at) for a in args))
        if op not in ("norm2", "unit", "softmax", "abs", "mean", "sign", "one_hot"):
            return super().apply(op, args, at)
        x = self.eval(args[0], at)
        every = [v for row in x for v in row]
        match op:
            case "norm2":
                return [[math.hypot(*every)]]
            case "unit":
                return [[v / math.hypot(*every) for v in row] for row in x]
            case "mean":
                return [[sum(every) / len(every)]]
            case "one_hot":
                return [
                    [float(i + 1 == every[0])] for i in range(int(self.eval(args[1], at)[0][0]))
                ]
            case "softmax":
                column = len(x[0]) == 1
                rows = [every] if column else x
                found = [[math.exp(v) / sum(map(math.exp, row)) for v in row] for row in rows]
                return [[v] for v in found[0]] if column else found
            case "abs":
                return each(abs, x)
            case _:
                return each(lambda v: float((v > 0) - (v < 0)), x)


def derived(text: str) -> dict[str, Any]:
    lines = "title: own\n" + text
    found = of_problem(load(Source("own.yaml", lines), ()), "", (), "en")
    assert check(found) is not None
    return json.loads(json.dumps(as_data(found, None)))  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=() if n in QUICK else pytest.mark.slow) for n in OWN]
)
def test_the_formulas_of_a_problem_of_one_s_own_are_its_gradient(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(test_derive, "Outside", Wider)
    data = derived(OWN[name])
    assert test_derive.check_gradients(data, 1, 2) > 0
    assert test_derive.check_adjoints(data, 2, 1) > 0
    test_derive.check_transitions(data)


def test_a_parameter_may_be_called_as_a_state_is() -> None:
    """c and c[t] are two quantities, and so are dL/dc and dL/dc[t]."""
    text = """
equations: |
  c[t] = tanh(w*c[t-1] + c + x[t])
  L = sum[t](c[t]^2)
steps: 1..3
parameters: {w: 1/2, c: 1/4}
initial: {"c[0]": 1/10}
data: {"x[1..3]": [1, 0, -1]}
"""
    one, other = derived(text), derived(text.replace("c[", "k["))
    assert one["gradients"]["dL/dc"] == other["gradients"]["dL/dc"]
    assert one["gradients"]["dL/dw"] == other["gradients"]["dL/dw"].replace("k[", "c[")


def test_what_is_read_two_steps_later_comes_back_from_there_too() -> None:
    """∂h_t/∂h_{t−2} stands beside ∂h_t/∂h_{t−1}; no product of the latter alone says it all."""
    names = [
        (t["of"], t["by"]) for t in derived(OWN["two steps back, and a penalty"])["transitions"]
    ]
    assert names == [("h[t]", "h[t-1]"), ("h[t]", "h[t-2]")]


def test_what_a_parameter_gives_twice_is_added_twice() -> None:
    text = """
equations: |
  h[t] = tanh(b + b + b*h[t-1])
  L = sum[t](h[t]) + b + b
steps: 1..2
parameters: {b: }
initial: {"h[0]": }
"""
    assert test_derive.check_gradients(derived(text), 1, 1) > 0


def test_without_a_loss_the_hint_names_what_the_problem_has() -> None:
    text = 'equations: |\n  q[t] = w*q[t-1]\nsteps: 1..3\nparameters: {w: }\ninitial: {"q[0]": }\n'
    with pytest.raises(Failure) as caught:
        derived(text)
    assert dict(caught.value.diagnostics[0].words)["example"] == "q[3]"
