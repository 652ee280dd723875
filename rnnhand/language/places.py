"""The places of entries as they are written: (2), (i + 1, j), (2i − 1), (k_t)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rnnhand.errors import Failure, Span
from rnnhand.language.juxtaposed import with_signs
from rnnhand.language.known import Known
from rnnhand.language.lexer import tokens
from rnnhand.language.parser import parse_expression, parse_tokens
from rnnhand.language.tree import Expr, Ref, rewrite

PLACE = r"\((?:[^()]|\([^()]{0,40}\)){1,60}\)"
"""A bracket that may hold places; what is longer, or deeper, holds none."""

BELOW = "⌄"
"""Begins a bracket whose places stood below the name, where no factor stands."""

MOST_PLACES = 2
BRACED = re.compile(r"_\{\s*([^{}]*?)\s*\}")


def places_in(text: str, start: int, known: Known) -> tuple[Expr, ...] | None:
    """The places that a text names which stands at `start`, with names as the problem spells them;
    None for what names none."""
    parts = list(_separated(text))
    if len(parts) > MOST_PLACES:
        return None
    try:
        return tuple(_place(text[a:b], start + a, known) for a, b in parts)
    except Failure:
        return None


def _place(text: str, start: int, known: Known) -> Expr:
    plain = BRACED.sub(lambda m: f"[{m[1]}]".ljust(len(m[0])), text)
    stream = tokens(plain, origin=Span(1, start + 1))
    tree = parse_tokens(with_signs(stream, lambda name: False))
    return rewrite(tree, lambda n: as_known(n, known) if isinstance(n, Ref) else n)


def _separated(text: str) -> Iterator[tuple[int, int]]:
    """Where the parts stand between commas outside of brackets."""
    start = depth = 0
    for i, c in enumerate(text):
        depth += (c in "([{") - (c in ")]}")
        if c == "," and depth == 0:
            yield start, i
            start = i + 1
    yield start, len(text)


def as_known(ref: Ref, known: Known) -> Ref:
    """A mention under the name that the problem has for it, where one can be meant."""
    name = known.name(ref.name)
    if name is None or (name.endswith("]") and ref.index is not None):
        return ref
    found = parse_expression(name)
    assert isinstance(found, Ref)
    return Ref(found.name, ref.index or found.index, ref.span)
