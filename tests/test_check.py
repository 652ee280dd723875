"""`rnnhand check`: verdicts from the sheet alone, first mistakes, and what follows from them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rnnhand.problem.files import bundled
from tests.solving import command


def check(problem: str, sheet: str, folder: Path, *options: str) -> tuple[int, dict[str, Any]]:
    """Exit status and JSON of `rnnhand check` for the text of a sheet."""
    path = folder / "answers.yaml"
    path.write_text(sheet, "utf-8")
    done = command("check", problem, str(path), "--format", "json", *options)
    return done.exit_code, json.loads(done.stdout)


def verdicts(found: dict[str, Any]) -> dict[str, str]:
    return {item["name"]: item["verdict"] for item in found["items"]}


def test_the_circulating_solution_has_one_first_mistake() -> None:
    done = command("check", "there-and-back", "there-and-back-circulating", "--format", "json")
    assert done.exit_code == 1
    found = json.loads(done.stdout)
    given = verdicts(found)
    follows = {"yhat[3]", "L[3]", "L", "dL[3]/du", "dL/du", "after 1: u"}
    assert {n for n, v in given.items() if v == "wrong"} == {"h[3]"}
    assert {n for n, v in given.items() if v == "follows"} == follows
    assert {v for n, v in given.items() if n not in {*follows, "h[3]"}} == {"right"}
    assert found["score"] == {
        "right": 9, "follows": 6, "wrong": 1, "missing": 0, "unreadable": 0
    }  # fmt: skip
    (wrong,) = (item for item in found["items"] if item["verdict"] == "wrong")
    assert (wrong["given"], wrong["expected"], wrong["follow_through"]) == ("0.375", "0", "0")


def key_of(problem: str) -> dict[str, Any] | None:
    done = command("solve", problem, "--format", "json", "--arithmetic", "auto", "--digits", "12")
    if done.exit_code:
        return None
    found: dict[str, Any] = json.loads(done.stdout)
    return found if found["arithmetic"] in ("exact", "decimal") else None


@pytest.mark.parametrize("name", list(bundled()))
def test_the_key_is_all_right(name: str, tmp_path: Path) -> None:
    key = key_of(name)
    if key is None:
        pytest.skip("a problem without numbers has no key")
    sheet: dict[str, Any] = {**key["values"], **key["gradients"]}
    for k, after in enumerate(key.get("after", ()), 1):
        sheet[f"after {k}"] = after
    status, found = check(name, json.dumps(sheet, ensure_ascii=False), tmp_path)
    bad = {i["name"]: i for i in found["items"] if i["verdict"] != "right"}
    assert not bad
    assert status == 0


def test_the_published_backward_pass_is_three_mistakes_at_once() -> None:
    sheet = "seminar-notebook-published"
    done = command("check", "seminar-notebook", sheet, "--format", "json")
    assert done.exit_code == 1
    by_weights, by_matrix = json.loads(done.stdout)["items"]
    named = {d["id"] for d in by_weights["diagnosis"]}
    assert named == {"one-contribution-only", "product-elementwise", "error-sign"}
    assert (by_weights["verdict"], by_matrix["verdict"]) == ("wrong", "unreadable")


@pytest.mark.parametrize(
    ("written", "id"),
    [
        ("[0.39, 0.36, 0.25]", "argument-sign"),  # softmax(−z/10) is 0.388, 0.351, 0.260
        ("[0.31, 0.34, 0.35]", None),  # near nothing that is known
        ("[0.28, 0.31, 0.42]", None),  # near the right 0.278, 0.307, 0.415: a slip of the pen
        ("[0.5, 0.3, 0.2]", None),  # too few digits to say anything
    ],
)
def test_what_is_off_by_a_unit_of_the_last_digit_only_is_told(
    written: str, id: str | None, tmp_path: Path
) -> None:
    (item,) = check("softmax-warm", f"p: {written}\n", tmp_path)[1]["items"]
    assert [d["id"] for d in item["diagnosis"]] == ([id] if id else [])
    assert item.get("remarks", []) == (["roughly"] if id else [])
