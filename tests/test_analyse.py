"""Functions of one variable: what is told of them, against other methods."""

from __future__ import annotations

import json
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import mpmath
import pytest
import sympy
from jsonschema import Draft202012Validator
from solving import command

SCHEMA = Path(__file__).parents[1] / "docs" / "analyse.schema.json"


@cache
def told(*args: str) -> dict[str, Any]:
    result = command("analyse", *args, "--format", "json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    Draft202012Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(found)
    return found


def sigma(t: Any) -> Any:
    return 1 / (1 + mpmath.exp(-t))


def test_the_sigmoid_written_out_is_recognised_and_told_of() -> None:
    found = told("exp(t)/(1+exp(t))")
    assert found["same_as"] == ["sigmoid"]
    assert found["limits"] == [{"where": "", "-oo": "0", "oo": "1"}]
    assert found["symmetry"] == {"kind": "point", "law": "f(-t) = 1 - f(t)", "except": []}
    assert found["derivative_symmetry"]["law"] == "f'(-t) = f'(t)"
    assert found["derivative_in_f"] == "f*(1 - f)"
    assert found["at_zero"] == {"f": "1/2", "f'": "1/4"}
    assert found["greatest_slope"] == {"value": "1/4", "attained": True, "at": ["0"]}
    assert found["inverse"] == "log(y/(1 - y))"
    assert found["log_derivative"]["in_f"] == "1 - f"
    assert found["expansion"]["coefficients"] == ["1/2", "1/4", "0", "-1/48", "0", "1/480"]
    assert found["monotone"] == "increasing"


def test_the_tangent_has_its_slope_in_terms_of_itself() -> None:
    found = told("2/(1+exp(-2*t))-1")
    assert found["same_as"] == ["tanh"]
    assert found["derivative_in_f"] == "1 - f^2"
    assert found["symmetry"]["kind"] == "odd"
    assert found["greatest_slope"]["value"] == "1"


def test_softplus_is_sheared_and_its_slope_never_reaches_1() -> None:
    found = told("softplus")
    assert found["symmetry"]["law"] == "f(-x) = f(x) - x"
    assert found["derivative_in_f"] == "1 - exp(-f)"
    assert found["greatest_slope"] == {"value": "1", "attained": False, "at": ["oo"]}
    assert found["limits"] == [{"where": "", "-oo": "0", "oo": "oo"}]


@pytest.mark.parametrize(
    ("name", "f", "start"),
    [
        ("swish", lambda t: t * sigma(t), 2.4),
        ("mish", lambda t: t * mpmath.tanh(mpmath.log(1 + mpmath.exp(t))), 1.5),
    ],
)
def test_greatest_slopes_in_decimals_are_those_of_mpmath(name: str, f: Any, start: float) -> None:
    found = told(name)["greatest_slope"]
    with mpmath.workdps(30):
        at = mpmath.findroot(lambda t: mpmath.diff(f, t, 2), start)
        slope = mpmath.diff(f, at)
        assert abs(mpmath.mpf(found["value"]) - slope) < mpmath.mpf(10) ** -13
        assert abs(mpmath.mpf(found["at"][0]) - at) < mpmath.mpf(10) ** -13


def test_a_trained_slope_has_cases_and_a_derivative_of_its_own() -> None:
    found = told("leaky_relu")
    assert found["by_letter"] == {"a": "min(x, 0)"}
    assert [c["-oo"] for c in found["limits"]] == ["oo", "0", "-oo"]
    (kink,) = found["kinks"]
    assert (kink["slope_left"], kink["slope_right"], kink["slope"]) == ("a", "1", "a")


def test_a_branch_that_turns_with_a_letter_has_a_case_on_either_side() -> None:
    found = told("max(t, a*t)")
    where = {c["where"]: (c["-oo"], c["oo"]) for c in found["derivative_limits"]}
    assert where["a > 0 and a < 1"] == ("a", "1")
    assert where["a > 1"] == ("1", "a")


def test_kinks_and_jumps_are_told() -> None:
    assert told("relu")["greatest_slope"] == {"value": "1", "attained": True, "at": ["x > 0"]}
    (jump,) = told("step")["kinks"]
    assert (jump["from_left"], jump["f"], jump["from_right"]) == ("0", "0", "1")
    assert [k["at"] for k in told("hard_sigmoid")["kinks"]] == ["-5/2", "5/2"]
    (elu, _) = told("elu")["pieces"]
    assert told("elu")["pieces_for"] == "a > 0"
    assert elu["derivative_in_f"] in ("a + f", "f + a")


def test_what_is_not_known_is_said_to_be_not_decided() -> None:
    found = told("clip(x, lo, hi)", "--by", "x")
    assert found["kinks"] is None
    assert found["greatest_slope"] is None
    assert told("exp(-exp(x^2))")["greatest_slope"] is None


def test_a_pole_is_no_monotone_function() -> None:
    found = told("1/x")
    assert found["monotone"] is None
    assert found["kinks"][0]["f"] is None
    assert told("log")["limits"] == [{"where": "", "-oo": None, "oo": "oo"}]


@pytest.mark.parametrize(
    ("function", "f"),
    [
        ("exp(t)/(1+exp(t))", sigma),
        ("x/(1+x^2)", lambda x: x / (1 + x**2)),
        ("(exp(2*x) - 3)/(exp(x) + 5)", lambda x: (mpmath.e ** (2 * x) - 3) / (mpmath.e**x + 5)),
        ("(x^2 - 2*x)*exp(-x)", lambda x: (x**2 - 2 * x) * mpmath.exp(-x)),
    ],
)
def test_expansions_and_extremes_agree_with_mpmath(function: str, f: Any) -> None:
    found = told(function)
    wanted = mpmath.taylor(f, 0, 5)
    for c, w in zip(found["expansion"]["coefficients"], wanted, strict=True):
        assert float(Fraction(c)) == pytest.approx(float(w), abs=1e-9)
    grid = [f(mpmath.mpf(k) / 20) for k in range(-400, 400)]
    for key, best in (("supremum", max(grid)), ("infimum", min(grid))):
        value = found[key]["value"]
        if "oo" not in value:
            assert abs(decimal(value) - best) < 0.02


@pytest.mark.parametrize(
    ("function", "key", "value", "at"),
    [
        ("t*exp(-t^2/2)", "least_slope", "-2/exp(3/2)", {"-sqrt(3)", "sqrt(3)"}),
        ("1/(1+t^2)", "greatest_slope", "3*sqrt(3)/8", {"-sqrt(3)/3"}),
        ("exp(t)/(1+exp(t))^2", "greatest_slope", "sqrt(3)/18", {"log(2 - sqrt(3))"}),
        ("x^3 - x^2 - x", "least_slope", "-4/3", {"1/3"}),
        ("x*(x - 1)/(1 + x^4)", "supremum", None, None),
    ],
)
def test_extremes_at_roots_of_squares_are_exact_and_ties_are_seen(
    function: str, key: str, value: str | None, at: set[str] | None
) -> None:
    found = told(function)[key]
    assert found["attained"]
    if value is None:
        assert "sqrt" not in found["value"]  # roots of fourth degree are told in decimals
        return
    assert abs(decimal(found["value"]) - decimal(value)) < 1e-12
    assert "." not in found["value"]
    assert at is not None and set(map(decimal, found["at"])) == set(map(decimal, at))


@pytest.mark.parametrize(
    ("function", "wanted"),
    [
        ("a*tanh(b*t)", "b*(a - f)*(a + f)/a"),
        ("c/(1+exp(-k*t))", "k*f*(c - f)/c"),
        ("(exp(x) - 2)/(exp(x) + 3)", "-(f - 1)*(3*f + 2)/5"),
    ],
)
def test_a_derivative_in_terms_of_the_output_follows_from_the_inverse(
    function: str, wanted: str
) -> None:
    found = told(function, "--by", "x" if "x" in function.replace("exp", "") else "t")
    got = found["derivative_in_f"] or found["pieces"][0]["derivative_in_f"]
    assert sympy.simplify(sympy.sympify(power(got)) - sympy.sympify(power(wanted))) == 0


def test_an_extreme_on_a_piece_is_told_with_its_end() -> None:
    done = command("analyse", "hard_sigmoid(t)", "--lang", "en")
    assert "The least value is 0, for t ≤ −5/2." in done.stdout
    assert "The greatest slope is 1/5, for −5/2 < t < 5/2" in done.stdout


def power(formula: str) -> str:
    return formula.replace("^", "**")


def decimal(formula: str) -> Any:
    """A number that is written as a formula: evaluated by SymPy."""
    return sympy.sympify(power(formula)).evalf(30)


@pytest.mark.parametrize("lang", ["en", "ru"])
@pytest.mark.parametrize("function", ["exp(t)/(1+exp(t))", "clip(x, 0, 6)", "leaky_relu", "1/x"])
def test_a_page_is_made_in_every_language(function: str, lang: str) -> None:
    result = command("analyse", function, "--lang", lang)
    assert result.exit_code == 0, result.output
    assert "f(" in result.stdout


@pytest.mark.parametrize(
    ("function", "place"),
    [
        ("softmax(x)", "function:1:1"),
        ("a*b", "function:1:1"),
        ("sigmod", "function:1:1"),
        ("h[t]", "function:1:1"),
        ("x + ", "function:1:5"),
    ],
)
def test_what_is_no_function_of_one_variable_is_refused(function: str, place: str) -> None:
    result = command("analyse", function, "--lang", "en")
    assert result.exit_code == 2
    assert place in result.output
    assert "Traceback" not in result.output


def test_the_plot_is_a_picture_of_its_own() -> None:
    result = command("analyse", "tanh", "--format", "svg")
    assert result.stdout.startswith("<svg")
    assert result.stdout.count("<polyline") == 2
