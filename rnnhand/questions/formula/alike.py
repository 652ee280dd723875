"""One step proves many: where the same stands, counted from the step, and the same equations hold
around it, what is proved at one step is proved at the other."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field, replace

from rnnhand.language.printer import text
from rnnhand.language.tree import At, Expr, Last, Over, Ref, Shift, refs, rewrite, walk
from rnnhand.questions.derive.check import classes
from rnnhand.questions.formula.formula import Instance
from rnnhand.system.model import System

Sides = tuple[str, str]


@dataclass
class Alike:
    """What has been proved in a system: both sides counted from their step, with what holds at the
    steps around that the proof has seen."""

    system: System
    known: dict[Sides, list[tuple[range, tuple[Hashable, ...]]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """What holds at each step: equations, summands, and what is given."""
        found: dict[int, list[Hashable]] = {}
        for e in self.system.equations:
            for step in e.steps or ():
                found.setdefault(step, []).append(id(e))
            for term in e.terms:
                for step in term.steps or ():
                    found.setdefault(step, []).append(id(term))
        for q, given in self.system.given.items():
            for known in given.values:
                if known is not None:
                    found.setdefault(known, []).append(q)
        self.holding = {step: tuple(what) for step, what in found.items()}

    def covers(self, instance: Instance) -> bool:
        step, sides = _step(instance), _sides(instance)
        return any(self._around(step, near) == what for near, what in self.known.get(sides, ()))

    def learn(self, instance: Instance, proof: System) -> None:
        """Remembers what a system has proved, unless it knows a step from its number."""
        if len(self.system.indices) != 1 or classes(proof) or not _is_uniform(proof):
            return
        step = _step(instance)
        seen = [s - step for s in _steps(proof)] or [0]
        near = range(min(seen), max(seen) + 1)
        self.known.setdefault(_sides(instance), []).append((near, self._around(step, near)))

    def _around(self, step: int, near: range) -> tuple[Hashable, ...]:
        return tuple(self.holding.get(step + by, ()) for by in near)


def _step(instance: Instance) -> int:
    ((_, step),) = instance.steps
    return step


def _sides(instance: Instance) -> Sides:
    own, right = (text(_counted(e, _step(instance))) for e in (instance.own, instance.right))
    return own, right


def _counted(expr: Expr, step: int) -> Expr:
    """A formula with its steps counted from one of them."""

    def put(node: Expr) -> Expr:
        if isinstance(node, Ref) and isinstance(node.index, At):
            return replace(node, index=Shift("t", node.index.step - step))
        return node

    return rewrite(expr, put)


def _steps(system: System) -> Iterable[int]:
    for e in system.equations:
        yield from e.steps or ()
    for given in system.given.values():
        yield from (s for s in given.values if s is not None)


def _is_uniform(system: System) -> bool:
    """Whether the equations that run mention no definite step and no step's number."""
    running = [t.body for e in system.equations if e.steps is not None for t in e.terms]
    return not any(isinstance(n, Over) for body in running for n in walk(body)) and not any(
        isinstance(r.index, At | Last) or (r.index is None and r.name in system.indices)
        for body in running
        for r in refs(body)
    )
