"""Whatever number stands on a sheet, the rest of the sheet is marked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from rnnhand.cli import main
from rnnhand.marking.marker import marker_for
from rnnhand.problem.files import bundled, load, source
from tests.budget import few
from tests.test_check import key_of

WILD = few(["-1", "0", "-0.4", "1e30", "-1e-30"], ("0", "1e30"))


def checked(problem: str, sheet: str, tmp_path: Path) -> dict[str, str]:
    """The verdict of each value that a sheet gives."""
    path = tmp_path / "sheet.yaml"
    path.write_text(sheet, "utf-8")
    result = CliRunner().invoke(main, ["check", problem, str(path), "--format", "json"])
    assert result.exit_code in (0, 1), result.output
    items = json.loads(result.stdout)["items"]
    return {i["name"]: i["verdict"] for i in items if i["verdict"] != "missing"}


@pytest.mark.parametrize("wild", WILD)
@pytest.mark.parametrize(
    ("problem", "places", "behind"),
    [
        ("softmax-two", ("p[1]: [{0}, {0}, {0}]",), "loss[1]"),
        ("logistic-step", ("p: {0}", "dL/dp: {0}"), "L"),
        ("descent-rmsprop", ("after 1: {{v: {0}}}", "after 1: {{g: {0}}}"), "after 1: w"),
        ("descent-adam", ("after 1: {{vhat: {0}}}", "after 1: {{v: {0}}}"), "after 1: w"),
        ("logloss-on-top", ("p: [{0}, {0}]",), "L"),
    ],
)
def test_an_impossible_value_is_marked_and_so_is_what_stands_behind_it(
    problem: str, places: tuple[str, ...], behind: str, wild: str, tmp_path: Path
) -> None:
    for place in places:
        there = place.format(wild)
        after = behind.split(": ")
        more = f"{behind}: 77" if len(after) == 1 else f"after 2: {{{after[1]}: 77}}"
        verdicts = checked(problem, f"{there}\n{more}\n", tmp_path)
        assert len(verdicts) == 2, verdicts
        assert [*verdicts.values()][1] == "wrong", (place, wild, verdicts)


def test_nothing_follows_from_a_logarithm_that_has_no_value(tmp_path: Path) -> None:
    verdicts = checked("softmax-two", "p[2]: [-1, 2, -1]\nloss[2]: 5\nL: 3\n", tmp_path)
    assert verdicts == {"p[2]": "wrong", "loss[2]": "wrong", "L": "wrong"}


def test_a_right_value_behind_an_impossible_one_is_right(tmp_path: Path) -> None:
    verdicts = checked("softmax-two", "p[1]: [0, 1, 0]\nloss[1]: 0.349\nL: 0.727\n", tmp_path)
    assert verdicts == {"p[1]": "wrong", "loss[1]": "right", "L": "right"}


@pytest.mark.parametrize("how", [["--reveal"], ["--hint", "1"], ["--hint", "2"], ["--hint", "3"]])
@pytest.mark.parametrize(
    ("problem", "sheet"),
    [
        ("logistic-step", 'p: "0.00"\nL: 6.2\n'),
        ("logistic-step", "p: -1\nL: 6.2\ndL/dp: 3\n"),
        ("softmax-two", "p[1]: [0, 0, 0]\nloss[1]: 5\nL: 3\n"),
        ("descent-rmsprop", "after 1: {v: -1, w: 77}\nafter 2: {v: 3, w: 77}\n"),
    ],
)
def test_what_has_no_value_is_not_worked_out(
    problem: str, sheet: str, how: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "sheet.yaml"
    path.write_text(sheet, "utf-8")
    result = CliRunner().invoke(main, ["check", problem, str(path), *how])
    assert result.exit_code == 1, result.output
    assert "nan" not in result.output and "inf" not in result.output


@pytest.mark.parametrize("name", few(bundled(), ["softmax-under-logarithm"]))
def test_whatever_is_given_may_be_copied_as_anything(name: str, tmp_path: Path) -> None:
    """Classes, sizes and factors too: what has no value with them is unknown, and no fault."""
    key = key_of(name)
    if key is None:
        pytest.skip("a problem without numbers has no key")
    given = {q.name for q in marker_for(load(source(name))).plan.system.given}
    for wild in ("2.97", "-1", "0"):
        sheet: dict[str, Any] = {**key["gradients"]}
        for label, value in key["values"].items():
            is_given = label.partition("[")[0] in given
            sheet[label] = replaced(value, wild) if is_given else value
        path = tmp_path / "sheet.json"
        path.write_text(json.dumps(sheet, ensure_ascii=False), "utf-8")
        for how in (["--format", "json"], ["--reveal"], ["--hint", "3"]):
            result = CliRunner().invoke(main, ["check", name, str(path), *how])
            assert result.exit_code in (0, 1), (wild, how, result.output)


def replaced(value: Any, by: str) -> Any:
    return [replaced(v, by) for v in value] if isinstance(value, list) else by
