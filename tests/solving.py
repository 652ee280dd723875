"""Problems solved through the command line, in this process: what a user would read."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from rnnhand.cli import main


def command(*arguments: str) -> Any:
    return CliRunner().invoke(main, list(arguments))


def solve(
    problem: str, *options: str, arithmetic: str = "auto", digits: int = 30
) -> dict[str, Any]:
    """The JSON of `rnnhand solve` for the text of a problem file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "problem.yaml")
        path.write_text(problem, "utf-8")
        result = command(
            "solve", str(path), "--format", "json", "--digits", str(digits),
            "--arithmetic", arithmetic, *options,
        )  # fmt: skip
    if result.exit_code:
        raise Unsolved(result.exit_code, result.output, result.exception)
    solution: dict[str, Any] = json.loads(result.stdout)
    return solution


class Unsolved(Exception):
    """The command failed: its exit status, its output, and the exception behind it, if any."""

    def __init__(self, status: int, output: str, reason: BaseException | None) -> None:
        super().__init__(f"{status}: {output.strip()} {reason!r}")
        self.status, self.output = status, output
