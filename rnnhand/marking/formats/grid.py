"""Tables of cells → entries: a name and a value a row; or a row a quantity and a column a step; or
a row a step and a column a quantity. A file may have several tables, each with its own header."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import Enum

from rnnhand.marking.formats.entry import (
    AFTER,
    LONGEST,
    PREFIX,
    RANGE,
    SETTINGS,
    Entry,
    after,
    after_entry,
    at_step,
    is_name,
    unread,
    without_step,
)
from rnnhand.marking.spelling import MINUS
from rnnhand.problem.yaml import List, Text


@dataclass(frozen=True)
class Record:
    """One row; `is_head` says that the format itself calls it a header."""

    cells: list[Text]
    is_head: bool = False


class Kind(Enum):
    STEP = "step"
    AFTER = "after"
    VALUE = "value"
    COMMENT = "comment"
    OTHER = "other"


@dataclass(frozen=True)
class Column:
    kind: Kind
    number: int = 0


@dataclass
class Layout:
    """How rows are read at present. `columns` are those of the last header, from the second on;
    `names` the quantities of a table with a row a step; `block` the update that names belong to.
    A header holds up to an empty row; after it only for rows of several values."""

    columns: list[Column] = field(default_factory=list)
    names: list[Text] = field(default_factory=list)
    block: str = ""
    is_open: bool = False


NAMES = frozenset(
    ("name", "names", "quantity", "variable", "result", "величина", "имя", "название",
     "обозначение", "переменная", "результат")
)  # fmt: skip
STEPS = frozenset(("t", "step", "steps", "time", "шаг", "шаги", "время", "момент"))
VALUES = frozenset(
    ("value", "values", "answer", "result", "total", "sum", "all", "σ", "∑",
     "значение", "значения", "ответ", "итого", "сумма", "всего")
)  # fmt: skip
COMMENTS = frozenset(
    ("comment", "comments", "remark", "remarks", "note", "notes", "комментарий", "примечание",
     "замечание", "формула", "formula")
)  # fmt: skip
STEP = re.compile(r"(?P<var>[^\W\d]{1,12}\s*=?\s*)?(?P<step>[+-]?\d{1,7})")


def entries_of(records: Iterable[Record]) -> Iterator[Entry]:
    """The entries of the tables, row by row. Blank cells are blank answers."""
    layout = Layout()
    for record in records:
        cells = list(record.cells)
        while cells and not cells[-1].text:
            cells.pop()
        if not cells:
            layout.is_open, layout.block = False, ""
            continue
        if cells[0].text.startswith("#"):
            continue
        found = header(cells, record.is_head)
        if found is not None:
            layout = found
        elif (block := AFTER.fullmatch(cells[0].text)) and len(cells) == 1:
            layout.block = block[1]
        else:
            yield from _row(cells, layout)


def header(cells: list[Text], is_head: bool) -> Layout | None:
    """The layout that a row of headings says; None for a row of answers. A heading is told by its
    words, by t = 1, or by steps in a row beside what is no name: what might be an answer is one."""
    head = cells[0].text.strip("\\/ ").lower()
    rest = [cell.text for cell in cells[1:]]
    if head in STEPS and rest and all(text and not _is_step(text) for text in rest):
        return Layout(names=cells[1:], is_open=True)
    columns = [_column(text) for text in rest]
    kinds = {column.kind for column in columns}
    steps = [c.number for c in columns if c.kind == Kind.STEP]
    in_order = len(steps) > 1 and steps == list(range(steps[0], steps[0] + len(steps)))
    is_told = bool(_words(head) & NAMES) or (
        bool(kinds - {Kind.OTHER})
        and (
            not head
            or head in STEPS
            or Kind.AFTER in kinds
            or any(map(_says_step, rest))
            or bool(_words(rest[0]) & VALUES)
            or (in_order and not is_name(cells[0].text))
        )
    )
    if not (is_head or is_told):
        return None
    if len(columns) == 1 and columns[0].kind == Kind.OTHER:
        columns = [Column(Kind.VALUE)]
    return Layout(columns, is_open=True)


PHRASE = re.compile(r"[^\W\d]+(?: [^\W\d]+)*|[Σ∑]")


def _words(text: str) -> frozenset[str]:
    """The words of a heading; none, if there is anything but words in it."""
    return frozenset(text.lower().split()) if PHRASE.fullmatch(text[:LONGEST]) else frozenset()


def _is_step(text: str) -> bool:
    return STEP.fullmatch(MINUS.sub("-", text)) is not None


def _says_step(text: str) -> bool:
    """Whether a heading names the index too: t = 1."""
    m = STEP.fullmatch(MINUS.sub("-", text))
    return m is not None and bool(m["var"])


def _column(text: str) -> Column:
    if m := AFTER.fullmatch(text):
        return Column(Kind.AFTER, int(m[1]))
    if m := STEP.fullmatch(MINUS.sub("-", text)):
        return Column(Kind.STEP, int(m["step"]))
    words = _words(text)
    if not text or words & VALUES:
        return Column(Kind.VALUE)
    return Column(Kind.COMMENT if words & COMMENTS else Kind.OTHER)


def _row(cells: list[Text], layout: Layout) -> Iterator[Entry]:
    if len(cells[0].text) > LONGEST:
        name = replace(cells[0], text=cells[0].text[:LONGEST])
        yield unread(name, Text("", name.span), "sheet-name", "hint-result-name")
        return
    if m := PREFIX.match(cells[0].text):
        block = m[1]
        name = replace(cells[0], text=cells[0].text[m.end() :])
    else:
        block, name = layout.block, cells[0]
    for entry in _values(name, cells[1:], layout):
        yield after_entry(block, entry) if block else entry


def _values(name: Text, cells: list[Text], layout: Layout) -> Iterator[Entry]:
    steps = RANGE.search(name.text)
    if name.text in SETTINGS:
        yield Entry(name, next((cell for cell in cells if cell.text), name))
    elif steps and len(cells) > 1 and len(cells) == int(steps[2]) - int(steps[1]) + 1:
        yield Entry(name, List(tuple(cells), cells[0].span))
    elif layout.names and layout.is_open:
        yield from _of_step(name, cells, layout.names)
    elif layout.columns and (layout.is_open or len(cells) > 1):
        yield from _of_quantity(name, cells, layout.columns)
    elif len(cells) > 1:
        yield unread(name, cells[0], "sheet-extra-cells", "hint-sheet-cells")
    else:
        yield Entry(name, cells[0] if cells else Text("", name.span))


def _of_quantity(name: Text, cells: list[Text], columns: list[Column]) -> Iterator[Entry]:
    """One quantity, a column a step. A single value may be that of a quantity without steps,
    wherever it stands."""
    other = without_step(name).text if sum(bool(cell.text) for cell in cells) == 1 else ""
    filled = [*cells, *(Text("", name.span) for _ in columns[len(cells) :])]
    for column, cell in zip(columns, filled, strict=False):
        match column.kind:
            case Kind.STEP:
                yield Entry(at_step(name, column.number), cell, other=other if cell.text else "")
            case Kind.AFTER:
                yield Entry(after(column.number, name), cell)
            case Kind.VALUE if cell.text or len(columns) == 1:
                yield Entry(without_step(name), cell)
            case Kind.OTHER if cell.text:
                yield unread(name, cell, "sheet-column", "hint-sheet-column")
            case _:
                pass
    if len(cells) > len(columns):
        yield unread(name, cells[len(columns)], "sheet-extra-cells", "hint-sheet-cells")


def _of_step(step: Text, cells: list[Text], names: list[Text]) -> Iterator[Entry]:
    """One step, a column a quantity."""
    m = STEP.fullmatch(MINUS.sub("-", step.text))
    for name, cell in zip(names, cells, strict=False):
        if not _words(name.text) & COMMENTS:
            placed = at_step(name, int(m["step"])) if m else without_step(name)
            yield Entry(replace(placed, span=cell.span), cell)
    if len(cells) > len(names):
        yield unread(step, cells[len(names)], "sheet-extra-cells", "hint-sheet-cells")
