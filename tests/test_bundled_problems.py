"""The problem book: every problem loads in both languages, solves, and is confirmed."""

from __future__ import annotations

import json
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from solving import command
from solving import solve as solve_text

from rnnhand.arithmetic.agreement import common_digits, same
from rnnhand.problem.files import bundled, load, source
from rnnhand.problem.model import AskGradients, Problem
from rnnhand.questions.certificate import compared
from rnnhand.questions.solve import Options, Solution, solve
from rnnhand.system.model import Role

NAMES = tuple(bundled())
SCHEMA = Path(__file__).parents[1] / "docs" / "problems.schema.json"


@cache
def problem(name: str) -> Problem:
    return load(source(name))


@cache
def solved(name: str) -> Solution:
    return solve(problem(name), Options(digits=15))


@cache
def answers(name: str) -> dict[str, Any]:
    result = command("solve", name, "--format", "json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_bundled_problem_speaks_both_languages(name: str) -> None:
    found = problem(name)
    for wording in (found.title, found.text, found.source):
        assert set(wording) == {"en", "ru"}
        assert all(wording.values())


@pytest.mark.parametrize("name", NAMES)
def test_a_bundled_problem_is_solved_on_a_page_and_in_json(name: str) -> None:
    """And the page says that the gradient is confirmed, where one is asked for."""
    asks = any(isinstance(ask, AskGradients) for ask in problem(name).ask)
    for lang, confirmed in (("en", "Checked: forward mode"), ("ru", "Проверено: прямой режим")):
        page = command("solve", name, "--lang", lang)
        assert page.exit_code == 0, page.output
        assert problem(name).title[lang] in page.stdout
        assert (confirmed in page.stdout) == asks
    assert answers(name)["problem"] == problem(name).title["en"]
    assert answers(name)["values"] or answers(name)["answers"]


def has_gradient(name: str) -> bool:
    """Whether there is something to differentiate, something to differentiate by, and a value."""
    system = problem(name).system
    if any(f.open for f in system.functions.values()):
        return False
    return system.loss is not None and bool(system.with_role(Role.PARAMETER, Role.INITIAL))


@pytest.mark.parametrize("name", [n for n in NAMES if has_gradient(n)])
def test_the_forward_mode_gives_the_same_gradient(name: str) -> None:
    """Exactly where numbers are rational, in every digit shown where they are decimals."""
    settled = solved(name).settled
    with settled.precisely():
        pairs = list(compared(settled.work))
        assert pairs
        if settled.name == "exact":
            assert all(same(a, b) for a, b in pairs)
        assert all(common_digits(a, b) >= 15 for a, b in pairs)


def values(name: str, *wanted: str) -> list[Fraction]:
    found = {**answers(name)["values"], **answers(name)["gradients"]}
    return [Fraction(found[w]) for w in wanted]


def fractions(text: str) -> list[Fraction]:
    return [Fraction(x) for x in text.split()]


@pytest.mark.parametrize(
    ("name", "states", "predictions", "losses", "loss", "gradient"),
    [
        ("there-and-back", "0 0 1/2 0", "0 1/4 0", "1 25/16 4", "105/16", "0 5/4 5/4"),
        ("there-and-back-mean", "0 0 1/2 0", "0 1/4 0", "1 25/16 4", "35/16", "0 5/12 5/12"),
        ("there-and-back-ones", "0 1/2 3/4 7/8", "1/4 3/8 7/16", "9/16 25/64 81/256", "325/256",
         "-7/8 -171/64 -171/64"),
        ("there-and-back-free-running", "0 0 1/2 3/8", "0 1/4 3/16", "1 25/16 841/256",
         "1497/256", "-29/32 -9/16 -9/16"),
    ],
)  # fmt: skip
def test_exercise_1_has_its_known_figures(
    name: str, states: str, predictions: str, losses: str, loss: str, gradient: str
) -> None:
    assert answers(name)["arithmetic"] == "exact"
    assert values(name, "h[0]", "h[1]", "h[2]", "h[3]") == fractions(states)
    assert values(name, "yhat[1]", "yhat[2]", "yhat[3]") == fractions(predictions)
    assert values(name, "L[1]", "L[2]", "L[3]") == fractions(losses)
    assert values(name, "L") == fractions(loss)
    assert values(name, "dL/dw", "dL/dv", "dL/du") == fractions(gradient)


def test_one_step_of_descent_leads_where_exercise_1_says() -> None:
    assert answers("there-and-back")["after"] == [
        {"w": "1/2", "v": "3/8", "u": "3/8", "L": "25809/4096"}
    ]
    assert values("there-and-back", "dL[1]/du", "dL[2]/du", "dL[3]/du") == fractions("0 5/4 0")


def test_matrices_reduce_to_the_scalar_exercise() -> None:
    """One neuron and one series, written as 1×1 matrices, is exercise 1 again."""
    text = source("there-and-back-matrices").text
    for entry, scalar in {
        "W: [[1/2, 1/2], [0, 1/2]]": "W: [[1/2]]",
        "V: [[1/2, 1/2], [1, -1/2]]": "V: [[1/2]]",
        "U: [[1, 0], [1/2, 1/2]]": "U: [[1/2]]",
        '"h[0]": [0, 0]': '"h[0]": [0]',
        "[[0, 1], [1, 1], [-1, 2], [2, 0]]": "[[0], [1], [-1], [2]]",
    }.items():
        assert entry in text
        text = text.replace(entry, scalar)
    small, known = solve_text(text), answers("there-and-back")
    for big, letter in ("Ww", "Vv", "Uu"):
        assert small["gradients"][f"dL/d{big}"] == known["gradients"][f"dL/d{letter}"]
    assert small["values"]["L"] == known["values"]["L"]


def test_the_matrix_exercise_by_hand() -> None:
    """Worked out apart from the package, by the chain rule step by step."""
    found = answers("there-and-back-matrices")
    assert found["values"]["h[3]"] == ["11/8", "0"]
    assert found["values"]["L"] == "2049/256"
    assert found["gradients"]["dL/dW"] == [["27/32", "-9/32"], ["-45/64", "0"]]
    assert found["gradients"]["dL/dV"] == [["117/32", "113/64"], ["-45/32", "-45/32"]]
    assert found["gradients"]["dL/dU"] == [["109/32", "9/4"], ["-107/64", "-9/8"]]
    assert found["gradients"]["dL/dh[0]"] == ["-13/128", "-13/128"]


def test_the_loss_at_the_last_step_reaches_every_parameter() -> None:
    """∂L/∂y(n) = P − 1 at the true class and P elsewhere, and b_y takes it unchanged."""
    found = answers("slide-rnn-last")
    p = [Fraction(x) for x in found["values"]["P"]]
    wanted = [p[0], p[1] - 1, p[2]]
    for name in ("dL/dy[3]", "dL/db_y"):
        for got, want in zip(found["gradients"][name], wanted, strict=True):
            assert abs(Fraction(got) - want) < Fraction(1, 10**14)


def test_the_quiz_s_power_is_a_power() -> None:
    found = answers("quiz-power")["results"]
    assert Fraction(found["dh[100]/dh[1]"]) == Fraction(11, 10) ** 99
    assert Fraction(found["dh[100]/dw"]) == 100 * Fraction(11, 10) ** 99


def test_the_quiz_s_sum_over_earlier_steps_is_the_derivative() -> None:
    """∂h_t/∂w = Σ_i h_{i−1} w^{t−i} Π_{j=i..t} f′_j with f′ = 1 − h²."""
    found = answers("quiz-chain")
    h = [float(found["values"][f"h[{t}]"]) for t in range(4)]
    for t in (1, 2, 3):
        total = 0.0
        for i in range(1, t + 1):
            slopes = 1.0
            for j in range(i, t + 1):
                slopes *= 1 - h[j] ** 2
            total += h[i - 1] * 1.1 ** (t - i) * slopes
        assert total == pytest.approx(float(found["results"][f"dh[{t}]/dw"]), rel=1e-13)


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_the_list_of_problems_names_them_all(lang: str) -> None:
    found = json.loads(command("problems", "--format", "json", "--lang", lang).stdout)
    Draft202012Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(found)
    assert [p["name"] for p in found["problems"]] == list(NAMES)
    assert all(p["title"] == problem(p["name"]).title[lang] for p in found["problems"])


@pytest.mark.parametrize("width", [20, 40, 71, 72, 80, 200])
def test_the_list_of_problems_fits_the_terminal(
    width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    result = command("problems", "--lang", "en")
    assert result.exit_code == 0
    assert all(len(line) <= width for line in result.stdout.splitlines())
    if width >= 40:
        assert all(name in result.stdout for name in NAMES)
