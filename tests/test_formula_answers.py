"""Answers that are formulas: each has a name, and a sheet is right where it has an equal one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from solving import command

from rnnhand.language.lexer import START
from rnnhand.language.printer import text
from rnnhand.marking.asked import plan_of
from rnnhand.marking.formulas import formula_answer
from rnnhand.problem.files import bundled, load, source
from rnnhand.problem.yaml import Text
from tests.budget import few

USUAL = ("sigmoid-analysed", "loss-for-counts", "ridge-mean")


def checked(problem: str, sheet: dict[str, str], tmp_path: Path, ending: str = "json") -> Any:
    path = tmp_path / f"sheet.{ending}"
    lines = "".join(f"{name} = {value}\n" for name, value in sheet.items())
    path.write_text(json.dumps(sheet) if ending == "json" else lines, "utf-8")
    found = json.loads(command("check", problem, str(path), "--format", "json").stdout)
    return {item["name"]: item for item in found["items"]}


@pytest.mark.parametrize("name", few(sorted(bundled()), USUAL))
def test_the_formula_of_the_key_is_right(name: str) -> None:
    for own, right in plan_of(load(source(name))).formulas.items():
        answer = formula_answer(own, right, Text(text(right), START))
        assert answer.verdict == "right", own


@pytest.mark.parametrize(
    ("problem", "name", "written", "verdict"),
    [
        ("sigmoid-analysed", "analyse_derivative", "exp(-t)/(1 + exp(-t))^2", "right"),
        ("sigmoid-analysed", "analyse_derivative", "sigmoid(t)*(1 - sigmoid(t))", "right"),
        ("sigmoid-analysed", "analyse_derivative", "exp(t)/(1 + exp(t))", "wrong"),
        ("sigmoid-analysed", "analyse_derivative_in_f", "f - f^2", "right"),
        ("sigmoid-analysed", "analyse_derivative_in_f", "1 - f^2", "wrong"),
        ("sigmoid-analysed", "analyse_inverse", "ln(y) - ln(1 - y)", "right"),
        ("sigmoid-analysed", "analyse_inverse", "-log(1/y - 1)", "right"),
        ("sigmoid-analysed", "analyse_inverse", "log(y)/log(1 - y)", "wrong"),
        ("tanh-analysed", "analyse_derivative_in_f", "(1 - f)*(1 + f)", "right"),
        ("loss-for-counts", "likelihood_loss", "λ - y*ln(λ)", "right"),
        ("loss-for-counts", "likelihood_loss", "y*log(lambda) - lambda", "wrong"),
        ("ridge-mean", "ridge_leave_one_out_error",
         "(8/(2+lambda)*2 - 4)^2", "wrong"),
        ("dropout-network", "dropout_any_layer_dies_formula",
         "p^100 + p^200 - p^500 + p^600 - p^400", "right"),
        ("separable-kernels", "stack_layers_1_formula", "C_out + C_in*C_out*H_k*W_k", "right"),
        ("sigmoid-analysed", "analyse_derivative", "x*(1 - x)", "unreadable"),
        ("sigmoid-analysed", "analyse_derivative", "=1+1", "unreadable"),
        ("sigmoid-analysed", "analyse_derivative", "__import__('os')", "unreadable"),
        ("sigmoid-analysed", "analyse_derivative", "(" * 300, "unreadable"),
        ("sigmoid-analysed", "analyse_derivative", "exp(" * 60 + "t" + ")" * 60, "unreadable"),
        ("sigmoid-analysed", "analyse_derivative", "(t+1)^999^9", "wrong"),
        ("dropout-network", "dropout_any_layer_dies_formula",
         "1 - (1 - p^100)*(1 - p^200)*(1 - p^300)", "right"),
        ("tanh-analysed", "analyse_inverse", "log(-(y + 1)/(y - 1))/2", "right"),
        ("sigmoid-analysed", "analyse_derivative", "", "missing"),
    ],
)  # fmt: skip
def test_a_formula_is_judged_by_whether_it_is_equal(
    problem: str, name: str, written: str, verdict: str, tmp_path: Path
) -> None:
    assert checked(problem, {name: written}, tmp_path)[name]["verdict"] == verdict


def test_a_wrong_formula_comes_with_a_point_at_which_it_differs(tmp_path: Path) -> None:
    path = tmp_path / "sheet.txt"
    path.write_text("analyse_derivative_in_f = 1 - f^2\n", "utf-8")
    told = command("check", "sigmoid-analysed", str(path), "--lang", "ru").stdout
    told = " ".join(told.split())
    assert "при f = 1/3 эта формула равна 0,888889, а верная — 0,222222" in told
    assert "ни одной из известных" not in told


@pytest.mark.parametrize("ending", ["yaml", "csv", "md", "txt", "json"])
def test_a_blank_sheet_asks_for_formulas_and_its_key_is_right(ending: str, tmp_path: Path) -> None:
    blank = command("sheet", "sigmoid-analysed").stdout
    assert "\nanalyse_derivative_in_f:" in blank
    path = str(tmp_path / f"key.{ending}")
    assert command("sheet", "sigmoid-analysed", "--filled", "-o", path).exit_code == 0
    found = json.loads(command("check", "sigmoid-analysed", path, "--format", "json").stdout)
    assert {item["verdict"] for item in found["items"]} == {"right"}
    assert "analyse_inverse" in {item["name"] for item in found["items"]}


def test_a_class_is_graded_on_formulas_too(tmp_path: Path) -> None:
    sheets = tmp_path / "sheets"
    sheets.mkdir()
    (sheets / "a.txt").write_text("analyse_inverse = log(y) - log(1 - y)\n", "utf-8")
    (sheets / "b.txt").write_text("analyse_inverse = log(y) + log(1 - y)\n", "utf-8")
    into = str(tmp_path / "out")
    result = command("grade", "sigmoid-analysed", str(sheets), "--into", into)
    assert result.exit_code == 0, result.output
    values = Path(into, "values.csv").read_text("utf-8")
    assert "a,analyse_inverse," in values and "b,analyse_inverse," in values
    rows = {line.split(",")[0]: line for line in values.splitlines() if "analyse_inverse" in line}
    assert ",right," in rows["a"] and ",wrong," in rows["b"]
