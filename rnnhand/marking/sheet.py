"""An answer sheet: what stands on it under which names, in whatever format it came."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TypeAlias

from rnnhand.errors import Diagnostic, Failure, Span, failure
from rnnhand.language.results import ResultName
from rnnhand.language.tree import Expr
from rnnhand.marking.aliases import plain_name
from rnnhand.marking.formats import format_of
from rnnhand.marking.formats.entry import LONGEST, MOST, Entry, is_name
from rnnhand.marking.names import Named
from rnnhand.marking.numbers import Written
from rnnhand.problem import yaml

Nested: TypeAlias = Written | tuple["Nested", ...] | None


@dataclass(frozen=True)
class Answer:
    """A value as it stands on a sheet: nested like what it names, None for a blank."""

    named: Named
    value: Nested
    span: Span

    @property
    def name(self) -> ResultName:
        return self.named.result

    @property
    def label(self) -> str:
        return self.named.label


@dataclass(frozen=True)
class Decided:
    """An answer whose verdict is known as it is read, since nothing else on a sheet bears on it."""

    label: str
    given: str
    why: tuple[Diagnostic, ...]
    verdict: str = "unreadable"


@dataclass(frozen=True)
class Unread(Decided):
    """A value, or a name, that could not be read."""


@dataclass(frozen=True, kw_only=True)
class LaidOut(Unread):
    """A derivative's matrix in the shape of its transpose, and the answer that it is once
    `turned`."""

    turned: Answer


@dataclass(frozen=True)
class Formula(Decided):
    """A formula as an answer, and the `right` one."""

    right: Expr | None = None


@dataclass(frozen=True)
class Spoken(Decided):
    """A word or a condition as an answer, and what is `right`."""

    right: str = ""


POLICIES = ("accept", "report")


@dataclass
class Sheet:
    """What a sheet says; `rounding` is the number of digits it rounds whole numbers to,
    `conventions` whether values that are right under another convention count (`accept`) or are
    only named (`report`)."""

    entries: list[Entry] = field(default_factory=list)
    rounding: int | None = None
    conventions: str = "report"


FIRST = 200
"""Entries among which there must be one with a name, for a text to be a sheet."""


def read_sheet(text: str, name: str = "") -> Sheet:
    """The sheet in a text; `name` is that of its file. Raises `Failure` where the text as a whole
    cannot be read."""
    try:
        found = list(islice(format_of(text, name).read(text), MOST + 1))
    except Failure as error:
        raise Failure([_of_a_sheet(d) for d in error.diagnostics]) from None
    if len(found) > MOST:
        raise failure("sheet-too-many", found[-1].name.span, limit=MOST)
    sheet = Sheet()
    for entry in found:
        match entry.name.text.strip():
            case "rounding":
                sheet.rounding = _rounding(entry)
            case "conventions":
                sheet.conventions = _conventions(entry)
            case _:
                sheet.entries.append(entry)
    if sheet.entries and not any(map(_is_named, sheet.entries[:FIRST])):
        first = sheet.entries[0].name
        raise failure("sheet-no-names", first.span, "hint-sheet", found=first.text[:40])
    return sheet


def _of_a_sheet(why: Diagnostic) -> Diagnostic:
    """What to do about a file that is a sheet and no problem."""
    return replace(why, hint="hint-sheet") if why.hint == "hint-empty-file" else why


def _rounding(entry: Entry) -> int:
    value = entry.value
    text = value.text.strip() if isinstance(value, yaml.Text) else ""
    if not (text.isdecimal() and 1 <= len(text) <= 2):
        raise failure("sheet-rounding", value.span)
    return int(text)


def _conventions(entry: Entry) -> str:
    value = entry.value
    text = value.text.strip() if isinstance(value, yaml.Text) else ""
    if text not in POLICIES:
        raise failure("sheet-conventions", value.span)
    return text


def _is_named(entry: Entry) -> bool:
    if any(d.code == "sheet-line" for d in entry.why):
        return False
    return is_name(plain_name(entry.name.text[:LONGEST]))


def flat(value: Nested) -> Iterator[Written | None]:
    """The numbers of an answer, row by row."""
    if isinstance(value, tuple):
        for item in value:
            yield from flat(item)
    else:
        yield value


def transposed(value: Nested) -> Nested:
    """A matrix turned; what is no matrix as it is."""
    if isinstance(value, tuple) and value and all(isinstance(row, tuple) for row in value):
        rows = [row for row in value if isinstance(row, tuple)]
        if len({len(row) for row in rows}) == 1:
            return tuple(zip(*rows, strict=True))
    return value


def spelled(value: Nested) -> object:
    """An answer as it was read, for people and for JSON."""
    if isinstance(value, tuple):
        return [spelled(item) for item in value]
    return "" if value is None else value.text
