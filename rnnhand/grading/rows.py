"""A graded class: a row a student."""

from __future__ import annotations

from dataclasses import dataclass

from rnnhand.grading.changes import Change
from rnnhand.grading.marks import Marks
from rnnhand.grading.policy import Policy
from rnnhand.grading.record import Record
from rnnhand.problem.model import Problem


@dataclass(frozen=True)
class Row:
    """One student's sheet, marked."""

    student: str
    origin: str
    sheet: str
    record: Record
    marks: Marks


@dataclass(frozen=True)
class Graded:
    """A class: `names` are the values that count, `kept` sheets had been marked before, `unread`
    are columns that name nothing, `loose` patterns of the policy that fit no value."""

    problem: Problem
    policy: Policy
    names: tuple[str, ...]
    rows: tuple[Row, ...]
    kept: int
    changes: tuple[Change, ...]
    unread: tuple[str, ...]
    loose: tuple[str, ...]
