"""Pages in a real browser: no complaint, no request, formulas with a height, everything by keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import MISSING, PROGRAM, Browser
from click.testing import CliRunner
from kitchen_sink import kitchen_sink

from rnnhand.cli import main
from rnnhand.cli.page import html

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
        for width in (360, 800, 1400):
            for dark in (False, True):
                browser.open(file, width, dark)
                assert browser.complaints() == []
                assert browser.requests() == [file.as_uri()]
                assert browser.ask("document.documentElement.scrollWidth") <= width
                low = "m => m.getBoundingClientRect().height < 5"
                assert browser.ask(f"[...document.querySelectorAll('math')].filter({low}).length") == 0
                back = browser.ask("getComputedStyle(document.body).backgroundColor")
                assert (back == "rgb(255, 255, 255)") != dark


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
    now = "[...document.querySelectorAll('.now')].map(e => e.dataset.name || e.dataset.of)"
    assert browser.ask(now) == ["h[2]", "h[2]"]  # the line and the cell of the table
    assert browser.ask("document.querySelector('td .now').textContent") == "12"  # 1 over 2
    sources = "[...new Set([...document.querySelectorAll('.source')].map(e => e.dataset.of))]"
    assert browser.ask(sources) == ["a[2]"]
    assert shown(browser, "yhat[2]") == "hidden"
    browser.press("ArrowLeft")
    assert shown(browser, "h[2]") == "hidden"
    browser.press("End")
    assert browser.ask("document.querySelectorAll('.later').length") == 0
    browser.press("Escape")
    assert browser.ask("document.querySelectorAll('.later, .now').length") == 0
    assert browser.complaints() == []


@pytest.mark.parametrize(
    ("typed", "verdict"),
    [
        *(("0.25", "right"), ("1/4", "right"), ("0,25", "right"), ("2/8", "right")),
        *(("0.3", "right"), ("-0.25", "wrong"), ("1/3", "wrong"), ("0.26", "wrong")),
        *(("a", "not a number"), ("1/0", "not a number"), ("2.5e-1", "right"), ("0", "wrong")),
    ],
)
def test_a_worksheet_marks_at_once(
    browser: Browser, solved: Path, typed: str, verdict: str
) -> None:
    browser.open(solved)
    browser.tab_to("e.textContent === 'Worksheet'")
    browser.press(" ")
    cell = "document.querySelector('td [data-of=\"yhat[2]\"]')"
    assert browser.ask(f"getComputedStyle({cell}).visibility") == "hidden"
    browser.tab_to("e.matches('[data-name=\"yhat[2]\"] input')")
    browser.type(typed)
    browser.press("Enter")
    said = "document.querySelector('[data-name=\"yhat[2]\"] .verdict').textContent"
    assert browser.ask(said) == verdict
    seen = "visible" if verdict == "right" else "hidden"
    assert browser.ask(f"getComputedStyle({cell}).visibility") == seen
    assert browser.complaints() == []


def test_a_worksheet_shows_what_is_asked_for_and_nothing_else(
    browser: Browser, solved: Path
) -> None:
    browser.open(solved)
    browser.tab_to("e.textContent === 'Worksheet'")
    browser.press(" ")
    seen = "[...document.querySelectorAll('.results')].filter(e => e.getClientRects().length).length"
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


def test_print_has_no_controls(browser: Browser, solved: Path) -> None:
    browser.open(solved, media="print")
    assert browser.ask("getComputedStyle(document.querySelector('.controls')).display") == "none"
    assert browser.ask("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
