"""The words that are answers, as the library has them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from rnnhand.problem import yaml


@cache
def words() -> Mapping[str, frozenset[str]]:
    """How people say each word, in all languages, as `plain` has it."""
    return {
        word: frozenset(plain(text) for spellings in by_language for text in spellings)
        for word, by_language in _read().items()
    }


def first_spellings(word: str) -> tuple[str, ...]:
    """How each language has a word in the first place."""
    return tuple(spellings[0] for spellings in _read()[word])


@cache
def _read() -> Mapping[str, tuple[tuple[str, ...], ...]]:
    node = yaml.read(files("rnnhand").joinpath("library", "words.yaml").read_text("utf-8"))
    assert isinstance(node, yaml.Map)
    return {key.text: tuple(map(_texts, _items(value))) for key, value in node.entries}


def plain(written: str) -> str:
    """A word without what does not matter in it."""
    text = re.sub(r"\s+", " ", written.casefold().replace("ё", "е").replace("’", "'"))
    return text.strip(" .!:;,\"'«»“”")


def _items(node: yaml.Node) -> tuple[yaml.Node, ...]:
    assert isinstance(node, yaml.List)
    return node.items


def _texts(node: yaml.Node) -> tuple[str, ...]:
    return tuple(item.text for item in _items(node) if isinstance(item, yaml.Text))
