"""What is wrong in a formula for many steps is told as in one for a few."""

from __future__ import annotations

import pytest

from rnnhand.language.printer import text
from rnnhand.problem.files import Source, load
from rnnhand.questions.formula.formula import read
from rnnhand.questions.formula.judge import judge
from rnnhand.questions.formula.judged import Judged
from rnnhand.questions.formula.shorter import LONG, shorter


def unit(steps: int) -> str:
    numbers = [((7 * i) % 11 - 5) / 10 for i in range(1, 2 * steps + 1)]
    return f"""
title: one unit
equations: |
  h[t] = tanh(v*x[t] + w*h[t-1] + b)
  L[t] = (h[t] - y[t])^2
  L = sum[t](L[t])
steps: 1..{steps}
parameters: {{v: 0.7, w: 0.5, b: 0.1}}
data: {{"h[0]": 0.3, "x[1..{steps}]": {numbers[:steps]}, "y[1..{steps}]": {numbers[steps:]}}}
"""


def judged(steps: int, target: str, written: str) -> Judged:
    return judge(read(load(Source("own.yaml", unit(steps)), ()), target, written))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("target", "written", "slips"),
    [
        ("dL/dw", "sum[t](dL/dh[t]*h[t-1])", ["1 - h[t]^2"]),
        ("dL/dw", "sum[t](dL/dh[t]*(1 - h[t]^2)*h[t])", ["h[t] → h[t-1]"]),
        (
            "dL/dw",
            "sum[k](dL/dh[k]*(1 + h[k]^2)*h[k])",
            ["h[k] → h[k-1]", "1 + h[k]^2 → 1 - h[k]^2"],
        ),
        (
            "dL/db",
            "sum[t](dL/dh[t+1]*(1 - h[t]^2)*x[t])",
            ["dL/dh[t+1] → dL/dh[t]", "x[t] → 1"],
        ),
    ],
)
def test_a_slip_in_a_long_sum_is_named(target: str, written: str, slips: list[str]) -> None:
    found = judged(500, target, written)
    assert found.verdict == "wrong"
    told_ = [
        text(e.at) if e.at == e.instead else f"{text(e.at)} → {text(e.instead)}"
        for e in found.edits
    ]
    assert sorted(told_) == sorted(slips)


def test_a_long_sum_under_another_index_is_a_multiple() -> None:
    found = judged(150, "dL/dw", "2*sum[k](dL/dh[k]*(1 - h[k]^2)*h[k-1])")
    assert found.verdict == "wrong" and found.factor == "2"


@pytest.mark.parametrize(
    ("steps", "target", "written", "there"),
    [
        (LONG + 1, "dL/dw", "sum[t](h[t])", True),
        (LONG, "dL/dw", "sum[t](h[t])", False),
        (LONG + 8, f"dL[{LONG + 8}]/dw", "sum[t](h[t])", True),
        (LONG + 8, "dL/dw", "sum[t](h[t]*h[9])", False),
        (LONG + 8, "dL/dw", f"sum[t](h[t]*h[{LONG + 8}])", False),
        (LONG + 8, "dL/dw", "Σ(k, 1, T, h[k])", True),
        (LONG + 8, "dL/dw", "Σ(k, 1, 11, h[k])", False),
        (LONG + 8, "dL[9]/dw", "sum[t](h[t])", False),
    ],
)
def test_a_problem_is_short_where_its_middle_is_like_the_rest(
    steps: int, target: str, written: str, there: bool
) -> None:
    formula = read(load(Source("own.yaml", unit(steps)), ()), target, written)
    found = shorter(formula, [formula.full.given])
    assert (found is not None) == there
    if found is not None:
        few, (point,) = found
        assert len(few.system.indices["t"]) < LONG
        assert point.keys() == few.full.given.keys()
        assert all(point[q].values.keys() == g.values.keys() for q, g in few.full.given.items())
