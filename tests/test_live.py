"""The lines that a page works out again give, in floats, what solving gives."""

from __future__ import annotations

import math
from typing import Any

import pytest

from rnnhand.language.numerals import Numeral
from rnnhand.language.printer import text
from rnnhand.language.tree import Number
from rnnhand.problem.files import Source, load, source
from rnnhand.questions.live import live
from rnnhand.questions.solve import Options, key, solve
from rnnhand.render.live import tree

OPERATIONS: dict[str, Any] = {
    "+": lambda *x: math.fsum(x),
    "-": lambda a, *b: a - sum(b),
    "*": lambda *x: math.prod(x),
    "/": lambda a, b: a / b,
    "^": lambda a, b: a**b,
    "neg": lambda a: -a,
    ">": lambda a, b: float(a > b),
    "<": lambda a, b: float(a < b),
    ">=": lambda a, b: float(a >= b),
    "<=": lambda a, b: float(a <= b),
    "==": lambda a, b: float(a == b),
    "!=": lambda a, b: float(a != b),
    "exp": math.exp,
    "log": math.log,
    "sqrt": math.sqrt,
    "tanh": math.tanh,
    "max": max,
    "min": min,
}
MANY = """
equations: |
  h[t] = {f}(w*h[t-1] + x[t])
  L[t] = (h[t] - x[t-1])^2
  L = mean[t](L[t])
steps: 1..20
parameters: {{w: 0.75}}
initial: {{"h[0]": 0.25}}
data: {{"x[0..20]": {data}}}
"""
DATA = [1, 2, -1, 0.5, -2, 1, 0.25, 3, -1, -3, 1, 2, -1, 0.5, -2, 1, 0.25, 3, -1, -3, 2]
LETTERS = """
equations: "y = w*x"
parameters: {w: }
data: {x: 2}
"""
FUNCTIONS = (
    *("relu", "leaky_relu", "elu", "tanh", "sigmoid", "hard_sigmoid", "softplus", "swish"),
    *("mish", "softsign", "abs", "sign", "identity", "step"),
)


def worth(found: Any, known: dict[str, float]) -> float:
    if isinstance(found, float | int):
        return float(found)
    if isinstance(found, str):
        return known[found]
    return float(OPERATIONS[found[0]](*(worth(part, known) for part in found[1:])))


def agree(problem: Source) -> None:
    read = load(problem, ())
    options = Options("float", 15, (), (), "normal")
    solution = solve(read, options)
    lines = live(solution.settled.work.plan)
    assert lines is not None
    known = {text(ref): worth(tree(value), {}) for ref, value in lines.given}
    for ref, body in lines.lines:
        known[text(ref)] = worth(tree(body), known)
    results = key(solution, options, "en")
    for name, numeral in {**results.values, **results.gradients}.items():
        if name in known:
            assert isinstance(numeral, Numeral)
            exact = numeral.exact
            said = exact.value if isinstance(exact, Number) else numeral.decimal
            assert known[name] == pytest.approx(float(said or "nan"), rel=1e-9, abs=1e-12), name
    assert set(results.values) <= known.keys()
    whole = {n for n in results.gradients if not n.startswith("dL[")}
    assert whole <= known.keys()


@pytest.mark.parametrize("f", FUNCTIONS)
def test_functions_and_long_means_are_spelled_out(f: str) -> None:
    agree(Source("many.yaml", MANY.format(f=f, data=DATA)))


@pytest.mark.parametrize(
    "name",
    ["there-and-back", "slide-lstm", "bidirectional-scalar", "second-order", "peephole-scalar"],
)
def test_problems_of_the_book(name: str) -> None:
    agree(source(name))


@pytest.mark.parametrize(
    "problem", [source("there-and-back-matrices"), Source("letters.yaml", LETTERS)]
)
def test_there_are_none_for_matrices_and_letters(problem: Source) -> None:
    options = Options("auto", 5, (), (), "normal")
    assert live(solve(load(problem, ()), options).settled.work.plan) is None
