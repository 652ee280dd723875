"""The shortcut p − y gives what the two steps give, wherever it is offered."""

from __future__ import annotations

import pytest

from rnnhand.arithmetic.agreement import common_digits
from rnnhand.arithmetic.policy import settle
from rnnhand.calculus.gradient import shapes_in
from rnnhand.calculus.shortcut import shortcuts
from rnnhand.explain.mathematics import at_step
from rnnhand.problem.files import bundled, load, source
from rnnhand.questions.evaluation import evaluated
from rnnhand.questions.key import instances
from rnnhand.questions.work import Plan, entries

WITH_SHORTCUT = [
    "softmax-under-logarithm",
    "slide-rnn-last",
    "slide-rnn-every",
    "row-batch",
    "cross-entropy-binary",
    "logistic-step",
    "logloss-on-top",
    "whole-net-logloss",
]


@pytest.mark.parametrize("name", sorted(bundled()))
def test_a_shortcut_equals_the_adjoint(name: str) -> None:
    plan = Plan(load(source(name)))
    if plan.gradient is None or plan.has_letters:
        return
    found = shortcuts(plan.gradient)
    assert bool(found) == (name in WITH_SHORTCUT)
    settled = settle(plan.task(), "decimal", 20)
    shape = shapes_in(plan.full)
    with settled.precisely():
        for shortcut in found:
            made = plan.gradient.of_quantity(shortcut.logits)
            for step in instances(plan.full, made):
                if shortcut.steps is not None and step not in shortcut.steps:
                    continue
                formula = at_step(shortcut.formula, plan.full, step)
                value = evaluated(plan.full, settled.work, settled.work.storage, formula, shape)
                own = plan.full.shapes[made]
                pairs = zip(
                    entries(value, own), entries(settled.work.at(made, step), own), strict=True
                )
                assert all(common_digits(a, b) > 15 for a, b in pairs)
