"""Every example in the documentation is run, and prints what it is said to print."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from budget import few
from click.testing import CliRunner

from rnnhand.cli import main

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FILE = re.compile(r"```\w+\n# file: (\S+)\n(.*?)```", re.DOTALL)
RUN = re.compile(r"(<!-- run -->\n)?```console\n(.*?)```", re.DOTALL)
ROW = re.compile(r"^\| .+ \| `rnnhand (.+?)` \| (.+) \|$", re.MULTILINE)
PART = re.compile(r"<!-- part of: rnnhand (.*?) -->\n```text\n(.*?)```", re.DOTALL)


def run(command: str) -> str:
    result = CliRunner().invoke(main, shlex.split(command), env={"LANG": "C", "COLUMNS": "100"})
    # 1 is `check` or `check-formula` finding something wrong, which examples are about.
    assert result.exit_code == 0 or (command.startswith("check") and result.exit_code == 1)
    return "\n".join(line.rstrip() for line in result.output.split("\n"))


@pytest.fixture
def page(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A page's text, the files that it shows written to the working directory."""
    text = request.param.read_text("utf-8")
    for name, content in FILE.findall(text):
        (tmp_path / name).write_text(content, "utf-8")
    monkeypatch.chdir(tmp_path)
    return str(text)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name, indirect=True)
def test_every_example_of_a_page_prints_what_the_page_says(page: str) -> None:
    """Commands work, in their order; what is quoted from an output is in it. A command that is
    quoted more than once is run once."""
    printed: dict[str, str] = {}
    for checked, block in RUN.findall(page):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, said = part.partition("\n")
            name, _, rest = command.split("  #")[0].partition(" ")
            assert name == "rnnhand"
            printed[rest] = run(rest)
            if checked:
                assert printed[rest].startswith(said.rstrip("\n"))
    for command, part in PART.findall(page):
        if command not in printed:
            printed[command] = run(command)
        assert part in printed[command]


EXERCISES = ROW.findall((ROOT / "docs" / "exercises.md").read_text("utf-8"))
SEARCHES = ("reduce", "compare", "check ")
"""Commands that look for something, and take their time."""


@pytest.mark.parametrize(
    ("command", "answer"),
    few(EXERCISES, [row for row in EXERCISES if not row[0].startswith(SEARCHES)]),
    ids=[command for command, _ in EXERCISES],
)
def test_every_exercise_has_the_answer_that_is_printed(command: str, answer: str) -> None:
    printed = " ".join(run(command).split())
    for said in re.findall("`(.+?)`", answer):
        assert " ".join(said.split()) in printed


def test_the_pictures_of_the_readme_are_those_of_real_runs() -> None:
    import importlib.util

    spec = importlib.util.spec_from_file_location("pictures", ROOT / "docs" / "pictures.py")
    assert spec is not None
    assert spec.loader is not None
    pictures = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(pictures)
    for name, draw in pictures.DRAWN.items():
        kept = (ROOT / "docs" / "images" / f"{name}.svg").read_text("utf-8")
        assert words(draw()) == words(kept), name


def words(svg: str) -> list[str]:
    """What an SVG says, whatever its fonts and colours."""
    return re.findall(r">([^<>\n]+)</(?:text|tspan)>", svg)
