"""What is wrong with an input, and where: the vocabulary of every error message.

A `Diagnostic` names a phrase by its code and carries the words to put into it; the sentence itself
stands in `library/phrases`, in every language. A `Failure` carries all diagnostics of one input.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from errno import errorcode


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in a text: line and column count from 1, `width` is in characters."""

    line: int
    column: int
    width: int = 1

    def moved(self, lines: int, columns: int) -> Span:
        return Span(self.line + lines, self.column + columns, self.width)


@dataclass(frozen=True)
class Diagnostic:
    """One mistake: the code of its phrase, its place if it has one, and the words of the phrase.

    `hint` is the code of a second phrase, the likely fix.
    """

    code: str
    span: Span | None
    words: tuple[tuple[str, str], ...] = ()
    hint: str | None = None

    def moved(self, lines: int, columns: int) -> Diagnostic:
        span = self.span.moved(lines, columns) if self.span else None
        return Diagnostic(self.code, span, self.words, self.hint)


def diagnostic(
    code: str, span: Span | None = None, hint: str | None = None, **words: object
) -> Diagnostic:
    return Diagnostic(code, span, tuple((k, str(v)) for k, v in words.items()), hint)


class Failure(Exception):
    """The input is at fault; `diagnostics` says all that is.

    `file` and `text` are those of the file at fault, where it is not the one being worked on.
    """

    def __init__(self, diagnostics: Iterable[Diagnostic], file: str = "", text: str = "") -> None:
        self.diagnostics = tuple(diagnostics)
        self.file, self.text = file, text
        super().__init__("; ".join(d.code for d in self.diagnostics))


def failure(
    code: str, span: Span | None = None, hint: str | None = None, **words: object
) -> Failure:
    """A `Failure` of a single diagnostic."""
    return Failure([diagnostic(code, span, hint, **words)])


def cause(error: OSError) -> str:
    """Why the system refused, by the name of its number, EACCES; `explain` says it in words."""
    return errorcode.get(error.errno or 0, str(error.strerror))


def similar(name: str, known: Iterable[str]) -> str:
    """The known name that is most like `name`; empty where none is."""
    from difflib import get_close_matches

    spellings = {k.casefold(): k for k in known}
    close = get_close_matches(name[:60].casefold(), list(spellings), 1)
    return spellings[close[0]] if close else ""
