"""Workers that start while their coordinator still reads: all of them have much to import first."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path

FEW = 24
"""Sheets that are marked before other processes would have started."""
TABLES = (".csv", ".tsv")


@contextmanager
def workers(jobs: int | None, sheets: Sequence[str], into: Path) -> Iterator[None]:
    """While a class is read that looks like work for several processes (`jobs`; None: as many as
    there are cores), these start. A folder that has results already will want little more."""
    if jobs == 1 or into.exists() or not _are_many(sheets):
        yield
        return
    from joblib import Parallel, cpu_count, delayed
    from joblib.externals.loky import BrokenProcessPool

    many = jobs or int(cpu_count())
    start = Parallel(n_jobs=many, return_as="generator_unordered", batch_size=1)
    started = start(delayed(_import)() for _ in range(many if many > 1 else 0))
    try:
        yield
    finally:
        with suppress(BrokenProcessPool):  # told by those who have lost a sheet by it
            for _ in started:
                pass


def _import() -> None:
    """What a worker needs, imported before its first sheet is there."""
    import signal

    # Who presses Ctrl-C means the coordinator, which ends its workers itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    import rnnhand.grading.worker  # noqa: F401


def _are_many(sheets: Sequence[str]) -> bool:
    """Whether SHEETS look like more than a few, without opening more than a table of a class."""
    return len(list(islice((sheet for name in sheets for sheet in _within(name)), FEW + 1))) > FEW


def _within(name: str) -> Iterator[object]:
    with suppress(OSError, ValueError):  # what is wrong with it is said when it is read
        if os.path.isdir(name):
            for _, _, files in os.walk(name):
                yield from files
        elif name.lower().endswith(TABLES):
            with open(name, "rb") as table:
                yield from table
        else:
            yield from glob.iglob(name, recursive=True)
