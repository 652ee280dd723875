"""Makes the pictures of the README from real runs: `python docs/pictures.py`."""

from __future__ import annotations

import os
import re
from pathlib import Path

from rich.console import Console

from rnnhand.phrases import phrases
from rnnhand.problem.files import load, source
from rnnhand.questions.solve import Options, document, solve
from rnnhand.render.terminal import print_document

HERE = Path(__file__).parent


def picture(problem: str, lang: str = "en") -> None:
    """One problem's solution as an SVG."""
    options = Options()
    page = document(solve(load(source(problem)), options), options, phrases(lang))
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=100, file=nowhere, force_terminal=True)
        print_document(page, console)
        svg = console.export_svg(title=f"rnnhand solve {problem}", unique_id=problem)
    # No font from the network: the reader's own monospaced one serves.
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    svg = svg.replace("Fira Code", "DejaVu Sans Mono, Menlo, Consolas")
    (HERE / "images" / f"{problem}.svg").write_text(svg, "utf-8")


if __name__ == "__main__":
    picture("there-and-back")
