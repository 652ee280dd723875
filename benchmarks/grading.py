"""A class of sheets graded, from files to tables: whole commands, on one and two workers."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.network import problem
from benchmarks.processes import installed
from benchmarks.timing import shown, table

SIZES = (100, 300, 1000)
JOBS = (1, 2)
VALUES = 40
STEPS = 6
PAGES = ("none", "txt")


def key(folder: Path) -> dict[str, str]:
    """The first 40 computed results of the problem, to 4 places."""
    command = [sys.executable, "-m", "rnnhand", "solve", str(folder / "problem.yaml")]
    how = ["--format", "json", "--digits", "12", "--arithmetic", "decimal"]
    done = subprocess.run([*command, *how], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    results = {**found["values"], **found["gradients"]}
    computed = {name: v for name, v in results.items() if not name.startswith(("x", "y["))}
    for name in ("w", "v", "u", "h[0]"):
        computed.pop(name)
    return {name: f"{float(v):.4f}" for name, v in list(computed.items())[:VALUES]}


def class_of(folder: Path, values: dict[str, str], students: int) -> None:
    """A sheet for each student, no two the same; every second one has a slip somewhere."""
    pick = random.Random(students)
    folder.mkdir()
    for i in range(students):
        # Fewer digits here and there: of two sheets that are the same, one would be marked.
        sheet = {name: value[: len(value) - pick.randrange(2)] for name, value in values.items()}
        if i % 2:
            slip = pick.choice(list(sheet))
            sheet[slip] = f"{float(sheet[slip]) + pick.random():.3f}"
        lines = "".join(f"{name}: {value}\n" for name, value in sheet.items())
        (folder / f"student-{i:04}.yaml").write_text(lines, "utf-8")


def seconds(folder: Path, students: int, jobs: int, feedback: str) -> tuple[float, float]:
    """One whole command, from the start of the interpreter to its end, on a fresh folder: by the
    clock, and of the processors."""
    into = folder / f"graded-{students}-{jobs}-{feedback}"
    command = [
        *(sys.executable, "-m", "rnnhand", "grade", str(folder / "problem.yaml")),
        *(str(folder / f"class-{students}"), "--into", str(into), "--jobs", str(jobs), "--anew"),
        *("--feedback", feedback),
    ]
    start, before = perf_counter(), getrusage(RUSAGE_CHILDREN)
    subprocess.run(
        command, check=True, stdout=subprocess.DEVNULL, env=installed(str(folder / "cache"))
    )
    after = getrusage(RUSAGE_CHILDREN)
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return perf_counter() - start, busy


def report() -> str:
    rows = []
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "problem.yaml").write_text(problem(STEPS), "utf-8")
        values = key(folder)
        assert len(values) == VALUES, len(values)
        for students in SIZES:
            class_of(folder / f"class-{students}", values, students)
        seconds(folder, SIZES[0], max(JOBS), PAGES[-1])  # compiles the bytecode
        for feedback in PAGES:
            for jobs in JOBS:
                took = {n: seconds(folder, n, jobs, feedback) for n in SIZES}
                first, last = SIZES[0], SIZES[-1]
                each, busy = ((took[last][i] - took[first][i]) / (last - first) for i in range(2))
                row = [f"{jobs}, {'with' if feedback == 'txt' else 'without'} pages"]
                row += [shown(took[n][0]) for n in SIZES]
                row += [f"{last / took[last][0]:.0f}", f"{1 / each:.0f}", shown(busy)]
                rows.append(row)
    heads = [
        "processes",
        *(f"{n} sheets" for n in SIZES),
        "sheets a second",
        "beyond the first",
        "CPU a sheet",
    ]
    return "\n\n".join(
        [
            "## Grading a class",
            f"Whole commands over files of {VALUES} values each, in a fresh folder, on a machine "
            f"with {os.cpu_count()} cores; bytecode is compiled beforehand. A second: of "
            f"{SIZES[-1]} sheets, the start of all processes included; beyond the first: what one "
            "more sheet costs, by the clock, and of the processors, where other work on the "
            "machine disturbs less. Target: 200 a second on two cores, and time in proportion to "
            "the number of sheets.",
            table(heads, rows),
        ]
    )
