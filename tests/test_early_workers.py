"""Workers that start before their work is there do nothing but start earlier."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from rnnhand.grading import early

PROBLEM = "there-and-back"


def written(folder: Path, students: int) -> Path:
    folder.mkdir()
    for i in range(students):
        (folder / f"s{i:02}.yaml").write_text(f"h[1]: 0.{i}\n", "utf-8")
    return folder


def grade(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "rnnhand", "grade", PROBLEM, *words, "--jobs", "2"]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("students", [early.FEW, early.FEW + 1])
def test_a_folder_is_many_sheets_when_it_has_more_than_a_few(tmp_path: Path, students: int) -> None:
    folder = written(tmp_path / "class", students)
    assert early._are_many([str(folder)]) == (students > early.FEW)
    assert early._are_many([str(folder / "*.yaml")]) == (students > early.FEW)
    assert early._are_many([str(f) for f in folder.iterdir()]) == (students > early.FEW)


def test_a_table_is_as_many_sheets_as_it_has_rows(tmp_path: Path) -> None:
    table = tmp_path / "class.csv"
    table.write_text("student,h[1]\n" + "".join(f"s{i},0.5\n" for i in range(60)), "utf-8")
    assert early._are_many([str(table)])
    assert not early._are_many([str(tmp_path / "none.csv"), "nothing\0"])


def test_one_process_and_a_folder_with_results_start_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = str(written(tmp_path / "class", early.FEW + 1))
    monkeypatch.setitem(sys.modules, "joblib", None)
    with early.workers(1, [folder], tmp_path / "fresh"):
        pass
    with early.workers(2, [folder], tmp_path):
        pass
    with pytest.raises(ImportError), early.workers(2, [folder], tmp_path / "fresh"):
        pass


@pytest.mark.slow
def test_an_error_that_is_found_while_they_start_is_all_that_is_said(tmp_path: Path) -> None:
    written(tmp_path / "class", early.FEW + 1)
    (tmp_path / "policy.yaml").write_text("folows: 1\n", "utf-8")
    done = grade("class", "--policy", "policy.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("policy.yaml:1:1")
    assert "Traceback" not in done.stderr and "Warning" not in done.stderr
    assert not (tmp_path / "graded").exists()
