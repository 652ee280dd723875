"""Losses, softmax, learning rates and penalties: topics against second methods."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

import mpmath
import pytest
from solving import Unsolved, solve


def ask(topic: str) -> dict[str, Any]:
    (found,) = solve(f"title: T\nask:\n  - {topic}\n", digits=15)["answers"]
    (content,) = found.values()
    assert isinstance(content, dict)
    return content


def refused(topic: str) -> str:
    with pytest.raises(Unsolved) as error:
        ask(topic)
    assert error.value.status == 2
    return str(error.value.output)


def test_softmax_at_every_temperature_and_in_both_limits() -> None:
    rows = ask("softmax: {logits: [1, 2, 5], temperature: [10, 1, 1/10, 0+, oo]}")["probabilities"]
    with mpmath.workdps(40):
        for row, t in zip(rows, (10, 1, mpmath.mpf(1) / 10), strict=False):
            weights = [mpmath.exp(z / t) for z in (1, 2, 5)]
            for p, w in zip(row["p"], weights, strict=True):
                wanted = w / sum(weights)
                assert abs(mpmath.mpf(p) / wanted - 1) < mpmath.mpf(10) ** -14
    assert [r["p"] for r in rows[3:]] == [["0", "0", "1"], ["1/3", "1/3", "1/3"]]


def test_a_cold_softmax_shares_among_the_greatest() -> None:
    rows = ask("softmax: {logits: [5, 1, 5], temperature: 0+}")["probabilities"]
    assert rows[0]["p"] == ["1/2", "0", "1/2"]


def test_a_softmax_with_huge_scores_does_not_overflow() -> None:
    (row,) = ask("softmax: {logits: [100000, 0], temperature: 1/1000}")["probabilities"]
    assert row["p"][0].startswith("1.000")
    assert row["p"][1].endswith("e-43429449")
    assert "temperature" in refused("softmax: {logits: [1, 2], temperature: 0}")


def test_losses_follow_from_their_likelihoods() -> None:
    poisson = ask("likelihood: poisson")
    assert poisson["loss"] == "lambda - y*log(lambda)"
    assert poisson["left_out"] == "log(factorial(y))"
    assert poisson["derivative"] == {"lambda": "1 - y/lambda"}
    assert poisson["derivative_by_score"] == {"s": "lambda - y"}
    bernoulli = ask("likelihood: {distribution: bernoulli, at: {p: 1/4, y: 1}}")
    assert bernoulli["derivative_by_score"] == {"s": "p - y"}
    assert Fraction(bernoulli["values"]["dL/dp"]) == -4
    assert float(bernoulli["values"]["L"]) == pytest.approx(float(mpmath.log(4)), rel=1e-14)
    gaussian = ask("likelihood: gaussian")
    assert gaussian["loss"] == "(y - mu)^2/(2*sigma^2)"
    assert gaussian["derivative_by_score"] == {"s": "(mu - y)/sigma^2"}
    several = ask("likelihood: {distribution: categorical, classes: 3}")
    assert several["derivative_by_score"]["s_2"] == "p_2 - y_2"
    labels = ask("likelihood: {distribution: bernoulli, labels: 2}")
    assert labels["derivative_by_score"] == {"s_1": "p_1 - y_1", "s_2": "p_2 - y_2"}


def test_a_density_of_one_s_own_gives_a_loss_too() -> None:
    found = ask("likelihood: {density: k*exp(-k*y), parameter: k, link: exp}")
    assert found["derivative"] == {"k": "y - 1/k"}
    assert found["derivative_by_score"] == {"s": "k*y - 1"}
    assert "unknown distribution" in refused("likelihood: poison")


def test_separable_classes_leave_no_minimum() -> None:
    found = ask("logistic: {x: [1, 2, 3], y: [1, 0, 0]}")
    assert found["separable"] is True
    assert found["minimum_exists"] is False
    w0, w1 = (Fraction(found["direction"][n]) for n in ("w0", "w1"))
    assert [w0 + w1 * x > 0 for x in (1, 2, 3)] == [True, False, False]
    touching = ask("logistic: {x: [1, 2, 2, 3], y: [1, 1, 0, 0]}")
    assert (touching["separable"], touching["minimum_exists"]) == (False, False)


def test_a_minimum_of_the_logistic_loss_is_certified() -> None:
    x, y = (1, 2, 3, 4), (1, 0, 1, 0)
    found = ask("logistic: {x: [1, 2, 3, 4], y: [1, 0, 1, 0]}")
    assert found["unique"] is True
    multipliers = [Fraction(m) for m in found["multipliers"]]
    signs = [1 if c else -1 for c in y]
    assert all(m > 0 for m in multipliers)
    assert sum(m * s for m, s in zip(multipliers, signs, strict=True)) == 0
    assert sum(m * s * v for m, s, v in zip(multipliers, signs, x, strict=True)) == 0
    with mpmath.workdps(30):

        def gradient(a: Any, b: Any) -> list[Any]:
            gaps = [1 / (1 + mpmath.exp(-a - b * v)) - c for v, c in zip(x, y, strict=True)]
            return [sum(gaps), sum(g * v for g, v in zip(gaps, x, strict=True))]

        root = mpmath.findroot(gradient, (2, -1))
        for got, wanted in zip(found["minimum"]["weights"].values(), root, strict=True):
            assert abs(mpmath.mpf(got) - wanted) < mpmath.mpf(10) ** -13


def test_observations_that_do_not_span_have_many_minima() -> None:
    found = ask("logistic: {x: [[1, 1], [1, 1]], y: [1, 0], intercept: no}")
    assert (found["minimum_exists"], found["unique"]) == (True, False)
    assert "class" in refused("logistic: {x: [1, 2], y: [1, 2]}")


RATES = {
    "1/t": ("diverges", "converges", "yes"),
    "1/(10*t^(3/10))": ("diverges", "diverges", "no"),
    "1/sqrt(t)": ("diverges", "diverges", "no"),
    "1/t^2": ("converges", "converges", "no"),
    "exp(-t)": ("converges", "converges", "no"),
    "1/(t*log(t + 1))": ("diverges", "converges", "yes"),
    "1/(t*log(t + 1)^2)": ("converges", "converges", "no"),
    "log(t + 1)/t": ("diverges", "converges", "yes"),
    "(2*t + 1)/(t^2 + 5)": ("diverges", "converges", "yes"),
    "(1/2)^t*t^5": ("converges", "converges", "no"),
    "3^t/2^t": ("diverges", "diverges", "no"),
    "exp(-sqrt(t))": ("converges", "converges", "no"),
    "1/sqrt(t + 1) - 1/sqrt(t + 2)": ("undecided", "undecided", "undecided"),
}


@pytest.mark.parametrize("rate", RATES)
def test_sums_of_rates_converge_or_not(rate: str) -> None:
    found = ask(f"robbins_monro: {{rate: '{rate}', by: t}}")
    verdicts = (found["sum"]["verdict"], found["sum_of_squares"]["verdict"], found["holds"])
    assert verdicts == RATES[rate]


@pytest.mark.parametrize("rate", [r for r, v in RATES.items() if v[0] in ("converges", "diverges")])
def test_partial_sums_go_the_way_that_is_said(rate: str) -> None:
    """Condensation: Σ f converges exactly if Σ 2^k f(2^k) does; its terms fall fast, or not."""
    import math

    def f(t: float) -> float:
        return float(eval(rate.replace("^", "**"), {"exp": math.exp, "log": math.log,
                                                     "sqrt": math.sqrt, "t": t}))  # fmt: skip

    if rate == "3^t/2^t":
        assert f(50) > 1
        return
    condensed = [2.0**k * f(2.0**k) for k in range(3, 10)]
    harmonic = [c * k for k, c in enumerate(condensed, 3)]
    falls = all(b < a for a, b in pairwise(condensed)) and harmonic[-1] < harmonic[0]
    assert falls == (RATES[rate][0] == "converges")


def test_a_rate_with_a_letter_has_a_range() -> None:
    found = ask("robbins_monro: {rate: lam*(s0/(s0 + t))^p, by: t}")
    assert found["holds"] == "depends"
    assert found["holds_for"] == "p > 1/2 and p <= 1"
    assert found["sum"]["converges_for"] == "p > 1"
    assert "t = 0" in refused("robbins_monro: {rate: 1/t, from: 0}")
    assert "not positive" in refused("robbins_monro: {rate: 1 - t}")


def test_least_squares_and_ridge_are_exact() -> None:
    assert ask("least_squares: {x: [1, 2], y: [2, 3]}")["beta"] == {"beta": "8/5"}
    found = ask("ridge: {y: [6, 6, 10], leave_one_out: yes}")
    assert found["formula"] == {"beta": "22/(lambda + 3)"} or "22" in found["formula"]["beta"]
    best = found["leave_one_out"]["minimum"]
    assert (best["lambda"], best["error"], best["beta"]) == ("4/39", "968/41", {"beta": "78/11"})

    def error(lam: Fraction) -> Fraction:
        y = [Fraction(v) for v in (6, 6, 10)]
        return sum(((v - (sum(y) - v) / (2 + lam)) ** 2 for v in y), Fraction(0))

    at = Fraction(4, 39)
    assert error(at) == Fraction(968, 41)
    assert all(error(at) <= error(at + Fraction(d, 1000)) for d in (-50, -1, 1, 50))


def test_the_best_penalty_may_be_none_or_without_end() -> None:
    none = ask("ridge: {y: [5, 5, 5], leave_one_out: yes}")["leave_one_out"]["minimum"]
    assert (none["where"], none["lambda"]) == ("zero", "0")
    endless = ask("ridge: {y: [1, -1], leave_one_out: yes}")["leave_one_out"]["minimum"]
    assert (endless["where"], endless["error"]) == ("infinity", "2")


def test_a_singular_matrix_is_said_to_be_singular() -> None:
    found = ask("ridge: {x: [[1, 1], [2, 2]], y: [1, 2], lambda: 1}")
    assert found["singular"] is True
    # By symmetry both are alike: (5 + 5 + 1)·b = 5.
    assert found["beta"] == {"beta_1": "5/11", "beta_2": "5/11"}
    assert ask("least_squares: {x: [[1, 1], [2, 2]], y: [1, 2]}")["beta"] is None
    assert "rows of x" in refused("ridge: {x: [1, 2], y: [1]}")


def test_formulas_are_compared() -> None:
    same = ask("identity: {left: exp(z1)/(exp(z1) + exp(z2)), right: sigmoid(z1 - z2)}")
    assert same["verdict"] == "same"
    other = ask("identity: {left: sigmoid(2*a), right: tanh(a)}")
    assert other["verdict"] == "different"
    assert other["counterexample"]
