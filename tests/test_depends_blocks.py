"""Blocks of entries that never read each other, against the reach of the matrix's own graph."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from rnnhand.cli import main
from tests.budget import few


def loops_of(tmp_path: Path, equation: str, matrix: list[list[int]], as_: str) -> list[dict]:  # type: ignore[type-arg]
    file = tmp_path / "blocks.yaml"
    n = len(matrix)
    file.write_text(
        f"title: blocks\nequations: |\n  {equation}\nsteps: 1..3\n{as_}: {{P: {matrix}}}\n"
        f'initial: {{"h[0]": {[1] * n}}}\ndata: {{"x[1..3]": {{shape: [{n}], fill: 1}}}}\n',
        "utf-8",
    )
    made = CliRunner().invoke(main, ["depends", str(file), "h[3]", "--format", "json"])
    assert made.exit_code == 0, made.output
    return json.loads(made.stdout)["parallel"]["loops"]  # type: ignore[no-any-return]


def joined_entries(matrix: list[list[int]]) -> list[list[str]]:
    """The connected parts of the matrix's graph, by powers of a symmetric matrix."""
    a = np.array(matrix) != 0
    reach = np.linalg.matrix_power(np.eye(len(a), dtype=int) + (a | a.T), len(a)) > 0
    parts = {tuple(np.flatnonzero(row)) for row in reach}
    return [[f"h[t]({i + 1})" for i in part] for part in sorted(parts)]


@pytest.mark.parametrize("seed", few(range(12), (2, 5)))
def test_blocks_are_the_connected_parts_of_a_constant_matrix(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    n = dice.randint(2, 5)
    matrix = [[int(dice.random() < 0.25) for _ in range(n)] for _ in range(n)]
    matrix[0][1] = 1  # not every entry by itself, which is said in another way
    (loop,) = loops_of(tmp_path, "h[t] = tanh(P @ h[t-1] + h[t-1] + x[t])", matrix, "constants")
    parts = joined_entries(matrix)
    assert loop["blocks"] == (parts if len(parts) > 1 else [])
    assert not loop["entries_apart"]


def test_zeros_of_parameters_make_no_blocks(tmp_path: Path) -> None:
    (loop,) = loops_of(tmp_path, "h[t] = P @ h[t-1]", [[1, 0], [0, 1]], "parameters")
    assert loop["blocks"] == []


def test_entries_that_go_their_own_way_are_told_as_such(tmp_path: Path) -> None:
    (loop,) = loops_of(tmp_path, "h[t] = P @ h[t-1]", [[1, 0], [0, 1]], "constants")
    assert loop["entries_apart"] and loop["blocks"] == []
