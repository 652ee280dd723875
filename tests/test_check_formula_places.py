"""The place of an entry may be any whole number that is told by what runs: u(2i), u_{4−i}."""

from __future__ import annotations

import pytest

from rnnhand.errors import Failure
from rnnhand.problem.files import Source, load
from rnnhand.questions.formula.formula import read
from rnnhand.questions.formula.judge import judge
from tests.budget import every
from tests.test_check_formula_indexed import MATRIX, SOFTMAX, code_of, judged

FOUR = """
title: four entries
equations: |
  h[t] = tanh(w*h[t-1] + x[t])
  z[t] = u*h[t]
  q[t] = rows(u, 2, 2)*h[t] + rows(u, 4, 4)*h[t]
  L[t] = sum(z[t]^2) + q[t]
  L = sum[t](L[t])
steps: 1..3
parameters: {w: 0.5, u: [1, -1, 0.5, 2], c: [3, 1, 4, 1], e: [2, 5]}
initial: {"h[0]": 0.25}
data: {"x[1..3]": [1, 2, -1]}
"""

EVEN = [  # dq/dh = u_2 + u_4
    "Σ(i, 1, 2, u(2i))",
    "Σ(i, 1, 2, u(2*i))",
    "Σ(i, 1, 2, u(i·2))",
    "sum[i](u(2i))",
    "Σ_{i=1}^{2} u_{2i}",
    r"\sum_{i=1}^{2} u_{2\cdot i}",
    "Σ(i, 0, 1, u(2(i + 1)))",
    "Σ(i, 1, 2, u(6 - 2i))",
    "Σ(i, 3, 3, u((i + 1)/2)) + u(4)",
    "Σ(i, 2, 2, Σ(j, 0, 1, u(2j + i)))",
    "sum[i](u(2i)*e(i)/e(i))",
    "Σ_{i=1}^4 u_i (1 + (-1)^i)/2",
    "Σ(i, 1, 2, 2u(2i) - (u + 0*c)(2i))",
]


@pytest.mark.parametrize("written", every(3, EVEN))
def test_a_place_is_worked_out(written: str) -> None:
    assert judged("dq[t]/dh[t]", written, FOUR).verdict == "right"


@pytest.mark.parametrize(
    "written", ["Σ(i, 1, 2, u(2i - 1))", "Σ(i, 1, 2, u(i*i))", "sum[i](u(5 - i))"]
)
def test_and_another_entry_is_wrong(written: str) -> None:
    assert judged("dq[t]/dh[t]", written, FOUR).verdict == "wrong"


@pytest.mark.parametrize(
    ("target", "written", "text"),
    [
        ("dL[t]/dh[t]", "Σ_{i=1}^{3} u_{4-i}p_{t,4-i} - u_{k_t}", SOFTMAX),
        ("dL[t]/dh[t]", "sum[i](u(4 - i)*p[t](4 - i)) - u(k[t])", SOFTMAX),
        ("dL/dw", "Σ_{s=1}^{3} (Σ_i u_i p_{s,i} - u_{k_s})·dh[s]/dw", SOFTMAX),
        ("dL/dh[1](1)", "Σ_{j=1}^{2} 2h_{2,3-j} (1-h_{2,3-j}^2) W_{3-j,1}", MATRIX),
        ("dL/dh[1](1)", "Σ(j, 1, 2, 2h[2](3 - j)(1 - h[2](3 - j)^2)W(3 - j, 1))", MATRIX),
    ],
)
def test_it_may_stand_lower_and_behind_a_number(target: str, written: str, text: str) -> None:
    assert judged(target, written, text).verdict == "right"


def test_a_step_beside_what_runs_tells_an_entry_below_a_name() -> None:
    assert judged("dq[t]/dh[t]", "Σ_{k=t}^{t+1} u_{2(k-t)+2}", FOUR).verdict == "right"
    assert judged("dq[t]/dh[t]", "Σ_{k=t}^{t+1} u_{2(k-t)+1}", FOUR).verdict == "wrong"


@pytest.mark.parametrize(
    ("written", "code", "place"),
    [
        ("Σ(i, 1, 3, u(2i))", "result-entry", "u(2i)"),
        ("Σ(i, 0, 1, u(2i))", "result-entry", "u(2i)"),
        ("Σ(i, 1, 2, z[t](3i))", "result-entry", "z[t](3i)"),
        ("1 + Σ(i, 1, 2, u(i/3))", "formula-place", "/3"),
        ("sum[i](u(i*i))", "formula-place-bounds", "*i"),
        ("sum[i](u(2i)*c(i))", "formula-entries-apart", "i)"),
        ("w + sum[i](u(7i))", "formula-nothing-runs", "i)"),
        ("Σ(k, 1, t, u(t - k))", "formula-bracket", "(t - k)"),
        ("w*u(3 - 1)", "formula-bracket", "(3 - 1)"),
    ],
)
def test_what_leaves_the_extent_or_may_mean_two_things_is_told_where_it_stands(
    written: str, code: str, place: str
) -> None:
    with pytest.raises(Failure) as failed:
        judge(read(load(Source("own.yaml", FOUR), ()), "dq[t]/dh[t]", written))
    (found, *_) = failed.value.diagnostics
    assert found.code == code
    assert found.span is not None
    start = found.span.column - 1
    assert written[start:].startswith(place[: found.span.width])
    assert written.rindex(place) == start


def test_a_class_has_no_class_beside_it() -> None:
    assert code_of("dL[t]/dh[t]", "u(k[t] + 1)") == "formula-place"


def test_a_number_times_a_bracket_stays_a_product() -> None:
    assert judged("dh[1]/dh[0]", "Σ(k, 1, 2, (1 - h[1]^2)(k)w/3)", FOUR).verdict == "right"
    assert judged("dh[1]/dh[0]", "Σ(k, 1, 2, w(2k)(1 - h[1]^2)/6)", FOUR).verdict == "right"
