"""Derivatives of vectors on answer sheets: matrices, their rows and entries."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from solving import command

PROBLEM = """
equations: |
  h[t] = tanh(W @ h[t-1] + x[t])
  s[t] = v*s[t-1] + h[t]
  y[t] = V @ s[t]
  L[t] = sum((y[t] - 1)^2)
  L = sum[t](L[t])
steps: 1..3
parameters: {W: [[0.5, -0.25], [0.1, 0.3]], V: [[1, 2], [0, 1]], v: [0.5, 2]}
initial: {"h[0]": [0, 0], "s[0]": [0, 1]}
data: {"x[1..3]": [[1, 0], [0, 1], [1, 1]]}
ask: ["dh[2]/dh[1]", "dh[3]/dh[1]", "dh[2]/dW", "dy[3]/dx[1]", "dL[3]/dh[1]", "ds[3]/ds[1]",
      "dW/dW"]
"""


@pytest.fixture
def problem(tmp_path: Path) -> str:
    path = tmp_path / "problem.yaml"
    path.write_text(PROBLEM, "utf-8")
    return str(path)


def checked(problem: str, sheet: str, *options: str) -> dict[str, dict[str, Any]]:
    path = Path(problem).with_name("sheet.yaml")
    path.write_text(sheet, "utf-8")
    found = command("check", problem, str(path), "--format", "json", *options)
    return {item["name"]: item for item in json.loads(found.stdout)["items"]}


def verdicts(problem: str, sheet: str) -> dict[str, str]:
    return {name: item["verdict"] for name, item in checked(problem, sheet).items()}


@pytest.mark.parametrize("ending", ["yaml", "csv", "md", "json", "txt"])
def test_a_filled_sheet_with_derivatives_of_vectors_is_right_in_every_format(
    ending: str, problem: str, tmp_path: Path
) -> None:
    sheet = str(tmp_path / f"answers.{ending}")
    assert command("sheet", problem, "--filled", "-o", sheet).exit_code == 0
    result = command("check", problem, sheet, "--format", "json")
    items = json.loads(result.stdout)["items"]
    assert {item["verdict"] for item in items} == {"right"}
    assert {"dh[2]/dW", "dy[3]/dx[1]", "dL[3]/dh[1]"} <= {item["name"] for item in items}


def test_what_follows_from_a_wrong_derivative_of_a_vector_follows(problem: str) -> None:
    """With dh[3]/dh[2] = D, dh[3]/dh[1] = D·diag(1 − h_2²)·W."""
    right = checked(problem, "dh[3]/dh[2]: [[0.400, -0.200], [0.100, 0.300]]\ndh[3]/dh[1]:\n")
    follow = right["dh[3]/dh[2]"]["expected"]
    assert right["dh[3]/dh[2]"]["verdict"] == "wrong"
    steps = checked(problem, "dh[2]/dh[1]: [[1, 1], [1, 1]]")["dh[2]/dh[1]"]["expected"]
    own = [[0.4, -0.2], [0.1, 0.3]]
    made = [[sum(own[i][k] * float(steps[k][j]) for k in (0, 1)) for j in (0, 1)] for i in (0, 1)]
    marks = verdicts(
        problem, f"dh[3]/dh[2]: [[0.400000, -0.200000], [0.100000, 0.300000]]\ndh[3]/dh[1]: {made}"
    )
    assert marks == {"dh[3]/dh[2]": "wrong", "dh[3]/dh[1]": "follows"}
    assert follow != own


def test_an_entry_of_such_a_matrix_has_a_name(problem: str) -> None:
    """s[3] = v⊙(v⊙s[1] + …), so ds[3]/ds[1] = diag(v²), here diag(1/4, 4)."""
    sheet = "ds[3]/ds[1](1,1): 1/4\nds[3]/ds[1](2,2): 2\nds[3]/ds[1](1,2): 0\nds[3]/ds[1](3,1): 0"
    assert list(verdicts(problem, sheet).values()) == ["right", "wrong", "right", "unreadable"]


def test_a_derivative_of_too_many_numbers_is_refused_with_the_bound(tmp_path: Path) -> None:
    path = tmp_path / "problem.yaml"
    path.write_text("equations: h = 2*x\nparameters: {x: {shape: [9, 9], fill: 1}}\n", "utf-8")
    item = checked(str(path), "dh/dx(1,1): 2")["dh/dx(1,1)"]
    assert item["verdict"] == "unreadable" and item["why"] == ["derivative-of-many"]


def test_a_wrong_derivative_of_a_vector_is_worked_out_as_a_product_of_matrices(
    problem: str,
) -> None:
    checked(problem, "dh[3]/dh[2]: [[1, 2], [3, 4]]\ndh[2]/dW(1,2): 3\n")
    sheet = str(Path(problem).with_name("sheet.yaml"))
    told = command("check", problem, sheet, "--reveal").stdout
    assert "∂h_3/∂h_2 = ∂h_3/∂a_3·W = " in told
    assert "reshape" not in told
    hinted = command("check", problem, sheet, "--hint", "3").stdout
    assert "∂h_3/∂a_3·W" in hinted and "reshape" not in hinted
