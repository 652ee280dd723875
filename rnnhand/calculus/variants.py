"""The slips that people make in a gradient, as gradients with one thing changed.

Each keeps the adjoint equations but for a summand that is missing or counted twice, a step that is
left out, or a slope that is forgotten or taken at another step.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from rnnhand.calculus.activations import is_activation
from rnnhand.calculus.gradient import Gradient
from rnnhand.calculus.rules import TWO, times
from rnnhand.language.tree import Apply, At, Expr, Last, Over, Ref, Shift, refs, rewrite, shift
from rnnhand.system.model import Equation, Quantity, System, Term, runs

MOST_STEPS = 12

KINDS = (
    "missing-back", "missing-through", "twice-through", "missing-slope", "slope-elsewhere",
    "missing-step", "only-step",
)  # fmt: skip


@dataclass(frozen=True)
class Variant:
    """A slip: `kind` is one of `KINDS`; `at` is the mention, the step, the activation, or the one
    whose slope was taken in place of that at t.

    `everywhere` says that the slip is made on the whole way back; otherwise only in the target's
    own equation, and in the adjoint `within` that is put into it, all else being right. `absent`
    says that a summand is left out where what the slip reads does not exist. `route` is the reader
    through which a summand came, as seen from the target.
    """

    kind: str
    at: Ref
    adjoints: tuple[Equation, ...]
    everywhere: bool = True
    within: str = ""
    absent: bool = False
    route: Ref | None = None


def variants(gradient: Gradient, target: Quantity) -> Iterator[Variant]:
    """The slips that could be behind a wrong formula for `target`, the likeliest first."""
    yield from _without_way_back(gradient)
    yield from _routes(gradient, target)
    yield from _slopes(gradient, target)
    yield from _shifted_slopes(gradient, target)
    yield from _steps(gradient, target)


def _without_way_back(gradient: Gradient) -> Iterator[Variant]:
    """All that comes back from other steps left out."""
    mentions = [_mention(e, t) for e in gradient.adjoints for t in e.terms if is_lagged(t)]
    if not mentions:
        return
    changed = _changed(gradient, lambda e, t: None if is_lagged(t) else t)
    yield Variant("missing-through" if len(set(mentions)) == 1 else "missing-back",
                  mentions[0], changed)  # fmt: skip


def _routes(gradient: Gradient, target: Quantity) -> Iterator[Variant]:
    """One summand left out, or counted twice: on the whole way back, or in the target alone."""
    seen: dict[tuple[str, Ref], Ref] = {}
    for e in gradient.adjoints:
        if len(e.terms) >= 2:
            for route, at in routes(e):
                if route is not None:
                    seen.setdefault((e.target.name, route), at)
    for (name, route), mention in seen.items():

        def is_it(e: Equation, t: Term, name: str = name, route: Ref = route) -> bool:
            return e.target.name == name and t.route == route

        def without(e: Equation, t: Term) -> Term | None:
            return None if is_it(e, t) else t

        def twice(e: Equation, t: Term) -> Term | None:
            return replace(t, body=times(TWO, t.body)) if is_it(e, t) else t

        for everywhere in (True, False):
            if not everywhere and name != target.name:
                continue
            for kind, change in (("missing-through", without), ("twice-through", twice)):
                changed = _changed(gradient, change)
                yield Variant(kind, mention, changed, everywhere, route=route)


def routes(e: Equation) -> Iterator[tuple[Ref | None, Ref]]:
    """Where each summand came from, and how that is told."""
    said = Counter(_mention(e, t) for t in e.terms)
    for t in e.terms:
        mention = _mention(e, t)
        several = said[mention] > 1 and t.route is not None
        yield t.route, t.route if several and t.route is not None else mention  # one of several


def _slopes(gradient: Gradient, target: Quantity) -> Iterator[Variant]:
    """The slope of one activation forgotten: dL/da taken for dL/dh."""
    for argument, made in _activations(gradient):
        inner, outer = _adjoints(gradient, argument, made)

        def plain(
            e: Equation,
            t: Term,
            inner: str = inner.name,
            outer: str = outer.name,
            through: str = made.name,
        ) -> Term:
            if e.target.name != inner or t.route is None or t.route.name != through:
                return t
            return replace(t, body=Ref(outer, e.target.index))

        yield Variant("missing-slope", made, _changed(gradient, plain))
        ahead = _read_ahead(gradient, target, inner)
        for ways in dict.fromkeys((tuple(ahead), *((k,) for k in ahead))):

            def taken(node: Expr, inner: str = inner.name, outer: str = outer.name,
                      ways: Sequence[int] = ways) -> Expr:  # fmt: skip
                mine = isinstance(node, Ref) and node.name == inner and _offset(node) in ways
                return replace(node, name=outer) if mine and isinstance(node, Ref) else node

            def swapped(e: Equation, t: Term, taken: Callable[[Expr], Expr] = taken) -> Term:
                mine = e.target.name == target.name
                return replace(t, body=rewrite(t.body, taken)) if mine else t

            at = _seen_ahead(made, ways)
            yield Variant("missing-slope", at, _changed(gradient, swapped), False)


def _shifted_slopes(gradient: Gradient, target: Quantity) -> Iterator[Variant]:
    """The slope of one activation taken a step too early or too late, 1 - h[t-1]² for 1 - h[t]²:
    wherever there is such a step, or once; on the whole way back, or where the target reads it."""
    for argument, made in _activations(gradient):
        if not isinstance(made.index, Shift):
            continue
        (inner,) = _adjoints(gradient, argument)
        ahead = _read_ahead(gradient, target, inner)
        ways = (True, False) if ahead else (True,)
        for by in (-1, 1):
            movable = _movable(gradient, argument, made, by)
            later = replace(made, index=replace(made.index, offset=made.index.offset + by))
            places = [(later, movable, False), (later, movable, True)] if movable else []
            if 1 < len(movable) <= MOST_STEPS:
                places += [(replace(made, index=At(s + by)), [s], False) for s in movable]
            for there, steps, absent in places:
                changed = _with_slopes_moved(gradient, argument, made, by, steps, absent)
                for everywhere in ways:
                    at = there if everywhere else _seen_ahead(there, ahead)
                    yield Variant("slope-elsewhere", at, changed, everywhere, inner.name, absent)


def _read_ahead(gradient: Gradient, target: Quantity, inner: Quantity) -> list[int]:
    """How many steps ahead the target's equation reads an adjoint: 1 where dL/dh[t] is made of
    dL/da[t+1], 0 where it is that adjoint itself."""
    if target == inner:
        return [0]
    return sorted(
        {
            _offset(ref)
            for e in gradient.adjoints
            if e.target.name == target.name
            for t in e.terms
            for ref in refs(t.body)
            if ref.name == inner.name
        }
    )


def _offset(ref: Ref) -> int:
    return ref.index.offset if isinstance(ref.index, Shift) else 0


def _seen_ahead(made: Ref, ahead: Sequence[int]) -> Ref:
    """The activation at its step as the target's equation has it: h[t+1] for dL/dh[t]."""
    if len(ahead) != 1 or not isinstance(made.index, Shift):
        return made
    return replace(made, index=Shift(made.index.var, made.index.offset + ahead[0]))


def _movable(gradient: Gradient, argument: Ref, made: Ref, by: int) -> list[int]:
    """The steps at which the slope of `made` could be taken `by` steps later: what it mentions,
    h of 1 - h[t]² or a of [a[t] > 0], is there."""
    system = gradient.system
    (inner,) = _adjoints(gradient, argument)
    own = {system.quantity(r) for r in (argument, made)}
    mentioned = {
        system.quantity(r)
        for e in gradient.adjoints
        if e.target.name == inner.name
        for t in e.terms
        for r in refs(t.body)
    } & own
    there = [_known(system, q) for q in mentioned]
    steps = _known(system, system.quantity(argument))
    return [s for s in sorted(steps) if there and all(s + by in known for known in there)]


def _known(system: System, q: Quantity) -> set[int]:
    """The steps at which a quantity is computed or given."""
    given = system.given[q].values if q in system.given else ()
    return {s for run in system.steps[q] for s in run} | {s for s in given if s is not None}


def _with_slopes_moved(
    gradient: Gradient, argument: Ref, made: Ref, by: int, steps: Sequence[int], absent: bool
) -> tuple[Equation, ...]:
    """The adjoints with the slope of `made` taken `by` steps later at some steps; its summand is
    absent at the others, or right."""
    (inner,) = _adjoints(gradient, argument)

    def later(node: Expr) -> Expr:
        mine = isinstance(node, Ref) and node.name in (argument.name, made.name)
        if mine and isinstance(node, Ref) and isinstance(node.index, Shift):
            return shift(node, node.index.var, by)
        return node

    def parts(e: Equation, t: Term) -> Iterator[Term]:
        slope = e.target.name == inner.name and t.route is not None and t.route.name == made.name
        held = t.steps if t.steps is not None else e.steps
        if not slope or held is None:
            yield t
            return
        for run in () if absent else runs(s for s in held if s not in steps):
            yield replace(t, steps=run)
        for run in runs(s for s in held if s in steps):
            yield replace(t, body=rewrite(t.body, later), steps=run)

    return tuple(
        replace(e, terms=tuple(part for t in e.terms for part in parts(e, t)))
        for e in gradient.adjoints
    )


def _activations(gradient: Gradient) -> Iterator[tuple[Ref, Ref]]:
    """(a[t], h[t]) for every h[t] = f(a[t]) of an activation f."""
    system = gradient.system
    for equation in system.equations:
        if equation in gradient.adjoints or len(equation.terms) != 1:
            continue
        body = equation.body
        if not (isinstance(body, Apply) and is_activation(body, system.functions)):
            continue
        argument, made = body.args[0], equation.target
        if not isinstance(argument, Ref) or isinstance(made.index, At | Last):
            continue
        if made.index == argument.index:
            yield argument, made


def _adjoints(gradient: Gradient, *of: Ref) -> tuple[Quantity, ...]:
    return tuple(gradient.of_quantity(gradient.system.quantity(r)) for r in of)


def _steps(gradient: Gradient, target: Quantity) -> Iterator[Variant]:
    """What one step contributes to a parameter's derivative left out, or taken for all of it."""
    if target.over:
        return
    system = gradient.system
    for e in gradient.adjoints:
        if e.target != Ref(target.name):
            continue
        for i, term in enumerate(e.terms):
            if not isinstance(term.body, Over):
                continue
            steps = [s for run in system.domain(term.body) for s in run]
            if len(steps) > MOST_STEPS or len(steps) < 2:
                continue
            kinds = ("missing-step", "only-step") if len(steps) > 3 else ("missing-step",)
            for kind, step in product(kinds, steps):
                alone = (range(step, step + 1),)
                others = tuple(range(s, s + 1) for s in steps if s != step)
                body = replace(term.body, within=alone if kind == "only-step" else others)
                terms = (*e.terms[:i], replace(term, body=body), *e.terms[i + 1 :])
                changed = tuple(replace(e, terms=terms) if x is e else x for x in gradient.adjoints)
                yield Variant(kind, Ref(term.body.var, Shift(str(step))), changed)


def _changed(
    gradient: Gradient, rule: Callable[[Equation, Term], Term | None]
) -> tuple[Equation, ...]:
    found = []
    for e in gradient.adjoints:
        terms = [new for t in e.terms if (new := rule(e, t)) is not None]
        found.append(replace(e, terms=tuple(terms)))
    return tuple(found)


def is_lagged(t: Term) -> bool:
    """Whether a summand comes from another step."""
    return t.route is not None and isinstance(t.route.index, Shift) and t.route.index.offset != 0


def _mention(e: Equation, t: Term) -> Ref:
    """What the summand is about, as the equation that reads it says it: through h[t-1]."""
    _, _, name = e.target.name.rpartition("/d")
    if t.route is not None and isinstance(t.route.index, Shift) and t.route.index.offset:
        return Ref(name, Shift(t.route.index.var, -t.route.index.offset))
    return t.route if t.route is not None else Ref(name)
