"""A placed graph in curves, outlines and words."""

from __future__ import annotations

from collections.abc import Iterator

from rnnhand.render.picture.across import across
from rnnhand.render.picture.around import around
from rnnhand.render.picture.corners import Taken, beside, striped
from rnnhand.render.picture.direct import with_direct
from rnnhand.render.picture.heads import clear_heads
from rnnhand.render.picture.pattern import Pattern
from rnnhand.render.picture.places import Places
from rnnhand.render.picture.rising import rising
from rnnhand.render.picture.shapes import Curve, Picture, Shape, Words, draw
from rnnhand.render.picture.trunks import with_trunks


def drawn(pattern: Pattern) -> Picture:
    """The picture of a pattern, without its frame: its lines, then its nodes, whose names stand
    where lines and words before them leave room."""
    places = Places(pattern)
    parts = [*_lines(places)]
    words = [part for part in parts if isinstance(part, Words)]
    curves = with_direct([part for part in parts if isinstance(part, Curve)], words, places)
    picture = Picture(
        pattern.graph.title,
        curves=clear_heads(with_trunks(curves), places),
        shapes=[part for part in parts if isinstance(part, Shape)],
        words=words,
    )
    points = striped(picture.curves)
    for key, look in pattern.looks.items():
        corner, crowded = beside(key, Taken(places, points, picture.words))
        draw(picture, look, *places.at(key), corner, crowded)
    return picture


def _lines(places: Places) -> Iterator[Curve | Shape | Words]:
    """Edges inside a column and above all columns, then those from step to step."""
    edges = places.pattern.edges
    for edge in (*edges.inner, *edges.leaving, *edges.after):
        yield from rising(places, edge, places.leaving(edge))
    yield from around(places) if edges.folded else across(places)
