"""Products without a sign: 2u(ŷ − y) is 2·u·(ŷ − y)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from rnnhand.language.lexer import Token
from rnnhand.language.tree import COMPARISONS

OVER = ("sum", "mean")
INSIDE = frozenset(("number", "name", "adjoint", "(", "[", "^", "."))
LONGEST = 40
"""Tokens in which an index is closed."""


def with_signs(
    stream: Sequence[Token], is_function: Callable[[str], bool], below: bool = False
) -> list[Token]:
    """The tokens of a formula with a sign wherever two factors stand side by side; `below`, with
    brackets around those behind a /."""
    signed = list(_signed(stream, is_function))
    return _below(signed) if below else signed


def _below(signed: Sequence[Token]) -> list[Token]:
    """a/b c as a/(b·c); but 1/2 c and 1/T c are what they always are."""
    found: list[Token] = []
    i = 0
    while i < len(signed):
        found.append(signed[i])
        i += 1
        if signed[i - 1].kind != "/" or signed[i].kind == "number" or signed[i].text == "T":
            continue
        end = _end_of_factors(signed, i)
        if any(_is_left_out(signed, k) for k in range(i, end)):
            opened, closed = (Token(c, c, signed[i].span) for c in "()")
            found += [opened, *_below(signed[i:end]), closed]
            i = end
    return found


def _end_of_factors(signed: Sequence[Token], start: int) -> int:
    """Where factors without signs between them end."""
    depth = 0
    for i in range(start, len(signed)):
        if depth == 0 and signed[i].kind not in INSIDE and not _is_left_out(signed, i):
            return i
        depth += (signed[i].kind in ("(", "[")) - (signed[i].kind in (")", "]"))
    return len(signed)


def _is_left_out(signed: Sequence[Token], i: int) -> bool:
    """Whether a sign was put where what follows stands."""
    return signed[i].kind == "*" and i + 1 < len(signed) and signed[i].span == signed[i + 1].span


def _signed(stream: Sequence[Token], is_function: Callable[[str], bool]) -> Iterator[Token]:
    stream = _grouped(stream)
    indices: list[bool] = []  # for each open bracket: whether it holds an index, as in h[t]
    closed_index = False
    for i, token in enumerate(stream):
        before = stream[i - 1] if i else None
        opens_index = False
        if token.kind == "[":
            opens_index = (
                before is not None
                and before.kind in ("name", "adjoint")
                and not _is_transpose(stream, i - 1)
                and _is_index(stream, i)
            )
        if (
            before is not None
            and not opens_index
            and _side_by_side(stream, i, closed_index, is_function)
        ):
            yield Token("*", "·", token.span)
        if token.kind in "([":
            indices.append(opens_index)
        if token.kind in ")]":
            closed_index = indices.pop() if indices else False
        yield token


def _grouped(stream: Sequence[Token]) -> list[Token]:
    """The tokens with ( ) for [ ] around what is neither a step, an indicator nor a row."""
    found = list(stream)
    opened: list[tuple[int, bool]] = []
    for i, token in enumerate(stream):
        before = stream[i - 1] if i else None
        if token.kind in ("(", "["):
            index = before is not None and before.kind in ("name", "adjoint")
            opened.append(
                (i, token.kind == "[" and not (index and not _is_transpose(stream, i - 1)))
            )
        elif opened and (token.kind in (",", ";") or token.kind in COMPARISONS):
            opened[-1] = (opened[-1][0], False)
        elif token.kind in (")", "]") and opened:
            start, groups = opened.pop()
            if groups and token.kind == "]":
                for place, sign in ((start, "("), (i, ")")):
                    found[place] = replace(found[place], kind=sign, text=sign)
    return found


def _side_by_side(
    stream: Sequence[Token], i: int, closed_index: bool, is_function: Callable[[str], bool]
) -> bool:
    before, token = stream[i - 1], stream[i]
    if token.kind not in ("name", "number", "(", "[", "adjoint"):
        return False
    match before.kind:
        case "number":
            return token.kind != "number"
        case "name" | "adjoint" if token.kind == "(":
            return _is_transpose(stream, i - 1) or not is_function(before.text)
        case "name" | "adjoint":
            transposing = token.kind == "name" and before.text == "."
            return (not transposing and token.kind != "number") or _is_transpose(stream, i - 1)
        case "]":
            return not (closed_index and token.kind == "(" and _is_over(stream, i - 1))
        case ")":
            return token.kind != "number"
        case _:
            return False


def _is_transpose(stream: Sequence[Token], i: int) -> bool:
    """Whether the name at i is the T of W.T."""
    return i > 0 and stream[i - 1].kind == "." and stream[i].text == "T"


def _is_index(stream: Sequence[Token], i: int) -> bool:
    """Whether the bracket at i holds a step: t, t-1, 3, T."""
    depth = 0
    for token in stream[i : i + LONGEST]:
        depth += token.kind in ("(", "[")
        depth -= token.kind in (")", "]")
        if depth == 0:
            return True
        if depth == 1 and (token.kind in COMPARISONS or token.kind in (",", ";")):
            return False
    return True


def _is_over(stream: Sequence[Token], i: int) -> bool:
    """Whether the bracket that closes at i is that of sum[t]."""
    return (
        i >= 3
        and stream[i - 2].kind == "["
        and stream[i - 3].kind == "name"
        and stream[i - 3].text in OVER
    )
