"""A sum over one index inside a sum over another: each is written out, and neither is the other."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from solving import command, solve

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
