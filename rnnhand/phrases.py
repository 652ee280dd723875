"""Every sentence the tool says, by its code, in every language: `library/phrases/*.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

SLOT = re.compile(r"\{(\w+)(?:\?((?:[^{}]|\{\w+\})*))?\}")
"""{count}, or {count?step|steps}: the word that goes with a number, from those of the language."""
SOURCE = "en"
"""The language that has every phrase, and what click itself says."""
POINT = "."
"""The decimal mark of everything that machines read."""


@dataclass(frozen=True)
class Phrases:
    """The phrases of one language, and the decimal mark that goes with them."""

    lang: str
    table: Mapping[str, str]
    decimal: str = POINT

    def number(self, literal: str) -> str:
        """A number inside a sentence, with the decimal mark that is wanted: 7,5."""
        return literal.replace(".", self.decimal)

    def say(self, code: str, **words: object) -> str:
        """A phrase with its slots filled. What fills a slot is never read as a phrase."""
        return "".join(
            str(words.get(slot, "")) if slot else part for part, slot in self.parts(code, words)
        )

    def parts(self, code: str, words: Mapping[str, object]) -> Iterator[tuple[str, str]]:
        """The phrase as (text, "") and ("", slot), in order; words that go with a number are text
        already."""
        return self._parts(self.table[code], words)

    def _parts(self, template: str, words: Mapping[str, object]) -> Iterator[tuple[str, str]]:
        end = 0
        for match in SLOT.finditer(template):
            yield template[end : match.start()], ""
            if match[2] is None:
                yield "", match[1]
            else:
                yield from self._parts(self.form(match[2], words.get(match[1])), words)
            end = match.end()
        yield template[end:], ""

    def form(self, forms: str, number: object) -> str:
        """Of the words that a number may have with it, in the order of the language's rule, the one
        that it has: 1 step, 2 steps; 21 шаг, 22 шага, 25 шагов.

        The rule `plural-forms` has a part for each: how numbers look, and how they must not.
        """
        choices = forms.split("|")
        for choice, part in zip(choices, self.table["plural-forms"].split(";"), strict=False):
            looks, _, but = part.partition(" but ")
            if _looks(number, looks) and not _looks(number, but):
                return choice
        return choices[-1]


def _looks(number: object, patterns: str) -> bool:
    return any(fnmatchcase(str(number), pattern) for pattern in patterns.split())


def folder() -> Path:
    """Where the languages are: `ru.yaml`, `errors-ru.yaml` and `help-ru.yaml` are Russian."""
    return Path(__file__).parent / "library" / "phrases"


@cache
def languages() -> tuple[str, ...]:
    """The languages that have phrase files."""
    return tuple(sorted(f.stem for f in folder().glob("*.yaml") if "-" not in f.stem))


@cache
def phrases(lang: str, decimal: str = "") -> Phrases:
    """The phrases of a language that the library has; the decimal mark is the one that the
    language writes, or the given one."""
    table = _table(lang)
    return Phrases(lang, table, decimal or table["decimal-mark"])


@cache
def _table(lang: str) -> dict[str, str]:
    return {code: said for part in ("", "errors-") for code, said in read(part, lang).items()}


def text_of(part: str, lang: str) -> str:
    """A file of phrases as text; the English one where a language does not have it yet."""
    own = folder() / f"{part}{lang}.yaml"
    return (own if own.exists() else folder() / f"{part}{SOURCE}.yaml").read_text("utf-8")


def read(part: str, lang: str) -> dict[str, str]:
    """One file of phrases, by code."""
    from rnnhand.problem import yaml

    node = yaml.read(text_of(part, lang))
    assert isinstance(node, yaml.Map), (part, lang)
    return {k.text: v.text for k, v in node.entries if isinstance(v, yaml.Text)}
