"""Which entries of a wrong vector or matrix are wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from rnnhand.arithmetic.ball import precision
from rnnhand.language.results import ResultName, result_text
from rnnhand.marking.carry import BITS
from rnnhand.marking.filled import Filled
from rnnhand.marking.marked import Item, Marked, Marking, Verdict
from rnnhand.marking.names import After, Spot
from rnnhand.system.model import Shape


def wrong_entries(marked: Marked, item: Item) -> tuple[str, ...]:
    """The names of those entries of a wrong vector or matrix that are neither the true ones nor
    what the equation gives from the other numbers of the sheet, where others are. A mistake that
    is recognised has made the whole of it."""
    if item.verdict != Verdict.WRONG or item.spot is None or item.diagnoses or item.at_once:
        return ()
    for there, answer in marked.marking.answers.get(item.spot, ()):
        if there is item:
            with precision(BITS):
                wrong = _missing(marked.marking, answer)
            if wrong < answer.given:
                places = (answer.chosen[i] for i in sorted(wrong))
                return tuple(_name(answer.answer.name, answer.shape, place) for place in places)
    return ()


def _missing(marking: Marking, answer: Filled) -> frozenset[int]:
    left = answer.given
    for value in _right_ones(marking, answer.spot):
        if value is not None and left:
            left = answer.missing(value, left)
    return left


def _right_ones(marking: Marking, spot: Spot) -> Iterator[Any]:
    """The true value, and what the sheet's other numbers give."""
    if not isinstance(spot, After):
        yield marking.field.true[spot]
        yield marking.carried.made.get(spot)
        return
    for update in marking.marker.settled.work.updates:
        yield from (turn.parameters.get(spot.place) for turn in update[spot.k - 1 : spot.k])
    for turn in marking.turns.get(spot.k, ()):
        yield turn.updated.parameters.get(spot.place)


def _name(whole: ResultName, shape: Shape, place: int) -> str:
    row, column = divmod(place, shape[1])
    entry = (row + 1,) if shape[1] == 1 else (row + 1, column + 1)
    return result_text(replace(whole, entry=entry))
