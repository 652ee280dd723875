"""From one step to the next: how a quantity of step t moves with a state of a step before.

Everything inside the step is followed (the chain and product rules over all paths); the other
states that are read are held:  ∂c[t]/∂c[t-1] = f[t] in a cell with a forget gate f. Where h[t-2]
is read too, ∂h[t]/∂h[t-2] is one of these derivatives, with h[t-1] held.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from rnnhand.calculus.dependence import made_of
from rnnhand.calculus.gradient import shapes_in
from rnnhand.calculus.local import Local, derivative_name, lag, locals_of
from rnnhand.calculus.rules import ShapeOf, plus, product, times
from rnnhand.calculus.tidy import tidy
from rnnhand.language.tree import Apply, At, Expr, Last, Ref, Shift, refs, rewrite, walk
from rnnhand.system.model import SCALAR, Quantity, System

LARGEST = 400
"""Nodes of a formula beyond which nobody reads it."""


@dataclass(frozen=True)
class Transition:
    """∂of/∂by in forward quantities. `paths` are its summands: the local derivatives that each
    path through the step multiplies, from `of` down to `by`. `direct` is that of the path of one
    factor, where there is one."""

    of: Ref
    by: Ref
    value: Expr
    paths: tuple[tuple[Local, ...], ...]
    held: tuple[Ref, ...]

    @property
    def name(self) -> Ref:
        return derivative_name(self.of, self.by)

    @property
    def lag(self) -> int:
        """How many steps back it leads; less than 0 where it leads ahead."""
        return lag(self.of, self.by) or 0

    @property
    def direct(self) -> Local | None:
        return next((p[0] for p in self.paths if len(p) == 1), None)


def states(system: System) -> list[tuple[Quantity, int]]:
    """The quantities that are carried from step to step, and from how many steps before (1, 2) or
    after (-1): those that some equation reads at another step than its own."""
    found: dict[tuple[Quantity, int], None] = {}
    for local in locals_of(system, system.made_by):
        k = lag(local.of, local.by)
        if k and system.quantity(local.by) in system.made_by:
            found[system.quantity(local.by), k] = None
    return list(found)


def carried(system: System) -> list[Quantity]:
    """The states, and what is read of a definite step at which it is computed: by equations of all
    steps, as o[T] in s[k], where o[t] is made of a state; or by those of another loop's first."""
    local = locals_of(system, system.made_by)
    found = dict.fromkeys(q for q, _ in states(system))
    for of in (e.target for e in system.equations if e.target.index is not None):
        for end in _pinned(system, local, of):
            q, step = system.quantity(end), system.step(end)
            running = isinstance(of.index, Shift) or q.over != system.quantity(of).over
            if running and _is_made(system, q, step):
                found[q] = None
    return list(found)


def transitions(system: System) -> list[Transition]:
    """Every state by every state of a step before (or after, where it is read from there), where
    there is a way and it can be written."""
    local = locals_of(system, system.made_by)
    lagged = states(system)
    ways: dict[Quantity, set[bool]] = {}
    for q, k in lagged:
        ways.setdefault(q, set()).add(k > 0)
    found = []
    for by, k in lagged:
        along = [of for of in ways if (k > 0) in ways[of]]
        across = [of for of in ways if (k > 0) not in ways[of]]
        for of in (*along, *across):
            if of.over != by.over:
                continue
            paths = list(_paths(system, local, of.ref(), by, k))
            value = summed(system, paths)
            if not paths or value is None or _by_singles(system, paths, of, by):
                continue
            held = tuple(
                q.ref(-j)
                for q, j in lagged
                if ((j > 0) == (k > 0) or of in across) and (q, j) != (by, k) and q.over == by.over
                if _paths(system, local, of.ref(), q, j)
            )
            held = (*held, *_pinned(system, local, of.ref()))
            found.append(Transition(of.ref(), by.ref(-k), value, tuple(paths), held))
    return found


def _by_singles(
    system: System, paths: Sequence[tuple[Local, ...]], of: Quantity, by: Quantity
) -> bool:
    """Whether a step reads what equations of single steps make of the state: z_2 = u·h_1 in h_2
    adds to what the equations of all steps say."""
    readers = {system.quantity(edge.of) for path in paths for edge in path}
    read = {
        system.quantity(r)
        for q in readers
        for e in system.made_by[q]
        if isinstance(e.target.index, Shift)
        for r in refs(e.body)
        if r.index == e.target.index
    }
    steps = {
        s for e in system.made_by[of] if isinstance(e.target.index, Shift) for s in e.steps or ()
    }
    single = [e for q in read - {of} for e in system.made_by.get(q, ())]
    return any(
        isinstance(e.target.index, At | Last)
        and system.step(e.target) in steps
        and any(made_of(system, system.quantity(r), by) for r in refs(e.body))
        for e in single
    )


def _paths(
    system: System, local: Sequence[Local], of: Ref, by: Quantity, k: int
) -> list[tuple[Local, ...]]:
    """All paths inside a step from `of` to `by` at the step before."""
    found: list[tuple[Local, ...]] = []
    for edge in local:
        if edge.of != of:
            continue
        reached, steps = system.quantity(edge.by), lag(edge.of, edge.by)
        if reached == by and steps == k:
            found.append((edge,))
        elif steps == 0:
            found += [(edge, *rest) for rest in _paths(system, local, edge.by, by, k)]
            if len(found) > LARGEST:
                break
    return found


def _pinned(system: System, local: Sequence[Local], of: Ref) -> list[Ref]:
    """What equations of a step read of definite steps, also by way of what has no step: h[T] in
    g[t], or in c, which g[t] reads."""
    found: dict[Ref, None] = {}
    left, seen = [of], {of}
    while left:
        here = left.pop()
        for edge in local:
            if edge.of != here or system.quantity(edge.by) not in system.made_by:
                continue
            if isinstance(edge.by.index, At | Last):
                found[edge.by] = None
            elif _stays(edge) and edge.by not in seen:
                seen.add(edge.by)
                left.append(edge.by)
    return list(found)


def _stays(edge: Local) -> bool:
    """Whether an edge leads to the same step, or to what has none: to c = h[T]."""
    return edge.by.index is None or lag(edge.of, edge.by) == 0


def pinned(
    system: System, local: Sequence[Local], of: Ref, goals: Collection[Quantity]
) -> list[tuple[Ref, Transition | None]]:
    """What a state reads, inside its step, of a definite step at which it is computed: h_4 in d_k,
    with how the state moves with it where that can be written."""
    ways: dict[Ref, list[tuple[Local, ...]]] = {}
    for end in _pinned(system, local, of):
        q, step = system.quantity(end), system.step(end)
        if step is not None and q in goals and _is_made(system, q, step):
            ways.setdefault(Ref(q.name, At(step)), []).extend(_paths_to(system, local, of, end))
    found: list[tuple[Ref, Transition | None]] = []
    for by, paths in ways.items():
        value = summed(system, paths)
        found.append((by, None if value is None else Transition(of, by, value, tuple(paths), ())))
    return found


def _is_made(system: System, q: Quantity, step: int | None) -> bool:
    return any(e.steps is None or step in e.steps for e in system.made_by.get(q, ()))


def _paths_to(
    system: System, local: Sequence[Local], of: Ref, end: Ref
) -> Iterator[tuple[Local, ...]]:
    """All paths inside a step from `of` to a mention of a definite step."""
    for edge in local:
        if edge.of != of:
            continue
        if edge.by == end:
            yield (edge,)
        elif _stays(edge) and system.quantity(edge.by) in system.made_by:
            for rest in _paths_to(system, local, edge.by, end):
                yield (edge, *rest)


def summed(system: System, paths: Sequence[tuple[Local, ...]]) -> Expr | None:
    """The sum over the paths of the products along each, common beginnings taken out."""
    shape = shapes_in(system)
    found = _summed(paths, shape)
    if found is None:
        return None
    found = rewrite(tidy(found, shape), _from_left)
    return None if sum(1 for _ in walk(found)) > LARGEST else found


def _from_left(node: Expr) -> Expr:
    """A·(B·C) as A·B·C."""
    match node:
        case Apply("@", (a, Apply("@", (b, c)))):
            return Apply("@", (_from_left(Apply("@", (a, b))), c))
        case _:
            return node


def _summed(paths: Sequence[tuple[Local, ...]], shape: ShapeOf) -> Expr | None:
    by_first: dict[Local, list[tuple[Local, ...]]] = {}
    for path in paths:
        by_first.setdefault(path[0], []).append(path[1:])
    terms: list[Expr] = []
    for first, rests in by_first.items():
        if first.value is None:
            return None
        longer = [rest for rest in rests if rest]
        if not longer:
            terms.append(first.value)
            continue
        inner = _summed(longer, shape)
        if inner is None:
            return None
        scalar = shape(first.value) == SCALAR == shape(inner)
        terms.append(times(first.value, inner) if scalar else product(first.value, inner))
    return plus(*terms) if terms else None
