"""`flow` where an output is fed back, and where a change passes through matrices of few rows."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from test_flow import answer, of_text

from rnnhand.errors import Failure
from rnnhand.problem.reader import read_problem
from rnnhand.render.plain import text as plain

FREE = """
equations: |
  h[t]    = tanh(W @ h[t-1] + V @ yhat[t-1])
  yhat[t] = tanh(U @ h[t])
  L       = sum[t](sum((yhat[t] - y[t])^2))
steps: 1..3
parameters: {W: [[0.5, 0.1], [0.2, -0.3]], V: [[0.3], [1]], U: [[0.7, 0.2]]}
initial: {"h[0]": [0.3, -0.2], "yhat[0]": 0.1}
data: {"y[1..3]": [1, 2, 3]}
"""


W, V, U = np.array([[0.5, 0.1], [0.2, -0.3]]), np.array([[0.3], [1.0]]), np.array([[0.7, 0.2]])


def free_factors() -> list[Any]:
    """∂h_t/∂h_{t−1} of the network above, by central differences of one step."""
    h, found = np.array([0.3, -0.2]), []

    def step(h: Any, first: bool) -> Any:
        return np.tanh(W @ h + V @ (np.array([0.1]) if first else np.tanh(U @ h)))

    for t in range(1, 4):
        e = 1e-6 * np.eye(2)
        columns = [(step(h + d, t == 1) - step(h - d, t == 1)) / 2e-6 for d in e]
        found.append(np.array(columns).T)
        h = step(h, t == 1)
    return found


def test_the_factor_of_a_network_that_reads_its_output_has_a_formula() -> None:
    loop = of_text(FREE)["recurrences"][0]
    assert loop["formulas"] == {
        "dh[t]/dh[t-1]": "diag(1 - h[t]^2) @ W"
        " + [t >= 2]*diag(1 - h[t]^2) @ V*(1 - yhat[t-1]^2) @ U"
    }
    for factor, wanted in zip(loop["factors"], free_factors(), strict=True):
        assert np.allclose(np.array(factor["value"], float), wanted, atol=1e-8)


def test_its_bound_is_over_both_ways_and_holds() -> None:
    loop = of_text(FREE)["recurrences"][0]
    (bound,) = loop["bounds"]
    norms = [np.linalg.norm(a, 2) for a in (W, V, U)]
    assert float(bound["value"]) == pytest.approx(norms[0] + norms[1] * norms[2], rel=1e-9)
    assert all(np.linalg.norm(f, 2) <= float(bound["value"]) for f in free_factors())


def test_without_numbers_it_has_the_same_formula() -> None:
    from rnnhand.phrases import phrases
    from rnnhand.questions.flow.letters import document

    text = FREE.replace("V: [[0.3], [1]]", "V: {shape: [2, 1]}")
    page = plain(document(read_problem(text, "problem"), phrases("en")), 110)
    assert "∂h_t/∂h_{t−1} = diag(1 − h_t²)·W + [t ≥ 2]·diag(1 − h_t²)·V·(1 − ŷ_{t−1}²)·U" in page
    assert "ŷ_t is read at the next step too" in page


NARROW = """
equations: |
  h[t] = tanh(V @ (U @ h[t-1]) + d*h[t-1])
  L    = sum(h[T]*h[T])
steps: 1..3
parameters: {V: [[0.9], [0.9]], U: [[0.9, 0.9]], d: [0.01, 0.02]}
initial: {"h[0]": [0.01, 0.02]}
"""


def test_a_matrix_of_one_row_is_as_large_as_its_norm() -> None:
    """By its largest entry the bound would be 0.83, and every factor here is beyond that."""
    found = of_text(NARROW)
    (loop,) = found["recurrences"]
    (bound,) = loop["bounds"]
    sizes = [float(values[0]) for values in loop["singular_values"].values()]
    assert max(sizes) > 1.6
    assert float(bound["value"]) == pytest.approx(1.62 + 0.02)
    assert loop["verdict"]["verdict"] != "fades"
    assert found["weights"]["V"]["singular_values"] == [found["weights"]["U"]["singular_values"][0]]


def test_a_product_of_matrices_is_written_as_one_in_the_language() -> None:
    text = NARROW.replace("tanh(V @ (U @ h[t-1]) + d*h[t-1])", "V @ (U @ h[t-1])")
    formulas = of_text(text.replace(", d: [0.01, 0.02]", ""))["recurrences"][0]["formulas"]
    assert formulas == {"dh[t]/dh[t-1]": "V @ U"}
    assert "*" not in json.dumps(formulas)


@pytest.mark.parametrize("own", ["h[0] = u^2", "h[0] = u"])
def test_a_definite_step_that_an_equation_makes_is_held(own: str) -> None:
    text = f"""
equations: |
  {own}
  y[0] = h[0]^2
  h[t] = tanh(w*h[t-1]*(1 + h[0]) + v*y[0])
  L    = h[T]
steps: 1..3
parameters: {{w: 0.5, v: 0.25, u: 0.3}}
"""
    (loop,) = of_text(text)["recurrences"]
    h = begin = 0.3 if own == "h[0] = u" else 0.09
    for factor in loop["factors"]:
        h = np.tanh(0.5 * h * (1 + begin) + 0.25 * begin**2)
        assert float(factor["value"]) == pytest.approx((1 - h**2) * 0.5 * (1 + begin), rel=1e-12)
    assert loop["formulas"] == {"dh[t]/dh[t-1]": "(1 - h[t]^2)*w*(1 + h[0])"}
    assert list(loop["products"]) == ["dh[3]/dh[2]", "dh[3]/dh[1]"]


def test_a_loop_that_cannot_be_followed_is_not_said_to_be_none() -> None:
    text = """
equations: |
  h[t] = tanh(w*h[t-1] + v*s)
  s    = 2*h[0]
  h[0] = u^2
  L    = h[T]
steps: 1..3
parameters: {w: 0.5, v: 0.25, u: 0.3}
"""
    with pytest.raises(Failure) as raised:
        of_text(text)
    assert [d.code for d in raised.value.diagnostics] == ["flow-varying"]


def test_an_output_that_is_fed_back_at_one_step_counts_at_that_step() -> None:
    found = answer("there-and-back-free-running")["recurrences"][0]
    assert found["formulas"] == {"dh[t]/dh[t-1]": "[a[t] > 0]*w + [t == 3]*[a[t] > 0]*v*u"}
    # relu: a_1 = 0, a_2 and a_3 > 0; w = v = u = 1/2
    assert [f["value"] for f in found["factors"]] == ["0", "1/2", "3/4"]
