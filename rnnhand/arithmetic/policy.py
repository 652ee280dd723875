"""Which arithmetic answers a question, and how precise it must be.

`auto` is exact where every value is rational, decimal otherwise, and symbolic where letters stand
for numbers. Decimals are worked out in balls whose precision is raised until every digit that
will be printed is certain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Generic, TypeAlias, TypeVar

from rnnhand.arithmetic.ball import HIGHEST, MIXED, precision
from rnnhand.arithmetic.base import Arithmetic, Fault, Irrational, Scalar, TooLong, Undecided
from rnnhand.arithmetic.machine import FLOAT
from rnnhand.arithmetic.numerals import BITS_PER_DIGIT, certain, finite
from rnnhand.arithmetic.rational import RATIONAL
from rnnhand.errors import Failure, failure

Work = TypeVar("Work")
Done = TypeVar("Done")
Letter: TypeAlias = Callable[[str], Any]

HINTS = {
    "undecided": "hint-undecided",
    "letters-compare": "hint-letters-compare",
    "value-too-long": "hint-value-too-long",
    "formula-too-long": "hint-formula-too-long",
    "class-outside": "hint-one-hot",
}


@dataclass(frozen=True)
class Settled(Generic[Work]):
    """Work done under the arithmetic that was chosen.

    `closed` is the same work in closed forms, beside decimals (exact arithmetic of values that
    are not rational). `bits` is the precision of the balls, 0 where there are none.
    """

    work: Work
    name: str
    arithmetic: Arithmetic
    bits: int = 0
    closed: Work | None = None
    undecided: bool = False

    @contextmanager
    def precisely(self) -> Iterator[None]:
        """Compute on at the precision of this work."""
        with precision(self.bits) if self.bits else nullcontext():
            yield


@dataclass(frozen=True)
class Task(Generic[Work]):
    """`compute` does the work under an arithmetic (with letters, where it has them); `scalars`
    lists what must be certain; `letters` says that some numbers are not given; `numbers` holds
    those that are, of what becomes a letter when all is given."""

    compute: Callable[[Arithmetic, Letter | None], Work]
    scalars: Callable[[Work], Iterable[Scalar]]
    letters: bool
    numbers: Mapping[str, Fraction]


def settle(task: Task[Work], mode: str, digits: int) -> Settled[Work]:
    """Do a task under `mode`. Raises `Failure` where a value does not exist, where letters meet
    an arithmetic that has none, and where a sign cannot be decided."""
    if mode == "symbolic" or (mode == "auto" and task.letters):
        return _faultless(lambda: _symbolic(task, digits), final=True)
    if mode == "float":
        work = _faultless(lambda: task.compute(FLOAT, None))
        return Settled(work, "float", FLOAT)
    if mode == "decimal":
        return _decimal(task, digits)
    try:
        work = _faultless(lambda: task.compute(RATIONAL, None))
        return Settled(work, "exact", RATIONAL)
    except (Irrational, TooLong):
        if mode == "auto":
            return _decimal(task, digits)
    return _faultless(lambda: _closed(task, digits), final=True)


def _faultless(compute: Callable[[], Done], final: bool = False) -> Done:
    """Faults become failures, but for those that a better arithmetic would not have, unless this
    one is the last that is tried."""
    try:
        return compute()
    except (Irrational, TooLong, Undecided) as fault:
        if final:
            raise _failure(fault) from None
        raise
    except Fault as fault:
        raise _failure(fault) from None


def _failure(fault: Fault) -> Failure:
    return failure(fault.code, fault.span, HINTS.get(fault.code), **{"where": "?", **fault.words})


def _decimal(
    task: Task[Work], digits: int, arithmetic: Callable[[], Arithmetic] = lambda: MIXED
) -> Settled[Work]:
    """Balls of rising precision; each try has an arithmetic of its own. Four times the bits cost
    little more than twice, and a sign that is not found needs them all."""
    bits = int(digits * BITS_PER_DIGIT) + 64
    highest = max(HIGHEST, 4 * bits)
    work: Work | None = None
    while True:
        with precision(bits):
            try:
                work = _faultless(lambda: task.compute(arithmetic(), None))
                if all(certain(x, digits) for x in task.scalars(work)):
                    return Settled(work, "decimal", MIXED, bits)
            except Undecided as fault:
                if bits >= highest:
                    raise _failure(fault) from None
        if bits >= highest and work is not None:
            if not all(finite(x) for x in task.scalars(work)):
                raise failure("undecided-all", None, "hint-undecided")
            return Settled(work, "decimal", MIXED, bits, undecided=True)
        bits = min(4 * bits, highest)


def _symbolic(task: Task[Work], digits: int) -> Settled[Work]:
    from rnnhand.arithmetic import symbolic

    if task.letters:
        work = task.compute(symbolic.LETTERS, symbolic.letter)
        return Settled(work, "symbolic", symbolic.LETTERS)
    _, decisions = _decided(task, digits)
    follower = symbolic.following(decisions, task.numbers, closed=False)
    work = task.compute(follower, symbolic.letter)
    return Settled(work, "symbolic", follower)


def _closed(task: Task[Work], digits: int) -> Settled[Work]:
    from rnnhand.arithmetic import symbolic

    decimal, decisions = _decided(task, digits)
    work = task.compute(symbolic.following(decisions, {}, closed=True), None)
    return replace(decimal, name="exact", closed=work)


def _decided(task: Task[Work], digits: int) -> tuple[Settled[Work], list[bool]]:
    """The work in decimals, and what it decided on the way, in order."""
    from rnnhand.arithmetic import symbolic

    decisions: list[bool] = []

    def fresh() -> Arithmetic:
        decisions.clear()
        return symbolic.recording(MIXED, decisions)

    return _decimal(task, digits, fresh), decisions
