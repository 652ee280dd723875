"""Phrases as sentences of a document: text with formulas and numbers in its slots."""

from __future__ import annotations

from rnnhand.document.blocks import Inline, Sentence
from rnnhand.phrases import Phrases


def sentence(words: Phrases, code: str, /, **slots: Inline | Sentence) -> Sentence:
    """The phrase, each slot filled with text, mathematics, or a sentence of its own."""
    found: list[Inline] = []
    for part, slot in words.parts(code):
        if part:
            found.append(part)
        if slot:
            filling = slots[slot]
            found += filling if isinstance(filling, tuple) else (filling,)
    return tuple(found)


def joined(parts: list[Sentence], between: str = ", ") -> Sentence:
    """Sentences one after the other."""
    found: list[Inline] = []
    for i, part in enumerate(parts):
        if i:
            found.append(between)
        found += part
    return tuple(found)
