"""`derive` of what stands at one step: its special results and the ways back that it needs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from rnnhand.calculus.shortcut import Shortcut
from rnnhand.cli import main
from rnnhand.questions.derive import lemmas
from tests.budget import every

LAST = """
equations: |
  h[t] = tanh(w*h[t-1] + v*x[t])
  o[t] = [h[t]; u*h[t]]
  p[t] = softmax(o[t])
  L[t] = -sum(d[t]*log(p[t]))
  L = L[T]
steps: 1..3
parameters: {w: 0.5, v: 1, u: 2}
initial: {"h[0]": 0.5}
data: {"x[1..3]": [1, 2, 3], "d[1..3]": [[1, 0], [0, 1], [1, 0]]}
"""

ONE_STEP = """
cell: lstm-peephole
sizes: {x: 1, h: 1}
equations: |
  L = (h[T] - y)^2
steps: 1..%d
initial: {"h[0]": 0.3, "c[0]": 0.2}
data: {"x[1..%d]": %s, y: 1}
"""


def derived(*args: str, format_: str = "json", code: int = 0) -> Any:
    made = CliRunner().invoke(
        main, ["derive", *args, "--format", format_], env={"LANG": "C", "COLUMNS": "100"}
    )
    assert made.exit_code == code, made.output
    return json.loads(made.stdout) if format_ == "json" else made.output


@pytest.mark.parametrize(
    ("of", "formula"),
    every(2, [
        ("L[1]", "[t == 1]*(P[t] - one_hot(c[t], 3))"),
        ("L[2]", "[t == 2]*(P[t] - one_hot(c[t], 3))"),
        ("L[t]", "[t == 3]*(P[t] - one_hot(c[t], 3))"),
        ("L", "P[t] - one_hot(c[t], 3)"),
    ]),
)  # fmt: skip
def test_p_minus_y_is_claimed_where_the_loss_reads_it(of: str, formula: str) -> None:
    found = derived("slide-rnn-every", "--of", of)["check"]
    special = [one for one in found["claims"] if one["part"] == "special"]
    assert special[-1]["forms"] == [formula]
    assert all(one["holds"] for one in found["claims"])
    assert found["equal"]


def test_a_loss_that_is_that_of_the_last_step(tmp_path: Path) -> None:
    path = tmp_path / "last.yaml"
    path.write_text(LAST)
    found = derived(str(path))["check"]["claims"]
    special = [one for one in found if one["part"] == "special"]
    assert special[-1]["forms"] == ["[t == 3]*(p[t] - d[t])"]
    assert all(one["holds"] for one in found)


def test_one_claim_that_fails_fails_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = lemmas.shortcuts
    monkeypatch.setattr(
        lemmas,
        "shortcuts",
        lambda g: [Shortcut(s.logits, s.formula, None, s.kind) for s in honest(g)],
    )
    found = derived("slide-rnn-every", "--of", "L[2]", code=1)["check"]
    assert not found["equal"]
    page = derived("slide-rnn-every", "--of", "L[2]", format_="terminal", code=1)
    row = next(line for line in page.splitlines() if "Special results  " in line)
    assert row.endswith("not all")


@pytest.mark.parametrize(("steps", "needed"), [(1, False), (2, True)])
def test_with_one_step_no_way_back_is_lost(tmp_path: Path, steps: int, needed: bool) -> None:
    path = tmp_path / "steps.yaml"
    path.write_text(ONE_STEP % (steps, steps, [1] * steps))
    claims = derived(str(path), "--wrt", "W_f")["check"]["claims"]
    (way,) = [one for one in claims if one["part"] == "ways"]
    assert (way["differs"], way["checked"], way["holds"]) == (needed, True, True)


def test_the_first_loss_needs_no_way_back() -> None:
    claims = derived("slide-rnn-every", "--of", "L[1]")["check"]["claims"]
    ways = [one for one in claims if one["part"] == "ways"]
    assert len(ways) == 5 and not any(one["differs"] or one["reason"] for one in ways)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("slide-rnn-last", "--of", "h[2](1)"), "--of: h[2](1) is not a quantity"),
        (("slide-rnn-last", "--of", "h[2"), "--of:1:2: the bracket [ is never closed"),
        (("slide-rnn-last", "--of", "dL/dW_hh"), "--of: dL/dW_hh is not a quantity"),
        (("slide-rnn-last", "--wrt", "Q"), "--wrt: there is no Q here"),
        ((), "name either PROBLEM or --cell"),
    ],
)
def test_what_the_call_says_wrongly_is_blamed_on_the_call(args: tuple[str, ...], said: str) -> None:
    made = CliRunner().invoke(main, ["derive", *args], env={"LANG": "C", "COLUMNS": "100"})
    assert made.exit_code == 2
    assert said in made.output
