"""Updates: one observation at a time, and what an update says of itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rnnhand.cli import main

LEAST_SQUARES = """\
equations: |
  yhat[i] = w*x[i]
  L[i] = (y[i] - yhat[i])^2
  L = sum[i](L[i])
indices: {i: 1..2}
parameters: {w: 0}
data: {"x[1..2]": [1, 2], "y[1..2]": [2, 3]}
ask: [{update: {%s}}]
"""


def solve(tmp_path: Path, update: str, *options: str) -> Result:
    file = tmp_path / "p.yaml"
    file.write_text(LEAST_SQUARES % update, "utf-8")
    return CliRunner().invoke(main, ["solve", str(file), "--lang", "en", *options])


def after(tmp_path: Path, update: str) -> list[str]:
    result = solve(tmp_path, update, "--format", "json", "--arithmetic", "exact")
    assert result.exit_code == 0, result.output
    return [entry["w"] for entry in json.loads(result.stdout)["after"]]


def test_observations_one_at_a_time_follow_their_own_losses(tmp_path: Path) -> None:
    # By hand: w ← w + 0.2·x·(y − w·x), with (x, y) = (1, 2), (2, 3), (1, 2), (2, 3).
    found = after(tmp_path, "rule: sgd, lr: 0.1, order: [1, 2, 1, 2]")
    assert found == ["2/5", "32/25", "178/125", "928/625"]


def test_momentum_and_nesterov_take_observations_in_order(tmp_path: Path) -> None:
    # By hand: h = 0.9·h + 0.1·g, w = w − h; for Nesterov g is taken at w − 0.9·h.
    # The first step is the same: g = −4, h = −0.4, w = 0.4. Then g = −4·(3 − 2·0.4) = −8.8, or at
    # 0.4 + 0.36 = 0.76, g = −4·(3 − 1.52) = −5.92.
    momentum = after(tmp_path, "rule: momentum, lr: 0.1, momentum: 0.9, order: [1, 2]")
    assert momentum == ["2/5", "41/25"]  # 0.4 + 0.36 + 0.88
    nesterov = after(tmp_path, "rule: nesterov, lr: 0.1, momentum: 0.9, order: [1, 2]")
    assert nesterov == ["2/5", "169/125"]  # 0.4 + 0.36 + 0.592


def test_the_loss_that_is_followed_is_named(tmp_path: Path) -> None:
    page = solve(tmp_path, "rule: sgd, lr: 0.1, order: [1, 2]").output
    assert "∂L_1/∂w" in page
    assert "∂L_2/∂w" in page


@pytest.mark.parametrize(
    ("update", "said"),
    [
        ("rule: sgd, lr: 0.1, order: [1, 3]", "order names 3"),
        ("rule: sgd, lr: 0.1, order: 2", "order is a list"),
        ("rule: sgd, lr: 0.1, order: [1/2]", "order is a list"),
        ("rule: sgd, lr: 0.1, order: [1, 2], steps: 5", "order names 2 iterations"),
    ],
)
def test_a_faulty_order_is_refused(tmp_path: Path, update: str, said: str) -> None:
    result = solve(tmp_path, update)
    assert result.exit_code == 2
    assert said in result.output


CANCELLING = """
equations: |
  a = w@x
  p = softmax(a)
  h = tanh(p)
  L = sum(h) + v^2
parameters: {w: [[1, 1/3], [1, 1/3]], v: 1/2}
data: {x: [1, 2]}
loss: L
ask: [gradients, {update: {rule: RULE, lr: 1/10}}]
"""


@pytest.mark.parametrize("rule", ["adam", "adagrad", "rmsprop"])
def test_a_gradient_that_cancels_moves_nothing(tmp_path: Path, rule: str) -> None:
    # Both outputs are alike, so that no weight makes a difference; in balls this is no exact 0.
    (tmp_path / "p.yaml").write_text(CANCELLING.replace("RULE", rule), "utf-8")
    result = CliRunner().invoke(main, ["solve", str(tmp_path / "p.yaml"), "--format", "json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)["after"][0]
    assert found["w"] == [["1.00000000000000", "0.333333333333333"]] * 2
    assert found["v"] != "1/2"


def test_a_root_of_what_is_just_below_0_is_refused(tmp_path: Path) -> None:
    e = "2.71828182845904523536028747135266249775724709369995957496696763"
    text = f'equations: "y = 2 + sqrt(exp(1) - {e})"\nask: [forward]\n'
    (tmp_path / "p.yaml").write_text(text, "utf-8")
    result = CliRunner().invoke(main, ["solve", str(tmp_path / "p.yaml")])
    assert result.exit_code == 2 and "sqrt" in result.stderr
