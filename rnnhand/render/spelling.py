"""Inlines → boxes of text, in the alphabet that a console has."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import assert_never

from rich.console import Console

from rnnhand.document.blocks import Equals, Inline, Math, Sentence, Shown, Tag
from rnnhand.language.numerals import Numeral
from rnnhand.render.boxes import Box, beside, formula, table_box, word
from rnnhand.render.notation import Signs, plain

INDENT = 2
NO_BREAK = "\u00a0"
"""A blank at which no line ends: b → ∞ stays together."""


def can_show(console: Console, text: str) -> bool:
    """Whether the console's encoding has all characters of a text."""
    return text.isascii() or _has_all(console.encoding, text)


@lru_cache(maxsize=10_000)
def _has_all(encoding: str, text: str) -> bool:
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


@dataclass(frozen=True)
class Piece:
    """A box that a line may not break, with its style."""

    box: Box
    style: str = ""


@dataclass(frozen=True)
class Spelling:
    """How a console spells: its alphabet, its signs, its width."""

    console: Console
    signs: Signs
    width: int

    def text(self, text: str) -> str:
        """Text that the console can show, and nothing that could steer it."""
        clean = text
        if not text.isprintable():
            clean = "".join(c if c.isprintable() or c == NO_BREAK else " " for c in text)
        if can_show(self.console, clean):
            return clean
        return "".join(c if can_show(self.console, c) else plain(c) for c in clean)

    def word(self, text: str) -> Box:
        return word(self.text(text))

    def inline(self, inline: Inline) -> Box:
        match inline:
            case str():
                return self.word(inline)
            case Math(expr):
                return formula(expr, self.signs)
            case Shown(table):
                return table_box(table, self.signs)
            case Equals(left, right):
                if isinstance(right, Numeral | tuple):
                    shown = table_box(right, self.signs)
                else:
                    shown = formula(right, self.signs)
                return beside(formula(left, self.signs), word(" = "), shown)
            case Tag(_, words):
                return self.word(words)
            case _:
                assert_never(inline)

    def line(self, sentence: Sentence) -> str:
        """A sentence on one line."""
        return "".join(self.inline(i).lines[0] for i in sentence)

    def pieces(self, sentence: Sentence) -> list[Piece]:
        """A sentence as pieces between which a line may break: words and formulas."""
        found: list[Box] = []
        glue = False
        for inline in sentence:
            if not isinstance(inline, str):
                box = self.inline(inline)
                found = [*found[:-1], beside(found[-1], box)] if glue and found else [*found, box]
                glue = True
                continue
            parts = self.text(inline).split(" ")
            for i, part in enumerate(parts):
                if i == 0 and glue and part and found:
                    found[-1] = beside(found[-1], word(part))
                elif part:
                    found.append(word(part))
            glue = not inline.endswith(" ")
        spaced = [Piece(beside(b, word(" "))) for b in found[:-1]]
        return [*spaced, *(Piece(b) for b in found[-1:])]

    def item(self, sentence: Sentence) -> list[Piece]:
        """A given value; it breaks only inside long sequences."""
        pieces = self.pieces(sentence)
        whole = beside(*(p.box for p in pieces)) if pieces else word("")
        if whole.width <= self.width - INDENT:
            pieces = [Piece(whole)]
        return [*pieces[:-1], Piece(beside(pieces[-1].box, word("    ")))]
