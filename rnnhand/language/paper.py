"""A text that is made of another one; every character knows the place that it stands for."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from rnnhand.errors import Diagnostic, Failure, Span
from rnnhand.language.tree import Expr, children, with_children

DIGITS = [r"\d" * n for n in range(1, 7)]
LETTER = r"[^\W\d_]"
NAME = rf"{LETTER}(?:\w|[\u0302-\u0304])*?['′’]*"
ALONE = r"(?<![\w'′’])"
BEFORE = f"(?:{'|'.join([ALONE, *(f'(?<={ALONE}{digits})' for digits in DIGITS)])})"
"""Where a name may begin: not within another one, but behind a number, as in 2h."""


@dataclass(frozen=True)
class Paper:
    """A text, and for each of its characters where it comes from."""

    text: str
    places: tuple[int, ...]

    def part(self, start: int, end: int) -> Paper:
        return Paper(self.text[start:end], self.places[start:end])

    def place(self, at: int) -> int:
        if at < len(self.places):
            return self.places[at]
        return self.places[-1] + 1 if self.places else 0


def original(text: str) -> Paper:
    return Paper(text, tuple(range(len(text))))


def made(text: str, place: int) -> Paper:
    """Something that stands for what is at one place."""
    return Paper(text, (place,) * len(text))


def together(*parts: Paper) -> Paper:
    return Paper("".join(p.text for p in parts), tuple(x for p in parts for x in p.places))


def located(paper: Paper, source: str, span: Span) -> Span:
    """A place in what was made, as one in the original."""
    first = paper.place(span.column - 1)
    last = paper.place(span.column + span.width - 2)
    line = source.count("\n", 0, first) + 1
    column = first - (source.rfind("\n", 0, first) + 1) + 1
    return Span(line, column, max(last - first + 1, 1))


def tree_located(paper: Paper, source: str, tree: Expr) -> Expr:
    parts = tuple(tree_located(paper, source, c) for c in children(tree))
    here = with_children(tree, parts)
    return here if tree.span is None else replace(here, span=located(paper, source, tree.span))


def failure_located(paper: Paper, source: str, error: Failure) -> Failure:
    def moved(d: Diagnostic) -> Diagnostic:
        return d if d.span is None else replace(d, span=located(paper, source, d.span))

    return Failure([moved(d) for d in error.diagnostics])


def substituted(
    pattern: re.Pattern[str], make: Callable[[Paper, re.Match[str]], Paper | None], paper: Paper
) -> Paper:
    """The text with something else for each match; None leaves it as it is."""
    found: list[Paper] = []
    end = 0
    for m in pattern.finditer(paper.text):
        new = make(paper, m)
        if new is not None:
            found += [paper.part(end, m.start()), new]
            end = m.end()
    return together(*found, paper.part(end, len(paper.text)))


def group(paper: Paper, m: re.Match[str], name: str | int) -> Paper:
    start, end = m.span(name)
    return paper.part(start, end)


def closing(text: str, start: int) -> int:
    """Where the bracket that opens at `start` is closed; the end of the text where it is not."""
    depth = 0
    for i in range(start, len(text)):
        depth += text[i] in "([{"
        depth -= text[i] in ")]}"
        if depth == 0:
            return i
    return len(text)
