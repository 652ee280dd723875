"""Gates that their biases hold at one value, as z[t] = a with b_z = ln(a/(1 − a))."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from rnnhand.calculus.choice import Choice
from rnnhand.calculus.logistic import logistic
from rnnhand.calculus.making import bias_of, may_hold
from rnnhand.calculus.reduction import Meeting
from rnnhand.calculus.views import ONE, summands
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref
from rnnhand.questions.reduce.own_names import own


@dataclass(frozen=True)
class Held:
    """A sequence, as the search names it, the function that gives it its values and its bias; the
    value, and the bias that gives it; between what numbers a parameter of the goal has to lie."""

    name: str
    function: str
    bias: Ref
    value: Expr
    there: Expr
    between: tuple[Fraction, Ref, Fraction] | None
    spread: bool
    """Whether one number is the value of all entries."""


def held_gates(meeting: Meeting, choice: Choice) -> tuple[Held, ...]:
    return tuple(_held_gates(meeting, choice))


def _held_gates(meeting: Meeting, choice: Choice) -> Iterator[Held]:
    side = meeting.source
    for q, body in side.bodies.items():
        value, bias = choice.values.get(q), bias_of(side, q)
        if value is None or bias is None or text(bias) not in choice.values:
            continue
        assert isinstance(body, Apply)
        op = choice.functions.get(body.op) or side.functions[body.op]
        form = logistic(op, meeting.facts)
        # What is fixed at a limit is not held by its bias, whatever that is.
        if form is not None and may_hold(form, value) and _is(choice, bias, form.argument(value)):
            shown = own(value, meeting.target)
            limits = _between(value, form.low, form.high)
            spread = meeting.facts.shape(value) != meeting.facts.shape(bias)
            yield Held(q, op, bias, shown, form.argument(shown), limits, spread)


def _is(choice: Choice, bias: Ref, there: Expr) -> bool:
    return choice.values[text(bias)] == there


def _between(value: Expr, low: Fraction, high: Fraction) -> tuple[Fraction, Ref, Fraction] | None:
    """The numbers between which p has to lie for c·p + d to lie between two others."""
    terms = summands(value)
    alone = [(c, p) for c, p in terms if isinstance(p, Ref)]
    if isinstance(value, Number):
        return None
    ((c, p),) = alone
    before = sum((d for d, e in terms if e == ONE), Fraction(0))
    first, second = sorted(((low - before) / c, (high - before) / c))
    return first, p, second
