"""What each misconception makes of the equations that a sheet is marked on.

A variation is some quantities with other equations. A pattern that fits at several places gives
one variation for all of them, one for each binding of its variables (w taken for v), and one for
each quantity.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from rnnhand.calculus.gradient import adjoint, shapes_in
from rnnhand.calculus.patterns import INDEX, Bound, Verb, exchanged, filled_in, found
from rnnhand.calculus.rules import ShapeOf
from rnnhand.calculus.tidy import ZERO, tidy
from rnnhand.errors import Failure
from rnnhand.language.tree import (
    Apply,
    At,
    Expr,
    Number,
    Over,
    Ref,
    Shift,
    rewrite,
    shift,
    walk,
)
from rnnhand.marking.kinds import SLOPE, Kinds
from rnnhand.marking.landscape import Landscape, Variation, with_gradients
from rnnhand.marking.misconceptions import Misconception, Rewrite
from rnnhand.marking.moves import MOST_STEPS, MOVES
from rnnhand.marking.trial import Changes, with_equations
from rnnhand.system.model import Equation, Quantity, System, Term

FREE = ("e", "x", "r")
"""Variables of a pattern that need no declaration: any expression."""


@dataclass(frozen=True)
class Site:
    """A summand in which a pattern was found, and what it becomes."""

    quantity: Quantity
    equation: int
    term: int
    key: tuple[str, ...]
    terms: tuple[Term, ...]
    words: Mapping[str, Expr]


def variations(land: Landscape, misconception: Misconception) -> Iterator[Variation]:
    """All that a misconception may mean here."""
    for rule in misconception.rewrites:
        if rule.move:
            yield from MOVES[rule.move](land, misconception.id) if rule.move in MOVES else ()
            continue
        if "loss" in rule.kinds:
            yield from _with_other_loss(land, misconception, rule)
        sites = list(_sites(land, rule))
        yield from _grouped(land, misconception.id, sites)
        if rule.also:
            yield from _exchanged(land, misconception.id, sites)


def _grouped(land: Landscape, id: str, sites: list[Site]) -> Iterator[Variation]:
    keys = list(dict.fromkeys(site.key for site in sites))
    groups: list[list[Site]] = []
    if len(keys) > 1:
        groups.append(sites)
    for key in keys:
        group = [site for site in sites if site.key == key]
        groups.append(group)
        bases = dict.fromkeys(land.bases[site.quantity] for site in group)
        if len(bases) > 1:
            groups += [[s for s in group if land.bases[s.quantity] == base] for base in bases]
    seen: set[tuple[tuple[Quantity, int, int, tuple[Term, ...]], ...]] = set()
    for group in groups:
        chosen = {(s.quantity, s.equation, s.term): s for s in reversed(group)}
        identity = tuple((*place, s.terms) for place, s in chosen.items())
        if identity not in seen:
            seen.add(identity)
            own = {site.quantity: site.words for site in reversed(group)}
            yield Variation(id, group[0].words, Changes(_rewritten(land, chosen)), own)


def _exchanged(land: Landscape, id: str, sites: list[Site]) -> Iterator[Variation]:
    """One taken for another and the other for the one, each in equations of its own."""
    by_key: dict[tuple[str, ...], list[Site]] = {}
    for site in sites:
        by_key.setdefault(site.key, []).append(site)
    for key, there in by_key.items():
        (one, x), (other, y) = (part.split("=", 1) for part in key)
        back = by_key.get((f"{one}={y}", f"{other}={x}"), [])
        both = {(s.quantity, s.equation, s.term): s for s in (*there, *back)}
        if x < y and back and {s.quantity for s in there}.isdisjoint(s.quantity for s in back):
            own = {site.quantity: site.words for site in both.values()}
            yield Variation(id, there[0].words, Changes(_rewritten(land, both)), own)


def _rewritten(
    land: Landscape, sites: Mapping[tuple[Quantity, int, int], Site]
) -> dict[Quantity, tuple[Equation, ...]]:
    result = {}
    for q in dict.fromkeys(place[0] for place in sites):
        equations = []
        for i, equation in enumerate(land.system.made_by[q]):
            terms: list[Term] = []
            for j, term in enumerate(equation.terms):
                site = sites.get((q, i, j))
                terms += [term] if site is None else site.terms
            equations.append(replace(equation, terms=tuple(terms)))
        result[q] = tuple(equations)
    return result


@dataclass(frozen=True)
class Summand:
    """One summand of an equation as a pattern sees it; `plain` is the same in the system itself,
    where it may differ: a pattern for slopes sees each slope as a function of its own."""

    quantity: Quantity
    equation: Equation
    place: tuple[int, int]
    seen: Term
    plain: Term


def _sites(land: Landscape, rule: Rewrite) -> Iterator[Site]:
    """Every summand that a rule changes."""
    kinds = Kinds(land.base, land.parts)
    shape = shapes_in(land.marked if "slope" in rule.kinds else land.system)
    for summand in _summands(land, rule, kinds):
        seen = summand.seen
        start = _start(land, summand.quantity, seen)
        for after, bound in _replacements(land, kinds, rule, seen.body, start):
            if after != ZERO and not _same_shape(shape, after, seen.body):
                continue
            body = tidy(_unmarked(land, after), shapes_in(land.system))
            terms = _kept(land, rule, summand.equation, replace(seen, body=body))
            if terms != (summand.plain,):
                yield Site(summand.quantity, *summand.place, _key(rule, bound), terms, bound)


def _summands(land: Landscape, rule: Rewrite, kinds: Kinds) -> Iterator[Summand]:
    """The summands in which a rule looks for its pattern."""
    marked = "slope" in rule.kinds
    wanted = {*rule.kinds, "adjoint"} if marked else {*rule.kinds}
    for q, own in land.kinds.items():
        if not wanted & {*own} or (rule.of and not kinds.holds(rule.of, land.bases[q].ref())):
            continue
        plain = land.system.made_by[q]
        seen = land.marked.made_by.get(q, ()) if marked else plain
        for i, (one, other) in enumerate(zip(seen, plain, strict=False)):
            if len(one.terms) == len(other.terms):
                for j, term in enumerate(one.terms):
                    if not rule.through or _came_through(land, rule.through, one, term):
                        yield Summand(q, one, (i, j), term, other.terms[j])


def _same_shape(shape: ShapeOf, one: Expr, other: Expr) -> bool:
    try:
        return shape(one) == shape(other)
    except (Failure, AssertionError):
        return False


def _kept(land: Landscape, rule: Rewrite, equation: Equation, term: Term) -> tuple[Term, ...]:
    if rule.keep:
        there = land.system.steps.get(land.system.quantity(equation.target), ())
        last = max((run.stop - 1 for run in there), default=0)
        if term.steps is None or last not in term.steps:
            return ()
        return (replace(term, steps=range(last, last + 1)),)
    return () if term.body == ZERO else (term,)


def _key(rule: Rewrite, bound: Bound) -> tuple[str, ...]:
    """The names that declared variables stand for, whatever their steps."""
    return tuple(
        f"{name}={expr.name if isinstance(expr, Ref) else expr.text}"
        for name, expr in sorted(bound.items())
        if isinstance(expr, Ref | Number) and name in rule.where
    )


def _start(land: Landscape, q: Quantity, term: Term) -> Bound:
    """The adjoint from which a summand came."""
    if term.route is None or q not in land.numerators:
        return {}
    route = land.base.quantity(term.route)
    return {"incoming": Ref(adjoint(land.numerators[q], route).name, term.route.index)}


def _came_through(land: Landscape, way: str, equation: Equation, term: Term) -> bool:
    if term.route is None:
        return False
    index, own = term.route.index, equation.target.index
    match way:
        case "another step":
            return isinstance(own, Shift) and index is not None and index != own
        case "loss":
            return land.base.quantity(term.route) in land.parts.losses
        case "step loss":
            q = land.base.quantity(term.route)
            whole = adjoint(land.of[0], land.bases[land.system.quantity(equation.target)])
            same = whole.name == equation.target.name
            return same and q in land.parts.losses and bool(q.over)
        case function:
            made = land.base.made_by.get(land.base.quantity(term.route), ())
            return any(isinstance(e.body, Apply) and e.body.op == function for e in made)


def _replacements(
    land: Landscape, kinds: Kinds, rule: Rewrite, body: Expr, start: Bound
) -> Iterator[tuple[Expr, Bound]]:
    """The whole expression after each replacement, and what the variables stand for. Places where
    the declared variables stand for the same are replaced together."""

    def holds(name: str, expr: Expr) -> bool:
        return kinds.holds(rule.where.get(name, "anything"), expr)

    variables = {*rule.where, *FREE}
    whole = len(rule.find) == 1 and rule.find[0] == Ref("e")
    if whole:
        nodes: Iterable[tuple[Expr, Bound]] = [(body, {"e": body})]
    else:
        nodes = found(rule.find[0], body, variables, holds)
    alike: dict[tuple[str, ...], tuple[dict[Expr, Expr], Bound]] = {}
    for node, first in nodes:
        for bound in _completed(land, kinds, rule, {**start, **first}):
            verbs = _verbs(land, bound)
            old = (node, *(filled_in(f, bound, verbs) for f in rule.find[1:]))
            new = tuple(filled_in(p, bound, verbs) for p in rule.put)
            pairs = {o: n for o, n in zip(old, new, strict=True) if o is not None and n is not None}
            if len(pairs) == len(old) and any(o != n for o, n in pairs.items()):
                there, _ = alike.setdefault(_key(rule, bound), ({}, bound))
                for o, n in pairs.items():
                    there.setdefault(o, n)
    for pairs, bound in alike.values():
        (before, after), *_ = pairs.items()
        told = {"found": _unmarked(land, before), "put": _unmarked(land, after)}
        yield exchanged(body, tuple(pairs), tuple(pairs.values())), {**bound, **told}


def _completed(land: Landscape, kinds: Kinds, rule: Rewrite, bound: Bound) -> Iterator[Bound]:
    """Every value for the variables that the found pattern leaves open."""
    open_ = [name for name in rule.where if name not in bound]
    if not open_:
        yield bound
        return
    name, kind = open_[0], rule.where[open_[0]]
    if kind == "step":
        index = bound.get(INDEX)
        over = next((e for e in bound.values() if isinstance(e, Ref)), None)
        if isinstance(index, Ref) and over is not None:
            steps = _steps(land, index.name, over)
            for step in steps if 1 < len(steps) <= MOST_STEPS else ():
                yield from _completed(land, kinds, rule, {**bound, name: Number(str(step))})
        return
    like = next((e for n, e in bound.items() if n != INDEX), None)
    for candidate in kinds.all_of(kind, like):
        if candidate not in bound.values():
            yield from _completed(land, kinds, rule, {**bound, name: candidate})


def _steps(land: Landscape, var: str, body: Expr) -> list[int]:
    """The steps over which a sum of this goes."""
    return [step for run in land.system.domain(Over("sum", var, body)) for step in run]


def _verbs(land: Landscape, bound: Bound) -> dict[str, Verb]:
    index = bound.get(INDEX)
    var = index.name if isinstance(index, Ref) else next(iter(land.base.indices), "t")
    return {
        "prediction": partial(_partner, land.base, land.parts.prediction),
        "target": partial(_partner, land.base, land.parts.target),
        "now": lambda e: _moved(e, 0),
        "before": lambda e: _moved(e, -1),
        "earlier": lambda e: shift(e, var, -1),
        "later": lambda e: shift(e, var, 1),
        "at": lambda e, s: _fixed(e, var, s),
        "last": lambda e: _fixed(e, var, Number(str(land.base.indices[var][-1]))),
        "terms": lambda e: Number(str(len(_steps(land, var, e)))),
        "slope": lambda f, x, result: _slope(land, f, x, result),
        "activation": lambda f, x: Apply(f.name.removeprefix(SLOPE), (x,)),
        "behind": lambda d: _before(land, d)[0],
        "slope_before": lambda d: _before(land, d)[1],
        "diagonal": lambda e: _diagonal(land, e),
    }


def _partner(
    system: System, partner: Callable[[Quantity], Quantity | None], expr: Expr
) -> Expr | None:
    """The prediction for a target, at the same step; or the reverse."""
    if not isinstance(expr, Ref):
        return None
    q = partner(system.quantity(expr))
    return None if q is None else Ref(q.name, expr.index)


def _moved(expr: Expr, offset: int) -> Expr | None:
    if not isinstance(expr, Ref) or not isinstance(expr.index, Shift):
        return None
    return replace(expr, index=Shift(expr.index.var, offset))


def _fixed(expr: Expr, var: str, step: Expr) -> Expr | None:
    if not isinstance(step, Number):
        return None
    s = int(step.value)

    def put(e: Expr) -> Expr:
        if isinstance(e, Ref) and isinstance(e.index, Shift) and e.index.var == var:
            return replace(e, index=At(s + e.index.offset))
        return e

    return rewrite(expr, put)


def _slope(land: Landscape, f: Expr, x: Expr, result: Expr) -> Expr | None:
    """f′ as the library writes it, with these for its argument and its result."""
    if not isinstance(f, Ref):
        return None
    written = land.slopes.get(f.name.removeprefix(SLOPE))
    if written is None:
        return None
    values = {"x": x, "result": result}
    return rewrite(
        written, lambda e: values.get(e.name, e) if isinstance(e, Ref) and e.index is None else e
    )


def _before(land: Landscape, d: Expr) -> tuple[Expr | None, Expr | None]:
    """dL/da[t+1] as what it is made of: (dL/dh[t+1], f′(a[t+1]))."""
    q = land.marked.quantity(d) if isinstance(d, Ref) else None
    made = land.marked.made_by.get(q, ()) if q is not None else ()
    if len(made) != 1 or len(made[0].terms) != 1 or q is None or not isinstance(d, Ref):
        return None, None
    term, own = made[0].terms[0], made[0].target.index
    slopes = [e for e in walk(term.body) if isinstance(e, Apply) and e.op.startswith(SLOPE)]
    before = _start(land, q, term).get("incoming")
    if len(slopes) != 1 or before is None:
        return None, None
    slope = _unmarked(land, slopes[0])
    if isinstance(own, Shift) and isinstance(d.index, Shift):
        by = d.index.offset - own.offset
        return shift(before, own.var, by), shift(slope, own.var, by)
    return before, slope


def _diagonal(land: Landscape, matrix: Expr) -> Expr | None:
    """A square matrix without what stands off its diagonal."""
    rows, columns = shapes_in(land.system)(matrix)
    if rows != columns or rows == 1:
        return None
    size = Number(str(rows))
    units = tuple(Apply("one_hot", (Number(str(i)), size)) for i in range(1, rows + 1))
    return Apply("*", (matrix, Apply(",", units)))


def _unmarked(land: Landscape, expr: Expr) -> Expr:
    """The slopes that are still marked, written out."""

    def put(e: Expr) -> Expr:
        if isinstance(e, Apply) and e.op.startswith(SLOPE):
            return _slope(land, Ref(e.op), *e.args) or e
        return e

    return rewrite(expr, put)


def _with_other_loss(
    land: Landscape, misconception: Misconception, rule: Rewrite
) -> Iterator[Variation]:
    """Another loss has another gradient."""
    sites = list(_sites(land, replace(rule, kinds=("loss",))))
    for variation in _grouped(land, misconception.id, sites):
        base = with_equations(land.base, variation.changes.equations)
        system = with_gradients(base, land.of)
        changed = {
            q: made
            for q, made in system.made_by.items()
            if q in land.kinds and made != land.system.made_by.get(q)
        }
        yield replace(variation, changes=Changes(changed))
