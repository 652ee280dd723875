"""The Python API: what it returns is what the commands print."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner

import rnnhand
from rnnhand import Failure, check, derive, load, solve
from rnnhand.cli import main

TEXT = """
equations: |
  h[t] = tanh(W @ h[t-1] + x[t])
  L = sum(h[T]^2)
steps: 1..2
parameters: {W: [[1, 0.5], [0, 1]]}
initial: {"h[0]": [0, 0]}
data: {"x[1..2]": [[1, 2], [0, 1]]}
"""


def test_a_solution_has_exact_values_by_name() -> None:
    solution = solve("there-and-back")
    assert solution.arithmetic == "exact"
    assert solution.values["h[2]"] == solution["h[2]"] == Fraction(1, 2)
    assert solution.gradients["dL/dv"] == Fraction(5, 4)
    assert solution.after[0]["L"] == Fraction(25809, 4096)
    assert solve("there-and-back", only=["dh[2]/dv"]).results == {"dh[2]/dv": 1}


def test_values_are_those_of_the_json() -> None:
    found = CliRunner().invoke(main, ["solve", "slide-rnn-last", "--format", "json"])
    printed = json.loads(found.stdout)
    solution = solve("slide-rnn-last")
    value = solution.values["L"]
    assert isinstance(value, Decimal)
    assert str(value) == printed["values"]["L"]
    assert list(solution.gradients) == list(printed["gradients"])


def test_matrices_are_lists_of_rows_and_letters_are_text() -> None:
    solution = solve(TEXT, digits=20)
    assert solution.values["W"] == [[1, Fraction(1, 2)], [0, 1]]
    assert len(solution.gradients["dL/dW"]) == 2
    assert solve("equations: |\n  L = w^2\nparameters: {w: }\n").gradients["dL/dw"] == "2*w"


def test_the_document_is_what_the_terminal_shows() -> None:
    for lang in ("en", "ru"):
        arguments = ["solve", "there-and-back", "--lang", lang]
        shown = CliRunner().invoke(main, arguments, env={"COLUMNS": "100"}).stdout
        lines = [line.rstrip() for line in str(solve("there-and-back", lang=lang)).split("\n")]
        assert lines == [line.rstrip() for line in shown.rstrip("\n").split("\n")]


def test_a_sheet_may_be_a_dictionary_a_text_or_a_name() -> None:
    marks = check("there-and-back", {"h[3]": 0.375, "yhat[1..2]": [0, Fraction(1, 4)]})
    assert not marks.all_right
    assert marks["h[3]"].verdict == "wrong"
    assert marks["h[3]"].expected == 0
    assert marks["h[3]"].diagnosis
    assert marks["yhat[2]"].verdict == "right"
    assert check(TEXT, "h[1]: [0.76, 0.96]\nL: 1.9\n").items[0].name == "h[1]"


def test_a_derivation_has_a_formula_for_each_adjoint() -> None:
    found = derive("there-and-back", wrt=["v"])
    assert found.gradients == {"dL/dv": "sum[t](dL/da[t]*y[t-1])"}
    assert ("dL/da[t]", range(1, 4)) in [(f.name, f.steps) for f in found.adjoints]
    assert found.data["of"] == "L"
    assert "∂L/∂v" in str(found)


def test_a_problem_is_read_once_and_used_often(tmp_path: Path) -> None:
    file = tmp_path / "problem.yaml"
    file.write_text(TEXT, "utf-8")
    problem = load(file)
    assert solve(problem).values == solve(load(str(file))).values == solve(TEXT).values


@pytest.mark.parametrize(("lang", "words"), [("en", "no file nowhere"), ("ru", "nowhere")])
def test_what_is_wrong_is_said_in_the_exception(lang: str, words: str) -> None:
    with pytest.raises(Failure, match=words):
        solve("nowhere", lang=lang)
    with pytest.raises(Failure, match=r"problem\.yaml:2:7: .*w"):
        load("equations: |\n  L = w*x\n", lang=lang)


def test_a_notebook_is_shown_text_by_the_renderers_that_there_are() -> None:
    solution = solve("there-and-back")
    for shown in (solution._repr_markdown_(), solution._repr_latex_(), solution._repr_html_()):
        assert shown is None or "There and back" in shown


def test_importing_the_package_imports_nothing_else() -> None:
    code = (
        "import sys, rnnhand; assert set(rnnhand.__all__) <= set(dir(rnnhand))\n"
        "print([m for m in ('rich', 'flint', 'sympy', 'yaml', 'click') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert all(getattr(rnnhand, name) for name in rnnhand.__all__)
    with pytest.raises(AttributeError):
        _ = rnnhand.nothing


def test_the_examples_of_the_documentation_run() -> None:
    import doctest
    import re

    page = (Path(__file__).parents[1] / "docs" / "python.md").read_text("utf-8")
    blocks = re.findall(r"```python\n# run\n(.*?)```", page, re.DOTALL)
    names = {name: getattr(rnnhand, name) for name in ("load", "solve", "check", "derive")}
    test = doctest.DocTestParser().get_doctest("\n".join(blocks), names, "python.md", None, 0)
    assert test.examples
    assert doctest.DocTestRunner().run(test).failed == 0
