"""Tables for other programs, in CSV; every field that a stranger wrote is defused."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

from rnnhand.grading.changes import Change
from rnnhand.grading.marks import decimal
from rnnhand.grading.record import Record
from rnnhand.grading.rows import Row
from rnnhand.grading.text import field

VERDICTS = ("right", "follows", "wrong", "missing", "unreadable")


def results_table(rows: Sequence[Row]) -> str:
    """A row a student."""
    head = (
        "student",
        "marks",
        "out_of",
        *VERDICTS,
        "first_mistakes",
        "diagnoses",
        "problem",
        "sheet",
    )
    return _table(head, (_result(row) for row in rows))


def _result(row: Row) -> list[str]:
    counts = counted(row)
    wrong = [v for v in row.record.values if v.verdict == "wrong"]
    told = [f"{reason} ({v.name})" for v in row.record.values for reason in v.reasons]
    return [
        row.student,
        "" if row.record.why else decimal(row.marks.marks),
        decimal(row.marks.out_of),
        *(str(counts[verdict]) for verdict in VERDICTS),
        "; ".join(v.name for v in wrong),
        "; ".join(told),
        "; ".join(why.code for why in row.record.why),
        row.origin,
    ]


def counted(row: Row) -> dict[str, int]:
    """How many values of a sheet have each verdict; what counts and is not on it is missing."""
    found = dict.fromkeys(VERDICTS, 0)
    for value in row.record.values:
        found[value.verdict] += 1
    if not row.record.why:
        found["missing"] += len(absent(row.record, tuple(row.marks.worth)))
    return found


def absent(record: Record, names: Iterable[str]) -> list[str]:
    """The values that count and are not on a sheet, not even entry by entry."""
    there = {v.name for v in record.values}
    there |= {name.partition("(")[0] for name in there if name.endswith(")")}
    return [name for name in names if name not in there]


def values_table(rows: Sequence[Row], names: Sequence[str]) -> str:
    """A row for every value of every sheet that could be read."""
    head = ("student", "value", "given", "right_value", "verdict", "marks", "out_of", "diagnoses")
    worth = {name: decimal(worth) for row in rows[:1] for name, worth in row.marks.worth.items()}
    read = (row for row in rows if not row.record.why)
    return _table(head, (line for row in read for line in _values(row, names, worth)))


def _values(row: Row, names: Sequence[str], worth: Mapping[str, str]) -> Iterator[list[str]]:
    """The values of one sheet; last those that count and are not on it, or entry by entry only.
    `worth` says what each value is worth, on all sheets alike."""
    seen: set[str] = set()
    missing = absent(row.record, names)
    lost: dict[str, Fraction] = {}
    for part in row.marks.lost:
        lost[part.name] = lost.get(part.name, Fraction(0)) + part.marks
    why = {part.name: part.verdict for part in row.marks.lost}
    full = row.marks.worth

    def marks_of(name: str) -> tuple[str, str]:
        if name in worth and name not in lost:
            return worth[name], worth[name]
        return _marks(full.get(name), lost.get(name))

    for v in row.record.values:
        marks = ("", "") if v.name in seen else marks_of(v.name)
        yield [row.student, v.name, v.given, v.expected, v.verdict, *marks, "; ".join(v.reasons)]
        seen.add(v.name)
    for name in names:
        if name not in seen:
            verdict = "missing" if name in missing else why.get(name, "right")
            yield [row.student, name, "", "", verdict, *marks_of(name), ""]


def _marks(worth: Fraction | None, lost: Fraction | None) -> tuple[str, str]:
    """What a value got, and what it is worth; a mistake can cost where nothing was to be got."""
    if worth is None:
        return (decimal(-lost), "") if lost else ("", "")
    return decimal(worth - lost if lost else worth), decimal(worth)


def changes_table(changes: Sequence[Change]) -> str:
    """A row for every student whose marks changed."""
    head = ("student", "before", "now", "why", "values")
    return _table(
        head,
        (
            [
                change.student,
                change.before,
                change.now,
                "; ".join(change.why),
                "; ".join(f"{m.name}: {m.before[0]} > {m.now[0]}" for m in change.values),
            ]
            for change in changes
        ),
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    for row in rows:
        writer.writerow([field(cell) for cell in row])
    return out.getvalue()
