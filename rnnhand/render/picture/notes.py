"""The lines of a caption: what belongs together stays together, and a caption that would be high
beside its picture is rather wider."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from rnnhand.document.blocks import Sentence
from rnnhand.render.picture.shapes import SMALL
from rnnhand.render.picture.words import line, width
from rnnhand.render.wrapping import balanced

FEW = 6
"""Lines up to which no caption is high."""

SHARE = 0.4
"""The share of the height of a picture up to which its caption is not high."""

LEADING = 18.0
"""From one line to the next."""

WIDER = (1.0, 1.25, 1.5, 1.75)
"""How much wider a caption may be."""

WIDEST = 840.0

TIE = "\ue000"
"""A blank at which no line breaks, until the lines are there."""

SIGN = re.compile(r"[^\w\s→]+")
"""What stands for itself between words, as the signs of a picture do."""


def notes(caption: Sequence[Sentence], room: float, high: float) -> list[str]:
    """The lines of a caption below a picture that is `high`, about as wide as the room."""
    texts = [_tied(line(sentence)) for sentence in caption]
    widths = [room, *(room * more for more in WIDER[1:] if room * more <= WIDEST)]
    tried = [[part for text in texts for part in _lines(text, wide)] for wide in widths]
    most = max(FEW, int(SHARE * high / LEADING))
    low = (found for found in tried if len(found) <= most)
    return next(low, min(tried, key=len))


def _lines(text: str, room: float) -> list[str]:
    """A text in lines that rather break after an item than in one."""
    items = [_whole(item, room) for item in text.split("; ")]
    return [part.replace(TIE, " ") for part in balanced("; ".join(items), room, _width)]


def _whole(item: str, room: float) -> str:
    """An item that is not broken where it fits on a line."""
    return item.replace(" ", TIE) if _width(item + ";") <= room else item


def _tied(text: str) -> str:
    """A text whose signs stay with the word before and the word behind, in their sentences."""
    words = text.split(" ")
    found = words[0]
    for before, word in pairwise(words):
        is_ended = before.endswith((".", ",", ";", ":"))
        is_tied = SIGN.fullmatch(before) or (SIGN.fullmatch(word) and not is_ended)
        found += (TIE if is_tied else " ") + word
    return found


def _width(text: str) -> float:
    return width(text.replace(TIE, " "), SMALL)
