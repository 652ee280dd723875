"""Networks whose first states, lags and bounds are unusual: every line is checked and holds, and
the formulas in the data are such as people write."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from judge import judge_of
from test_judged_from_outside import compared

from rnnhand.cli import main


@pytest.fixture
def derived(tmp_path: Path) -> Any:
    """The data of `derive` for the text of a problem."""

    def call(text: str, *options: str) -> dict[str, Any]:
        path = tmp_path / "problem.yaml"
        path.write_text(text, "utf-8")
        made = CliRunner().invoke(main, ["derive", str(path), *options, "--format", "json"])
        assert made.exit_code == 0, made.output
        data: dict[str, Any] = json.loads(made.stdout)
        assert data["check"]["points"] and data["check"]["equal"]
        return data

    return call


def unchecked(data: dict[str, Any]) -> list[str]:
    return [c["name"] for c in data["check"]["claims"] if not c["checked"]]


DECODER = """
equations: |
  h[t] = tanh(w*h[t-1] + v*x[t])
  s[0] = tanh(q*h[T])
  s[k] = p*s[k-1]
  L = sum[k](s[k]^2)
steps: 1..2
indices: {k: 1..2}
parameters: {w: , v: , q: , p: }
initial: {"h[0]": 0}
data: {"x[1..2]": }
"""


def test_the_decoder_has_an_activation_in_its_first_state_alone(derived: Any) -> None:
    data = derived(DECODER)
    assert data["shapes"]["a_s[k]"] == [1, 1]
    assert not unchecked(data)
    assert compared(judge_of(data)) > 20


BEFORE_ZERO = """
equations: |
  h[-1] = tanh(q*z)
  h[t] = h[t-1] + softmax(W @ h[t-1] + x[t])
  L[t] = sum((h[t] - y[t])^2)
  L = sum[t](L[t])
steps: 0..2
parameters: {q: , W: {shape: [2, 2]}}
data: {z: {shape: [2]}, "x[0..2]": [[1, 0], [0, 1], [1, 1]], "y[0..2]": [[1, 0], [0, 1], [0, 0]]}
"""


def test_a_first_state_at_a_negative_step(derived: Any) -> None:
    data = derived(BEFORE_ZERO)
    assert not unchecked(data)
    assert compared(judge_of(data)) > 20


FAR_BACK = """
equations: |
  h[t] = tanh(a*h[t-1] + b*h[t-3] + c*o[t-1])
  o[t] = tanh(d*h[t])
  L[t] = o[t]^2
  L = sum[t](L[t])
steps: 1..3
parameters: {a: , b: , c: , d: }
initial: {"h[-2..0]": , "o[0]": }
"""


def test_of_each_state_as_many_steps_are_carried_as_it_is_read_back(derived: Any) -> None:
    data = derived(FAR_BACK)
    assert data["check"]["stacks"] == {"S": ["h[t]", "h[t-1]", "h[t-2]", "o[t]"]}
    assert not unchecked(data)
    assert compared(judge_of(data)) > 20


SHARED_START = """
equations: |
  h[0] = tanh(W @ z)
  h[t] = tanh(W @ h[t-1] + x[t])
  L[t] = sum((h[t] - y[t])^2)
  L = sum[t](L[t])
steps: 1..2
parameters: {W: {shape: [2, 2]}}
data: {z: [1, 2], "x[1..2]": [[1, 0], [0, 1]], "y[1..2]": [[1, 0], [0, 1]]}
"""


def test_a_parameter_of_the_first_state_and_of_all_steps(derived: Any) -> None:
    data = derived(SHARED_START)
    assert not unchecked(data)
    assert compared(judge_of(data)) > 20


CLIPPED = """
equations: |
  h[t] = clip(b*h[t-2] + A @ x[t], -0.5, 0.5)
  L[t] = sum((h[t] - y[t])^2)
  L = sum[t](L[t])
steps: 0..2
parameters: {b: , A: {shape: [2, 2]}}
initial: {"h[-2..-1]": [[1, 0], [0, 1]]}
data: {"x[0..2]": [[1, 0], [0, 1], [1, 1]], "y[0..2]": [[1, 0], [0, 1], [0, 0]]}
"""


def test_a_clip_that_large_numbers_saturate_is_checked_between_its_bounds(derived: Any) -> None:
    assert not unchecked(derived(CLIPPED))


def test_what_a_step_does_not_give_is_no_summand(derived: Any) -> None:
    data = derived(BEFORE_ZERO, "--of", "L[1]")
    told = [u["formula"] for u in data["unrolled"].values()]
    assert told and not any(re.search(r"(^|[(+] )(0|fill\(0, \d, \d\)) \+", f) for f in told)


UNREAD = """
equations: |
  h[t] = tanh(W @ h[t-1] + x[t])
  L = sum(h[T]^2)
steps: 1..2
parameters: {W: {shape: [2, 2]}}
initial: {"h[-1..0]": [[1, 0], [0, 1]]}
data: {"x[1..2]": [[1, 0], [0, 1]]}
"""


def test_a_given_value_that_nothing_reads_has_a_line_of_its_own(derived: Any) -> None:
    data = derived(UNREAD, "--wrt", "h")
    lines = {tuple(a["steps"]): a["formula"] for a in data["adjoints"] if a["name"] == "dL/dh[t]"}
    assert lines[0, 0] == "W.T @ dL/da[t+1]"
    assert lines[-1, -1] == "fill(0, 2, 1)"


GATED = """
equations: |
  z[t] = sigmoid(U*h[t-1] + x[t])
  h[t] = z[t]*h[t-1] + (1 - z[t])*n[t] + 0.5*h[t-1] - 0.5*h[t-1]
  n[t] = tanh(V*x[t])
  L[t] = 0.5*mean((h[t] - y[t])^2)
  L = sum[t](L[t])
steps: 1..2
parameters: {U: , V: }
initial: {"h[0]": [1, 0]}
data: {"x[1..2]": [[1, 0], [0, 1]], "y[1..2]": [[1, 0], [0, 1]]}
"""


def test_the_data_writes_differences_and_one_number_for_two(derived: Any) -> None:
    data = derived(GATED)
    by = {(x["of"], x["by"]): x["formula"] for x in data["locals"]}
    assert by["h[t]", "z[t]"] == "diag(h[t-1] - n[t])"
    assert by["L[t]", "h[t]"].startswith("0.5*") and "2*(" not in by["L[t]", "h[t]"]
    assert not unchecked(data)


def test_what_a_first_state_does_not_read_has_another_sum(tmp_path: Path) -> None:
    """At t = 0 the factor t switches v off, so that s_0 = h_0 depends on q and not on v."""
    path = tmp_path / "off.yaml"
    path.write_text(
        "title: Off\nequations: |\n  h[t] = tanh(h[t-1]*t*v + q*x[t])\n"
        "  s[k] = tanh(p*s[k-1] + h[T])\n  s[0] = h[T-1]\n  L = s[2]^2\n"
        "steps: 0..1\nindices: {k: 1..2}\nparameters: {v: 0.5, q: 0.3, p: 0.7}\n"
        "initial: {'h[-1]': 1}\ndata: {'x[0..1]': [1, 2]}\n",
        encoding="utf-8",
    )
    made = CliRunner().invoke(main, ["derive", str(path), "--format", "json"])
    assert made.exit_code == 0
    assert all(claim["holds"] for claim in json.loads(made.stdout)["check"]["claims"])
