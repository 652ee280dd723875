"""Typst and PDF: every text shown as it is, no line wider than the page, the same bytes twice."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnhand.cli import main
from rnnhand.document.blocks import Definitions, Document
from rnnhand.language.parser import parse_expression
from rnnhand.language.tree import Apply, At, Ref, Shift
from rnnhand.phrases import phrases
from rnnhand.problem.files import bundled, load, source
from rnnhand.questions.handout import handout
from rnnhand.questions.solve import Options, solve
from rnnhand.render import pdf, typst
from rnnhand.render.lines import Lines
from rnnhand.render.signs import clean
from rnnhand.render.typst_text import escaped
from rnnhand.render.typst_width import typst_width
from tests.hostile_texts import HOSTILE, titled
from tests.kitchen_sink import FORMULAS, kitchen_sink

FORMULA = {
    "yhat[t]": "hat(y)_(t)",
    "W_xh @ h[t-1]": "W_(x h) dot.c h_(t-1)",
    "a/b": "frac(a, b)",
    "(a + b)^2": "(a + b)^(2)",
    "x^(a/b)": "x^(a\\/b)",
    "W.T": "W^(top)",
    "f⊙c'[t-1]": "f dot.o c'_(t-1)",
    "[a[t] > 0]": "[a_(t) > 0]",
    "sum[t](L[t] + 1)": "sum_(t) (L_(t) + 1)",
    "-(1/2)": "-frac(1, 2)",
    "tanh(x)": "tanh(x)",
    "ReLU(x)": 'op("ReLU")(x)',
    "loss_total": '"loss"_("total")',
    "alpha*β": "α dot.c β",
    "h2[t]": "h^((2))_(t)",
    "c2'[t]": "c^(prime (2))_(t)",
    "h2[t]^2": "(h^((2))_(t))^(2)",
}


@pytest.mark.parametrize("written", FORMULA)
def test_a_formula_is_written_as_on_paper(written: str) -> None:
    assert typst.TALL.formula(parse_expression(written)) == FORMULA[written]


def queried(source: str) -> Any:
    """What the marked places of a document of Typst hold."""
    compiler = pytest.importorskip("typst")
    return json.loads(compiler.query(source.encode(), "<x>", field="value"))


def texts(content: Any) -> Iterator[str]:
    """The text of a piece of content, in order."""
    match content:
        case {"func": "space"}:
            yield " "
        case {"func": "text" | "symbol", "text": str(said)}:
            yield said
        case {"children": list(parts)}:
            for part in parts:
                yield from texts(part)
        case _:
            raise AssertionError(content)


def seen(said: list[str]) -> list[str]:
    """What a reader sees of texts: blanks count once."""
    source = "\n".join(f"#metadata([{escaped(s)}])<x>" for s in said)
    return [" ".join("".join(texts(found)).split()) for found in queried(source)]


def test_text_is_shown_as_that_text() -> None:
    said = [clean(s) for s in HOSTILE]
    assert seen(said) == [" ".join(s.split()) for s in said]


SIGNS = st.text(st.sampled_from("a1 \\`*_{}[]()<>#+-.!|~$&@:;=\"'^/%u\n"), max_size=12)


@given(st.lists(SIGNS, min_size=8, max_size=12))
@settings(max_examples=15)
def test_any_text_is_shown_as_that_text(said: list[str]) -> None:
    wanted = [" ".join(s.split()) for s in said]
    assert seen(said) == wanted


# What is too wide is found by a style sheet that fails where this one would make it smaller.
STRICT = {
    "scale(room.width / wide * 100%, origin: left, reflow: true, it)": 'panic("too wide")',
    "let height =": 'if measure(whole).width > room.width { panic("too wide") }\n  let height =',
}


def strictly(document: Document) -> None:
    text = typst.page(document)
    for usual, strict in STRICT.items():
        assert usual in text
        text = text.replace(usual, strict)
    assert pdf.compiled(text).startswith(b"%PDF")


@pytest.mark.parametrize("which", ["en", "ru", "hostile"])
def test_it_compiles_and_nothing_is_wider_than_the_page(which: str) -> None:
    pytest.importorskip("typst")
    if which == "hostile":
        strictly(titled(" ".join(HOSTILE)))
    else:
        strictly(kitchen_sink(which))


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["en", "ru"])
@pytest.mark.parametrize("name", bundled())
def test_no_page_of_a_bundled_problem_is_too_narrow_for_what_it_says(name: str, lang: str) -> None:
    pytest.importorskip("typst")
    options = Options()
    made = handout(solve(load(source(name)), options), options, phrases(lang))
    for part in (made.sheet, made.key, made.solution):
        strictly(part)


def test_widths_are_those_that_typst_measures() -> None:
    terms = " + ".join(f"tanh(W_{k} @ x[t-{k}] + b_{k})*(u - v_{k})/yhat[{k}]" for k in (1, 2, 3))
    longer = (*FORMULAS, terms, "[1, 0.25, -3; x[t], h[t-1], 22]", "exp(log(p) - loss_total)")
    spelled = [typst.TALL.formula(parse_expression(f)) for f in longer]
    font = '#show math.equation: set text(font: "New Computer Modern Math", size: 10pt)\n'
    places = [f"#context [#metadata(measure($ {s} $).width / 5pt)<x>]" for s in spelled]
    measured = queried(font + "\n".join(places))
    for formula, wide in zip(spelled, measured, strict=True):
        assert 0.8 * wide - 1 <= typst_width(formula) <= 1.3 * wide + 1.5, formula


def test_broken_lines_are_no_wider_than_their_room() -> None:
    terms = " + ".join(f"tanh(W_{k} @ x[t-{k}] + b_{k})*(u - v_{k})" for k in range(1, 9))
    for room in (30, 60, 90):
        parts = Lines(typst.TALL, room).parts(parse_expression(f"relu({terms})"), room)
        assert all(p.width <= room for p in parts)


def test_a_document_is_the_same_bytes_twice() -> None:
    pytest.importorskip("typst")
    assert pdf.page(kitchen_sink("ru")) == pdf.page(kitchen_sink("ru"))


@pytest.mark.parametrize("wish", ['#read("/etc/passwd")', '#read("../../etc/passwd")'])
def test_the_compiler_finds_no_file(wish: str) -> None:
    compiler = pytest.importorskip("typst")
    with pytest.raises(compiler.TypstError):
        pdf.compiled(wish)


NAMES = (
    *("sum", "pi", "clip norm", "mat", "gap", "page", "i1", "k+1", "ab+cd", "ab*cd", "sin(x)"),
    *("read", "W_sum", "x_page_b", "йц", "W_йц", "ŷ'", "a;b", 'a"b', "$x$", "W_a#b", "dpi/dsum"),
)


def test_no_name_of_a_quantity_is_one_that_typst_knows() -> None:
    pytest.importorskip("typst")
    refs = [Ref(name, index) for name in NAMES for index in (None, Shift("t", -1), At(2))]
    shown = tuple((ref, Apply(ref.name, (ref,))) for ref in refs)
    assert pdf.compiled(typst.page(Document("", "", "en", (Definitions(shown),)))).startswith(b"%")
    for name in ("sum", "clip norm", "mat", "gap", "page", "read"):
        assert typst.TALL.formula(Ref(name)) == f'"{name}"'


# Commands


def test_a_pdf_goes_by_the_ending_of_its_file_and_into_a_pipe(tmp_path: Path) -> None:
    pytest.importorskip("typst")
    file = tmp_path / "page.pdf"
    found = CliRunner().invoke(main, ["solve", "there-and-back", "-o", str(file), "--lang", "ru"])
    assert found.exit_code == 0, found.output
    piped = CliRunner().invoke(main, ["solve", "there-and-back", "--format", "pdf", "--lang", "ru"])
    assert piped.stdout_bytes == file.read_bytes()
    drawn = tmp_path / "graph.pdf"
    found = CliRunner().invoke(main, ["graph", "there-and-back", "-o", str(drawn)])
    assert found.exit_code == 0 and drawn.read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("args", [["count", "there-and-back"], ["graph", "there-and-back"]])
def test_a_terminal_gets_no_pdf(args: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("typst")
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda self: True)
    found = CliRunner().invoke(main, [*args, "--format", "pdf"])
    assert found.exit_code == 2 and not found.stdout_bytes
    assert "-o FILE" in found.stderr


@pytest.mark.parametrize("args", [["solve", "there-and-back"], ["graph", "there-and-back"]])
@pytest.mark.parametrize("lang", ["en", "ru"])
def test_without_the_library_a_message_says_how_to_get_it(
    args: list[str], lang: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    file = tmp_path / "x.pdf"
    found = CliRunner().invoke(main, [*args, "-o", str(file), "--lang", lang])
    assert found.exit_code == 2 and not file.exists()
    assert "pip install 'rnnhand[pdf]'" in found.stderr
