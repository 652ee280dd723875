"""Entries of what has no name: softmax(z)(i) is entry(softmax(z), i), (p − y)(2) entry(p − y, 2).

A bracket behind a bracket is a product everywhere else: (a + b)(c − d).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rnnhand.language.lexer import Token

MOST_PLACES = 2
LONGEST = 12
"""Tokens in which the place of an entry is closed."""

IN_PLACES = frozenset(("number", "name", "+", "-", "*", "[", "]"))


def with_entries(
    stream: Sequence[Token], is_function: Callable[[str], bool], tells: Callable[[str], bool]
) -> list[Token]:
    """The tokens with entry(…, i) for an expression behind which the place of an entry stands:
    whole numbers, and names that `tells` knows to tell one."""
    found: list[Token] = []
    opened: list[int] = []
    i = 0
    while i < len(stream):
        token = stream[i]
        if token.kind in ("(", "["):
            opened.append(len(found))
        found.append(token)
        i += 1
        if token.kind not in (")", "]") or not opened:
            continue
        start = opened.pop()
        end = _place_end(stream, i, tells) if token.kind == ")" else None
        if end is None:
            continue
        before = found[start - 1] if start else None
        if before is not None and before.kind == "name" and is_function(before.text):
            start -= 1
        head = [Token("name", "entry", token.span), Token("(", "(", token.span)]
        comma = Token(",", ",", stream[i].span)
        found = [*found[:start], *head, *found[start:], comma, *stream[i + 1 : end]]
        i = end
    return found


def _place_end(stream: Sequence[Token], start: int, tells: Callable[[str], bool]) -> int | None:
    """Behind the bracket that tells the place of an entry; None where no such stands here."""
    if start >= len(stream) or stream[start].kind != "(":
        return None
    inside: list[list[Token]] = [[]]
    for i, token in enumerate(stream[start + 1 : start + 1 + LONGEST], start + 1):
        if token.kind == ")":
            whole = len(inside) <= MOST_PLACES and all(_is_place(p, tells) for p in inside)
            return i + 1 if whole else None
        if token.kind == ",":
            inside.append([])
        else:
            inside[-1].append(token)
    return None


def _is_place(tokens: Sequence[Token], tells: Callable[[str], bool]) -> bool:
    """2, i, i + 1, 2i − 1, k[t]."""
    if [t.kind for t in tokens] == ["number"]:
        return tokens[0].text.isdecimal()
    names, index = [], False
    for token in tokens:
        index = token.kind == "[" or (index and token.kind != "]")
        if token.kind not in IN_PLACES and not index:
            return False
        if token.kind == "name" and not index:
            names.append(token.text)
    return bool(names) and all(map(tells, names))
