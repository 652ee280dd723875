"""The network that is measured: a scalar tanh cell with squared error, summed over T steps."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from rnnhand.arithmetic.base import Arithmetic
from rnnhand.arithmetic.program import Program, Storage, compiled, initial_storage
from rnnhand.calculus.activations import with_preactivations
from rnnhand.calculus.gradient import gradient
from rnnhand.problem.reader import read_problem
from rnnhand.system.model import Quantity

W, V, U = Fraction(9, 10), Fraction(2, 5), Fraction(7, 10)
EQUATIONS = """\
equations: |
  h[t]    = tanh(w*h[t-1] + v*x[t])
  yhat[t] = u*h[t]
  L[t]    = (yhat[t] - y[t])^2
  L       = sum[t](L[t])
parameters: {w: 9/10, v: 2/5, u: 7/10}
initial: {"h[0]": 0}
"""


def inputs(steps: int) -> tuple[list[Fraction], list[Fraction]]:
    """x and y: hundredths between -1/2 and 1/2 in no order."""
    x = [Fraction(37 * i % 100 - 50, 100) for i in range(steps)]
    y = [Fraction(53 * i % 100 - 50, 100) for i in range(steps)]
    return x, y


def problem(steps: int) -> str:
    """The problem file for T steps."""
    x, y = (", ".join(map(str, values)) for values in inputs(steps))
    data = f'data:\n  "x[1..{steps}]": [{x}]\n  "y[1..{steps}]": [{y}]\n'
    return f"{EQUATIONS}steps: 1..{steps}\n{data}"


def program(steps: int, arithmetic: Arithmetic) -> Program:
    """Read, derive and compile: all that is done once."""
    system = with_preactivations(read_problem(problem(steps), "benchmark").system)
    return compiled(gradient(system).system, arithmetic)


def evaluation(
    steps: int, arithmetic: Arithmetic
) -> tuple[Callable[[], Storage], Callable[[Storage], tuple[object, ...]]]:
    """One evaluation of loss and gradient, as a function; and how to read L, dw, dv, du off it."""
    made = program(steps, arithmetic)
    given = initial_storage(made.system, arithmetic)
    results = [Quantity(name) for name in ("L", "dL/dw", "dL/dv", "dL/du")]

    def evaluate() -> Storage:
        storage = dict(given)
        made.run(storage)
        return storage

    return evaluate, lambda storage: tuple(storage[q] for q in results)
