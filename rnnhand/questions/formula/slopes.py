"""Slopes as letters: 1 − h[t]² stands for itself on both sides, so that a product over many steps
is one monomial and not the sum of all its terms.

What holds for any value of a slope holds for its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from rnnhand.calculus.gradient import shapes_in
from rnnhand.language.derivatives import derivative_of
from rnnhand.language.printer import text
from rnnhand.language.tree import (
    Apply,
    At,
    Expr,
    Over,
    Ref,
    Shift,
    children,
    refs,
    walk,
    with_children,
)
from rnnhand.system.model import Given, Quantity, Role, System

FEW_STEPS = 4
"""Steps up to which products are short enough when they are written out."""


SPREAD = ("*", "^", "neg")
"""What a normal form writes as one term anyway, in whatever order."""


def with_slopes(system: System, forward: set[int]) -> System:
    """The system with a letter for every part of an equation of the way back, or of a formula, that
    is made of one quantity of the way forward; the `forward` equations keep theirs."""
    shape = shapes_in(system)
    given: dict[Quantity, Given] = {}
    letters: dict[tuple[str, str], Quantity] = {}
    shapes = dict(system.shapes)

    def put(node: Expr) -> Expr:
        ref = _only(node)
        q = system.quantity(ref) if ref is not None else None
        if ref is None or q is None or q not in system.steps or not isinstance(node, Apply):
            return with_children(node, tuple(put(c) for c in children(node)))
        known = text(_without_step(node)), q.over
        # No name with brackets: that is one entry of an array.
        letter = letters.setdefault(known, Quantity(f"slope {len(letters)}", q.over))
        if letter not in given:
            size = shape(node)
            entries = (None,) * (size[0] * size[1])
            values: dict[int | None, tuple[None, ...]] = {}
            for run in system.steps[q]:
                values |= dict.fromkeys(run, entries)
            given[letter] = Given(letter, Role.CONSTANT, size, values)
            shapes[letter] = size
        return Ref(letter.name, ref.index)

    equations = tuple(
        e
        if id(e) in forward
        else replace(e, terms=tuple(replace(t, body=put(t.body)) for t in e.terms))
        for e in system.equations
    )
    whole: Mapping[Quantity, Given] = {**system.given, **given}
    return replace(system, equations=equations, given=whole, shapes=shapes)


def _only(node: Expr) -> Ref | None:
    """The one mention of which a part is made, other than by itself; none that runs in a sum."""
    if (
        not isinstance(node, Apply)
        or node.op in SPREAD
        or any(isinstance(n, Over) for n in walk(node))
    ):
        return None
    found = set(refs(node))
    if len(found) != 1:
        return None
    (ref,) = found
    stepped = isinstance(ref.index, Shift | At)
    return ref if stepped and derivative_of(ref) is None else None


def _without_step(node: Expr) -> Expr:
    if isinstance(node, Ref):
        return replace(node, index=None)
    return with_children(node, tuple(_without_step(c) for c in children(node)))
