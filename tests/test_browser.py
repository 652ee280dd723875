"""Pages in a real browser: no complaint, no request, formulas with a height, everything by keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from browser import MISSING, PROGRAM, Browser
from click.testing import CliRunner
from kitchen_sink import kitchen_sink

from rnnhand.cli import main
from rnnhand.cli.page import html
from rnnhand.language.numerals import Table
from rnnhand.language.printer import text
from rnnhand.language.tree import Number
from rnnhand.problem.files import load, source
from rnnhand.questions.solve import Options, key, solve
from rnnhand.system.model import Entry

pytestmark = [
    pytest.mark.skipif(PROGRAM is None, reason=MISSING),
    pytest.mark.xdist_group("browser"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = Browser()
    yield found
    found.close()


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("pages") / "solved.html"
    done = CliRunner().invoke(main, ["solve", "there-and-back", "--lang", "en", "-o", str(file)])
    assert done.exit_code == 0, done.output
    return file


def shown(browser: Browser, name: str) -> str:
    """How the line of a quantity is seen."""
    seen = f"document.querySelector('.step[data-name=\"{name}\"]')"
    return str(browser.ask(f"getComputedStyle({seen}).visibility"))


def test_pages_fit_make_no_request_and_have_nothing_to_complain_of(
    browser: Browser, solved: Path, tmp_path: Path
) -> None:
    sink = tmp_path / "sink.html"
    sink.write_text(html(kitchen_sink("ru")), "utf-8")
    for file in (solved, sink):
        fits(browser, file)


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        "solve there-and-back-matrices",
        "solve two-layers-lstm --lang ru",
        "check there-and-back there-and-back-circulating",
        "derive --cell lstm",
        "flow slide-three-cells --lang ru",
    ],
)
def test_the_pages_of_other_questions_fit_too(
    browser: Browser, tmp_path: Path, command: str
) -> None:
    file = tmp_path / "page.html"
    CliRunner().invoke(main, [*command.split(), "-o", str(file)])
    fits(browser, file)


def fits(browser: Browser, file: Path) -> None:
    browser.open(file)
    assert browser.requests() == [file.as_uri()]
    for width in (360, 800, 1400):
        for dark in (False, True):
            browser.look(width, dark)
            assert browser.ask("document.documentElement.scrollWidth") <= width
            low = "m => m.getBoundingClientRect().height < 5"
            assert browser.ask(f"[...document.querySelectorAll('math')].filter({low}).length") == 0
            back = browser.ask("getComputedStyle(document.body).backgroundColor")
            assert (back == "rgb(255, 255, 255)") != dark
    assert browser.complaints() == []


def test_stepping_by_keys_shows_one_quantity_after_the_other(
    browser: Browser, solved: Path
) -> None:
    browser.open(solved)
    browser.tab_to("e.textContent === 'Step through'")
    browser.press("Enter")
    assert shown(browser, "a[1]") == "visible"
    assert shown(browser, "h[1]") == "hidden"
    for _ in range(5):
        browser.press("ArrowRight")
    now = "[...document.querySelectorAll('.now')].map(e => Object.values(e.dataset)[0])"
    assert browser.ask(now) == ["h[2]", "h[2]", "h[2]"]
    marked = "[...document.querySelectorAll('.now')].map(e => e.localName)"
    assert browser.ask(marked) == ["rect", "li", "span"]  # in the graph, the work, the table
    assert browser.ask("document.querySelector('td .now').textContent") == "12"  # 1 over 2
    sources = "[...new Set([...document.querySelectorAll('span.source')].map(e => e.dataset.of))]"
    assert browser.ask(sources) == ["a[2]"]
    assert shown(browser, "yhat[2]") == "hidden"
    browser.press("ArrowLeft")
    assert shown(browser, "h[2]") == "hidden"
    browser.press("End")
    assert browser.ask("document.querySelectorAll('.later').length") == 0
    browser.press("Escape")
    assert browser.ask("document.querySelectorAll('.later, .now').length") == 0
    assert browser.complaints() == []


TYPED = (
    *(("0.25", "right"), ("1/4", "right"), ("0,25", "right"), ("2/8", "right"), ("0.3", "right")),
    *(("2.5e-1", "right"), ("0.2500", "right"), ("0.2", "right"), ("-0.25", "wrong")),
    *(("1/3", "wrong"), ("0.26", "wrong"), ("0.251", "wrong"), ("0", "wrong")),
    *(
        ("a", "not a number"),
        ("1/0", "not a number"),
        ("1/2/3", "not a number"),
        (".", "not a number"),
    ),
)


def test_a_worksheet_marks_at_once(browser: Browser, solved: Path) -> None:
    """As `check` does: a decimal may be rounded or cut off, a fraction is what it says."""
    browser.open(solved)
    browser.tab_to("e.textContent === 'Worksheet'")
    cell = "document.querySelector('td [data-of=\"yhat[2]\"]')"
    said = "document.querySelector('[data-name=\"yhat[2]\"] .verdict').textContent"
    toggle = "[...document.querySelectorAll('nav button')][3].click()"
    browser.press(" ")
    for typed, verdict in TYPED:
        assert browser.ask(f"getComputedStyle({cell}).visibility") == "hidden"
        browser.ask("document.querySelector('[data-name=\"yhat[2]\"] input').focus()")
        browser.type(typed)
        browser.press("Enter")
        assert browser.ask(said) == verdict, typed
        seen = "visible" if verdict == "right" else "hidden"
        assert browser.ask(f"getComputedStyle({cell}).visibility") == seen
        browser.ask(f"{toggle}, {toggle}")  # a new worksheet
    assert browser.complaints() == []


def test_a_worksheet_shows_what_is_asked_for_and_nothing_else(
    browser: Browser, solved: Path
) -> None:
    browser.open(solved)
    browser.tab_to("e.textContent === 'Worksheet'")
    browser.press(" ")
    seen = (
        "[...document.querySelectorAll('.results')].filter(e => e.getClientRects().length).length"
    )
    assert browser.ask(seen) == 0
    browser.tab_to("e.textContent === 'Show'")
    browser.press("Enter")
    assert browser.ask(seen) == 1
    assert browser.ask("document.activeElement.matches('[data-name=\"h[1]\"] input')")


def test_following_a_number_says_what_made_it_and_where_it_goes(
    browser: Browser, solved: Path
) -> None:
    browser.open(solved)
    browser.tab_to("e.textContent === 'Follow a number'")
    browser.press("Enter")
    browser.tab_to("e.matches('td [data-of=\"h[2]\"]')")
    panel = "document.querySelector('.panel')"
    assert browser.ask(f"{panel}.hidden") is False
    assert browser.ask(f"{panel}.querySelector('.left').textContent") == "h2"
    made = "[...document.querySelectorAll('.made-here')].map(e => e.dataset.name)"
    assert browser.ask(made) == ["h[2]"]
    goes = "[...document.querySelectorAll('.goes-here')].map(e => e.dataset.name)"
    assert {"yhat[2]", "a[3]"} <= set(browser.ask(goes))
    browser.press("Escape")
    assert browser.ask(f"{panel}.hidden") is True
    assert browser.complaints() == []


@pytest.mark.parametrize(
    ("problem", "name", "place", "field"),
    [
        ("there-and-back", "w", 0, "w"),
        ("peephole-scalar", "x[2]", 0, "x[2]"),
        ("there-and-back-matrices", "W", 1, "W(1,2)"),
        ("row-batch", "X[1]", 2, "X[1](2,1)"),
        ("slide-rnn-last", "h[0]", 1, "h[0](2)"),
    ],
)
def test_what_if_shows_what_solving_with_that_number_gives(
    browser: Browser, tmp_path: Path, problem: str, name: str, place: int, field: str
) -> None:
    file = tmp_path / "page.html"
    CliRunner().invoke(main, ["solve", problem, "--lang", "en", "-o", str(file)])
    browser.open(file)
    browser.tab_to("e.textContent === 'What if'")
    browser.press("Enter")
    browser.tab_to(f"e.ariaLabel === '{field}'")
    browser.ask("document.activeElement.select()")
    browser.type("1.5")
    read = load(source(problem), ())
    given = {
        q: replace(g, values={s: put(v, text(q.at(s)), name, place) for s, v in g.values.items()})
        for q, g in read.system.given.items()
    }
    other = replace(read, system=replace(read.system, given=given))
    options = Options("float", 15, (), (), "normal")
    results = key(solve(other, options), options, "en")
    shown = browser.ask(
        "[...document.querySelectorAll('.instead')].map(e => [e.previousElementSibling.dataset.of, "
        "(n => (n.length ? n : [e]).map(m => m.textContent))([...e.querySelectorAll('mn')])])"
    )
    wanted = {of: numbers(t) for of, t in (results.values | results.gradients).items()}
    compared = 0
    for of, said in shown:
        if of in wanted:
            found = [float(s.strip().replace("−", "-")) for s in said]
            assert found == pytest.approx(wanted[of], rel=1e-5, abs=1e-12), of
            compared += 1
    assert compared > 3
    assert browser.complaints() == []
    again = "document.querySelectorAll('.instead, .replaced').length"
    browser.tab_to("e.textContent === 'Put the given values back'")
    browser.press("Enter")
    assert browser.ask(again) == 0


def put(values: tuple[Entry, ...], own: str, name: str, place: int) -> tuple[Entry, ...]:
    if own != name:
        return values
    return (*values[:place], Fraction(3, 2), *values[place + 1 :])


def numbers(table: Table) -> list[float]:
    """The entries of a value, row by row."""
    if isinstance(table, tuple):
        return [x for item in table for x in numbers(item)]
    exact = table.exact
    return [float(exact.value if isinstance(exact, Number) else table.decimal or "nan")]


def test_print_has_no_controls_and_black_on_white(browser: Browser, solved: Path) -> None:
    browser.open(solved, dark=True, media="print")
    assert browser.ask("getComputedStyle(document.querySelector('.controls')).display") == "none"
    assert browser.ask("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    paper = "getComputedStyle(document.querySelector('.graph .paper')).fill"
    assert browser.ask(paper) == "rgb(255, 255, 255)"


def test_a_page_with_a_comma_shows_commas_and_reads_both(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    CliRunner().invoke(main, ["solve", "there-and-back", "--lang", "ru", "-o", str(file)])
    browser.open(file)
    verdict = "document.querySelector('[data-name=\"yhat[2]\"] .verdict').textContent"
    browser.tab_to("e.textContent === 'Рабочий лист'")
    browser.press(" ")
    for typed in ("0,25", "0.25", "1/4"):
        browser.ask("document.querySelector('[data-name=\"yhat[2]\"] input').select()")
        browser.ask("document.querySelector('[data-name=\"yhat[2]\"] input').focus()")
        browser.type(typed)
        browser.press("Enter")
        assert browser.ask(verdict) == "верно", typed
    browser.press("Escape")
    browser.tab_to("e.textContent === 'А что если'")
    browser.press("Enter")
    field = "document.querySelectorAll('fieldset input')[0]"
    assert browser.ask(f"{field}.value") == "0,5"
    instead = "document.querySelector('[data-of=\"yhat[3]\"] + .instead').textContent.trim()"
    for typed in ("1,5", "1.5", "3/2"):
        browser.ask(f"{field}.focus(), {field}.select()")
        browser.type(typed)
        assert browser.ask(instead) == "0,125", typed
    assert browser.complaints() == []
