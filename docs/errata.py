"""Make docs/errata.md: every published answer sheet that comes with the package, marked.

    python docs/errata.py

A sheet named after a problem, with -published behind it, holds values from printed solutions. A row
of the page is a value that `check` finds wrong, or that follows from a wrong one.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rnnhand.marking.conventions import Checker
from rnnhand.marking.explaining import explain_further
from rnnhand.marking.marked import Verdict
from rnnhand.marking.marker import marker_for
from rnnhand.marking.report import as_data
from rnnhand.marking.sheet import read_sheet
from rnnhand.phrases import phrases
from rnnhand.problem.files import answers_source, bundled_sheets, load, source

PAGE = Path(__file__).with_name("errata.md")
SUFFIX = "-published"
HEAD = """\
# Published values that are wrong

Printed solutions of the problem book contain mistakes. Those below come with the package as answer
sheets, and this page is what `rnnhand check PROBLEM PROBLEM-published` finds in them;
`python docs/errata.py` makes it again. A value that follows from an earlier mistake by a correct
calculation is called so. Where no misconception that is known here gives a value, it is not known
how it came about.

| exercise | value | published | right | what was done |
|---|---|---|---|---|
"""
DIGITS = 4
FOLLOWS = "follows from the mistake before"
UNKNOWN = "not known"


def page() -> str:
    """The whole page."""
    return HEAD + "".join(row for name in bundled_sheets() for row in rows(name))


def rows(sheet: str) -> Iterator[str]:
    """The rows of one sheet: what is wrong in it."""
    if not sheet.endswith(SUFFIX):
        return
    problem = load(source(sheet.removesuffix(SUFFIX)))
    written = answers_source(sheet)
    marked = Checker(marker_for(problem)).check(read_sheet(written.text, written.name))
    explain_further(marked)
    together = {item.label for item in marked.items if item.at_once}
    for item in as_data(marked, phrases("en"))["items"]:
        if item["verdict"] not in (Verdict.WRONG, Verdict.FOLLOWS):
            continue
        alone = item["name"] not in together
        said = [d["message"] for d in item["diagnosis"]]
        done = " Or: ".join(said[:2]) if alone else " At the same time: ".join(said)
        done = done or (FOLLOWS if item["verdict"] == Verdict.FOLLOWS else UNKNOWN)
        cells = (
            f"{problem.wording(problem.source, 'en')} (`{problem.name.removesuffix('.yaml')}`)",
            f"`{item['name']}`",
            spelled(item["given"]),
            spelled(short(item["expected"])),
            done,
        )
        yield f"| {' | '.join(cells)} |\n"


def short(value: object) -> object:
    """Decimals with few digits; fractions as they are."""
    if isinstance(value, list):
        return [short(part) for part in value]
    return f"{float(str(value)):.{DIGITS}g}" if "." in str(value) else value


def spelled(value: object) -> str:
    """A number as it stands, a list in brackets."""
    if isinstance(value, list):
        return "(" + ", ".join(map(spelled, value)) + ")"
    return str(value)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
