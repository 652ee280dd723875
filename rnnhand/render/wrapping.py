"""Text in lines that break where one may stop reading: between words and items, in no number."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TypeAlias

Width: TypeAlias = Callable[[str], float]

BLANKS = " \u00a0"
SIGN = re.compile("[-−+][ \u00a0]")
"""What a line may begin with in a sum."""

DEEPEST = 5
"""Brackets in brackets up to which a line may break in them."""

LONGEST_WHOLE = 40
"""Letters up to which a word is not cut: it stands out rather."""


def balanced(text: str, room: float, width: Width) -> list[str]:
    """A text in lines that are no wider than the room and about as wide as one another: no word is
    left alone on the last, and nothing is broken for this that else stays together."""
    found = wrapped(text, room, width)
    parts = [width(part) for _, part in _split(text, 0)]
    whole = max((wide for wide in parts if wide <= room), default=0.0)
    low, high = max(room / len(found) / 2, whole), room
    for _ in range(12 if len(found) > 1 else 0):
        middle = (low + high) / 2
        lines = wrapped(text, middle, width)
        if len(lines) > len(found) or max(map(width, lines)) > middle:
            low = middle
        else:
            high, found = middle, lines
    return found


def wrapped(text: str, room: float, width: Width) -> list[str]:
    """A text in lines that are no wider than the room, where that is possible: broken at blanks
    outside of brackets, or, where this is not enough, after commas and before the signs of a sum,
    at last in brackets."""
    lines = [""]
    for blank, part in _pieces(text, room, width, 0):
        longer = f"{lines[-1]}{blank}{part}" if lines[-1] else part
        if lines[-1] and width(longer) > room:
            lines.append(part)
        else:
            lines[-1] = longer
    return lines


def _pieces(text: str, room: float, width: Width, level: int) -> Iterator[tuple[str, str]]:
    """The parts that stay together, each with the blank before it."""
    for blank, part in _split(text, level):
        if width(part) <= room:
            yield blank, part
        elif level < DEEPEST:
            (_, first), *rest = _pieces(part, room, width, level + 1)
            yield blank, first
            yield from rest
        else:
            yield from _letters(blank, part, room, width)


def _split(text: str, level: int) -> Iterator[tuple[str, str]]:
    """The parts between the blanks of a level: 0 are the plain ones outside of brackets, 1 those
    that hold a list or a sum together there, 2 and so on those of lists and sums in brackets, the
    last all there are."""
    before, part, depth = "", "", 0
    for i, c in enumerate(text):
        depth += (c in "([") - (c in ")]")
        breaks = part.endswith((",", ";", "|")) or SIGN.match(text, i + 1) is not None
        own = 0 if c == " " and depth <= 0 else max(depth, 0) + 1
        if c in BLANKS and ((own == level and (own == 0 or breaks)) or level == DEEPEST):
            yield before, part
            before, part = c, ""
        else:
            part += c
    yield before, part


def _letters(blank: str, part: str, room: float, width: Width) -> Iterator[tuple[str, str]]:
    """What has no blanks, as a word of a thousand letters, cut anywhere; numbers are shorter."""
    count = max(int(room / max(width(part) / len(part), 1e-9)), 1) if part else 1
    if len(part) <= LONGEST_WHOLE:
        count = LONGEST_WHOLE
    for i in range(0, max(len(part), 1), count):
        yield (blank if i == 0 else ""), part[i : i + count]
