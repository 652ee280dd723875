"""One evaluation of loss and gradient: compiled equations, a loop by hand, PyTorch."""

from __future__ import annotations

import json
import math
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from flint import arb

from benchmarks.handwritten import forward_and_backward
from benchmarks.network import U, V, W, evaluation, inputs
from benchmarks.timing import medians, repeated, shown, table
from rnnhand.arithmetic.ball import BALLS, precision
from rnnhand.arithmetic.base import Arithmetic
from rnnhand.arithmetic.machine import FLOAT

BITS = 128
STEPS = (10, 100, 1000)
AT_A_TIME = 2000
"""Steps that one measurement runs through, in as many evaluations as that takes."""

Torch: TypeAlias = Callable[[int, int], tuple[float, list[float]]]
"""Asked for T and a number of evaluations: seconds for one, and its results."""


def by_hand(steps: int, arithmetic: Arithmetic, tanh: Any) -> Callable[[], dict[str, Any]]:
    """The handwritten loop over numbers of an arithmetic."""
    n = arithmetic.number
    x, y = ([n(value) for value in values] for values in inputs(steps))
    arguments = (n(W), n(V), n(U), n(Fraction(0)), x, y, tanh, n(Fraction(0)), n(Fraction(1)))
    return lambda: forward_and_backward(*arguments)


@contextmanager
def torch_worker(python: str | None) -> Iterator[Torch | None]:
    """A process with PyTorch that is asked for measurements; None where there is no PyTorch."""
    if python is None:
        yield None
        return
    script = str(Path(__file__).with_name("torch_side.py"))
    with subprocess.Popen(
        [python, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        to, back = process.stdin, process.stdout

        def ask(steps: int, times: int) -> tuple[float, list[float]]:
            print(steps, times, file=to, flush=True)
            found = json.loads(back.readline())
            return found["seconds"], found["values"]

        yield ask
        to.close()


def agree(one: Any, other: Any) -> None:
    for a, b in zip(one, other, strict=True):
        assert math.isclose(float(a), float(b), rel_tol=1e-9), (one, other)


def report(rounds: int, python: str | None) -> str:
    with precision(BITS), torch_worker(python) as ask:
        rows = [row(steps, rounds, ask) for steps in STEPS]
    heads = ["T", "balls", "by hand", "ratio", "floats", "by hand", "ratio"]
    heads += ["PyTorch", "to balls", "to floats"] if python else []
    return "\n\n".join(
        [
            "## Loss and gradient, compiled once",
            f"Balls have {BITS} bits. By hand: a Python loop over the same numbers that keeps "
            "every value and every contribution. PyTorch: eager autograd, float64, one thread, "
            "step by step. Target: balls at most 1.5 times by hand, and faster than PyTorch.",
            table(heads, rows),
        ]
    )


def row(steps: int, rounds: int, ask: Torch | None) -> list[str]:
    """All sides at one T. They must agree on the loss and the three derivatives."""
    times = max(1, AT_A_TIME // steps)
    sides: dict[str, Callable[[], float]] = {}
    answers: dict[str, Any] = {}
    for name, arithmetic, tanh in (("balls", BALLS, arb.tanh), ("floats", FLOAT, math.tanh)):
        evaluate, read = evaluation(steps, arithmetic)
        answers[name] = read(evaluate())
        sides[name] = partial(repeated, evaluate, times)
        loop = by_hand(steps, arithmetic, tanh)
        found = loop()
        answers[f"{name} by hand"] = [found[key] for key in ("L", "dw", "dv", "du")]
        sides[f"{name} by hand"] = partial(repeated, loop, times)
    if ask is not None:
        answers["torch"] = ask(steps, 1)[1]
        sides["torch"] = lambda: ask(steps, max(1, times // 10))[0]
    for answer in answers.values():
        agree(answers["balls"], answer)
    took = medians(sides, rounds)
    cells = [f"{steps:,}"]
    for name in ("balls", "floats"):
        hand = took[f"{name} by hand"]
        cells += [shown(took[name]), shown(hand), f"{took[name] / hand:.2f}"]
    if ask is not None:
        torch = took["torch"]
        cells += [shown(torch), *(f"{torch / took[name]:.0f}" for name in ("balls", "floats"))]
    return cells
