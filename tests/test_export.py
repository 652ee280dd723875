"""An exported program computes the numbers that `solve` prints."""

from __future__ import annotations

import ast
import importlib.util
import json
import math
import random
import re
import warnings
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator
from random_networks import random_network

from rnnhand.cli import main
from rnnhand.errors import Failure
from rnnhand.export.dialects import DIALECTS
from rnnhand.export.program import program
from rnnhand.phrases import phrases
from rnnhand.problem.files import bundled, load, source
from rnnhand.problem.reader import read_problem
from rnnhand.questions.solve import Options, key, solve
from rnnhand.render import json as rendered
from rnnhand.system.model import Given, Role

MODULES = {"numpy": "numpy", "pytorch": "torch", "jax": "jax"}
NAMES = tuple(bundled())
ROOT = Path(__file__).parents[1]


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


def parameters(text: str) -> list[Given]:
    read = read_problem(text, "problem.yaml") if "\n" in text else problem(text)
    found: list[Given] = read.system.with_role(Role.PARAMETER)
    return found


def exported(text: str, to: str) -> str:
    read = read_problem(text, "problem.yaml") if "\n" in text else problem(text)
    return program(read, DIALECTS[to], phrases("en"))


def compare(text: str, to: str) -> None:
    scope = run(exported(text, to))
    expected = solution(text)
    values, gradients = scope["solve"](**scope["given"])
    # A library that differentiates needs the loss that given adjoints imply; nobody else does.
    assert set(values) - {"L"} == set(expected["values"]) - {"L"}
    values = {name: value for name, value in values.items() if name in expected["values"]}
    for name, value in expected["values"].items():
        assert agree(values[name], value), (name, values[name], value)
    for name, value in gradients.items():
        assert agree(value, expected["gradients"][name]), (name, value)
    if to == "numpy":  # each step's loss has its own gradients in the key only
        rest = set(expected["gradients"]) - set(gradients)
        assert all(re.match(r"d[^\W\d]\w*\[-?\d+\]/d", name) for name in rest), rest
    else:
        trained = {f"dL/d{g.quantity}" for g in parameters(text) if not g.quantity.over}
        assert trained & set(expected["gradients"]) <= set(gradients)
    after = scope["after"]() if "after" in scope else []
    assert len(after) == len(expected.get("after", []))
    for found, wanted in zip(after, expected.get("after", []), strict=True):
        # What a rule computes on its way is in the key only.
        assert set(found) <= set(wanted)
        assert {f"{g.quantity}" for g in parameters(text) if not g.quantity.over} <= set(found)
        for name, value in found.items():
            assert agree(value, wanted[name]), (name, value, wanted[name])


GROUPS = """
title: Layer by layer
equations: |
  h = tanh(W @ x + b)
  L = sum((V @ h - y)^2)
parameters: {W: [[1, -1], [1/2, 0]], b: [1/4, 0], V: [[1, 2]]}
data: {x: [1, 2], y: [1]}
ask:
  - update: {rule: RULE, groups: [[V], [b, W]], steps: 3}
"""


@pytest.mark.parametrize(
    "rule",
    [
        "sgd, lr: 1/8",
        "momentum, lr: 1/8, momentum: 1/2",
        "adam, lr: 1/8, clip: {norm: 1/4}",
    ],
)
def test_a_program_updates_group_after_group(rule: str) -> None:
    needs("numpy")
    compare(GROUPS.replace("RULE", rule), "numpy")


def test_an_update_in_groups_that_looks_ahead_is_not_exported() -> None:
    text = GROUPS.replace("RULE", "nesterov, lr: 1/8, momentum: 1/2")
    with pytest.raises(Failure) as caught:
        exported(text, "numpy")
    assert caught.value.diagnostics[0].code == "export-groups"


@pytest.mark.parametrize("name", NUMBERS)
def test_the_numpy_program_computes_what_solve_prints(name: str) -> None:
    needs("numpy")
    compare(name, "numpy")


WITH_LIBRARY = [
    (name, to)
    for to in ("pytorch", "jax")
    for name in (NUMBERS if importlib.util.find_spec(MODULES[to]) else NUMBERS[::5])
]
"""All problems where the library is there; else a few programs are parsed."""


@pytest.mark.parametrize(("name", "to"), WITH_LIBRARY)
def test_a_program_that_differentiates_by_itself_computes_the_same(name: str, to: str) -> None:
    ast.parse(exported(name, to))
    needs(to)
    compare(name, to)


@pytest.mark.parametrize("seed", range(5))
def test_random_networks_are_computed_the_same(seed: int) -> None:
    needs("numpy")
    compare(random_network(random.Random(seed)).yaml, "numpy")


UPDATES = """
title: Rules
equations: |
  h[t] = tanh(W @ h[t-1] + b[t]*x[t])
  L[t] = sum((h[t] - y)^2)
  L = sum[t](L[t])
steps: 1..2
parameters: {W: [[0.5, -0.25], [1, 2]], "b[1..2]": [[1, 2], [0.5, -1]]}
initial: {"h[0]": [0, 1]}
data: {"x[1..2]": [1, -1], y: [0.5, 1]}
ask:
  - update: {rule: sgd, lr: 0.1, order: [2, 1, 2]}
  - update: {rule: momentum, lr: 0.1, steps: 3, clip: {norm: 1}}
  - update: {rule: nesterov, lr: 0.1, momentum: 0.8, steps: 3, clip: {value: 0.5}}
  - update: {rule: adagrad, lr: 0.1, steps: 2, weight_decay: 0.1}
  - update: {rule: rmsprop, lr: 0.1, steps: 2}
  - update: {rule: adam, lr: 0.1, steps: 3}
"""
KINKS = """
equations: |
  a = clip(x, 0, 1) + leaky_relu(y, 0.1) + abs(y) + max(x, z) + min(y, y*2) + elu(y, 2)
  b = [x; y; z]
  c = softmax(b)
  d = max(b) + min(b) + norm2(y*b) + hard_sigmoid(2.5*x - 2.5) + huber(x, 1)
  e = [b, c].T @ [1, 2; 3, 4; 5, 6]
  f = relu(y) + step(y) + sign(y) + (x^3/2)^2 + 2^-1 - (-x)^2 + softplus(y) + mish(x)
  L = a + d + sum(e) + f + mean(c*b) + sum(one_hot(2, 3)*b) + sqrt(2)*x
parameters: {x: 1, y: 0, z: 1}
"""
NAMES_OF_PYTHON = """
title: Names
equations: |
  lambda[t] = tanh(np*lambda[t-1] + given'*h'[t] + ŷ*W_f)
  values = sum[t](lambda[t]^2)
  L[t] = values*flat + lambda[t]*relu(L_t)
  L = sum[t](L[t]) + name*print + x*exp(solve) + ﬁ*fi
steps: -1..1
parameters: {np: 0.5, given': 2, ŷ: 0.25, ﬁ: 1, fi: 2, W_f: 3, L_t: 0.5, flat: 2, x: 1}
initial: {"lambda[-2]": 0.5}
data: {"h'[-1..1]": [1, 2, 3], name: 2, print: 1/3, solve: 0}
"""
BATCHES = """
equations: |
  H[t] = tanh(X[t] @ W + H[t-1] @ V + b)
  o[t] = softmax(H[t] @ U)
  s[t] = 0.5*s[t+1] + sum(H[t])/T
  M = sum(b.T + p)
  L = mean[t](-sum(y*log(o[t]))) + s[1] + p.T @ (H[T].T @ H[T]) @ p + mean[t](t*s[t]^2) - M
steps: 1..3
parameters: {W: [[1, 2], [3, -1]], V: [[0.1, 0.2], [0.3, 0.4]], b: [0.1, -0.2], p: [1, 2]}
initial: {"H[0]": [[0, 0], [0, 0]], "s[4]": 1}
data: {"X[1..3]": [[[1, 0], [0, 1]], [[1, 1], [0, 0]], [[0.5, 1], [1, -1]]], y: [[1, 0], [0, 1]]}
constants: {U: [[1, 0], [0.5, 1]]}
"""
CASES = {"updates": UPDATES, "kinks": KINKS, "names": NAMES_OF_PYTHON, "batches": BATCHES}


@pytest.mark.parametrize("to", MODULES)
@pytest.mark.parametrize("case", CASES)
def test_a_case_of_everything_is_computed_the_same(case: str, to: str) -> None:
    ast.parse(exported(CASES[case], to))
    needs(to)
    compare(CASES[case], to)


BAD = "x\ncoding: utf-7\r\u2028import os\x0cos.abort()\x85\"\"\"'''#{0}{x}%s\\"


@pytest.mark.parametrize("to", MODULES)
def test_no_text_of_a_problem_becomes_code(to: str) -> None:
    """The tree of the program is the same whatever the titles say."""
    tame = "equations: |\n  L = w^2  # import os\nparameters: {w: 2}\n"
    plain = program(read_problem(tame, "tame"), DIALECTS[to], phrases("en"))
    read = read_problem(tame, BAD)
    for title in (BAD, "coding=utf-7 +AAo-import os+AAo-", "# -*- coding: utf-16 -*-"):
        hostile = replace(read, title={"": title}, source={"": title}, text={"": title})
        for lang in ("en", "ru"):
            written = program(hostile, DIALECTS[to], phrases(lang))
            assert "import os" in written or "coding" in written
            assert ast.dump(ast.parse(written.encode())) == ast.dump(ast.parse(plain.encode()))


@pytest.mark.parametrize("given", ["{W: {shape: [1, 1]}}", "{W: }"])
def test_a_number_that_is_missing_is_named(given: str, tmp_path: Path) -> None:
    file = tmp_path / "letters.yaml"
    file.write_text(f"equations: |\n  L = W^2\nparameters: {given}\n", "utf-8")
    result = CliRunner().invoke(main, ["export", str(file), "--lang", "en"])
    assert result.exit_code == 2
    assert "W has no number" in result.output


@pytest.mark.parametrize("to", MODULES)
def test_the_command_writes_a_file_and_json(to: str, tmp_path: Path) -> None:
    file = tmp_path / "program.py"
    call = ["export", "there-and-back", "--to", to, "--lang", "en"]
    assert CliRunner().invoke(main, [*call, "-o", str(file)]).exit_code == 0
    result = CliRunner().invoke(main, [*call, "--format", "json"])
    schema = json.loads((ROOT / "docs" / "export.schema.json").read_text("utf-8"))
    found = json.loads(result.stdout)
    Draft202012Validator(schema).validate(found)
    assert file.read_text("utf-8") == found["program"] + "\n"
    compile(found["program"], "program", "exec")
