"""Every value and every derivative of networks of all kinds against the reference."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import mpmath
import pytest
from random_networks import random_network
from reference import KINDS, STEP, Case, flat, printed_right, spelled, wrong_results
from solving import Unsolved, solve

DIGITS = 30


def check(case: Case, rng: Random, most: int) -> None:
    solution = solve(case.yaml, digits=DIGITS)
    wrong = wrong_results(case, solution["values"], solution["gradients"], DIGITS, rng, most)
    assert not wrong, case.yaml


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_printed_digit_is_right(kind: Callable[[Random], Case], seed: int) -> None:
    rng = Random(f"{kind.__name__}{seed}")
    check(kind(rng), rng, 25)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 130))
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_printed_digit_is_right_again_and_again(
    kind: Callable[[Random], Case], seed: int
) -> None:
    rng = Random(f"{kind.__name__}{seed}")
    check(kind(rng), rng, 60)


def check_random(seed: int, depth: int, most: int) -> None:
    """A random network may meet a tie that no precision decides; then it must say so."""
    rng = Random(f"network {seed}")
    case = random_network(rng, depth)
    try:
        check(case, rng, most)
    except Unsolved as error:
        if error.status != 2:
            raise


@pytest.mark.parametrize("seed", range(40))
def test_random_equations_are_solved_and_differentiated_right(seed: int) -> None:
    check_random(seed, 2, 12)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000, 1300))
def test_random_deep_equations_are_solved_and_differentiated_right(seed: int) -> None:
    check_random(seed, 3, 20)


# Updates: the rules written out once more, over the reference's own gradients


def rule_sgd(g, state, k, o):
    return o["lr"] * g


def rule_momentum(g, state, k, o):
    state["m"] = o["momentum"] * state.get("m", 0) + o["lr"] * g
    return state["m"]


def rule_adagrad(g, state, k, o):
    state["s"] = state.get("s", 0) + g * g
    return o["lr"] * g / (mpmath.sqrt(state["s"]) + o["eps"])


def rule_rmsprop(g, state, k, o):
    state["s"] = o["decay"] * state.get("s", 0) + (1 - o["decay"]) * g * g
    return o["lr"] * g / (mpmath.sqrt(state["s"]) + o["eps"])


def rule_adam(g, state, k, o):
    state["m"] = o["beta1"] * state.get("m", 0) + (1 - o["beta1"]) * g
    state["s"] = o["beta2"] * state.get("s", 0) + (1 - o["beta2"]) * g * g
    m, s = state["m"] / (1 - o["beta1"] ** k), state["s"] / (1 - o["beta2"] ** k)
    return o["lr"] * m / (mpmath.sqrt(s) + o["eps"])


RULES = {
    "sgd": (rule_sgd, {"lr": "0.3"}),
    "momentum": (rule_momentum, {"lr": "0.2", "momentum": "0.75"}),
    "nesterov": (rule_momentum, {"lr": "0.2", "momentum": "0.75"}),
    "adagrad": (rule_adagrad, {"lr": "0.2", "eps": "1e-6"}),
    "rmsprop": (rule_rmsprop, {"lr": "0.02", "decay": "0.8", "eps": "1e-7"}),
    "adam": (rule_adam, {"lr": "0.05", "beta1": "0.8", "beta2": "0.95", "eps": "1e-8"}),
}
EXTRAS = ({}, {"clip": "{value: 0.125}"}, {"clip": "{norm: 0.25}", "weight_decay": "0.1"})


def trained(case: Case, name: str, extra: dict[str, str], steps: int) -> list[dict[str, list]]:
    """The parameters and the loss after each update, in mpmath."""
    rule, options = RULES[name]
    o = {key: mpmath.mpf(value) for key, value in options.items()}
    places = list(case.sections["parameters"])
    now = {p: list(case.run().values[p].a) for p in places}
    states: dict = {(p, i): {} for p in places for i in range(len(now[p]))}
    found = []
    for k in range(1, steps + 1):
        case.instead = {p: list(v) for p, v in now.items()}
        if name == "nesterov":
            for (p, i), state in states.items():
                case.instead[p][i] -= o["momentum"] * state.get("m", 0)
        slopes = {(p, i): case.slopes([("L", None)], p, i)[0] for p, i in states}
        kind, _, bound = extra.get("clip", "").strip("{}").partition(": ")
        if kind == "value":
            b = mpmath.mpf(bound)
            slopes = {key: min(max(g, -b), b) for key, g in slopes.items()}
        elif kind == "norm":
            length = mpmath.sqrt(mpmath.fsum(g * g for g in slopes.values()))
            share = min(1, mpmath.mpf(bound) / length)
            slopes = {key: g * share for key, g in slopes.items()}
        for p, i in states:
            g = slopes[p, i] + mpmath.mpf(extra.get("weight_decay", "0")) * now[p][i]
            now[p][i] -= rule(g, states[p, i], k, o)
        case.instead = {p: list(v) for p, v in now.items()}
        found.append({p[0]: list(v) for p, v in now.items()} | {"L": case.run()["L"].a})
    case.instead = {}
    return found


@pytest.mark.parametrize("extra", EXTRAS, ids=str)
@pytest.mark.parametrize("name", RULES)
def test_every_update_rule_does_what_it_says(name: str, extra: dict[str, str]) -> None:
    rng = Random(f"update {name}")
    case = KINDS[1](rng)
    while case.steps[1] - case.steps[0] > 4:
        case = KINDS[1](rng)
    options = {"rule": name, **RULES[name][1], **extra, "steps": "3"}
    inner = ", ".join(f"{key}: {value}" for key, value in options.items())
    case.ask = f"[{{update: {{{inner}}}}}]"
    solution = solve(case.yaml, digits=DIGITS)
    expected = trained(case, name, extra, 3)
    assert len(solution["after"]) == 3
    for printed, wanted in zip(solution["after"], expected, strict=True):
        for quantity, values in wanted.items():
            flat = printed[quantity]
            while isinstance(flat, list) and isinstance(flat[0], list):
                flat = [x for row in flat for x in row]
            texts = flat if isinstance(flat, list) else [flat]
            assert all(
                printed_right(text, value, DIGITS)
                for text, value in zip(texts, values, strict=True)
            ), (quantity, texts, values)


@pytest.mark.parametrize("kind", [KINDS[0], KINDS[1], KINDS[3], KINDS[5]], ids=lambda k: k.__name__)
def test_the_gradient_by_data_is_right_where_it_is_asked_for(
    kind: Callable[[Random], Case],
) -> None:
    case = kind(Random(f"data {kind.__name__}"))
    gradients = solve(case.yaml, "--wrt", "x", digits=DIGITS)["gradients"]
    for place, value in case.run().values.items():
        if place[0] == "x":
            texts = flat(gradients[f"dL/d{spelled(place)}"])
            slopes = [case.slopes([("L", None)], place, i)[0] for i in range(len(value.a))]
            for text, slope in zip(texts, slopes, strict=True):
                assert mpmath.isnan(slope) or printed_right(text, slope, DIGITS)


@pytest.mark.parametrize("seed", range(6))
def test_a_jacobian_that_is_asked_for_is_right(seed: int) -> None:
    """dh[t]/dW, a row for each entry of h, against the difference of h itself."""
    rng = Random(f"jacobian {seed}")
    case = KINDS[1](rng)
    first, last = case.steps or (0, 0)
    of, by = ("h", rng.randint(first, last)), rng.choice([("W", None), ("b", None), ("h", first)])
    name = f"d{spelled(of)}/d{spelled(by)}"
    case.ask = f'["{name}"]'
    texts = flat(solve(case.yaml, digits=DIGITS)["results"][name])
    net = case.run()
    rows, columns = len(net.values[of].a), len(net.values[by].a)
    up = [case.run(by, j, STEP).values[of].a for j in range(columns)]
    down = [case.run(by, j, -STEP).values[of].a for j in range(columns)]
    wanted = [(up[j][i] - down[j][i]) / (2 * STEP) for i in range(rows) for j in range(columns)]
    assert len(texts) == len(wanted)
    assert all(printed_right(t, x, DIGITS) for t, x in zip(texts, wanted, strict=True)), name
