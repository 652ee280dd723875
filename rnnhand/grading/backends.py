"""Batches of sheets on the cores of this machine, or on a Dask cluster: through joblib, both."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from socket import create_connection
from typing import Any, TypeAlias

from rnnhand.errors import diagnostic, failure
from rnnhand.grading.early import FEW
from rnnhand.grading.record import Record
from rnnhand.grading.worker import Job, mark_batch

LARGEST = 20
"""Sheets in a batch: enough that handing it over costs nothing, few enough that bars move."""
PATIENCE = 10
"""Seconds to wait for a scheduler and its first worker."""

Sheet: TypeAlias = tuple[str, str]
"""A sheet's key and text."""


@dataclass(frozen=True)
class Where:
    """`jobs` processes of this machine (None: as many as it has cores and the work is worth), or
    the cluster of a Dask scheduler."""

    jobs: int | None = None
    scheduler: str | None = None


def marked(job: Job, sheets: Sequence[Sheet], where: Where) -> Iterator[tuple[str, Record]]:
    """Every sheet's record, under its key, as soon as it is there; in no order."""
    if where.scheduler is not None:
        with _cluster(where.scheduler):
            yield from _in_parallel(job, sheets, -1)
        return
    jobs = where.jobs or _as_many_as_help(len(sheets))
    if jobs == 1:
        for sheet in sheets:
            yield from mark_batch(job, [sheet])
        return
    yield from _on_this_machine(job, sheets, jobs)


def _as_many_as_help(sheets: int) -> int:
    from joblib import cpu_count

    return 1 if sheets <= FEW else int(cpu_count())


def _on_this_machine(job: Job, sheets: Sequence[Sheet], jobs: int) -> Iterator[tuple[str, Record]]:
    """In processes. If one dies, the sheets that are left go one at a time, until the sheet that
    kills it has been found."""
    from joblib.externals.loky import BrokenProcessPool

    done: set[str] = set()
    try:
        for key, record in _in_parallel(job, sheets, jobs):
            done.add(key)
            yield key, record
        return
    except BrokenProcessPool:
        left = [sheet for sheet in sheets if sheet[0] not in done]
    while left:
        try:
            for key, record in _in_parallel(job, left, 2, one_at_a_time=True):
                left = [sheet for sheet in left if sheet[0] != key]
                yield key, record
        except BrokenProcessPool:
            key, *_ = left[0]
            left = left[1:]
            yield key, Record(why=(diagnostic("grade-crashed", None, kind="crash"),))


def _in_parallel(
    job: Job, sheets: Sequence[Sheet], jobs: int, one_at_a_time: bool = False
) -> Iterator[tuple[str, Record]]:
    from joblib import Parallel, delayed

    how: dict[str, Any] = {"pre_dispatch": 1} if one_at_a_time else {}
    batches = _batches(sheets, len(sheets)) if one_at_a_time else _batches(sheets, abs(jobs) * 8)
    parallel = Parallel(n_jobs=jobs, return_as="generator_unordered", batch_size=1, **how)
    for found in parallel(delayed(mark_batch)(job, batch) for batch in batches):
        yield from found


def _batches(sheets: Sequence[Sheet], at_least: int) -> Iterator[Sequence[Sheet]]:
    """The sheets in `at_least` batches, if there are so many sheets, or more."""
    size = max(1, min(LARGEST, len(sheets) // max(at_least, 1)))
    for start in range(0, len(sheets), size):
        yield sheets[start : start + size]


@contextmanager
def _cluster(scheduler: str) -> Iterator[None]:
    """joblib's work goes to the cluster of a scheduler. Raises `Failure` where there is none."""
    try:
        from distributed import Client
    except ImportError:
        raise failure("grade-no-dask", None, "hint-no-dask") from None
    from joblib import parallel_config

    connect: Callable[..., Any] = Client
    try:
        _knock(scheduler)
        client = connect(scheduler, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        reason = str(error).split("\n")[0][:200]
        raise failure("grade-no-scheduler", None, name=scheduler[:200], reason=reason) from None
    with client, client.as_current():
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
            client.run(_has_package)
        except Exception as error:
            kind = type(error).__name__
            raise failure("grade-no-workers", None, name=scheduler[:200], reason=kind) from None
        with parallel_config(backend="dask"):
            yield


def _knock(scheduler: str) -> None:
    """Raises `OSError` or `ValueError` where nobody listens: a client would try for longer, and
    complain once more when it is thrown away."""
    from distributed.comm.addressing import get_address_host_port, parse_address
    from distributed.comm.registry import get_backend

    scheme, _ = parse_address(scheduler)
    get_backend(scheme)
    if scheme in ("tcp", "tls"):
        create_connection(get_address_host_port(scheduler), PATIENCE).close()


def _has_package() -> str:
    """What every worker must be able to do before it is sent sheets."""
    from rnnhand import __version__

    return __version__
