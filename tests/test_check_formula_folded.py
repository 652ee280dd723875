"""A formula with everything put in is proved under the names of what was put in."""

from __future__ import annotations

import pytest

from rnnhand.language.printer import text
from rnnhand.problem.files import Source, load
from rnnhand.questions.formula.folded import folded
from rnnhand.questions.formula.formula import read
from rnnhand.questions.formula.judge import judge

SOFTMAX = """
title: a class at every step
equations: |
  h[t] = tanh(w*h[t-1] + v*x[t])
  z[t] = u*h[t]
  p[t] = softmax(z[t])
  L[t] = -sum(y[t]*log(p[t]))
  L = sum[t](L[t])
steps: 1..3
parameters: {w: 0.5, v: 1, u: [1, -0.5, 0.25]}
data: {"h[0]": 0.25, "x[1..3]": [1, -0.5, 2], "y[1..3]": [[1, 0, 0], [0, 1, 0], [0, 0, 1]]}
"""
H1 = "tanh(v*x[1] + h[0]*w)"
H2 = f"tanh(w*{H1} + v*x[2])"
H3 = f"tanh(w*{H2} + v*x[3])"


def error(h: str, step: int) -> str:
    return f"(exp(u*{h})/sum(exp(u*{h})) - y[{step}])"


ALL = f"{error(H1, 1)}*{H1} + {error(H2, 2)}*{H2} + {error(H3, 3)}*{H3}"


def test_names_stand_for_what_was_put_in() -> None:
    found = folded(read(load(Source("own.yaml", SOFTMAX), ()), "dL/du", ALL))
    assert found is not None
    wanted = "(p[1] - y[1])*h[1] + (p[2] - y[2])*h[2] + (p[3] - y[3])*h[3]"
    assert text(found.instances[0].own) == wanted
    assert folded(found) is None


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("tanh(w*h[0] - v*x[1])", "tanh(w*h[0] - v*x[1])"),
        ("tanh(v*h[0] + w*x[1])", "tanh(v*h[0] + w*x[1])"),
        ("tanh(w*h[0] + v*x[2])", "tanh(w*h[0] + v*x[2])"),
        ("exp(z[1])/sum(exp(z[2]))", "exp(z[1])/sum(exp(z[2]))"),
        ("-(-(w*h[0])) + v*x[1]", "a[1]"),
    ],
)
def test_what_is_not_the_same_keeps_its_own_form(written: str, kept: str) -> None:
    formula = read(load(Source("own.yaml", SOFTMAX), ()), "dL/du", f"({written})*u")
    found = folded(formula) or formula
    assert text(found.instances[0].own) in (f"{kept}*u", f"({kept})*u")


@pytest.mark.slow
def test_a_softmax_written_out_over_three_steps_is_decided() -> None:
    problem = load(Source("own.yaml", SOFTMAX), ())
    assert judge(read(problem, "dL/du", ALL)).verdict == "right"
    slip = ALL.replace("y[2]", "y[3]")
    assert judge(read(problem, "dL/du", slip)).verdict == "wrong"
