"""What topics do at the edges: letters that decide, numbers that cannot be."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from rnnhand.arithmetic.polynomial import Polynomial
from rnnhand.cli import main
from rnnhand.questions.topics.plane import classes


def solved(topic: str, tmp_path: Path) -> Any:
    path = tmp_path / "problem.yaml"
    path.write_text(f"ask:\n  - {topic}\n", "utf-8")
    return CliRunner().invoke(main, ["solve", str(path), "--format", "json"])


def answer(topic: str, tmp_path: Path) -> dict[str, Any]:
    result = solved(topic, tmp_path)
    assert result.exit_code == 0, result.output
    ((found,),) = (a.values() for a in json.loads(result.stdout)["answers"])
    return dict(found)


@pytest.mark.parametrize(
    ("rate", "one", "two", "holds"),
    [
        ("lambda*gamma^t", "gamma < 1", "gamma < 1", "no"),
        ("gamma^(-t)", "gamma > 1", "gamma > 1", "no"),
        ("t^(-p)", "p > 1", "p > 1/2", "depends"),
        ("1/(1 + a*t)^(q/2)", "q > 2", "q > 1", "depends"),
    ],
)
def test_a_letter_decides_whether_a_rate_is_summable(
    rate: str, one: str, two: str, holds: str, tmp_path: Path
) -> None:
    found = answer(f"robbins_monro: {{rate: {rate}}}", tmp_path)
    assert found["sum"]["converges_for"] == one
    assert found["sum_of_squares"]["converges_for"] == two
    assert found["holds"] == holds


@pytest.mark.parametrize(
    ("rate", "verdict"),
    [("exp(-sqrt(t))", "converges"), ("exp(sqrt(t))", "diverges"), ("c", "diverges"),
     ("0.99^t", "converges"), ("1/n", "diverges")],
)  # fmt: skip
def test_every_sum_that_is_decided_is_said_to_converge_or_not(
    rate: str, verdict: str, tmp_path: Path
) -> None:
    found = answer(f"robbins_monro: {{rate: {rate}}}", tmp_path)
    assert found["sum"]["verdict"] == verdict
    assert found["sum"]["reason"].endswith(verdict)


@pytest.mark.parametrize(
    ("topic", "said"),
    [
        ("robbins_monro: {rate: 1/(t*log(t))}", "from: 2"),
        ("likelihood: {distribution: poisson, at: {y: -2, lambda: 3}}", "y is a whole number"),
        ("likelihood: {distribution: bernoulli, at: {y: 1, p: 1.5}}", "p is a probability"),
        ("likelihood: {distribution: bernoulli, at: {y: 1/2, p: 1/4}}", "y is 0 or 1"),
        ("likelihood: {distribution: gaussian, at: {sigma: 0}}", "sigma is positive"),
        ("likelihood: {distribution: gaussian, at: {sigm: 3}}", "did you mean sigma"),
        ("moments: {of: A, variables: {A: {moments: [1, 0]}}}", "no random variable"),
        ("moments: {of: A, variables: {A: {moments: [0, 1, 0, 1/2]}}}", "no random variable"),
        ("moments: {of: A, variables: {}}", "no entries"),
        ("dropout: {layers: [3, 0, 2], drop: p}", "from 1 up"),
        ("dropout: {layers: [3, 10000000, 2], drop: p}", "too much"),
    ],
)
def test_what_cannot_be_is_told_at_its_place(topic: str, said: str, tmp_path: Path) -> None:
    result = solved(topic, tmp_path)
    assert result.exit_code == 2
    assert "problem.yaml:2:" in result.stderr and said in result.stderr, result.stderr


def test_a_number_put_in_for_a_probability_is_pointed_at(tmp_path: Path) -> None:
    topic = "moments: {of: A, variables: {A: {binomial: [n, q]}}, at: {q: 2}}"
    result = solved(topic, tmp_path)
    assert f":2:{topic.index('2}') + 5}: 2 is no probability" in result.stderr


def test_the_derivative_by_the_score_is_given_in_numbers_too(tmp_path: Path) -> None:
    found = answer("likelihood: {distribution: poisson, at: {y: 2, lambda: 3}}", tmp_path)
    assert found["values"]["dL/ds"] == "1"


def test_a_kernel_alone_is_a_convolution_as_a_size_alone_is_a_pooling(tmp_path: Path) -> None:
    short = "receptive_field: {layers: [{conv: 5}, {pool: 2}], covers: 512}"
    long = "receptive_field: {layers: [{conv: {kernel: 5}}, {pool: {size: 2}}], covers: 512}"
    assert answer(short, tmp_path) == answer(long, tmp_path)


LINE = """
equations: |
  yhat = w*x
  L = (yhat - y)^2
parameters: {w: 0}
data: {x: 1, y: 0}
ask:
  - update: {rule: %s}
"""


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("adam, lr: 0.1, beta1: 1", "beta1 is at least 0 and less than 1"),
        ("momentum, lr: 0.1, momentum: -0.5", "momentum is at least 0"),
        ("rmsprop, lr: 0.1, eps: 0", "division by zero"),
        ("'w[k] = w[k-1] - eta*g[k]'", "rule needs eta"),
    ],
)
def test_an_update_that_cannot_be_is_told_where_it_is_asked_for(
    rule: str, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "problem.yaml"
    path.write_text(LINE % rule, "utf-8")
    result = CliRunner().invoke(main, ["solve", str(path)])
    assert result.exit_code == 2
    assert "problem.yaml:8:" in result.stderr and said in result.stderr, result.stderr


def test_a_curved_decision_line_is_drawn_where_the_argument_is_zero() -> None:
    x1, x2 = Polynomial({(("x1", 1),): Fraction(1)}), Polynomial({(("x2", 1),): Fraction(1)})
    form = x1 + x2 - x1 * x2 * Polynomial({(): Fraction(2)})
    square = [(Fraction(i), Fraction(j)) for i in (0, 1) for j in (0, 1)]
    wanted = [Fraction(i != j) for i, j in square]
    drawn = classes(lambda code, **slots: (code,), ("x1", "x2"), square, wanted, [form])
    assert drawn is not None and len(drawn.strokes) == 1
    ends = [p for piece in drawn.strokes[0].pieces for p in piece]
    assert len(ends) > 50
    assert all(abs(x + y - 2 * x * y) < 0.01 for x, y in ends)


def test_the_output_of_a_neuron_has_a_name_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "problem.yaml"
    path.write_text(
        "ask: [{fit: {neuron: step(b + u*x + v*y), inputs: [x, y], rows: [[1, 1, 1], [0, 0, 0]]}}]",
        "utf-8",
    )
    shown = CliRunner().invoke(main, ["solve", str(path)]).stdout
    assert "out = step(b + u·x + v·y)" in shown


def test_the_mistakes_of_all_topics_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "problem.yaml"
    path.write_text(
        "ask:\n"
        "  - softmax: {logits: [1, 2], temperature: -1}\n"
        "  - dropout: {layers: [3, 4, 2], drop: 2}\n",
        "utf-8",
    )
    said = CliRunner().invoke(main, ["solve", str(path)]).stderr
    assert "problem.yaml:2:" in said and "problem.yaml:3:" in said


@pytest.mark.parametrize(
    ("layers", "after"), [("5", "(1/3)^5"), ("k", "(1/3)^k")]
)  # fmt: skip
def test_what_becomes_of_the_variance_over_all_layers_is_in_the_data(
    layers: str, after: str, tmp_path: Path
) -> None:
    law = "{uniform: [-1/sqrt(n), 1/sqrt(n)]}"
    topic = f"initialisation: {{inputs: n, weights: {law}, layers: {layers}}}"
    assert answer(topic, tmp_path)["after_layers"] == after


@pytest.mark.parametrize("digits", ["2", "3"])
@pytest.mark.parametrize("problem", ["descent-adam", "descent-rmsprop", "logistic-step"])
def test_a_sheet_filled_with_few_digits_is_right(problem: str, digits: str, tmp_path: Path) -> None:
    filled = CliRunner().invoke(main, ["sheet", problem, "--filled", "--digits", digits])
    path = tmp_path / "sheet.yaml"
    path.write_text(filled.stdout, "utf-8")
    assert CliRunner().invoke(main, ["check", problem, str(path)]).exit_code == 0
