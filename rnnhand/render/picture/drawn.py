"""A placed graph in curves, outlines and words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

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

Part: TypeAlias = Curve | Shape | Words


def drawn(pattern: Pattern) -> Picture:
    """The picture of a pattern, without its frame, in which lines from step to step run as they
    are laid out: what ways to draw a graph are compared by."""
    places = Places(pattern)
    parts = [*_lines(places)]
    return _with_nodes(places, parts, _curves(parts))


def finished(pattern: Pattern) -> Picture:
    """The same picture, in which these lines turn once where nothing is in the way."""
    places = Places(pattern)
    parts = [*_lines(places)]
    return _with_nodes(places, parts, with_direct(_curves(parts), _words(parts), places))


def _curves(parts: Sequence[Part]) -> list[Curve]:
    return with_trunks([part for part in parts if isinstance(part, Curve)])


def _words(parts: Sequence[Part]) -> list[Words]:
    return [part for part in parts if isinstance(part, Words)]


def _with_nodes(places: Places, parts: Sequence[Part], curves: Sequence[Curve]) -> Picture:
    """The lines of a picture with its nodes, whose names stand where lines and words before them
    leave room."""
    picture = Picture(
        places.pattern.graph.title,
        curves=clear_heads(curves, places),
        shapes=[part for part in parts if isinstance(part, Shape)],
        words=_words(parts),
    )
    points = striped(picture.curves)
    for key, look in places.pattern.looks.items():
        corner, crowded = beside(key, Taken(places, points, picture.words))
        draw(picture, look, *places.at(key), corner, crowded)
    return picture


def _lines(places: Places) -> Iterator[Part]:
    """Edges inside a column and above all columns, then those from step to step."""
    edges = places.pattern.edges
    for edge in (*edges.inner, *edges.leaving, *edges.after):
        yield from rising(places, edge, places.leaving(edge))
    yield from around(places) if edges.folded else across(places)
