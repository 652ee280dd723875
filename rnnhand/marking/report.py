"""Verdicts → a document for people, and the data of `check --format json`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rnnhand.document.blocks import Block, Document, Grid, Note, Paragraph, Sentence, Shown, Tag
from rnnhand.errors import Diagnostic
from rnnhand.explain.sentences import sentence
from rnnhand.language.numerals import Numeral, Table
from rnnhand.language.printer import text
from rnnhand.marking.echo import safe
from rnnhand.marking.sheet import Nested, spelled
from rnnhand.marking.verdicts import Item, Marked, Verdict
from rnnhand.phrases import Phrases
from rnnhand.problem.model import Problem

TAGS = {
    Verdict.RIGHT: "check-right",
    Verdict.FOLLOWS: "check-follows",
    Verdict.WRONG: "check-wrong",
    Verdict.MISSING: "check-missing",
    Verdict.UNREADABLE: "check-unread",
}


def document(problem: Problem, marked: Marked, words: Phrases, reveal: bool) -> Document:
    """The sheet with its verdicts; right values only where they are asked for."""
    title = problem.wording(problem.title, words.lang) or problem.name
    source = problem.wording(problem.source, words.lang)
    blocks: list[Block] = [Paragraph((summary(marked, words),)), _table(marked, words, reveal)]
    blocks += _remarks(marked, words)
    return Document(title, source, words.lang, tuple(blocks))


def summary(marked: Marked, words: Phrases) -> str:
    """One sentence on the whole sheet."""
    counts = {verdict.value: str(marked.count(verdict)) for verdict in Verdict}
    known = [v for v in Verdict if v != Verdict.RIGHT and marked.count(v)]
    said = words.say("check-summary" if known else "check-all-right", **counts)
    unread = marked.count(Verdict.UNREADABLE)
    return f"{said} {words.say('check-unreadable', count=unread)}" if unread else said


def _table(marked: Marked, words: Phrases, reveal: bool) -> Grid:
    head = ["check-name", "check-given", "check-verdict"]
    head += ["check-own", "check-expected"] if reveal else []
    rows: list[tuple[Sentence, ...]] = []
    for item in marked.items:
        row: list[Sentence] = [
            (item.label,),
            (given(item.given),),
            (Tag(item.verdict.value, words.say(TAGS[item.verdict])),),
        ]
        if reveal:
            row += [_shown(item.follow_through), _shown(item.expected)]
        rows.append(tuple(row))
    return Grid(tuple((words.say(code),) for code in head), tuple(rows), turnable=False)


def _shown(table: Table | None) -> Sentence:
    return () if table is None else (Shown(table),)


def given(value: Nested) -> str:
    """An answer as it was read."""
    if isinstance(value, tuple):
        return "[" + ", ".join(given(part) or "–" for part in value) + "]"
    return "" if value is None else value.text.replace("-", "−")


def _remarks(marked: Marked, words: Phrases) -> Iterator[Note]:
    first = [item.label for item in marked.items if item.verdict == Verdict.WRONG]
    if len(first) == 1:
        yield Note("warning", sentence(words, "check-first-one", name=first[0]))
    elif first:
        yield Note("warning", sentence(words, "check-first-many", names=", ".join(first)))
    for item in marked.items:
        for why in item.why:
            yield Note("warning", (f"{item.label}: {reason(why, words)}",))


def reason(why: Diagnostic, words: Phrases) -> str:
    """Why a value could not be read, with its place on the sheet and the likely fix."""
    slots = {key: safe(word, 200) for key, word in why.words}
    said = words.say(why.code, **slots)
    if why.hint:
        said = f"{said}; {words.say(why.hint, **slots)}"
    if why.span is None or not why.span.line:
        return said
    return words.say("check-at", line=why.span.line, column=why.span.column, what=said)


def as_data(marked: Marked) -> dict[str, Any]:
    """The JSON of `check`; `docs/check.schema.json` describes it."""
    return {
        "items": [_item(item) for item in marked.items],
        "score": {v.value: marked.count(v) for v in Verdict},
    }


def _item(item: Item) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": item.label,
        "given": spelled(item.given),
        "expected": _plain(item.expected),
        "verdict": item.verdict.value,
        "follow_through": _plain(item.follow_through),
        "diagnosis": [],
    }
    if item.why:
        found["why"] = [why.code for why in item.why]
        found["at"] = [[why.span.line, why.span.column] for why in item.why if why.span]
    return found


def _plain(table: Table | None) -> Any:
    if table is None:
        return None
    if not isinstance(table, Numeral):
        return [_plain(part) for part in table]
    return text(table.exact) if table.exact is not None else table.decimal
