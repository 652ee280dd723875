"""The notebook of the documentation runs and shows what it keeps; notebooks show pages whole."""

from __future__ import annotations

import importlib.util
from copy import deepcopy
from html import unescape
from pathlib import Path
from types import ModuleType

import pytest
from kitchen_sink import HOSTILE

from rnnhand import check, derive, solve
from rnnhand.document.blocks import Document, Equals, Paragraph
from rnnhand.language.tree import Number, Ref
from rnnhand.render import jupyter

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture(scope="module")
def notebook() -> ModuleType:
    spec = importlib.util.spec_from_file_location("notebook", DOCS / "notebook.py")
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def test_the_cells_of_the_notebook_show_what_it_keeps(notebook: ModuleType) -> None:
    kept = notebook.read()
    made = deepcopy(kept)
    notebook.run(made)
    for one, other in zip(made["cells"], kept["cells"], strict=True):
        assert one == other
    shown = [o for cell in kept["cells"] for o in cell.get("outputs", [])]
    assert len(shown) > 5
    assert not [o for o in shown if o["output_type"] == "error"]


def test_a_page_is_the_same_text_inside_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rich would print by itself there."""
    pages = (solve("there-and-back"), check("there-and-back", {"h[3]": 0}), derive("way-back"))
    outside = [(str(page), page.markdown()) for page in pages]
    monkeypatch.setattr("rich.console._is_jupyter", lambda: True)
    assert [(page.text(), page.markdown()) for page in pages] == outside


def test_every_page_stands_in_a_frame_of_its_own() -> None:
    """Nothing that two pages have in common, ids, styles and scripts, can meet."""
    solution = solve("there-and-back")
    shown = solution._repr_html_()
    assert shown.startswith("<iframe ") and shown.endswith("></iframe>")
    assert shown.count("<") == shown.count(">") == 2
    assert 'sandbox="allow-scripts"' in shown
    inside = unescape(shown.partition('srcdoc="')[2].partition('"')[0])
    assert inside == solution.html()
    assert 'id="labels"' in inside
    small = check("there-and-back", {"h[3]": 0})._repr_html_()
    assert "height: 12em" in small or "height: 2" in small or "height: 3" in small


def test_markdown_in_a_notebook_has_its_formulas_between_dollars() -> None:
    shown = solve("there-and-back")._repr_markdown_()
    assert "`" not in shown
    assert "$h_{0} = 0$" in shown
    assert "$$\n\\begin{aligned}\nh_{t} & =" in shown
    words = (Paragraph(("5$ and 6$, ", Equals(Ref("w"), Number("1")))),)
    page = jupyter.markdown(Document(HOSTILE, "", "en", words))
    assert r"5\$ and 6\$, $w = 1$" in page
    assert "<script" not in page


def test_a_page_has_a_short_name_and_writes_itself_in_every_format() -> None:
    solution = solve("there-and-back")
    assert repr(solution) == "<Solution: There and back>"
    assert solution.html().startswith("<!DOCTYPE html>")
    assert "```math" in solution.markdown()
    assert solution.latex().startswith("\\documentclass")
    assert "documentclass" not in solution._repr_latex_()
