"""Where the name of a node stands beside it: free of lines, labels and other nodes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from rnnhand.render.picture.crossings import dots
from rnnhand.render.picture.places import Places
from rnnhand.render.picture.shapes import NAME, Corner, Curve, Point, Words
from rnnhand.render.picture.words import width

NEAR = 17.0
"""What is between the middles of a name and of a label at least, with hats and with indices."""

AWAY = (16.0, 28.0)
"""How far from its node a name may stand where lines are everywhere near it."""

BARELY = 3.0
"""What a name keeps from a line at least: half an arrowhead."""

HALF = 7.0
"""How far from its middle a name reaches upwards and downwards."""

HIDES = 10
"""How many points of lines it is worth that a name hides no label."""


@dataclass(frozen=True)
class Taken:
    """What names must not stand on: points of lines, by stripes as high as a name, the words that
    are there, and nodes."""

    places: Places
    points: Mapping[int, Sequence[Point]]
    words: Sequence[Words]


def striped(curves: Iterable[Curve]) -> dict[int, list[Point]]:
    """The points of lines by stripes."""
    found: dict[int, list[Point]] = {}
    for x, y in chain.from_iterable(map(dots, curves)):
        found.setdefault(int(y // NAME), []).append((x, y))
    return found


def beside(key: str, taken: Taken) -> tuple[Corner, bool]:
    """Where the name of a node stands, if it has one beside it, and whether lines pass there."""
    if not taken.places.pattern.looks[key].beside:
        return Corner(1), False
    ahead = _ahead(key, taken.places)
    corner = _corner(key, -1 if sum(ahead) > 1 else 1, taken)
    crowded = min(ahead, default=0.0) < -1 and max(ahead, default=0.0) > 1
    return corner, crowded and _met(key, corner, taken) > 0


def _corner(key: str, side: int, taken: Taken) -> Corner:
    """Where the name of a node stands: above it, on one side or the other; level with it or below,
    or a little away, only where nothing is, as where lines arrive from above, or labels stand
    above."""
    found = [Corner(s, down) for down in (-1, 0, 1) for s in (side, -side)]
    met = [_met(key, corner, taken) for corner in found]
    best = met.index(min(met))
    if met[best]:
        for corner in (Corner(s, -1, away) for away in AWAY for s in (side, -side)):
            if not _met(key, corner, taken) and not _meets_node(key, corner, taken.places):
                return corner
    above = met.index(min(met[:2]))
    return found[best if met[best] == 0 or met[above] >= HIDES else above]


def _named(key: str, corner: Corner, places: Places) -> tuple[float, float, float]:
    """From where to where the name of a node stands at a corner, and at which height."""
    (x, y), look = places.at(key), places.pattern.looks[key]
    wide = width(look.beside, NAME)
    gap = look.half + 4 + corner.away
    left = x + gap if corner.side > 0 else x - gap - wide
    return left, left + wide, y + 14 * corner.down


def _meets_node(key: str, corner: Corner, places: Places) -> bool:
    """Whether the name of a node would stand on another node."""
    left, right, middle = _named(key, corner, places)
    others = ((places.at(k), look) for k, look in places.pattern.looks.items() if k != key)
    return any(
        x - look.half < right + 2 and left - 2 < x + look.half
        for (x, y), look in others
        if abs(y - middle) < look.reach + NAME / 2
    )


def _met(key: str, corner: Corner, taken: Taken) -> int:
    """How much of lines, and of labels, stands where the name of a node would at a corner."""
    left, right, middle = _named(key, corner, taken.places)
    labels = [
        (w.left, w.left + width(w.text, w.size)) for w in taken.words if abs(w.y - middle) < NEAR
    ]
    hidden = sum(low < right and left < high for low, high in labels)
    row = int(middle // NAME)
    near = chain.from_iterable(taken.points.get(k, ()) for k in (row - 1, row, row + 1))
    left, right = left - BARELY, right + BARELY
    return HIDES * hidden + sum(left < a < right and abs(b - middle) < HALF for a, b in near)


def _ahead(key: str, places: Places) -> list[float]:
    """How far to the right the edges that leave a node upwards go at first."""
    edges, x = places.pattern.edges, places.at(key)[0]
    return [
        places.first_x(e) - x
        for e in (*edges.inner, *edges.leaving, *edges.after)
        if e.start == key and not places.pattern.course.is_down(e)
    ]
