"""What a student gets to read: the marks, where they were lost, and the sheet with its verdicts."""

from __future__ import annotations

from rnnhand.document import stored
from rnnhand.document.blocks import Block, Document, Paragraph, Section
from rnnhand.errors import Diagnostic
from rnnhand.explain.failures import slots_of
from rnnhand.grading.marks import Lost, Marks, decimal
from rnnhand.grading.record import Record
from rnnhand.grading.rows import Row
from rnnhand.grading.worker import WIDTH
from rnnhand.phrases import Phrases
from rnnhand.render import json, pages
from rnnhand.render.pages import PAGES
from rnnhand.render.terminal import as_text

MOST = 40
"""Values that one sentence lists."""


def page(row: Row, form: str, words: Phrases) -> str | bytes:
    """The page of one student: text, JSON, or a format of pages."""
    if form == "json":
        return json.data(_data(row, words)) + "\n"
    if row.record.why:
        told, out_of = [said_of(why, words) for why in row.record.why[:MOST]], ""
    else:
        marks, whole = (words.number(decimal(x)) for x in (row.marks.marks, row.marks.out_of))
        told, out_of = _told(row.marks, words), words.say("grade-of", marks=marks, out_of=whole)
    blocks: list[Block] = [Paragraph((said,)) for said in told]
    if form in PAGES:
        kept = row.record.page or {"title": "", "blocks": []}
        inner = stored.from_data(kept["blocks"])
        sheet = (Section((str(kept["title"]),), inner),) if inner else ()
        found = (*blocks, *sheet)
        said = Document(row.student, out_of, words.lang, found, decimal=words.decimal)
        content = pages.page(said, form)
        return content if isinstance(content, bytes) else f"{content}\n"
    said = Document(row.student, out_of, words.lang, tuple(blocks), decimal=words.decimal)
    head = as_text(said, WIDTH)
    return f"{head}\n{row.record.page}" if row.record.page else head


def _told(marks: Marks, words: Phrases) -> list[str]:
    """Where marks were lost, a sentence for each reason."""
    found = []
    for verdict, code in CODES.items():
        parts = [part for part in marks.lost if part.verdict == verdict]
        if parts:
            found.append(words.say(code, list=_listed(parts, words)))
    return found


CODES = {
    "wrong": "grade-lost-wrong",
    "follows": "grade-lost-follows",
    "missing": "grade-lost-missing",
    "unreadable": "grade-lost-unreadable",
}


def _listed(parts: list[Lost], words: Phrases) -> str:
    apart = "; " if words.decimal == "," else ", "
    shown = apart.join(
        f"{part.name} (−{words.number(decimal(part.marks))})" for part in parts[:MOST]
    )
    return f"{shown}{apart}…" if len(parts) > MOST else shown


def said_of(why: Diagnostic, words: Phrases) -> str:
    """Why a sheet could not be read, in one sentence, with the place and the likely fix."""
    slots = {key: word[:200] for key, word in slots_of(why, words).items()}
    said = words.say(why.code, **slots)
    if why.hint:
        said = words.say("grade-with-hint", what=said, hint=words.say(why.hint, **slots))
    if why.span is not None and why.span.line:
        return words.say("grade-at", line=why.span.line, column=why.span.column, what=said)
    return said


def _data(row: Row, words: Phrases) -> dict[str, object]:
    record: Record = row.record
    return {
        "student": row.student,
        "marks": None if record.why else decimal(row.marks.marks),
        "out_of": decimal(row.marks.out_of),
        "lost": [
            {"name": part.name, "verdict": part.verdict, "marks": decimal(part.marks)}
            for part in (() if record.why else row.marks.lost)
        ],
        "why": [said_of(why, words) for why in record.why],
        **(record.page if isinstance(record.page, dict) else {}),
    }
