"""What the goal's output is made of, term by term, and the first cell's never is.

In every variant of the first cell, some functions taken out and some sequences constant, it either
lacks a route of the goal or keeps one that the goal has not. A route is kept where no other one may
undo it, and all of its weights are needed for routes of the goal, so that none of them can be 0.

This is said of one unit, where weights are numbers and a product of them is 0 only with one of
them: what holds at all sizes holds there. A cell with more units inside than enter and leave may
have blocks of weights that are 0, so of such a one only what it lacks is said.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain, combinations, product

from rnnhand.calculus.choice import Side
from rnnhand.calculus.route_chains import Chains
from rnnhand.calculus.route_patterns import (
    Pattern,
    are_like,
    has_power,
    may_be_alike,
    may_undo,
    moving,
    pattern,
    rests,
    serves,
    weights,
)
from rnnhand.calculus.route_sums import MOVING, Route, TooManyRoutes
from rnnhand.calculus.routes import Routes, Variant
from rnnhand.calculus.rules import ShapeOf
from rnnhand.calculus.sides import reached
from rnnhand.calculus.simplify import Facts
from rnnhand.calculus.views import block_of, factors
from rnnhand.calculus.views import product as product_of
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref, Shift, walk
from rnnhand.questions.reduce.obstacle_output import carried
from rnnhand.questions.reduce.obstacle_terms_where import have_like_functions, is_told_by_terms

LAGS = range(2)
"""At how many steps before the output the input is looked at."""

MOST_VARIANTS = 1_200
"""Variants of a cell up to which all of them are looked at."""

SPLITS = 8
"""How many weights and constants are looked at, one by one, as 0 and as not 0."""

MOST_TOLD = 3
"""How many routes of the goal are told that are not there at once."""


class Unclear(Exception):
    """A product has a power of a function among its factors."""


Routed = dict[int, list[tuple[Pattern, Route]]]
Wanted = tuple[Pattern, int]


@dataclass(frozen=True)
class Misfit:
    """Routes of the goal that the first cell has never all at once, each as a formula. Or none,
    where it may have them: then it keeps a route of its own that the goal has not (`stays` are some
    of these, as far as a formula tells them), or has too few parameters left."""

    wanted: tuple[Expr, ...] = ()
    keeps: bool = False
    stays: tuple[Expr, ...] = ()
    few: tuple[int, int] | None = None
    """At most so many parameters it has then, of one unit, and the goal so many."""


@dataclass(frozen=True)
class Known:
    """What is known of the goal beside its terms, asked only where it is needed: how many
    parameters of one unit make a difference in it, None where the source has more units inside
    than enter and leave; and whether its output does not follow from itself and the input."""

    parameters: Callable[[], int] | None
    carries_more: Callable[[], bool]


def misfit(source: Side, target: Side, facts: Facts, known: Known) -> Misfit | None:
    """Why the terms of the goal are never those of the source; None where that is not shown."""
    if target.open or not all(is_told_by_terms(side) for side in (source, target)):
        return None
    if not have_like_functions(source, target, facts):
        return None
    if _number_of_variants(source) > MOST_VARIANTS:
        return None
    try:
        return _misfit(source, target, facts, known)
    except (TooManyRoutes, Unclear):
        return None


def _misfit(source: Side, target: Side, facts: Facts, known: Known) -> Misfit | None:
    goal = _Goal(Routes(target, facts), known)
    whole = Routes(source, facts)
    judged: list[tuple[Variant, list[Verdict]]] = []
    # What leaves least of the cell first: there it is most often that nothing stands against it.
    for variant in reversed(list(_variants(source))):
        verdicts = list(_verdicts(whole.in_variant(variant), goal, frozenset(), SPLITS))
        if None in verdicts:
            return None
        judged.append((variant, verdicts))
    found = list(chain.from_iterable(verdicts for _, verdicts in reversed(judged)))
    kept = [f for f in found if isinstance(f, tuple)]
    stays = tuple(spelled(*f, source, facts.shape) for f in kept if not rests(f[0]))
    left = [f for f in found if isinstance(f, int)]
    few = (max(left), goal.parameters()) if left and goal.parameters is not None else None
    if not all(isinstance(f, frozenset) for f in found):
        return Misfit(keeps=bool(kept), stays=stays, few=few)
    lacks = {v: f for v, verdicts in judged for f in verdicts if isinstance(f, frozenset)}
    told = _together(whole, lacks, goal.wanted)
    return Misfit(tuple(spelled(goal.shown[w], w[1], target, facts.shape) for w in told))


class _Goal:
    """The routes of a goal by their patterns, and those that a first cell has to have."""

    def __init__(self, routes: Routes, known: Known) -> None:
        self.routed = _routed(routes)
        self.parameters = None if known.parameters is None else cache(known.parameters)
        self.carries_more = cache(known.carries_more)
        self.shown: dict[Wanted, Route] = {}
        for lag, found in self.routed.items():
            for p, route in found:
                if not rests(route):
                    self.shown.setdefault((p, lag), route)
        self.wanted = sorted((w for w in self.shown if w[0].is_plain), key=_order)


Verdict = frozenset[Wanted] | tuple[Route, int] | int | None
"""The routes of the goal that are lacking; a route that stays, with its lag; how many parameters
are left, fewer than the goal's; or none of these."""


def _verdicts(own: Routes, goal: _Goal, there: frozenset[str], splits: int) -> Iterator[Verdict]:
    """What stands against a variant in which the weights that are `there` are not 0, case by case:
    constants 0 or not, and then weights."""
    lacking = _without_chain(own, goal.wanted)
    if lacking:
        yield lacking
        return
    routed = _routed(own)
    lacking = _lacking(routed, goal.wanted)
    if lacking:
        yield lacking
        return
    if goal.parameters is None:
        yield None
        return
    left = _left(own)
    if left < goal.parameters():
        yield left
        return
    kept = _kept(own, routed, goal, _needed(routed, goal.wanted) | there)
    if kept is None or (kept[2] and not splits):
        yield None
        return
    if not kept[2]:
        yield kept[:2]
        return
    split = min(kept[2])
    zero = replace(own.variant, zero=own.variant.zero | {split})
    yield from _verdicts(own.in_variant(zero), goal, there, splits - 1)
    yield from _verdicts(own, goal, there | {split}, splits - 1)


def _order(wanted: Wanted) -> tuple[object, ...]:
    """What has few functions, and all of its factors, first."""
    p, lag = wanted
    return len(p.functions), lag, -sum(map(len, p.factors)), p.functions, p.factors


def _left(own: Routes) -> int:
    """How many numbers are free in a variant of one unit: parameters on which its output still
    depends, those of a stack block by block, and constants."""
    seen, waiting = {own.side.gives}, [own.side.gives]
    blocks, cut, constants = set[str](), set[str](), set[str]()
    while waiting:
        for node in walk(own.side.bodies[waiting.pop()]):
            block = block_of(node)
            if block is not None and block.name in own.side.parameters:
                blocks.add(text(node))
                cut |= {block.name} if isinstance(node, Apply) else set()
            elif isinstance(node, Ref) and node.name in own.constants:
                constants.add(node.name)
            elif isinstance(node, Ref) and node.name in own.side.bodies.keys() - seen:
                seen.add(node.name)
                waiting.append(node.name)
    return len((blocks - cut | constants) - own.variant.zero)


def _routed(routes: Routes) -> Routed:
    gives = routes.side.gives
    found = {lag: list(routes.of(gives, lag)) for lag in LAGS}
    if any(has_power(route) for some in found.values() for route in some):
        raise Unclear
    return {
        lag: [(pattern(r), r) for r in some if not weights(r) & routes.variant.zero]
        for lag, some in found.items()
    }


def _lacking(own: Routed, wanted: Sequence[Wanted]) -> frozenset[Wanted]:
    """The routes of the goal that the source has not."""
    mine = {lag: {p for p, _ in found} for lag, found in own.items()}
    return frozenset(w for w in wanted if not any(serves(p, w[0]) for p in mine[w[1]]))


def _without_chain(own: Routes, wanted: Sequence[Wanted]) -> frozenset[Wanted]:
    """Routes of the goal whose functions nothing goes through in this order."""
    chains = Chains(own)
    mine = {lag: chains.of(own.side.gives, lag) for lag in LAGS}
    return frozenset(
        (p, lag) for p, lag in wanted if not any(are_like(p.functions, c) for c in mine[lag])
    )


def _together(
    whole: Routes, lacks: Mapping[Variant, frozenset[Wanted]], wanted: Sequence[Wanted]
) -> Sequence[Wanted]:
    """A few routes of which every variant lacks one. What each lacks is asked again, in full, if it
    takes more than one: chains alone do not tell all."""
    one = _hitting(lacks.values(), wanted, 1)
    if one:
        return one
    full = [_all_lacking(whole.in_variant(v), known, wanted) for v, known in lacks.items()]
    return _hitting(full, wanted, MOST_TOLD) or wanted


def _all_lacking(
    own: Routes, known: frozenset[Wanted], wanted: Sequence[Wanted]
) -> frozenset[Wanted]:
    try:
        return _lacking(_routed(own), wanted)
    except (TooManyRoutes, Unclear):
        return known


def _hitting(
    lacks: Collection[frozenset[Wanted]], wanted: Sequence[Wanted], most: int
) -> Sequence[Wanted]:
    """At most so many routes of which every variant lacks one; none where more are needed."""
    for n in range(1, most + 1):
        for some in combinations(wanted, n):
            if all(lack & set(some) for lack in lacks):
                return some
    return ()


def _kept(
    own: Routes, routed: Routed, goal: _Goal, needed: frozenset[str]
) -> tuple[Route, int, frozenset[str]] | None:
    """A route of the source that the goal has not and that nothing cancels, with the weights that
    would have to be 0 for it to go: as few as may be."""
    found: list[tuple[Route, int, frozenset[str]]] = []
    for lag, some in routed.items():
        theirs = {p for p, _ in goal.routed[lag]}
        alike: dict[Pattern, list[Route]] = {}
        for p, route in some:
            alike.setdefault(p, []).append(route)
        for p, routes in alike.items():
            if not p.is_told or any(may_be_alike(p, other) for other in theirs):
                continue
            others = [other for other in alike if may_be_alike(p, other)]
            against = [r for other in others for r in alike[other]]
            apart = others == [p] and _are_independent(own, p, goal)
            for route in routes:
                rivals = [r for r in against if not apart or moving(r) == moving(route)]
                if not any(may_undo(route, other) for other in rivals):
                    cutting = (weights(route) | _behind(own, route)) - needed
                    found.append((route, lag, cutting))
    return min(found, key=lambda f: (len(f[2]), rests(f[0]), f[1], len(f[0])), default=None)


def _are_independent(own: Routes, p: Pattern, goal: _Goal) -> bool:
    """Whether routes by different states are nothing that could take each other away. Beside its
    output a source carries one state only, and that is not the output but for numbers: else the
    output would follow from itself and the input, and that of the goal does not."""
    states = {name for name, _ in carried(own.side)} - {own.side.gives}
    one = [name for run in p.factors for name, _ in run].count(MOVING) == 1
    first = any(name == MOVING for name, _ in p.factors[0])
    return one and first and len(states) == 1 and goal.carries_more()


def _behind(own: Routes, route: Route) -> frozenset[str]:
    """The weights by which its factors move, but for sequences: one that does not move is constant
    in another variant, and the output moves, since the goal's does."""
    found = frozenset[str]()
    for letter in route:
        if letter.kind == "factor" and not isinstance(letter.shown, Ref):
            ways = [weights(way) for way in own.behind(letter)]
            found |= min(ways, key=lambda w: (len(w), sorted(w)), default=frozenset())
    return found


def _needed(own: Routed, wanted: Sequence[Wanted]) -> frozenset[str]:
    """The weights without which the source lacks a route of the goal."""
    found = frozenset[str]()
    for p, lag in wanted:
        ways: list[frozenset[str]] = [
            weights(route) for other, route in own[lag] if serves(other, p)
        ]
        found |= frozenset.intersection(*ways)
    return found


def _inner(side: Side) -> list[str]:
    """The sequences that may be made constant."""
    alive = reached(side, side.gives)
    return [q for q in side.bodies if q in alive and q != side.gives and not _follows(side, q)]


def _follows(side: Side, q: str) -> bool:
    """Whether a sequence is constant where one other is, as i = 1 - f."""
    names = [n for n in walk(side.bodies[q]) if isinstance(n, Ref)]
    return _is_linear(side.bodies[q]) and len(names) == 1


def _is_linear(expr: Expr) -> bool:
    """Whether a factor is f, or 1 - f."""
    sums = isinstance(expr, Apply) and expr.op in ("+", "-", "neg")
    return isinstance(expr, Ref | Number) or (
        sums and isinstance(expr, Apply) and all(map(_is_linear, expr.args))
    )


def _applications(side: Side, q: str) -> set[str]:
    """The functions that stand in the equation of a sequence."""
    nodes = walk(side.bodies[q])
    return {n.op for n in nodes if isinstance(n, Apply) and n.op in side.functions}


def _number_of_variants(side: Side) -> int:
    count: int = 2 ** len(_applications(side, side.gives))
    for q in _inner(side):
        count *= 1 + 2 ** len(_applications(side, q))
    return count


def _variants(side: Side) -> Iterator[Variant]:
    """Every choice of functions that are taken out and of sequences that are constant, what leaves
    most of the cell first."""
    choices: list[list[tuple[frozenset[str], frozenset[str]]]] = []
    for q in [side.gives, *_inner(side)]:
        functions = sorted(_applications(side, q))
        some = [
            (frozenset(removed), frozenset[str]())
            for n in range(len(functions) + 1)
            for removed in combinations(functions, n)
        ]
        if q != side.gives:
            some.append((frozenset(), frozenset({q})))
        choices.append(some)
    for chosen in product(*choices):
        removed = frozenset().union(*(r for r, _ in chosen))
        yield Variant(removed, frozenset().union(*(c for _, c in chosen)))


def spelled(route: Route, lag: int, side: Side, shape: ShapeOf) -> Expr:
    """The input with all that it goes through and is multiplied with."""
    found: Expr = Ref(side.reads, Shift("t", -lag))
    for letter in reversed(route):
        if letter.kind == "function":
            assert isinstance(letter.shown, Ref)
            found = Apply(letter.shown.name, (found,))
        elif letter.kind == "factor" or shape(letter.shown)[1] == 1:
            found = product_of([letter.shown, *factors(found)[1]])
        else:
            found = Apply("@", (letter.shown, found))
    return found
