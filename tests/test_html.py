"""Pages: what they hold without a browser. What they do in one is in `test_browser.py`."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from kitchen_sink import HOSTILE, kitchen_sink

from rnnhand.cli import main
from rnnhand.cli.page import html
from rnnhand.document.blocks import Document, Grid, Math, Section, Shown, Step
from rnnhand.language.numerals import Numeral
from rnnhand.language.parser import parse_expression
from rnnhand.language.tree import Expr, Number, Ref, Shift
from rnnhand.render.html import page
from rnnhand.render.mathml import formula, math

GOLDEN = Path(__file__).parent / "golden"
VOID = {"meta", "input"}


class Reading(HTMLParser):
    """A page as a reader meets it: tags that close, text, and attributes."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(source)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.text += data


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_every_block_is_spelled_as_it_was_when_it_was_looked_at(lang: str) -> None:
    kept = GOLDEN / f"kitchen-sink-{lang}.html"
    body = html(kitchen_sink(lang)).partition("</head>")[2].partition("<script>")[0]
    assert body == kept.read_text("utf-8")


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_hostile_text_is_shown_as_that_text(lang: str) -> None:
    read = Reading(html(kitchen_sink(lang)))
    shown = HOSTILE.replace("\x1b", " ")
    assert read.text.count(shown) >= 8
    assert [a for t, a in read.tags if t == "script"] == [
        {"type": "application/json", "id": "labels"},
        {},
    ]
    names = {name for _, attributes in read.tags for name in attributes}
    assert not {n for n in names if n.startswith("on") or n in ("src", "href", "style")}


def test_a_hostile_label_does_not_end_the_script() -> None:
    said = page(kitchen_sink("en"), {"step": "</script><script>alert(1)</script>"})
    assert len([1 for tag, _ in Reading(said).tags if tag == "script"]) == 2


def test_the_policy_lets_nothing_be_fetched_and_only_the_pages_own_script_run() -> None:
    from base64 import b64encode
    from hashlib import sha256

    said = html(kitchen_sink("en"))
    policy = re.search(r'Policy" content="([^"]*)"', said)
    assert policy is not None
    assert "default-src 'none'" in policy[1]
    assert "unsafe" not in policy[1]
    for kind, within in (("style", "style"), ("script", "script")):
        own = re.search(rf"<{within}>(.*?)</{within}>", said, re.DOTALL)
        assert own is not None
        digest = b64encode(sha256(own[1].encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy[1]
    assert not re.search(r"https?://(?!www\.w3\.org/)", said)


def test_without_labels_a_page_has_no_script() -> None:
    assert "<script" not in page(kitchen_sink("en"))


def test_a_page_says_its_language_and_has_landmarks_headings_and_heads_of_tables() -> None:
    read = Reading(html(kitchen_sink("ru")))
    tags = [tag for tag, _ in read.tags]
    assert dict(read.tags)["html"]["lang"] == "ru"
    assert {"header", "main", "section", "h1", "h2", "h3", "h4"} <= set(tags)
    assert tags.count("h1") == 1
    assert all(a.get("scope") in ("col", "row") for tag, a in read.tags if tag == "th")
    assert all(a.get("role") == "img" for tag, a in read.tags if tag == "svg")
    ids = [a["id"] for _, a in read.tags if "id" in a]
    assert len(ids) == len(set(ids))
    referred = {a["aria-labelledby"] for _, a in read.tags if "aria-labelledby" in a}
    assert referred <= set(ids)


def test_a_document_without_a_title_has_one_in_the_browser() -> None:
    said = page(Document("", "", "en", (Section(("Paths",), ()),)))
    assert "<title>Paths</title>" in said
    assert "<h1 id=" in said


@pytest.mark.parametrize(
    "text",
    ["a - (b - c)", "2*(-3)", "a - 2*b", "(a/b)^2", "1/2*h[t-1]", "W.T @ (A @ B)", "x^2^3", "-x^2"],
)
def test_a_formula_is_wellformed(text: str) -> None:
    ElementTree.fromstring(math(formula(parse_expression(text))))


def read_aloud(markup: str) -> str:
    """MathML as one line of text; fractions and powers as (…)/(…) and (…)^(…)."""

    def said(e: ElementTree.Element) -> str:
        parts = [said(child) for child in e]
        match e.tag:
            case "mfrac":
                return f"(({parts[0]})/({parts[1]}))"
            case "msup":
                return f"(({parts[0]})**({parts[1]}))"
            case _:
                return (e.text or "") + "".join(parts)

    return said(ElementTree.fromstring(markup)).replace("−", "-").replace("·", "*")


@pytest.mark.parametrize(
    "text",
    [
        *("a - (b - c)", "a - (b + c)*d", "2*(-3)", "a - 2*b", "(a/b)^2", "(a + b)^2*c", "-a^2"),
        *("(-a)^2", "a/(b/c)", "a/b/c", "a*(b/c)", "-(a + b)", "a - (-b)", "a*b^2/c", "2^3^2"),
        *("-1/2*a", "a + (-1/2)", "(1/2)^2", "a - -3*b", "(a*b)*c - d*(a - b)"),
    ],
)
def test_a_formula_reads_as_what_it_means(text: str) -> None:
    """Evaluated as arithmetic, the page's formula is the formula of the language."""
    names = {"a": 7.0, "b": 3.0, "c": 5.0, "d": 11.0}
    expr = parse_expression(text)
    theirs = eval(read_aloud(math(formula(expr))), {}, names)
    assert theirs == pytest.approx(worth(expr, names))


def worth(expr: Expr, names: dict[str, float]) -> float:
    from rnnhand.language.tree import Apply

    if isinstance(expr, Number):
        return float(expr.value)
    if isinstance(expr, Ref):
        return names[expr.name]
    assert isinstance(expr, Apply)
    first, *rest = (worth(arg, names) for arg in expr.args)
    for x in rest:
        match expr.op:
            case "+":
                first += x
            case "-":
                first -= x
            case "*":
                first *= x
            case "/":
                first /= x
            case "^":
                first = first**x
    return -first if expr.op == "neg" else first


def test_a_new_value_of_an_old_name_is_not_taken_for_the_old_one() -> None:
    one, two = (Step(Ref("L"), (), Numeral(Number(n), n)) for n in "12")
    said = page(Document("", "", "en", (one, two)))
    assert said.count('data-name="L"') == 1
    assert said.count('data-of="L"') == 1


@pytest.mark.parametrize(
    "command",
    [
        "solve there-and-back",
        "derive there-and-back",
        "flow quiz-power",
        "check small.yaml sheet.yaml",
    ],
)
def test_commands_write_pages_by_format_and_by_ending(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "small.yaml").write_text(
        "equations: y = w*x\nparameters: {w: 2}\ndata: {x: 3}\n", "utf-8"
    )
    (tmp_path / "sheet.yaml").write_text("y: 7\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    words = command.split()
    file = tmp_path / "page.html"
    status = 1 if words[0] == "check" else 0
    done = CliRunner().invoke(main, [*words, "--lang", "ru", "-o", str(file)])
    assert done.exit_code == status, done.output
    assert not done.output
    shown = CliRunner().invoke(main, [*words, "--lang", "ru", "--format", "html"])
    assert shown.output == file.read_text("utf-8")
    assert dict(Reading(shown.output).tags)["html"]["lang"] == "ru"


def test_a_table_too_wide_for_paper_is_turned_and_its_values_keep_their_names() -> None:
    steps = range(1, 31)
    value = Shown(Numeral(Number("1234567/7654321"), "0.16129", True))
    head = ((Math(Ref("t")),), *((str(s),) for s in steps))
    rows = tuple(((Math(Ref(n, Shift("t"))),), *((value,) for _ in steps)) for n in ("h", "c"))
    said = page(Document("", "", "en", (Grid(head, rows),)))
    names = re.findall(r'data-of="([^"]*)"', said)
    assert names == [f"{n}[{s}]" for s in steps for n in ("h", "c")]
    assert said.count("<table>") == 1
    assert said.count("<tr>") == 31


def test_a_long_summand_may_break_at_its_factors() -> None:
    names = " * ".join(f"quantity_{i}" for i in range(9))
    sum_of_two = parse_expression(f"{names} + x*y")
    step = Step(Ref("a"), (sum_of_two,), Numeral(Number("1"), None))
    said = page(Document("", "", "en", (step,)))
    form = said.partition('<span class="form">')[2].partition("</span>")[0]
    assert form.count("<math") == 10
