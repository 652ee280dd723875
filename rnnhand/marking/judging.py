"""One answer judged: by the key, and by what an equation makes of a sheet's other numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rnnhand.arithmetic.base import Scalar
from rnnhand.arithmetic.interval import may_be_equal
from rnnhand.marking.filled import Filled
from rnnhand.marking.marked import Item, Marking, Verdict


def by_key(marking: Marking, item: Item, answer: Filled, truth: Any) -> frozenset[int]:
    """The verdict by the true value, where that is met; which numbers do not meet it."""
    item.expected = marking.expected(answer, truth, item.given)
    found = marking.field.compared(answer, truth)
    if not found.missing:
        item.verdict = Verdict.RIGHT
        item.cut = found.cut
        item.rounded = found.cut or not found.exactly
    return found.missing


def by_equation(item: Item, answer: Filled, left: frozenset[int], made: Any, reached: bool) -> None:
    """The verdict where some numbers are `left`, from what the equation makes of the student's
    other values; None where it has no equation. From what is no number nothing follows."""
    if made is not None and answer.known(made) and not answer.missing(made, left):
        item.verdict = Verdict.FOLLOWS if reached else Verdict.RIGHT
    else:
        item.verdict = Verdict.WRONG


def agree(entries: Iterable[int], one: Sequence[Scalar], other: Sequence[Scalar]) -> bool:
    return all(may_be_equal(one[i], other[i]) for i in entries)
