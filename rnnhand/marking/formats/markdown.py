"""Markdown: the tables in it; everything around them is for people."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from rnnhand.errors import Span
from rnnhand.marking.formats.blank import Blank, tables
from rnnhand.marking.formats.entry import Entry
from rnnhand.marking.formats.grid import Record, entries_of
from rnnhand.problem.yaml import Text

DELIMITER = frozenset("|:- \t")
BAR = re.compile(r"(?<!\\)\|")
MARKS = re.compile(r"(\*\*|__|`|\$)(.*)\1", re.DOTALL)
ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")


def read_markdown(text: str) -> Iterator[Entry]:
    return entries_of(_records(text.split("\n")))


def _records(lines: list[str]) -> Iterator[Record]:
    for number, line in enumerate(lines, 1):
        if "|" not in line:
            yield Record([])
        elif not _is_delimiter(line):
            is_head = number < len(lines) and _is_delimiter(lines[number])
            yield Record(_cells(line, number), is_head)


def _is_delimiter(line: str) -> bool:
    return "|" in line and "-" in line and DELIMITER.issuperset(line)


def _cells(line: str, number: int) -> list[Text]:
    bars = [m.start() for m in BAR.finditer(line)]
    starts = [0, *(b + 1 for b in bars)]
    ends = [*bars, len(line)]
    pairs = list(zip(starts, ends, strict=True))
    if not line[: bars[0]].strip():
        pairs = pairs[1:]
    if pairs and not line[bars[-1] + 1 :].strip():
        pairs = pairs[:-1]
    return [_cell(line, start, end, number) for start, end in pairs]


def _cell(line: str, start: int, end: int, number: int) -> Text:
    raw = line[start:end]
    text = raw.strip()
    column = start + len(raw) - len(raw.lstrip()) + 1
    span = Span(number, column, max(len(text), 1))
    for _ in range(3):
        if m := MARKS.fullmatch(text):
            text = m[2].strip()
    return Text(ESCAPE.sub(r"\1", text), span)


def write_markdown(blank: Blank) -> str:
    """A heading and tables for each group, the columns under one another."""
    first, *rest = blank.remarks
    lines = [f"# {first}", *(part for line in rest for part in ("", line))]
    heading = ""
    for title, rows in tables(blank):
        lines += [""] if title == heading else ["", f"## {title}", ""]
        heading = title
        widths = [max(3, *(len(row[i]) for row in rows)) for i in range(len(rows[0]))]
        head, *body = ([c.ljust(w) for c, w in zip(r, widths, strict=True)] for r in rows)
        lines += [_line(row) for row in (head, ["-" * w for w in widths], *body)]
    return "\n".join(lines) + "\n"


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def looks_like_markdown(text: str) -> bool:
    """Whether there is a line of bars and dashes below one with bars."""
    lines = text.split("\n")
    return any("|" in above and _is_delimiter(line) for above, line in pairwise(lines))
