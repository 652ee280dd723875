"""Strangers' texts made harmless: names as file names, fields of tables, nothing that steers."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import chain

NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?(?:/\d+)?")
FORMULA = "=+-@＝＋－＠"
"""What makes a table program read a field as a formula."""
PLAIN = re.compile(r"[0-9A-Za-z_\[](?:[ -:<-~]*[!-:<-~])?")
"""Printable ASCII without semicolons that begins as no formula does: most fields by far."""
CONTROL = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
RESERVED = {"con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(10))}
BYTES = 120
SHORT = 40
"""Characters of a field that is likely to come again."""


def clean(text: str) -> str:
    """Text without control characters and marks of direction, on one line."""
    shown = ("" if unicodedata.category(c) in CONTROL else c for c in re.sub(r"\s", " ", text))
    return unicodedata.normalize("NFC", "".join(shown)).strip()


def field(text: str) -> str:
    """A field of a table that no table program takes for a formula; numbers stay numbers.

    A semicolon may end a field where a program expects it to, so what stands behind one counts.
    """
    return _often(text) if len(text) <= SHORT else _field(text)


@lru_cache(maxsize=10_000)
def _often(text: str) -> str:
    """A field as many rows of a class have it."""
    return _field(text)


def _field(text: str) -> str:
    if not text or PLAIN.fullmatch(text) or NUMBER.fullmatch(text):
        return text
    return ";".join(_defused(part) for part in clean(text).split(";"))


def _defused(part: str) -> str:
    bare = part.lstrip(" \"'")
    if bare[:1] and bare[0] in FORMULA and not NUMBER.fullmatch(part.strip()):
        return f"'{part}"
    return part


def file_names(students: Iterable[str]) -> dict[str, str]:
    """A file name, without its suffix, for each student: no path, and none twice, not even where
    upper and lower case are one."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for student in students:
        plain = _file_name(student)
        mark = hashlib.sha256(student.encode("utf-8", "surrogatepass")).hexdigest()
        marked = (f"{plain}-{mark[:length]}" for length in range(8, len(mark) + 1, 8))
        choices = chain([plain] if plain == student else [], marked)
        plain = next(name for name in choices if name.casefold() not in taken)
        taken.add(plain.casefold())
        names[student] = plain
    return names


def _file_name(student: str) -> str:
    kept = "".join(
        c if unicodedata.category(c)[0] in "LMN" or c in " -_.()" else "_" for c in student
    )
    kept = kept.encode("utf-8", "replace")[:BYTES].decode(errors="ignore").strip(" .")
    if kept.split(".")[0].casefold().strip() in RESERVED:
        kept = f"_{kept}"
    return kept or "_"
