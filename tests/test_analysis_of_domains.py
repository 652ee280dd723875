"""What is told of a function holds where the function has values, and only what holds is told."""

from __future__ import annotations

import json
from typing import Any

import mpmath
import pytest
import sympy
from click.testing import CliRunner

from rnnhand.cli import main


def told(function: str) -> dict[str, Any]:
    result = CliRunner().invoke(main, ["analyse", function, "--format", "json"])
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


@pytest.mark.parametrize(
    ("function", "least", "greatest"),
    [
        ("log(t)", "0", "oo"),
        ("-log(t)", "-oo", "0"),
        ("log(t/(1 - t))", "4", "oo"),
        ("-log(1 - t)", "0", "oo"),
        ("log(t - 1000)", "0", "oo"),
    ],
)
def test_the_slopes_of_a_logarithm_are_those_where_it_has_values(
    function: str, least: str, greatest: str
) -> None:
    found = told(function)
    assert found["least_slope"]["value"] == least
    assert found["greatest_slope"]["value"] == greatest
    assert found["derivative_symmetry"] is None


def test_a_function_that_ends_has_no_slope_beyond_its_end() -> None:
    found = told("log(t - 1000)")
    assert found["limits"] == [{"where": "", "-oo": None, "oo": "oo"}]
    assert found["derivative_limits"] == [{"where": "", "-oo": None, "oo": "0"}]
    assert found["at_zero"] == {"f": None, "f'": None}


@pytest.mark.parametrize(
    ("function", "of_f", "of_slope"),
    [
        ("relu", [], ["0"]),
        ("step", ["0"], []),
        ("sign", [], []),
        ("max(t, 0.1*t)", [], ["0"]),
        ("abs(t)", [], []),
    ],
)
def test_a_law_says_at_which_kinks_it_does_not_hold(
    function: str, of_f: list[str], of_slope: list[str]
) -> None:
    found = told(function)
    assert found["symmetry"]["except"] == of_f
    assert found["derivative_symmetry"]["except"] == of_slope


@pytest.mark.parametrize("function", ["1/0", "log(-1)*t", "sqrt(-1 - t^2)", "t + 2/0"])
def test_a_function_without_values_is_an_error(function: str) -> None:
    result = CliRunner().invoke(main, ["analyse", function])
    assert result.exit_code == 2
    assert "no value" in result.stderr


@pytest.mark.parametrize(
    ("function", "own"),
    [
        ("exp(-t^2)", lambda t: mpmath.exp(-(t**2))),
        ("t*exp(-t^2/2)", lambda t: t * mpmath.exp(-(t**2) / 2)),
        ("exp(-exp(-t))", lambda t: mpmath.exp(-mpmath.exp(-t))),
        ("t/sqrt(1 + t^2)", lambda t: t / mpmath.sqrt(1 + t**2)),
        ("tanh(t/2)", lambda t: mpmath.tanh(t / 2)),
    ],
)
def test_factors_that_are_always_positive_do_not_hide_extremes(function: str, own: Any) -> None:
    found = told(function)
    grid = [mpmath.mpf(i) / 8 for i in range(-80, 81)]
    slopes = [mpmath.diff(own, t) for t in grid]
    values = [own(t) for t in grid]
    for key, sampled in (("supremum", max(values)), ("greatest_slope", max(slopes))):
        assert found[key] is not None
        given = found[key]["value"]
        top = mpmath.mpf(str(sympy.sympify(given.replace("^", "**")).evalf(30)))
        assert sampled <= top + mpmath.mpf("1e-12") and top - sampled < mpmath.mpf("0.02")


def test_the_inverse_and_the_slope_of_a_stretched_tangent_are_short() -> None:
    found = told("tanh(t/2)")
    assert found["inverse"] == "log((y + 1)/(1 - y))"
    assert found["derivative"] == "2*exp(t)/(exp(t) + 1)^2"
