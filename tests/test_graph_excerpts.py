"""What joins the parts of an excerpt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from test_graph import data
from test_graph_content import at, edges

LAST = """equations: |
  h[t] = tanh(w*h[t-1] + v*x[t])
  y[T] = u*h[T]
  L = (y[T] - d)^2
steps: 1..4
parameters: {w: 1, v: 1, u: 2}
initial: {'h[0]': 0}
data: {'x[1..4]': [1, 2, 3, 4], d: 1}
"""


def kinds(found: dict[str, Any]) -> dict[str, str]:
    return {n["key"]: n["kind"] for n in found["nodes"]}


def test_one_quantity_between_two_parts_is_shown_as_outside(tmp_path: Path) -> None:
    found = data(at(tmp_path, LAST), "--steps", "2..3")
    assert kinds(found)["h[4]"] == kinds(found)["y[4]"] == "outside"
    assert {("h[3]", "h[4]", "w"), ("h[4]", "y[4]", "u")} <= edges(found)
    assert "x[4]" not in kinds(found)


def test_more_than_one_are_not(tmp_path: Path) -> None:
    found = data(at(tmp_path, LAST), "--steps", "1..2")
    assert "h[4]" not in kinds(found) and "h[3]" not in kinds(found)


def test_what_is_outside_shows_what_it_reads_of_another_part(tmp_path: Path) -> None:
    found = data(at(tmp_path, LAST.replace("y[T]", "y")), "--steps", "2..3")
    assert ("h[3]", "h[4]", "w") in edges(found) and ("h[4]", "y", "u") in edges(found)


@pytest.mark.parametrize("labels", ["weights", "slopes"])
def test_parts_that_hang_together_stay_as_they_are(tmp_path: Path, labels: str) -> None:
    text = LAST.replace("  y[T] = u*h[T]\n", "").replace("(y[T] - d)^2", "sum[t](u*h[t])")
    found = data(at(tmp_path, text), "--steps", "2..3", "--labels", labels)
    outside = {key for key, kind in kinds(found).items() if kind == "outside"}
    assert not {e["end"] for e in found["edges"]} & outside
