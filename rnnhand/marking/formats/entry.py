"""What every format of sheet is read into: a name, what stands beside it, and their places."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from rnnhand.errors import Diagnostic, Failure, Span, diagnostic
from rnnhand.language.results import parse_result
from rnnhand.problem.yaml import Node, Text

MOST = 20_000
"""Values on one sheet."""

SETTINGS = frozenset({"rounding", "conventions"})
"""Names that say something of the whole sheet."""

LONGEST = 200
"""Characters of a name."""

AFTER = re.compile(r"\s{0,99}(?:after|после)\s{1,9}(\d{1,6})\s{0,9}:?", re.IGNORECASE)
PREFIX = re.compile(r"\s{0,99}(?:after|после)\s{1,9}(\d{1,6})\s{0,9}:\s{0,9}", re.IGNORECASE)
"""Bounded, as what others write may hold millions of blanks."""

RANGE = re.compile(r"\[\s*([+-]?\d{1,7})\s*\.\.\s*([+-]?\d{1,7})\s*\]")
RUNNING = re.compile(r"\[\s*[^\W\d]\s*\]|_\{?t\}?(?=$|[/(])|ₜ")
"""The place of a step in the name of a row: h[t], h_t."""

ENTRY = re.compile(r"\s*\([\d,\s]*\)\s*$")


@dataclass(frozen=True, slots=True)
class Entry:
    """A name and its value as they stand on a sheet; `why` says why they cannot be read. `other` is
    the name that is meant if the problem has nothing called `name`."""

    name: Text
    value: Node
    why: tuple[Diagnostic, ...] = ()
    other: str = ""


def is_name(written: str) -> bool:
    """Whether a text may be the name of a result, or of a row or a range of them."""
    try:
        parse_result(RANGE.sub("[1]", RUNNING.sub("[1]", written[:LONGEST])))
    except Failure:
        return False
    return True


def unread(name: Text, value: Node, code: str, hint: str | None = None) -> Entry:
    """An entry that says itself why it cannot be read."""
    found = (value if isinstance(value, Text) and value.text else name).text.strip()
    return Entry(name, value, (diagnostic(code, name.span, hint, found=found[:60]),))


def after(k: int | str, name: Text) -> Text:
    """The name of a value after k updates."""
    return replace(name, text=f"after {int(k)}: {name.text.strip()}")


def after_entry(k: int | str, entry: Entry) -> Entry:
    """An entry in the block of an update."""
    other = f"after {int(k)}: {entry.other}" if entry.other else ""
    return replace(entry, name=after(k, entry.name), other=other)


def at_step(name: Text, step: int) -> Text:
    """`h[t]`, `h_t`, `h` at a step: h[2]. `dL/dh` is dL/dh[2], and `dL[t]/du` is dL[2]/du."""
    text, count = RUNNING.subn(f"[{step}]", name.text)
    if not count and "[" not in text:
        cut = ENTRY.search(text)
        end = cut.start() if cut else len(text)
        text = f"{text[:end]}[{step}]{text[end:]}"
    return replace(name, text=text)


def without_step(name: Text) -> Text:
    return replace(name, text=RUNNING.sub("", name.text))


def piece(whole: Text, start: int, end: int) -> Text:
    """Part of a text, without the blanks around it, at its own place."""
    text = whole.text[start:end]
    start += len(text) - len(text.lstrip())
    text = text.strip()
    lines = whole.text.count("\n", 0, start)
    first = -whole.origin.column
    column = start - (whole.text.rfind("\n", 0, start) if lines else first)
    return Text(text, Span(whole.origin.line + lines, column, max(len(text), 1)))
