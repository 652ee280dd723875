"""How much room everything in a picture has, in its units."""

from __future__ import annotations

from dataclasses import replace

from rnnhand.render.picture.heights import Rows
from rnnhand.render.picture.metrics import Metrics
from rnnhand.render.picture.shapes import HEADS, LINE, SMALL, body
from rnnhand.render.picture.trunks import room
from rnnhand.render.picture.words import width

LOW = 0.5
"""The share of the room below a row that is left in a picture which would be too tall."""


def gap(rows: Rows, i: int) -> float:
    """Room for the curves below a row: more where they go far sideways."""
    least = 18.0 if _has_arrows(rows, i) else 9.0
    return max(least, _wanted(rows, i), room(rows.fans(i)))


def low_gap(rows: Rows, i: int) -> float:
    """Less room, for a picture that would be too tall."""
    least = 11.0 if _has_arrows(rows, i) else 7.0
    return max(least, LOW * _wanted(rows, i), room(rows.fans(i)))


def _has_arrows(rows: Rows, i: int) -> bool:
    return rows.tall[i] > LINE or rows.has_labels_above(i)


def _wanted(rows: Rows, i: int) -> float:
    return min(7.0 + 0.16 * rows.sideways(i), 46.0)


def gap_above(rows: Rows, i: int, far: float) -> float:
    """Room below a row above the columns, from which lines go far sideways."""
    return max(_least_above(rows, i), _wanted_above(far))


def low_gap_above(rows: Rows, i: int, far: float) -> float:
    """Less room there."""
    return max(_least_above(rows, i), LOW * _wanted_above(far))


def _least_above(rows: Rows, i: int) -> float:
    return 18.0 if rows.tall[i] > LINE else 9.0


def _wanted_above(far: float) -> float:
    return min(7.0 + 0.12 * far, 40.0)


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
    gap_above=gap_above,
    head=HEADS,
)
TIGHT = replace(METRICS, text=lambda t: width(t, SMALL) + 4, apart=9.0, between=12.0, bend=26.0)
