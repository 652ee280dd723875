"""Small decisions of the search: a parameter is bound, a function chosen, a name opened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rnnhand.calculus.choice import (
    MOVED,
    TIED,
    Choice,
    Search,
    Side,
    chosen_function,
    decided,
    function_at,
    offset_of,
    reduced,
)
from rnnhand.calculus.simplify import equal
from rnnhand.calculus.terms import target_body
from rnnhand.calculus.views import (
    block_of,
)
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Ref, walk


def price(ref: Ref) -> int:
    """Opening an earlier step is rarely what leads anywhere."""
    return 1 if offset_of(ref) == 0 else 6


def moved(k: Search, s: Choice, ref: Ref) -> Iterator[Choice]:
    """The choice in which a sequence is opened; at an earlier step its initial value is bound.

    At another step only what is free of functions is opened: y[t-1] by y = U·h + b."""
    side = k.source if ref.name in k.source.bodies else k.target
    if offset_of(ref) == 0 or ref.name in s.moved:
        yield s
    elif any(isinstance(n, Apply) and n.op in side.functions for n in walk(_now(k, s, side, ref))):
        return
    elif k.affords(s.cost + MOVED):
        yield replace(s, moved=(*s.moved, ref.name), cost=s.cost + MOVED)


def _now(k: Search, s: Choice, side: Side, ref: Ref) -> Expr:
    """A sequence's body as far as it is decided."""
    if side is k.source:
        return reduced(k, s, side.bodies[ref.name])
    return target_body(k, s, ref)


def same_function(k: Search, s: Choice, a: Apply, b: Apply) -> Iterator[Choice]:
    """The choices under which two applications are of one function."""
    mine, other = function_at(k.source, s, a.op), function_at(k.target, s, b.op)
    if mine == other and not {a.op, b.op} & (k.source.open | k.target.open):
        yield s
        return
    if a.op in k.source.open and a.op not in s.functions:
        yield from chosen_function(k, s, a.op, other)
    elif b.op in k.target.open and b.op not in s.functions and mine != "":
        yield from chosen_function(k, s, b.op, mine)
    elif mine == other:
        yield s


def bound_to(k: Search, s: Choice, a: Expr, b: Expr) -> Iterator[Choice]:
    """A parameter of the source takes what stands in its place in the target."""
    name = text(a)
    if name in s.values:
        if equal(s.values[name], b, k.facts):
            yield s
    elif k.facts.shape(a) == k.facts.shape(b):
        bare = b.args[0] if isinstance(b, Apply) and b.op == "neg" else b
        plain = block_of(bare) is not None and b not in s.values.values()
        yield from decided(k, s, name, b, 0 if plain else TIED)


def taking(k: Search, s: Choice, name: str, value: Expr) -> Iterator[Choice]:
    """A parameter takes a value that is more than one parameter, or has it."""
    if name not in s.values:
        yield from decided(k, s, name, value, TIED)
    elif equal(s.values[name], value, k.facts):
        yield s
