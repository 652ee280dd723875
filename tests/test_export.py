"""An exported program computes the numbers that `solve` prints."""

from __future__ import annotations

import ast
import importlib.util
import json
import math
import warnings
from fractions import Fraction
from functools import cache
from typing import Any

import pytest

from rnnhand.export.dialects import DIALECTS
from rnnhand.export.program import program
from rnnhand.phrases import phrases
from rnnhand.problem.files import bundled, load, source
from rnnhand.problem.reader import read_problem
from rnnhand.questions.solve import Options, key, solve
from rnnhand.render import json as rendered

MODULES = {"numpy": "numpy", "pytorch": "torch", "jax": "jax"}
NAMES = tuple(bundled())


def problem(name: str) -> Any:
    return load(source(name))


NUMBERS = tuple(
    n for n in NAMES if not any(g.has_letters for g in problem(n).system.given.values())
)


def run(text: str, name: str = "exported") -> dict[str, Any]:
    """What a program defines; its functions are called by the tests."""
    scope: dict[str, Any] = {"__name__": name}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(text, name, "exec"), scope)
    return scope


def needs(to: str) -> None:
    if importlib.util.find_spec(MODULES[to]) is None:
        pytest.skip(f"{MODULES[to]} is not installed")


def flat(value: Any) -> list[float]:
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [x for item in value for x in flat(item)]
    if isinstance(value, str):
        return [float(Fraction(value)) if "/" in value else float(value)]
    return [float(value)]


def agree(found: Any, expected: Any) -> bool:
    one, other = flat(found), flat(expected)
    return len(one) == len(other) and all(
        math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-10) for a, b in zip(one, other, strict=True)
    )


@cache
def solution(text: str) -> dict[str, Any]:
    read = read_problem(text, "problem.yaml") if "\n" in text else problem(text)
    options = Options("float", 17)
    found: dict[str, Any] = json.loads(rendered.solution(key(solve(read, options), options, "en")))
    return found


def exported(text: str, to: str) -> str:
    read = read_problem(text, "problem.yaml") if "\n" in text else problem(text)
    return program(read, DIALECTS[to], phrases("en"))


def compare(text: str, to: str) -> None:
    scope = run(exported(text, to))
    expected = solution(text)
    values, gradients = scope["solve"](**scope["given"])
    assert set(values) == set(expected["values"])
    for name, value in expected["values"].items():
        assert agree(values[name], value), (name, values[name], value)
    for name, value in gradients.items():
        assert agree(value, expected["gradients"][name]), (name, value)
    if to == "numpy":
        assert set(gradients) == {n for n in expected["gradients"] if not n.startswith("dL[")} | {
            n for n in gradients if n.startswith("dL[")
        }
    after = scope["after"]() if "after" in scope else []
    assert len(after) == len(expected.get("after", []))
    for found, wanted in zip(after, expected.get("after", []), strict=True):
        assert set(found) == set(wanted)
        for name, value in wanted.items():
            assert agree(found[name], value), (name, found[name], value)


@pytest.mark.parametrize("name", NUMBERS)
def test_the_numpy_program_computes_what_solve_prints(name: str) -> None:
    needs("numpy")
    compare(name, "numpy")


@pytest.mark.parametrize("to", ["pytorch", "jax"])
@pytest.mark.parametrize("name", NUMBERS)
def test_a_program_that_differentiates_by_itself_computes_the_same(name: str, to: str) -> None:
    ast.parse(exported(name, to))
    needs(to)
    compare(name, to)
