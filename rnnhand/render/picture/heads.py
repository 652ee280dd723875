"""Arrowheads that other lines run through, moved along the side of the box that they enter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from rnnhand.render.picture.crossings import heads_met, is_head_met
from rnnhand.render.picture.curves import upright
from rnnhand.render.picture.places import Places
from rnnhand.render.picture.shapes import Curve

MOVES = (6.0, -6.0, 12.0, -12.0, 18.0, -18.0)
"""How far an arrowhead may move for the sake of lines beside it."""

FREE = 9.0
"""What is between two arrowheads at least."""

CORNER = 5.0
"""How far from the end of a side an arrowhead stays."""


def clear_heads(curves: Sequence[Curve], places: Places) -> list[Curve]:
    """The curves, with such arrowheads where no line runs, if there is such a place."""
    found = list(curves)
    for i in heads_met(found):
        for moved in _moved(found, i, places):
            if not is_head_met(moved, found[:i] + found[i + 1 :]):
                found[i] = moved
                break
    return found


def _moved(curves: Sequence[Curve], i: int, places: Places) -> Iterator[Curve]:
    """A curve with its arrowhead at other places of the side of a box where it ends."""
    curve, (x, y) = curves[i], curves[i].end
    before = (curve.start, *(end for _, _, end in curve.pieces))[-2]
    heads = [c.end[0] for c in curves if c is not curve and c.end[1] == y]
    for key, look in places.pattern.looks.items():
        middle, height = places.at(key)
        is_side = abs(abs(y - height) - look.reach) < 1 and abs(x - middle) < look.half
        for to in (x + by for by in MOVES if is_side and look.form != "pill"):
            if abs(to - middle) < look.half - CORNER and all(abs(to - o) >= FREE for o in heads):
                last = upright(before, (to, y))
                yield replace(curve, pieces=(*curve.pieces[:-1], last))
