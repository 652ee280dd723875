"""Which entries of a wrong matrix are wrong, and what a wide interval does not explain."""

from __future__ import annotations

from typing import Any

import pytest

from rnnhand.marking.explaining import explain_further
from rnnhand.marking.marker import marker_for
from rnnhand.marking.report import as_data
from rnnhand.marking.sheet import read_sheet
from rnnhand.marking.verdicts import mark
from rnnhand.phrases import phrases
from rnnhand.problem.reader import read_problem

PROBLEM = """
equations: |
  z[t] = W @ h[t-1] + v * x[t] + b
  h[t] = tanh(z[t])
  yhat[t] = sigmoid(u.T @ h[t])
  L[t] = -y[t]*log(yhat[t]) - (1-y[t])*log(1-yhat[t])
  L = sum[t](L[t])
parameters: {W: [[1/2, -1/4], [1/4, 1/2]], v: [1, -1/2], b: [0, 1/10], u: [1, 2]}
initial: {"h[0]": [0, 0]}
steps: 1..3
data: {"x[1..3]": [1, 1/2, -1], "y[1..3]": [1, 0, 1]}
ask: [forward, gradients, {update: {rule: sgd, lr: 1/10}}]
"""
# From the key: W after one step is [[0.50513, −0.24713], [0.20104, 0.53381]].
ROUGH = """
h[1]: [0.76, -0.38]
h[2]: [0.75, -0.15]
dL/dz[3]: [-0.24, -0.42]
dL/dz[2]: [0.39, 1.07]
dL/dz[1]: [-0.02, -0.43]
"""


def marked(sheet: str, problem: str = PROBLEM) -> dict[str, dict[str, Any]]:
    found = mark(marker_for(read_problem(problem, "problem")), read_sheet(sheet))
    explain_further(found)
    return {item["name"]: item for item in as_data(found, phrases("en"))["items"]}


@pytest.mark.parametrize(
    ("sheet", "entries"),
    [
        ("dL/dW: [[-0.0513, -0.0287], [0.4896, -0.9381]]", ["dL/dW(2,2)"]),
        ("dL/dW: [[-0.0513, 0.2287], [0.4896, -0.9381]]", ["dL/dW(1,2)", "dL/dW(2,2)"]),
        ("dL/dW: [[0.7513, 0.2287], [0.1896, -0.9381]]", None),
        ("dL/dW: [[-0.0513, -], [0.1896, -]]", ["dL/dW(2,1)"]),
        ("h[2]: [0.7512, 0.8485]", ["h[2](2)"]),
        ("h[2](2): 0.8485", None),
        ('"after 1: W": [[0.50513, 0.74713], [0.20104, 0.53381]]', ["after 1: W(1,2)"]),
    ],
)
def test_the_wrong_entries_are_named_where_not_all_are(
    sheet: str, entries: list[str] | None
) -> None:
    (item,) = marked(sheet).values()
    assert item["verdict"] == "wrong"
    assert item.get("entries") == entries


def test_an_entry_that_follows_from_another_mistake_is_not_named() -> None:
    found = marked("h[1]: [0.76, 0.9]\nz[2]: [0.655, 0.111]\n")
    assert found["z[2]"]["verdict"] == "wrong"  # 0.5·0.76 − 0.25·0.9 + 0.5 = 0.655
    assert found["z[2]"]["entries"] == ["z[2](2)"]


def test_a_mistake_that_is_no_nearer_than_the_right_step_is_not_named() -> None:
    """The contribution of step 1 is 0: to subtract it, or to count it twice, changes nothing,
    however roughly the rest is known."""
    found = marked(ROUGH + "dL/dW: [[0.12, -0.06], [0.49, -0.34]]")
    assert (found["dL/dW"]["verdict"], found["dL/dW"]["diagnosis"]) == ("wrong", [])
    assert found["dL/dW"]["entries"] == ["dL/dW(1,2)"]


def test_a_mistake_that_has_made_the_whole_is_told_instead() -> None:
    found = marked(ROUGH)["dL/dz[2]"]
    assert [d["id"] for d in found["diagnosis"]] == ["slope-forgotten"]
    assert "entries" not in found
