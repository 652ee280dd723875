"""SymPy's derivative of the unrolled loss, beside deriving, compiling and evaluating equations."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.network import evaluation, inputs
from benchmarks.timing import repeated, shown, table
from rnnhand.arithmetic.ball import BALLS, precision

STEPS = (4, 6, 8, 10)


def unrolled(steps: int) -> float:
    """Seconds that `diff` takes for the three weights. Unrolling is not counted."""
    import sympy

    w, v, u = sympy.symbols("w v u")
    h, loss = sympy.Integer(0), sympy.Integer(0)
    for x, y in zip(*inputs(steps), strict=True):
        h = sympy.tanh(w * h + v * sympy.Rational(x.numerator, x.denominator))
        loss += (u * h - sympy.Rational(y.numerator, y.denominator)) ** 2
    return repeated(lambda: [sympy.diff(loss, p) for p in (w, v, u)], 1)


def ours(steps: int) -> float:
    """Seconds from the text of the problem to the numbers: read, derive, compile, evaluate."""

    def whole() -> None:
        evaluate, read = evaluation(steps, BALLS)
        read(evaluate())

    with precision(128):
        whole()
        return repeated(whole, 5)


def report(limit: float) -> str:
    rows = []
    late = False
    for steps in STEPS:
        here = ours(steps)
        seconds: float | None = None
        if not late:
            code = f"from benchmarks.symbolic import unrolled; print(unrolled({steps}))"
            command = [sys.executable, "-c", code]
            try:
                done = subprocess.run(
                    command, capture_output=True, text=True, check=True, timeout=limit
                )
                seconds = float(done.stdout)
            except subprocess.TimeoutExpired:
                late = True
        there = f"over {limit:g} s" if seconds is None else shown(seconds)
        ratio = f"over {limit / here:.0f}" if seconds is None else f"{seconds / here:.1f}"
        rows.append([str(steps), shown(here), there, ratio])
    return "\n\n".join(
        [
            "## Against the derivative of the unrolled loss",
            "Equations: from the text of the problem to certain numbers (read, derive, compile, "
            "evaluate). SymPy: `diff` of the unrolled loss by three weights, nothing else counted.",
            table(["T", "equations", "sympy.diff", "sympy / equations"], rows),
        ]
    )
