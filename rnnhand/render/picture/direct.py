"""Lines from column to column with one bend where they need no more: along to over the place where
they enter, and down to it, or along below that and up, if nothing is in the way."""

from __future__ import annotations

from collections.abc import Sequence

from rnnhand.render.picture.crossings import Box, is_near, is_within
from rnnhand.render.picture.curves import RADIUS, rounded
from rnnhand.render.picture.places import Places
from rnnhand.render.picture.shapes import Curve, Words
from rnnhand.render.picture.words import width

CLEAR = 5.0
"""What such a line keeps from everything else."""


def with_direct(curves: Sequence[Curve], words: Sequence[Words], places: Places) -> list[Curve]:
    """The curves, with such lines where there is room for them."""
    found = list(curves)
    for i, curve in enumerate(found):
        if not _turns(curve):
            continue
        start, end = curve.start, curve.end
        room = _room(curve)
        # What goes on from where it enters, and what leaves the same place, is not in its way.
        others = (
            c
            for c in found
            if not is_near(c.start, end) and not is_near(c.start, start) and c is not curve
        )
        if not any(
            any(is_within(other, box) for other in others) or _is_taken(box, words, places)
            for box in room
        ):
            corner = (end[0], start[1])
            found[i] = rounded([start, corner, end], curve.role, arrow=False)
    return found


def _turns(curve: Curve) -> bool:
    """Whether a curve goes from column to column, level where it begins, upright where it goes
    on."""
    (first, _, _), (_, last, end) = curve.pieces[0], curve.pieces[-1]
    is_level, is_upright = first[1] == curve.start[1], last[0] == end[0]
    is_bent = abs(curve.start[0] - end[0]) > RADIUS and abs(curve.start[1] - end[1]) > RADIUS
    return not curve.arrow and is_level and is_upright and is_bent


def _room(curve: Curve) -> tuple[Box, Box]:
    """The boxes along which a direct line leads: level, then upright."""
    (x, y), (to, end) = curve.start, curve.end
    left, right = sorted((x + (CLEAR if x < to else -CLEAR), to))
    top, bottom = sorted((y, end))
    return (left, y - CLEAR, right, y + CLEAR), (to - CLEAR, top, to + CLEAR, bottom)


def _is_taken(box: Box, words: Sequence[Words], places: Places) -> bool:
    """Whether a node or a label stands in a box."""
    x, y, half, reach = _middle(box)
    for word in words:
        wide = width(word.text, word.size) / 2
        if abs(word.left + wide - x) < half + wide and abs(word.y - y) < reach + word.size / 2:
            return True
    nodes = ((places.at(key), look) for key, look in places.pattern.looks.items())
    return any(
        abs(at - x) < half + look.half and abs(height - y) < reach + look.reach
        for (at, height), look in nodes
    )


def _middle(box: Box) -> tuple[float, float, float, float]:
    """The middle of a box, half its width and half its height."""
    left, top, right, bottom = box
    return (left + right) / 2, (top + bottom) / 2, (right - left) / 2, (bottom - top) / 2
