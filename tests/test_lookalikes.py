"""Cyrillic letters that look like Latin ones name what they look like, where nothing else is
meant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from solving import command


def checked(problem: str, sheet: str, tmp_path: Path) -> list[dict[str, Any]]:
    path = tmp_path / "sheet.yaml"
    path.write_text(sheet, "utf-8")
    items: list[dict[str, Any]] = json.loads(
        command("check", problem, str(path), "--format", "json").stdout
    )["items"]
    return items


@pytest.mark.parametrize(
    ("written", "meant"),
    [("уhat[2]", "yhat[2]"), ("һ[2]", "h[2]"), ("dL/dу[2]", "dL/dy[2]"), ("у[2]", "y[2]")],
)
def test_a_name_with_a_letter_of_the_other_alphabet_is_read(
    written: str, meant: str, tmp_path: Path
) -> None:
    (item,) = checked("there-and-back", f"{written}: 1\n", tmp_path)
    assert item["name"] == meant
    assert item["verdict"] != "unreadable"


def test_a_name_of_the_problem_is_always_taken_as_it_stands(tmp_path: Path) -> None:
    problem = tmp_path / "problem.yaml"
    problem.write_text("equations: |\n  c = 2*x\n  с = 3*x\nparameters: {x: 1}\n", "utf-8")
    items = checked(str(problem), "c: 2\nс: 3\n", tmp_path)
    assert [(item["name"], item["verdict"]) for item in items] == [("c", "right"), ("с", "right")]
