"""Entries by subscripts, as on paper: u_1 is u(1), W_{i,j} is W(i,j), p_{t,i} is p_{t}(i), where
nothing has that name and u has entries."""

from __future__ import annotations

import re
from functools import partial

from rnnhand.errors import Failure, Span, failure
from rnnhand.language.known import Bracket, Known
from rnnhand.language.paper import BEFORE, Paper, made, substituted, together
from rnnhand.language.parser import parse_expression
from rnnhand.language.places import BELOW, places_in
from rnnhand.language.tree import Ref

LOWER = r"_\{(?P<low>(?:[^{}]|\{[^{}]*\})*)\}"
MENTION = re.compile(rf"{BEFORE}(?P<name>[^\W\d]\w*['′’]*)(?:{LOWER}|(?![\w'′’{{]))")

ONE = r"(?P<one>[^\W_]+(?![^\W_]))"
BEHIND = re.compile(rf"(?<=[)\]])\s*(?:{LOWER}|_{ONE})")
UNIT = re.compile(rf"(?:(?<![\w.'′’}}])[01]|𝟏)(?:{LOWER}|_{ONE})")
"""1_k, the vector with 1 at k."""


def as_places(known: Known, paper: Paper) -> Paper:
    """The text with the places of entries in brackets."""
    if known.indexed is None:
        return paper
    if m := UNIT.search(paper.text):
        place = m["low"] or m["one"]
        raise failure("formula-unit-vector", Span(1, m.start() + 1, len(m[0])),
                      "hint-formula-unit-vector", found=m[0], place=place)  # fmt: skip
    return substituted(BEHIND, _behind, substituted(MENTION, partial(_read, known), paper))


def _behind(paper: Paper, m: re.Match[str]) -> Paper:
    """softmax(z)_i, as softmax(z)(i)."""
    at = paper.place(m.start())
    return together(made("(", at), paper.part(*m.span("low" if m["low"] else "one")), made(")", at))


def _read(known: Known, paper: Paper, m: re.Match[str]) -> Paper | None:
    start, end = m.span("name")
    starts = (start, start + 1) if m["name"].startswith("d") else (start,)  # dz_{t,i}
    for first in starts:
        name = paper.text[first:end]
        if known.name(name) is not None and m["low"] is None:
            return None
        found = _entry(known, paper, first, m)
        if found is not None:
            return together(paper.part(start, first), found)
    return None


def _entry(known: Known, paper: Paper, first: int, m: re.Match[str]) -> Paper | None:
    """The array, its step and, in brackets, the places; None for what is no entry."""
    name = paper.part(first, m.end("name"))
    if m["low"] is None:
        ends = name.text.rfind("_")
        base, inner = name.part(0, max(ends, 0)), name.part(ends + 1, len(name.text))
        return _placed(known, base, None, inner)
    inner = paper.part(*m.span("low"))
    head, comma, _ = inner.text.partition(",")
    rest = inner.part(len(head) + 1, len(inner.text))
    if f"{name.text}_{head.strip()}" in known.names:
        whole = together(name, made("_", name.place(0)), inner.part(0, len(head)))
        return _lower_still(known, whole, rest)
    if comma and (full := known.name(name.text)) is not None and known.names.get(full):
        return _placed(known, name, inner.part(0, len(head)), rest)
    return _placed(known, name, None, inner)


def _lower_still(known: Known, name: Paper, inner: Paper) -> Paper | None:
    """W_{hh,1,2}, a_{f,t,1}: what stands behind the rest of the name."""
    if not known.names.get(name.text):
        return _placed(known, name, None, inner)
    step, comma, _ = inner.text.partition(",")
    rest = inner.part(len(step) + 1, len(inner.text))
    return _placed(known, name, inner.part(0, len(step)), rest) if comma else None


def _placed(known: Known, name: Paper, step: Paper | None, inner: Paper) -> Paper | None:
    spelled = known.name(name.text)
    if spelled is None or known.indexed is None or not inner.text.strip():
        return None
    if step is None and known.names.get(spelled):  # h_{t-1} is a step
        return None
    try:
        ref = parse_expression(f"{spelled}[{step.text}]" if step else spelled)
    except Failure:
        return None
    places = places_in(inner.text, 0, known)
    if not isinstance(ref, Ref) or places is None:
        return None
    if known.indexed.bracket(ref, places, known.running) is Bracket.FACTOR:
        return None
    at = inner.place(0)
    lowered = [made("_{", at), step, made("}", at)] if step else []
    return together(name, *lowered, made(f"({BELOW}", at), inner, made(")", at))
