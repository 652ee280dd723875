"""Factors that are missing in a formula, too many, or others than they should be.

What may be missing is what multiplies anywhere on the way back: weights, states, slopes, and what
has come back so far.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from rnnhand.language.derivatives import derivative_of, derivative_ref
from rnnhand.language.tree import Apply, At, Expr, Number, Ref, Shift, refs, rewrite, walk
from rnnhand.questions.formula.formula import Formula
from rnnhand.questions.formula.meant import Known, at_other_step, powers
from rnnhand.questions.formula.spots import (
    Candidate,
    Change,
    Edit,
    Spot,
    compares,
    is_all,
)
from rnnhand.system.model import SCALAR

MOST_FACTORS = 60
MOST_SIZE = 14
"""Parts of a factor that somebody may have forgotten as one."""

ONE = Number("1")
AHEAD = (0, -1, 1, 2)
MOST_STEPS = 6


def factors(formula: Formula) -> list[Expr]:
    """What multiplies in the derivatives that the formula is about, the shorter first."""
    found: dict[Expr, None] = {}
    by = {i.by.name for i in formula.instances}
    adjoints = [e for g in formula.gradients.values() for e in g.adjoints]
    near = sorted(adjoints, key=lambda e: not any(e.target.name.endswith(f"/d{n}") for n in by))
    for e in near:
        for t in e.terms:
            for group in _groups(_factors(t.body)):
                found |= dict.fromkeys(group)
                found.setdefault(_product(group))
    short = [f for f in found if sum(1 for _ in walk(f)) <= MOST_SIZE and _is_meant(f)]
    return [*sorted(short[:MOST_FACTORS], key=_rank), *_earlier(formula)]


def _earlier(formula: Formula) -> Iterator[Expr]:
    """The derivative itself a step before or after: dh[t-1]/dw in that of h[t]."""
    target = formula.target if isinstance(formula.target, Ref) else None
    pair = derivative_of(target) if target is not None else None
    if pair is not None:
        for by in (-1, 1):
            moved = at_other_step(pair.of, by)
            if moved is not None:
                yield derivative_ref(moved, pair.by)


def _is_meant(factor: Expr) -> bool:
    """Whether somebody could mean it by itself: a derivative that stands by its name does so alone,
    not in dL/dp − Σ dL/dp·p."""
    mentioned = list(refs(factor))
    by_name = any(derivative_of(r) for r in mentioned)
    return bool(mentioned) and (isinstance(factor, Ref) or not by_name)


def _rank(factor: Expr) -> tuple[bool, int]:
    """Names first, derivatives by name last."""
    by_name = any(derivative_of(r) for r in refs(factor))
    return by_name, sum(1 for _ in walk(factor))


def _factors(expr: Expr) -> Iterator[Expr]:
    match expr:
        case Apply("*" | "@", args):
            for arg in args:
                yield from _factors(arg)
        case Apply("neg" | "T" | "diag", (inner,)):
            yield from _factors(inner)
        case Apply("/", (above, below)):
            yield from _factors(above)
            yield Apply("/", (ONE, below))
        case Number():
            return
        case _:
            yield expr


def _groups(found: Iterator[Expr]) -> list[list[Expr]]:
    """Factors that are made of one letter each, together: f[t]·(1 − f[t])."""
    groups: dict[object, list[Expr]] = {}
    for i, factor in enumerate(found):
        names = frozenset(refs(factor))
        groups.setdefault(names if len(names) == 1 else i, []).append(factor)
    return list(groups.values())


def _product(group: Sequence[Expr]) -> Expr:
    return group[0] if len(group) == 1 else Apply("*", tuple(group))


def at_reach(factor: Expr, spot: Spot, steps: Sequence[int]) -> Iterator[Expr]:
    """A factor at the steps that are in reach: by the names that run there, or those that are
    mentioned."""
    index = [r.index for r in refs(factor) if isinstance(r.index, Shift)]
    if not index:
        yield factor
        return
    var = index[0].var
    for by in AHEAD:
        for name in spot.names:
            yield _renamed(factor, var, name, by)
    for step in steps:
        yield _renamed(factor, var, "", step)


def _renamed(factor: Expr, var: str, name: str, by: int) -> Expr:
    """With another name that runs, or at a definite step."""

    def put(node: Expr) -> Expr:
        if not (isinstance(node, Ref) and isinstance(node.index, Shift) and node.index.var == var):
            return node
        offset = node.index.offset + by
        index = Shift(name, offset) if name else At(offset)
        pair = derivative_of(node)
        if pair is None:
            return replace(node, index=index)
        return derivative_ref(pair.of, replace(pair.by, index=index))

    return rewrite(factor, put)


def mentioned_steps(whole: Expr) -> list[int]:
    """Steps that a formula mentions, and those beside them."""
    said = [r.index.step for r in refs(whole) if isinstance(r.index, At)]
    near = [s + by for by in (0, 1, -1) for s in dict.fromkeys(said)]
    return list(dict.fromkeys(near))[:MOST_STEPS]


def missing(
    about: Known, there: Sequence[Spot], found: Sequence[Expr], steps: Sequence[int]
) -> Iterator[Candidate]:
    """The formula with one factor more."""
    arrays = any(shape != SCALAR for shape in about.formula.system.shapes.values())
    lacking = [s for s in there if _may_lack(about, s, arrays)]
    for factor in found:
        for spot in lacking:
            for moved in (*at_reach(factor, spot, steps), *_powers(about, factor, spot)):
                within = None if is_all(spot) else spot.node
                for told, change in _joined(spot, moved, arrays):
                    yield Candidate(Edit("missing-factor", told, told, within), (change,))


def _powers(about: Known, factor: Expr, spot: Spot) -> Iterator[Expr]:
    """w^(t-k) beside what happens between two steps."""
    ranges = any(isinstance(a, Apply) and a.op == "Σ" for a in spot.around)
    if not isinstance(factor, Ref) or factor.index is not None or not ranges:
        return
    if about.shape(factor) == SCALAR and derivative_of(factor) is None:
        yield from powers(about, spot, factor)


def _may_lack(about: Known, spot: Spot, arrays: bool) -> bool:
    """Whether a factor beside it is another formula than one beside what it stands in."""
    node, parent = spot.node, spot.parent
    if spot.role != "value" or isinstance(node, Number) or compares(parent):
        return False
    op = parent.op if isinstance(parent, Apply) else ""
    if op in ("^", "entry", "T", "neg"):
        return False
    if op in ("*", "/", "@"):
        return arrays and about.shape(node) != SCALAR
    return True


def _joined(spot: Spot, factor: Expr, arrays: bool) -> Iterator[tuple[Expr, Change]]:
    """The factor as it is told, and what puts it in its place."""
    way, node = spot.way, spot.node
    if isinstance(node, Apply) and node.op == "*":  # beside its first factor: others stay free
        way, first = (*way, 0), node.args[0]
        yield factor, Change(way, Apply("*", (first, factor)))
    else:
        yield factor, Change(way, Apply("*", (node, factor)))
    if arrays:
        for told in (factor, Apply("T", (factor,)), Apply("diag", (factor,))):
            yield told, Change(spot.way, Apply("@", (told, node)))
            yield told, Change(spot.way, Apply("@", (node, told)))


def too_many(there: Sequence[Spot]) -> Iterator[Candidate]:
    """The formula with one factor less."""
    for spot in there:
        node = spot.node
        if spot.role != "value" or not (isinstance(node, Apply) and node.op in ("*", "@")):
            continue
        for i, arg in enumerate(node.args):
            if isinstance(arg, Number):
                continue
            edit = Edit("extra-factor", arg, ONE, None if is_all(spot) else node)
            if node.op == "*":
                yield Candidate(edit, (Change((*spot.way, i), ONE),))
            else:
                yield Candidate(edit, (Change(spot.way, node.args[1 - i]),))


def others(about: Known, there: Sequence[Spot], found: Sequence[Expr]) -> Iterator[Candidate]:
    """Factors in one letter for other ones in that letter: 1 − f² for f·(1 − f)."""
    for spot in there:
        node = spot.node
        if spot.role != "value" or not isinstance(node, Apply):
            continue
        product = node.op == "*"
        args = node.args if product else (node,)
        for letter in dict.fromkeys(r for a in args for r in refs(a)):
            mine = [i for i, a in enumerate(args) if set(refs(a)) == {letter}]
            if derivative_of(letter) is not None or not mine:
                continue
            own = _product([args[i] for i in mine])
            ways = [(*spot.way, i) if product else spot.way for i in mine]
            for factor in found:
                instead = _in_letter(factor, letter, about.linked.get(letter.name, ()))
                if instead is not None and instead != own:
                    ones = (Change(way, ONE) for way in ways[1:])
                    edit = Edit("wrong-function", own, instead, None)
                    yield Candidate(edit, (Change(ways[0], instead), *ones))


def _in_letter(factor: Expr, letter: Ref, linked: Sequence[str]) -> Expr | None:
    """The factor at the step of a letter; None where it is made of something else."""
    own = set(refs(factor))
    if len(own) != 1 or isinstance(factor, Ref):
        return None
    (ref,) = own
    if ref.name not in (letter.name, *linked):
        return None
    if (ref.index is None) != (letter.index is None):
        return None
    here = replace(ref, index=letter.index)
    return rewrite(factor, lambda n: here if n == ref else n)
