"""`python -m benchmarks [PART …] [--torch PYTHON] [-o benchmarks/REPORT.md]`."""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from benchmarks import evaluation, grading, growth, processes, rendering, symbolic

PARTS = ("evaluation", "symbolic", "growth", "processes", "rendering", "grading")


def main() -> None:
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="default: all")
    parser.add_argument("--torch", metavar="PYTHON", help="an interpreter that has PyTorch")
    parser.add_argument("--rounds", type=int, default=15, help="default: 15")
    parser.add_argument("--limit", type=float, default=60, help="seconds for SymPy; default: 60")
    parser.add_argument("-o", "--output", type=Path, help="write the report to a file too")
    options = parser.parse_args()
    torch = options.torch or (sys.executable if find_spec("torch") else None)
    made = [
        "# Benchmarks",
        f"Written by `python -m benchmarks`. {platform.python_implementation()} "
        f"{platform.python_version()}; medians of {options.rounds} interleaved rounds.",
    ]
    reports: dict[str, Callable[[], str]] = {
        "evaluation": lambda: evaluation.report(options.rounds, torch),
        "symbolic": lambda: symbolic.report(options.limit),
        "growth": growth.report,
        "processes": lambda: processes.report(options.rounds),
        "rendering": lambda: rendering.report(options.rounds),
        "grading": grading.report,
    }
    for part in options.parts or PARTS:
        made.append(reports[part]())
        print(made[-1], flush=True)
        print(flush=True)
    if options.output:
        options.output.write_text("\n\n".join(made) + "\n", "utf-8")


main()
