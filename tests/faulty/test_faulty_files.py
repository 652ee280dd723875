"""Bad input gets messages with their places, exit status 2 and no traceback, and soon."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from faulty_files import ALL, Faulty, by_name, problem

from rnnhand.cli import main


def messages(stderr: str, name: str) -> list[tuple[tuple[int, int] | None, str]]:
    """The messages on standard error: place, and all that is said there."""
    found: list[tuple[tuple[int, int] | None, str]] = []
    head = re.compile(rf"{re.escape(name)}:(?:(\d+):(\d+):)? ")
    for line in stderr.splitlines():
        if m := head.match(line):
            place = (int(m[1]), int(m[2])) if m[1] else None
            found.append((place, line[m.end() :]))
        else:
            assert found, stderr
            found[-1] = (found[-1][0], found[-1][1] + "\n" + line)
    return found


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
@pytest.mark.parametrize("lang", ["en", "ru"])
def test_a_faulty_file_gets_its_messages(case: Faulty, lang: str, tmp_path: Path) -> None:
    path = tmp_path / "faulty.yaml"
    path.write_bytes(case.content)
    result = CliRunner().invoke(
        main, ["solve", str(path), "--format", "json", "--lang", lang, *case.options]
    )
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 2
    assert result.stdout == ""
    assert len(result.stderr) < 12_000
    if lang != "en":
        return
    found = messages(result.stderr, str(path))
    assert len(found) == len(case.mistakes), result.stderr
    for (place, text), (wanted, parts) in zip(found, case.mistakes, strict=True):
        for part in parts:
            assert part in text, result.stderr
        if wanted is not None:
            assert place == wanted, result.stderr


def test_there_are_many_cases_each_with_a_name_of_its_own() -> None:
    assert len({case.name for case in ALL}) == len(ALL) >= 90


def test_the_caret_stands_under_the_mistake(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(by_name("unknown name").content)
    result = CliRunner().invoke(main, ["solve", str(path), "--lang", "en"])
    assert result.stderr.splitlines()[1:] == [
        "    L[t] = (yhat[t] - hh[t])^2",
        "                      ^^  did you mean h?",
    ]


@pytest.mark.parametrize(
    "name",
    [
        "unknown name",
        "binary rubbish",
        "an alias bomb",
        "deep brackets",
        "towers of powers",
        "a line of 10 MB",
        "a logarithm of a negative number",
    ],
)
def test_a_process_ends_with_status_2_and_leaves_nothing(name: str, tmp_path: Path) -> None:
    path = tmp_path / "faulty.yaml"
    path.write_bytes(by_name(name).content)
    command = [sys.executable, "-m", "rnnhand", "solve", str(path), "--format", "json"]
    done = subprocess.run(
        [*command, "-o", str(tmp_path / "out.json")], capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith(f"{path}:")
    assert [p.name for p in tmp_path.iterdir()] == ["faulty.yaml"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("no-such-file.yaml", "there is no file no-such-file.yaml"),
        ("ther-and-back", "did you mean there-and-back?"),
        ("/", "/ is a folder"),
        ("a\0b", "there is no file"),
        ("\x1b[31m", "there is no file"),
        ("x" * 5000, "there is no file"),
    ],
)
def test_what_is_not_a_file_is_said_to_be_none(name: str, said: str) -> None:
    result = CliRunner().invoke(main, ["solve", name, "--lang", "en"])
    assert result.exit_code == 2
    assert isinstance(result.exception, SystemExit)
    assert said in result.stderr
    assert "\x1b" not in result.stderr and len(result.stderr) < 1000


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "secret.yaml"
    path.write_text(problem())
    path.chmod(0)
    result = CliRunner().invoke(main, ["solve", str(path), "--lang", "en"])
    assert result.exit_code == 2
    assert "cannot be read: permission denied" in result.stderr


def test_a_sound_file_is_sound(tmp_path: Path) -> None:
    path = tmp_path / "sound.yaml"
    path.write_text(problem())
    assert CliRunner().invoke(main, ["solve", str(path), "--format", "json"]).exit_code == 0
