"""How a wrong value should have been made, from the student's own other numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rnnhand.arithmetic.ball import precision
from rnnhand.arithmetic.instance import instance, terms_at
from rnnhand.arithmetic.interval import INTERVALS, is_number
from rnnhand.arithmetic.numerals import table
from rnnhand.arithmetic.program import Storage
from rnnhand.calculus.gradient import shapes_in
from rnnhand.document.blocks import Step
from rnnhand.explain.mathematics import Evaluate, at_step
from rnnhand.explain.steps import Telling, step_of
from rnnhand.language.numerals import Numeral, Table
from rnnhand.language.tree import Apply, Expr, Ref
from rnnhand.marking.carry import BITS
from rnnhand.marking.jacobians import is_of_rows
from rnnhand.marking.marked import Marking
from rnnhand.marking.names import After, Place, Spot
from rnnhand.marking.updates import carried_on
from rnnhand.phrases import Phrases
from rnnhand.questions.moments import GRADIENT
from rnnhand.questions.update import Stepped
from rnnhand.questions.updating import rule_lines
from rnnhand.questions.work import at
from rnnhand.system.model import Equation, Quantity, System, Term

DIGITS = 6
"""Significant digits of the numbers in a line of work."""

GAP = Numeral(Ref("…"), None)
"""What stands for a result that is still to be found."""

VALUE = Quantity("value ")


def lines(marking: Marking, spot: Spot, words: Phrases) -> list[Step]:
    """A value worked out; first what it is made of directly, if that is not on the sheet. Where
    the numbers of the sheet give no number, there is nothing to work out."""
    with precision(BITS):
        if isinstance(spot, After):
            return _after(marking, spot)
        system = marking.field.ground.system
        telling = Telling(system, shapes_in(system), _values(marking, spot), words, "normal")
        return [
            step_of(telling, equation, place[1])
            for place in (*_silent(marking, spot), spot)
            if (equation := marking.field.workshop.equation(None, place)) is not None
            and not is_of_rows(equation)
            and _is_told(marking.points.made.get(place))
        ]


def _is_told(value: Any) -> bool:
    """Whether every entry of a value is a number."""
    return value is not None and all(
        map(is_number, value if isinstance(value, tuple) else (value,))
    )


def rule(marking: Marking, spot: Spot) -> tuple[Expr, Expr] | None:
    """The equation of a value, at its step: what is computed, and from what."""
    if isinstance(spot, After):
        return None
    equation = marking.field.workshop.equation(None, spot)
    if equation is None or is_of_rows(equation):
        return None
    system = marking.field.ground.system
    bodies = tuple(at_step(t.body, system, spot[1]) for t in terms_at(equation, spot[1]))
    if not bodies:
        return None
    body = bodies[0] if len(bodies) == 1 else Apply("+", bodies)
    return at_step(equation.target, system, spot[1]), body


def is_gradient(spot: Spot) -> bool:
    """Whether a value is the gradient that an iteration used."""
    return isinstance(spot, After) and spot.place[0].name.startswith(f"{GRADIENT} of ")


def with_gaps(steps: list[Step]) -> list[Step]:
    """Lines of work whose results are still to be found: numbers in the first one only, since
    those of the others are the results of lines before."""
    return [
        replace(step, result=GAP, forms=step.forms[: 1 if i else 2]) for i, step in enumerate(steps)
    ]


def _silent(marking: Marking, place: Place) -> list[Place]:
    """What a value is made of at its own step and is not on the sheet."""
    shop = marking.field.workshop
    equation = shop.equation(None, place)
    if equation is None:
        return []
    sources = shop.sources(marking.field.ground.system, equation, place[1])
    return [
        source
        for source in sources
        if source not in marking.written
        and source[1] == place[1] is not None
        and source in marking.points.made
    ]


def _values(marking: Marking, spot: Place) -> Evaluate:
    """The student's own numbers, but for the value itself: what its equation gives."""
    system, storage = marking.field.ground.system, marking.points.storage
    shape = shapes_in(system)

    def value(expr: Expr, step: int | None) -> Table:
        here = at_step(expr, system, step)
        if isinstance(here, Ref):
            place = system.quantity(here), system.step(here)
            found = marking.points.made[place] if place == spot else at(system, storage, *place)
        else:
            found = _value(system, storage, here)
        return table(found, shape(here), DIGITS)

    return value


def _value(system: System, storage: Storage, expr: Expr) -> Any:
    """An expression at absolute steps."""
    extended = replace(system, shapes={**system.shapes, VALUE: shapes_in(system)(expr)})
    term = Term(expr, None)
    equation = Equation(VALUE.ref(), (term,), None)
    return instance(extended, equation, (term,), INTERVALS).value(storage, None)


def _after(marking: Marking, spot: After) -> list[Step]:
    """The rule of an update with the student's gradient and parameters put in."""
    for turn in carried_on(marking.marker.steps, marking.points, marking.point_numbers):
        after = turn.updated.parameters.get(spot.place)
        if turn.k == spot.k and spot.place in turn.updated.stepped and _is_told(after):
            stepped = turn.updated.stepped[spot.place]

            def value(expr: Expr, _: int | None, s: Stepped = stepped) -> Table:
                return table(_value(s.system, s.storage, expr), shapes_in(s.system)(expr), DIGITS)

            return rule_lines(turn.updated, spot.place, turn.ask, turn.own, value)
    return []
