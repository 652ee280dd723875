"""Names and functions that stand together on paper: uh_t is u·h_t, tanh a_t is tanh(a_t)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from rnnhand.language.elementary import NAMES
from rnnhand.language.known import Known
from rnnhand.language.lexer import Token

MOST_PARTS = 4
PLACEHOLDER = "ꭰ"
"""Begins the name of what stands for a derivative or an entry."""


def apart(stream: Sequence[Token], known: Known) -> list[Token]:
    """The tokens with every name that is none cut into those that it is made of, where that can be
    done in one way; all but the last have no steps. U' is the transpose where nothing is called
    so."""
    found: list[Token] = []
    for token, behind in zip(stream, [*stream[1:], None], strict=True):
        parts: list[Token] = []
        if found and found[-1].kind == "^" and _begins_with_transpose(token, known):
            found.append(replace(token, text="T"))
            token = replace(token, text=token.text[1:])
        if token.kind == "name" and not _is_one(token.text, known):
            parts = _parts(token, known) or _turned(token, known)
            if not parts and behind is not None and behind.kind == "(":
                parts = _before_a_function(token, known)
        found += parts or [token]
    return found


def _begins_with_transpose(token: Token, known: Known) -> bool:
    """U^TU h."""
    rest = token.text[1:]
    if token.kind != "name" or token.text[:1] != "T" or not rest or _is_one(token.text, known):
        return False
    return known.name(rest) is not None or rest[0] == PLACEHOLDER


def _is_one(text: str, known: Known) -> bool:
    taken = text in known.functions or text in NAMES or text in known.running
    return taken or known.name(text) is not None


def _parts(token: Token, known: Known) -> list[Token]:
    ways = list(_ways(token.text, known, MOST_PARTS))
    return _cut(token, ways[0]) if len(ways) == 1 and len(ways[0]) > 1 else []


def _ways(text: str, known: Known, most: int) -> Iterator[list[str]]:
    if known.name(text) is not None:
        yield [text]
    if most == 1:
        return
    for end in range(1, len(text)):
        if known.names.get(text[:end]) == "" and text[end].isalpha():
            yield from ([text[:end], *rest] for rest in _ways(text[end:], known, most - 1))


def _before_a_function(token: Token, known: Known) -> list[Token]:
    """u·tanh for utanh(…)."""
    text = token.text
    ways = [[text[:end], text[end:]] for end in range(1, len(text))
            if known.names.get(text[:end]) == "" and text[end:] in known.functions]  # fmt: skip
    return _cut(token, ways[0]) if len(ways) == 1 else []


def _turned(token: Token, known: Known) -> list[Token]:
    """U' for Uᵀ, of an array."""
    base = token.text.rstrip("'′’")
    if len(token.text) - len(base) != 1 or not known.is_array(base):
        return []
    dot, letter = (
        replace(token, kind=kind, text=text) for kind, text in ((".", "."), ("name", "T"))
    )
    return [replace(token, text=base), dot, letter]


def _cut(token: Token, parts: Sequence[str]) -> list[Token]:
    found, column = [], token.span.column
    for part in parts:
        span = replace(token.span, column=column, width=len(part))
        found.append(Token("name", part, span, token.glued))
        column += len(part)
    return found


def with_brackets(stream: Sequence[Token], is_bare: Callable[[str], bool]) -> list[Token]:
    """tanh a_t as tanh(a_t), tanh^2 a_t as (tanh(a_t))^2, where it is plain what it is applied to:
    behind it stands neither a factor nor a power."""
    found: list[Token] = []
    i = 0
    while i < len(stream):
        token = stream[i]
        power = _power_end(stream, i + 1)
        end = _atom_end(stream, power) if token.kind == "name" and is_bare(token.text) else power
        if end == power or _goes_on(stream, end, is_bare):
            found.append(token)
            i += 1
            continue
        opened, closed = (Token(c, c, token.span) for c in "()")
        call = [token, opened, *stream[power:end], closed]
        found += [opened, *call, *stream[i + 1 : power], closed] if power > i + 1 else call
        i = end
    return found


def _power_end(stream: Sequence[Token], start: int) -> int:
    kinds = [t.kind for t in stream[start : start + 4]]
    if kinds[:2] == ["^", "number"]:
        return start + 2
    return start + 4 if kinds == ["^", "(", "number", ")"] else start


def _atom_end(stream: Sequence[Token], start: int) -> int:
    """Behind a name with its index; `start` where none stands."""
    if start >= len(stream) or stream[start].kind != "name":
        return start
    end = start + 1
    if end < len(stream) and stream[end].kind == "[":
        depth = 0
        for i in range(end, len(stream)):
            depth += (stream[i].kind == "[") - (stream[i].kind == "]")
            if depth == 0:
                return i + 1
    return end


def _goes_on(stream: Sequence[Token], end: int, is_bare: Callable[[str], bool]) -> bool:
    if end >= len(stream):
        return False
    token = stream[end]
    name = token.kind == "name" and not is_bare(token.text)
    return name or token.kind in ("number", "(", "[", "^", ".", "adjoint")
