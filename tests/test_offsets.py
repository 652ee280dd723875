"""σ and tanh are one function but for numbers: a sum with a number is known as the other one."""

from __future__ import annotations

import math
import random
from pathlib import Path

import pytest
from click.testing import CliRunner

from rnnhand.calculus.limits import known_facts
from rnnhand.calculus.offsets import without_offsets
from rnnhand.cli import main
from rnnhand.language.parser import parse_expression
from rnnhand.language.printer import text
from rnnhand.language.tree import Expr
from rnnhand.problem.library import functions

NAMES = ("a", "b", "c", "h")


def scalars(_: Expr) -> tuple[int, int]:
    return (1, 1)


FACTS = known_facts(scalars, functions())


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def worth(expr: Expr, values: dict[str, float]) -> float:
    names = {"sigmoid": sigmoid, "tanh": math.tanh, **values}
    return float(eval(text(expr).replace("^", "**"), names))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2*sigmoid(a) - 1", "tanh(1/2*a)"),
        ("1 - 2*sigmoid(-a)", "tanh(1/2*a)"),
        ("(1 + tanh(a/2))/2", "sigmoid(a)"),
        ("0.5*tanh(a) + 0.5", "sigmoid(2*a)"),
        ("(1 - tanh(a/2))/2*c", "sigmoid(-a)*c"),
        ("h*(4*sigmoid(2*(a + b)) - 2)", "h*(2*tanh(a + b))"),
        ("2*sigmoid(2*sigmoid(a) - 1) - 1", "tanh(1/2*tanh(1/2*a))"),
        ("1 - sigmoid(a)", "1 - sigmoid(a)"),
        ("2*sigmoid(a) - 2", "2*sigmoid(a) - 2"),
        ("(1 - tanh(a)^2)*c", "(1 - tanh(a)^2)*c"),
        ("(2*sigmoid(a) - 1)*h + sigmoid(a)*c", "(2*sigmoid(a) - 1)*h + sigmoid(a)*c"),
    ],
)
def test_a_sum_with_a_number_is_the_other_function(written: str, meant: str) -> None:
    expr = parse_expression(written)
    found = without_offsets(expr, FACTS)
    assert text(found) == text(parse_expression(meant))
    rng = random.Random(2)
    for _ in range(5):
        values = {name: rng.uniform(-2, 2) for name in NAMES}
        assert worth(found, values) == pytest.approx(worth(expr, values), abs=1e-12)


CELL = """title: {{en: Own}}
input: x
output: h
sizes: {{x: {{en: inputs}}, h: {{en: units}}}}
equations: |
  h[t] = {body}
parameters: {{W: [h, x], U: [h, h], b: [h]}}
initial: {{"h[0]": [h]}}
"""
ARGUMENT = "(W @ x[t] + U @ h[t-1] + b)"


@pytest.mark.parametrize(
    ("body", "goal"),
    [
        (f"2*sigmoid({ARGUMENT}) - 1", f"tanh({ARGUMENT}/2)"),
        (f"tanh({ARGUMENT}/2)", f"1 - 2*sigmoid(-{ARGUMENT})"),
        (f"(1 + tanh({ARGUMENT}/2))/2", f"sigmoid({ARGUMENT})"),
        (f"tanh{ARGUMENT}", f"2*sigmoid({ARGUMENT}) - 1"),
        (f"(1 + tanh({ARGUMENT}/2))/2*h[t-1]", f"sigmoid({ARGUMENT})*h[t-1]"),
    ],
)
def test_cells_that_differ_so_become_each_other(body: str, goal: str, tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(CELL.format(body=body), encoding="utf-8")
    (tmp_path / "goal.yaml").write_text(CELL.format(body=goal), encoding="utf-8")
    call = ["reduce", "own", "--to", "goal", "--cells", str(tmp_path), "--lang", "en"]
    shown = CliRunner().invoke(main, call)
    assert "It can be done" in shown.output
    assert "agree to 30 decimal places" in " ".join(shown.output.split())
