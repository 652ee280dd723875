"""What topics find stands on answer sheets and is marked as everything else is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from solving import command

from rnnhand.problem.files import bundled, load, source
from rnnhand.questions.facts import named, results_of
from tests.budget import few

ASKING = [
    "ridge-mean", "lenet-count", "dropout-network", "softmax-limits", "receptive-field",
    "silent-neuron", "sigmoid-analysed", "slope-least-squares", "convolution-as-matrix",
    "variance-of-layers", "tanh-analysed", "half-of-the-neurons", "logistic-without-minimum",
]  # fmt: skip
TOPICAL = few(ASKING, ("ridge-mean", "softmax-limits", "silent-neuron", "sigmoid-analysed"))


def checked(problem: str, sheet: str, tmp_path: Path, *options: str) -> dict[str, Any]:
    path = tmp_path / "sheet.yaml"
    path.write_text(sheet, "utf-8")
    found: dict[str, Any] = json.loads(
        command("check", problem, str(path), "--format", "json", *options).stdout
    )
    return found


def verdicts(problem: str, sheet: str, tmp_path: Path) -> dict[str, str]:
    return {i["name"]: i["verdict"] for i in checked(problem, sheet, tmp_path)["items"]}


@pytest.mark.parametrize("name", TOPICAL)
def test_the_key_of_a_topic_marked_against_itself_is_all_right(name: str, tmp_path: Path) -> None:
    named = json.loads(command("solve", name, "--format", "json").stdout)["named"]
    filled = command("sheet", name, "--filled", "--only", "*").stdout
    marks = verdicts(name, filled, tmp_path)
    assert {k: v for k, v in marks.items() if k in named} == dict.fromkeys(named, "right")


@pytest.mark.parametrize("name", TOPICAL)
def test_a_blank_sheet_asks_for_every_number_of_the_topics(name: str) -> None:
    named = json.loads(command("solve", name, "--format", "json").stdout)["named"]
    blank = command("sheet", name).stdout
    assert all(f"\n{wanted}:" in blank for wanted in named)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(bundled()))
def test_names_of_topics_are_names_and_are_given_once(name: str) -> None:
    problem = load(source(name))
    names = [fact.name for fact in named(problem, results_of(problem))]
    assert all(n.isidentifier() for n in names)
    assert len(names) == len(set(names))


def test_numbers_of_a_topic_are_marked_with_the_precision_they_are_given_in(
    tmp_path: Path,
) -> None:
    """4/39 = 0.10256…, 968/41 = 23.609…, 78/11 = 7.0909…, 22/3 = 7.333…"""
    sheet = (
        "least_squares_beta: 7.34\nridge_leave_one_out_minimum_lambda: 0.1\n"
        "ridge_leave_one_out_minimum_error: 968/41\nridge_leave_one_out_minimum_beta:\n"
    )
    assert verdicts("ridge-mean", sheet, tmp_path) == {
        "least_squares_beta": "wrong",
        "ridge_leave_one_out_minimum_lambda": "right",
        "ridge_leave_one_out_minimum_error": "right",
        "ridge_leave_one_out_minimum_beta": "missing",
    }


def test_a_list_of_a_topic_is_marked_entry_by_entry(tmp_path: Path) -> None:
    sheet = "softmax_probabilities_5_p: [1/3, 1/3, 1/3]\nsoftmax_probabilities_4_p: [1, 0, 0]\n"
    sheet += "softmax_probabilities_2_p: [0.017, 0.0466, 0.936]\n"
    marks = verdicts("softmax-limits", sheet, tmp_path)
    assert list(marks.values()) == ["right", "wrong", "right"]


def test_topics_stand_beside_the_equations_of_a_problem(tmp_path: Path) -> None:
    """A problem with equations, an update and a topic has names for all of them; where its own
    quantities are letters, the numbers of its topics are still marked."""
    path = tmp_path / "both.yaml"
    path.write_text(
        "equations: |\n  h = w*x\n  L = (h - 1)^2\nparameters: {w: 2}\ndata: {x: 3}\n"
        "ask: [gradients, {stack: {input: 3, layers: [{dense: 2}]}}, "
        "{stack: {input: [4, 4], layers: [{conv: {kernel: 3}}]}}]\n",
        "utf-8",
    )
    sheet = "h: 6\ndL/dw: 30\nstack_parameters: 8\nstack_2_parameters: 9\n"
    marks = verdicts(str(path), sheet, tmp_path)
    assert list(marks.values()) == ["right", "right", "right", "wrong"]
    assert verdicts("picture-convolution", "stack_parameters: 9\n", tmp_path) == {
        "stack_parameters": "right"
    }


def test_a_hint_does_not_give_a_topics_number_away(tmp_path: Path) -> None:
    path = tmp_path / "sheet.yaml"
    path.write_text("ridge_leave_one_out_minimum_lambda: 0.2\n", "utf-8")
    page = command("check", "ridge-mean", str(path), "--hint", "3").stdout
    assert "Look again at ridge_leave_one_out_minimum_lambda" in page
    assert "4/39" not in page and "0.102" not in page


def test_a_class_is_graded_on_topics(tmp_path: Path) -> None:
    for student, value in (("ann", "1/2"), ("bob", "1/4")):
        (tmp_path / f"{student}.yaml").write_text(f"silent_probability: {value}\n", "utf-8")
    sheets = [str(tmp_path / f"{s}.yaml") for s in ("ann", "bob")]
    into = ("--into", str(tmp_path / "graded"))
    result = command("grade", "silent-neuron", *sheets, *into, "--format", "json")
    assert result.exit_code == 0, result.output
    by_student = {s["student"]: s["right"] for s in json.loads(result.stdout)["students"]}
    assert by_student == {"ann": 1, "bob": 0}
