"""Handouts: the sheet tells no answer, the key answers every blank, files appear together."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from rnnhand.cli import main
from rnnhand.cli.folder import write_files
from rnnhand.document.blocks import Block, Grid, Room, Section, Shown, Step, Steps
from rnnhand.errors import Failure
from rnnhand.language.numerals import Numeral, Table
from rnnhand.phrases import phrases
from rnnhand.problem.files import load, source
from rnnhand.questions.handout import Handout, handout
from rnnhand.questions.solve import Options, solve

PROBLEMS = ("there-and-back", "two-layers", "quiz-composition", "slide-clipping", "way-back")
SCHEMA = Path(__file__).parents[1] / "docs" / "handout.schema.json"


@cache
def handed_out(name: str, room: bool = True) -> Handout:
    options = Options()
    return handout(solve(load(source(name)), options), options, phrases("en"), room)


def call(*args: str) -> Result:
    return CliRunner().invoke(main, list(args), env={"LANG": "C"})


def flat(blocks: Iterable[Block]) -> Iterator[Block]:
    for block in blocks:
        if isinstance(block, Section):
            yield from flat(block.blocks)
        else:
            yield block


def tables(blocks: Iterable[Block]) -> Iterator[Table]:
    """All values that lines and tables show, in order."""
    for block in flat(blocks):
        match block:
            case Step():
                yield block.result
            case Steps(_, steps):
                yield from (step.result for step in steps)
            case Grid(_, rows):
                cells = (part for row in rows for cell in row[1:] for part in cell)
                yield from (part.table for part in cells if isinstance(part, Shown))


def is_blank(table: Table) -> bool:
    if isinstance(table, Numeral):
        return table.exact is None and table.decimal is None
    return all(map(is_blank, table))


def sections(blocks: Iterable[Block]) -> list[Block]:
    return [block for block in blocks if isinstance(block, Section)]


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_sheet_shows_no_value_that_is_asked_for(name: str) -> None:
    made = handed_out(name)
    given = load(source(name)).system.given
    written = [t for t in tables(sections(made.sheet.blocks)) if not is_blank(t)]
    assert len(written) <= sum(len(g.values) for g in given.values())
    assert any(map(is_blank, tables(sections(made.sheet.blocks))))
    for block in flat(sections(made.sheet.blocks)):
        assert isinstance(block, Grid | Step | Steps | Room)
        assert not isinstance(block, Step) or not (block.forms or block.remark)


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_key_answers_every_blank_in_the_same_place(name: str) -> None:
    made = handed_out(name)
    asked, answers = list(tables(made.sheet.blocks)), list(tables(made.key.blocks))
    assert len(asked) == len(answers)
    for blank, answer in zip(asked, answers, strict=True):
        assert not is_blank(answer)
        assert is_blank(blank) or blank == answer
    titles = [[b.title for b in sections(d.blocks)] for d in (made.sheet, made.key)]  # type: ignore[union-attr]
    assert titles[0] == titles[1]


def test_given_values_stand_in_the_tables_of_the_sheet() -> None:
    grid = next(b for b in flat(handed_out("there-and-back").sheet.blocks) if isinstance(b, Grid))
    row = next(row for row in grid.rows if "y" in str(row[0]) and "hat" not in str(row[0]))
    assert [len(cell) for cell in row[1:]] == [1, 1, 1, 1]
    assert not any(is_blank(part.table) for c in row[1:] for part in c if isinstance(part, Shown))


def test_there_is_room_to_write_unless_it_is_not_wanted() -> None:
    assert any(isinstance(b, Room) for b in flat(handed_out("there-and-back").sheet.blocks))
    assert not any(
        isinstance(b, Room) for b in flat(handed_out("there-and-back", False).sheet.blocks)
    )


# Commands


def test_a_folder_gets_all_parts_and_the_answer_sheet(tmp_path: Path) -> None:
    folder = tmp_path / "week" / "set"
    done = call("handout", "there-and-back", "-o", str(folder), "--format", "html")
    assert done.exit_code == 0, done.output
    names = {f"there-and-back-{part}" for part in ("sheet.html", "key.html", "solution.html")}
    assert {f.name for f in folder.iterdir()} == {*names, "there-and-back-answers.yaml"}
    assert [Path(line).name for line in done.stdout.splitlines()][-1].endswith(".yaml")
    key = (folder / "there-and-back-key.html").read_text("utf-8")
    assert "105" in key and "105" not in (folder / "there-and-back-sheet.html").read_text("utf-8")
    marked = call("check", "there-and-back", str(folder / "there-and-back-answers.yaml"))
    assert marked.exit_code == 0


def test_a_folder_is_pdf_where_nothing_else_is_said(tmp_path: Path) -> None:
    pytest.importorskip("typst")
    assert call("handout", "quiz-composition", "-o", str(tmp_path / "s")).exit_code == 0
    found = {f.suffix: f for f in (tmp_path / "s").iterdir()}
    assert set(found) == {".pdf", ".yaml"} and found[".pdf"].read_bytes().startswith(b"%PDF")


def test_a_sheet_that_was_filled_in_stays_unless_forced(tmp_path: Path) -> None:
    args = ("handout", "quiz-composition", "-o", str(tmp_path), "--format", "markdown")
    assert call(*args).exit_code == 0
    answers = tmp_path / "quiz-composition-answers.yaml"
    blank = answers.read_text("utf-8")
    answers.write_text("f: 1\n", "utf-8")
    (tmp_path / "quiz-composition-key.md").write_text("old", "utf-8")
    again = call(*args)
    assert again.exit_code == 0 and "answers.yaml" in again.stderr
    assert answers.read_text("utf-8") == "f: 1\n"
    assert (tmp_path / "quiz-composition-key.md").read_text("utf-8") != "old"
    assert call(*args, "--force").exit_code == 0
    assert answers.read_text("utf-8") == blank


@pytest.mark.parametrize(
    "args",
    [
        ("--format", "html"),
        ("-o", "set.pdf"),
        ("--format", "markdown", "-o", "there"),
        ("--part", "sheet", "-o", "no/such/folder/x.md"),
    ],
)
def test_without_a_place_for_the_parts_the_message_says_what_to_write(
    args: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").write_text("a file", "utf-8")
    done = call("handout", "quiz-composition", *args)
    assert done.exit_code == 2 and not done.stdout
    assert [f.name for f in tmp_path.iterdir()] == ["there"]


def test_files_appear_all_or_none(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(Failure):
        write_files(tmp_path, {"a": b"new", "b": b"new"})
    assert (tmp_path / "a").read_bytes() == b"old"
    assert sorted(f.name for f in tmp_path.iterdir()) == ["a", "b"]


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_a_part_is_a_document_like_any_other(lang: str, tmp_path: Path) -> None:
    file = tmp_path / "sheet.tex"
    args = ("handout", "quiz-composition", "--lang", lang)
    assert call(*args, "--part", "sheet", "-o", str(file)).exit_code == 0
    assert r"\underline{\hspace{6em}}" in file.read_text("utf-8")
    shown = call(*args).output
    assert (
        shown.count("_____") > 4
        and ("0,76159" if lang == "ru" else "0.76159") in shown
        and ("ответы" in shown) == (lang == "ru")
    )


@pytest.mark.parametrize("part", [(), ("--part", "key")])
def test_the_json_is_what_its_schema_says(part: tuple[str, ...], tmp_path: Path) -> None:
    done = call("handout", "there-and-back", "--format", "json", *part)
    found = json.loads(done.stdout)
    Draft202012Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(found)
    assert set(found) == {"problem", *(("key",) if part else ("sheet", "key", "solution"))}
    (tmp_path / "key.json").write_text(json.dumps(found["key"]), "utf-8")
    assert call("check", "there-and-back", str(tmp_path / "key.json")).exit_code == 0
