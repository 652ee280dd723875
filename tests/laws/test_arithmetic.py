"""Laws of the arithmetics: they agree with each other, and more digits never change a digit."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import mpmath
import pytest
from mpmath import mpf
from random_networks import random_network
from reference import KINDS, Case, flat, jordan, scalar_rnn, spelled
from solving import Unsolved, solve

KIND = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)

SPELLED: dict[str, Callable[..., Any]] = {
    "mpf": mpf,
    "tanh": mpmath.tanh,
    "exp": mpmath.exp,
    "log": mpmath.log,
    "sqrt": mpmath.sqrt,
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "max": max,
    "min": min,
    "indicator": lambda holds: mpf(bool(holds)),
}


def put_in(formula: str, letters: Mapping[str, mpf | Callable[..., mpf]]) -> mpf:
    """A formula of the package, read by Python: ^ is **, [a > b] is 1 or 0."""
    python = re.sub(r"(?<![\w.])(\d+(?:\.\d+)?(?:e-?\d+)?)", r"mpf('\1')", formula)
    python = python.replace("^", "**").replace("[", "indicator(").replace("]", ")")
    return mpf(eval(python, {"__builtins__": {}}, {**SPELLED, **letters}))


def close(a: mpf, b: mpf, digits: int) -> bool:
    return bool(abs(a - b) <= mpf(10) ** -digits * (1 + abs(a)))


def results(solution: Mapping[str, Any]) -> dict[str, list[str]]:
    found = {**solution["values"], **solution["gradients"]}
    return {name: flat(value) for name, value in found.items()}


@KIND
def test_a_float_lies_near_its_ball(kind: Callable[[Random], Case]) -> None:
    case = kind(Random(f"float {kind.__name__}"))
    certain = results(solve(case.yaml, digits=20))
    floating = results(solve(case.yaml, arithmetic="float", digits=17))
    size = max(abs(mpf(x)) for texts in certain.values() for x in texts if "/" not in x)
    assert certain.keys() == floating.keys()
    for name, texts in certain.items():
        for a, b in zip(texts, floating[name], strict=True):
            assert abs(mpf(a) - mpf(b)) < mpf("1e-11") * (1 + size), (name, a, b)


@KIND
def test_more_digits_never_change_a_certain_digit(kind: Callable[[Random], Case]) -> None:
    case = kind(Random(f"digits {kind.__name__}"))
    few, many = (results(solve(case.yaml, digits=n, arithmetic="decimal")) for n in (12, 45))
    for name, texts in few.items():
        for short, long in zip(texts, many[name], strict=True):
            _, digits, exponent = Decimal(short).as_tuple()
            assert len(digits) <= 12
            assert isinstance(exponent, int)
            assert abs(Decimal(short) - Decimal(long)) <= Decimal(10) ** exponent / 2, name


@pytest.mark.parametrize("seed", range(12))
def test_random_networks_print_the_same_digits_at_any_precision(seed: int) -> None:
    case = random_network(Random(f"digits {seed}"), 2)
    try:
        few, many = (results(solve(case.yaml, digits=n, arithmetic="decimal")) for n in (6, 60))
    except Unsolved as error:
        pytest.skip(error.output)
    for name, texts in few.items():
        for short, long in zip(texts, many[name], strict=True):
            unit = Decimal(10) ** Decimal(short).as_tuple().exponent  # type: ignore[operator]
            assert abs(Decimal(short) - Decimal(long)) <= unit / 2, name


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", ["relu", "leaky_relu", "hard_sigmoid", "softsign"])
def test_rational_networks_are_exact(name: str, seed: int) -> None:
    """Fractions are met exactly: no digit is lost, and every result is a fraction."""
    rng = Random(f"exact {name} {seed}")
    case = scalar_rnn(rng)
    while f"{name}(" not in case.equations or case.steps is None or case.steps[1] > 7:
        case = scalar_rnn(rng)
    solution = solve(case.yaml)
    assert solution["arithmetic"] == "exact"
    net = case.run()
    for place, value in net.values.items():
        for text, x in zip(flat(solution["values"][spelled(place)]), value.a, strict=True):
            fraction = Fraction(text)
            assert abs(mpf(fraction.numerator) / fraction.denominator - x) < mpf(10) ** -200
    slope = Fraction(flat(solution["gradients"]["dL/dw"])[0])
    wanted = case.slopes([("L", None)], ("w", None), 0)[0]
    assert abs(mpf(slope.numerator) / slope.denominator - wanted) < mpf(10) ** -60


@KIND
def test_closed_forms_agree_with_decimals(kind: Callable[[Random], Case]) -> None:
    rng = Random(f"closed {kind.__name__}")
    case = kind(rng)
    while case.steps is not None and case.steps[1] - case.steps[0] > 2:
        case = kind(rng)
    decimals = results(solve(case.yaml, arithmetic="decimal", digits=40))
    for name, texts in results(solve(case.yaml, arithmetic="exact", digits=40)).items():
        for closed, decimal in zip(texts, decimals[name], strict=True):
            assert close(put_in(closed, {}), mpf(decimal), 38), (name, closed, decimal)


@pytest.mark.parametrize("given", ["empty", "numbers"])
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", [scalar_rnn, jordan], ids=lambda kind: kind.__name__)
def test_letters_give_the_numbers_that_are_put_in(
    kind: Callable[[Random], Case], seed: int, given: str
) -> None:
    """Letters for three parameters without numbers, or for all parameters beside their numbers."""
    rng = Random(f"letters {seed}")
    case = kind(rng)
    while case.steps is None or case.steps[1] - case.steps[0] > 1 or "mish(" in case.equations:
        case = kind(rng)
    values = {place[0]: value.a[0] for place, value in case.run().values.items()
              if place in case.sections["parameters"]}  # fmt: skip
    decimals = results(solve(case.yaml, arithmetic="decimal", digits=40))
    if given == "empty":
        case.letters = frozenset("wvu")
    solution = solve(case.yaml, arithmetic="auto" if given == "empty" else "symbolic")
    assert solution["arithmetic"] == "symbolic"
    for name, texts in results(solution).items():
        for formula, decimal in zip(texts, decimals[name], strict=True):
            assert close(put_in(formula, values), mpf(decimal), 38), (name, formula)


def test_vectors_of_letters_give_the_numbers_that_are_put_in() -> None:
    """W(1,2) is the letter of an entry; the largest entry is chosen by indicators."""
    problem = """
equations: |
  h[t] = tanh(W @ h[t-1] + b)
  L = max(h[T]) + min(h[1]) + sum(softmax(h[T])*b) + norm2(h[1])
steps: 1..2
parameters: {{W: {W}, b: {b}}}
initial: {{"h[0]": [0.5, -0.25]}}
"""
    numbers = problem.format(W="[[0.5, -1], [0.75, 0.25]]", b="[0.1, 0.3]")
    letters = problem.format(W="{shape: [2, 2]}", b="{shape: [2]}")
    matrix = [[mpf("0.5"), mpf(-1)], [mpf("0.75"), mpf("0.25")]]
    vector = [mpf(1) / 10, mpf(3) / 10]
    values = {
        "W": lambda i, j: matrix[int(i) - 1][int(j) - 1],
        "b": lambda i: vector[int(i) - 1],
    }
    decimals = results(solve(numbers, arithmetic="decimal", digits=40))
    for name, texts in results(solve(letters)).items():
        for formula, decimal in zip(texts, decimals[name], strict=True):
            assert close(put_in(formula, values), mpf(decimal), 38), (name, formula)
