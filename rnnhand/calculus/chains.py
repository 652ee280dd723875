"""Paths inside one step, from what is differentiated down to a goal: the chain rule's factors."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from rnnhand.calculus.local import Local
from rnnhand.calculus.spelled import at
from rnnhand.language.tree import At, Expr, Last, Ref, Shift
from rnnhand.system.model import Quantity, System

MOST = 60
"""Paths beyond which nobody follows them one by one."""


@dataclass(frozen=True)
class Chain:
    """The factors of one path. Where a loss reads an absolute step, they stand at that step."""

    links: tuple[Local, ...]

    @property
    def end(self) -> Ref:
        return self.links[-1].by


def chains(
    system: System,
    local: Sequence[Local],
    start: Ref,
    goals: Collection[Quantity],
    before: bool = False,
) -> list[Chain] | None:
    """Every path from `start` to the first goal on it; None where there are too many. A path stays
    at its step; with `before`, it may end in a goal of another step, as ∂r_t/∂c_{t−1} does."""
    found: list[Chain] = []
    for chain in _from(system, local, start, frozenset(goals), before, start):
        found.append(chain)
        if len(found) > MOST:
            return None
    return found


def read_before(
    system: System, local: Sequence[Local], start: Ref, goals: Collection[Quantity]
) -> list[Ref]:
    """The goals of other steps that `start` is made of inside its step, also by way of goals of
    its own step: h[t-1] for g[t] where g[t] reads h[t]."""
    found: dict[Ref, None] = {}
    left, seen = [start], {start}
    while left:
        here = left.pop()
        for link in local:
            placed = _placed(system, link, here)
            if placed is None:
                continue
            q = system.quantity(placed.by)
            if not _inside(system, placed, start):
                if _same_index(placed) and q in goals:
                    found[placed.by] = None
            elif q in system.made_by and placed.by not in seen:
                seen.add(placed.by)
                left.append(placed.by)
    return list(found)


def summed_on_the_way(system: System, local: Sequence[Local], start: Ref) -> list[Quantity]:
    """What is summed up over all steps on the ways that lead from `start` inside its step: no path
    from step to step goes there."""
    found: dict[Quantity, None] = {}
    left, seen = [start], {start}
    while left:
        here = left.pop()
        for placed in (p for link in local if (p := _placed(system, link, here)) is not None):
            if placed.summed:
                found[system.quantity(placed.by)] = None
            elif _inside(system, placed, start) and placed.by not in seen:
                seen.add(placed.by)
                left.append(placed.by)
    return list(found)


def _from(
    system: System,
    local: Sequence[Local],
    start: Ref,
    goals: frozenset[Quantity],
    before: bool,
    first: Ref,
) -> Iterator[Chain]:
    for link in local:
        placed = _placed(system, link, start)
        if placed is None:
            continue
        if not _inside(system, placed, first):
            if before and _leads_on(placed) and system.quantity(placed.by) in goals:
                yield Chain((placed,))
            continue
        if system.quantity(placed.by) in goals:
            yield Chain((placed,))
        elif system.quantity(placed.by) in system.made_by:
            for rest in _from(system, local, placed.by, goals, before, first):
                yield Chain((placed, *rest.links))


def _placed(system: System, link: Local, start: Ref) -> Local | None:
    """The link as it begins at `start`; None where it begins elsewhere."""
    if system.quantity(link.of) != system.quantity(start):
        return None
    if link.of == start or system.step(link.of, dict.fromkeys(system.indices, 0)) is None:
        return _absolute(system, link)
    if isinstance(start.index, At) and isinstance(link.of.index, Shift):
        step = start.index.step
        steps = link.equation.steps
        if steps is None or step not in steps:
            return None
        var = link.of.index.var
        value = None if link.value is None else at(link.value, step, var)
        of, by = (_ref(r, step, var) for r in (link.of, link.by))
        return _absolute(system, replace(link, of=of, by=by, value=value))
    return None


def _absolute(system: System, link: Local) -> Local:
    """h[T] as h[3]."""
    by = link.by
    if isinstance(by.index, Last):
        by = replace(by, index=At(system.step(by) or 0))
    return replace(link, by=by)


def _ref(ref: Ref, step: int, var: str) -> Ref:
    found: Expr = at(ref, step, var)
    assert isinstance(found, Ref)
    return found


def _inside(system: System, link: Local, first: Ref) -> bool:
    """Whether a link stays at the step at which a path begins, or has none before. What has no step
    may read a definite one, c = h[4]: for s[t], which reads c, that is another step."""
    of, by = link.of.index, link.by.index
    if by is None:
        return True
    if link.summed:
        return False
    if of is None:
        return first.index is None and not isinstance(by, Shift)
    return of == by and system.quantity(link.of).over == system.quantity(link.by).over


def _leads_on(link: Local) -> bool:
    """Whether a link leads to another step: from r[t] to c[t-1], or to one definite step, h[4]."""
    return _same_index(link) or isinstance(link.by.index, At)


def _same_index(link: Local) -> bool:
    """Whether a link leads to another step of the same index: from r[t] to c[t-1]."""
    of, by = link.of.index, link.by.index
    if isinstance(of, Shift) and isinstance(by, Shift):
        return of.var == by.var and not link.summed
    return isinstance(of, At) and isinstance(by, At)
