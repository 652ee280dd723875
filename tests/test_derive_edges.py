"""Networks at the edge of what `derive` knows: every line holds, and the page says what is so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from judge import judge_of
from test_judged_from_outside import compared

from rnnhand.cli import main


@pytest.fixture
def derived(tmp_path: Path) -> Any:
    """`derive` for the text of a problem."""

    def call(text: str, *options: str) -> Result:
        path = tmp_path / "problem.yaml"
        path.write_text(text, "utf-8")
        return CliRunner().invoke(
            main, ["derive", str(path), *options], env={"LANG": "C", "COLUMNS": "110"}
        )

    return call


def judged(made: Result) -> dict[str, Any]:
    """The data, every line of which an interpreter of its own has found to hold."""
    assert made.exit_code == 0, made.output
    data: dict[str, Any] = json.loads(made.stdout)
    assert all(c["holds"] for c in data["check"]["claims"] if c["checked"])
    assert compared(judge_of(data)) > 0
    return data


LEAKY = """
equations: |
  h[t] = (1 - a)*h[t-1] + a*tanh(w*h[t-1] + v*x[t])
  L[t] = (h[t] - y[t])^2
  L    = sum[t](L[t])
steps: 1..3
parameters: {a: , w: , v: }
initial: {"h[0]": 0}
data: {"x[1..3]": , "y[1..3]": }
"""


@pytest.mark.parametrize("of", ["a'[t]", "a'[2]", "a′[2]"])
def test_what_is_differentiated_may_have_a_primed_name(derived: Any, of: str) -> None:
    data = judged(derived(LEAKY, "--of", of, "--format", "json"))
    assert data["of"].startswith("a'[")
