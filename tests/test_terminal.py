"""The terminal's spelling: golden pages, widths, alphabets, colour."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from rnnhand.phrases import phrases
from rnnhand.problem.files import load, source
from rnnhand.questions.solve import Options, document, solve
from rnnhand.render.terminal import print_document
from tests.solving import command

GOLDEN = Path(__file__).parent / "golden"


def page(problem: str, width: int, lang: str = "en", **how: object) -> str:
    options = Options(**how)  # type: ignore[arg-type]
    made = document(solve(load(source(problem)), options), options, phrases(lang))
    out = io.StringIO()
    print_document(made, Console(width=width, file=out, color_system=None))
    return out.getvalue()


CASES = {
    "there-and-back-80-en": ("there-and-back", 80, "en", {}),
    "there-and-back-140-ru": ("there-and-back", 140, "ru", {}),
    "there-and-back-full": ("there-and-back", 100, "en", {"detail": "full"}),
    "there-and-back-symbolic": ("there-and-back", 100, "en", {"arithmetic": "symbolic"}),
    "slide-rnn-last-100-en": ("slide-rnn-last", 100, "en", {}),
}


@pytest.mark.parametrize("name", CASES)
def test_a_page_is_spelled_as_it_was_looked_at(name: str) -> None:
    problem, width, lang, how = CASES[name]
    made = page(problem, width, lang, **how)
    file = GOLDEN / f"{name}.txt"
    if os.environ.get("RNNHAND_WRITE_GOLDEN"):
        file.write_text(made, "utf-8")
    assert made == file.read_text("utf-8")


@pytest.mark.parametrize("width", [50, 80, 140])
@pytest.mark.parametrize("problem", ["there-and-back", "there-and-back-matrices", "second-order"])
def test_no_line_is_wider_than_the_terminal(problem: str, width: int) -> None:
    lines = page(problem, width).split("\n")
    assert all(cell_len(line) <= width for line in lines)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1251", "koi8-r", "utf-8"])
@pytest.mark.parametrize("lang", ["en", "ru"])
def test_a_console_of_any_alphabet_gets_a_page(encoding: str, lang: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "rnnhand", "solve", "there-and-back", "--lang", lang],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    text = done.stdout.decode(encoding)
    sign = "∂" if encoding == "utf-8" else "d"
    assert f"{sign}L/{sign}w" in text


def test_a_pipe_gets_no_colour_and_a_terminal_does() -> None:
    out = io.StringIO()
    options = Options()
    made = document(solve(load(source("there-and-back")), options), options, phrases("en"))
    print_document(made, Console(width=80, file=out, force_terminal=True, color_system="standard"))
    assert "\x1b[" in out.getvalue()
    assert "\x1b[" not in page("there-and-back", 80)


def test_what_is_printed_cannot_steer_the_terminal(tmp_path: Path) -> None:
    file = tmp_path / "evil.yaml"
    file.write_text(
        'title: "\\e[31mred\\e]0;x\\a [bold]not bold[/bold]"\nequations: y = 2*x\ndata: {x: 1}\n',
        "utf-8",
    )
    made = page(str(file), 80)
    assert "\x1b" not in made
    assert "[bold]not bold[/bold]" in made


def test_the_number_of_a_layer_stands_above_and_never_reads_as_a_power(tmp_path: Path) -> None:
    file = tmp_path / "layers.yaml"
    file.write_text(
        "equations: |\n  h2[t] = tanh(w*x[t])\n  L = sum[t](h2[t]^2)\nsteps: 1..1\n"
        'parameters: {w: 1}\ndata: {"x[1..1]": [1]}\n',
        "utf-8",
    )
    made = page(str(file), 100)
    assert "Σ_t (h⁽²⁾_t)²" in made
    assert "1 − (h⁽²⁾_1)²" in made


@pytest.mark.parametrize(("steps", "shown"), [(60, 60), (61, 10)])
def test_a_long_sequence_of_given_numbers_is_shown_by_its_ends(
    steps: int, shown: int, tmp_path: Path
) -> None:
    path = tmp_path / "long.yaml"
    path.write_text(
        f"equations: h[t] = h[t-1] + x[t]\nsteps: 1..{steps}\ninitial: {{'h[0]': 0}}\n"
        f"data: {{'x[1..{steps}]': {[1000 + k for k in range(steps)]}}}\n",
        "utf-8",
    )
    made = command("solve", str(path), "--lang", "en", "--only", "h[1]").stdout
    said = " ".join(made.split("Conventions")[0].split())
    assert len(re.findall(r"\b1\d\d\d\b", said)) == shown
    assert ("1007, …, 1059, 1060" in said) == (shown < steps)
