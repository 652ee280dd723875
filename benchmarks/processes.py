"""Whole processes, from the start of the interpreter to its end."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from tempfile import TemporaryDirectory

from benchmarks.timing import medians, repeated, shown, table

COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "python -c 'import sympy'": ["-c", "import sympy"],
    "rnnhand --help": ["-m", "rnnhand", "--help"],
    "rnnhand solve there-and-back": ["-m", "rnnhand", "solve", "there-and-back"],
    "rnnhand solve there-and-back --format json": [
        *("-m", "rnnhand", "solve", "there-and-back", "--format", "json"),
    ],
    "rnnhand problems": ["-m", "rnnhand", "problems"],
}


def installed(cache: str) -> dict[str, str]:
    """The environment of a process whose bytecode is kept, as that of an installed program is."""
    own = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    return {**own, "PYTHONPYCACHEPREFIX": cache}


def started(arguments: list[str], cache: str) -> Callable[[], float]:
    """A process as a user would start it: its bytecode is compiled, by the first run here."""
    command = [sys.executable, *arguments]

    def run() -> None:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=installed(cache))

    run()
    return lambda: repeated(run, 1)


def report(rounds: int) -> str:
    with TemporaryDirectory() as cache:
        sides = {name: started(arguments, cache) for name, arguments in COMMANDS.items()}
        took = medians(sides, rounds)
    sympy = took["python -c 'import sympy'"]
    rows = [[f"`{name}`", shown(t), f"{t / sympy:.2f}"] for name, t in took.items()]
    return "\n\n".join(
        [
            "## Whole processes",
            "Bytecode is compiled beforehand on every side. Target: a solution in no more time "
            "than importing SymPy takes, help in a third of it.",
            table(["process", "median", "to importing SymPy"], rows),
        ]
    )
