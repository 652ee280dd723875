"""Rewritings of a gradient that are no exchange of one expression for another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from rnnhand.language.tree import Expr, Number, Ref, Shift, rewrite
from rnnhand.system.model import Equation, Quantity, System, Term

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
