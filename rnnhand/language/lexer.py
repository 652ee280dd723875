"""Text → tokens. Every token knows its line and column."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from rnnhand.errors import Diagnostic, Failure, Span, diagnostic
from rnnhand.language import limits


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is number, name, adjoint, newline, end, bad, or the operator itself in ASCII."""

    kind: str
    text: str
    span: Span
    glued: bool = False  # no blank before it


NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?")
OPERATORS = re.compile(r"\*\*|>=|<=|==|!=|[-+*/^@=()\[\],;<>.]|[⊙∘⊗·×−≥≤≠√]")
ASCII = {"**": "^", "⊙": "*", "∘": "*", "·": "*", "×": "*", "−": "-", "≥": ">=", "≤": "<="}
ASCII["≠"] = "!="
START = Span(1, 1)
ADJOINT = re.compile(r"(d[^\W\d]\w*['′’]*(?:\[-?\d+\])?)/d(?=[^\W\d])")


def is_name_start(c: str) -> bool:
    return c == "_" or unicodedata.category(c)[0] == "L"


def name_end(text: str, start: int) -> int:
    """Where the name that begins at `start` ends: letters, digits, marks, `_`, then primes."""
    i = start + 1
    while i < len(text) and (text[i] == "_" or unicodedata.category(text[i])[:2] in NAME_PARTS):
        i += 1
    while i < len(text) and text[i] in "'′’":
        i += 1
    return i


NAME_PARTS = {"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Nd"}


def normal_name(text: str) -> str:
    """One spelling for each name: composed letters, straight primes."""
    return unicodedata.normalize("NFC", text).replace("′", "'").replace("’", "'")


MOST = 30
"""Lexical mistakes after which a text is hardly one of equations."""

EQUATION = re.compile(
    r"[ \t]*(?!(?:stride|padding|size)\b)[^\W\d]\w*['′’]*[ \t]*(?:\[[^\[\]\n=]*\][ \t]*)?=(?!=)"
)
"""The beginning of an equation: inside brackets, one of them was not closed."""


def tokens(
    text: str,
    adjoints: frozenset[str] = frozenset(),
    origin: Span = START,
    wrong: list[Diagnostic] | None = None,
) -> list[Token]:
    """All tokens; a newline inside brackets is a blank, unless an equation begins after it.

    Raises every lexical mistake at once; or notes them in `wrong`, where it is given, and leaves
    a token of the kind `bad` in each place.

    `origin` is the place of the first character, and its column the indentation of every line.

    `adjoints` names the numerators, such as `dL` or `dL[2]`, before which `/d…` continues the
    name of a derivative instead of dividing.
    """
    raising = wrong is None
    wrong = [] if wrong is None else wrong
    if len(text) > limits.TEXT:
        raise Failure([diagnostic("text-too-long", origin, limit=limits.TEXT)])
    found: list[Token] = []
    before = len(wrong)
    i, line, line_start, open_brackets = 0, origin.line, 1 - origin.column, 0
    glued = False

    def add(kind: str, end: int) -> None:
        nonlocal i, glued
        span = Span(line, i - line_start + 1, max(end - i, 1))
        found.append(Token(kind, text[i:end], span, glued))
        i, glued = end, True

    while i < len(text):
        c = text[i]
        if c == "\n":
            if open_brackets <= 0 or EQUATION.match(text, i + 1):
                add("newline", i + 1)
                open_brackets = 0
            else:
                i += 1
            line, line_start, glued = line + 1, i + 1 - origin.column, False
        elif c in " \t\r\u00a0\u2009\u202f":
            i, glued = i + 1, False
        elif c == "#":
            end = text.find("\n", i)
            i = end if end >= 0 else len(text)
        elif is_name_start(c) and (m := ADJOINT.match(text, i)) and normal_name(m[1]) in adjoints:
            end = name_end(text, m.end())
            add("adjoint", end)
        elif is_name_start(c):
            end = name_end(text, i)
            if end - i > limits.NAME:
                where = Span(line, i - line_start + 1, end - i)
                wrong.append(diagnostic("name-too-long", where, limit=limits.NAME))
            add("name", end)
        elif m := NUMBER.match(text, i):
            if m.end() - i > limits.NUMBER or _exponent(m[0]) > limits.EXPONENT:
                where = Span(line, i - line_start + 1, 1)
                wrong.append(
                    diagnostic(
                        "number-too-long", where, digits=limits.NUMBER, power=limits.EXPONENT
                    )
                )
            add("number", m.end())
        elif m := OPERATORS.match(text, i):
            kind = ASCII.get(m[0], m[0])
            open_brackets += (kind in "([") - (kind in ")]")
            add("name" if kind == "√" else kind, m.end())
        else:
            span = Span(line, i - line_start + 1)
            wrong.append(diagnostic("bad-character", span, _hint(c), found=shown(c)))
            add("bad", i + 1)
            if len(wrong) - before >= MOST:
                break
    if wrong and raising:
        raise Failure(wrong)
    found.append(Token("end", "", Span(line, len(text) - line_start + 1)))
    return found


def _exponent(number: str) -> int:
    _, _, power = number.lower().partition("e")
    return min(abs(int(power)), 10**9) if power and len(power) < 20 else 10**9 * bool(power)


def shown(c: str) -> str:
    """A character as a message may print it."""
    return c if c.isprintable() else f"U+{ord(c):04X}"


def _hint(c: str) -> str | None:
    category = unicodedata.category(c)
    if category == "No":
        return "hint-subscript"
    if c in "{}":
        return "hint-braces"
    if c in "\"'`“”«»":
        return "hint-quotes"
    if c == "|":
        return "hint-bars"
    if c in ":&!%?~$\\":
        return "hint-operators"
    return None
