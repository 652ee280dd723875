"""How much room everything in a picture has, in its units."""

from __future__ import annotations

from dataclasses import replace

from rnnhand.render.picture.pattern import Metrics, Pattern
from rnnhand.render.picture.shapes import HEADS, LINE, SMALL, body
from rnnhand.render.picture.trunks import room
from rnnhand.render.picture.words import width


def gap(pattern: Pattern, i: int, low: float = 1.0) -> float:
    """Room for the curves below a row: more where they go far sideways, all of it `low` times."""
    if i < 0:
        places = [p[0] for p in pattern.outs.values()]
        far = (max(places) - min(places)) / 2 if i == -1 and places else 0.0
        least = 18.0 if pattern.over_tall[-i] > LINE else 9.0
        return max(least, low * min(7.0 + 0.12 * far, 40.0))
    arrows = pattern.tall[i] > LINE or pattern.has_labels_above(i)
    least, lowest = (18.0, 11.0) if arrows else (9.0, 7.0)
    wanted = low * min(7.0 + 0.16 * pattern.sideways(i), 46.0)
    return max(least if low == 1.0 else lowest, wanted, room(pattern.fans(i)))


def low_gap(pattern: Pattern, i: int) -> float:
    """Less room below rows, for a picture that would be too tall."""
    return gap(pattern, i, 0.5)


METRICS = Metrics(
    look=body,
    text=lambda t: width(t, SMALL) + 8,
    line=LINE,
    port=18.0,
    port_room=26.0,
    apart=18.0,
    between=26.0,
    bend=40.0,
    gap=gap,
    head=HEADS,
)
TIGHT = replace(METRICS, text=lambda t: width(t, SMALL) + 4, apart=9.0, between=12.0, bend=26.0)
