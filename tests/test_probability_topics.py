"""Expectation algebra, dropout and initialisation: against sums over all cases."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import comb
from typing import Any

import mpmath
import pytest
from test_loss_topics import ask, refused

from rnnhand.language.parser import parse_expression
from rnnhand.language.tree import Apply, Expr, Number, Ref


def number(expr: Expr | str, **names: Fraction) -> Fraction:
    """The value of a formula of the language in fractions."""
    if isinstance(expr, str):
        expr = parse_expression(expr)
    match expr:
        case Number():
            return expr.value
        case Ref(name):
            return names[name]
        case Apply("neg", (a,)):
            return -number(a, **names)
        case Apply(op, args):
            first, *others = (number(a, **names) for a in args)
            for x in others:
                first = {"+": first + x, "-": first - x, "*": first * x}.get(op, Fraction(0)) or (
                    first**x if op == "^" else first / x if op == "/" else Fraction(0)
                )
            return first
    raise AssertionError(expr)


def binomial(n: int, q: Fraction) -> list[Fraction]:
    return [comb(n, k) * q**k * (1 - q) ** (n - k) for k in range(n + 1)]


def test_moments_of_binomials_agree_with_the_sum_over_all_cases() -> None:
    topic = (
        "moments: {of: 3*A + (A + 1)*B, "
        "variables: {A: {binomial: [4, q]}, B: {binomial: [3, q]}}, at: {q: 2/5}}"
    )
    found = ask(topic)["X"]
    q = Fraction(2, 5)
    cases = [
        (pa * pb, Fraction(3 * a + (a + 1) * b))
        for (a, pa), (b, pb) in product(enumerate(binomial(4, q)), enumerate(binomial(3, q)))
    ]
    mean = sum((p * x for p, x in cases), Fraction(0))
    variance = sum((p * x * x for p, x in cases), Fraction(0)) - mean**2
    (at,) = found["at"]
    assert (Fraction(at["mean"]), Fraction(at["variance"])) == (mean, variance)
    for form in ("variance", "variance_expanded"):
        assert number(found[form], q=q) == variance


@pytest.mark.parametrize(
    ("law", "mean", "variance"),
    [
        ("{bernoulli: p}", "p", lambda: None),
        ("{poisson: m}", "m", "m"),
        ("{uniform: [0, 1]}", "1/2", "1/12"),
        ("{normal: [mu, v]}", "mu", "v"),
        ("{exponential: 2}", "1/2", "1/4"),
        ("{moments: [0, s]}", "0", "s"),
    ],
)
def test_every_distribution_has_its_mean_and_variance(law: str, mean: str, variance: Any) -> None:
    found = ask(f"moments: {{of: X, variables: {{X: {law}}}}}")["X"]
    assert found["mean"] == mean
    if isinstance(variance, str):
        assert found["variance"] == variance


def test_fourth_moments_are_right() -> None:
    normal = ask("moments: {of: X^2, variables: {X: {normal: [0, v]}}}")["X"]
    assert (normal["mean"], normal["variance"]) == ("v", "2*v^2")
    uniform = ask("moments: {of: X^2, variables: {X: {uniform: [-1, 1]}}}")["X"]
    assert uniform["variance"] == "4/45"  # 1/5 − 1/9
    poisson = ask("moments: {of: X^2, variables: {X: {poisson: 1}}}")["X"]
    with mpmath.workdps(30):
        weights = [mpmath.exp(-1) / mpmath.factorial(k) for k in range(60)]
        fourth = sum(w * k**4 for k, w in enumerate(weights))
        assert mpmath.mpf(int(Fraction(poisson["variance"]))) == pytest.approx(float(fourth - 4))


def test_dropout_agrees_with_a_walk_through_a_small_network() -> None:
    """Layers 2, 2, 2, 1: every set of living neurons, its probability and its parameters."""
    p = Fraction(1, 3)
    found = ask("dropout: {layers: [2, 2, 2, 1], drop: p, at: 1/3}")
    cases = []
    for alive in product((0, 1), repeat=4):
        chance = Fraction(1)
        for a in alive:
            chance *= 1 - p if a else p
        a, b = sum(alive[:2]), sum(alive[2:])
        cases.append((chance, a + b, 3 * a + (a + 1) * b + (b + 1), a == 0 or b == 0))
    for key, i in (("living_neurons", 1), ("living_parameters", 2)):
        mean = sum((c[0] * c[i] for c in cases), Fraction(0))
        variance = sum((c[0] * c[i] ** 2 for c in cases), Fraction(0)) - mean**2
        assert Fraction(found[key]["mean_at"]["1/3"]) == mean
        assert Fraction(found[key]["variance_at"]["1/3"]) == variance
        assert number(found[key]["variance"], p=p) == variance
    dies = sum((c[0] for c in cases if c[3]), Fraction(0))
    assert Fraction(found["any_layer_dies"]["at"]["1/3"]) == dies


def test_dropout_of_the_exercise_by_hand() -> None:
    found = ask("dropout: {layers: [12, 300, 200, 100, 1], keep: q}")
    assert found["parameters"] == 84301
    assert found["living_neurons"]["mean"] == "600*q"
    assert found["living_parameters"]["mean_expanded"] == "80000*q^2 + 4300*q + 1"
    q = Fraction(3, 4)
    # With a, b, c independent: Var P = Var(12A + A + (A+1)B + (B+1)C + C) by total variance over B.
    n, v = {k: m * q for k, m in zip("abc", (300, 200, 100), strict=True)}, {}
    v = {k: m * q * (1 - q) for k, m in zip("abc", (300, 200, 100), strict=True)}
    square_b = v["b"] + n["b"] ** 2
    inner = v["a"] * (169 + 26 * n["b"] + square_b) + v["c"] * (square_b + 2 * n["b"] + 1)
    inner += v["c"] * 0
    inner_c = v["c"] * (square_b + 4 * n["b"] + 4) - v["c"] * (square_b + 2 * n["b"] + 1)
    outer = v["b"] * (n["a"] + 1 + n["c"]) ** 2
    wanted = inner + inner_c + outer
    assert number(found["living_parameters"]["variance"], q=q) == wanted


def test_impossible_probabilities_are_refused() -> None:
    assert "probability" in refused("dropout: {layers: [2, 3, 1], drop: 1.5}")
    assert "probability" in refused("dropout: {layers: [2, 3, 1], keep: -1/2}")
    assert "probability" in refused("moments: {of: A, variables: {A: {bernoulli: 2}}}")
    assert "polynomial" in refused("moments: {of: exp(A), variables: {A: {bernoulli: p}}}")
    assert "whole number" in refused("moments: {of: A, variables: {A: {binomial: [1/2, p]}}}")
    assert "did you mean binomial" in refused("moments: {of: A, variables: {A: {binomal: [2, p]}}}")


def test_the_variance_of_layers_fades_or_is_kept() -> None:
    uniform = "{uniform: [-1/sqrt(n), 1/sqrt(n)]}"
    found = ask(f"initialisation: {{inputs: n, weights: {uniform}}}")
    assert (found["variance_ratio"], found["verdict"]) == ("1/3", "fades")
    assert found["keeps"] == {
        "way": "forward",
        "variance": "1/n",
        "uniform_bound": "sqrt(3/n)",
        "normal_variance": "1/n",
    }
    he = ask("initialisation: {inputs: n, activation: relu}")["keeps"]
    assert (he["variance"], he["uniform_bound"]) == ("2/n", "sqrt(6/n)")
    kept = ask("initialisation: {inputs: 50, activation: relu, weights: {normal: [0, 1/25]}}")
    assert kept["verdict"] == "keeps"
    both = ask("initialisation: {inputs: n, outputs: m, way: both}")["keeps"]
    assert both["variance"] == "2/(m + n)"
    assert "mean 0" in refused("initialisation: {inputs: 3, weights: {uniform: [0, 1]}}")


def test_a_neuron_is_silent_in_half_of_the_cases() -> None:
    half = ask("silent: {inputs: 10, weights: {normal: [0, 1]}}")
    assert half["probability"] == "1/2"
    tilted = ask("silent: {x: [1, 2], weights: {normal: [1/10, 1]}, bias: 1}")
    wanted = mpmath.ncdf(-mpmath.mpf("1.3") / mpmath.sqrt(5))
    assert float(tilted["probability"]) == pytest.approx(float(wanted), rel=1e-13)
    assert ask("silent: {x: [0, 0], weights: {normal: [0, 1]}}")["probability"] == "1"
    assert ask("silent: {x: [1], weights: {bernoulli: 1/2}}")["probability"] is None
