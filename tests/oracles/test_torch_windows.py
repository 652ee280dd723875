"""PyTorch's convolution and pooling, as data made by `make_torch_windows.py`."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from rnnhand.problem.reader import read_problem
from rnnhand.questions.solve import Options, key, solve
from rnnhand.render.json import solution
from tests.budget import every

CASES: list[dict[str, Any]] = json.loads(
    Path(__file__).with_name("torch_windows.json").read_text("utf-8")
)["cases"]


def flat(value: Any) -> list[Fraction]:
    if isinstance(value, list):
        return [x for item in value for x in flat(item)]
    return [Fraction(value)]


def agree(found: Any, wanted: Any) -> bool:
    return [float(x) for x in flat(found)] == pytest.approx([float(x) for x in flat(wanted)])


@pytest.mark.parametrize("n", every(3, range(len(CASES))))
def test_values_and_gradients_are_those_of_pytorch(n: int) -> None:
    case = CASES[n]
    given = {name: [[int(x) for x in row] for row in rows] for name, rows in case["given"].items()}
    arguments = "".join(
        f", {name}={case[name]}" for name in ("size", "stride", "padding") if name in case
    )
    problem = read_problem(
        f"equations: |\n  Y = {case['function']}({', '.join(given)}{arguments})\n"
        f"  L = sum(Y*Y)\nparameters: {given}\n",
        "problem.yaml",
    )
    found = json.loads(solution(key(solve(problem, Options()), Options(), "en")))
    assert agree(found["values"]["Y"], case["result"])
    for name, slopes in case["gradients"].items():
        assert agree(found["gradients"][f"dL/d{name}"], slopes), name
