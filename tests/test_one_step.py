"""A slip at one step that only the sum over the steps shows is named, with its step."""

from __future__ import annotations

from math import tanh

import pytest

from rnnhand.marking.explaining import explain_further
from rnnhand.marking.marked import Verdict
from rnnhand.marking.marker import Marker, marker_for
from rnnhand.marking.report import as_data
from rnnhand.marking.sheet import read_sheet
from rnnhand.marking.verdicts import mark
from rnnhand.phrases import phrases
from rnnhand.problem.reader import read_problem

W, V, U, B = 0.7, -0.4, 1.3, 0.2
X, Y = (1, 0.5, -2, 1.5), (0.3, 1, -1, 0.4)
PROBLEM = f"""
equations: |
  h[t] = tanh(w*h[t-1] + v*x[t] + b)
  yhat[t] = u*h[t]
  L[t] = (yhat[t] - y[t])^2
  L = sum[t](L[t])
steps: 1..4
parameters: {{w: {W}, v: {V}, u: {U}, b: {B}}}
initial: {{"h[0]": 0.3}}
data: {{"x[1..4]": {list(X)}, "y[1..4]": {list(Y)}}}
"""


def by_hand() -> tuple[list[float], list[float], list[float]]:
    """h, dL/dh and dL/da by their steps."""
    h = [0.3]
    for x in X:
        h.append(tanh(W * h[-1] + V * x + B))
    dh, da = [0.0] * 6, [0.0] * 6
    for t in (4, 3, 2, 1):
        dh[t] = 2 * (U * h[t] - Y[t - 1]) * U + W * da[t + 1]
        da[t] = dh[t] * (1 - h[t] ** 2)
    return h, dh, da


H, DH, DA = by_hand()
PARTS = {t: DA[t] * H[t - 1] for t in (1, 2, 3, 4)}
TOTAL = sum(PARTS.values())
SLIPS = {
    "contribution-dropped": (TOTAL - PARTS[2], "step 2"),
    "contribution-twice": (TOTAL + PARTS[3], "step 3"),
    "contribution-sign": (TOTAL - 2 * PARTS[2], "step 2"),
    "state-not-delayed": (TOTAL - PARTS[3] + DA[3] * H[3], "h[3]"),
    "slope-forgotten": (TOTAL - PARTS[4] + DH[4] * H[3], ""),
}


@pytest.fixture(scope="module")
def marker() -> Marker:
    return marker_for(read_problem(PROBLEM, "problem"))


@pytest.mark.parametrize("kind", SLIPS)
def test_a_slip_at_one_step_is_named_from_the_total_alone(kind: str, marker: Marker) -> None:
    total, told = SLIPS[kind]
    hs = ", ".join(f"{h:.4f}" for h in H[1:])
    marked = mark(marker, read_sheet(f"h[1..4]: [{hs}]\ndL/dw: {total:.4f}\n"))
    explain_further(marked)
    (item,) = (i for i in marked.items if i.verdict == Verdict.WRONG)
    assert item.label == "dL/dw"
    assert kind in {d.id for d in item.diagnoses}
    data = as_data(marked, phrases("en"))
    messages = [d["message"] for i in data["items"] for d in i["diagnosis"] if d["id"] == kind]
    assert told in messages[0]


def test_a_total_that_no_single_step_explains_is_not_explained(marker: Marker) -> None:
    marked = mark(marker, read_sheet("dL/dw: 123.4567\n"))
    explain_further(marked)
    assert not marked.items[0].diagnoses
