"""A sheet and a problem → answers: names that the problem knows, numbers of their shapes.

What cannot be read is reported in its place and stops nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from rnnhand.errors import Failure, Span, diagnostic
from rnnhand.language.results import ResultName, parse_result, result_text
from rnnhand.marking.aliases import as_known, plain_name
from rnnhand.marking.arrays import read_value, steps_of
from rnnhand.marking.echo import echoed, safe
from rnnhand.marking.formats.entry import LONGEST, MOST, RANGE, Entry
from rnnhand.marking.names import After, Spot, check_name, shape_of, spot_of
from rnnhand.marking.numbers import is_blank
from rnnhand.marking.sheet import Answer, Nested, Sheet, Unread, flat
from rnnhand.problem import yaml
from rnnhand.questions.work import Plan
from rnnhand.system.model import SCALAR, Shape

Key: TypeAlias = tuple[Spot, tuple[int, ...]]


@dataclass(frozen=True)
class _Read:
    """An answer with what it names and how it stands on the sheet."""

    key: Key | None
    answer: Answer | Unread
    given: str
    span: Span


def read_answers(plan: Plan, sheet: Sheet) -> list[Answer | Unread]:
    """What a sheet answers, in its own order. A blank for what the problem does not have,
    or gives, is left out; a value that is given twice is unreadable, unless both are the same."""
    found: list[_Read] = []
    places: dict[Key, int] = {}
    for entry in sheet.entries:
        for read in _entry(plan, entry, sheet.rounding):
            first = places.get(read.key) if read.key is not None else None
            if first is not None:
                found[first] = _one_of(found[first], read)
                continue
            if read.key is not None:
                places[read.key] = len(found)
            found.append(read)
    return [read.answer for read in found]


def _one_of(first: _Read, second: _Read) -> _Read:
    """One answer of two for the same value."""
    if not isinstance(first.answer, Answer) or not any(flat(first.answer.value)):
        return second if isinstance(first.answer, Answer) else first
    if isinstance(second.answer, Answer) and (
        not any(flat(second.answer.value)) or second.answer.value == first.answer.value
    ):
        return first
    why = diagnostic(
        "sheet-twice",
        second.span,
        "hint-sheet-twice",
        name=first.answer.label,
        line=first.span.line,
        column=first.span.column,
        other_line=second.span.line,
        other_column=second.span.column,
    )
    given = safe(f"{first.given} / {second.given}")
    return replace(first, answer=Unread(first.answer.label, given, (why,)), given=given)


def _entry(plan: Plan, entry: Entry, rounding: int | None) -> Iterator[_Read]:
    """What an entry answers: one value, or one for each step of a range."""
    name = plain_name(entry.name.text[: 2 * LONGEST])
    try:
        if entry.why:
            raise Failure(entry.why)
        if len(entry.name.text) > LONGEST:
            why = diagnostic("sheet-name", entry.name.span, "hint-result-name", found=safe(name))
            raise Failure([why])
        named = list(_steps(name, entry))
    except Failure as error:
        yield _unread(name, entry.name, entry.value, error)
        return
    for own, node in named:
        yield from _value(plan, own, entry.name, node, rounding)


def _steps(name: str, entry: Entry) -> Iterator[tuple[str, yaml.Node]]:
    """The name and the value of each step: h[0..3] is h[0], h[1], h[2], h[3]."""
    steps = RANGE.search(name)
    if steps is None:
        yield name, entry.value
        return
    first, last = int(steps[1]), int(steps[2])
    if not 1 <= last - first + 1 <= MOST:
        raise Failure([diagnostic("sheet-range", entry.name.span, found=safe(name))])
    each = [f"{name[: steps.start()]}[{i}]{name[steps.end() :]}" for i in range(first, last + 1)]
    yield from zip(each, steps_of(entry.value, len(each)), strict=True)


def _named(plan: Plan, name: str, at: yaml.Text) -> ResultName:
    return as_known(plan.system, parse_result(name, replace(at.span, width=max(len(name), 1))))


def _shape(plan: Plan, name: ResultName) -> Shape:
    return SCALAR if name.entry else shape_of(plan, name)


def _value(
    plan: Plan, name: str, at: yaml.Text, node: yaml.Node, rounding: int | None
) -> Iterator[_Read]:
    key: Key | None = None
    label = name
    try:
        result = _named(plan, name, at)
        label = result_text(result)
        check_name(plan, result)
        key = spot_of(plan, result), result.entry
        value: Nested = read_value(node, _shape(plan, result), rounding)
        if _is_blank(node) and _is_given(plan, key[0]):
            return
    except Failure as error:
        if key is not None or not _is_blank(node):
            yield _unread(label, at, node, error, key)
        return
    yield _Read(key, Answer(result, value, at.span), echoed(node), node.span)


def _is_given(plan: Plan, spot: Spot) -> bool:
    """Whether the problem gives a value: nobody is asked for it."""
    if isinstance(spot, After):
        return False
    q, step = spot
    return q in plan.system.given and step in plan.system.given[q].values


def _is_blank(node: yaml.Node) -> bool:
    match node:
        case yaml.Text(text):
            return is_blank(text)
        case yaml.List(items):
            return all(map(_is_blank, items))
        case _:
            return False


def _unread(
    name: str, at: yaml.Text, node: yaml.Node, error: Failure, key: Key | None = None
) -> _Read:
    given = echoed(node)
    why = tuple(
        replace(d, hint="hint-sheet-number") if d.hint == "hint-number" else d
        for d in error.diagnostics
    )
    span = at.span if key is None else node.span
    return _Read(key, Unread(safe(name), given, why), given, span)
