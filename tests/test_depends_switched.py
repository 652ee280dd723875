"""`depends`: what an equation switches off at a step does not count, and that is said."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from solving import command

SCHEMA = json.loads((Path(__file__).parents[1] / "docs" / "depends.schema.json").read_text("utf-8"))

OWN = """
equations: |
  m[t] = [t > 3]
  h[t] = [t > 2]*w*h[t-1] + x[t]
  g[t] = m[t]*v*g[t-1] + 0*b*x[t] + u^(t-1)*h[t]
  c[t] = sum[k]([k < t]*a[k])
  z[0] = 0
  z[t] = q*z[t-1] + (t - 2)/3*h[t]
  L = sum[t](g[t] + c[t]*z[t])
steps: 1..5
indices: {k: 1..5}
parameters: {w: 2, v: 3, u: 5, b: 7, q: 11}
initial: {"h[0]": 13, "g[0]": 17}
data: {"x[1..5]": [1, 2, 3, 4, 5], "a[1..5]": [1, 2, 3, 4, 5]}
"""

GIVEN = [*"wvubq", "h[0]", "g[0]", *(f"{q}[{t}]" for q in "xa" for t in range(1, 6))]


def values(given: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """The same equations, written out by hand."""
    found = dict(given)
    found["z[0]"] = Fraction(0)
    for t in range(1, 6):
        x, k, last = given[f"x[{t}]"], range(1, t), t - 1
        found[f"m[{t}]"] = Fraction(t > 3)
        found[f"h[{t}]"] = x + (given["w"] * found[f"h[{last}]"] if t > 2 else 0)
        held = given["v"] * found[f"g[{last}]"] if t > 3 else Fraction(0)
        found[f"g[{t}]"] = held + given["u"] ** last * found[f"h[{t}]"]
        found[f"c[{t}]"] = sum((given[f"a[{i}]"] for i in k), Fraction(0))
        step = Fraction(t - 2, 3) * found[f"h[{t}]"]
        found[f"z[{t}]"] = given["q"] * found[f"z[{last}]"] + step
    pairs = ((found[f"g[{t}]"], found[f"c[{t}]"], found[f"z[{t}]"]) for t in range(1, 6))
    found["L"] = sum((g + c * z for g, c, z in pairs), Fraction(0))
    return found


def asked(tmp_path: Path, problem: str, quantity: str) -> dict[str, Any]:
    file = tmp_path / "own.yaml"
    file.write_text(problem, "utf-8")
    result = command("depends", str(file), quantity, "--format", "json")
    assert result.exit_code == 0, result.output
    data: dict[str, Any] = json.loads(result.stdout)
    Draft202012Validator(SCHEMA).validate(data)
    return data


@pytest.mark.parametrize("quantity", ["h[2]", "h[5]", "g[3]", "g[5]", "c[3]", "z[1]", "z[4]", "L"])
def test_exactly_what_moves_a_value_is_depended_on(quantity: str, tmp_path: Path) -> None:
    dice = random.Random(quantity)
    here = {name: Fraction(dice.randint(2, 90), 7) for name in GIVEN}
    value = values(here)[quantity]
    moving = {name for name in GIVEN if values({**here, name: here[name] + 1})[quantity] != value}
    answer = asked(tmp_path, OWN, quantity)
    kinds = ("data", "initial", "parameter")
    assert {n for kind in kinds for n in answer["depends_on"][kind]} == moving
    assert {n for kind in kinds for n in answer["independent_of"][kind]} == set(GIVEN) - moving
    for start, way in answer["ways"].items():
        assert way[0] == start and way[-1] == quantity


def test_it_is_said_what_is_off_where_and_why(tmp_path: Path) -> None:
    answer = asked(tmp_path, OWN, "g[4]")["switched_off"]
    assert {"factor": "m[t]", "in": ["g[3]"], "not_read": ["v", "g[t-1]"]} in answer
    assert {"factor": "0", "in": ["g[3]", "g[4]"], "not_read": ["b", "x[t]"]} in answer
    assert {"factor": "[t > 2]", "in": ["h[2]"], "not_read": ["w", "h[t-1]"]} in answer
    page = command("depends", str(tmp_path / "own.yaml"), "g[4]", "--lang", "en").stdout
    assert "[t > 2] = 0 at t = 2: h_t does not read w, h_{t−1} there." in page
    assert "m_t = 0 at t = 3: g_t does not read v, g_{t−1} there." in page
    assert "g_t does not read b, x_t: the factor is 0." in page
    russian = command("depends", str(tmp_path / "own.yaml"), "g[4]", "--lang", "ru").stdout
    assert "[t > 2] = 0 при t = 2: там h_t не читает w, h_{t−1}." in russian


def test_what_runs_in_a_sum_is_named_at_its_step(tmp_path: Path) -> None:
    answer = asked(tmp_path, OWN, "c[3]")["switched_off"]
    off = ["a[3]", "a[4]", "a[5]"]
    assert answer == [{"factor": "[k < t]", "in": ["c[3]"], "not_read": off}]


def test_what_is_read_by_another_summand_is_not_called_off(tmp_path: Path) -> None:
    problem = """
equations: |
  h[t] = [t > 2]*w*h[t-1] + w*x[t]
steps: 1..3
parameters: {w: 1}
initial: {"h[0]": 1}
data: {"x[1..3]": [1, 2, 3]}
"""
    answer = asked(tmp_path, problem, "h[2]")
    assert answer["switched_off"] == [{"factor": "[t > 2]", "in": ["h[2]"], "not_read": ["h[t-1]"]}]
    assert answer["depends_on"]["parameter"] == ["w"]


def test_a_weight_of_0_counts_and_a_constant_of_0_does_not(tmp_path: Path) -> None:
    problem = """
equations: |
  h[t] = w*h[t-1] + k*x[t]
steps: 1..3
parameters: {w: 0}
constants: {k: 0}
initial: {"h[0]": 1}
data: {"x[1..3]": [1, 2, 3]}
"""
    answer = asked(tmp_path, problem, "h[2]")
    assert answer["depends_on"]["initial"] == ["h[0]"]
    assert answer["depends_on"]["data"] == []


def test_entries_are_switched_off_one_by_one(tmp_path: Path) -> None:
    problem = """
equations: |
  h[t] = [1; [t > 2]]*(W @ h[t-1]) + x[t]*[0; 1]
steps: 1..3
parameters: {W: [[1, 2], [3, 4]]}
initial: {"h[0]": [1, 2]}
data: {"x[1..3]": [1, 2, 3]}
"""
    first, second = (asked(tmp_path, problem, f"h[2]({i})")["depends_on"] for i in (1, 2))
    assert (first["initial"], first["data"]) == (["h[0]"], ["x[1]"])
    assert (second["initial"], second["data"]) == ([], ["x[2]"])
    assert second["parameter"] == []
