"""A blank sheet asks for what the problem asks; filled with the key it is all right."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from rnnhand.errors import Failure
from rnnhand.marking.asked import blank_sheet, key_for
from rnnhand.marking.formats import FORMATS, format_of
from rnnhand.marking.marked import Marked, Verdict
from rnnhand.marking.marker import Marker, marker_for
from rnnhand.marking.sheet import read_sheet
from rnnhand.marking.verdicts import mark
from rnnhand.phrases import phrases
from rnnhand.problem.files import bundled, load, source
from rnnhand.problem.model import Problem
from tests.solving import command

SCHEMA = Path(__file__).parents[1] / "docs" / "sheet.schema.json"


@cache
def problem(name: str) -> tuple[Problem, Marker | None]:
    """A bundled problem, with its marker where it has numbers."""
    read = load(source(name))
    try:
        return read, marker_for(read)
    except Failure:
        return read, None


def marked(marker: Marker, text: str, ending: str) -> Marked:
    return mark(marker, read_sheet(text, f"answers{ending}"))


@pytest.mark.parametrize("name", list(bundled()))
def test_a_blank_sheet_reads_back_as_missing_and_the_key_in_it_as_right(name: str) -> None:
    read, marker = problem(name)
    if marker is None or not read.system.equations:
        pytest.skip("a problem without numbers has no key")
    if not read.system.equations:
        pytest.skip("a problem without equations has no values")
    key = key_for(read, 6)
    counts = set()
    for form in FORMATS:
        for lang in ("en", "ru") if form.name == "csv" else ("en",):
            empty = marked(marker, form.write(blank_sheet(read, phrases(lang))), form.endings[0])
            assert {item.verdict for item in empty.items} <= {Verdict.MISSING}
            counts.add(len(empty.items))
        text = form.write(blank_sheet(read, phrases("en"), key=key))
        full = marked(marker, text, form.endings[0])
        bad = {i.label: (i.given, i.why) for i in full.items if i.verdict != Verdict.RIGHT}
        assert not bad, form.name
        counts.add(len(full.items))
    assert len(counts) == 1


@pytest.mark.parametrize("name", list(bundled()))
def test_a_sheet_is_known_by_its_text_alone(name: str) -> None:
    read, _ = problem(name)
    try:
        blank = blank_sheet(read, phrases("en"))
    except Failure:
        return  # of a problem of which nothing stands on a sheet
    for form in FORMATS:
        assert format_of(form.write(blank)).name == form.name


def test_a_sheet_asks_for_what_is_computed_and_not_for_what_is_given() -> None:
    found = json.loads(command("sheet", "there-and-back", "--format", "json").stdout)
    key = json.loads(command("solve", "there-and-back", "--format", "json").stdout)
    given = {"w", "v", "u", "h[0]", "y[0]", "y[1]", "y[2]", "y[3]", "dL/dL"}
    assert set(found) - {"after 1"} == {*key["values"], *key["gradients"]} - given
    assert set(found["after 1"]) == set(key["after"][0])


@pytest.mark.parametrize(
    ("only", "names"),
    [
        ("h[2]", {"h[2]"}), ("h", {"h[1]", "h[2]", "h[3]"}), ("h[t]", {"h[1]", "h[2]", "h[3]"}),
        ("dL/d?", {"dL/dw", "dL/dv", "dL/du"} | {f"dL/d{q}[{t}]" for q in "ah" for t in (1, 2, 3)}
         | {"dL/dh[0]", "dL/dL[1]", "dL/dL[2]", "dL/dL[3]"}),
        ("update", {"after 1"}),
    ],
)  # fmt: skip
def test_only_chooses_questions_quantities_and_patterns(only: str, names: set[str]) -> None:
    found = json.loads(
        command("sheet", "there-and-back", "--format", "json", "--only", only).stdout
    )
    assert set(found) == names


def test_only_of_what_is_not_asked_is_a_message() -> None:
    done = command("sheet", "there-and-back", "--only", "zz*")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "zz*" in done.stderr


def test_the_json_of_a_sheet_is_what_its_schema_says() -> None:
    schema = json.loads(SCHEMA.read_text("utf-8"))
    for name in ("there-and-back", "there-and-back-matrices"):
        done = command("sheet", name, "--format", "json", "--filled")
        Draft202012Validator(schema).validate(json.loads(done.stdout))


@pytest.mark.parametrize("form", FORMATS, ids=lambda f: f.name)
def test_the_ending_of_the_file_says_the_format(form: object, tmp_path: Path) -> None:
    for known in FORMATS:
        path = tmp_path / f"answers{known.endings[0]}"
        assert command("sheet", "there-and-back", "-o", str(path)).exit_code == 0
        assert command("check", "there-and-back", str(path)).exit_code == 0
    done = command("sheet", "there-and-back", "-o", str(tmp_path / "answers.docx"))
    assert done.exit_code == 2
    assert ".yaml" in done.stderr
