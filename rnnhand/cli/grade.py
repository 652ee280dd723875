"""`rnnhand grade`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from rnnhand.cli.output import LANG, OUTPUT, cells_option, format_option
from rnnhand.render.pages import PAGES, is_there

FEEDBACK = ("txt", "json", *PAGES, "none")
BACKENDS = ("joblib", "dask")


@click.command("grade")
@click.argument("problem")
@click.argument("sheets", nargs=-1, required=True)
@click.option("--policy", type=click.Path(dir_okay=False), metavar="FILE")
@click.option(
    "--into", type=click.Path(file_okay=False), default="graded", metavar="DIR", show_default=True
)
@click.option("--feedback", type=click.Choice(FEEDBACK), default="txt", show_default=True)
@click.option("--reveal", is_flag=True)
@click.option("--anew", is_flag=True)
@click.option("--jobs", type=click.IntRange(1, 1024), metavar="N")
@click.option("--backend", type=click.Choice(BACKENDS), default="joblib", show_default=True)
@click.option("--scheduler", metavar="ADDRESS")
@format_option()
@cells_option
@click.option("-o", "--output", **OUTPUT)
@click.option("--lang", **LANG)
def command(
    problem: str,
    sheets: tuple[str, ...],
    policy: str | None,
    into: str,
    feedback: str,
    reveal: bool,
    anew: bool,
    jobs: int | None,
    backend: str,
    scheduler: str | None,
    format_: str,
    cells: str | None,
    output: str | None,
    lang: str,
) -> None:
    from rnnhand.grading import early

    here = jobs if backend == "joblib" else 1
    with early.workers(here, sheets, Path(into)):
        from rnnhand.cli.failures import reported
        from rnnhand.cli.output import show, shown_progress, without_library, write
        from rnnhand.cli.speech import speech
        from rnnhand.errors import failure
        from rnnhand.grading.backends import Where
        from rnnhand.grading.names import is_column
        from rnnhand.grading.policy import Policy, read_policy
        from rnnhand.grading.report import as_data, document
        from rnnhand.grading.run import How, grade
        from rnnhand.grading.students import collect
        from rnnhand.marking.marker import marker_for
        from rnnhand.problem.files import answers_source, cell_folders, load, source
        from rnnhand.render import json

        words = speech(lang)
        with reported(lang) as place:
            if (backend == "dask") != (scheduler is not None):
                raise failure("grade-scheduler", None)
            if feedback in PAGES and not is_there(feedback):
                raise without_library(feedback)
            place.name = problem
            found = source(problem)
            place.name, place.text = found.name, found.text
            read = load(found, cell_folders(problem, cells))
            with shown_progress(lang):
                marker = marker_for(read)
            rules = Policy()
            if policy is not None:
                place.name, place.text = policy, ""
                written = answers_source(policy)
                place.text = written.text
                rules = read_policy(written.text, marker.plan)
            place.name, place.text = "", ""
            apart = [Path(name) for name in (into, problem, policy or "", output or "") if name]
            row = words.say("grade-row", number="{}")
            handed_in = collect(sheets, apart, lambda name: is_column(marker.plan, name), row)
            how = How(Where(jobs, scheduler), feedback, reveal, anew)
            with bar(
                words.say("grading"), words.say("grade-interrupted", done="{}", all="{}")
            ) as tell:
                graded = grade(read, marker, rules, handed_in, Path(into), how, words, tell)
            if format_ == "json":
                write(json.data(as_data(graded, words)), output)
            else:
                show(document(graded, words, into), format_, output)
            if all(row.record.why for row in graded.rows):
                raise failure("grade-none-read", None)


@contextmanager
def bar(title: str, interrupted: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error, if a person is watching; a word on how far it got, if stopped."""
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

    reached = (0, 0)
    columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeRemainingColumn())
    watched = sys.stderr.isatty() and sys.stdout.isatty()
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not watched) as p:
        task = p.add_task(title, total=None)

        def tell(done: int, of: int) -> None:
            nonlocal reached
            reached = done, of
            p.update(task, completed=done, total=of)

        try:
            yield tell
        except KeyboardInterrupt:
            p.stop()
            click.echo(interrupted.format(*reached), err=True)
            sys.exit(130)
