"""The class as a whole: which step failed, which misconception, how many; whose marks changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from statistics import median
from typing import Any

from rnnhand.document.blocks import Block, Document, Grid, Note, Paragraph, Section, Sentence
from rnnhand.grading.changes import Change
from rnnhand.grading.feedback import said_of
from rnnhand.grading.marks import decimal, rounded
from rnnhand.grading.rows import Graded, Row
from rnnhand.grading.tables import VERDICTS, absent, counted
from rnnhand.marking.misconceptions import name_of
from rnnhand.phrases import Phrases

BAR = 20
"""Signs of the longest bar."""
HUNDREDTH = Fraction(1, 100)
STEPS = 15
STUDENTS = 40
BINS = 5


def bar(count: int, of: int) -> str:
    """A bar as long as its share; what is not nothing has one sign at least."""
    return "■" * max(round(BAR * count / of), 1 if count else 0) if of else ""


def steps(graded: Graded) -> list[tuple[str, Counter[str]]]:
    """How often each value that counts, or where a mistake was born, got each verdict; by the
    number of mistakes."""
    found: dict[str, Counter[str]] = {name: Counter() for name in graded.names}
    for row in graded.rows:
        if row.record.why:
            continue
        for name, verdict in row.marks.verdicts.items():
            if name in found or verdict == "wrong":
                found.setdefault(name, Counter())[verdict] += 1
        for name in absent(row.record, graded.names):
            found[name]["missing"] += 1
    order = {name: i for i, name in enumerate(found)}
    return sorted(found.items(), key=lambda item: (-item[1]["wrong"], order[item[0]]))


def misconceptions(graded: Graded) -> list[tuple[str, int, Counter[str]]]:
    """Each misconception, how many students had it, and where; the most frequent first."""
    students: Counter[str] = Counter()
    where: dict[str, Counter[str]] = {}
    for row in graded.rows:
        for value in row.record.values:
            for reason in value.reasons:
                where.setdefault(reason, Counter())[value.name] += 1
        students.update({reason for value in row.record.values for reason in value.reasons})
    return [(reason, n, where[reason]) for reason, n in students.most_common()]


# The document


def document(graded: Graded, words: Phrases, path: str) -> Document:
    problem = graded.problem
    title = problem.wording(problem.title, words.lang) or problem.name
    source = problem.wording(problem.source, words.lang)
    said = [*_summary(graded, words), words.say("grade-written", path=path)]
    blocks: list[Block] = [Paragraph((one,)) for one in said]
    blocks += _sections(graded, words)
    return Document(title, source, words.lang, tuple(blocks), decimal=words.decimal)


def _summary(graded: Graded, words: Phrases) -> Iterator[str]:
    rows = [row for row in graded.rows if not row.record.why]
    yield words.say("grade-count", sheets=len(graded.rows), kept=graded.kept)
    if len(rows) < len(graded.rows):
        yield words.say("grade-unread-count", count=len(graded.rows) - len(rows))
    if rows:
        marks = [row.marks.marks for row in rows]
        yield words.say(
            "grade-marks",
            mean=words.number(decimal(rounded(sum(marks, Fraction(0)) / len(marks), HUNDREDTH))),
            median=words.number(decimal(rounded(Fraction(median(marks)), HUNDREDTH))),
            least=words.number(decimal(min(marks))),
            most=words.number(decimal(max(marks))),
            out_of=words.number(decimal(rows[0].marks.out_of)),
        )


def _sections(graded: Graded, words: Phrases) -> Iterator[Block]:
    rows = [row for row in graded.rows if not row.record.why]
    born = [(name, counts) for name, counts in steps(graded) if counts["wrong"]]
    if rows:
        yield _section(words, "grade-spread", [_spread(rows, words)])
    if born:
        shown: list[Block] = [_steps(born[:STEPS], len(rows), words)]
        if len(born) > STEPS:
            shown.append(Paragraph((words.say("grade-more-steps", count=len(born) - STEPS),)))
        yield _section(words, "grade-steps", shown)
    if found := misconceptions(graded):
        yield _section(words, "grade-misconceptions", [_misconceptions(found, len(rows), words)])
    if 0 < len(rows) <= STUDENTS:
        yield _section(words, "grade-students", [_students(rows, words)])
    if graded.changes:
        yield _section(words, "grade-changes", list(_changes(graded.changes, words)))
    if unread := [row for row in graded.rows if row.record.why]:
        yield _section(words, "grade-unread", list(_unread(unread, words)))
    if graded.unread:
        names = ", ".join(graded.unread[:STUDENTS])
        yield Note("warning", (words.say("grade-columns", names=names),))
    if graded.loose:
        names = ", ".join(graded.loose[:STUDENTS])
        yield Note("warning", (words.say("grade-loose", names=names),))


def _section(words: Phrases, code: str, blocks: Sequence[Block]) -> Section:
    return Section((words.say(code),), tuple(blocks))


def _head(words: Phrases, *codes: str) -> tuple[Sentence, ...]:
    return tuple((words.say(code),) for code in codes)


def _spread(rows: Sequence[Row], words: Phrases) -> Grid:
    """How many students got how many marks, in fifths of what there was to get."""
    out_of = rows[0].marks.out_of
    fifths = Counter(
        min(int(row.marks.marks * BINS / out_of), BINS - 1) if out_of else 0 for row in rows
    )
    most = max(fifths.values())
    lines = []
    for i in range(BINS):
        low, high = (words.number(decimal(out_of * k / BINS)) for k in (i, i + 1))
        lines.append(((f"{low} – {high}",), (str(fifths[i]),), (bar(fifths[i], most),)))
    return Grid(
        _head(words, "grade-head-marks", "grade-head-count", "grade-head-bar"), tuple(lines)
    )


def _steps(born: Sequence[tuple[str, Counter[str]]], of: int, words: Phrases) -> Grid:
    heads = _head(words, "check-name", "grade-head-wrong", "grade-head-share", "grade-head-bar")
    return Grid(
        heads,
        tuple(
            (
                (name,),
                (str(counts["wrong"]),),
                (_percent(counts["wrong"], of),),
                (bar(counts["wrong"], of),),
            )
            for name, counts in born
        ),
        turnable=False,
    )


def _percent(count: int, of: int) -> str:
    return f"{round(100 * count / of)} %" if of else ""


def _misconceptions(
    found: Sequence[tuple[str, int, Counter[str]]], of: int, words: Phrases
) -> Grid:
    heads = _head(
        words, "grade-head-what", "grade-head-where", "grade-head-count", "grade-head-bar"
    )
    rows = []
    for reason, n, where in found:
        places = ", ".join(name for name, _ in where.most_common(3))
        rows.append(((name_of(reason, words.lang),), (places,), (str(n),), (bar(n, of),)))
    return Grid(heads, tuple(rows), turnable=False)


def _students(rows: Sequence[Row], words: Phrases) -> Grid:
    heads = _head(words, "grade-head-student", "grade-head-marks", "grade-head-first")
    return Grid(
        heads,
        tuple(
            (
                (row.student,),
                (words.number(decimal(row.marks.marks)),),
                (", ".join(v.name for v in row.record.values if v.verdict == "wrong"),),
            )
            for row in rows
        ),
        turnable=False,
    )


def _changes(changes: Sequence[Change], words: Phrases) -> Iterator[Block]:
    for change in changes[:STUDENTS]:
        why = ", ".join(words.say(f"grade-why-{part}") for part in change.why)
        moved = ", ".join(
            words.say(
                "grade-moved",
                name=m.name,
                before=words.say(f"grade-{m.before[0]}"),
                now=words.say(f"grade-{m.now[0]}"),
            )
            for m in change.values[:10]
        )
        said = words.say(
            "grade-change-values" if moved else "grade-change",
            student=change.student,
            before=words.number(change.before),
            now=words.number(change.now),
            why=why,
            values=moved,
        )
        yield Paragraph((said,))
    if len(changes) > STUDENTS:
        yield Paragraph((words.say("grade-more-changes", count=len(changes) - STUDENTS),))


def _unread(rows: Sequence[Row], words: Phrases) -> Iterator[Block]:
    for row in rows[:STUDENTS]:
        yield Note("warning", (f"{row.origin}: {said_of(row.record.why[0], words)}",))
    if len(rows) > STUDENTS:
        yield Paragraph((words.say("grade-more-unread", count=len(rows) - STUDENTS),))


# The data


def as_data(graded: Graded, words: Phrases) -> dict[str, Any]:
    """The JSON of `grade`; `docs/grade.schema.json` describes it."""
    problem = graded.problem
    return {
        "problem": problem.wording(problem.title, words.lang) or problem.name,
        "values": list(graded.names),
        "kept": graded.kept,
        "students": [_student(row, words) for row in graded.rows],
        "steps": [
            {"name": name, **{v: counts[v] for v in VERDICTS}} for name, counts in steps(graded)
        ],
        "misconceptions": [
            {"id": reason, "students": n, "where": dict(where)}
            for reason, n, where in misconceptions(graded)
        ],
        "changes": [
            {
                "student": c.student,
                "before": c.before,
                "now": c.now,
                "why": list(c.why),
                "values": [
                    {
                        "name": m.name,
                        "before": {"verdict": m.before[0], "expected": m.before[1]},
                        "now": {"verdict": m.now[0], "expected": m.now[1]},
                    }
                    for m in c.values
                ],
            }
            for c in graded.changes
        ],
        "unread_columns": list(graded.unread),
    }


def _student(row: Row, words: Phrases) -> dict[str, Any]:
    return {
        "student": row.student,
        "sheet": row.origin,
        "marks": None if row.record.why else decimal(row.marks.marks),
        "out_of": decimal(row.marks.out_of),
        **counted(row),
        "first_mistakes": [v.name for v in row.record.values if v.verdict == "wrong"],
        "diagnoses": [
            {"id": reason, "where": v.name} for v in row.record.values for reason in v.reasons
        ],
        "why": [said_of(why, words) for why in row.record.why],
    }
