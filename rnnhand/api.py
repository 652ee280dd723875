"""The tool from Python: `from rnnhand import load, solve, check, derive`.

    solution = solve("there-and-back")
    solution.values["h[2]"]       # Fraction(1, 2)
    solution.gradients["dL/dv"]   # Fraction(5, 4)
    print(solution)               # the worked solution, as the terminal shows it

What is wrong with an input raises `rnnhand.errors.Failure`; its text says what, where, and what to
do about it. Nothing here reads or changes the state of another call.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeAlias

from rnnhand.document.blocks import Document
from rnnhand.errors import Failure, failure
from rnnhand.explain.failures import told
from rnnhand.language import limits
from rnnhand.language.numerals import Numeral, Table
from rnnhand.language.printer import text as text_of
from rnnhand.language.tree import Number
from rnnhand.phrases import phrases
from rnnhand.problem.files import Source, answers_source, cell_folders, source
from rnnhand.problem.files import load as read
from rnnhand.problem.model import Problem

Scalar: TypeAlias = Fraction | Decimal | str
"""An exact number; a decimal whose digits are all certain; or a closed form or letters, as text."""

Value: TypeAlias = "Scalar | list[Value]"
"""A scalar, a vector as a list, or a matrix as a list of rows."""

Verdict: TypeAlias = Literal["right", "follows", "wrong", "missing", "unreadable"]
Arithmetic: TypeAlias = Literal["auto", "exact", "decimal", "symbolic", "float"]
Detail: TypeAlias = Literal["result", "normal", "full"]


@dataclass(frozen=True, repr=False)
class Page:
    """Something that can be read: `document` is free of any format, `str(…)` is as the terminal
    shows it, `html()`, `markdown()` and `latex()` are as the commands write it, and a notebook
    shows it by itself."""

    write: Callable[[], Document]

    @cached_property
    def document(self) -> Document:
        return self.write()

    def text(self, width: int = 100) -> str:
        """The page as plain text, `width` characters wide."""
        from rnnhand.render import plain

        return plain.text(self.document, width)

    def html(self) -> str:
        """A page of its own, with controls; it needs no network."""
        from rnnhand.render.html import page

        return page(self.document, self._labels())

    def markdown(self) -> str:
        """Markdown as GitHub shows it."""
        from rnnhand.render import pages

        return pages.text(self.document, "markdown")

    def latex(self) -> str:
        """A whole document for LaTeX."""
        from rnnhand.render import pages

        return pages.text(self.document, "latex")

    def _labels(self) -> Mapping[str, str]:
        from rnnhand.render.html import LABELS

        table = phrases(self.document.lang).table
        return {code: table[f"page-{code}"] for code in LABELS}

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.document.title}>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))

    def _repr_markdown_(self) -> str:
        from rnnhand.render import jupyter

        return jupyter.markdown(self.document)

    def _repr_latex_(self) -> str:
        from rnnhand.render import jupyter

        return jupyter.latex(self.document)

    def _repr_html_(self) -> str:
        from rnnhand.render import jupyter

        return jupyter.html(self.document, self._labels())


@dataclass(frozen=True, repr=False)
class Solution(Page):
    """Every result by its public name: `values` has "h[2]" and "L", `gradients` "dL/dw", `after`
    an entry for each iteration of an update, `results` what was asked for by name."""

    problem: Problem
    arithmetic: str
    values: Mapping[str, Value]
    gradients: Mapping[str, Value]
    after: Sequence[Mapping[str, Value]]
    results: Mapping[str, Value]

    def __getitem__(self, name: str) -> Value:
        """A value, a gradient or a result by name. Raises `KeyError` where there is none."""
        for found in (self.results, self.values, self.gradients):
            if name in found:
                return found[name]
        raise KeyError(name)


@dataclass(frozen=True)
class Item:
    """One value of an answer sheet, `given` as it was written; `diagnosis` says in words what may
    have gone wrong."""

    name: str
    given: Any
    expected: Value | None
    verdict: Verdict
    diagnosis: tuple[str, ...]


@dataclass(frozen=True, repr=False)
class Marks(Page):
    """The verdicts on a sheet."""

    items: tuple[Item, ...]
    score: Mapping[Verdict, int]
    all_right: bool

    def __getitem__(self, name: str) -> Item:
        """The item of that name. Raises `KeyError` where the sheet and the key have none."""
        for item in self.items:
            if item.name == name:
                return item
        raise KeyError(name)


@dataclass(frozen=True)
class Formula:
    """`name` = `formula` in the equation language, for every step of `steps` if there are any."""

    name: str
    formula: str
    steps: range | None


@dataclass(frozen=True, repr=False)
class Derivation(Page):
    """The gradient as formulas: `adjoints` in the order in which they can be computed, `gradients`
    by name. `data` is what `rnnhand derive --format json` prints."""

    adjoints: tuple[Formula, ...]
    gradients: Mapping[str, str]
    data: Mapping[str, Any]


def load(problem: str | Path, *, cells: str | Path | None = None, lang: str = "en") -> Problem:
    """A problem: a file, the name of one that comes with the package, or the text of a file (at
    least two lines). `cells` is a folder of cells of your own."""
    name = str(problem)
    given = Source("problem.yaml", name) if _is_text(problem) else None
    with _explained(lang) as place:
        found = given or source(name)
        place.append(found)
        folder = str(cells) if cells is not None else None
        return read(found, cell_folders(None if given else name, folder))


def solve(
    problem: Problem | str | Path,
    *,
    arithmetic: Arithmetic = "auto",
    digits: int = 15,
    only: Sequence[str] = (),
    wrt: Sequence[str] = (),
    detail: Detail = "normal",
    shown_digits: int = 5,
    lang: str = "en",
) -> Solution:
    """Solve a problem: the forward pass, the gradient, the updates that it asks for.

    `digits` is how many significant digits of decimals are certain in the values, `shown_digits`
    how many the document shows. `only` names questions or results, such as "dh[2]/dw"; `wrt` names
    data by which to differentiate too.
    """
    from rnnhand.questions import solve as question

    found = _problem(problem, lang)
    options = question.Options(
        arithmetic, max(digits, shown_digits), tuple(only), tuple(wrt), detail
    )
    with _explained(lang):
        solution = question.solve(found, options)
        key = question.key(solution, question.Options(arithmetic, digits), lang)
    page = question.Options(arithmetic, shown_digits, tuple(only), tuple(wrt), detail)
    return Solution(
        lambda: question.document(solution, page, phrases(lang)),
        found,
        key.arithmetic,
        _plain(key.values),
        _plain(key.gradients),
        tuple(map(_plain, key.after)),
        _plain(key.results),
    )


def check(
    problem: Problem | str | Path,
    answers: Mapping[str, Any] | str | Path,
    *,
    reveal: bool = False,
    lang: str = "en",
) -> Marks:
    """Mark an answer sheet: a dictionary such as {"h[2]": 0.5, "L[1..3]": [1, 2, 3]}, a file, the
    name of a sheet that comes with the package, or the text of a sheet (at least two lines)."""
    from rnnhand.marking.conventions import Checker
    from rnnhand.marking.explaining import explain_further
    from rnnhand.marking.marker import marker_for
    from rnnhand.marking.report import as_data, document
    from rnnhand.marking.sheet import read_sheet

    found = _problem(problem, lang)
    words = phrases(lang)
    with _explained(lang) as place:
        if isinstance(answers, Mapping):
            sheet = Source("answers.json", json.dumps(_writable(answers), ensure_ascii=False))
        elif _is_text(answers):
            sheet = Source("answers", str(answers))
        else:
            sheet = answers_source(str(answers))
        place.append(sheet)
        marked = Checker(marker_for(found)).check(read_sheet(sheet.text, sheet.name))
        explain_further(marked)
        data = as_data(marked, words)
    items = tuple(
        Item(
            item["name"],
            item["given"],
            own.told or (None if own.expected is None else _value(own.expected)),
            item["verdict"],
            tuple(d["message"] for d in item["diagnosis"]),
        )
        for own, item in zip(marked.items, data["items"], strict=True)
    )
    return Marks(
        lambda: document(found, marked, words, reveal), items, data["score"], marked.all_right
    )


def derive(
    problem: Problem | str | Path,
    *,
    wrt: Sequence[str] = (),
    of: str = "",
    unroll: int | None = None,
    lang: str = "en",
) -> Derivation:
    """Derive the gradient as formulas; no numbers are needed. `wrt` names parameters (all, when
    none are named), `of` what is differentiated (the loss), `unroll` a step whose loss's derivative
    the document spells out without adjoints."""
    from rnnhand.questions.derive.check import check as checked
    from rnnhand.questions.derive.data import as_data
    from rnnhand.questions.derive.derive import of_problem
    from rnnhand.questions.derive.page import document, page

    found = _problem(problem, lang)
    with _explained(lang):
        derivation = of_problem(found, of, tuple(wrt), lang)
        told_page = page(derivation, phrases(lang), unroll)
        tested = checked(derivation, told_page.claims, told_page.writing.stacks)
        data = as_data(derivation, tested)
    adjoints: Any = data["adjoints"]
    gradients: Any = data["gradients"]
    known = [a for a in adjoints if a["formula"] is not None]  # what was found false is left out
    return Derivation(
        lambda: document(told_page, tested),
        tuple(Formula(a["name"], a["formula"], _range(a["steps"])) for a in known),
        {name: formula for name, formula in gradients.items() if formula is not None},
        data,
    )


def _range(steps: Sequence[int] | None) -> range | None:
    return None if steps is None else range(steps[0], steps[1] + 1)


def _problem(problem: Problem | str | Path, lang: str) -> Problem:
    return problem if isinstance(problem, Problem) else load(problem, lang=lang)


def _is_text(given: object) -> bool:
    return isinstance(given, str) and "\n" in given


def _plain(named: Mapping[str, Table]) -> dict[str, Value]:
    return {name: _value(table) for name, table in named.items()}


def _value(table: Table) -> Value:
    if not isinstance(table, Numeral):
        return [_value(item) for item in table]
    if isinstance(table.exact, Number):
        return table.exact.value
    if table.exact is not None:
        return text_of(table.exact)
    return Decimal(table.decimal) if table.decimal is not None else "0"


def _writable(value: Any) -> Any:
    """Numbers of any kind, arrays too, as a sheet writes them."""
    if isinstance(value, Mapping):
        return {str(name): _writable(item) for name, item in value.items()}
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_writable(item) for item in value]
    if isinstance(value, Fraction | Decimal):
        return str(value)
    return value


@contextmanager
def _explained(lang: str) -> Iterator[list[Source]]:
    """A failure inside leaves with its sentences as its text."""
    place: list[Source] = []
    try:
        yield place
    except RecursionError:
        error = failure("too-deep", None, limit=limits.DEPTH)
        error.args = (told(error, "", "", phrases(lang)),)
        raise error from None
    except Failure as error:
        found = place[-1] if place else Source("", "")
        name, text = (error.file, error.text) if error.file else (found.name, found.text)
        error.args = (told(error, name, text, phrases(lang)),)
        raise
