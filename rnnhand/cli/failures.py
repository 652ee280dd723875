"""Failures on standard error: place, sentence, the line with a caret, the likely fix."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from rnnhand.cli.speech import speech
from rnnhand.errors import Failure
from rnnhand.explain.failures import told
from rnnhand.language import limits


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
        click.echo(printable(told(error, place.name, place.text, speech(lang))), err=True)
        sys.exit(2)
    except RecursionError:
        click.echo(printable(speech(lang).say("too-deep", limit=limits.DEPTH)), err=True)
        sys.exit(2)


def printable(text: str) -> str:
    """Nothing that could steer a terminal, and nothing that the stream cannot take."""
    clean = "".join(c if c.isprintable() or c == "\n" else f"\\x{ord(c):02x}" for c in text)
    encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
    return clean.encode(encoding, "backslashreplace").decode(encoding)
