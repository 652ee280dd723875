"""A class graded: sheets → records (in parallel, those that are new) → marks → the folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rnnhand.grading import changes as changing
from rnnhand.grading.backends import Where, marked
from rnnhand.grading.feedback import page
from rnnhand.grading.folder import Folder
from rnnhand.grading.marks import asked, marks
from rnnhand.grading.memory import rarely_collected
from rnnhand.grading.names import is_computed, size
from rnnhand.grading.policy import Policy, fits
from rnnhand.grading.record import Record, digest
from rnnhand.grading.report import as_data
from rnnhand.grading.rows import Graded, Row
from rnnhand.grading.students import Class
from rnnhand.grading.tables import changes_table, results_table, values_table
from rnnhand.grading.text import file_names
from rnnhand.grading.worker import job_for
from rnnhand.marking.marker import Marker
from rnnhand.phrases import Phrases
from rnnhand.problem.model import Problem
from rnnhand.render import json
from rnnhand.render.pages import PAGES, ending


@dataclass(frozen=True)
class How:
    """How to go about it: where to work, what students get to read, whether to begin anew."""

    where: Where = field(default_factory=Where)
    page: str = "txt"
    reveal: bool = False
    anew: bool = False


@rarely_collected()
def grade(
    problem: Problem,
    marker: Marker,
    policy: Policy,
    sheets: Class,
    path: Path,
    how: How,
    words: Phrases,
    progress: Callable[[int, int], None],
) -> Graded:
    """Mark what has not been marked, and write everything into the folder. `progress` is told how
    many sheets are done, of how many."""
    folder = Folder(path)
    folder.open(how.anew)
    ground = digest(repr(problem))
    read = [s for s in sheets.submissions if not s.why]
    page_of = (words.lang, words.decimal, how.page, str(how.reveal))
    keys = {s.student: digest(ground, *page_of, s.text) for s in read}
    known = {key for key, record in folder.records.items() if record.is_final}
    todo = {keys[s.student]: s.text for s in read if keys[s.student] not in known}
    kept = sum(keys[s.student] not in todo for s in read)
    done = 0
    try:
        progress(done, len(todo))
        job = job_for(problem, words, how.page, how.reveal)
        for key, record in marked(job, list(todo.items()), how.where):
            folder.keep(key, record)
            done += 1
            progress(done, len(todo))
    finally:
        folder.close()
    records = [folder.records[keys[s.student]] if not s.why else Record(why=s.why)
               for s in sheets.submissions]  # fmt: skip
    names = asked(policy, records, lambda name: is_computed(marker.plan, name))
    sizes = {name: size(marker.plan, name) for name in names}
    rows = tuple(
        Row(s.student, s.origin, digest(s.text), r, marks(policy, names, r, sizes.__getitem__))
        for s, r in zip(sheets.submissions, records, strict=True)
    )
    now = _noted(ground, policy, names, rows)
    last = folder.last()
    found = Graded(
        problem,
        policy,
        names,
        rows,
        kept,
        tuple(changing.changes(last, now)),
        tuple(sheets.unread),
        tuple(p for p, _ in policy.marks if p != "*" and not any(fits(p, n) for n in names)),
    )
    _write(folder, found, how, words, last, now)
    folder.close(keys.values())
    return found


def _noted(
    ground: str, policy: Policy, names: tuple[str, ...], rows: Sequence[Row]
) -> dict[str, Any]:
    return {
        "key": ground,
        "policy": digest(repr(policy)),
        "asked": list(names),
        "students": {
            row.student: changing.noted(row.student, row.sheet, row.record, row.marks, names)
            for row in rows
        },
    }


def _write(
    folder: Folder, found: Graded, how: How, words: Phrases, last: Any, now: dict[str, Any]
) -> None:
    """The tables and the pages; last of all, what the next run compares with."""
    if how.page != "none":
        files = file_names(row.student for row in found.rows)
        end = ending(how.page) if how.page in PAGES else f".{how.page}"
        pages = {f"{files[r.student]}{end}": page(r, how.page, words) for r in found.rows}
        folder.feedback(pages, last.get("pages", ()))
        now["pages"] = list(pages)
    folder.write("results.csv", results_table(found.rows))
    folder.write("values.csv", values_table(found.rows, found.names))
    if found.changes:
        folder.write("changes.csv", changes_table(found.changes))
    folder.write("report.json", json.data(as_data(found, words)) + "\n")
    folder.finish(now)
