"""Rewritings of a gradient that no pattern can say: by name, as misconceptions ask for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

from rnnhand.language.parser import Statement, parse_equations
from rnnhand.language.tree import (
    Apply,
    At,
    Expr,
    Number,
    Over,
    Ref,
    Shift,
    refs,
    rewrite,
    substitute,
)
from rnnhand.marking.landscape import Landscape, Variation
from rnnhand.marking.trial import Changes
from rnnhand.questions.update import STAGES
from rnnhand.system.model import Equation, Quantity, Role, System, Term

MOST_STEPS = 60
"""Steps of a sum up to which each is tried as the one left out."""

MOST_BACK = 8
"""Steps back up to which a gradient may have been cut off."""


@dataclass(frozen=True)
class Moved:
    """Other equations for some quantities, and for those quantities that they need."""

    equations: dict[Quantity, tuple[Equation, ...]]
    words: dict[str, Expr]
    originals: dict[Quantity, Quantity]


def truncated(system: System, adjoints: frozenset[Quantity]) -> Iterator[Moved]:
    """Backpropagation through time that goes back k = 1, 2, … steps and no further.

    An adjoint is a sum over how many steps back its parts have come: part d of dL/dh[t] comes from
    parts d at its own step and from parts d − 1 at other steps, and part 0 holds the losses of its
    own step. What is cut off after k steps is the sum of the parts 0 … k.
    """
    lengths = [len(run) for q in adjoints for run in system.steps.get(q, ())]
    parts: dict[Quantity, tuple[Equation, ...]] = {}
    originals: dict[Quantity, Quantity] = {}
    _add_part(system, adjoints, 0, parts, originals)
    for k in range(1, min(max(lengths, default=0) - 1, MOST_BACK + 1)):
        _add_part(system, adjoints, k, parts, originals)
        whole = {
            q: tuple(
                replace(
                    equation,
                    terms=tuple(
                        Term(Ref(_part(q, d).name, equation.target.index), None)
                        for d in range(k + 1)
                    ),
                )
                for equation in system.made_by[q]
            )
            for q in adjoints
        }
        yield Moved({**whole, **parts}, {"step": Number(str(k))}, dict(originals))


def _part(q: Quantity, d: int) -> Quantity:
    return Quantity(f"{q.name}, {d} back", q.over)


def _add_part(
    system: System,
    adjoints: frozenset[Quantity],
    d: int,
    parts: dict[Quantity, tuple[Equation, ...]],
    originals: dict[Quantity, Quantity],
) -> None:
    for q in adjoints:
        equations = []
        for equation in system.made_by[q]:
            made = (_of_part(system, adjoints, equation, term, d) for term in equation.terms)
            target = replace(equation.target, name=_part(q, d).name)
            terms = tuple(term for term in made if term is not None)
            equations.append(replace(equation, target=target, terms=terms))
        parts[_part(q, d)] = tuple(equations)
        originals[_part(q, d)] = q


def _of_part(
    system: System, adjoints: frozenset[Quantity], equation: Equation, term: Term, d: int
) -> Term | None:
    """What a summand gives to part d."""
    index = term.route.index if term.route is not None else None
    comes_back = isinstance(equation.target.index, Shift) and index is not None
    comes_back = comes_back and index != equation.target.index
    read = d - 1 if comes_back else d
    there = False

    def put(e: Expr) -> Expr:
        nonlocal there
        if isinstance(e, Ref) and system.quantity(e) in adjoints:
            there = True
            return replace(e, name=_part(system.quantity(e), read).name)
        return e

    body = rewrite(term.body, put)
    if read < 0 or (not there and read > 0):
        return None
    return replace(term, body=body)


def stopped(
    system: System, adjoints: frozenset[Quantity]
) -> Iterator[tuple[int, dict[Quantity, tuple[Equation, ...]]]]:
    """The whole gradient followed back over k steps from where it begins, and no further: what
    comes from later steps is there at the last k steps only, what comes from earlier ones at the
    first k."""
    runs = [run for q in adjoints for run in system.steps.get(q, ())]
    if not runs:
        return
    first, last = min(r.start for r in runs), max(r.stop for r in runs) - 1
    for k in range(1, min(last - first, MOST_BACK + 1)):
        changed = {}
        for q in adjoints:
            made = tuple(
                replace(
                    e, terms=tuple(_near(e, term, range(first, last + 1), k) for term in e.terms)
                )
                for e in system.made_by[q]
            )
            if made != system.made_by[q]:
                changed[q] = made
        yield k, changed


def _near(equation: Equation, term: Term, steps: range, k: int) -> Term:
    """A summand, kept within k steps of the end that it comes from."""
    own, came = equation.target.index, term.route.index if term.route is not None else None
    if not isinstance(own, Shift) or not isinstance(came, Shift) or came == own:
        return term
    if term.steps is None:
        return term
    if came.offset > own.offset:
        near = range(max(term.steps.start, steps.stop - 1 - k), term.steps.stop)
    else:
        near = range(term.steps.start, min(term.steps.stop, steps.start + 1 + k))
    return replace(term, steps=near)


def _truncated(land: Landscape, id: str) -> Iterator[Variation]:
    """Each loss followed back over k steps; or the whole gradient, from the last step."""
    adjoints = frozenset(q for q, own in land.kinds.items() if own == ("adjoint",) and q.over)
    for moved in truncated(land.system, adjoints):
        shapes = {new: land.system.shapes[old] for new, old in moved.originals.items()}
        yield Variation(id, moved.words, Changes(moved.equations, shapes))
    for k, equations in stopped(land.system, adjoints):
        yield Variation(id, {"step": Number(str(k))}, Changes(equations))


def _sums_without(land: Landscape, id: str) -> Iterator[Variation]:
    """dL/dw = Σ_t dL[t]/dw without the gradient of one step's loss."""
    for s, others in _step_gradients(land):
        yield _of_sums(land, id, s, lambda terms, i: (*terms[:i], *terms[i + 1 :]), others)


def _sums_with_twice(land: Landscape, id: str) -> Iterator[Variation]:
    for s, others in _step_gradients(land):
        yield _of_sums(land, id, s, lambda terms, i: (*terms, terms[i]), others)


def _sums_with_turned(land: Landscape, id: str) -> Iterator[Variation]:
    def turned(terms: Terms, i: int) -> Terms:
        negative = replace(terms[i], body=Apply("neg", (terms[i].body,)))
        return (*terms[:i], negative, *terms[i + 1 :])

    for s, others in _step_gradients(land):
        yield _of_sums(land, id, s, turned, others)


def _sums_of_last(land: Landscape, id: str) -> Iterator[Variation]:
    """dL/dw = dL[T]/dw, with or without the share of the step's loss in the whole."""
    last = list(_step_gradients(land))[-1:]
    for s, others in last:
        yield _of_sums(land, id, s, lambda terms, i: (terms[i],), others)
        yield _of_sums(land, id, s, lambda terms, i: (_without_share(terms[i]),), others)


Terms: TypeAlias = tuple[Term, ...]


def _step_gradients(land: Landscape) -> Iterator[tuple[int, int]]:
    """(which summand, its step) of the sums over the steps' losses."""
    terms = next((made[0].terms for made in land.sums.values()), ())
    for i, term in enumerate(terms if len(terms) <= MOST_STEPS else ()):
        factor = next(iter(refs(term.body)))
        if isinstance(factor.index, At):
            yield i, factor.index.step


def _of_sums(
    land: Landscape, id: str, which: int, put: Callable[[Terms, int], Terms], step: int
) -> Variation:
    equations = {
        q: tuple(replace(e, terms=put(e.terms, which)) for e in made)
        for q, made in land.sums.items()
    }
    return Variation(id, {"step": Number(str(step))}, Changes(equations))


def _without_share(term: Term) -> Term:
    assert isinstance(term.body, Apply)
    return replace(term, body=term.body.args[-1])


def _clipped(land: Landscape, id: str) -> Iterator[Variation]:
    """dL/dw as the sum of clipped contributions, or of clipped gradients of the steps' losses."""
    for kind, bound in dict.fromkeys(ask.clip for ask in land.updates if ask.clip):
        (stage,) = parse_equations(STAGES[kind])
        limit = Number(str(bound))

        def clip(x: Expr, stage: Statement = stage, limit: Expr = limit) -> Expr:
            return substitute(
                rewrite(stage.body, partial(_in_place_of_g, x)),
                {"bound": limit, "norm": Apply("norm2", (x,))},
            )

        equations = {
            q: tuple(replace(e, terms=tuple(_clipped_sum(t, clip) for t in e.terms)) for e in made)
            for q, made in land.system.made_by.items()
            if "total" in land.kinds.get(q, ()) and not q.over
        }
        yield Variation(id, {}, Changes(equations))
        if land.sums:
            sums = {
                q: tuple(
                    replace(e, terms=tuple(replace(t, body=clip(t.body)) for t in e.terms))
                    for e in made
                )
                for q, made in land.sums.items()
            }
            yield Variation(id, {}, Changes(sums))


def _in_place_of_g(x: Expr, expr: Expr) -> Expr:
    return x if isinstance(expr, Ref) and expr.name == "g" else expr


def _clipped_sum(term: Term, clip: Callable[[Expr], Expr]) -> Term:
    if isinstance(term.body, Over):
        return replace(term, body=replace(term.body, body=clip(term.body.body)))
    return term


UPDATED = " updated"
"""After the name of a parameter: its value after the first update."""


def updated(q: Quantity) -> Quantity:
    return Quantity(q.name + UPDATED, q.over)


def _with_updated_weights(land: Landscape, id: str) -> Iterator[Variation]:
    """The way back through parameters that have been updated already: one of them, or all."""
    trained = [g.quantity for g in land.base.with_role(Role.PARAMETER) if not g.quantity.over]
    groups = [[q] for q in trained] if land.updates else []
    for chosen in [*groups, trained] if len(groups) > 1 else groups:

        def put(e: Expr, chosen: list[Quantity] = chosen) -> Expr:
            there = isinstance(e, Ref) and land.base.quantity(e) in chosen
            return replace(e, name=e.name + UPDATED) if there and isinstance(e, Ref) else e

        equations = {}
        for q, own in land.kinds.items():
            if own == ("adjoint",):
                made = tuple(
                    replace(e, terms=tuple(replace(t, body=rewrite(t.body, put)) for t in e.terms))
                    for e in land.system.made_by[q]
                )
                if made != land.system.made_by[q]:
                    equations[q] = made
        if equations:
            shapes = {updated(q): land.system.shapes[q] for q in chosen}
            yield Variation(id, {}, Changes(equations, shapes))


def _without_a_way(land: Landscape, id: str) -> Iterator[Variation]:
    """An adjoint without what comes back through one of its readers, at the same step."""
    for q, own in land.kinds.items():
        if "adjoint" not in own:
            continue
        made = land.system.made_by[q]
        for i, equation in enumerate(made):
            for j, term in enumerate(equation.terms):
                here = term.route is not None and term.route.index in (None, equation.target.index)
                if len(equation.terms) < 2 or not here:
                    continue
                terms = (*equation.terms[:j], *equation.terms[j + 1 :])
                changed = (*made[:i], replace(equation, terms=terms), *made[i + 1 :])
                assert term.route is not None
                yield Variation(id, {"b": term.route}, Changes({q: changed}))


MOVES: Mapping[str, Callable[[Landscape, str], Iterator[Variation]]] = {
    "truncated": _truncated,
    "step gradient dropped": _sums_without,
    "step gradient twice": _sums_with_twice,
    "step gradient turned": _sums_with_turned,
    "last step gradient": _sums_of_last,
    "updated weights": _with_updated_weights,
    "clipped contributions": _clipped,
    "way forgotten": _without_a_way,
}
"""Rewritings of a gradient by the name under which misconceptions ask for them."""
