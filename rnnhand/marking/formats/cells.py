"""CSV → records of cells that know their place, whatever separates them.

A decimal comma in a file of semicolons, a vector in brackets, `dL/dW(1,2)`: a separator inside
brackets is none, if they close in the same record.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from rnnhand.errors import Span, failure
from rnnhand.marking.formats.blank import Blank, tables
from rnnhand.marking.formats.entry import MOST, Entry
from rnnhand.marking.formats.grid import Record, entries_of
from rnnhand.problem.yaml import Text

SEPARATORS = ("\t", ";", ",")
EXCEL = re.compile(r"sep=(.)[ \t]*\n", re.IGNORECASE)
INSIDE = re.compile(r'"[^"\n]*"|\([^()\n]*\)|\[[^\[\]\n]*\]')
DECIMAL = re.compile(r"-?\d+\.\d+(e-?\d+)?")
LOOKED_AT = 20_000
MOST_CELLS = 10 * MOST


def read_csv(text: str) -> Iterator[Entry]:
    told = EXCEL.match(text)
    separator = told[1] if told and told[1] in SEPARATORS else separator_of(text)
    records = (Record(joined(cells, separator)) for cells in split(text, separator))
    if told:
        next(records)
    return entries_of(records)


def separator_of(text: str) -> str:
    """What separates the cells of most lines, outside quotes and brackets."""
    bare = _bare(text)
    return max(SEPARATORS, key=lambda s: sum(s in line for line in bare))


def _bare(text: str) -> list[str]:
    """The first lines that say anything, without what stands in quotes and brackets."""
    lines = [line for line in text[:LOOKED_AT].split("\n") if line.strip()]
    return [INSIDE.sub("", line) for line in lines if not line.lstrip('" ').startswith("#")]


def split(text: str, separator: str) -> Iterator[list[Text]]:
    """The records of a text. A quote that is never closed is a character like others."""
    cell = re.compile(rf'[ ]*+"((?:[^"]|"")*+)"[ ]*+(?={separator}|\n|\Z)|([^{separator}\n]*+)')
    record: list[Text] = []
    place, line, line_start = 0, 1, 0
    for _ in range(MOST_CELLS):
        found = cell.match(text, place)
        assert found is not None
        is_quoted = found[1] is not None
        group = 1 if is_quoted else 2
        start = found.start(group)
        raw = found[group]
        blanks = 0 if is_quoted else len(raw) - len(raw.lstrip())
        width = max(len(raw.strip()), 1) if "\n" not in raw else 1
        span = Span(line, start - line_start + blanks + 1, width)
        record.append(Text(raw.replace('""', '"') if is_quoted else raw.strip(), span))
        if is_quoted and "\n" in raw:
            line += raw.count("\n")
            line_start = start + raw.rfind("\n") + 1
        place = found.end()
        if place >= len(text):
            yield record
            return
        if text[place] == "\n":
            yield record
            record, line, line_start = [], line + 1, place + 1
        place += 1
    raise failure("sheet-too-many", Span(line, 1), limit=MOST)


def joined(cells: list[Text], separator: str) -> list[Text]:
    """Cells that a separator inside brackets has cut are put together again."""
    found: list[Text] = []
    i = 0
    while i < len(cells):
        end = _closing(cells, i)
        if end is None:  # never closed: so nothing is, from here on
            return [*found, *cells[i:]]
        parts = cells[i : end + 1]
        text = separator.join(cell.text for cell in parts)
        found.append(Text(text, cells[i].span) if len(parts) > 1 else cells[i])
        i = end + 1
    return found


def _closing(cells: list[Text], first: int) -> int | None:
    """The cell in which the brackets of a cell are closed; None, if they never are."""
    depth = 0
    for i in range(first, len(cells)):
        depth += sum((c in "([{") - (c in ")]}") for c in cells[i].text)
        if depth <= 0:
            return i
    return None


def write_csv(blank: Blank) -> str:
    """Tables one below the other. Where a comma is the decimal mark, it is one here too, and
    semicolons separate: so a table program of that language reads numbers as numbers."""
    found = io.StringIO()
    writer = csv.writer(found, delimiter=";" if blank.has_comma else ",", lineterminator="\n")
    for line in blank.remarks:
        writer.writerow([f"# {line}"])
    for title, rows in tables(blank):
        writer.writerow([])
        writer.writerow([f"# {title}"])
        for row in rows:
            writer.writerow([_marked(cell) for cell in row] if blank.has_comma else row)
    return found.getvalue()


def _marked(cell: str) -> str:
    return cell.replace(".", ",") if DECIMAL.fullmatch(cell) else cell


def looks_like_csv(text: str) -> bool:
    """Whether the lines that say anything have something that separates cells."""
    said = _bare(text)
    return bool(said) and all(any(s in line for s in SEPARATORS) for line in said[:-1] or said)
