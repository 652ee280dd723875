"""Two slips in one summand are told, where both together are proved to be all that is wrong."""

from __future__ import annotations

import random
from itertools import product

import pytest

from rnnhand.problem.files import Source, load
from rnnhand.questions.formula.formula import read
from rnnhand.questions.formula.judge import judge
from rnnhand.questions.formula.multiplied import multiplied
from rnnhand.questions.formula.told import told

RNN = """
title: one unit
equations: |
  h[t] = tanh(v*x[t] + w*h[t-1] + b)
  L[t] = (h[t] - y[t])^2
  L = sum[t](L[t])
steps: 1..3
parameters: {v: 1, w: 0.5, b: 0.5}
data: {"h[0]": 0.3, "x[1..3]": [1, 2, 1.5], "y[1..3]": [1, 1, 2]}
"""
BEGIN = "2*(h[2] - y[2])*(1 - h[2]^2)"


@pytest.mark.parametrize(
    ("target", "written", "kinds"),
    [
        (  # a step, and a factor, in one of two summands
            "dL[2]/dw",
            f"{BEGIN}*h[1] + {BEGIN}*(1 - h[1]^2)*h[1]",
            {"wrong-step", "missing-factor"},
        ),
        (  # the same in a bracket
            "dL[2]/dw",
            f"{BEGIN}*(h[1] + (1 - h[1]^2)*h[1])",
            {"wrong-step", "missing-factor"},
        ),
        (  # a sign, and an exponent
            "dL[2]/dw",
            f"{BEGIN}*(h[1] - w*(1 - h[1]^3)*h[0])",
            {"wrong-sign", "wrong-power"},
        ),
        (
            "dL/dh[t]",
            "2*(h[t] + y[t])*h[t] + w*dL/dh[t+1]*(1 - h[t+1]^2)",
            {"wrong-sign", "extra-factor"},
        ),
    ],
)
def test_two_slips_in_one_summand_are_named(target: str, written: str, kinds: set[str]) -> None:
    judged = judge(read(load(Source("own.yaml", RNN), ()), target, written))
    assert judged.verdict == "wrong"
    assert {one.kind for one in told(judged)} == kinds


def test_what_later_steps_give_to_an_earlier_loss_is_not_missing() -> None:
    problem = load(Source("own.yaml", RNN), ())
    judged = judge(read(problem, "dL[2]/dw", f"{BEGIN}*h[1] + {BEGIN}*(x[1] - 7*b)"))
    assert judged.verdict == "wrong"
    assert "3" not in str([one.slots for one in told(judged)])


def test_pairs_that_multiply_to_what_is_wanted_are_all_found() -> None:
    rng = random.Random(3)
    factors = [rng.choice((0.5, 2.0, 3.0, -1.0, 1 / 3, 1.0)) for _ in range(30)]
    own, wanted = 1.7, 1.7 * 1.5
    values = [own * f for f in factors]
    slow = {
        (i, j)
        for i, j in product(range(30), repeat=2)
        if i < j
        and abs(factors[i] * factors[j] - 1.5) < 1e-9
        and 1.0 not in (factors[i], factors[j])
    }
    assert slow and set(multiplied(values, own, wanted)) == slow
    assert not list(multiplied([None, 0.0, float("inf"), own], own, wanted))


def test_a_long_search_ends_and_the_verdict_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rnnhand.questions.formula.judge.LONGEST_SEARCH", 0.0)
    problem = load(Source("own.yaml", RNN), ())
    judged = judge(read(problem, "dL[2]/dw", f"{BEGIN}*h[1]"))
    assert judged.verdict == "wrong" and judged.counterexample is not None
    assert not list(told(judged))


def test_one_sign_in_a_bracket_is_one_slip() -> None:
    problem = load(Source("own.yaml", RNN), ())
    judged = judge(read(problem, "dL[2]/dw", f"{BEGIN}*(h[1] + w*(1 + h[1]^2)*h[0])"))
    assert len(list(told(judged))) == 1
