"""With letters, fractions are cancelled, and forward mode is known to agree."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sympy
from click.testing import CliRunner

from rnnhand.cli import main

LOGISTIC = """
equations: |
  z = w*x + b
  p = sigmoid(z)
  L = -(y*log(p) + (1 - y)*log(1 - p))
parameters: {w: , b: }
data: {x: , y: }
ask: [gradients, {update: {rule: sgd, lr: 1/100}}]
"""
QUOTIENT = """
equations: |
  a = w/(w + v)
  L = log(a)^2 + a/(1 - a)
parameters: {w: , v: }
ask: gradients
"""


@pytest.mark.parametrize("source", [LOGISTIC, QUOTIENT])
def test_forward_mode_is_known_to_give_the_same_fractions(source: str, tmp_path: Path) -> None:
    path = tmp_path / "problem.yaml"
    path.write_text(source, "utf-8")
    shown = CliRunner().invoke(main, ["solve", str(path)]).stdout
    assert "forward mode gives the same gradient exactly" in shown


def test_the_logistic_gradient_with_letters_is_the_error_times_the_input(tmp_path: Path) -> None:
    path = tmp_path / "problem.yaml"
    path.write_text(LOGISTIC, "utf-8")
    result = CliRunner().invoke(main, ["solve", str(path), "--format", "json"])
    found = json.loads(result.stdout)["gradients"]
    sigmoid = sympy.Function("sigmoid")
    w, b, x, y = sympy.symbols("w b x y")
    error = sigmoid(w * x + b) - y
    names = {"sigmoid": sigmoid}
    assert sympy.simplify(sympy.sympify(found["dL/db"], names) - error) == 0
    assert sympy.simplify(sympy.sympify(found["dL/dw"], names) - error * x) == 0
    assert "/" not in found["dL/dw"]
