"""Derivatives by name: ∂h[2]/∂w is one `Ref` whose name holds the numerator and whose index is that
of the denominator. One entry of anything may be named, counted from 1."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from rnnhand.language.parser import parse_expression
from rnnhand.language.printer import text as text_of
from rnnhand.language.tree import Apply, Expr, Number, Ref

Entry: TypeAlias = tuple[int, ...]
NUMERATOR = re.compile(r"d(?P<of>.+)/d(?P<by>[^/]+)$", re.DOTALL)


@dataclass(frozen=True)
class DerivativeOf:
    """The two quantities of a derivative's name."""

    of: Ref
    by: Ref


def derivative_ref(of: Ref, by: Ref) -> Ref:
    return Ref(f"d{text_of(of)}/d{by.name}", by.index)


def derivative_of(ref: Ref) -> DerivativeOf | None:
    """What a derivative's name is made of; None for any other name."""
    sides = _sides(ref.name)
    return DerivativeOf(sides[0], Ref(sides[1], ref.index, ref.span)) if sides else None


@lru_cache(maxsize=10_000)
def _sides(name: str) -> tuple[Ref, str] | None:
    """h[2] and w for dh[2]/dw: the same names are taken apart again and again."""
    match = NUMERATOR.match(name)
    if match is None:
        return None
    of = parse_expression(match["of"])
    assert isinstance(of, Ref)
    return of, match["by"]


def entry_of(ref: Ref, entry: Entry) -> Expr:
    """h[2](1): one entry of a quantity, or the quantity."""
    return entry_at(ref, tuple(Number(str(i)) for i in entry))


def entry_at(array: Expr, places: tuple[Expr, ...]) -> Expr:
    """u(i): an entry whose place may run in a sum."""
    return Apply("entry", (array, *places)) if places else array
