"""The bytes of an answer sheet → text, in whatever encoding a table program saved it."""

from __future__ import annotations

import codecs
import re

from rnnhand.errors import Span, failure
from rnnhand.language import limits
from rnnhand.problem.yaml import BREAKS, ODD_BREAKS

MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"),
         (codecs.BOM_UTF16_BE, "utf-16-be"))  # fmt: skip
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
CYRILLIC = re.compile(rb"[\xc0-\xff]{2}")
"""Two letters one after the other in windows-1251; in western texts they stand alone."""

REPLACED = "\ufffd"


def decoded_sheet(raw: bytes, limit: int = limits.SHEET_BYTES) -> str:
    """The text of a sheet: UTF-8, UTF-16, or the code page of a Russian or a western Windows.
    Control characters become �, so that what holds them cannot be read and nothing else suffers.
    Raises `Failure` for what is too long, or no text."""
    if len(raw) > limit:
        raise failure("sheet-too-large", None, limit=limit)
    text = BREAKS.sub("\n", _text(raw)).replace("\ufeff", "")
    if not text.strip():
        raise failure("sheet-empty", Span(1, 1), "hint-sheet")
    return CONTROL.sub(REPLACED, ODD_BREAKS.sub(" ", text))


def _text(raw: bytes) -> str:
    for mark, encoding in MARKS:
        if raw.startswith(mark):
            return raw[len(mark) :].decode(encoding, "replace")
    half = len(raw) // 2
    for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if half and 2 * raw[first::2].count(0) > half and not raw[1 - first :: 2].count(0):
            return raw.decode(encoding, "replace")
    if found := BINARY.search(raw):
        before = raw[: found.start()]
        span = Span(before.count(b"\n") + 1, found.start() - before.rfind(b"\n"))
        code = f"U+{found[0][0]:04X}"
        raise failure("sheet-binary", span, "hint-sheet-binary", found=code)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1251" if CYRILLIC.search(raw) else "cp1252", "replace")
