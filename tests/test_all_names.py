"""Whatever `solve` names, a sheet may answer; what `solve` says of it is right there."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rnnhand.errors import Failure
from rnnhand.marking.answers import read_answers
from rnnhand.marking.marked import Verdict
from rnnhand.marking.marker import marker_for
from rnnhand.marking.sheet import read_sheet
from rnnhand.marking.verdicts import mark_answers
from rnnhand.problem.files import bundled, load, source
from rnnhand.questions.solve import Options, key, solve
from rnnhand.render.json import solution
from tests.budget import few

USUAL = ("quiz-matrix-elementwise", "slide-lstm", "sigmoid-analysed", "quiz-power")


def named(solved: dict[str, Any]) -> dict[str, Any]:
    """Every value that the JSON of `solve` has, by its name."""
    found = {**solved["values"], **solved["gradients"], **solved.get("results", {})}
    found |= solved.get("named", {})
    for k, after in enumerate(solved.get("after", ()), 1):
        found |= {f"after {k}: {name}": value for name, value in after.items()}
    return found


def unlike(name: str) -> dict[str, str]:
    """The names of a problem's results whose own values are not right on a sheet."""
    problem = load(source(name))
    try:
        marker = marker_for(problem)
    except Failure:
        return {}  # letters: there is nothing to mark
    options = Options("auto", 15, (), (), "result")
    solved = json.loads(solution(key(solve(problem, options), options, "en")))
    values = named(solved)
    if any(given.has_letters for given in problem.system.given.values()):
        values = solved.get("named", {})  # beside letters, only what topics find is a number
    sheet = read_sheet(json.dumps(values), "answers.json")
    items = mark_answers(marker, read_answers(marker.plan, sheet)).items
    assert {item.label for item in items} == set(values)
    return {item.label: item.verdict for item in items if item.verdict != Verdict.RIGHT}


@pytest.mark.parametrize("name", few(sorted(bundled()), USUAL))
def test_every_name_of_a_solution_is_answered_rightly_by_its_own_value(name: str) -> None:
    assert not unlike(name)
