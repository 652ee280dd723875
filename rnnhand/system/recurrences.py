"""What is carried from step to step: the loops of a system, their states, and how steps are linked.

A recurrence is a set of quantities that all reach one another. Its states are those that another
step reads: h of a plain cell, h and c where a cell state runs beside. What is read at another step
but is made of states of its own step alone (a prediction that is fed back) is no state: its part of
the factor goes through them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from rnnhand.language.tree import At, Expr, Last, Over, Ref, Shift, children, refs
from rnnhand.system.model import Equation, Quantity, System


@dataclass(frozen=True)
class Link:
    """The equation of `reader` at step t mentions `state` at t − lag (t + lag on the way back in
    time); lag 0 stands for the step itself."""

    reader: Quantity
    state: Quantity
    lag: int


@dataclass(frozen=True)
class Recurrence:
    """`members` reach one another; `states` are carried; `derived` are read at another step but
    follow from the states of their own. `direction` is −1 where a step reads later ones. `held`
    are definite steps that many steps read as such, h[0] in h[t] = tanh(w*h[t-1] + v*h[0])."""

    over: str
    direction: int
    members: tuple[Quantity, ...]
    states: tuple[Quantity, ...]
    derived: tuple[Quantity, ...]
    links: tuple[Link, ...]
    held: tuple[Ref, ...] = ()

    @property
    def carried(self) -> tuple[Quantity, ...]:
        return (*self.states, *self.derived)

    @property
    def longest(self) -> int:
        """How many steps the farthest link goes."""
        return max(link.lag for link in self.links)


def recurrences(system: System) -> tuple[list[Recurrence], list[tuple[Quantity, ...]]]:
    """The recurrences whose steps are linked to neighbours at fixed distances, all in one
    direction; and the members of those of which that is not so."""
    found: list[Recurrence] = []
    strange: list[tuple[Quantity, ...]] = []
    for members in _loops(system):
        links = _links(system, members)
        if links is None:
            strange.append(members)
            continue
        signs = {1 if lag > 0 else -1 for _, _, lag in links if lag}
        overs = {q.over for q in members}
        if len(signs) != 1 or len(overs) != 1:
            strange.append(members)
            continue
        direction = signs.pop()
        made = tuple(dict.fromkeys(Link(r, s, lag * direction) for r, s, lag in links))
        carried = [q for q in members if any(k.state == q and k.lag for k in made)]
        derived = [q for q in carried if _follows(q, carried, made)]
        states = tuple(q for q in carried if q not in derived)
        lagged = tuple(k for k in made if k.lag)
        held = tuple(_held(system, members))
        found.append(
            Recurrence(overs.pop(), direction, members, states, tuple(derived), lagged, held)
        )
    return found, strange


def _loops(system: System) -> Iterator[tuple[Quantity, ...]]:
    """The sets of computed quantities that reach one another and themselves, in the order of the
    equations."""
    reads: dict[Quantity, set[Quantity]] = {
        q: {
            system.quantity(ref)
            for e in made
            for t in e.terms
            for ref in refs(t.body)
            if not (ref.index is None and (ref.name == "T" or ref.name in system.indices))
        }
        & system.made_by.keys()
        for q, made in system.made_by.items()
    }
    reach = {q: _reached(q, reads) for q in reads}
    seen: set[Quantity] = set()
    for q in reads:
        if q in seen or q not in reach[q]:
            continue
        members = tuple(r for r in reads if r in reach[q] and q in reach[r])
        seen |= set(members)
        yield members


def _reached(start: Quantity, reads: Mapping[Quantity, set[Quantity]]) -> set[Quantity]:
    found: set[Quantity] = set()
    waiting = list(reads[start])
    while waiting:
        q = waiting.pop()
        if q not in found:
            found.add(q)
            waiting += reads[q]
    return found


def _links(
    system: System, members: tuple[Quantity, ...]
) -> list[tuple[Quantity, Quantity, int]] | None:
    """(reader, read, steps between them) within a loop; None where some distance is not fixed."""
    found = []
    inside = set(members)
    for reader in members:
        for equation in system.made_by[reader]:
            for ref, summed in _mentions(equation.body):
                read = system.quantity(ref)
                if read not in inside or _is_held(equation, ref):
                    continue
                lag = lag_of(system, equation, ref)
                if lag is None or summed:
                    return None
                found.append((reader, read, lag))
    return found


def _held(system: System, members: tuple[Quantity, ...]) -> dict[Ref, None]:
    """The definite steps that the equations of a loop read and that are held, each once."""
    equations = [e for q in members for e in system.made_by[q]]
    return dict.fromkeys(
        replace(ref, index=At(system.step(ref) or 0))
        for e in equations
        for ref, _ in _mentions(e.body)
        if system.quantity(ref) in members and _is_held(e, ref)
    )


def _is_held(equation: Equation, ref: Ref) -> bool:
    """Whether an equation that runs mentions a definite step: there is no one distance to it."""
    return isinstance(equation.target.index, Shift) and isinstance(ref.index, At | Last)


def _mentions(expr: Expr, summed: bool = False) -> Iterator[tuple[Ref, bool]]:
    """Every mention, and whether it stands under a sum over steps."""
    if isinstance(expr, Ref):
        yield expr, summed
    for child in children(expr):
        yield from _mentions(child, summed or isinstance(expr, Over))


def lag_of(system: System, equation: Equation, ref: Ref) -> int | None:
    """How many steps before its reader a mention is; None where that is not the same at all steps
    of the equation."""
    target, index = equation.target.index, ref.index
    if isinstance(index, Shift) and isinstance(target, Shift) and index.var == target.var:
        return -index.offset
    if isinstance(target, At) and isinstance(index, At | Last):
        step = system.step(ref)
        return None if step is None else target.step - step
    return None


def _follows(q: Quantity, carried: list[Quantity], links: tuple[Link, ...]) -> bool:
    """Whether q reads no other step on any way that does not pass another carried quantity."""
    waiting, seen = [q], {q}
    on_states = False
    while waiting:
        here = waiting.pop()
        for link in links:
            if link.reader != here:
                continue
            if link.lag:
                return False
            if link.state in carried:
                on_states = True
            elif link.state not in seen:
                seen.add(link.state)
                waiting.append(link.state)
    return on_states
