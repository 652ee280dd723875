"""The shortcut p − y gives what the two steps give, wherever it is offered."""

from __future__ import annotations

import pytest

from rnnhand.arithmetic.agreement import common_digits
from rnnhand.arithmetic.policy import settle
from rnnhand.calculus.gradient import shapes_in
from rnnhand.calculus.shortcut import shortcuts
from rnnhand.explain.mathematics import at_step
from rnnhand.problem.files import bundled, load, source
from rnnhand.problem.reader import read_problem
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


CLASSES = [
    "-sum(y*log(p))",
    "-sum(log(p)*y)",
    "sum(-y*log(p))",
    "-y.T @ log(p)",
    "-log(p).T @ y",
    "-log(sum(p*one_hot(2, 3)))",
    "-log(one_hot(2, 3).T @ p)",
    "-sum(log(p)*one_hot(2, 3))/3",
]
TWO = [
    "-y*log(p) - (1 - y)*log(1 - p)",
    "-((1 - y)*log(1 - p) + y*log(p))",
    "-(log(p)*y + log(1 - p)*(1 - y))",
    "-y*log(p) + (y - 1)*log(1 - p)",
    "bce(p, y)",
    "-log(p)",
    "-log(1 - p)",
]
NONE = ["-sum(2*y*log(p))", "-log(sum(y*p))", "-sum(p*y)"]


def likelihood(loss: str, two: bool) -> str:
    z, p = ("1/3", "sigmoid(z)") if two else ("[1/2, -1, 1/4]", "softmax(z)")
    y = "" if "y" not in loss else "data: {y: 1}\n" if two else "data: {y: [0, 1, 0]}\n"
    return f"equations: |\n  p = {p}\n  L = {loss}\nparameters: {{z: {z}}}\n{y}"


@pytest.mark.parametrize("loss", [*CLASSES, *TWO, *NONE])
def test_a_likelihood_is_known_however_it_is_written(loss: str) -> None:
    plan = Plan(read_problem(likelihood(loss, loss in TWO), "problem"))
    assert plan.gradient is not None
    found = shortcuts(plan.gradient)
    assert len(found) == (loss not in NONE)
    settled = settle(plan.task(), "decimal", 20)
    shape = shapes_in(plan.full)
    with settled.precisely():
        for shortcut in found:
            made = plan.gradient.of_quantity(shortcut.logits)
            value = evaluated(
                plan.full, settled.work, settled.work.storage, shortcut.formula, shape
            )
            own = plan.full.shapes[made]
            pairs = zip(entries(value, own), entries(settled.work.at(made, None), own), strict=True)
            assert all(common_digits(a, b) > 15 for a, b in pairs)


def test_there_is_no_shortcut_where_the_probabilities_are_derived() -> None:
    text = likelihood("-y*log(p) - (1 - y)*log(1 - p)", True).replace(
        "parameters", "loss: p\nparameters"
    )
    plan = Plan(read_problem(text, "problem"))
    assert plan.gradient is not None and not shortcuts(plan.gradient)
