"""A sum over one index inside a sum over another: each is written out, and neither is the other."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from solving import command, solve

from rnnhand.cli import main

TEXT = """
equations: |
  h[t] = w*h[t-1] + v*x[t]
  m[k] = w*z[k]
  c[t] = v*sum[k](h[t]*m[k]) + h[t]
  L = sum[t](c[t]^2)
steps: 1..2
indices: {k: 1..9}
parameters: {w: 1/2, v: 1/2}
initial: {"h[0]": 1}
data: {"x[1..2]": [1, 2], "z[1..9]": [1, 2, 3, 4, 5, 6, 7, 8, 9]}
"""


def loss(w: Fraction, v: Fraction) -> Fraction:
    h, total = Fraction(1), Fraction(0)
    for x in (1, 2):
        h = w * h + v * x
        total += (v * sum(h * w * z for z in range(1, 10)) + h) ** 2
    return total


def slope(f: Callable[[Fraction], Fraction], x: Fraction) -> Fraction:
    """By differences, which for a polynomial of a degree up to 8 is exact."""
    rows = [(f(x + k) - f(x - k)) / (2 * k) for k in (1, 2, 3, 4)]
    for order in (1, 2, 3):
        rows = [
            (a * (k + order) ** 2 - b * k**2) / ((k + order) ** 2 - k**2)
            for k, (a, b) in enumerate(pairwise(rows), 1)
        ]
    return rows[0]


def test_the_gradient_is_that_of_differences() -> None:
    found, half = solve(TEXT)["gradients"], Fraction(1, 2)
    assert Fraction(found["dL/dw"]) == slope(lambda w: loss(w, half), half)
    assert Fraction(found["dL/dv"]) == slope(lambda v: loss(half, v), half)


@pytest.mark.parametrize("call", ["solve", "solve --detail full", "derive", "flow"])
def test_every_page_is_written(call: str, tmp_path: Path) -> None:
    path = tmp_path / "two.yaml"
    path.write_text(TEXT, "utf-8")
    name, *options = call.split()
    page = command(name, str(path), *options, "--lang", "en")
    assert page.exit_code == 0, page.output
    assert "Checked" in page.stdout
    assert "Not c" not in page.stdout


READ = """
equations: |
  h[t] = w*h[t-1] + x[t]
  r[k] = z[k] + sum[t](h[t]*m[k])
  L = sum[k](r[k]^2)
steps: 1..2
indices: {k: 1..5}
parameters: {w: 1/2, "m[1..5]": [1, 2, 3, 4, 5]}
initial: {"h[0]": 1}
data: {"x[1..2]": [1, 2], "z[1..5]": [1, 2, 3, 4, 5]}
"""


def drawn(tmp_path: Path, *args: str) -> dict[str, Any]:
    file = tmp_path / "read.yaml"
    file.write_text(READ, "utf-8")
    result = CliRunner().invoke(main, ["graph", str(file), "--values", *args, "--format", "json"])
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_a_sum_over_fewer_steps_than_its_own_index_has_its_value_in_a_graph(tmp_path: Path) -> None:
    found = drawn(tmp_path, "--nodes", "operations")
    values = {node["key"]: node["value"] for node in found["nodes"]}
    states = Fraction(3, 2) + Fraction(11, 4)
    for k in range(1, 6):
        read = [e["start"] for e in found["edges"] if e["end"] == f"r[{k}]"]
        (total,) = (Fraction(values[key]) for key in read if key.startswith("r"))
        assert total == k * states
        assert Fraction(values[f"r[{k}]"]) == k + total


def test_neurons_have_the_weights_of_their_own_step_under_a_sum_over_another(
    tmp_path: Path,
) -> None:
    found = drawn(tmp_path, "--nodes", "neurons")
    weights = {
        (e["start"], e["end"]): e["label"] for e in found["edges"] if e["start"].startswith("h")
    }
    for k in range(1, 6):
        assert {weights[f"h[{t}]", f"r[{k}]"] for t in (1, 2)} == {str(k)}
