"""An answer sheet: values under the names of results, and what could not be read of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

from rnnhand.errors import Diagnostic, Failure, Span, diagnostic
from rnnhand.language.results import ResultName, parse_result, result_text
from rnnhand.marking.numbers import Written, read_number
from rnnhand.problem import yaml

RANGE = re.compile(r"\[\s*([+-]?\d{1,7})\s*\.\.\s*([+-]?\d{1,7})\s*\]")
AFTER = re.compile(r"\s*after\s+(\d{1,6})\s*", re.IGNORECASE)
MOST = 100_000
"""Values on one sheet."""


@dataclass(frozen=True)
class Answer:
    """A value as it stands on a sheet: nested as it was written, None for a blank."""

    name: ResultName
    value: Nested
    span: Span

    @property
    def label(self) -> str:
        return result_text(self.name)


Nested: TypeAlias = Written | tuple["Nested", ...] | None


@dataclass(frozen=True)
class Unread:
    """A value, or a name, that could not be read."""

    label: str
    given: str
    why: tuple[Diagnostic, ...]


POLICIES = ("accept", "report")


@dataclass
class Sheet:
    """What a sheet says; `rounding` is the number of digits it rounds whole numbers to,
    `conventions` whether values that are right under another convention count (`accept`) or are
    only named (`report`)."""

    entries: list[Answer | Unread] = field(default_factory=list)
    rounding: int | None = None
    conventions: str = "report"


def read_sheet(text: str) -> Sheet:
    """A sheet in YAML or JSON. Raises `Failure` where the text as a whole cannot be read."""
    root = yaml.read(text)
    if not isinstance(root, yaml.Map):
        raise Failure([diagnostic("sheet-not-a-map", root.span, "hint-sheet")])
    sheet = Sheet()
    rounding = root.get("rounding")
    if isinstance(rounding, yaml.Text):
        if not (rounding.text.isdecimal() and 1 <= len(rounding.text) <= 2):
            raise Failure([diagnostic("sheet-rounding", rounding.span)])
        sheet.rounding = int(rounding.text)
    conventions = root.get("conventions")
    if isinstance(conventions, yaml.Text):
        if conventions.text not in POLICIES:
            raise Failure([diagnostic("sheet-conventions", conventions.span)])
        sheet.conventions = conventions.text
    for key, node in root.entries:
        if key.text not in ("rounding", "conventions"):
            _entry(sheet, key.text, node, key.span)
    return sheet


def _entry(sheet: Sheet, key: str, node: yaml.Node, span: Span) -> None:
    after = AFTER.fullmatch(key)
    if after and isinstance(node, yaml.Map):
        for inner, value in node.entries:
            _entry(sheet, f"after {int(after[1])}: {inner.text}", value, inner.span)
        return
    steps = RANGE.search(key)
    if steps is None:
        _answer(sheet, key, node, span)
        return
    first, last = int(steps[1]), int(steps[2])
    items = node.items if isinstance(node, yaml.List) else (node,)
    if len(items) != last - first + 1:
        why = diagnostic(
            "sheet-steps", span, "hint-sheet-steps", found=len(items), wanted=last - first + 1
        )
        sheet.entries.append(Unread(key[:60], yaml.shown(node), (why,)))
        return
    for step, item in zip(range(first, last + 1), items, strict=True):
        name = f"{key[: steps.start()]}[{step}]{key[steps.end() :]}"
        _answer(sheet, name, item, item.span)


def _answer(sheet: Sheet, name: str, node: yaml.Node, span: Span) -> None:
    try:
        result = parse_result(name, span)
        sheet.entries.append(Answer(result, _nested(node, sheet.rounding), span))
    except Failure as error:
        sheet.entries.append(Unread(name[:60], yaml.shown(node), error.diagnostics))


def _nested(node: yaml.Node, rounding: int | None) -> Nested:
    match node:
        case yaml.Text(text):
            return read_number(text, node.span, rounding)
        case yaml.List(items):
            return tuple(_nested(item, rounding) for item in items)
        case _:
            raise Failure([diagnostic("not-a-number", node.span, "hint-number", found="{…}")])


def flat(value: Nested) -> Iterator[Written | None]:
    """The numbers of an answer, row by row."""
    if isinstance(value, tuple):
        for item in value:
            yield from flat(item)
    else:
        yield value


def spelled(value: Nested) -> object:
    """An answer as it was read, for people and for JSON."""
    if isinstance(value, tuple):
        return [spelled(item) for item in value]
    return "" if value is None else value.text


def exact_of(written: Written) -> Fraction | None:
    return written.value if isinstance(written.value, Fraction) else None
