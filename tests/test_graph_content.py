"""What a graph says of its equations: no more than they do, and no less."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from test_graph import data


def at(folder: Path, text: str) -> str:
    file = folder / "problem.yaml"
    file.write_text(text, "utf-8")
    return str(file)


def edges(found: dict[str, Any]) -> set[tuple[str, str, str | None]]:
    return {(e["start"], e["end"], e["label"]) for e in found["edges"]}


# Neurons


@pytest.mark.parametrize("fill", ["1", "0.5"])
def test_neurons_whose_weights_are_equal_numbers_are_two(tmp_path: Path, fill: str) -> None:
    file = at(
        tmp_path,
        "equations: p = softmax(U @ x)\ndata: {x: [1, 2]}\n"
        f"parameters: {{U: {{shape: [2, 2], fill: {fill}}}}}\n",
    )
    found = data(file, "--nodes", "neurons")
    powers = [n["key"] for n in found["nodes"] if n["symbol"] == "exp"]
    assert len(powers) == 2
    read = [{e["start"] for e in found["edges"] if e["end"] == p} for p in ("p1", "p2")]
    assert read[0] & set(powers) != read[1] & set(powers)


def test_a_weight_0_is_drawn_and_an_entry_0_is_not(tmp_path: Path) -> None:
    file = at(
        tmp_path,
        "equations: |\n  y = w*x\n  z = W @ v\ndata: {x: 1, v: [1, 2]}\n"
        "parameters: {w: 0, W: [[0, 3]]}\n",
    )
    assert edges(data(file, "--nodes", "neurons")) == {("x", "y", "0"), ("v2", "z", "3")}
