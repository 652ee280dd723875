"""Failures on standard error: place, sentence, the line with a caret, the likely fix."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from rnnhand.errors import Diagnostic, Failure
from rnnhand.language import limits
from rnnhand.phrases import Phrases, phrases

MOST = 20
LINE = 100
WORD = 200


class Place:
    """The file that is being worked on, for messages; set once its text is known."""

    name = ""
    text = ""


@contextmanager
def reported(lang: str) -> Iterator[Place]:
    """Exit with status 2 and a message for every failure inside."""
    place = Place()
    try:
        yield place
    except Failure as error:
        if error.file:
            place.name, place.text = error.file, error.text
        messages = [message(d, place, phrases(lang)) for d in error.diagnostics[:MOST]]
        rest = len(error.diagnostics) - MOST
        if rest > 0:
            messages.append(phrases(lang).say("more-mistakes", count=rest))
        click.echo(printable("\n".join(messages)), err=True)
        sys.exit(2)
    except RecursionError:
        click.echo(printable(phrases(lang).say("too-deep", limit=limits.DEPTH)), err=True)
        sys.exit(2)


def message(d: Diagnostic, place: Place, words: Phrases) -> str:
    """`file:line:column: sentence`, the line, and the hint under a caret."""
    slots = {key: short(word) for key, word in d.words}
    sentence = words.say(d.code, **slots)
    hint = words.say(d.hint, **slots) if d.hint else ""
    lines = place.text.split("\n")
    head = short(place.name)
    if d.span is not None and d.span.line:
        head += f":{d.span.line}:{d.span.column}"
    head += ": " if head else ""
    if d.span is None or not place.text or not 1 <= d.span.line <= len(lines):
        return f"{head}{sentence}" + (f"\n    {hint}" if hint else "")
    line = lines[d.span.line - 1]
    blank = len(line) - len(line.lstrip(" "))
    start = max(blank, min(d.span.column - 1, len(line)) - LINE // 2)
    start = min(start, d.span.column - 1)
    cut = line[start : start + LINE].replace("\t", " ")
    caret = " " * (d.span.column - 1 - start) + "^" * max(1, min(d.span.width, LINE // 2))
    return f"{head}{sentence}\n    {cut}\n    {caret}" + (f"  {hint}" if hint else "")


def short(word: str) -> str:
    """A word, or the beginning and the end of a long one."""
    return word if len(word) <= WORD else f"{word[: WORD - 40]} … {word[-40:]}"


def printable(text: str) -> str:
    """Nothing that could steer a terminal, and nothing that the stream cannot take."""
    clean = "".join(c if c.isprintable() or c == "\n" else f"\\x{ord(c):02x}" for c in text)
    encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
    return clean.encode(encoding, "backslashreplace").decode(encoding)
