"""Parts of the equations from which a formula may be proved: what the others make are letters."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from rnnhand.calculus.instances import Instance, mentions
from rnnhand.calculus.transitions import states
from rnnhand.language.derivatives import derivative_of, derivative_ref
from rnnhand.language.tree import NOWHERE, Apply, Ref, Shift, refs, walk
from rnnhand.questions.formula.formula import OWN, RIGHT, Formula
from rnnhand.questions.formula.values import SLIP
from rnnhand.system.model import Equation, Given, Quantity, Role, System, runs

MOST_NEEDED = 3_000
"""Values up to which only those that are needed are worked out."""

MOST_TRIED = 3
"""Steps whose equations alone are tried."""


def cuts(formula: Formula, full: System) -> Iterator[System]:
    """The system with computed quantities as letters: first all but the target and the formula,
    then the forward ones that no activation makes."""
    targets = {full.quantity(n).name for i in formula.instances for n in i.names}
    own = [e for e in full.equations if e.target.name.startswith((OWN, RIGHT))]
    last = [e for e in full.equations if e.target.name in targets]
    yield cut(full, [*last, *own])
    applied = activated(formula)
    inner = {
        derivative_ref(of, e.body.args[0]).name
        for of in numerators(formula)
        for e in applied
        if isinstance(e.body, Apply) and isinstance(e.body.args[0], Ref)
    }
    slopes = [e for e in full.equations if e.target.name in inner and e not in last]
    yield cut(full, [*last, *own, *applied, *slopes])
    forward = set(map(id, formula.system.equations))
    backward = [e for e in full.equations if id(e) not in forward]
    yield cut(full, backward)
    yield cut(full, [*applied, *backward])
    yield cut(full, [*put_together(formula), *backward])
    if states(formula.system):
        yield cut(full, [*_between(formula, full), *backward])


def local_cuts(formula: Formula, full: System) -> Iterator[System]:
    """Systems in which derivatives that the student's formula mentions are letters, and of the
    forward quantities all but a few."""
    forward = {id(e) for e in formula.system.equations}
    adjoint = [e for e in full.equations if id(e) not in forward]
    targets = set(_differentiated(formula, full))
    said = {
        p
        for e in full.equations
        if e.target.name.startswith(OWN)
        for t in e.terms
        for p in mentions(full, t.body, {})
    }
    made = {full.quantity(e.target) for e in adjoint}
    held = {p for p in said if p.quantity in made} - targets
    first = {p for p in said if p.quantity not in made}

    def cut_at(kept: Iterable[Equation], open_: Callable[[Instance], bool]) -> System:
        return cut(
            full,
            [*adjoint, *kept],
            lambda p: p in held or (p.quantity not in made and not open_(p)),
        )

    equations = formula.system.equations
    yield cut_at((), lambda p: False)
    yield cut_at(equations, lambda p: p in first)
    for step in sorted({p.step for p in first if p.step is not None})[-MOST_TRIED:]:
        yield cut_at(equations, lambda p, s=step: p.step == s)  # type: ignore[misc]
    if held:
        yield cut_at(activated(formula), lambda p: True)
        yield cut_at(put_together(formula), lambda p: True)
        yield cut_at(_between(formula, full), lambda p: True)


def _differentiated(formula: Formula, full: System) -> Iterator[Instance]:
    """The derivatives that a formula is compared with, also those that run in a sum."""
    for instance in formula.instances:
        names = {full.quantity(n) for n in instance.names}
        yield from (p for p in mentions(full, instance.right, {}) if p.quantity in names)


def _between(formula: Formula, full: System) -> list[Equation]:
    """The equations of what is not carried from step to step."""
    carried = {q for q, _ in states(formula.system)}
    return [e for e in formula.system.equations if full.quantity(e.target) not in carried]


def activated(formula: Formula) -> list[Equation]:
    """The equations that apply one function to one quantity: h[t] = tanh(a[t])."""
    return [
        e
        for e in formula.system.equations
        if isinstance(e.body, Apply)
        and len(e.body.args) == 1
        and isinstance(e.body.args[0], Ref)
        and e.body.op in formula.system.functions
    ]


def put_together(formula: Formula) -> list[Equation]:
    """The equations of what no function is applied to, such as h[t] = o[t]*tanh(c[t]), where
    functions are applied to names: what c[t] is made of does not matter."""
    system = formula.system
    applied = {
        system.quantity(arg)
        for e in system.equations
        for node in walk(e.body)
        if isinstance(node, Apply) and node.op in system.functions
        for arg in node.args
        if isinstance(arg, Ref)
    }
    return [e for e in system.equations if system.quantity(e.target) not in applied]


def _nothing(_: Instance) -> bool:
    return False


def _needed(
    full: System, kept: Sequence[Equation], letter: Callable[[Instance], bool]
) -> tuple[list[Equation], set[Instance]] | None:
    """The equations that lead to a formula or a derivative, at the steps at which they do, and what
    these read; None where that is too much."""
    made: dict[Quantity, list[Equation]] = {}
    for e in kept:
        made.setdefault(full.quantity(e.target), []).append(e)
    compared = (OWN, RIGHT)
    left = [Instance(q, None) for q in made if q.name.removeprefix(SLIP).startswith(compared)]
    found: dict[Instance, None] = {}
    read: set[Instance] = set()
    while left:
        here = left.pop()
        if here in found or here.quantity not in made or letter(here):
            continue
        found[here] = None
        if len(found) > MOST_NEEDED:
            return None
        for e in made[here.quantity]:
            if e.steps is None or here.step in e.steps:
                index = e.target.index
                at = (
                    {index.var: here.step}
                    if isinstance(index, Shift) and here.step is not None
                    else {}
                )
                for t in e.terms:
                    if t.steps is None or here.step in t.steps:
                        mentioned = list(mentions(full, t.body, at))
                        read.update(mentioned)
                        left += mentioned
    return [part for e in kept for part in _at_needed_steps(full, e, found)], read


def _at_needed_steps(
    full: System, equation: Equation, needed: Collection[Instance]
) -> Iterator[Equation]:
    q = full.quantity(equation.target)
    if equation.steps is None:
        if Instance(q, None) in needed:
            yield equation
        return
    for run in runs(s for s in equation.steps if Instance(q, s) in needed):
        terms = []
        for t in equation.terms:
            steps = (
                run
                if t.steps is None
                else range(max(t.steps.start, run.start), min(t.steps.stop, run.stop))
            )
            if steps:
                terms.append(replace(t, steps=steps))
        yield replace(equation, terms=tuple(terms), steps=run)


def cut(
    full: System, kept: Sequence[Equation], letter: Callable[[Instance], bool] = _nothing
) -> System:
    """Only some equations, of these what the compared values need; what the others make, and what
    is to be a letter, is given."""
    needed = _needed(full, kept, letter)
    if needed is None:
        return _whole(full, kept)
    equations, read = needed
    made: dict[Quantity, set[int | None]] = {}
    for e in equations:
        made.setdefault(full.quantity(e.target), set()).update(e.steps or (None,))
    given: dict[Quantity, Given] = {}
    for q in dict.fromkeys(here.quantity for here in read):
        steps = {here.step for here in read if here.quantity == q} - made.get(q, set())
        known = full.given[q].values if q in full.given else {}
        shape = full.shapes[q]
        letters = (None,) * (shape[0] * shape[1])
        values = {s: known.get(s, letters) for s in sorted(steps, key=lambda s: s or 0)}
        role = Role.CONSTANT if q in full.made_by else full.given[q].role
        if values:
            given[q] = Given(q, role, shape, values)
    return replace(full, equations=tuple(equations), given=given)


def _whole(full: System, kept: Sequence[Equation]) -> System:
    made = {full.quantity(e.target) for e in kept}
    read = {full.quantity(r) for e in kept for t in e.terms for r in refs(t.body)}
    given = {q: g for q, g in full.given.items() if q in read or q in made}
    for q in full.made_by:
        if q in made or q not in read:
            continue
        shape = full.shapes[q]
        entry = (None,) * (shape[0] * shape[1])
        steps = [s for run in full.steps[q] for s in run] if q.over else [None]
        known = full.given[q].values if q in full.given else {}
        values = {**dict.fromkeys(steps, entry), **known}
        given[q] = Given(q, Role.CONSTANT, shape, values)
    return replace(full, equations=tuple(kept), given=given)


def numerators(formula: Formula) -> list[Ref]:
    """What is differentiated: one number, or every entry of a vector."""
    found: dict[Ref, None] = {}
    for instance in formula.instances:
        for name in instance.names:
            pair = derivative_of(name)
            assert pair is not None
            found[replace(pair.of, span=NOWHERE)] = None
    return list(found)
