"""Makes the pictures of the README from real runs: `python docs/pictures.py`.

The page is photographed where there is Chromium; without it, its picture stays as it is.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.terminal_theme import DEFAULT_TERMINAL_THEME

from rnnhand import check, solve
from rnnhand.cli.page import graph_of, html
from rnnhand.document.blocks import Document
from rnnhand.phrases import phrases
from rnnhand.problem.files import load, source
from rnnhand.questions.graph import drawn
from rnnhand.questions.subjects import Wish, of_problem
from rnnhand.render.svg import write as graph_svg
from rnnhand.render.terminal import print_document

HERE = Path(__file__).parent
PROBLEM = "there-and-back"
SHEET = "there-and-back-circulating"


def solution() -> str:
    """The worked solution, as a terminal shows it."""
    return terminal(solve(PROBLEM).document, f"rnnhand solve {PROBLEM}", PROBLEM)


def marks() -> str:
    """A marked answer sheet, as a terminal shows it."""
    return terminal(check(PROBLEM, SHEET).document, f"rnnhand check {PROBLEM} {SHEET}", SHEET)


def terminal(document: Document, command: str, name: str) -> str:
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=100, file=nowhere, force_terminal=True)
        print_document(document, console)
        console.print()  # the last line is not cut at its underscores
        svg = console.export_svg(title=command, unique_id=name, theme=DEFAULT_TERMINAL_THEME)
    # No font from the network: the reader's own monospaced one serves.
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    return svg.replace("Fira Code", "DejaVu Sans Mono, Menlo, Consolas")


def graph() -> str:
    """The computational graph with values and derivatives."""
    wish, words = Wish(values=True, adjoints=True), phrases("en")
    return graph_svg(drawn(of_problem(load(source(PROBLEM)), wish, "en"), wish, words), "light")


DRAWN = {PROBLEM: solution, SHEET: marks, "graph": graph}
"""The pictures that are text, by the names of their files."""


def photograph(file: Path) -> None:
    """The page of the solution, stepped to where the gradient flows back."""
    sys.path.insert(0, str(HERE.parent / "tests"))
    from browser import PROGRAM, Browser

    if PROGRAM is None:
        return
    with TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        made = html(solve(PROBLEM).document, graph_of(load(source(PROBLEM)), phrases("en")))
        page.write_text(made, "utf-8")
        browser = Browser()
        browser.open(page)
        browser.look(880, height=820)
        browser.ask("document.querySelector('nav button').click()")
        for _ in range(5):
            browser.press("ArrowRight")
        browser.ask("document.activeElement.blur(), scrollTo(0, 310)")
        browser.photograph(file)
        browser.close()


if __name__ == "__main__":
    for name, draw in DRAWN.items():
        (HERE / "images" / f"{name}.svg").write_text(draw(), "utf-8")
    photograph(HERE / "images" / "page.png")
