"""Verdicts → a document for people, and the data of `check --format json`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from rnnhand.calculus.gradient import shapes_in
from rnnhand.document.blocks import (
    Block,
    Document,
    Equals,
    Grid,
    Inline,
    Math,
    Note,
    Paragraph,
    Section,
    Sentence,
    Shown,
    Step,
    Steps,
    Tag,
)
from rnnhand.errors import Diagnostic, Failure
from rnnhand.explain.failures import slots_of
from rnnhand.explain.mathematics import at_step, mathematical
from rnnhand.explain.sentences import plain, sentence
from rnnhand.language.numerals import Numeral, Table
from rnnhand.language.printer import text
from rnnhand.language.tree import Expr, refs
from rnnhand.marking.diagnosis import Diagnosis
from rnnhand.marking.echo import VALUE, safe
from rnnhand.marking.entries import wrong_entries
from rnnhand.marking.hints import is_gradient, lines, rule, with_gaps
from rnnhand.marking.marked import Item, Marked, Marking, Verdict
from rnnhand.marking.misconceptions import misconceptions
from rnnhand.marking.names import After
from rnnhand.marking.said import as_told
from rnnhand.marking.sheet import Nested, spelled
from rnnhand.phrases import Phrases
from rnnhand.problem.model import Problem

COMMA = re.compile(r"\d,\d")
"""A decimal comma."""

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
    blocks += _remarks(marked, words, reveal)
    return Document(title, source, words.lang, tuple(blocks), decimal=words.decimal)


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
            (given(item.given, words),),
            (Tag(item.verdict.value, words.say(TAGS[item.verdict])),),
        ]
        if reveal:
            row += [_shown(marked.follow_through(item)), _expected(item, words)]
        rows.append(tuple(row))
    return Grid(tuple((words.say(code),) for code in head), tuple(rows), turnable=False)


def _expected(item: Item, words: Phrases) -> Sentence:
    return (as_told(item.told, words),) if item.told else _shown(item.expected)


def _shown(table: Table | None) -> Sentence:
    return () if table is None else (Shown(table),)


def given(value: Nested, words: Phrases) -> str:
    """An answer as it was read, with the decimal mark of the page."""
    if isinstance(value, tuple):
        parts = [given(part, words) or "–" for part in value]
        apart = "; " if any(COMMA.search(part) for part in parts) else ", "
        return f"[{apart.join(parts)}]"
    return "" if value is None else words.number(safe(value.text, VALUE).replace("-", "−"))


def _remarks(marked: Marked, words: Phrases, reveal: bool) -> Iterator[Block]:
    wrong = [item for item in marked.items if item.verdict == Verdict.WRONG]
    if len(wrong) == 1:
        yield Note("warning", sentence(words, "check-first-one", name=wrong[0].label))
    elif wrong:
        names = ", ".join(item.label for item in wrong)
        yield Note("warning", sentence(words, "check-first-many", names=names))
    for item in wrong:
        if entries := wrong_entries(marked, item):
            yield Note("warning", _entries(item, entries, words))
    conventions = dict.fromkeys(item.convention for item in marked.items if item.convention)
    for id in conventions:
        names = ", ".join(i.label for i in marked.items if i.convention == id)
        says = next(m.says for m in misconceptions("conventions") if m.id == id)
        what = says.get(words.lang) or says["en"]
        yield Note("remark", sentence(words, "check-convention", what=what, names=names))
    for said in _diagnosed(marked, wrong, words):
        yield Note("warning", said)
    for code, items in (
        ("check-cut", [i for i in marked.items if i.cut]),
        ("check-trivial", [i for i in marked.items if i.trivial]),
    ):
        if items:
            names = ", ".join(item.label for item in items)
            yield Note("remark", sentence(words, code, names=names))
    for item in marked.items:
        for why in item.why:
            yield Note("warning", (f"{item.label}: {reason(why, words)}",))
    if reveal and wrong:
        worked = [line for item in wrong if item.spot for line in _lines(marked, item, words)]
        if worked:
            yield Section((words.say("check-worked"),), (Steps((), tuple(worked)),))


def _entries(item: Item, entries: Sequence[str], words: Phrases) -> Sentence:
    return sentence(words, "check-entries", name=item.label, entries=", ".join(entries))


def reason(why: Diagnostic, words: Phrases) -> str:
    """Why a value could not be read, with its place on the sheet and the likely fix."""
    slots = {key: safe(word, 200) for key, word in slots_of(why, words).items()}
    said = words.say(why.code, **slots)
    if why.hint:
        said = f"{said}; {words.say(why.hint, **slots)}"
    if why.span is None or not why.span.line:
        return said
    return words.say("check-at", line=why.span.line, column=why.span.column, what=said)


def _lines(marked: Marked, item: Item, words: Phrases) -> list[Step]:
    assert item.spot is not None
    return lines(marked.marking, item.spot, words)


def _diagnosed(marked: Marked, wrong: Sequence[Item], words: Phrases) -> Iterator[Sentence]:
    """What was done: a sentence for each misconception, on the values that it alone explains best;
    the others are named with it."""
    groups: dict[tuple[str, ...], list[Item]] = {}
    for item in wrong:
        if item.why or item.told:
            continue  # which says it itself; a word is one of two or three
        groups.setdefault(_explanation(item), []).append(item)
    for ids, items in groups.items():
        names: Sentence = (", ".join(item.label for item in items),)
        together = items[0].at_once
        for i, diagnosis in enumerate(together):
            found = said(marked.marking, diagnosis, names, words)
            yield found if i == 0 else sentence(words, "check-and", said=found)
        if ids == ("",) and not together:
            yield sentence(words, "check-unexplained", names=names)
        for i, diagnosis in enumerate(items[0].diagnoses):
            found = said(marked.marking, diagnosis, names, words)
            if items[0].roughly:
                found = sentence(words, "check-roughly", said=found)
            yield found if i == 0 else sentence(words, "check-or", said=found)


def _explanation(item: Item) -> tuple[str, ...]:
    """What items must have in common to be spoken of together."""
    rough = "roughly" if item.roughly else item.convention
    return (rough, *(d.id for d in (*item.diagnoses, *item.at_once)))


def said(marking: Marking, diagnosis: Diagnosis, where: Sentence, words: Phrases) -> Sentence:
    """A misconception's sentence about some values."""
    says = next(m.says for m in misconceptions() if m.id == diagnosis.id)
    template = Phrases(words.lang, {"says": says.get(words.lang) or says["en"]})
    system = marking.field.ground.system
    slots: dict[str, Inline | Sentence] = {"where": where}
    for name, expr in diagnosis.words.items():
        at = diagnosis.spot[1] if diagnosis.direct and isinstance(diagnosis.spot, tuple) else None
        here = at_step(expr, system, at)
        slots["step" if name == "s" else name] = Math(_mathematical(here, marking))
    return sentence(template, "says", **slots)


def _mathematical(expr: Expr, marking: Marking) -> Expr:
    """As textbooks write it, where the expression is one of the system at all."""
    system = marking.field.ground.system
    try:
        return mathematical(expr, shapes_in(system), system.functions)
    except (Failure, AssertionError, KeyError):
        return expr


def hints(problem: Problem, marked: Marked, words: Phrases, level: int) -> Document:
    """Where the first mistakes are (1), by which rule these values are made (2), and the line of
    work with a gap for its result (3)."""
    title = problem.wording(problem.title, words.lang) or problem.name
    blocks: list[Block] = [Paragraph((summary(marked, words),))]
    for item in marked.items:
        if item.verdict != Verdict.WRONG:
            continue
        blocks.append(Note("hint", sentence(words, "check-look", name=item.label)))
        if entries := wrong_entries(marked, item):
            blocks.append(Paragraph(_entries(item, entries, words)))
        if item.spot is None:
            continue  # a formula or a word has no rule to be told
        made = rule(marked.marking, item.spot)
        if not isinstance(item.spot, After) and (made is None or not any(refs(made[1]))):
            continue  # what a topic found is no more than its number
        if level >= 2 and made is not None:
            left, right = made
            formula = Equals(left, _mathematical(right, marked.marking))
            blocks.append(Paragraph(sentence(words, "check-rule", formula=formula)))
        elif level >= 2:
            code = "check-update-gradient" if is_gradient(item.spot) else "check-update-rule"
            blocks.append(Paragraph(sentence(words, code)))
        if level >= 3:
            found = with_gaps(lines(marked.marking, item.spot, words))
            blocks.append(Steps((), tuple(found)))
    source = problem.wording(problem.source, words.lang)
    return Document(title, source, words.lang, tuple(blocks), decimal=words.decimal)


def as_data(marked: Marked, words: Phrases) -> dict[str, Any]:
    """The JSON of `check`; `docs/check.schema.json` describes it."""
    return {
        "items": [_item(item, marked, words) for item in marked.items],
        "score": {v.value: marked.count(v) for v in Verdict},
    }


def _item(item: Item, marked: Marked, words: Phrases) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": item.label,
        "given": spelled(item.given),
        "expected": item.told or _plain(item.expected),
        "verdict": item.verdict.value,
        "follow_through": _plain(marked.follow_through(item)),
        "diagnosis": [
            {"id": d.id, "message": _message(item, d, marked, words)}
            for d in (*item.diagnoses, *item.at_once)
        ],
    }
    if entries := wrong_entries(marked, item):
        found["entries"] = list(entries)
    remarks = [name for name in ("cut", "trivial") if getattr(item, name)]
    remarks += ["roughly"] if item.roughly else []
    if remarks:
        found["remarks"] = remarks
    if item.convention:
        found["convention"] = item.convention
    if item.why:
        found["why"] = [why.code for why in item.why]
        found["at"] = [[why.span.line, why.span.column] for why in item.why if why.span]
    return found


def _message(item: Item, diagnosis: Diagnosis, marked: Marked, words: Phrases) -> str:
    found = said(marked.marking, diagnosis, (item.label,), words)
    return plain(sentence(words, "check-roughly", said=found) if item.roughly else found)


def _plain(table: Table | None) -> Any:
    if table is None:
        return None
    if not isinstance(table, Numeral):
        return [_plain(part) for part in table]
    return text(table.exact) if table.exact is not None else table.decimal
