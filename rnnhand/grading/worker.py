"""What a worker does: mark a batch of sheets with a marker that it makes once."""

from __future__ import annotations

import os
import pickle
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from types import FrameType
from typing import Any, TypeAlias

from rnnhand.document import stored
from rnnhand.errors import Failure, diagnostic, failure
from rnnhand.grading.memory import kept_for_good, rarely_collected
from rnnhand.grading.record import Record, record
from rnnhand.marking.answers import read_answers
from rnnhand.marking.conventions import Checker
from rnnhand.marking.marked import Marked
from rnnhand.marking.marker import marker_for
from rnnhand.marking.report import as_data, document
from rnnhand.marking.sheet import Answer, Decided, Sheet, Unread, read_sheet, spelled
from rnnhand.phrases import POINT, Phrases, phrases
from rnnhand.problem.model import Problem

SECONDS = 60.0
"""For one sheet: a thousand times what an honest one takes."""
WIDTH = 80
MOST = 5_000
"""Values on one sheet: more than anybody works out by hand."""

Answers: TypeAlias = list[Answer | Decided]

LOCK = threading.Lock()
"""The precision of balls belongs to a whole process; threads of one take turns."""


@dataclass(frozen=True)
class Job:
    """What all sheets of a run have in common. `problem` is pickled, so that a worker can tell
    that it has it already; `page` is what students get: txt, json, none, or a format of
    pages."""

    problem: bytes
    lang: str
    decimal: str
    page: str
    reveal: bool
    coordinator: int = 0


def job_for(problem: Problem, words: Phrases, page: str, reveal: bool) -> Job:
    spoken = (words.lang, words.decimal)
    return Job(pickle.dumps(problem), *spoken, page, reveal, os.getpid())


@lru_cache(maxsize=2)
def _ready(problem: bytes) -> tuple[Problem, Checker]:
    """The problem and its checker. The bytes are the coordinator's own, not a stranger's."""
    read: Problem = pickle.loads(problem)
    checker = Checker(marker_for(read))
    kept_for_good()
    return read, checker


def mark_batch(job: Job, batch: Sequence[tuple[str, str]]) -> list[tuple[str, Record]]:
    """Every sheet of a batch, under its key. A sheet that cannot be marked is a record of why."""
    if os.getpid() != job.coordinator and threading.current_thread() is threading.main_thread():
        # Who presses Ctrl-C means the coordinator, which ends its workers itself.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    with LOCK, rarely_collected():
        problem, checker = _ready(job.problem)
        return [(key, _marked(job, problem, checker, sheet)) for key, sheet in batch]


def _marked(job: Job, problem: Problem, checker: Checker, sheet: str) -> Record:
    try:
        with limited(SECONDS):
            read = read_sheet(sheet)
            answers = read_answers(checker.marker.plan, read, checker.marker.names)
            if (found := len(answers)) > MOST:
                raise failure("grade-too-many-values", None, found=found, limit=MOST)
            marked = _carefully(checker, read, answers)
            return record(checker.marker.plan, marked, _page(job, problem, marked))
    except Failure as error:
        return Record(why=error.diagnostics)
    except TimeoutError:
        return Record(why=(diagnostic("grade-too-slow", None, seconds=int(SECONDS)),))
    except Exception as error:
        # One sheet never stops a class, whatever it has found in us; its record says what it was.
        return Record(why=(diagnostic("grade-crashed", None, kind=type(error).__name__),))


def _carefully(checker: Checker, sheet: Sheet, answers: Answers) -> Marked:
    """The sheet marked; where that fails, once more without the values that fail by themselves."""
    try:
        return checker.check_answers(answers, sheet)
    except (Failure, TimeoutError):
        raise
    except Exception:
        rest = [_alone(checker, sheet, answer) for answer in answers]
        return checker.check_answers(rest, sheet)


def _alone(checker: Checker, sheet: Sheet, answer: Answer | Decided) -> Answer | Decided:
    """An answer as it is, if it can be marked by itself; else one that could not be read."""
    try:
        checker.check_answers([answer], sheet)
    except TimeoutError:
        raise
    except Exception as error:
        why = diagnostic("grade-no-number", None, kind=type(error).__name__)
        given = "" if isinstance(answer, Decided) else str(spelled(answer.value))
        return Unread(answer.label, given, (why,))
    return answer


def _page(job: Job, problem: Problem, marked: Marked) -> Any:
    match job.page:
        case "txt":
            from rnnhand.render.terminal import as_text  # which takes its time to import

            said = document(problem, marked, phrases(job.lang, job.decimal), job.reveal)
            return as_text(said, WIDTH)
        case "json":
            data = as_data(marked, phrases(job.lang, POINT))
            if not job.reveal:
                for item in data["items"]:
                    item.pop("expected", None)
                    item.pop("follow_through", None)
            return data
        case "none":
            return ""
    made = document(problem, marked, phrases(job.lang), job.reveal)
    return {"title": made.title, "blocks": stored.as_data(made.blocks)}


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise `TimeoutError` after so many seconds, where the system and the thread allow it."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "SIGALRM"):
        yield
        return

    def ring(number: int, frame: FrameType | None) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, ring)
    others = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, *others)
