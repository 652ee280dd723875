"""Exact solutions have fractions of thousands of digits; a sheet may have them too."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest
from solving import command, solve

from rnnhand.errors import Failure
from rnnhand.language import limits
from rnnhand.marking.answers import read_answers
from rnnhand.marking.marker import marker_for
from rnnhand.marking.numbers import read_number
from rnnhand.marking.sheet import read_sheet
from rnnhand.marking.verdicts import judged
from rnnhand.problem.reader import read_problem


def exact_problem(steps: int, seed: int) -> str:
    draw = Random(seed)

    def number() -> str:
        return f"{draw.choice(['', '-'])}{draw.randint(1, 19)}/{draw.randint(2, 19)}"

    xs = ", ".join(number() for _ in range(steps))
    return (
        "equations: |\n  h[t] = (w*h[t-1] + x[t])^2 - v\n  L[t] = (u*h[t] - 1)^2\n"
        f"  L = sum[t](L[t])\nsteps: 1..{steps}\n"
        f"parameters: {{w: {number()}, v: {number()}, u: {number()}}}\n"
        f'initial: {{"h[0]": {number()}}}\ndata: {{"x[1..{steps}]": [{xs}]}}\n'
    )


@pytest.mark.parametrize("steps", [5, 8, pytest.param(10, marks=pytest.mark.slow)])
def test_the_key_of_an_exact_problem_is_right_however_long_its_fractions(steps: int) -> None:
    problem = exact_problem(steps, steps)
    solved = solve(problem)
    values = {**solved["values"], **solved["gradients"]}
    marker = marker_for(read_problem(problem, "problem"))
    items = judged(
        marker, read_answers(marker.plan, read_sheet(json.dumps(values), "a.json"))
    ).items
    assert [item.label for item in items if item.verdict != "right"] == []


@pytest.mark.parametrize("ending", ["yaml", "csv", "md", "txt"])
def test_a_long_fraction_is_read_in_every_format_and_shown_short(
    ending: str, tmp_path: Path
) -> None:
    problem = tmp_path / "problem.yaml"
    problem.write_text(exact_problem(9, 3), "utf-8")
    value = solve(problem.read_text("utf-8"))["values"]["h[9]"]
    assert len(value) > limits.NUMBER
    texts = {
        "yaml": f"h[9]: {value}\n",
        "csv": f"name;value\nh[9];{value}\n",
        "md": f"| name | value |\n|---|---|\n| h[9] | {value} |\n",
        "txt": f"h[9] = {value}\n",
    }
    sheet = tmp_path / f"sheet.{ending}"
    sheet.write_text(texts[ending], "utf-8")
    told = command("check", str(problem), str(sheet))
    assert told.exit_code == 0, told.output
    assert len(told.stdout) < 1000


@pytest.mark.parametrize(
    "written", ["9" * (limits.WRITTEN + 1), "1/" + "0" * 2000, "(" * 2000, "1+" * 1000 + "1"]
)
def test_a_text_beyond_the_bound_is_refused(written: str) -> None:
    with pytest.raises(Failure) as found:
        read_number(written)
    assert found.value.diagnostics[0].code == "sheet-too-long"
