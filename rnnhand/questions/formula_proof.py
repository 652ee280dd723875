"""Whether a student's formula is the derivative, by normal forms over parts of the equations."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from rnnhand.arithmetic.base import Arithmetic
from rnnhand.arithmetic.equality import Pairs, proved_same
from rnnhand.calculus.dependence import Instance, mentions
from rnnhand.calculus.gradient import shapes_in
from rnnhand.calculus.tidy import tidy
from rnnhand.calculus.transitions import states
from rnnhand.language.derivatives import derivative_of, derivative_ref
from rnnhand.language.printer import text
from rnnhand.language.tree import (
    NOWHERE,
    Apply,
    Over,
    Ref,
    Shift,
    refs,
    walk,
)
from rnnhand.questions.backward import contributed
from rnnhand.questions.derive_check import classes
from rnnhand.questions.formula import OWN, RIGHT, Formula
from rnnhand.questions.formula_values import SLIP, filled, values_of
from rnnhand.system.model import Equation, Given, Quantity, Role, System, runs

MOST_NEEDED = 3_000
"""Values up to which only those that are needed are worked out."""


def proved(formula: Formula, fixed: Sequence[Role] = (), scale: str = "") -> bool:
    """Whether the formula is the derivative (times `scale`), by normal forms: with everything but
    the last equation as letters; with states as letters; from the given letters alone. What is
    given in the roles of `fixed` keeps its numbers."""
    if not scale and _is_ours(formula):
        return True
    full = filled(formula, formula.full)
    open_functions = [n for n, f in full.functions.items() if f.open]
    cuts = (*_cuts(formula, full), full)
    systems = [_lettered(s, lambda q, g: g.role not in fixed) for s in cuts]
    for system in systems:

        def pairs(
            arithmetic: Arithmetic, letter: Callable[[str], Any], s: System = system
        ) -> Pairs:
            found = values_of(formula, s, arithmetic, letter)
            if not scale:
                return found
            c = arithmetic.number(Fraction(scale))
            return [(a, c * b) for a, b in found]

        if proved_same(pairs, open_functions):
            return True
    return False


def _is_ours(formula: Formula) -> bool:
    """Whether the formula is the very one that the gradient has, sign by sign: a proof that no
    number of steps makes longer."""
    if len(formula.instances) != 1:
        return False
    (instance,) = formula.instances
    if instance.right != instance.name:
        return False
    found = formula.gradients[text(instance.of)]
    total = [e for e in found.adjoints if e.target == instance.name]
    if len(total) != 1 or instance.name.index is not None:
        return False
    body, _ = contributed(found, total[0])
    shape = shapes_in(formula.full)
    both = (tidy(e, shape) for e in (body, instance.own))
    steps = [[n.within for n in walk(e) if isinstance(n, Over)] for e in (body, instance.own)]
    one, other = (text(e) for e in both)
    return one == other and steps[0] == steps[1]


def _lettered(system: System, chosen: Callable[[Quantity, Given], bool]) -> System:
    """The system with letters for some of the given numbers, but not for what chooses a class."""
    fixed = classes(system)
    given = {
        q: replace(g, values={s: (None,) * len(v) for s, v in g.values.items()})
        if chosen(q, g) and q not in fixed
        else g
        for q, g in system.given.items()
    }
    return replace(system, given=given)


def all_letters(system: System) -> System:
    return _lettered(system, lambda q, g: True)


def _cuts(formula: Formula, full: System) -> Iterator[System]:
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
    yield cut(full, [*_put_together(formula), *backward])
    carried = {q for q, _ in states(formula.system)}
    if carried:
        between = [e for e in formula.system.equations if full.quantity(e.target) not in carried]
        yield cut(full, [*between, *backward])


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


def _put_together(formula: Formula) -> list[Equation]:
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
