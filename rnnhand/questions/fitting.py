"""Weights of one neuron that give a table, found or proved not to be there.

A neuron is a function of one linear form in its weights. Where it gives the wanted value, that form
lies in an interval, so a row is one or two linear conditions on the weights; linear programming in
exact numbers finds weights for all rows, or adds the rows up to a contradiction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from math import prod

from rnnhand.arithmetic.base import Fault
from rnnhand.arithmetic.linear_program import (
    Condition,
    Feasible,
    Infeasible,
    Relation,
    smallest,
    solve,
)
from rnnhand.arithmetic.polynomial import Polynomial, letter, no_kink, number, polynomial
from rnnhand.arithmetic.regions import regions
from rnnhand.errors import Span, failure
from rnnhand.language.operations import Functions
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref, children, refs, with_children

MOST_CASES = 256
"""Ways in which the rows can be met, where a neuron gives a value on more than one interval."""

FORM = "form"
"""The letter for the linear form in what stands around it, where there is no other letter."""


@dataclass(frozen=True)
class Row:
    """Numbers for the inputs, and what the neuron is to give there."""

    inputs: tuple[Fraction, ...]
    wanted: Fraction


@dataclass(frozen=True)
class Interval:
    """Where a function has a value: from `low` to `high` (None: no end), ends in it or not."""

    low: Fraction | None
    high: Fraction | None
    low_in: bool
    high_in: bool

    @property
    def is_point(self) -> bool:
        return self.low is not None and self.low == self.high


@dataclass(frozen=True)
class Demand:
    """A condition on the weights, and the row that makes it (counted from 0)."""

    row: int
    form: Polynomial
    condition: Condition


@dataclass(frozen=True)
class Refusal:
    """Why one way of meeting the rows does not exist."""

    demands: tuple[Demand, ...]
    proof: Infeasible

    @property
    def relation(self) -> Relation:
        """How the sum of the conditions is related to 0."""
        if self.proof.strict:
            return ">"
        used = zip(self.demands, self.proof.multipliers, strict=True)
        return "=" if all(d.condition.relation == "=" for d, m in used if m) else ">="


@dataclass(frozen=True)
class Neuron:
    """A formula, taken apart: `outer` is a function of FORM, in whose place `argument` stands.
    `form` is the argument with what is known put in; `weights` are the letters to be found."""

    written: Expr
    outer: Expr
    argument: Expr
    form: Polynomial
    inputs: tuple[str, ...]
    weights: tuple[str, ...]
    functions: Functions = field(repr=False)


@dataclass(frozen=True)
class Fit:
    """`forms` are the linear form at each row. `found` are weights; where there are none, every
    way of meeting the rows is refused, or the value wanted in the row `never` is none at all."""

    neuron: Neuron
    rows: tuple[Row, ...]
    forms: tuple[Polynomial, ...]
    found: Mapping[str, Fraction] | None
    demands: tuple[Demand, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    never: int | None = None

    def form(self, i: int) -> Fraction:
        """The linear form at a row under the weights that were found."""
        assert self.found is not None
        value = self.forms[i].at(self.found).value
        assert value is not None
        return value

    def output(self, i: int) -> Fraction:
        """What the neuron gives at a row under the weights that were found."""
        return value_at(self.neuron.outer, self.form(i), self.neuron.functions)


def neuron_of(
    written: Expr,
    inputs: tuple[str, ...],
    known: Mapping[str, Fraction],
    functions: Functions,
    span: Span,
) -> Neuron:
    """A formula as one neuron. Raises `Failure`, with its place, where it is none."""
    outer, argument = _taken_apart(written, functions, span)
    names = dict.fromkeys(text(r) for r in refs(argument))
    weights = tuple(n for n in names if n not in inputs and n not in known)
    form = polynomial(argument, no_kink, functions).at(known)
    if not weights:
        raise failure("fit-no-weights", span, "hint-fit")
    if any(sum(k for w, k in m if w in weights) > 1 for m in form.terms):
        raise failure("fit-not-linear", span, "hint-fit", letters=", ".join(weights),
                      inputs=", ".join(inputs) or "–")  # fmt: skip
    return Neuron(written, outer, argument, form, inputs, weights, functions)


def fit(neuron: Neuron, rows: tuple[Row, ...], span: Span) -> Fit:
    """Weights for all rows, or why there are none. Raises `Failure` for too many cases."""
    weights = neuron.weights
    forms = tuple(neuron.form.at(dict(zip(neuron.inputs, row.inputs, strict=True))) for row in rows)
    ways = [intervals(neuron.outer, row.wanted, neuron.functions) for row in rows]
    never = next((i for i, way in enumerate(ways) if not way), None)
    if never is not None:
        return Fit(neuron, rows, forms, None, (), (), never)
    if prod(map(len, ways)) > MOST_CASES:
        raise failure("fit-too-many-cases", span, limit=MOST_CASES)
    refusals: list[Refusal] = []
    for way in product(*ways):
        demands = tuple(_demands(forms, way, weights))
        conditions = [d.condition for d in demands]
        answer = solve(conditions, len(weights))
        if isinstance(answer, Feasible):
            chosen = smallest(conditions, len(weights)) or answer.point
            return Fit(neuron, rows, forms, dict(zip(weights, chosen, strict=True)), demands)
        refusals.append(Refusal(demands, answer))
    return Fit(neuron, rows, forms, None, (), tuple(refusals))


def _taken_apart(expr: Expr, functions: Functions, span: Span) -> tuple[Expr, Expr]:
    """A neuron as a function of FORM, and the form: max(0, w + v*x) is max(0, form)."""
    arguments: dict[str, Expr] = {}

    def cut(e: Expr) -> Expr:
        if not any(True for _ in refs(e)):
            return e
        try:
            polynomial(e, no_kink, functions)
        except Fault:
            if not isinstance(e, Apply) or not children(e):
                raise failure("fit-not-a-neuron", span, "hint-fit") from None
            return with_children(e, tuple(cut(c) for c in children(e)))
        arguments[text(e)] = e
        return Ref(FORM)

    outer = cut(expr)
    if len(arguments) != 1:
        raise failure("fit-not-a-neuron", span, "hint-fit")
    (argument,) = arguments.values()
    try:
        value_at(outer, Fraction(1), functions)
    except Fault:
        raise failure("fit-not-piecewise", span, "hint-fit", found=text(expr)[:60]) from None
    return outer, argument


def value_at(outer: Expr, at: Fraction, functions: Functions) -> Fraction:
    """The function of the form, where the form has a value."""
    put = Number(str(at))

    def filled(e: Expr) -> Expr:
        if isinstance(e, Ref):
            return put
        return with_children(e, tuple(filled(c) for c in children(e)))

    value = polynomial(filled(outer), no_kink, functions).value
    assert value is not None
    return value


def intervals(outer: Expr, wanted: Fraction, functions: Functions) -> list[Interval]:
    """Where a function of one number has a value."""
    found: list[Interval] = []
    pieces = regions(lambda sign: (polynomial(outer, sign, functions),), (FORM,))
    for piece in pieces:
        low: Fraction | None = None
        high: Fraction | None = None
        is_point = False
        for side in piece.sides:
            slope = side.of.coefficient(FORM)
            zero = -side.of.constant / slope
            if side.sign == 0:
                low = high = zero
                is_point = True
            elif not is_point and (side.sign > 0) == (slope > 0):
                low = zero if low is None else max(low, zero)
            elif not is_point:
                high = zero if high is None else min(high, zero)
        difference = piece.values[0] - number(wanted)
        if not difference.terms:
            found.append(Interval(low, high, is_point, is_point))
        elif difference.degree == 1:
            zero = -difference.constant / difference.coefficient(FORM)
            inside = (low is None or low < zero) and (high is None or zero < high)
            if inside or (is_point and zero == low):
                found.append(Interval(zero, zero, True, True))
    return _merged(found)


def _merged(found: list[Interval]) -> list[Interval]:
    """Neighbours that touch, one of them with the end that both share, as one interval."""
    kept: list[Interval] = []
    for new in sorted(found, key=lambda i: (i.low is not None, i.low or 0, not i.is_point)):
        last = kept[-1] if kept else None
        touches = last is not None and last.high is not None and last.high == new.low
        if last is not None and touches and (last.high_in or new.low_in):
            kept[-1] = Interval(last.low, new.high, last.low_in, new.high_in)
        else:
            kept.append(new)
    return kept


def _demands(
    forms: Sequence[Polynomial], way: Sequence[Interval], weights: Sequence[str]
) -> Iterator[Demand]:
    for i, (form, interval) in enumerate(zip(forms, way, strict=True)):
        coefficients = tuple(form.coefficient(w) for w in weights)
        minus = tuple(-c for c in coefficients)
        c = form.constant
        if interval.is_point:
            assert interval.low is not None
            yield Demand(i, form, Condition(coefficients, "=", c - interval.low))
            continue
        if interval.low is not None:
            relation: Relation = ">=" if interval.low_in else ">"
            yield Demand(i, form, Condition(coefficients, relation, c - interval.low))
        if interval.high is not None:
            relation = ">=" if interval.high_in else ">"
            yield Demand(i, form, Condition(minus, relation, interval.high - c))


def left_side(condition: Condition, weights: Sequence[str]) -> Polynomial:
    """coefficients·weights + constant, as a polynomial."""
    total = number(condition.constant)
    for weight, c in zip(weights, condition.coefficients, strict=True):
        total += letter(weight) * number(c)
    return total
