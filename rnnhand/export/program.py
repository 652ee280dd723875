"""A problem → a program of a numerical library that computes the same numbers in floats.

`solve(…)` takes what is trained and the initial values, and returns every value and every
derivative of the loss under its public name.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from rnnhand.errors import failure
from rnnhand.export.dialects import Dialect
from rnnhand.export.functions import definitions
from rnnhand.export.passes import INPUTS, Page, comment, listed, passes
from rnnhand.export.spelling import number
from rnnhand.export.statements import INDENT
from rnnhand.export.updates import update_lines
from rnnhand.language.printer import text
from rnnhand.phrases import Phrases
from rnnhand.problem.model import AskUpdate, Problem
from rnnhand.questions.work import Plan
from rnnhand.system.model import SCALAR, Entry, Given


def program(problem: Problem, dialect: Dialect, words: Phrases) -> str:
    """The source text of the program. Raises `Failure` where a number is missing."""
    plan = Plan(problem)
    page = Page(plan, dialect, words)
    updates = [a for a in problem.ask if isinstance(a, AskUpdate)] if plan.gradient else []
    given = list(_given(page))
    body = list(passes(page))
    trained = list(update_lines(page, updates))
    lines = [
        *page.comment("export-made"),
        "#",
        *comment(problem.wording(problem.title, words.lang) or problem.name),
        *comment(problem.wording(problem.source, words.lang)),
        "",
        *dialect.imports,
        "",
        *given,
        *definitions(page.spelling),
        FLAT.format(says=words.say("export-flat")).rstrip("\n"),
        "",
        "",
        *body,
        *trained,
        *_shown(bool(updates)),
    ]
    return "\n".join(lines).rstrip("\n")


FLAT = """def flat(quantities):
    # {says}
    found = {{}}
    for name, value in quantities.items():
        if isinstance(value, dict):
            for step in sorted(value):
                found[f"{{name[:name.rindex('[')]}}[{{step}}]"] = value[step]
        else:
            found[name] = value
    return found


"""


def _given(page: Page) -> Iterator[str]:
    """Data and constants as variables; what is trained and the initial values in a dictionary."""
    system = page.plan.system
    rest = [g for g in system.given.values() if g.role not in INPUTS]
    if rest:
        yield from page.comment("export-given")
    for given in rest:
        yield f"{page.names.quantity(given.quantity)} = {_values(page, given)}"
    if rest:
        yield ""
    yield from page.comment("export-inputs")
    yield "given = {"
    for given in page.inputs:
        name = page.names.quantity(given.quantity)
        yield f'{INDENT}"{name}": {_values(page, given)},'
    yield "}"
    yield ""
    yield ""


def _values(page: Page, given: Given) -> str:
    """A number, an array, or a dictionary from steps to these."""

    def one(step: int | None, entries: tuple[Entry, ...]) -> str:
        shown = [_entry(page, given, step, e) for e in entries]
        if given.shape == SCALAR:
            return page.dialect.number.format(shown[0])
        columns = given.shape[1]
        rows = [", ".join(shown[i : i + columns]) for i in range(0, len(shown), columns)]
        return page.dialect.array.format("[" + ", ".join(f"[{row}]" for row in rows) + "]")

    if not given.quantity.over:
        return one(None, given.values[None])
    steps = [f"{step}: {one(step, entries)}" for step, entries in sorted(_stepped(given))]
    return listed(steps, INDENT if given.role in INPUTS else "")


def _stepped(given: Given) -> Iterator[tuple[int, tuple[Entry, ...]]]:
    for step, entries in given.values.items():
        assert step is not None
        yield step, entries


def _entry(page: Page, given: Given, step: int | None, entry: Entry) -> str:
    if isinstance(entry, Fraction):
        shown = number(entry).text
        return f"{shown}.0" if entry.denominator == 1 and shown.lstrip("-").isdigit() else shown
    if entry is None:
        name = text(given.quantity.at(step))
        raise failure("export-letter", given.span, "hint-export-letter", name=name)
    return page.spelling.argument(entry)


def _shown(updated: bool) -> Iterator[str]:
    yield 'if __name__ == "__main__":'
    yield f"{INDENT}values, gradients = solve(**given)"
    yield f"{INDENT}for name, value in {{**values, **gradients}}.items():"
    yield f'{INDENT}{INDENT}print(name, "=", value)'
    if updated:
        yield f"{INDENT}for step, values in enumerate(after(), 1):"
        yield f"{INDENT}{INDENT}for name, value in values.items():"
        yield f'{INDENT}{INDENT}{INDENT}print("after", step, name, "=", value)'
