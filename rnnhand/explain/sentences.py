"""Phrases as sentences of a document: text with formulas and numbers in its slots."""

from __future__ import annotations

from rnnhand.document.blocks import Equals, Inline, Math, Sentence, Tag
from rnnhand.language.numerals import Numeral
from rnnhand.language.printer import text
from rnnhand.phrases import Phrases


def sentence(words: Phrases, code: str, /, **slots: Inline | Sentence) -> Sentence:
    """The phrase, each slot filled with text, mathematics, or a sentence of its own."""
    found: list[Inline] = []
    for part, slot in words.parts(code, slots):
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


def plain(content: Sentence) -> str:
    """A sentence as mere text, its formulas in the language of problem files."""
    found = []
    for part in content:
        match part:
            case str():
                found.append(part)
            case Math(expr):
                found.append(text(expr))
            case Equals(left, right) if not isinstance(right, Numeral | tuple):
                found.append(f"{text(left)} = {text(right)}")
            case Tag(_, words):
                found.append(words)
            case _:
                raise TypeError(f"no plain text for {part!r}")
    return "".join(found)
