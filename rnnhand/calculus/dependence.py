"""What a quantity depends on: reachability along mentions, with the way.

This is about the equations, not about the numbers in them: a weight that happens to be 0 counts.
What an equation itself switches off at a step, as [t > 2] does at t = 2, does not.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from rnnhand.calculus.instances import Instance
from rnnhand.calculus.switches import Read, Switches
from rnnhand.language.tree import Shift, refs
from rnnhand.system.model import Equation, Quantity, System


class TooMany(Exception):
    """More than anybody would look at."""


@dataclass(frozen=True)
class Dependence:
    """Everything that an instance depends on, and by which instance each was reached."""

    of: Instance
    reader: Mapping[Instance, Instance]
    off: Mapping[Instance, tuple[Read, ...]]
    """What the equations of all these mention and do not read at their step, and why."""

    @cached_property
    def lengths(self) -> Mapping[Instance, int]:
        """How many equations the way from each leads through; `reader` begins with the nearest."""
        found = {self.of: 0}
        for instance, reader in self.reader.items():
            found[instance] = found[reader] + 1
        return found

    def __contains__(self, instance: object) -> bool:
        return instance in self.reader

    def way(self, instance: Instance) -> list[Instance]:
        """From what is depended on to what depends on it, by the fewest equations."""
        found = [instance]
        while found[-1] != self.of:
            found.append(self.reader[found[-1]])
        return found


def dependence(system: System, of: Instance, most: int) -> Dependence:
    """Raises `TooMany`."""
    switches = Switches(system)
    reader: dict[Instance, Instance] = {}
    off: dict[Instance, tuple[Read, ...]] = {}
    waiting = deque([of])
    while waiting:
        here = waiting.popleft()
        reads = list(switches.reads_of(here))
        read = {r.instance for r in reads if r.off is None}
        idle = tuple(r for r in reads if r.off is not None and r.instance not in read)
        if idle:
            off[here] = idle
        for mentioned in (r.instance for r in reads if r.off is None):
            if mentioned not in reader and mentioned != of:
                reader[mentioned] = here
                waiting.append(mentioned)
                if len(reader) > most:
                    raise TooMany
    return Dependence(of, reader, off)


def through_other_steps(
    system: System, of: Iterable[Instance], states: Collection[Quantity]
) -> set[Quantity]:
    """What some of the instances depend on by a way that reads a state at another step."""
    switches = Switches(system)
    left = [(here, False) for here in of]
    seen = set(left)
    while left:
        here, crossed = left.pop()
        for written, read, off in switches.reads_of(here):
            shifted = isinstance(written.index, Shift) and written.index.offset != 0
            moved = shifted and read.step != here.step and read.quantity in states
            there = (read, crossed or moved)
            if off is None and there not in seen:
                seen.add(there)
                left.append(there)
    return {here.quantity for here, crossed in seen if crossed}


def chain(system: System, reached: Dependence, ring_of: Mapping[str, int]) -> int:
    """How many steps of loops come one after the other, at most, before an instance is there.

    A step of a loop is done at once, however many quantities the loop has.
    """
    switches = Switches(system)
    longest: dict[Instance, int] = {}
    waiting = [reached.of]
    while waiting:
        here = waiting[-1]
        reads = [] if here in longest else list(switches.read_by(here))
        ahead = [r for r in reads if r not in longest]
        if ahead:
            waiting += ahead
            continue
        waiting.pop()
        if here not in longest:
            ring = ring_of.get(str(here.quantity))
            if all(ring_of.get(str(r.quantity)) != ring for r in reads):
                ring = None  # how a loop starts is no step of it: s[0] = h[T]
            longest[here] = max(
                (longest[r] + (ring is not None and not _same(r, here, ring_of)) for r in reads),
                default=int(ring is not None),
            )
            if ring is not None:
                longest[here] = max(longest[here], 1)
    return longest[reached.of]


def _same(one: Instance, other: Instance, ring_of: Mapping[str, int]) -> bool:
    """Whether two instances are computed in the same step of the same loop."""
    rings = [ring_of.get(str(i.quantity)) for i in (one, other)]
    return rings[0] == rings[1] and one.step == other.step


@dataclass(frozen=True)
class Loop:
    """Quantities that go round into themselves: each step of theirs waits for another step.

    `direction` is 1 where earlier steps come first, -1 where later ones do, 0 where both.
    """

    names: tuple[str, ...]
    direction: int


def loops(system: System) -> list[Loop]:
    """The loops of a system, in the order of its equations."""
    reads: dict[str, set[tuple[str, int]]] = {}
    for equation in system.equations:
        q = str(system.quantity(equation.target))
        for ref in refs(equation.body):
            lag = ref.index.offset if isinstance(ref.index, Shift) else 0
            reads.setdefault(q, set()).add((str(system.quantity(ref)), lag))
    found: list[Loop] = []
    for name in reads:
        if any(name in loop.names for loop in found):
            continue
        ring = [o for o in reads if name in _below(reads, o) and o in _below(reads, name)]
        if ring:
            lags = {lag for o in ring for other, lag in reads[o] if other in ring and lag}
            up, down = any(k < 0 for k in lags), any(k > 0 for k in lags)
            found.append(Loop(tuple(ring), 1 if up and not down else -1 if down and not up else 0))
    return found


def _below(reads: Mapping[str, set[tuple[str, int]]], name: str) -> set[str]:
    """Everything that a quantity reads, at whatever step."""
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        for other, _ in reads.get(waiting.pop(), ()):
            if other not in seen:
                seen.add(other)
                waiting.append(other)
    return seen


def layers_of_step(system: System, over: str) -> list[list[str]]:
    """The quantities that run with an index, in layers: those of one layer need none of each other
    at the same step, and can be computed at the same time."""
    reads: dict[str, set[str]] = {}
    for equation in system.equations:
        q = system.quantity(equation.target)
        if q.over == over:
            now = {str(r) for r in _read_now(system, equation, over)}
            reads[str(q)] = reads.get(str(q), set()) | now
    found: list[list[str]] = []
    left = dict(reads)
    while left:
        ready = [q for q, of in left.items() if not of & (left.keys() - {q})]
        if not ready:
            return [*found, *([q] for q in left)]
        found.append(ready)
        left = {q: of for q, of in left.items() if q not in ready}
    return found


def _read_now(system: System, equation: Equation, over: str) -> Iterator[Quantity]:
    """What an equation of a step may need of that step: z[2] = yhat[2] needs yhat, as all that is
    read without a step needs what it is made of."""
    for ref in refs(equation.body):
        q = system.quantity(ref)
        if q.over != over:
            yield from (r for r in system.made_by if r.over == over and made_of(system, q, r))
        elif isinstance(ref.index, Shift):
            if ref.index.offset == 0:
                yield q
        elif system.step(ref) in (equation.steps or (system.step(equation.target),)):
            yield q


def made_of(system: System, one: Quantity, other: Quantity) -> bool:
    """Whether a quantity is another or is made of it, at whatever steps and through whatever
    equations."""
    left, seen = [one], set[Quantity]()
    while left:
        here = left.pop()
        if here == other:
            return True
        if here not in seen:
            seen.add(here)
            for equation in system.made_by.get(here, ()):
                left += [system.quantity(r) for r in refs(equation.body)]
    return False


def made_at_some_step(system: System, one: Quantity, other: Quantity) -> bool:
    """Whether a quantity depends on another at one of its steps at least: what reads h_1 does not
    depend on what enters at step 2, though h does."""
    switches = Switches(system)
    left = [Instance(one, step) for run in system.steps[one] for step in run]
    seen = set(left)
    while left:
        new = [m for m in switches.read_by(left.pop()) if m not in seen]
        if any(m.quantity == other for m in new):
            return True
        seen.update(new)
        left += new
    return False


def feeds(system: System, one: str, other: str) -> bool:
    """Whether a quantity is read, at whatever step and through whatever others, by another."""
    reads: dict[str, set[tuple[str, int]]] = {}
    for equation in system.equations:
        q = str(system.quantity(equation.target))
        for ref in refs(equation.body):
            reads.setdefault(q, set()).add((str(system.quantity(ref)), 0))
    return one in _below(reads, other)
