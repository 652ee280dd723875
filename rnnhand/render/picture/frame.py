"""The frame of a picture: all of it in view, its title above and its caption below; bands of it one
below the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from rnnhand.document.blocks import Sentence
from rnnhand.render.picture.notes import LEADING, notes
from rnnhand.render.picture.shapes import SMALL, Curve, Picture, Point, Words
from rnnhand.render.picture.words import width
from rnnhand.render.wrapping import balanced

MARGIN = 16.0
TITLE = 16.0

BETWEEN_BANDS = 34.0

LEAST = 460.0
"""Room for title and caption below which a picture is widened for them. A caption may also be as
wide as the picture is high: on a page there is room beside a high one, but not below it."""


def framed(picture: Picture, caption: Sequence[Sentence], title: str) -> Picture:
    """The picture moved so that all of it is in view, with title and caption."""
    boxes = list(_extents(picture))
    left, right = min(b[0] for b in boxes), max(b[2] for b in boxes)
    top, bottom = min(b[1] for b in boxes), max(b[3] for b in boxes)
    room = max(right - left, bottom - top, LEAST)
    lines = notes(caption, room, bottom - top)
    titles = balanced(title, room, _large)
    widest = max([width(n, SMALL) for n in lines] + [1.1 * width(t, TITLE) for t in titles])
    whole = max(right - left, widest) + 2 * MARGIN
    dx = (whole - (right - left)) / 2 - left
    dy = MARGIN + 6 + 20 * len(titles) - top
    moved = _moved(picture, dx, dy)
    moved.width = whole
    for k, title in enumerate(titles):
        moved.words.append(Words(whole / 2, MARGIN + 6 + 20 * k, title, TITLE, "title"))
    y = bottom + dy + 24
    for note in lines:
        moved.words.append(Words(whole / 2, y, note, SMALL, "caption"))
        y += LEADING
    moved.height = y + MARGIN - (14 if lines else 18)
    return moved


def _large(text: str) -> float:
    return width(text, TITLE)


def size(picture: Picture) -> tuple[float, float]:
    """How wide and how high it is without its frame."""
    lefts, tops, rights, bottoms = zip(*_extents(picture), strict=True)
    return max(rights) - min(lefts), max(bottoms) - min(tops)


def across(picture: Picture) -> float:
    """How wide it is without its frame."""
    return size(picture)[0]


def tall(picture: Picture) -> float:
    """How high it is without its frame."""
    return size(picture)[1]


def stacked(bands: list[Picture]) -> Picture:
    """The bands one below the other, from the left edge of the first."""
    whole = Picture(bands[0].title)
    y = 0.0
    for band in bands:
        boxes = list(_extents(band))
        left, top = min(b[0] for b in boxes), min(b[1] for b in boxes)
        _add(whole, _moved(band, -left, y - top))
        y += max(b[3] for b in boxes) - top + BETWEEN_BANDS
    return whole


def in_lines(pictures: list[Picture], room: float) -> list[Picture]:
    """Pictures side by side on one ground, one below the other in their columns, as many in a line
    as there is room for, in lines of about the same length."""
    most = len(pictures)
    while most > 1 and sum(_columns(pictures, most)) - BETWEEN_BANDS > room:
        most -= 1
    count = -(-len(pictures) // most)
    length = -(-len(pictures) // count)
    wide = _columns(pictures, length)
    found = []
    for first in range(0, len(pictures), length):
        line = Picture(pictures[0].title)
        for k, picture in enumerate(pictures[first : first + length]):
            boxes = list(_extents(picture))
            left, low = min(b[0] for b in boxes), max(b[3] for b in boxes)
            _add(line, _moved(picture, sum(wide[:k]) - left, -low))
        found.append(line)
    return found


def _columns(pictures: list[Picture], length: int) -> list[float]:
    """How wide each column is, with room before the next one, of lines of some length."""
    return [max(map(across, pictures[k::length])) + BETWEEN_BANDS for k in range(length)]


def _add(whole: Picture, part: Picture) -> None:
    whole.curves += part.curves
    whole.shapes += part.shapes
    whole.words += part.words


def _extents(picture: Picture) -> Iterator[tuple[float, float, float, float]]:
    for s in picture.shapes:
        yield (s.x - s.width / 2, s.y - s.height / 2, s.x + s.width / 2, s.y + s.height / 2)
    for w in picture.words:
        right = w.left + width(w.text, w.size)
        yield (w.left, w.y - w.size * 0.7, right, w.y + w.size * 0.7)
    for c in picture.curves:
        for point in (c.start, *(p for piece in c.pieces for p in piece)):
            yield (*point, *point)


def _moved(picture: Picture, dx: float, dy: float) -> Picture:
    def at(p: Point) -> Point:
        return (p[0] + dx, p[1] + dy)

    return Picture(
        picture.title,
        curves=[
            Curve(
                at(c.start), tuple((at(a), at(b), at(d)) for a, b, d in c.pieces), c.role, c.arrow
            )
            for c in picture.curves
        ],
        shapes=[replace(s, x=s.x + dx, y=s.y + dy) for s in picture.shapes],
        words=[replace(w, x=w.x + dx, y=w.y + dy) for w in picture.words],
    )
