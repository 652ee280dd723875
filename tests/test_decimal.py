"""The decimal mark: one page is another's with commas, in every format; machines get points."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

import rnnhand
from rnnhand.cli import main
from rnnhand.document.decimal import between, has_comma, written
from rnnhand.render import pages
from tests.kitchen_sink import kitchen_sink

WIDE = """
title: Wide
equations: |
  h[t] = tanh(W @ h[t-1] + x[t]) + clip(0.25*x[t], -0.5, 1.5)
  L = sum[t](sum(h[t]))
steps: 1..2
parameters:
  W: [[0.5, -0.25, 1.125, 0.75], [0.1, 0.2, 0.3, 0.4], [1, 2, 3, 4], [0, 0, 0.5, 1]]
initial: {"h[0]": [0.5, 1, -1.5, 2]}
data: {"x[1..2]": [[0.5, 1, 2, 3], [1, 0.125, 0, 1]]}
"""
POINT, COMMA = re.compile(r"\d\.\d"), re.compile(r"\d(?:,|\{,\})\d")
MEASURED = ("typst", "pdf")
"""Formats with lengths in them, which have points of their own."""
MARKUP = re.compile(r"<style.*?</style>|<script.*?</script>|=\"[^\"]*\"|='[^']*'", re.DOTALL)
COMMANDS = (
    ("solve", "wide.yaml", "--digits", "7"),
    ("check", "there-and-back", "there-and-back-circulating", "--reveal"),
    ("flow", "slide-gru"),
    ("graph", "slide-gru", "--values", "--adjoints"),
    pytest.param(("derive", "wide.yaml", "--wrt", "W"), marks=pytest.mark.slow),
)


@pytest.fixture(autouse=True)
def wide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "wide.yaml").write_text(WIDE, "utf-8")
    monkeypatch.chdir(tmp_path)


def call(*args: str) -> str:
    result = CliRunner().invoke(main, list(args), env={"LANG": "C", "COLUMNS": "70"})
    assert result.exit_code in (0, 1), result.output
    return result.stdout


def pointed(said: str) -> str:
    """What is said, commas in numbers as points, without what separates lists and lines."""
    said = said.replace("#59;", ";")  # as Mermaid writes it
    said = COMMA.sub(lambda m: f"{m[0][0]}.{m[0][-1]}", said)
    return re.sub(r"[\s,;|]|\\ ", "", said).replace('data-mark=""', 'data-mark="."')


def prose(said: str, form: str) -> str:
    return MARKUP.sub("", said) if form == "html" else said


def forms(command: tuple[str, ...]) -> tuple[str, ...]:
    if command[0] == "graph":
        return ("terminal", "dot", "mermaid")
    return (
        ("terminal", *(form for form in pages.PAGES if form not in MEASURED))
        if "wide.yaml" in command
        else ("terminal",)
    )


def test_typst_has_commas_in_its_formulas_that_separate_nothing() -> None:
    comma, point = (
        call("solve", "wide.yaml", "--format", "typst", "--decimal-point", mark)
        for mark in ("comma", "point")
    )
    assert '1","125' in comma and "1.125" not in comma
    assert "1.125" in point


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_page_with_commas_is_the_page_with_points_but_for_them(command: tuple[str, ...]) -> None:
    for form in forms(command):
        comma, point = (
            call(*command, "--format", form, "--decimal-point", mark) for mark in ("comma", "point")
        )
        assert pointed(comma) == pointed(point), form
        assert not POINT.search(prose(comma, form)), form
        assert COMMA.search(prose(comma, form)), form
        assert not COMMA.search(prose(point, form)), form


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_json_has_points_whatever_is_asked_for(command: tuple[str, ...]) -> None:
    said = call(*command, "--format", "json", "--decimal-point", "comma", "--lang", "ru")
    assert not COMMA.search(json.dumps(json.loads(said), indent=1))


@pytest.mark.parametrize(("lang", "said"), [("en", "1.5625"), ("ru", "1,5625")])
def test_a_language_has_its_own_mark(lang: str, said: str) -> None:
    assert said in call("solve", "there-and-back", "--lang", lang)


def test_a_comma_in_tex_has_no_room_behind_it() -> None:
    inner = pages.page(kitchen_sink("ru"), "latex-fragment")
    formulas = re.findall(r"\$[^$]*\$|\\begin\{aligned\}.*?\\end\{aligned\}", inner, re.DOTALL)
    assert any("{,}" in formula for formula in formulas)
    assert not any(re.search(r"\d,\d", formula) for formula in formulas)


def test_writing_a_document_twice_is_writing_it_once() -> None:
    once = written(kitchen_sink("ru"))
    assert written(once) == once
    assert written(kitchen_sink("en")) is not None
    assert has_comma(once.blocks[2].items[-1][0])  # type: ignore[union-attr]


def test_lists_are_apart_where_a_comma_is_in_a_number() -> None:
    from rnnhand.language.numerals import Numeral
    from rnnhand.language.tree import Number

    assert between(Numeral(Number("1"), None), Numeral(None, "0,5")) == "; "
    assert between(Numeral(Number("1"), None), Numeral(None, "0.5")) == ", "


def test_a_class_gets_its_marks_with_the_mark_that_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "sheets").mkdir()
    (tmp_path / "sheets" / "anna.yaml").write_text("h[1..3]: [0, 0.5, 0.375]\n", "utf-8")
    (tmp_path / "policy.yaml").write_text("marks: {'*': 1.5}\n", "utf-8")
    asked = ("grade", "there-and-back", "sheets", "--policy", "policy.yaml", "--lang", "ru")
    for mark, sign, other in (("comma", ",", "."), ("point", ".", ",")):
        report = call(*asked, "--decimal-point", mark)
        page = (tmp_path / "graded" / "feedback" / "anna.txt").read_text("utf-8")
        for said in (report, page):
            assert re.search(rf"\d[{sign}]\d", said)
            assert not re.search(rf"\d[{other}]\d", said)
        assert not COMMA.search((tmp_path / "graded" / "report.json").read_text("utf-8"))
        assert "4.5" in (tmp_path / "graded" / "results.csv").read_text("utf-8")


def test_every_document_and_graph_of_the_package_says_its_mark() -> None:
    package = Path(rnnhand.__file__).parent
    made = [
        (f"{path.relative_to(package)}:{node.lineno}", ast.unparse(node))
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("Document", "Graph")
    ]
    assert made
    assert [place for place, call in made if "decimal" not in call] == []
