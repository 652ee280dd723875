"""Whose marks changed since the last complete run, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rnnhand.grading.marks import Marks, decimal
from rnnhand.grading.record import Record


@dataclass(frozen=True)
class Moved:
    """A value whose verdict is another now; `before` and `now` are verdicts, and right values."""

    name: str
    before: tuple[str, str]
    now: tuple[str, str]


@dataclass(frozen=True)
class Change:
    """Marks that are others now. `why` is a part of: sheet, key, policy, class, version."""

    student: str
    before: str
    now: str
    why: tuple[str, ...]
    values: tuple[Moved, ...]


def noted(
    student: str, sheet: str, record: Record, marks: Marks, names: tuple[str, ...]
) -> dict[str, Any]:
    """What is kept of a student for the next run to compare with."""
    kept = set(names)
    return {
        "marks": "–" if record.why else decimal(marks.marks),
        "out_of": decimal(marks.out_of),
        "sheet": sheet,
        "values": {v.name: [v.verdict, v.expected] for v in record.values if v.name in kept},
    }


def changes(last: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Change]:
    """Both are what `noted` kept of all students, with the digests of problem and policy."""
    common = [part for part in ("key", "policy") if last.get(part) != now[part]]
    for student, new in now["students"].items():
        old = last.get("students", {}).get(student)
        if old is None or (old["marks"], old["out_of"]) == (new["marks"], new["out_of"]):
            continue
        why = [*(["sheet"] if old["sheet"] != new["sheet"] else []), *common]
        if not why:
            why = ["class" if last.get("asked") != now["asked"] else "version"]
        yield Change(
            student,
            f"{old['marks']} / {old['out_of']}",
            f"{new['marks']} / {new['out_of']}",
            tuple(why),
            tuple(_moved(old["values"], new["values"])),
        )


def _moved(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Moved]:
    for name in dict.fromkeys((*old, *new)):
        before = tuple(old.get(name, ("missing", "")))
        now = tuple(new.get(name, ("missing", "")))
        if before[0] != now[0]:
            yield Moved(name, (before[0], before[1]), (now[0], now[1]))
