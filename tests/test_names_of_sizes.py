"""A cell's file may call its sizes as it likes; where it does not say one, the message does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rnnhand.cli import main

MINE = """title: {en: Mine}
input: x
output: h
sizes: {n: {en: inputs}, m: {en: units}}
equations: |
  h[t] = tanh(W @ x[t] + U @ h[t-1] + b)
parameters: {W: [m, n], U: [m, m], b: [m]}
initial: {"h[0]": [m]}
"""
STACKED = """title: {en: Stacked}
input: x
output: h
sizes: {n: {en: inputs}, m: {en: units}}
equations: |
  h[t] = tanh(W @ [x[t]; h[t-1]] + b)
parameters: {W: [m, n + m], b: [m]}
initial: {"h[0]": [m]}
"""
LAYERS = """
layers: [{cell: mine, m: 2}, {cell: mine, m: 3}]
sizes: {n: 4}
steps: 1..2
equations: |
  L = sum(h2[T])
data: {"x[1..2]": {shape: [4]}}
"""


@pytest.fixture
def cells(tmp_path: Path) -> Path:
    (tmp_path / "mine.yaml").write_text(MINE, encoding="utf-8")
    (tmp_path / "stacked.yaml").write_text(STACKED, encoding="utf-8")
    return tmp_path


def call(cells: Path, *args: str) -> Result:
    return CliRunner().invoke(main, [*args, "--cells", str(cells), "--lang", "en"])


def test_the_columns_before_the_input_say_its_size(cells: Path) -> None:
    found = call(cells, "derive", "--cell", "mine", "--sizes", "n=2,m=3", "--format", "json")
    shapes = json.loads(found.output)["shapes"]
    assert shapes["x[t]"] == [2, 1] and shapes["h[t]"] == [3, 1]


@pytest.mark.parametrize("pair", [("rnn", "mine"), ("mine", "rnn")])
def test_such_a_cell_is_compared_and_reduced(cells: Path, pair: tuple[str, str]) -> None:
    found = call(cells, "reduce", pair[0], "--to", pair[1])
    assert "under other names it is the same cell" in found.output
    assert call(cells, "compare", *pair).exit_code == 0


def test_a_layer_on_another_has_its_size_as_that_of_the_input(cells: Path) -> None:
    problem = cells / "layers-problem.yaml"
    problem.write_text(LAYERS, encoding="utf-8")
    found = call(cells, "derive", str(problem), "--format", "json")
    shapes = json.loads(found.output)["shapes"]
    assert shapes["W1"] == [2, 4] and shapes["W2"] == [3, 2]


def test_a_size_that_no_matrix_says_is_asked_for_by_name(cells: Path) -> None:
    found = call(cells, "cell", "stacked")
    assert found.exit_code == 2
    assert "stacked.yaml:6:17" in found.output
    assert "W is 4×7 and [x[t]; h[t-1]] is 5×1" in found.output
    assert "sizes: {x: inputs}" in found.output
    named = STACKED.replace("n: {", "x: {").replace("n + m", "x + m")
    (cells / "stacked.yaml").write_text(named, encoding="utf-8")
    assert call(cells, "cell", "stacked").exit_code == 0
