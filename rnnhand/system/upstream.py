"""Adjoints that are given: dL/dZ stands in the file, and what L is does not matter.

The way back from given adjoints is that of L = Σ sum(dL/dZ*Z), whose derivative by Z is dL/dZ. So
this loss is put into the system; its own value says nothing and is shown nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from rnnhand.language.tree import Apply, Expr, Over, Ref, Shift, refs, walk
from rnnhand.system.model import Given, Quantity, System

LOSS = "L"
"""What the loss is called that nobody has told."""


def adjoint_name(name: str) -> str:
    return f"d{LOSS}/d{name}"


def implied_loss(given: Sequence[Given], of: Sequence[Quantity]) -> Expr:
    """Σ sum(dL/dZ*Z) over the given adjoints and the steps at which they are given."""
    summands: list[Expr] = [
        Apply("sum", (Apply("*", (g.quantity.at(step), q.at(step))),))
        for g, q in zip(given, of, strict=True)
        for step in g.values
    ]
    return summands[0] if len(summands) == 1 else Apply("+", tuple(summands))


def fed_by(system: System, q: Quantity, step: int | None) -> Iterator[tuple[Quantity, int | None]]:
    """Everything that a quantity at a step is computed from, nearest first."""
    seen = {(q, step)}
    queue = [(q, step)]
    while queue:
        now = queue.pop(0)
        for found in _read(system, *now):
            if found not in seen:
                seen.add(found)
                queue.append(found)
                yield found


def _read(system: System, q: Quantity, step: int | None) -> Iterator[tuple[Quantity, int | None]]:
    """What the equation of a quantity at a step mentions."""
    for equation in system.made_by.get(q, ()):
        if equation.steps is not None and step not in equation.steps:
            continue
        running = {q.over: step} if q.over and step is not None else {}
        for term in equation.terms:
            if term.steps is None or step in term.steps:
                yield from _mentioned(system, term.body, running)


def _mentioned(
    system: System, body: Expr, running: Mapping[str, int]
) -> Iterator[tuple[Quantity, int | None]]:
    """What an expression mentions where its indices have values; all steps of a sum in it."""
    sums = {
        node.var: [s for run in system.domain(node) for s in run]
        for node in walk(body)
        if isinstance(node, Over)
    }
    for node in refs(body):
        q = system.quantity(node)
        if not isinstance(node.index, Shift):
            yield q, system.step(node)
            continue
        var, offset = node.index.var, node.index.offset
        at = sums.get(var) or ([running[var]] if var in running else [])
        yield from ((q, s + offset) for s in at)


def reached(system: System) -> set[Quantity]:
    """The loss and every quantity from which it is computed."""
    assert system.loss is not None
    found = {system.quantity(system.loss)}
    queue = list(found)
    while queue:
        for equation in system.made_by.get(queue.pop(), ()):
            for node in walk(equation.body):
                if isinstance(node, Ref) and (q := system.quantity(node)) not in found:
                    found.add(q)
                    queue.append(q)
    return found


def without_implied(system: System) -> System:
    """The equations that somebody wrote: without the loss that given adjoints imply."""
    if not system.pushed:
        return system
    written = tuple(e for e in system.equations if e.target != system.loss)
    return replace(system, equations=written)
