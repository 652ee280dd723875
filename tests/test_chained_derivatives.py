"""Derivatives that follow from others on the sheet by the chain rule, from whichever end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from solving import command

VECTORS = """
equations: |
  h[t] = tanh(W @ h[t-1] + x[t])
  L = sum((h[T] - 1)^2)
steps: 1..4
parameters: {W: [[0.5, -0.25], [0.1, 0.3]]}
initial: {"h[0]": [0, 0]}
data: {"x[1..4]": [[1, 0], [0, 1], [1, 1], [0, 0]]}
ask: ["dh[3]/dh[1]"]
"""

SCALARS = """
equations: |
  h[t] = w*h[t-1]^2 + x[t]
  L = sum[t](h[t])
steps: 1..4
parameters: {w: 0.5}
initial: {"h[0]": 1}
data: {"x[1..4]": [1, 0, 1, 1]}
ask: ["dh[3]/dh[1]"]
"""

TWO_STATES = SCALARS.replace("w*h[t-1]^2", "w*h[t-1]^2 + c[t-1]").replace(
    "  L =", "  c[t] = w*h[t-1]\n  L ="
).replace('"h[0]": 1', '"h[0]": 1, "c[0]": 0')  # fmt: skip


def verdicts(problem: str, sheet: str, tmp_path: Path) -> list[str]:
    (tmp_path / "problem.yaml").write_text(problem, "utf-8")
    (tmp_path / "sheet.yaml").write_text(sheet, "utf-8")
    files = [str(tmp_path / name) for name in ("problem.yaml", "sheet.yaml")]
    found = json.loads(command("check", *files, "--format", "json").stdout)
    return [item["verdict"] for item in found["items"]]


def test_the_product_of_two_wrong_matrices_follows_from_both(tmp_path: Path) -> None:
    """[[1, 2], [0, 1]]·[[1, 0], [1, 1]] = [[3, 2], [1, 1]]."""
    steps = "dh[3]/dh[2]: [[1, 2], [0, 1]]\ndh[2]/dh[1]: [[1, 0], [1, 1]]\n"
    made = steps + "dh[3]/dh[1]: [[3, 2], [1, 1]]\n"
    assert verdicts(VECTORS, made, tmp_path) == ["wrong", "wrong", "follows"]
    made = steps + "dh[3]/dh[1]: [[1, 2], [1, 3]]\n"  # the other way round
    assert verdicts(VECTORS, made, tmp_path) == ["wrong", "wrong", "wrong"]


def test_a_product_of_three_follows_from_all_of_them(tmp_path: Path) -> None:
    """D·E·F for D, E of above and F = [[0, 1], [1, 0]], with E·F on the sheet or without it."""
    steps = (
        "dh[4]/dh[3]: [[1, 2], [0, 1]]\ndh[3]/dh[2]: [[1, 0], [1, 1]]\n"
        "dh[2]/dh[1]: [[0, 1], [1, 0]]\n"
    )
    made = steps + "dh[4]/dh[1]: [[2, 3], [1, 1]]\n"
    assert verdicts(VECTORS, made, tmp_path) == ["wrong", "wrong", "wrong", "follows"]
    made = steps + "dh[3]/dh[1]: [[0, 1], [1, 1]]\ndh[4]/dh[1]: [[2, 3], [1, 1]]\n"
    assert verdicts(VECTORS, made, tmp_path) == [*["wrong"] * 3, "follows", "follows"]


@pytest.mark.parametrize(("given", "verdict"), [("6", "follows"), ("-6", "wrong")])
def test_the_product_of_two_wrong_numbers_follows(given: str, verdict: str, tmp_path: Path) -> None:
    sheet = f"dh[3]/dh[2]: 2\ndh[2]/dh[1]: 3\ndh[3]/dh[1]: {given}\n"
    assert verdicts(SCALARS, sheet, tmp_path) == ["wrong", "wrong", verdict]


def test_a_loss_at_the_end_goes_through_the_states(tmp_path: Path) -> None:
    """dL/dh[3] = Dᵀ·dL/dh[4] = (5, 12) for dL/dh[4] = (5, 2) and D = [[1, 2], [0, 1]]."""
    sheet = "dh[4]/dh[3]: [[1, 2], [0, 1]]\ndL/dh[4]: [5, 2]\ndL/dh[3]: [5, 12]\n"
    assert verdicts(VECTORS, sheet, tmp_path) == ["wrong", "wrong", "follows"]


def test_where_another_way_leads_past_the_product_is_wrong(tmp_path: Path) -> None:
    """h[1] reaches h[3] through c[2] too."""
    sheet = "dh[3]/dh[2]: 2\ndh[2]/dh[1]: 3\ndh[3]/dh[1]: 6\n"
    assert verdicts(TWO_STATES, sheet, tmp_path) == ["wrong", "wrong", "wrong"]
