"""Every sentence the tool says, by its code, in every language: `library/phrases/*.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from rnnhand.problem import yaml

SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Phrases:
    """The phrases of one language."""

    lang: str
    table: Mapping[str, str]

    def say(self, code: str, **words: object) -> str:
        """A phrase with its slots filled. What fills a slot is never read as a phrase."""
        return "".join(
            str(words.get(slot, "")) if slot else part for part, slot in self.parts(code)
        )

    def parts(self, code: str) -> Iterator[tuple[str, str]]:
        """The phrase as (text, "") and ("", slot), in order."""
        end = 0
        template = self.table[code]
        for match in SLOT.finditer(template):
            yield template[end : match.start()], ""
            yield "", match[1]
            end = match.end()
        yield template[end:], ""


@cache
def phrases(lang: str) -> Phrases:
    """The phrases of a language that the library has."""
    table: dict[str, str] = {}
    for part in ("", "errors-"):
        file = files("rnnhand").joinpath("library", "phrases", f"{part}{lang}.yaml")
        node = yaml.read(file.read_text("utf-8"))
        assert isinstance(node, yaml.Map), lang
        table |= {k.text: v.text for k, v in node.entries if isinstance(v, yaml.Text)}
    return Phrases(lang, table)
