"""What a page costs beside the solution that it shows."""

from __future__ import annotations

import subprocess
import sys
from statistics import median
from time import perf_counter

from benchmarks.timing import shown, table

LONGER = """
title: LSTM over {steps} steps
cell: lstm
sizes: {{x: 2, h: 2}}
equations: |
  yhat[t] = u.T @ h[t]
  L       = sum[t]((yhat[t] - y[t])^2)
steps: 1..{steps}
parameters:
  W_f: {{shape: [2, 2], fill: 0.3}}
  W_i: {{shape: [2, 2], fill: 0.2}}
  W_o: {{shape: [2, 2], fill: 0.1}}
  W_c: {{shape: [2, 2], fill: 0.4}}
  U_f: {{shape: [2, 2], fill: 0.1}}
  U_i: {{shape: [2, 2], fill: 0.2}}
  U_o: {{shape: [2, 2], fill: 0.3}}
  U_c: {{shape: [2, 2], fill: 0.2}}
  b_f: [1, 1]
  b_i: [0, 0]
  b_o: [0, 0]
  b_c: [0, 0]
  u: [1, -1]
data:
  "x[1..{steps}]": {x}
  "y[1..{steps}]": {y}
"""
STEPS = 10


def longer(steps: int) -> str:
    x = [[(k % 3) - 1, (k % 5) / 4] for k in range(steps)]
    return LONGER.format(steps=steps, x=x, y=[(k % 4) / 2 for k in range(steps)])


PROBLEMS = {"slide-lstm": "slide-lstm", f"LSTM of two units over {STEPS} steps": longer(STEPS)}


def stages(problem: str) -> list[float]:
    """Seconds that one process takes to import SymPy; to read and solve, and to make and write the
    page, the first time and once more."""
    times = []
    start = perf_counter()
    import sympy

    assert sympy
    times.append(perf_counter() - start)
    for _ in range(2):
        start = perf_counter()
        from rnnhand import load, solve

        read = load(problem)
        solution = solve(read)
        solved = perf_counter()
        from rnnhand.cli.page import graph_of, html
        from rnnhand.phrases import phrases

        assert html(solution.document, graph_of(read, phrases("en")))
        times += [solved - start, perf_counter() - solved]
    return times


def report(rounds: int) -> str:
    rows = []
    for name, problem in PROBLEMS.items():
        code = "import sys; from benchmarks.rendering import stages; print(*stages(sys.argv[1]))"
        command = [sys.executable, "-c", code, problem]
        runs = []
        for _ in range(rounds):
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            runs.append([float(x) for x in done.stdout.split()])
        sympy, solving, page, solving_again, page_again = map(median, zip(*runs, strict=True))
        once = [shown(sympy + solving), shown(page), f"{page / (sympy + solving):.2f}"]
        again = [shown(solving_again), shown(page_again), f"{page_again / solving_again:.2f}"]
        rows.append([name, *once, *again])
    heads = ["", "SymPy, solve", "page", "ratio", "solve again", "page again", "ratio"]
    return "\n\n".join(
        [
            "## Pages",
            "One process imports SymPy, reads and solves the problem, and writes its page: the "
            "work in words, the formulas, the graph, the equations for what-if. Then it solves "
            "and writes once more, with everything imported. Target: the page takes less time "
            "than the solution with SymPy imported.",
            table(heads, rows),
        ]
    )
