"""Which vertices of a network a mention names: a quantity at a step, or, folded, the loop of all
steps and steps that have equations of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rnnhand.calculus.network import UNREAD, Vertex
from rnnhand.language.printer import text
from rnnhand.language.tree import At, Last, Ref, Shift, refs
from rnnhand.system.model import Equation, Quantity, Role, System


@dataclass(frozen=True)
class Named:
    """A vertex by its key, and how many steps later it is read; the `leaf` that it is if no
    equation gives it."""

    key: str
    lag: int = 0
    leaf: Vertex | None = None


def at_step(ref: Ref, step: int | None, system: System) -> tuple[Named, Vertex]:
    """What a mention at a step names; and its vertex where it is not shown how it is computed."""
    q = system.quantity(ref)
    running = dict.fromkeys(system.indices, step) if step is not None else {}
    at = system.step(ref, running)
    key = text(q.at(at))
    unread = Vertex(key, str(q), at, q.at(at), q.at(at), UNREAD)
    if q in system.given and (at is None or at in system.given[q].values):
        return Named(key, 0, _leaf(key, str(q), at, q.at(at), q, system)), unread
    return Named(key), unread


def folded(ref: Ref, equation: Equation, system: System) -> Iterator[Named]:
    """What a mention in an equation names in a folded graph: the loop, and steps that have
    equations of their own, s[0] for s[k-1] at the first step."""
    q, target = system.quantity(ref), equation.target
    alone = equations_alone(system).get(q, {})
    itself = Named(text(ref), 0, _leaf(text(ref), text(ref), None, ref, q, system))
    if isinstance(ref.index, At | Last):
        at = step_of(ref, system)
        if at in alone:
            yield Named(text(q.at(at)))
            return
        if _is_returning(ref, target, system) or (
            q in system.given and at in system.given[q].values
        ):
            yield itself
            return
    if isinstance(ref.index, Shift):
        own = _runs_with(ref, target)
        if not own and _is_returning(ref, target, system):
            yield itself
            return
        every = system.indices[ref.index.var]
        steps = equation.steps if own and equation.steps is not None else every
        for at in alone:
            if at - ref.index.offset in steps:
                yield Named(text(q.at(at)))
    if len(alone) == len(system.made_by.get(q, ())) > 0:
        return
    lag = ref.index.offset if isinstance(ref.index, Shift) else 0
    key = str(q) if lag == 0 or q in system.made_by else text(ref)
    if q in system.made_by:
        yield Named(key, lag)
    else:
        yield Named(key, 0, _leaf(key, key, None, ref, q, system))


def equations_alone(system: System) -> Mapping[Quantity, Mapping[int, Equation]]:
    """The equations that give a quantity at one step, by that step."""
    found: dict[Quantity, dict[int, Equation]] = {}
    for e in system.equations:
        if isinstance(e.target.index, At | Last):
            found.setdefault(system.quantity(e.target), {})[step_of(e.target, system)] = e
    return found


def step_of(ref: Ref, system: System) -> int:
    """The step of a mention at a step of its own."""
    step = system.step(ref)
    assert step is not None
    return step


def _is_returning(ref: Ref, target: Ref, system: System) -> bool:
    """Whether a mention at a step of its own, h[0] or h[k] in a sum over k, names what depends on
    the equation that mentions it: folded, it would go around without a delay."""
    q = system.quantity(ref)
    if q.over is None or _runs_with(ref, target):
        return False
    return system.quantity(target) in _behind(q, system)


def _runs_with(ref: Ref, target: Ref) -> bool:
    """Whether a mention runs with the steps of what is computed."""
    one, other = ref.index, target.index
    return isinstance(one, Shift) and isinstance(other, Shift) and one.var == other.var


def _behind(q: Quantity, system: System) -> set[Quantity]:
    """A quantity and all that it depends on."""
    seen, rest = {q}, [q]
    while rest:
        for equation in system.made_by.get(rest.pop(), ()):
            new = {system.quantity(r) for r in refs(equation.body)} - seen
            seen |= new
            rest += new
    return seen


def _leaf(key: str, row: str, step: int | None, ref: Ref, q: Quantity, system: System) -> Vertex:
    role = system.given[q].role if q in system.given else Role.CONSTANT
    return Vertex(key, row, step, ref, ref, "", role)
