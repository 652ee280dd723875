"""What is kept of a marked sheet: verdicts as plain data, and the page for the student."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rnnhand import __version__
from rnnhand.errors import Diagnostic, Span
from rnnhand.grading.names import one_spelling
from rnnhand.language.numerals import Numeral, Table
from rnnhand.language.printer import text
from rnnhand.marking.marked import Item, Marked
from rnnhand.marking.sheet import Nested
from rnnhand.questions.work import Plan


@dataclass(frozen=True)
class Value:
    """One value of a sheet: its name in the one spelling, what was given, what is right."""

    name: str
    given: str
    expected: str
    verdict: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Record:
    """A sheet as it was marked, or why it could not be. `page` is what its student gets to read,
    without name and marks: those depend on the class and the policy."""

    values: tuple[Value, ...] = ()
    why: tuple[Diagnostic, ...] = ()
    page: Any = ""

    @property
    def is_final(self) -> bool:
        """Whether marking the sheet once more would find the same; not where marking failed."""
        return not any(why.code in ("grade-crashed", "grade-too-slow") for why in self.why)


def reasons(item: Item) -> tuple[str, ...]:
    """The misconceptions that were recognised in a value, by their ids."""
    return tuple(diagnosis.id for diagnosis in item.diagnoses)


def record(plan: Plan, marked: Marked, page: Any) -> Record:
    return Record(tuple(_value(plan, item) for item in marked.items), page=page)


def _value(plan: Plan, item: Item) -> Value:
    name = item.label
    if item.spot is None or "[T]" in name:
        name = one_spelling(plan, name) or name
    expected = item.told if item.expected is None else _table(item.expected)
    return Value(name, _given(item.given), expected, item.verdict.value, reasons(item))


def _given(value: Nested) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_given, value))}]"
    return "" if value is None else value.text


def _table(table: Table) -> str:
    if not isinstance(table, Numeral):
        return f"[{', '.join(map(_table, table))}]"
    return text(table.exact) if table.exact is not None else table.decimal or ""


def digest(*parts: str) -> str:
    """A name for texts by their content; no two lists of texts share one."""
    found = hashlib.sha256(__version__.encode())
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass")
        found.update(f"{len(raw)}:".encode() + raw)
    return found.hexdigest()[:32]


def as_data(record: Record) -> dict[str, Any]:
    """A record as JSON keeps it."""
    return {
        "values": [[v.name, v.given, v.expected, v.verdict, *v.reasons] for v in record.values],
        "why": [
            [d.code, [d.span.line, d.span.column] if d.span else None, dict(d.words), d.hint]
            for d in record.why
        ],
        "page": record.page,
    }


def from_data(data: Mapping[str, Any]) -> Record:
    """The record in its JSON. Raises `KeyError`, `TypeError` or `ValueError` for anything else."""
    values = tuple(
        Value(str(name), str(given), str(expected), str(verdict), tuple(map(str, found)))
        for name, given, expected, verdict, *found in data["values"]
    )
    why = tuple(
        Diagnostic(str(code), Span(*span) if span else None, tuple(words.items()), hint)
        for code, span, words, hint in data["why"]
    )
    return Record(values, why, data["page"])
