"""Sums and products over steps of one's own in a formula: Σ(k, 1, t, …), Π(i, k+1, t, …).

At definite steps they are written out, before anything else is done with the formula. As in every
other formula, a summand that mentions what does not exist is absent. In a product of matrices the
later step stands on the left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from rnnhand.errors import Failure, failure
from rnnhand.language.derivatives import derivative_of, derivative_ref
from rnnhand.language.printer import text
from rnnhand.language.tree import (
    Apply,
    At,
    Expr,
    Number,
    Over,
    Ref,
    Shift,
    children,
    refs,
    rewrite,
    walk,
    with_children,
)
from rnnhand.questions.formula.extents import shape_if_known
from rnnhand.questions.formula.indexed import entries_of, is_place
from rnnhand.questions.formula.placed import added_up, index_of
from rnnhand.questions.formula.whole_numbers import constant, whole_number
from rnnhand.system.model import SCALAR, Shape, System

SUMS, PRODUCTS = ("Σ", "∑", "sum"), ("Π", "∏", "prod")
MOST_TERMS, MOST_FACTORS, MOST_TOGETHER = 4_000, 400, 20_000
"""Summands, and factors, up to which a range is written out, and ranges inside one another."""


def with_ranges(system: System, tree: Expr) -> Expr:
    """The formula with its sums and products under one name each; sum[k], where k is no index of
    the problem, is the sum over all steps; where k stands in the places of entries, over these."""

    shape = partial(shape_if_known, system)

    def one_name(node: Expr) -> Expr:
        match node:
            case Apply(op, (Ref(_, None), _, _, _)) if op in (*SUMS, *PRODUCTS):
                return replace(node, op="Σ" if op in SUMS else "Π", spelling="")
            case Apply("entry", (inner, place)) if not isinstance(inner, Ref) and (
                not isinstance(place, Number) and shape(inner) == SCALAR
            ):  # (1 − h²)(k), which has no entries
                return Apply("*", (inner, place), node.span)
            case Over("sum" | "mean", var, body) if (
                run := entries_of(var, body, shape)
            ) is not None:
                first, last = (Number(str(end)) for end in (run.start, run.stop - 1))
                total = Apply("Σ", (Ref(var, None, node.span), first, last, body), node.span)
                count = Number(str(len(run)))
                return total if node.kind == "sum" else Apply("/", (total, count), node.span)
            case Over("sum", var, body) if var not in system.indices and len(system.indices) == 1:
                ends = (Number(str(next(iter(system.indices.values()))[0])), Ref("T"))
                return Apply("Σ", (Ref(var, None, node.span), *ends, body), node.span)
            case _:
                return node

    return rewrite(tree, one_name)


def has_ranges(tree: Expr) -> bool:
    return any(_is_range(node) for node in walk(tree))


def _is_range(node: Expr) -> bool:
    match node:
        case Apply("Σ" | "Π", (Ref(_, None), _, _, _)):
            return True
        case _:
            return False


def opened(system: System, tree: Expr) -> Expr:
    """The formula without the names that run in its sums and products: what is left must be known
    to the problem."""
    if not _is_range(tree):
        return with_children(tree, tuple(opened(system, c) for c in children(tree)))
    assert isinstance(tree, Apply) and isinstance(tree.args[0], Ref)
    var, (low, high, body) = tree.args[0].name, tree.args[1:]

    def free(index: Shift, name: str) -> Shift:
        return Shift(index_of(system, name) or index.var, index.offset)

    inside = opened(system, _put(body, var, Number("1"), free))
    return Apply("+", (opened(system, low), opened(system, high), inside), tree.span)


def written_out(
    system: System,
    tree: Expr,
    values: Mapping[str, int],
    shape: Callable[[Expr], Shape],
    there: Callable[[Expr], bool],
    room: int = MOST_TOGETHER,
) -> Expr:
    """The formula at the steps of `values`, every range in it written out: of at most `room` terms
    together with what is inside."""

    def terms_of(var: str, body: Expr, steps: range) -> list[Expr]:
        most = min(MOST_FACTORS if isinstance(tree, Apply) and tree.op == "Π" else MOST_TERMS, room)
        if len(steps) > most:
            raise failure("formula-range", tree.span, None, name=var, most=str(most))
        inside = room // max(len(steps), 1)
        found = []
        for step in steps:
            here = _put(body, var, Number(str(step)), partial(_fixed, step))
            found.append(written_out(system, here, {**values, var: step}, shape, there, inside))
        return found

    if isinstance(tree, Over) and (has_ranges(tree.body) or is_place(tree.var, tree.body)):
        # the ends of a range may run with it, and the places of entries
        kept = [t for t in terms_of(tree.var, tree.body, system.indices[tree.var]) if there(t)]
        total = added_up(kept) if kept else Number("0")
        mean = tree.kind == "mean" and kept
        return Apply("/", (total, Number(str(len(kept)))), tree.span) if mean else total
    if not _is_range(tree):
        if isinstance(tree, Apply) and tree.op == "entry":
            tree = replace(tree, args=(tree.args[0], *(_placed(system, p, values)
                                                       for p in tree.args[1:])))  # fmt: skip
        parts = tuple(written_out(system, c, values, shape, there, room) for c in children(tree))
        return with_children(tree, parts)
    assert isinstance(tree, Apply) and isinstance(tree.args[0], Ref)
    var, (low, high, body) = tree.args[0], tree.args[1:]
    first, last = (whole(system, end, values) for end in (low, high))
    if tree.op == "Σ":
        over = _over_all(system, var.name, body, range(first, last + 1))
        if over is not None and there(over):
            return over
    terms = terms_of(var.name, body, range(first, last + 1))
    if tree.op == "Σ":
        kept = [term for term in terms if there(term)]
        return added_up(kept) if kept else Number("0")
    if not terms:
        return _nothing_multiplied(var.name, body, first, shape)
    if all(shape(term) == SCALAR or shape(term)[1] == 1 for term in terms):
        return terms[0] if len(terms) == 1 else Apply("*", tuple(terms), tree.span)
    found = terms[-1]
    for term in reversed(terms[:-1]):
        found = Apply("@", (found, term), tree.span)
    return found


def _nothing_multiplied(var: str, body: Expr, step: int, shape: Callable[[Expr], Shape]) -> Expr:
    """1; among square matrices the identity."""
    try:
        rows, columns = shape(_put(body, var, Number(str(step)), partial(_fixed, step)))
    except (Failure, AssertionError, KeyError):
        return Number("1")
    if rows != columns or rows == 1:
        return Number("1")
    ones = Apply("fill", (Number("1"), Number(str(rows)), Number("1")))
    return Apply("diag", (ones,))


def _over_all(system: System, var: str, body: Expr, steps: range) -> Over | None:
    """A sum over all steps of the problem, which stays short; None for another one, or where what
    runs in it runs outside of it too."""
    if len(system.indices) != 1:
        return None
    (index,) = system.indices
    mentioned = {r.index.var for r in _sides(body) if isinstance(r.index, Shift)}
    bare = {r.name for r in refs(body) if r.index is None}
    own = steps == system.indices[index]
    if not own or mentioned != {var} or bare & {var, index} or has_ranges(body):
        return None
    if any(isinstance(node, Over) for node in walk(body)):
        return None
    return Over("sum", index, _put(body, var, Number("1"), lambda i, _: Shift(index, i.offset)))


def _sides(expr: Expr) -> Iterator[Ref]:
    """What is mentioned, derivatives by both their sides."""
    for ref in refs(expr):
        pair = derivative_of(ref)
        yield from (pair.of, pair.by) if pair else (ref,)


def _fixed(step: int, index: Shift, name: str) -> At:
    return At(step + index.offset)


def _put(body: Expr, var: str, number: Number, index: Callable[[Shift, str], Shift | At]) -> Expr:
    """The body with a number for the running name, and its indices fixed; exponents worked out."""

    def put(node: Expr) -> Expr:
        if isinstance(node, Apply) and node.op == "^":
            exponent = constant(node.args[1])
            return node if exponent is None else replace(node, args=(node.args[0], exponent))
        if isinstance(node, Apply) and node.op == "entry":
            return replace(node, args=(node.args[0], *(constant(p) or p for p in node.args[1:])))
        if not isinstance(node, Ref):
            return node
        if node.index is None and node.name == var:
            return number
        pair = derivative_of(node)
        sides = [pair.of, pair.by] if pair else [node]
        if not any(isinstance(r.index, Shift) and r.index.var == var for r in sides):
            return node
        placed = [
            replace(r, index=index(r.index, r.name))
            if isinstance(r.index, Shift) and r.index.var == var
            else r
            for r in sides
        ]
        made = derivative_ref(*placed) if pair else placed[0]
        return replace(made, span=node.span)

    def down(node: Expr) -> Expr:
        parts = children(node)
        match node:
            case Over(_, name, _) if name == var:
                return node
            case Apply(_, (Ref(name, None) as bound, low, high, inner)) if (
                name == var and _is_range(node)
            ):  # a name of its own, which its ends do not see
                return with_children(node, (bound, down(low), down(high), inner))
        return put(with_children(node, tuple(down(part) for part in parts)))

    return down(body)


def _placed(system: System, place: Expr, values: Mapping[str, int]) -> Expr:
    """The place of an entry at definite steps; a class as it is."""
    try:
        return Number(str(whole_number(place, _steps(system, values))), place.span)
    except KeyError:
        return place


def whole(system: System, end: Expr, values: Mapping[str, int]) -> int:
    try:
        return whole_number(end, _steps(system, values))
    except KeyError:
        raise failure("formula-range-end", end.span, None, name=text(end)) from None


def _steps(system: System, values: Mapping[str, int]) -> dict[str, int]:
    last = {"T": next(iter(system.indices.values()))[-1]} if system.indices else {}
    return {**last, **values}
