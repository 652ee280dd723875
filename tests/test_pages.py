"""Markdown and LaTeX: every block in both, every text shown as it is, formulas that compile."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rnnhand.cli import COMMANDS as ALL
from rnnhand.cli import main
from rnnhand.document.blocks import Document
from rnnhand.language.parser import parse_expression
from rnnhand.render import latex, markdown, pages
from rnnhand.render.latex_text import escaped
from rnnhand.render.lines import Lines
from rnnhand.render.signs import clean
from rnnhand.render.tex_width import tex_width
from tests.hostile_texts import HOSTILE, titled
from tests.kitchen_sink import kitchen_sink

GOLDEN = Path(__file__).parent / "golden"
FILES = {"markdown": "md", "latex": "tex", "typst": "typ"}


@pytest.mark.parametrize("lang", ["en", "ru"])
@pytest.mark.parametrize("form", FILES)
def test_the_kitchen_sink_is_as_it_was_looked_at(form: str, lang: str) -> None:
    kept = GOLDEN / f"kitchen-sink-{lang}.{FILES[form]}"
    assert pages.page(kitchen_sink(lang), form) + "\n" == kept.read_text("utf-8")


# Text


def shown_by_markdown(source: str) -> str:
    """What a reader of the Markdown sees, tags left away; nothing may be a tag of the text."""
    html = MarkdownIt("gfm-like", {"linkify": False, "html": True}).render(source)
    assert not re.search(r"<(?!/?(p|span|em|strong|br|ul|li|ol)\b)", html), html
    bare = re.sub(r"</?(p|span|em|strong|br|ul|li|ol)[^>]*>", "", html)
    for entity, sign in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        bare = bare.replace(entity, sign)
    return bare.strip()


@pytest.mark.parametrize("said", HOSTILE)
def test_text_in_markdown_is_shown_as_that_text(said: str) -> None:
    assert shown_by_markdown(markdown.line_start(markdown.text(said))) == clean(said)
    assert "<p>" in MarkdownIt("gfm-like", {"linkify": False}).render(
        markdown.line_start(markdown.text(said))
    )


@given(st.text(st.sampled_from("a1 \\`*_{}[]()<>#+-.!|~$&@:;=\"'^\n"), max_size=12))
@settings(max_examples=150)
def test_any_text_in_markdown_is_shown_as_that_text(said: str) -> None:
    source = markdown.line_start(markdown.text(said))
    seen = " ".join(shown_by_markdown(source).split())
    assert seen == " ".join(said.split())


def test_no_formula_begins_in_a_text_of_markdown() -> None:
    assert "$" not in markdown.text("$x$").replace("<span>$</span>", "")
    assert "$`" not in markdown.text("$`x`$")


def unescaped(tex: str) -> list[str]:
    """The commands in a text, and the signs that TeX obeys."""
    commands = re.findall(r"\\([a-zA-Z]+|.)", tex)
    bare = re.sub(r"\\([a-zA-Z]+|.)", "", tex)
    return [*commands, *re.findall(r"[$&#%_^]", bare)]


HARMLESS = {
    *("textbackslash", "textasciicircum", "textasciitilde", "textless", "textgreater"),
    *("textbar", "symbol", "textasciigrave", "{", "}", "$", "&", "#", "%", "_"),
}


@given(st.text(st.characters(max_codepoint=126), max_size=20))
@settings(max_examples=200)
def test_no_text_commands_latex(said: str) -> None:
    assert set(unescaped(escaped(said))) <= HARMLESS


@pytest.mark.parametrize("said", HOSTILE)
def test_a_title_reaches_no_file_and_no_script(said: str) -> None:
    tex, page = latex.page(titled(said)), markdown.page(titled(said))
    assert r"\input" not in tex
    assert "<script" not in re.sub(r"(?s)```text.*?```", "", page)  # a fence shows it as text
    assert page.count("```") % 2 == 0


# Formulas

TEX = {
    "yhat[t]": r"\hat{y}_{t}",
    "W_xh @ h[t-1]": r"W_{xh} \cdot h_{t-1}",
    "a/b": r"\frac{a}{b}",
    "(a + b)^2": r"{(a + b)}^{2}",
    "x^(a/b)": r"x^{a/b}",
    "W.T": r"W^{\top}",
    "f⊙c'[t-1]": r"f \odot c'_{t-1}",
    "[a[t] > 0]": r"[a_{t} > 0]",
    "sum[t](L[t] + 1)": r"\sum_{t} (L_{t} + 1)",
    "-(1/2)": r"-\frac{1}{2}",
    "sqrt(x + 1)": r"\sqrt{x + 1}",
    "tanh(x)": r"\tanh(x)",
    "loss_total": r"\mathrm{loss}_{\mathrm{total}}",
    "alpha*β": r"\alpha \cdot \beta",
    "h2[t]": r"h^{(2)}_{t}",
    "c2'[t]": r"c'^{(2)}_{t}",
    "h2[t]^2": r"(h^{(2)}_{t})^{2}",
}


@pytest.mark.parametrize("written", TEX)
def test_a_formula_is_written_as_on_paper(written: str) -> None:
    assert markdown.TALL.formula(parse_expression(written)) == TEX[written]


def test_the_sides_of_a_fraction_in_a_sentence_stand_on_one_line() -> None:
    flat = markdown.TALL.flat.formula(parse_expression("(a + b)/(c*d)"))
    assert flat == r"(a + b)/(c \cdot d)"


def test_lines_are_no_wider_than_their_room_and_lose_nothing() -> None:
    terms = " + ".join(f"tanh(W_{k} @ x[t-{k}] + b_{k})*(u - v_{k})" for k in range(1, 9))
    for room in (30, 60, 90):
        parts = Lines(markdown.TALL, room).parts(parse_expression(f"relu({terms})"), room)
        assert all(p.width <= room for p in parts)
        joined = "".join(p.text for p in parts)
        whole = markdown.TALL.formula(parse_expression(f"relu({terms})"))
        assert re.sub(r"[ {}]", "", joined) == re.sub(r"[ {}]", "", whole)


def test_widths_follow_what_stands_widest() -> None:
    assert tex_width(r"\frac{a + b}{c}") < tex_width("a + b + c")
    assert tex_width(r"\left[\begin{array}{rr}1 & 22 \\ 333 & 4\end{array}\right]") > tex_width(
        "33322"
    )


# Commands

COMMANDS = (
    ("solve", "there-and-back"),
    ("count", "--cell", "lstm", "--sizes", "x=3,h=2"),
    ("cell", "lstm-peephole"),
    ("cells",),
    ("flow", "quiz-power"),
    ("depends", "quiz-dependence", "h[2]"),
)


@pytest.mark.parametrize("args", COMMANDS, ids=lambda a: a[0])
def test_a_command_writes_both_by_the_ending_of_its_file(
    args: tuple[str, ...], tmp_path: Path
) -> None:
    file = tmp_path / "page.tex"
    result = CliRunner().invoke(main, [*args, "-o", str(file), "--lang", "ru"])
    assert result.exit_code == 0, result.output
    tex = file.read_text("utf-8")
    assert tex.startswith(r"\documentclass")
    assert tex.count("{") - tex.count(r"\{") == tex.count("}") - tex.count(r"\}")
    assert tex.count(r"\begin{") == tex.count(r"\end{")
    assert len(re.findall(r"\\left(?![a-z])", tex)) == len(re.findall(r"\\right(?![a-z])", tex))
    found = CliRunner().invoke(main, [*args, "--format", "markdown"])
    assert found.output.startswith("# ")


OTHERS = {"graph", "sheet", "problems", "export"}
"""Commands that print no document."""


@pytest.mark.parametrize("name", sorted(set(ALL) - OTHERS))
def test_every_command_that_prints_a_document_has_every_format(name: str) -> None:
    shown = CliRunner().invoke(main, [name, "--help"], env={"COLUMNS": "200"}).output
    assert all(form in shown for form in pages.PAGES)


def test_a_fragment_has_no_preamble() -> None:
    found = CliRunner().invoke(main, ["count", "there-and-back", "--format", "latex-fragment"])
    assert r"\documentclass" not in found.output
    assert found.output.startswith("% Needs")


def test_pages_are_utf_8_wherever_they_go() -> None:
    runner = CliRunner(charset="ascii")
    found = runner.invoke(main, ["count", "there-and-back", "--format", "markdown", "--lang", "ru"])
    assert "пар" in found.stdout_bytes.decode("utf-8")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("engine", "which"),
    [("pdflatex", "ru"), ("xelatex", "ru"), ("pdflatex", "hostile"), ("pdflatex", "fragment")],
)
def test_latex_compiles_without_an_overfull_line(engine: str, which: str, tmp_path: Path) -> None:
    if shutil.which(engine) is None:
        pytest.skip(f"no {engine}: apt-get install texlive-xetex texlive-lang-cyrillic")
    if which == "fragment":
        inner = latex.fragment(kitchen_sink("en"))
        packages = inner.split("\\usepackage{")[1].split("}")[0]
        head = r"\documentclass[a4paper]{article}\usepackage[margin=2cm]{geometry}"
        body = f"\\begin{{document}}\n{_latin(inner)}\n\\end{{document}}"
        text = f"{head}\\usepackage{{{packages}}}{body}"
    else:
        page: Document = titled(" ".join(HOSTILE)) if which == "hostile" else kitchen_sink(which)
        text = latex.page(page)
    (tmp_path / "page.tex").write_text(text, "utf-8")
    command = [engine, "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    said = done.stdout.decode("utf-8", "replace")
    assert done.returncode == 0, said[-2000:]
    assert which in ("hostile", "fragment") or "Overfull" not in said, said


def _latin(text: str) -> str:
    """Without Cyrillic, for which the document around a fragment has to care."""
    return re.sub("[Ѐ-џ№«»]+", "x", text)
