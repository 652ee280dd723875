"""The formats of answer sheets, as data: what a file's name ends with, what its text looks like,
how it is read and how a blank one is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rnnhand.marking.formats.blank import Blank
from rnnhand.marking.formats.cells import looks_like_csv, read_csv, write_csv
from rnnhand.marking.formats.entry import Entry
from rnnhand.marking.formats.lines import looks_like_lines, read_lines, write_lines
from rnnhand.marking.formats.maps import (
    looks_like_json,
    looks_like_yaml,
    read_json,
    read_yaml,
    write_json,
    write_yaml,
)
from rnnhand.marking.formats.markdown import looks_like_markdown, read_markdown, write_markdown


@dataclass(frozen=True)
class Format:
    """`looks` says whether a text may be meant so; `is_for_tables`, that table programs open it,
    which take a file for UTF-8 only if it begins with a mark."""

    name: str
    endings: tuple[str, ...]
    read: Callable[[str], Iterable[Entry]]
    looks: Callable[[str], bool]
    write: Callable[[Blank], str]
    is_for_tables: bool = False


FORMATS = (
    Format("json", (".json",), read_json, looks_like_json, write_json),
    Format("md", (".md", ".markdown"), read_markdown, looks_like_markdown, write_markdown),
    Format("txt", (".txt", ".text"), read_lines, looks_like_lines, write_lines),
    Format("yaml", (".yaml", ".yml"), read_yaml, looks_like_yaml, write_yaml),
    Format("csv", (".csv", ".tsv", ".tab"), read_csv, looks_like_csv, write_csv, True),
)
"""In the order in which a text is tried."""


def named(name: str) -> Format | None:
    """The format that the name of a file says."""
    return next((f for f in FORMATS if name.lower().endswith(f.endings)), None)


def format_of(text: str, name: str = "") -> Format:
    """The format of a sheet: what its name says, if its text agrees; else what its text looks
    like; else, again, what its name says."""
    told = named(name)
    if told is not None and told.looks(text):
        return told
    found = next((f for f in FORMATS if f.looks(text)), None)
    return found or told or next(f for f in FORMATS if f.name == "yaml")
