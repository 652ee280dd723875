"""Kinks that stand in a sum over another index: max(h[T], s[k-1]) in a decoder."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from rnnhand.cli import main

TIE = """
equations: |
  h[t] = w*h[t-1]
  s[k] = p*s[k-1] + max(h[T], s[k-1])
  L = s[2] + h[1]
steps: 1..2
indices: {k: 1..2}
parameters: {w: 1, p: 0.5}
initial: {"h[0]": 1, "s[0]": START}
"""


def solved(folder: Path, text: str) -> str:
    (folder / "own.yaml").write_text(f"title: own{text}")
    made = CliRunner().invoke(main, ["solve", str(folder / "own.yaml")])
    assert made.exit_code == 0, made.output
    return made.output


def test_a_tie_inside_a_sum_says_what_the_other_slope_gives(tmp_path: Path) -> None:
    """With h_2 = s_0 = 1: s_1 takes its slope from h_2, and ∂L/∂w = 4. From s_0 instead, nothing
    of the decoder comes back to h_2, and ∂L/∂w = h_0 = 1."""
    out = solved(tmp_path, TIE.replace("START", "1"))
    assert "∂L/∂w = Σ_t ∂L/∂h_t·h_{t−1} = 5/2·1 + 3/2·1 = 5/2 + 3/2 = 4" in out
    assert "h_2 = s_0 lies exactly on a kink; with the other slope there ∂L/∂w = 1." in out


def test_what_all_steps_of_another_index_read_is_not_said_to_come_through_one(
    tmp_path: Path,
) -> None:
    out = solved(tmp_path, TIE.replace("START", "3"))
    assert "through s_k" in out
    assert "kink" not in out


def test_both_slopes_of_a_maximum_are_taken_from_the_other_side_at_once(tmp_path: Path) -> None:
    """With s_0 = 0 it is h_2 = s_1 = 1. From h_2, ∂L/∂s_1 = 1/2 and ∂L/∂h_2 = 1/2 + 1; from s_1,
    ∂L/∂s_1 = 1/2 + 1 and ∂L/∂h_2 = 3/2 + 0: the same. Each half alone would give 1/2 or 5/2."""
    (note,) = (
        line
        for line in solved(tmp_path, TIE.replace("START", "0")).splitlines()
        if line.startswith("Kink")
    )
    assert "h_2 = s_1 lies exactly on a kink" in note
    assert note.startswith("Kinks:")  # with any other slope there the gradient stays the same


@pytest.mark.parametrize("steps", ["0..3", "-1..0"])
def test_indices_that_run_over_different_steps_do_not_mix(tmp_path: Path, steps: str) -> None:
    text = TIE.replace("START", "2").replace("steps: 1..2", f"steps: {steps}")
    first = int(steps.split("..")[0])
    text = text.replace("+ h[1]", "+ h[T]").replace("h[0]", f"h[{first - 1}]")
    assert "Checked: forward mode gives the same gradient exactly." in solved(tmp_path, text)
