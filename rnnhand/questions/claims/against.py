"""Where a formula is false: the point, what the formula gives there and what the derivative is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from rnnhand.arithmetic.ball import precision
from rnnhand.arithmetic.numerals import numeral, of_fraction
from rnnhand.document.blocks import Equals, Inline, Sentence, Shown
from rnnhand.explain.sentences import joined
from rnnhand.language.numerals import Numeral, Table
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Ref
from rnnhand.questions.claims.claim import Against
from rnnhand.questions.derive.writing import Writing
from rnnhand.system.model import SCALAR, Entry, Shape, System

BITS = 256
DIGITS = 15
MOST_SHOWN = 24
"""Entries up to which a point is written out on a page."""


def functions_of(system: System, one: Against) -> Mapping[str, Expr]:
    """What stood for the functions that nobody has chosen."""
    return {
        name: one.system.functions[name].value
        for name, f in system.functions.items()
        if f.open and name in one.system.functions and not name.endswith("'")
    }


def as_data(system: System, one: Against | None) -> dict[str, object] | None:
    """The point and both numbers as plain data."""
    if one is None:
        return None
    place = one.pair.place
    return {
        "given": {
            text(q.at(step)): _plain(values, g.shape)
            for q, g in one.system.given.items()
            for step, values in g.values.items()
        },
        "functions": {f: text(value) for f, value in functions_of(system, one).items()},
        "where": {letter: str(value) for letter, value in place.where.items()},
        "form": place.form,
        "entry": None if place.entry is None else list(place.entry),
        "value": _number(one.pair.found),
        "expected": _number(one.pair.expected),
    }


def said(w: Writing, code: str, one: Against, **slots: Inline | Sentence) -> Sentence:
    """A sentence with the point and both numbers in it."""
    large = _size(one) > MOST_SHOWN
    point = [w.say("derive-false-point")] if large else list(_given(one))
    open_ones = functions_of(w.d.system, one).items()
    point += [(Equals(Apply(f, (Ref("x"),)), value),) for f, value in open_ones if not large]
    return w.say(
        code,
        **slots,
        point=joined([*_where(w, one), *point]),
        found=Shown(_shown(one.pair.found)),
        right=Shown(_shown(one.pair.expected)),
    )


def _size(one: Against) -> int:
    return sum(len(values) for g in one.system.given.values() for values in g.values.values())


def _where(w: Writing, one: Against) -> Iterator[Sentence]:
    place = one.pair.place
    if place.entry is not None:
        row, column = map(str, place.entry)
        yield w.say("derive-false-entry", row=row, column=column)
    for letter, value in place.where.items():
        yield (Equals(Ref(letter), _exactly(Fraction(value))),)


def _given(one: Against) -> Iterator[Sentence]:
    for q, g in one.system.given.items():
        for step, values in g.values.items():
            yield (Equals(q.at(step), _table(values, g.shape)),)


def _table(values: tuple[Entry, ...], shape: Shape) -> Table:
    cells = tuple(_entry(e) for e in values)
    rows, columns = shape
    if shape == SCALAR:
        return cells[0]
    if columns == 1:
        return cells
    return tuple(cells[i * columns : (i + 1) * columns] for i in range(rows))


def _entry(value: Entry) -> Numeral:
    return _exactly(value) if isinstance(value, Fraction) else Numeral(value, None)


def _exactly(value: Fraction) -> Numeral:
    return Numeral(of_fraction(value, DIGITS).exact, None)


def _plain(values: tuple[Entry, ...], shape: Shape) -> object:
    cells = [_written(_entry(e)) for e in values]
    rows, columns = shape
    if shape == SCALAR:
        return cells[0]
    if columns == 1:
        return cells
    return [cells[i * columns : (i + 1) * columns] for i in range(rows)]


def _shown(value: Any) -> Numeral:
    with precision(BITS):
        return numeral(value, DIGITS)


def _number(value: Any) -> str:
    return _written(_shown(value))


def _written(n: Numeral) -> str:
    return text(n.exact) if n.exact is not None else n.decimal or ""
