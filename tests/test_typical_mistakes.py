"""Typical wrong answers to exercises without time: each is found, and what was done is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from rnnhand.cli import main


def items(problem: str, sheet: str, tmp_path: Path) -> list[dict[str, Any]]:
    path = tmp_path / "sheet.yaml"
    path.write_text(sheet, "utf-8")
    result = CliRunner().invoke(main, ["check", problem, str(path), "--format", "json"])
    assert result.exit_code == 1, result.output
    return [i for i in json.loads(result.stdout)["items"] if i["verdict"] != "missing"]


@pytest.mark.parametrize(
    ("problem", "sheet", "named"),
    [
        ("sigmoid-layer", "dL/dh: [1, -2, 3]", "slope-forgotten"),
        ("sigmoid-layer-back", "dL/dZ: [[0.5, 1.462], [-0.269, 0.440]]",
         "slope-of-wrong-function"),
        ("layer-relu", "dL/dH1: [[-0.5, -1], [0, 0]]", "slope-forgotten"),
        ("linear-layer-back", "dL/dW: [[9, 12, 15], [19, 26, 33]]", "matrix-transposed"),
        ("mean-square", "dL/dyhat: [1/2, 0]", "error-sign"),
        ("descent-full-batch", "after 1: {w: 1.6}", "mean-forgotten"),
        ("descent-momentum", "after 1: {w: 0.4}\nafter 2: {w: 1.28}", "memory-forgotten"),
        ("descent-nesterov", "after 1: {w: 0.4}\nafter 2: {g: -8.8}", "gradient-not-ahead"),
        ("descent-rmsprop", "after 1: {v: 1.6, w: 0.25}", "root-forgotten"),
        ("descent-adam", "after 2: {mhat: -14.8}", "bias-correction-power"),
        ("logistic-step", "after 1: {w: 1.00993}", "factor-forgotten"),
        ("graph-derivatives", "df/dx: 7", "way-forgotten"),
        ("softmax-cold", "p: [0.278, 0.307, 0.415]", "ratio-turned"),
        ("layer-1", "H1: [[1, -2], [-1/2, 0]]", "product-elementwise"),
        ("layer-1", "H1: [[2, 0], [1/2, 1]]", "product-order"),
        ("windows-by-hand", "M2: 14.5", "pooling-confused"),
        ("layer-by-layer", "after 2: {W2: [3/2, 1], W1: [[5/4, -1], [1, 0]]}",
         "gradient-not-renewed"),
    ],
)  # fmt: skip
def test_a_typical_mistake_is_named(problem: str, sheet: str, named: str, tmp_path: Path) -> None:
    found = items(problem, sheet, tmp_path)
    wrong = [i for i in found if i["verdict"] == "wrong"]
    assert len(wrong) == 1, found
    assert named in {d["id"] for d in wrong[0]["diagnosis"]}, wrong


def test_a_turned_kernel_is_another_convention(tmp_path: Path) -> None:
    sheet = "H: [[18, 20, 19], [13, 13, 21], [20, 16, 22]]"
    (item,) = items("windows-by-hand", sheet, tmp_path)
    assert item["convention"] == "kernel-turned"


def test_a_chain_of_updates_from_one_slip_in_the_gradient_is_marked_once(tmp_path: Path) -> None:
    sheet = "after 1: {w: 1.6}\nafter 2: {w: 1.6}\nafter 3: {w: 1.6}"
    found = items("descent-full-batch", sheet, tmp_path)
    assert [i["verdict"] for i in found] == ["wrong", "follows", "follows"]
