"""`rnnhand solve`."""

from __future__ import annotations

import click


@click.command("solve", short_help="Write out the worked solution of a problem.")
@click.argument("problem")
@click.option("--format", "format_", default="terminal", type=click.Choice(["terminal", "json"]))
@click.option("--arithmetic", default="auto")
@click.option("--digits", type=click.IntRange(1, 1000))
@click.option("--lang", default="en")
def command(problem: str, format_: str, arithmetic: str, digits: int | None, lang: str) -> None:
    """Write out the worked solution of PROBLEM."""
    from rnnhand.arithmetic.policy import settle
    from rnnhand.cli.failures import reported
    from rnnhand.problem.files import load, source
    from rnnhand.problem.model import AskResult, AskUpdate
    from rnnhand.questions.key import key_of
    from rnnhand.questions.work import Plan
    from rnnhand.render.json import solution

    with reported(lang) as place:
        place.name = problem
        found = source(problem)
        place.name, place.text = found.name, found.text
        read = load(found)
        plan = Plan(
            read, (), tuple(a for a in read.ask if isinstance(a, AskUpdate)),
            tuple(a.name for a in read.ask if isinstance(a, AskResult)),
        )  # fmt: skip
        settled = settle(plan.task(), arithmetic, digits or 15)
        key = key_of(settled, digits or 15)
        click.echo(solution(read.wording(read.title, lang), settled.name, key))
