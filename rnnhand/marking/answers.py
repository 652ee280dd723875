"""A sheet and a problem → answers: names that the problem knows, numbers of their shapes.

What cannot be read is reported in its place and stops nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TypeAlias

from rnnhand.errors import Diagnostic, Failure, Span, diagnostic, failure
from rnnhand.language.results import DerivativeName, parse_result
from rnnhand.language.tree import NOWHERE
from rnnhand.marking.aliases import as_known, plain_name
from rnnhand.marking.arrays import read_value, steps_of
from rnnhand.marking.echo import echoed, safe
from rnnhand.marking.formats.entry import LONGEST, MOST, RANGE, Entry
from rnnhand.marking.formulas import formula_answer
from rnnhand.marking.names import After, Named, Spot, check_name, shape_of, spot_of
from rnnhand.marking.numbers import is_blank
from rnnhand.marking.said import said_answer
from rnnhand.marking.sheet import (
    Answer,
    Decided,
    LaidOut,
    Nested,
    Sheet,
    Unread,
    flat,
    transposed,
)
from rnnhand.problem import yaml
from rnnhand.questions.work import Plan

Key: TypeAlias = tuple[Spot, tuple[int, ...]]


@dataclass(frozen=True)
class _Read:
    """An answer with what it names and how it stands on the sheet."""

    key: Key | None
    answer: Answer | Decided
    node: yaml.Node
    given: str = ""

    @property
    def span(self) -> Span:
        return self.node.span

    @property
    def echo(self) -> str:
        return self.given or echoed(self.node)


Names: TypeAlias = dict[str, Named]
"""Names that have been understood, by their spelling: sheets of one problem repeat them."""

MOST_UNREAD = 1_000
"""Unreadable values after which a text is no sheet of the problem."""


def read_answers(plan: Plan, sheet: Sheet, names: Names | None = None) -> list[Answer | Decided]:
    """What a sheet answers, in its own order. A blank for what the problem does not have,
    or gives, is left out; a value that is given twice is unreadable, unless both are the same.
    Raises `Failure` where hardly anything can be read. `names` is what is known from other
    sheets."""
    names = {} if names is None else names
    unread = 0
    found: list[_Read] = []
    places: dict[Key, int] = {}
    for entry in sheet.entries:
        for read in _entry(plan, entry, sheet.rounding, names):
            unread += isinstance(read.answer, Unread)
            if unread > MOST_UNREAD:
                raise failure("sheet-other", read.span, limit=MOST_UNREAD)
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
    given = safe(f"{first.echo} / {second.echo}")
    return replace(first, answer=Unread(first.answer.label, given, (why,)), given=given)


def _entry(plan: Plan, entry: Entry, rounding: int | None, names: Names) -> Iterator[_Read]:
    """What an entry answers: one value, or one for each step of a range."""
    name = entry.name.text[: 2 * LONGEST]
    try:
        if entry.why:
            raise Failure(entry.why)
        if len(entry.name.text) > LONGEST:
            why = diagnostic("sheet-name", entry.name.span, "hint-result-name", found=safe(name))
            raise Failure([why])
        named = list(_steps(name, entry))
    except Failure as error:
        yield _unread(plain_name(name), entry.value, error)
        return
    for own, node in named:
        name = own
        if entry.other and not _is_known(plan, own, names) and _is_known(plan, entry.other, names):
            name = entry.other
        yield from _value(plan, name, entry.name, node, rounding, names)


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


def _is_known(plan: Plan, name: str, names: Names) -> bool:
    try:
        names[name] = names.get(name) or named(plan, name, NOWHERE)
    except Failure:
        return False
    return True


def named(plan: Plan, written: str, span: Span) -> Named:
    """What a name names. Raises `Failure` where the problem has nothing of that name."""
    name = plain_name(written)
    there = replace(span, width=max(len(name), 1))
    try:
        result = as_known(plan.system, parse_result(name, there))
    except Failure:
        raise failure("sheet-name", there, "hint-result-name", found=safe(name)) from None
    try:
        check_name(plan, result)
    except Failure as error:
        raise Failure([_with_own_names(plan, d) for d in error.diagnostics]) from None
    return Named(result, spot_of(plan, result), shape_of(plan, result))


def _with_own_names(plan: Plan, why: Diagnostic) -> Diagnostic:
    """Where a name is of nothing, the answers that are formulas and words are among what there
    is."""
    own = [*plan.formulas, *plan.said]
    if why.code != "unknown-result" or not own:
        return why
    slots = dict(why.words)
    names = {str(q) for q in (*plan.system.made_by, *plan.system.given)}
    slots["known"] = ", ".join(sorted({*names, *own}))
    close = get_close_matches(slots["name"], own, 1)
    hint = "hint-did-you-mean" if close else why.hint
    slots["suggestion"] = close[0] if close else slots["suggestion"]
    return replace(why, words=tuple(slots.items()), hint=hint)


def _value(
    plan: Plan, name: str, at: yaml.Text, node: yaml.Node, rounding: int | None, names: Names
) -> Iterator[_Read]:
    known = names.get(name)
    own = plain_name(name)
    if known is None and own in plan.formulas:
        yield _Read(None, formula_answer(own, plan.formulas[own], node), node)
        return
    if known is None and own in plan.said:
        yield _Read(None, said_answer(own, plan.said[own], node), node)
        return
    try:
        if known is None:
            known = names[name] = named(plan, name, at.span)
        value: Nested = read_value(node, known.shape, rounding)
    except Failure as error:
        if known is not None:
            unread = _unread(known.label, node, error, (known.spot, known.result.entry))
            yield _laid_out(unread, known, at, rounding) or unread
        elif not _is_blank(node):
            yield _unread(plain_name(name), node, error)
        return
    if not any(flat(value)) and _is_given(plan, known.spot):
        return
    key = known.spot, known.result.entry
    yield _Read(key, Answer(known, value, at.span), node)


def _laid_out(unread: _Read, known: Named, at: yaml.Text, rounding: int | None) -> _Read | None:
    """A derivative that has the shape of its transpose; None where it has not."""
    rows, columns = known.shape
    if not isinstance(known.result, DerivativeName) or 1 in known.shape or rows == columns:
        return None
    try:
        value: Nested = read_value(unread.node, (columns, rows), rounding)
    except Failure:
        return None
    assert isinstance(unread.answer, Unread)
    turned = Answer(known, transposed(value), at.span)
    answer = LaidOut(unread.answer.label, unread.answer.given, unread.answer.why, turned=turned)
    return replace(unread, answer=answer)


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


def _unread(name: str, node: yaml.Node, error: Failure, key: Key | None = None) -> _Read:
    given = echoed(node)
    why = tuple(
        replace(d, hint="hint-sheet-number") if d.hint == "hint-number" else d
        for d in error.diagnostics
    )
    return _Read(key, Unread(safe(name), given, why), node)
