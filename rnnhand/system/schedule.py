"""What can be computed when: the equations of a system in an order in which nothing is read early.

The equations with the lags of their mentions form a graph. Each strongly connected part becomes a
loop over the steps: upwards where every lag inside is ≤ 0, downwards where every lag is ≥ 0. Parts
with lags of both signs are ordered instance by instance. A cycle within one step is an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import TypeAlias

from rnnhand.errors import Failure, failure
from rnnhand.language import limits
from rnnhand.language.printer import text
from rnnhand.language.tree import NOWHERE, At, Expr, Last, Number, Over, Ref, Shift, children, refs
from rnnhand.system.model import Equation, System, intersection

Lag: TypeAlias = int | None
"""Steps between reader and read; None where the mention does not run with the reader."""


@dataclass(frozen=True)
class Loop:
    """Some equations, step by step upwards (+1) or downwards (-1), in this order within a step."""

    equations: tuple[Equation, ...]
    direction: int


@dataclass(frozen=True)
class Instances:
    """Equations at single steps, one after the other."""

    order: tuple[tuple[Equation, int | None], ...]


Block: TypeAlias = Loop | Instances


def schedule(system: System, equations: Sequence[Equation]) -> tuple[Block, ...]:
    """An order in which `equations` can be computed. Raises `Failure` naming a cycle in full."""
    edges = _edges(system, equations)
    parts = _strong_components(len(equations), edges)
    return tuple(_block(system, equations, part, edges) for part in parts)


Edges: TypeAlias = dict[int, list[tuple[int, Lag]]]
"""Reader → what it reads, with the lag."""


def _edges(system: System, equations: Sequence[Equation]) -> Edges:
    makers: dict[object, list[int]] = {}
    for i, equation in enumerate(equations):
        makers.setdefault(system.quantity(equation.target), []).append(i)
    edges: Edges = {i: [] for i in range(len(equations))}
    for i, equation in enumerate(equations):
        own = equation.target.index.var if isinstance(equation.target.index, Shift) else None
        for term in equation.terms:
            for ref, runs_with_own in _mentions(term.body, own):
                for j in makers.get(system.quantity(ref), ()):
                    made = equations[j].steps
                    lag: Lag = None
                    if runs_with_own and isinstance(ref.index, Shift):
                        lag = ref.index.offset
                        if term.steps is not None and made is not None:
                            read = range(term.steps.start + lag, term.steps.stop + lag)
                            if not intersection((read,), (made,)):
                                continue
                    elif (
                        isinstance(ref.index, At | Last)
                        and made is not None
                        and system.step(ref) not in made
                    ):
                        continue
                    edges[i].append((j, lag))
    return edges


def _mentions(expr: Expr, own: str | None) -> Iterator[tuple[Ref, bool]]:
    """Every mention, and whether its index is the reader's own running one."""
    match expr:
        case Ref(_, Shift(var, _)):
            yield expr, var == own
        case Ref():
            yield expr, False
        case Over(_, var, body):
            yield from _mentions(body, None if var == own else own)
        case Number():
            return
        case _:
            for child in children(expr):
                yield from _mentions(child, own)


def _strong_components(count: int, edges: Edges) -> list[list[int]]:
    """Tarjan's algorithm without recursion; what is read comes before its readers."""
    order: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    on_stack: set[int] = set()
    parts: list[list[int]] = []
    for root in range(count):
        if root in order:
            continue
        work = [(root, iter(edges[root]))]
        order[root] = low[root] = len(order)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, rest = work[-1]
            for child, _ in rest:
                if child not in order:
                    order[child] = low[child] = len(order)
                    stack.append(child)
                    on_stack.add(child)
                    work.append((child, iter(edges[child])))
                    break
                if child in on_stack:
                    low[node] = min(low[node], order[child])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == order[node]:
                    part: list[int] = []
                    while not part or part[-1] != node:
                        part.append(stack.pop())
                        on_stack.discard(part[-1])
                    parts.append(sorted(part))
    return parts


def _block(system: System, equations: Sequence[Equation], part: list[int], edges: Edges) -> Block:
    inside = [(i, j, lag) for i in part for j, lag in edges[i] if j in part]
    lags = [lag for _, _, lag in inside]
    known = [lag for lag in lags if lag is not None]
    if len(known) < len(lags) or min(known, default=0) < 0 < max(known, default=0):
        return _instances(system, [equations[i] for i in part])
    within: dict[int, list[int]] = {i: [] for i in part}
    for i, j, lag in inside:
        if lag == 0:
            within[i].append(j)
    try:
        order = tuple(TopologicalSorter(within).static_order())
    except CycleError as error:
        circle = [equations[i] for i in reversed(error.args[1])]
        raise _cycle([text(e.target) for e in circle], circle[0], circle[1]) from None
    downwards = any(lag > 0 for lag in known)
    return Loop(tuple(equations[i] for i in order), -1 if downwards else 1)


def _instances(system: System, equations: Sequence[Equation]) -> Instances:
    """Order by single steps, for parts in which no direction serves all."""
    nodes: dict[tuple[object, int | None], Equation] = {}
    for equation in equations:
        for step in equation.steps or (None,):
            nodes[system.quantity(equation.target), step] = equation
            if len(nodes) > limits.INSTANCES:
                raise failure("too-many-instances", equation.target.span, limit=limits.INSTANCES)
    reads: dict[tuple[object, int | None], list[tuple[object, int | None]]] = {}
    for (q, step), equation in nodes.items():
        var = equation.target.index.var if isinstance(equation.target.index, Shift) else ""
        found: dict[tuple[object, int | None], None] = {}  # a set whose order is the same each time
        for term in equation.terms:
            if term.steps is None or step in term.steps:
                running = {var: step} if var and step is not None else {}
                found |= dict.fromkeys(instances_read(system, term.body, running))
        reads[q, step] = [node for node in found if node in nodes]
    try:
        order = list(TopologicalSorter(reads).static_order())
    except CycleError as error:
        ring: list[tuple[object, int | None]] = list(reversed(error.args[1]))
        names = [text(system.quantity(nodes[node].target).at(node[1])) for node in ring]
        raise _cycle(names, nodes[ring[0]], nodes[ring[1]]) from None
    return Instances(tuple((nodes[node], node[1]) for node in order))


def instances_read(
    system: System, expr: Expr, running: Mapping[str, int]
) -> Iterator[tuple[object, int | None]]:
    """The instances that an expression reads at a step, each step of its sums included; a number
    of a step, t or T, is none."""
    match expr:
        case Ref("T", None):
            return
        case Ref():
            if expr.index is not None or expr.name not in running:
                yield system.quantity(expr), system.step(expr, running)
        case Over(_, var, body):
            for steps in system.domain(expr):
                for step in steps:
                    yield from instances_read(system, body, {**running, var: step})
        case _:
            for child in children(expr):
                yield from instances_read(system, child, running)


def _cycle(names: list[str], reader: Equation, read: Equation) -> Failure:
    """`names` goes around, each computed from the next; the place is where the first reads."""
    mentions = (
        ref
        for term in reader.terms
        for ref in refs(term.body)
        if ref.name == read.target.name and ref.span != NOWHERE
    )
    place = next(mentions, reader.target)
    if len(names) == 2:
        return failure("cycle-of-one", place.span, "hint-cycle", name=names[0])
    return failure("cycle", place.span, "hint-cycle", cycle=" ← ".join(names), name=names[0])
