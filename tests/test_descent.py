"""Descent by hand: every moment of every rule, by fractions and roots worked out apart."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from solving import command
from solving import solve as solved

X, Y = {1: Fraction(1), 2: Fraction(2)}, {1: Fraction(2), 2: Fraction(3)}


@cache
def answers(name: str, *options: str) -> dict[str, Any]:
    result = command("solve", name, "--format", "json", "--digits", "15", *options)
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def after(name: str) -> list[dict[str, float]]:
    return [{n: float(Fraction(v)) for n, v in step.items()} for step in answers(name)["after"]]


def slope(w: float, i: int) -> float:
    """d(y − wx)²/dw"""
    return float(-2 * X[i] * (Y[i] - Fraction(w) * X[i]))


def near(found: list[dict[str, float]], wanted: list[dict[str, float]]) -> bool:
    return all(
        f[name] == pytest.approx(value, rel=1e-12, abs=1e-15)
        for f, w in zip(found, wanted, strict=True)
        for name, value in w.items()
    )


def test_three_steps_by_all_observations() -> None:
    w, wanted = Fraction(0), []
    for _ in range(3):
        g = sum((-2 * X[i] * (Y[i] - w * X[i]) for i in (1, 2)), Fraction(0)) / 2
        w -= g / 10
        wanted.append((str(g), str(w)))
    found = answers("descent-full-batch")["after"]
    assert [(step["g"], step["w"]) for step in found] == wanted


def test_steps_by_single_observations() -> None:
    w, wanted = Fraction(0), []
    for i in (1, 2, 1, 2):
        g = -2 * X[i] * (Y[i] - w * X[i])
        w -= g / 10
        wanted.append((str(g), str(w)))
    found = answers("descent-stochastic")["after"]
    assert [(step["g"], step["w"]) for step in found] == wanted


@pytest.mark.parametrize(("name", "ahead"), [("momentum", 0), ("nesterov", Fraction(9, 10))])
def test_momentum_and_nesterov(name: str, ahead: Fraction | int) -> None:
    w, h, wanted = Fraction(0), Fraction(0), []
    for i in (1, 2):
        at = w - ahead * h
        g = -2 * X[i] * (Y[i] - at * X[i])
        h = Fraction(9, 10) * h + g / 10
        w -= h
        wanted.append({"g": str(g), "h": str(h), "w": str(w)})
    found = answers(f"descent-{name}")["after"]
    assert [{n: step[n] for n in ("g", "h", "w")} for step in found] == wanted


def test_rmsprop_with_every_moment() -> None:
    w, v, wanted = 0.0, 0.0, []
    for i in (1, 2):
        g = slope(w, i)
        v = 0.9 * v + 0.1 * g * g
        w -= 0.1 * g / math.sqrt(v)
        wanted.append({"g": g, "v": v, "w": w})
    assert near(after("descent-rmsprop"), wanted)


def test_adam_with_every_moment() -> None:
    w, m, v, wanted = 0.0, 0.0, 0.0, []
    for k, i in enumerate((1, 2), 1):
        g = slope(w, i)
        m, v = 0.9 * m + 0.1 * g, 0.9 * v + 0.1 * g * g
        mh, vh = m / (1 - 0.9**k), v / (1 - 0.9**k)
        w -= 0.1 * mh / math.sqrt(vh)
        wanted.append({"g": g, "m": m, "v": v, "mhat": mh, "vhat": vh, "w": w})
    assert near(after("descent-adam"), wanted)


def test_roots_stay_exact() -> None:
    found = answers("descent-rmsprop", "--arithmetic", "exact")["after"]
    assert found[0]["w"] == "sqrt(10)/10"


def test_a_rule_in_the_file_is_the_rule_of_the_library() -> None:
    """What the problems write out, the library has under a name, with other letters."""
    text = Path("problems/sheet-3/descent-adam.yaml").read_text("utf-8")
    start = text.index("      rule: |")
    library = (
        "      rule: adam\n      lr: 1/10\n      beta2: 9/10\n      eps: 0\n      order: [1, 2]\n"
    )
    found = solved(text[:start] + library)
    ours = answers("descent-adam")["after"]
    names = {"g": "g", "m": "m", "v": "s", "mhat": "mhat", "vhat": "shat", "w": "w", "L": "L"}
    for step, other in zip(ours, found["after"], strict=True):
        for own, theirs in names.items():
            assert float(Fraction(step[own])) == pytest.approx(
                float(Fraction(other[theirs])), rel=1e-9
            )


def test_a_logistic_step() -> None:
    p = 1 / (1 + math.exp(5))
    (step,) = after("logistic-step")
    assert step["w"] == pytest.approx(1 - (p - 1) * (-5) / 100, rel=1e-13)


def test_layers_at_once_and_one_after_the_other() -> None:
    def relu(x: Fraction) -> Fraction:
        return max(x, Fraction(0))

    x, y = [[Fraction(1), Fraction(2)], [Fraction(-1), Fraction(2)]], [Fraction(2), Fraction(1)]

    def gradients(
        a: list[list[Fraction]], b: list[Fraction]
    ) -> tuple[list[list[Fraction]], list[Fraction]]:
        h = [[sum(r[k] * a[k][j] for k in (0, 1)) for j in (0, 1)] for r in x]
        o = [[relu(e) for e in r] for r in h]
        d = [(sum(o[i][j] * b[j] for j in (0, 1)) - y[i]) / 2 for i in (0, 1)]
        back = [[d[i] * b[j] * (h[i][j] > 0) for j in (0, 1)] for i in (0, 1)]
        return (
            [[sum(x[i][k] * back[i][j] for i in (0, 1)) for j in (0, 1)] for k in (0, 1)],
            [sum(o[i][j] * d[i] for i in (0, 1)) for j in (0, 1)],
        )

    a, b = (
        [[Fraction(1), Fraction(-1)], [Fraction(1, 2), Fraction(0)]],
        [Fraction(1, 2), Fraction(1)],
    )
    da, db = gradients(a, b)
    new_b = [p - q for p, q in zip(b, db, strict=True)]
    later, _ = gradients(a, new_b)
    found = answers("layer-by-layer")["after"]
    for step, slopes in zip(found, (da, later), strict=True):
        w1 = [[str(a[i][j] - slopes[i][j]) for j in (0, 1)] for i in (0, 1)]
        assert step["W1"] == w1
        assert step["W2"] == [str(e) for e in new_b]


def test_an_iteration_shows_the_passes_it_comes_from() -> None:
    page = command("solve", "descent-nesterov", "--lang", "en").stdout
    assert "here, in place of w, the gradient is taken" in page
    assert "ŷ_2 = w·x_2 = 19/25·2" in page
    assert "−148/25" in page


SHEETS = [
    ("after 1: {g: -4, m: -0.4, vhat: 16}\nafter 2: {g: -11.2, v: 13.984, w_w: 0}", None),
    ("after 1: {g: -4, w: 0.1}\nafter 2: {g: -11.2, m: -1.48, mhat: -7.789, w: 0.1908}", "right"),
    ("after 2: {g: -12}", "gradient-not-renewed"),
    ("after 2: {g: -11.2, m: -1.48, v: 13.984, mhat: -1.48}", "bias-correction-forgotten"),
]


@pytest.mark.parametrize(("sheet", "found"), SHEETS)
def test_a_sheet_may_give_moments(sheet: str, found: str | None, tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    file.write_text(sheet, "utf-8")
    result = command("check", "descent-adam", str(file), "--format", "json")
    if found is None:
        assert '"unreadable"' in result.stdout
    elif found == "right":
        assert result.exit_code == 0, result.stdout
    else:
        assert found in result.stdout


def test_what_follows_from_a_wrong_moment_follows(tmp_path: Path) -> None:
    # g is wrong; m = 0.9·(−0.4) + 0.1·(−3.2) and v = 0.9·1.6 + 0.1·3.2² are right with it.
    file = tmp_path / "s.yaml"
    file.write_text("after 2: {g: -3.2, m: -0.68, v: 2.464, mhat: -3.5789}", "utf-8")
    items = json.loads(command("check", "descent-adam", str(file), "--format", "json").stdout)
    verdicts = [item["verdict"] for item in items["items"]]
    assert verdicts == ["wrong", "follows", "follows", "follows"]


BAD = [
    ('rule: "h[k] = h[k-1] + g[k]"', "does not say what w[k] is"),
    ('rule: "g[k] = 1"', "does not say what w[k] is"),
    ('rule: "w[k] = w[k-1] - eta*g[k]"', "eta"),
    ('rule: "w[t] = w[t-1]"', "iteration k"),
    ('rule: "w[k] = w[k-1] - g[k]", at: "g[k]"', "the gradient is taken at"),
    ("rule: sgd, lr: 1, groups: [[u]]", "every parameter once"),
    ("rule: sgd, lr: 1, groups: W", "list of lists"),
]


@pytest.mark.parametrize(("update", "said"), BAD)
def test_a_faulty_rule_is_refused(update: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text(
        "equations: |\n  L = (w*x - 1)^2\nparameters: {w: 1}\ndata: {x: 2}\n"
        f"ask: [{{update: {{{update}}}}}]\n",
        "utf-8",
    )
    result = command("solve", str(file), "--lang", "en")
    assert result.exit_code == 2
    assert said in result.output, result.output
    assert "Traceback" not in result.output
