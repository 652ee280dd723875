"""Pasted lines: `h[2] = 0,5`, `h_2: 1/2`, several on a line with `;`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rnnhand.errors import Span
from rnnhand.language import limits
from rnnhand.marking.formats.blank import Blank, in_cell
from rnnhand.marking.formats.entry import AFTER, PREFIX, Entry, after_entry, piece, unread
from rnnhand.problem.yaml import Text

COMMENT = re.compile(r"(?:^|\s)#.*")
BULLET = re.compile(r"\s*(?:[-*•·]\s+|\d{1,3}[.)]\s+)?")
NAME = r"(?:∂|[^\W\d])[^=:;,\n]{0,100}?(?:\([\d,\s]+\))?"
BEFORE = r"(?:after\s{1,9}\d{1,6}\s{0,9}:\s{0,9})?"
SIGN = r"\s{0,9}(?::=|=(?!=)|:(?!=)|→|≈)"
ASSIGNED = re.compile(rf"({NAME}){SIGN}")
NEXT = re.compile(rf"[;,]\s{{0,99}}(?={NAME}\s{{0,9}}(?::=|=(?!=)))")
BESIDE = re.compile(r"(\S+)\s+(?=[-+−–.,\d½¼¾√\[({])")


def read_lines(text: str) -> Iterator[Entry]:
    """Every line by itself. What stands below `after 1:`, down to an empty line, or as long as it
    is indented, belongs to it."""
    block, indented = "", None
    for number, line in enumerate(text.split("\n"), 1):
        line = COMMENT.sub("", line)
        start = BULLET.match(line).end()  # type: ignore[union-attr]  # it matches the empty text
        body = line[start:].rstrip()
        if not body.strip():
            block = ""
            continue
        if m := AFTER.fullmatch(body):
            block, indented = m[1], None
            continue
        is_indented = line[:1].isspace()
        if indented is None:
            indented = is_indented
        if block and indented and not is_indented:
            block = ""
        whole = Text(body, Span(number, start + 1, len(body)))
        if len(body) > limits.TEXT:
            yield unread(whole, Text("", whole.span), "sheet-line", "hint-sheet-line")
        else:
            yield from _line(whole, block)


def _line(line: Text, block: str) -> Iterator[Entry]:
    start = 0
    ends = [(m.start(), m.end()) for m in NEXT.finditer(line.text)]
    for end, following in [*ends, (len(line.text), 0)]:
        part = piece(line, start, end)
        if m := PREFIX.match(part.text):
            block, part = m[1], piece(part, m.end(), len(part.text))
        if part.text:
            entry = _assigned(part)
            yield after_entry(block, entry) if block else entry
        start = following


def _assigned(part: Text) -> Entry:
    found = ASSIGNED.match(part.text)
    if found:
        name = piece(part, 0, found.end(1))
        return Entry(name, piece(part, found.end(), len(part.text)))
    if m := BESIDE.match(part.text):
        return Entry(piece(part, 0, m.end(1)), piece(part, m.end(), len(part.text)))
    return unread(part, Text("", part.span), "sheet-line", "hint-sheet-line")


def write_lines(blank: Blank) -> str:
    """A line a value."""
    lines = [f"# {line}" for line in blank.remarks]
    for group in blank.groups:
        lines += ["", f"# {group.title}"]
        for row in group.rows:
            lines += [f"{name} = {in_cell(row, name)}".rstrip() for name in row.names.values()]
    return "\n".join(lines) + "\n"


def looks_like_lines(text: str) -> bool:
    """Whether most lines that say anything assign something with a sign of equality."""
    said = [line for line in text[:20_000].split("\n") if COMMENT.sub("", line).strip()]
    equated = re.compile(rf"\W*{BEFORE}{NAME}\s{{0,9}}(?::=|=(?!=))")
    assigned = sum(bool(equated.match(line)) for line in said)
    return bool(said) and 2 * assigned >= len(said)
