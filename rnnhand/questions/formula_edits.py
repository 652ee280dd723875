"""One thing written in a formula that should be another: h[t] for h[t-1], W for Wᵀ, w for v,
A·B for B·A.

Everything that could have been meant is put in its place, seen at every point, then proved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from rnnhand.arithmetic.base import Arithmetic
from rnnhand.arithmetic.equality import Pairs, at_point, different
from rnnhand.arithmetic.program import compiled
from rnnhand.calculus.spelled import summands
from rnnhand.language.derivatives import derivative_of
from rnnhand.language.printer import text
from rnnhand.language.tree import (
    Apply,
    At,
    Expr,
    Ref,
    Shift,
    children,
    refs,
    rewrite,
    walk,
    with_children,
)
from rnnhand.questions.formula import OWN, Formula
from rnnhand.questions.formula_proof import proved
from rnnhand.questions.formula_slips import Place, places
from rnnhand.questions.formula_summands import reread
from rnnhand.questions.formula_values import Point, filled, pairs
from rnnhand.system.model import Role

MOST = 120
"""Edits that are tried."""

NEAR = (-1, 1, -2, 2)
"""How far from its step something is taken by mistake."""


@dataclass(frozen=True)
class Edit:
    """`at` is written where `instead` belongs: everywhere in the formula, or in one summand of it
    (`within`)."""

    kind: str
    at: Expr
    instead: Expr
    within: Expr | None = None


def one_edit(formula: Formula, points: Sequence[Point], fixed: Sequence[Role] = ()) -> Edit | None:
    """The edit that makes the formula right."""
    there = list(places(formula, points))
    if not there:
        return None
    for edit, written in islice(_edits(formula), MOST):
        found = reread(formula, written)
        if found is None or not _has_gradients(formula, found):
            continue
        found = found.having(formula.gradients)
        if all(_agrees(found, place) for place in there) and proved(found, fixed):
            return edit
    return None


def _has_gradients(formula: Formula, found: Formula) -> bool:
    """Whether the derivatives that an edited formula mentions are at hand."""
    made = formula.full.made_by
    return all(
        text(pair.of) in formula.gradients
        and formula.full.quantity(Ref(f"d{text(pair.of)}/d{pair.by.name}", pair.by.index)) in made
        for instance in found.instances
        for ref in refs(instance.own)
        if (pair := derivative_of(ref)) is not None
    )


def _agrees(found: Formula, place: Place) -> bool:
    """Whether the edited formula is the derivative at one point, where all else has its value."""
    system = replace(
        filled(found, found.full), given=place.system.given, functions=place.system.functions
    )
    own = [e for e in system.equations if e.target.name.startswith(OWN)]
    storage = dict(place.storage)

    def compute(arithmetic: Arithmetic) -> Pairs:
        compiled(system, arithmetic, own).run(storage)
        return pairs(found, system, storage, "")

    compared = at_point(compute, place.arithmetic)
    return compared is not None and not different(compared)


def _edits(formula: Formula) -> Iterator[tuple[Edit, Expr]]:
    """Each edit, and the formula with it: everywhere first, then in one summand, then in one place
    of several."""
    whole = formula.written
    parts = [p.args[0] if isinstance(p, Apply) and p.op == "neg" else p for p in summands(whole)]
    seen = {text(whole)}
    for within in (None, *(parts if len(parts) > 1 else ())):
        for kind, at, instead in _meant(formula, whole if within is None else within):

            def put(node: Expr, at: Expr = at, instead: Expr = instead) -> Expr:
                return instead if node == at else node

            part = whole if within is None else within
            edited = _put_in(whole, part, rewrite(part, put))
            if text(edited) not in seen:
                seen.add(text(edited))
                yield Edit(kind, at, instead, within), edited
    for edit, edited in _in_one_place(whole):
        if text(edited) not in seen:
            seen.add(text(edited))
            yield edit, edited


def _put_in(whole: Expr, part: Expr, new: Expr) -> Expr:
    """The formula with one summand replaced."""
    if whole is part:
        return new
    return with_children(whole, tuple(_put_in(c, part, new) for c in children(whole)))


def _in_one_place(whole: Expr) -> Iterator[tuple[Edit, Expr]]:
    """One of several mentions at another step, told by what stands around it and nowhere else:
    (1 − h[t]²)·h[t].T has h[t].T where h[t-1].T belongs."""
    often = Counter(walk(whole))
    for around in _ways(whole):
        ref = around[-1]
        if not isinstance(ref, Ref) or often[ref] == 1:
            continue
        for by in NEAR:
            new: Expr | None = _moved(ref, by)
            if new is None:
                break
            told: Edit | None = None
            for k in range(len(around) - 1, -1, -1):
                if k < len(around) - 1:
                    new = _put_in(around[k], around[k + 1], new)
                if told is None and often[around[k]] == 1:
                    told = Edit("wrong-step", around[k], new)
            if told is not None:
                yield told, new


def _ways(expr: Expr) -> Iterator[tuple[Expr, ...]]:
    """From the whole down to each part, every one an object of its own."""
    yield (expr,)
    for child in children(expr):
        yield from ((expr, *way) for way in _ways(child))


def _meant(formula: Formula, expr: Expr) -> Iterator[tuple[str, Expr, Expr]]:
    """What is written somewhere, and what may have been meant, the likeliest first."""
    nodes = list(dict.fromkeys(walk(expr)))
    mentioned = [n for n in nodes if isinstance(n, Ref)]
    for ref in mentioned:
        for by in NEAR:
            moved = _moved(ref, by)
            if moved is not None:
                yield "wrong-step", ref, moved
    for node in nodes:
        match node:
            case Apply("T", (inner,)):
                yield "transposed", node, inner
            case Ref() if min(formula.shape(node)) > 1 and derivative_of(node) is None:
                yield "transposed", node, Apply("T", (node,))
            case Apply("@", (a, b)):
                yield "transposed", node, Apply("@", (_turned(b), _turned(a)))
                yield "wrong-order", node, Apply("@", (b, a))
    for ref in mentioned:
        for other in _alike(formula, ref):
            yield "wrong-name", ref, other


def _turned(expr: Expr) -> Expr:
    """The transpose: of δᵀ it is δ."""
    return expr.args[0] if isinstance(expr, Apply) and expr.op == "T" else Apply("T", (expr,))


def _moved(ref: Ref, by: int) -> Ref | None:
    match ref.index:
        case Shift(var, offset):
            return replace(ref, index=Shift(var, offset + by))
        case At(step):
            return replace(ref, index=At(step + by))
        case _:
            return None


def _alike(formula: Formula, ref: Ref) -> Iterator[Ref]:
    """Other quantities of the same kind and shape, at the same step."""
    system = formula.system
    q = system.quantity(ref)
    if q not in system.shapes or derivative_of(ref) is not None:
        return
    for other in (*system.given, *system.made_by):
        same = other.over == q.over and system.shapes[other] == system.shapes[q]
        if same and other != q and other.name not in formula.entries:
            yield replace(ref, name=other.name)
