"""Time and memory of one evaluation as T grows, each T in a fresh process."""

from __future__ import annotations

import json
import subprocess
import sys
import tracemalloc
from time import perf_counter

from benchmarks.network import evaluation
from benchmarks.timing import repeated, shown, table
from rnnhand.arithmetic.ball import BALLS, precision
from rnnhand.arithmetic.machine import FLOAT

STEPS = (100, 1_000, 10_000, 100_000)
ARITHMETICS = {"balls": BALLS, "floats": FLOAT}


def measured(steps: int, name: str) -> dict[str, float]:
    """Seconds to read, derive and compile, seconds to evaluate, and bytes that evaluation needs.

    Balls of 128 bits hold their digits in the Python object itself, so tracemalloc sees them.
    """
    with precision(128):
        start = perf_counter()
        evaluate, _ = evaluation(steps, ARITHMETICS[name])
        compiling = perf_counter() - start
        seconds = repeated(evaluate, max(1, 10_000 // steps))
        tracemalloc.start()
        evaluate()
        _, peak = tracemalloc.get_traced_memory()
    return {"compiling": compiling, "seconds": seconds, "memory": peak}


def report() -> str:
    rows = []
    for name in ARITHMETICS:
        for steps in STEPS:
            code = (
                "import json; from benchmarks.growth import measured; "
                f"print(json.dumps(measured({steps}, {name!r})))"
            )
            done = subprocess.run(
                [sys.executable, "-c", code], capture_output=True, text=True, check=True
            )
            found = json.loads(done.stdout)
            row = [name, f"{steps:,}", shown(found["compiling"]), shown(found["seconds"])]
            row += [shown(found["seconds"] / steps)]
            row += [f"{found['memory'] / 1e6:.2f} MB", f"{found['memory'] / steps:.0f} B"]
            rows.append(row)
    heads = ["", "T", "read and compile", "evaluate", "a step", "memory", "a step"]
    return "\n\n".join(
        [
            "## Growth with T",
            "Each row is a process of its own; memory is the most that one evaluation holds. "
            "Target: a step costs the same for every T.",
            table(heads, rows),
        ]
    )
