"""The way back of one iteration: the passes at the weights that the iteration before has left."""

from __future__ import annotations

from collections.abc import Iterator

from rnnhand.arithmetic.policy import Settled
from rnnhand.calculus.gradient import Gradient, shapes_in
from rnnhand.calculus.tidy import ONE, tidy
from rnnhand.document.blocks import Step
from rnnhand.explain.mathematics import at_step, with_notation
from rnnhand.explain.steps import Telling, line, step_of
from rnnhand.language.numerals import Table
from rnnhand.language.tree import Expr, Number, Ref, rewrite
from rnnhand.questions.backward import contributed
from rnnhand.questions.evaluation import evaluated
from rnnhand.questions.key import shown
from rnnhand.questions.update import Slot
from rnnhand.questions.work import Worked, at
from rnnhand.system.model import Equation, System, Term
from rnnhand.system.schedule import Instances, Loop, schedule
from rnnhand.system.upstream import fed_by

MOST = 24
"""Lines up to which the passes of an iteration are written out; the result stands there anyway."""


def passes(
    telling: Telling, settled: Settled[Worked], which: int, k: int, part: int, digits: int
) -> list[Step]:
    """What leads to the gradient of one group of parameters in iteration k of an update: nothing
    where that stands in the solution already."""
    updated = settled.work.updates[which][k]
    slots, storage = updated.points[part]
    if storage is settled.work.storage:
        return []
    gradient = updated.gradient
    system = gradient.system
    shape = shapes_in(system)

    def value(expr: Expr, step: int | None) -> Table:
        here = at_step(expr, system, step)

        def pick(worked: Worked) -> object:
            there = worked.updates[which][k].points[part][1]
            if isinstance(here, Ref):
                return at(system, there, system.quantity(here), system.step(here))
            return evaluated(system, worked, there, here, shape)

        return shown(settled, pick, shape(expr), digits)

    told = with_notation(value, system.functions) if settled.name == "symbolic" else value
    own = Telling(system, shape, told, telling.words, "normal")
    needed = list(_needed(gradient, slots))
    if len(needed) > MOST:
        return [
            Step(name, (), value(name, None)) for slot in slots for name in [_name(gradient, slot)]
        ]
    lines = [step_of(own, equation, step) for equation, step in needed]
    for slot in slots:
        q, step = slot
        made = gradient.of_quantity(q)
        for equation in gradient.adjoints:
            if system.quantity(equation.target) != made or made.over:
                continue
            body, _ = contributed(gradient, equation)
            lines.append(line(own, Ref(made.name), body, value(Ref(made.name), None)))
        if made.over:
            lines += [step_of(own, e, step) for e in system.made_by.get(made, ())]
    return lines


def _name(gradient: Gradient, slot: Slot) -> Ref:
    return gradient.of_quantity(slot[0]).at(slot[1])


def _needed(gradient: Gradient, slots: tuple[Slot, ...]) -> Iterator[tuple[Equation, int | None]]:
    """The equations, at their steps, from which the gradient of some parameters is computed."""
    system = gradient.system
    loss = system.quantity(gradient.of), system.step(gradient.of)
    forward = {loss, *fed_by(system, *loss)}
    passed = forward | {(gradient.of_quantity(q), step) for q, step in forward}
    goals = {(gradient.of_quantity(q), step) for q, step in slots}
    behind = {place for goal in goals for place in fed_by(system, *goal)} - goals
    for equation, step in _in_order(system):
        place = system.quantity(equation.target), step
        terms = [t for t in equation.terms if t.steps is None or step in t.steps]
        plain = all(isinstance(t.body, Number) for t in terms)
        if place in behind & passed and terms and not plain:
            yield _seeded(gradient, equation, terms, step), None


def _seeded(
    gradient: Gradient, equation: Equation, terms: list[Term], step: int | None
) -> Equation:
    """An equation at a step, with dL/dL = 1 put in."""
    system = gradient.system
    seed = gradient.of_quantity(system.quantity(gradient.of)).at(system.step(gradient.of))

    def body(term: Term) -> Expr:
        here = at_step(term.body, system, step)
        return tidy(rewrite(here, lambda e: ONE if e == seed else e), shapes_in(system))

    there = tuple(Term(body(term), None, term.route) for term in terms)
    target = at_step(equation.target, system, step)
    assert isinstance(target, Ref)
    return Equation(target, there, None)


def _in_order(system: System) -> Iterator[tuple[Equation, int | None]]:
    """Every equation at every step, in an order in which they can be computed."""
    for block in schedule(system, system.equations):
        match block:
            case Instances(order):
                yield from order
            case Loop(equations, direction):
                steps = sorted({s for e in equations for s in e.steps or ()})[::direction]
                yield from ((e, None) for e in equations if e.steps is None)
                for step in steps:
                    yield from ((e, step) for e in equations if e.steps and step in e.steps)
