"""A ball holds the number: floats of the same equations lie in balls of little more width."""

from __future__ import annotations

import pytest

from rnnhand.arithmetic.ball import BALLS, precision
from rnnhand.arithmetic.machine import FLOAT
from rnnhand.arithmetic.program import compiled, initial_storage
from rnnhand.problem.files import bundled, load, source
from rnnhand.questions.work import Plan

NARROWER_THAN_FLOATS = 48
"""Bits; a float has 53, so its rounding errors are smaller than those that the balls allow for."""


@pytest.mark.parametrize("name", sorted(bundled()))
def test_floats_lie_in_their_balls(name: str) -> None:
    plan = Plan(load(source(name)))
    if plan.has_letters or not plan.full.equations:
        return
    floats = initial_storage(plan.full, FLOAT)
    compiled(plan.full, FLOAT).run(floats)
    with precision(NARROWER_THAN_FLOATS):
        balls = initial_storage(plan.full, BALLS)
        compiled(plan.full, BALLS).run(balls)
    checked = 0
    with precision(53):
        for q in balls:
            pairs = zip(floats[q], balls[q], strict=True) if q.over else [(floats[q], balls[q])]
            for number, ball in pairs:
                if number is None:
                    continue
                one = isinstance(number, float)
                for x, b in [(number, ball)] if one else zip(number, ball, strict=True):
                    assert b.contains(x), (q, x, b)
                    checked += 1
    assert checked
