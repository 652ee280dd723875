"""Every line of a derivation, as the data has it, judged by numbers: `judge.py` shares nothing with
the package."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from judge import Absent, Array, Judge, Parser, Tree, judge_of, naming
from random_loops import random_loops

from rnnhand.cli import main
from rnnhand.problem.cells import cell_named, names
from rnnhand.problem.files import load, source
from rnnhand.questions.derive import derive, reach
from tests.budget import few

TOTAL = ("back", "gradient")
"""Parts that speak of derivatives by all ways."""
LEFT_OUT = ("special", "step", "ways")
CELLS = sorted(names())


def derived(*args: str, code: int = 0) -> dict[str, Any]:
    made = CliRunner().invoke(main, ["derive", *args, "--format", "json"], env={"LANG": "C"})
    assert made.exit_code == code, made.output
    return json.loads(made.stdout)  # type: ignore[no-any-return]


def near(got: Array, want: Array) -> bool:
    if not got.size:
        got = np.zeros(want.shape)
    if got.size == 1 < want.size:
        got = got * np.eye(*want.shape)
    return got.size == want.size and np.allclose(got.ravel(), want.ravel(), rtol=2e-5, atol=2e-6)


def spots(j: Judge, name: Tree) -> Iterator[dict[str, int]]:
    """The steps at which both quantities of a derivative are there."""
    for t in j.steps.get("t", [0]):
        at = dict.fromkeys(j.steps, t)
        try:
            for ref in name[2:4]:
                for place in j.places(ref, at):
                    j.value(place)
        except Absent:
            continue
        yield at


def compared(j: Judge) -> int:
    """How many values of formulas were compared with what the judge finds; all are the same."""
    j.settle()
    j.target = j.place(Parser(j.data["of"]).whole(), {})
    found = 0
    lines = [(e["name"], [e["formula"]], e["steps"]) for e in j.data["adjoints"]]
    lines += [(k, [v["formula"]], None) for k, v in j.data["unrolled"].items()]
    lines += [(k, [v], None) for k, v in j.data["gradients"].items()]
    for name, forms, steps in lines:
        left = Parser(name).whole()
        for step in [0] if steps is None else range(steps[0], steps[1] + 1):
            at = dict.fromkeys(j.steps, step)
            want = j.total(j.place(left[3], at))
            for form in forms:
                got = j.summed(Parser(form).whole(), at, want.shape)
                assert near(np.asarray(got), want), (name, form, at)
                found += 1
    for claim in j.data["check"]["claims"]:
        if claim["part"] not in LEFT_OUT and not claim["differs"]:
            found += sum(claimed(j, claim, at) for at in spots(j, Parser(claim["name"]).whole()))
    return found


def claimed(j: Judge, claim: dict[str, Any], at: dict[str, int]) -> int:
    name = Parser(claim["name"]).whole()
    forms: Sequence[Tree] = [Parser(form).whole() for form in claim["forms"]]
    (of, *_), (by, *_) = j.places(name[2], at), j.places(name[3], at)
    j.matrix = claim["part"] not in TOTAL
    if claim["part"] == "locals":
        j.naming = naming(name[2], name[3], at)
        want = j.derivative("⁺", of, by, alone=True)
    else:
        want = j.total(by) if claim["part"] in TOTAL else j.eval(name, at)
    done = 0
    if claim["steps"] and not claim["steps"][0] <= at["t"] <= claim["steps"][1]:
        return 0
    for form in forms:
        try:
            got = j.eval(form, at) if j.matrix else j.summed(form, at, want.shape)
        except Absent:
            continue
        assert near(np.asarray(got), want), (claim["part"], claim["name"], form, at)
        done += 1
    j.matrix = False
    return done


def one_each(name: str, size: int) -> str:
    return ",".join(f"{s}={size}" for s in cell_named(name).sizes)


@pytest.mark.parametrize("name", few(CELLS, ("book-cell", "gru-before-keep")))
def test_every_line_on_a_cell_of_numbers_is_true(name: str) -> None:
    assert compared(judge_of(derived("--cell", name, "--sizes", one_each(name, 1)))) > 20


@pytest.mark.parametrize("name", few(CELLS, ("rnn",)))
def test_every_line_on_a_cell_of_matrices_is_true(name: str) -> None:
    assert compared(judge_of(derived("--cell", name, "--sizes", one_each(name, 2)))) > 20


PROBLEMS = sorted(
    path.stem for path in (Path(__file__).parent.parent / "problems").glob("*/*.yaml")
)
WINDOWS = {
    "channels-by-hand": "the judge knows no windows",
    "convolution-backward": "the judge knows no windows",
    "separable-by-hand": "the judge knows no windows",
}


@pytest.mark.parametrize(
    "name", few(PROBLEMS, ("there-and-back-free-running", "slide-carousel", "tanh-layer"))
)
def test_every_line_on_a_bundled_problem_is_true(name: str) -> None:
    made = CliRunner().invoke(main, ["derive", name, "--format", "json"], env={"LANG": "C"})
    if made.exit_code == 2:  # a question of another kind, or nothing to differentiate
        assert "need a scalar loss" in made.output
        assert ("--of" in made.output) == bool(load(source(name)).system.equations)
        pytest.skip("nothing to differentiate")
    if name in WINDOWS:
        pytest.skip(WINDOWS[name])
    found = json.loads(made.stdout)
    assert compared(judge_of(found)) > 0 or not found["wrt"] or not found["adjoints"]


LOOPS = """
  h[t] = f(W @ h[t-1] + V @ h[t-2] + U @ x[t])
  g[t] = tanh(R*g[t+1] + READ)
  E[t] = (sum(h[t])*g[t] - y[t])^2
  M[t] = sum(h[t]^2)
  L = sum[t](E[t]) + mean[t](M[t])
"""
LOOPS_GIVEN = """
functions: {f: }
parameters: {W: {shape: [2,2]}, V: {shape: [2,2]}, U: {shape: [2,1]}, R: }
initial: {"h[0]": {shape: [2]}, "h[-1]": {shape: [2]}, "g[5]": }
data: {"x[1..4]": , "y[1..4]": }
"""
FIVE = """
  h[t] = tanh(W @ h[t-1] + U*x[t])
  z[t] = sum(h[t])
  g[t] = tanh(R*g[t-1] + V*z[T] + z[2])
  q[t] = tanh(Z*q[t-1] + g[t] + z[t])
  r[t] = tanh(P*r[t+1] + P*g[t]*q[t-1] + z[t])
  E[t] = (g[t]*r[t] - y[t])^2
  L = sum[t](E[t])
"""
FIVE_GIVEN = """
parameters: {W: {shape: [2,2]}, U: {shape: [2]}, R: , V: , Z: , P: }
initial: {"h[0]": {shape: [2]}, "g[0]": , "q[0]": , "r[5]": }
data: {"x[1..4]": , "y[1..4]": }
"""


def own_problem(folder: Path, equations: str, given: str) -> str:
    file = folder / "own.yaml"
    file.write_text(f"title: own\nsteps: 1..4\nequations: |{equations}{given}", "utf-8")
    return str(file)


@pytest.mark.slow
@pytest.mark.parametrize("of", ["L", "E[3]", "M[t]", "g[2]"])
@pytest.mark.parametrize("read", ["x[t]", "sum(h[t])", "h[t-2].T @ h[t]"])
def test_two_lags_two_loops_two_losses_and_an_open_function(
    of: str, read: str, tmp_path: Path
) -> None:
    file = own_problem(tmp_path, LOOPS.replace("READ", read), LOOPS_GIVEN)
    assert compared(judge_of(derived(file, "--of", of))) > 20


@pytest.mark.slow
def test_five_loops_that_read_each_other_and_definite_steps(tmp_path: Path) -> None:
    assert compared(judge_of(derived(own_problem(tmp_path, FIVE, FIVE_GIVEN)))) > 300


@pytest.mark.parametrize("seed", few(range(24), (3, 9)))
def test_every_line_on_random_loops_is_true(seed: int, tmp_path: Path) -> None:
    file = tmp_path / "loops.yaml"
    file.write_text(random_loops(Random(seed)), "utf-8")
    found = derived(str(file))
    assert [c["name"] for c in found["check"]["claims"] if c["holds"] is False] == []
    assert compared(judge_of(found)) > 50


CROSSED = """
  h[t] = tanh(W*h[t-1] + x[t])
  g[t] = tanh(R*g[t+1] + h[t])
  E[t] = h[t]*g[t]
  L = sum[t](E[t])
"""
CROSSED_GIVEN = """
parameters: {W: , R: }
initial: {"h[0]": , "g[5]": }
data: {"x[1..4]": }
"""


def test_a_loop_that_reads_one_of_the_other_direction_moves_with_its_states(tmp_path: Path) -> None:
    found = derived(own_problem(tmp_path, CROSSED, CROSSED_GIVEN))
    (line,) = (c for c in found["check"]["claims"] if c["name"] == "dg[t]/dW")
    assert line["holds"] and "dg[t]/dh[t-1]*dh[t-1]/dW" in line["forms"][0]
    assert compared(judge_of(found)) > 50


def test_the_own_check_finds_a_way_that_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reach, "read_before", lambda *_: [])
    monkeypatch.setattr(derive.Derivation, "transitions", [])
    found = derived(own_problem(tmp_path, CROSSED, CROSSED_GIVEN), code=1)
    assert "dg[t]/dW" in {c["name"] for c in found["check"]["claims"] if c["holds"] is False}


ACTING_OTHERWISE = {
    "a matrix that stands in the state and in the output": """
equations: |
  h[t] = tanh(W @ h[t-1] + E.T @ x[t])
  o[t] = E @ h[t]
  L[t] = sum((o[t] - x[t+1])^2)
  L = sum[t](L[t])
steps: 1..3
parameters: {W: {shape: [2,2]}, E: {shape: [3,2]}}
initial: {"h[0]": {shape: [2]}}
data: {"x[1..4]": {shape: [3]}}
""",
    "a batch in rows": """
equations: |
  H[t] = tanh(X[t] @ V + H[t-1] @ W + b)
  L = sum((H[T] @ U - Y)^2)
steps: 1..3
parameters: {V: {shape: [1,3]}, W: {shape: [3,3]}, b: {shape: [3]}, U: {shape: [3,2]}}
initial: {"H[0]": {shape: [2,3]}}
data: {"X[1..3]": {shape: [2,1]}, Y: {shape: [2,2]}}
""",
    "a first state that is learned": """
equations: |
  h[0] = tanh(z)
  h[t] = tanh(w*h[t-1] + v*x[t])
  L = (u*h[T] - y)^2 + (h[2] - 1)^2
steps: 1..4
parameters: {w: , v: , u: , z: }
data: {"x[1..4]": , y: }
""",
    "a first state that is made with the same weight": """
equations: |
  h[0] = tanh(w*z)
  h[t] = tanh(w*h[t-1] + x[t])
  L = (h[T] - y)^2
steps: 1..4
parameters: {w: , z: }
data: {"x[1..4]": , y: }
""",
    "a loss of two steps, one of which acts on the other": """
equations: |
  h[t] = tanh(a*h[t-1] + v*x[t])
  L = (h[2] - y[2])^2 + (h[4] - y[4])^2
steps: 1..5
parameters: {a: , v: }
initial: {"h[0]": }
data: {"x[1..5]": , "y[2..4]": }
""",
    "two sequences, the second of which begins with the states of the first": """
equations: |
  h[t] = tanh(w*h[t-1] + r*c[t-1] + v*x[t])
  c[t] = tanh(h[t] + w*c[t-1])
  g[0] = h[T]
  d[0] = c[T]
  g[k] = tanh(w*g[k-1] + r*d[k-1] + v*z[k])
  d[k] = tanh(g[k] + w*d[k-1])
  L = (h[T] - 1)^2 + (g[2] + d[2])^2
steps: 1..3
indices: {k: 1..2}
parameters: {w: , r: , v: }
initial: {"h[0]": , "c[0]": }
data: {"x[1..3]": , "z[1..2]": }
""",
    "outputs of two sequences": """
equations: |
  h[t] = tanh(w*h[t-1] + v*x[t])
  g[0] = h[T]
  g[k] = tanh(w*g[k-1] + v*z[k])
  y1   = u*h[T]
  y2   = u*g[2]
  L    = (y1 - y2)^2
steps: 1..3
indices: {k: 1..2}
parameters: {w: , v: , u: }
initial: {"h[0]": }
data: {"x[1..3]": , "z[1..2]": }
""",
    "the number of the step in the recurrence": """
equations: |
  h[t] = w*h[t-1]/t + v*x[t]
  L    = sum[t](t*(h[t] - y[t])^2)/T
steps: 1..3
parameters: {w: , v: }
initial: {"h[0]": }
data: {"x[1..3]": , "y[1..3]": }
""",
}


@pytest.mark.parametrize("name", ACTING_OTHERWISE)
def test_no_line_is_left_out_or_passed_on_to_a_parameter_that_acts_otherwise(
    name: str, tmp_path: Path
) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(f"title: own\n{ACTING_OTHERWISE[name]}", "utf-8")
    found = derived(str(file))
    claims = found["check"]["claims"]
    assert [c["name"] for c in claims if not c["checked"] or not c["holds"]] == []
    assert compared(judge_of(found)) > 20
    told = {c["name"].rpartition("/d")[2] for c in claims if c["part"] == "ways"}
    assert told == set(found["wrt"])
    assert any(c["part"] == "unrolled" for c in claims)


def test_a_product_of_derivatives_is_a_product_of_matrices() -> None:
    """In the equation language `*` goes entry by entry, and would be another number here."""
    claims = derived("slide-rnn-last")["check"]["claims"]
    (forms,) = [c["forms"] for c in claims if c["name"] == "dh[t]/dh[t-1]"]
    assert forms[0] == "dh[t]/da[t] @ da[t]/dh[t-1]"
