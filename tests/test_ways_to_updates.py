"""An update may go on from a gradient that is not on the sheet, and came by any honest way."""

from __future__ import annotations

from fractions import Fraction

import pytest

from rnnhand.marking.marker import marker_for
from rnnhand.marking.sheet import read_sheet
from rnnhand.marking.verdicts import mark
from rnnhand.problem.reader import read_problem

PROBLEM = """
equations: |
  h[t] = w*h[t-1] + v*x[t]
  L[t] = (h[t] - y[t])^2
  L = sum[t](L[t])
steps: 1..2
parameters: {w: 1/2, v: 1}
initial: {"h[0]": 1}
data: {"x[1..2]": [1, 2], "y[1..2]": [1, 0]}
loss: L
ask: [forward, gradients, {update: {rule: sgd, lr: 1/10}}]
"""
SHARES = {"dL[1]/dv": Fraction(1), "dL[2]/dv": Fraction(55, 4)}
"""By hand: h = 3/2, 11/4; dL[1]/dv = 2·1/2·1, dL[2]/dv = 2·11/4·(2 + 1/2·1)."""


def verdicts(**sheet: Fraction) -> dict[str, str]:
    text = "".join(f'"{name}": {value}\n' for name, value in sheet.items())
    marked = mark(marker_for(read_problem(PROBLEM, "problem")), read_sheet(text))
    return {item.label: item.verdict.value for item in marked.items}


def updated(shares: dict[str, Fraction]) -> Fraction:
    return 1 - Fraction(1, 10) * sum(shares.values())


def test_the_sum_of_the_steps_shares_is_gone_on_with() -> None:
    assert set(verdicts(**SHARES, **{"after 1: v": updated(SHARES)}).values()) == {"right"}


@pytest.mark.parametrize("slipped", SHARES)
def test_a_slip_in_a_share_reaches_the_update(slipped: str) -> None:
    shares = {**SHARES, slipped: SHARES[slipped] + 3}
    found = verdicts(**shares, **{"after 1: v": updated(shares)})
    (other,) = SHARES.keys() - {slipped}
    assert found == {slipped: "wrong", other: "right", "after 1: v": "follows"}


def test_what_no_way_gives_is_wrong() -> None:
    shares = {**SHARES, "dL[1]/dv": Fraction(4)}
    assert verdicts(**shares, **{"after 1: v": Fraction(7)})["after 1: v"] == "wrong"
