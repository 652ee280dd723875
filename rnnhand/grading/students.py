"""SHEETS → what each student handed in: folders, patterns, files, tables of a class."""

from __future__ import annotations

import csv
import glob
import io
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from rnnhand.errors import Diagnostic, Failure, cause, diagnostic, failure
from rnnhand.grading.text import clean
from rnnhand.language import limits
from rnnhand.marking.formats.entry import RANGE
from rnnhand.problem import yaml
from rnnhand.problem.encodings import decoded_sheet
from rnnhand.problem.yaml import decoded

SUFFIXES = (".yaml", ".yml", ".json", ".csv", ".tsv", ".md", ".txt")
WHO = ("student", "студент", "name", "имя", "фио", "id")
"""Heads of the column that says whose row it is, the best first."""
SURE = ("student", "студент")
"""Heads that only a table of a class has."""
MOST = 100_000
LONGEST = 200


@dataclass(frozen=True)
class Submission:
    """One student's sheet: its text, or why there is none."""

    student: str
    origin: str
    text: str = ""
    why: tuple[Diagnostic, ...] = ()


@dataclass
class Class:
    """All sheets in order; `unread` are columns of tables that name no result."""

    submissions: list[Submission] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


def collect(
    sheets: Sequence[str],
    leave_out: Iterable[Path],
    is_column: Callable[[str], bool],
    unnamed: str = "row {}",
) -> Class:
    """Everything that SHEETS name; `unnamed` is what a row of a table without a name is called.
    Raises `Failure` where one of them names nothing."""
    found = Class()
    others = {path.resolve() for path in leave_out}
    seen: set[Path] = set()
    for name in sheets:
        for path, student in _files(name):
            real = path.resolve()
            if real in seen or any(o == real or o in real.parents for o in others):
                continue
            seen.add(real)
            _take(found, path, student, is_column, unnamed)
            if len(found.submissions) > MOST:
                raise failure("grade-many", None, limit=MOST)
    if not found.submissions:
        raise failure("grade-no-sheets", None, "hint-grade-sheets", name=", ".join(sheets)[:200])
    found.submissions = list(_told_apart(found.submissions))
    return found


def _files(name: str) -> Iterator[tuple[Path, str]]:
    """The files that an argument names, each with what to call its student."""
    path = Path(name)
    try:
        if path.is_dir():
            for file in sorted(_inside(path)):
                yield file, file.relative_to(path).with_suffix("").as_posix()
            return
        if path.is_file():
            yield path, path.stem
            return
        matches = [Path(m) for m in sorted(glob.glob(name, recursive=True))]
    except (OSError, ValueError):  # no name that a file could have
        matches = []
    if not matches:
        raise failure("no-such-file", None, "hint-grade-sheets", name=name[:200], suggestion="")
    for match in matches:
        if match.is_dir():
            yield from _files(str(match))
        elif match.is_file():
            yield match, match.stem


def _inside(folder: Path) -> Iterator[Path]:
    """The sheets in a folder and in those inside it; nothing hidden, no links to folders."""
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        for file in files:
            path = Path(root, file)
            if not file.startswith(".") and path.suffix.lower() in SUFFIXES and path.is_file():
                yield path


def _take(
    found: Class, path: Path, student: str, is_column: Callable[[str], bool], unnamed: str
) -> None:
    origin = clean(str(path))
    who = clean(student)[:LONGEST] or "?"
    try:
        text = _read(path)
        if path.suffix.lower() in (".csv", ".tsv"):
            table = class_table(text, is_column, unnamed)
            if table is not None:
                rows, unread = table
                found.submissions += [replace(s, origin=f"{origin}: {s.origin}") for s in rows]
                found.unread += [u for u in unread if u not in found.unread]
                return
        found.submissions.append(Submission(who, origin, text))
    except Failure as error:
        found.submissions.append(Submission(who, origin, why=error.diagnostics))


def _read(path: Path) -> str:
    """The text of a sheet, or of a class's table, in whatever encoding it was saved. One odd
    character in one row does not end a class: what is UTF-8 is read."""
    try:
        with path.open("rb") as file:
            raw = file.read(limits.FILE_BYTES + 1)
    except OSError as error:
        raise failure("cannot-read", None, name=path.name, reason=cause(error)) from None
    try:
        return decoded_sheet(raw, limits.FILE_BYTES)
    except Failure as error:
        if not raw.strip():
            raise
        try:
            return decoded(raw)
        except Failure:
            raise error from None


def class_table(
    text: str, is_column: Callable[[str], bool], unnamed: str
) -> tuple[list[Submission], list[str]] | None:
    """The rows of a class's table and the columns that name nothing; None where a table is one
    student's sheet. Raises `Failure` where it is a class's table, but a broken one."""
    head_line = text.split("\n", 1)[0]
    between = max(";\t,", key=lambda c: len(_first(head_line, c)))
    head = [cell.strip() for cell in _first(text, between)]
    columns = [i for i, cell in enumerate(head) if is_column(cell)]
    lower = [cell.casefold() for cell in head]
    who: int | None = next((lower.index(w) for w in WHO if w in lower), None)
    if who is None and 0 not in columns:
        who = 0
    sure = who is not None and lower[who] in SURE
    if not sure and (not columns or 2 * len(columns) < len(head) - 1):
        return None
    repeated = [name for name, n in Counter(head[i] for i in columns).items() if n > 1]
    if repeated:
        raise failure("grade-column-twice", None, name=repeated[0][:60])
    unread = [
        clean(cell)[:60]
        for i, cell in enumerate(head)
        if cell and i != who and i not in columns and lower[i] not in WHO
    ]
    rows = list(_rows(text, between, head, columns, who, unnamed))
    return rows, unread


def _first(text: str, between: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(text), delimiter=between), [])
    except csv.Error:
        return []


def _rows(
    text: str, between: str, head: list[str], columns: list[int], who: int | None, unnamed: str
) -> Iterator[Submission]:
    reader = csv.reader(io.StringIO(text), delimiter=between)
    try:
        next(reader, None)
        for number, row in enumerate(reader, 2):
            if not any(cell.strip() for cell in row):
                continue
            name = clean(row[who])[:LONGEST] if who is not None and who < len(row) else ""
            origin = unnamed.format(number)
            student = name or origin
            if len(row) > len(head):
                why = diagnostic(
                    "grade-long-row", None, "hint-grade-long-row", row=number,
                    found=len(row), wanted=len(head),
                )  # fmt: skip
                yield Submission(student, origin, why=(why,))
                continue
            cells = ((head[i], row[i]) for i in columns if i < len(row))
            values = dict(pair for column, cell in cells for pair in _values(column, cell))
            yield Submission(student, origin, json.dumps(values))
    except csv.Error:
        raise failure("grade-bad-table", None, row=reader.line_num) from None


def _values(column: str, text: str) -> Iterator[tuple[str, object]]:
    """What a cell says: one value, or, under h[1..3], one a step: [0, 1/2, 0] or 0; 1/2; 0."""
    cell = _cell(text)
    steps = RANGE.search(column)
    if steps is None:
        yield column, cell
        return
    first, last = int(steps[1]), int(steps[2])
    each = cell if isinstance(cell, list) else text.split(";")
    if not text.strip():
        each = [""] * min(last - first + 1, LONGEST)
    if len(each) != last - first + 1:
        yield column, cell
        return
    for step, value in zip(range(first, last + 1), each, strict=True):
        yield f"{column[: steps.start()]}[{step}]{column[steps.end() :]}", value


def _cell(text: str) -> object:
    """A cell as it stands; `[1, 2]` is a list."""
    text = text.strip()
    if not text.startswith("["):
        return text
    try:
        return _plain(yaml.read(text))
    except Failure:
        return text


def _plain(node: yaml.Node) -> object:
    match node:
        case yaml.Text(text):
            return text
        case yaml.List(items):
            return [_plain(item) for item in items]
        case yaml.Map():
            return "{…}"


def _told_apart(found: Sequence[Submission]) -> Iterator[Submission]:
    """Students of one name get numbers: Ann, Ann (2)."""
    taken = {s.student for s in found}
    seen: set[str] = set()
    for one in found:
        name, n = one.student, 1
        while name in seen or (n > 1 and name in taken):
            n += 1
            name = f"{one.student} ({n})"
        seen.add(name)
        yield one if n == 1 else replace(one, student=name)
