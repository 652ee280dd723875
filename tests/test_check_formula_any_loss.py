"""A network without a loss of its own: the loss is any, and g[t] its slope by the output."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from rnnhand.cli import main
from rnnhand.problem.files import Source, load
from rnnhand.questions.formula.formula import read
from rnnhand.questions.formula.judge import judge
from rnnhand.questions.formula.judged import Judged

LAYERS = """
title: two layers and no loss
layers: [{cell: rnn, h: 1}, {cell: rnn, h: 2}]
steps: 1..2
initial: {"h1[0]": 0.25, "h2[0]": [0.5, -0.5]}
data: {"x[1..2]": [1, -2]}
"""


def judged(target: str, written: str, text: str = LAYERS) -> Judged:
    return judge(read(load(Source("own.yaml", text), ()), target, written))


def test_the_slope_of_any_loss_enters_at_each_step() -> None:
    right = judged("dL/dh2[t]", "g[t] + W_h2.T @ ((1 - h2[t+1]^2)*dL/dh2[t+1])")
    assert (right.verdict, right.holds) == ("right", "always")
    assert judged("dL/dh2[t]", "g[t]").verdict == "wrong"
    assert judged("dL[1]/dh2[1]", "g[1]").verdict == "right"


@pytest.mark.parametrize("name", ["two-layers-gru", "two-layers-lstm"])
def test_what_derive_gives_without_a_loss_is_right(name: str) -> None:
    """The unrolled formulas of `derive`, which has always had a loss that nobody chose."""
    run = CliRunner()
    data = json.loads(run.invoke(main, ["derive", name, "--format", "json"]).stdout)
    assert data["unrolled"]
    for derivative, one in list(data["unrolled"].items())[:3]:
        formula = one["formula"]
        found = run.invoke(main, ["check-formula", name, derivative, formula, "--format", "json"])
        assert json.loads(found.stdout)["verdict"] == "right", derivative


def test_the_page_says_what_the_letter_stands_for() -> None:
    found = CliRunner().invoke(main, ["check-formula", "two-layers-gru", "dL/dh2[T]", "g[T]"])
    assert found.exit_code == 0
    assert "g_t stands for ∂L_t/∂h⁽²⁾_t" in found.stdout


def test_a_name_that_is_taken_is_not_taken_again() -> None:
    text = LAYERS.replace("title", "parameters: {g: 2}\nequations: |\n  y[t] = g*h2[t]\ntitle")
    assert judged("dL[2]/dh2[2]", "e[2]", text).verdict == "right"
