"""The formats of answer sheets, as data: what a file's name ends with, what its text looks like, how
it is read and how a blank one is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rnnhand.marking.formats.cells import looks_like_csv, read_csv
from rnnhand.marking.formats.entry import Entry
from rnnhand.marking.formats.lines import looks_like_lines, read_lines
from rnnhand.marking.formats.maps import looks_like_json, looks_like_yaml, read_json, read_yaml
from rnnhand.marking.formats.markdown import looks_like_markdown, read_markdown


@dataclass(frozen=True)
class Format:
    """`looks` says whether a text may be meant so."""

    name: str
    endings: tuple[str, ...]
    read: Callable[[str], Iterable[Entry]]
    looks: Callable[[str], bool]


FORMATS = (
    Format("json", (".json",), read_json, looks_like_json),
    Format("md", (".md", ".markdown"), read_markdown, looks_like_markdown),
    Format("txt", (".txt", ".text"), read_lines, looks_like_lines),
    Format("yaml", (".yaml", ".yml"), read_yaml, looks_like_yaml),
    Format("csv", (".csv", ".tsv", ".tab"), read_csv, looks_like_csv),
)
"""In the order in which a text is tried."""


def format_of(text: str, name: str = "") -> Format:
    """The format of a sheet: what its name says, if its text agrees; else what its text looks
    like; else, again, what its name says."""
    told = next((f for f in FORMATS if name.lower().endswith(f.endings)), None)
    if told is not None and told.looks(text):
        return told
    found = next((f for f in FORMATS if f.looks(text)), None)
    return found or told or next(f for f in FORMATS if f.name == "yaml")
