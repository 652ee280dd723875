"""Making an expression of the source a number: by its parameters, its gates, its functions."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from rnnhand.calculus.choice import (
    CONSTANT,
    GATE,
    SEQUENCE,
    Choice,
    Difference,
    Search,
    constant_part,
    decided,
    differing,
    function_at,
    is_parameter,
    offset_of,
    reduced,
)
from rnnhand.calculus.simplify import number
from rnnhand.calculus.views import (
    ONE,
    Term,
    factors,
    summands,
)
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref


def make(k: Search, s: Choice, a: Expr, value: Fraction, fuel: int) -> Iterator[Choice]:
    """The choices under which `a` of the source is a number."""
    k.look()
    a = reduced(k, s, a)
    terms = summands(a)
    if isinstance(a, Number):
        if a.value == value:
            yield s
    elif is_parameter(k, a):
        if text(a) not in s.values:
            yield from decided(k, s, text(a), number(value), CONSTANT)
    elif len(terms) > 1:
        yield from _make_sum(k, s, terms, value, fuel)
    elif terms[0][0] != 1:
        yield from make(k, s, terms[0][1], value / terms[0][0], fuel)
    elif len(parts := factors(a)[1]) > 1:
        if value:
            for i, part in enumerate(parts):
                rest = [p for j, p in enumerate(parts) if j != i]
                for choice in make_all(k, s, rest, Fraction(1), fuel):
                    yield from make(k, choice, part, value, fuel)
                if value == 1:
                    break
        else:
            for part in parts:
                yield from make(k, s, part, value, fuel)
    elif isinstance(a, Ref):
        yield from _make_sequence(k, s, a, value, fuel)
    elif isinstance(a, Apply) and a.op == "@" and not value:
        # A matrix that stands nowhere else is the cheapest thing to make 0.
        free = is_parameter(k, a.args[0]) and text(a.args[0]) not in s.values
        for arg in a.args[:1] if free and text(a.args[0]) in k.source.once else a.args:
            yield from make(k, s, arg, value, fuel)
    elif isinstance(a, Apply) and a.op in k.source.functions:
        argument = k.facts.argument(function_at(k.source, s, a.op), value)
        if argument is not None:
            yield from make(k, s, a.args[0], argument, fuel)


def make_all(
    k: Search, s: Choice, parts: list[Expr], value: Fraction, fuel: int
) -> Iterator[Choice]:
    """All of some expressions made one number."""
    if not parts:
        yield s
        return
    for choice in make(k, s, parts[0], value, fuel):
        yield from make_all(k, choice, parts[1:], value, fuel)


def make_rest(
    k: Search, s: Choice, parts: list[Expr], value: Fraction, fuel: int
) -> Iterator[Choice]:
    """What is too many: summands made 0, factors made 1, or left where that is forgiven."""
    if not parts:
        yield s
        return
    stays = Difference("stays", "factor" if value else "summand", parts[0])
    for choices in (make(k, s, parts[0], value, fuel), differing(k, s, stays)):
        for choice in choices:
            yield from make_rest(k, choice, parts[1:], value, fuel)


def _make_sum(
    k: Search, s: Choice, terms: list[Term], value: Fraction, fuel: int
) -> Iterator[Choice]:
    wanted = value - constant_part(terms)
    parts = [t for t in terms if t[1] != ONE]
    if not wanted:
        yield from make_all(k, s, [a for _, a in parts], Fraction(0), fuel)
        return
    for i, (c, a) in enumerate(parts):
        rest = [p for j, (_, p) in enumerate(parts) if j != i]
        for choice in make(k, s, a, wanted / c, fuel):
            yield from make_all(k, choice, rest, Fraction(0), fuel)


def _make_sequence(k: Search, s: Choice, a: Ref, value: Fraction, fuel: int) -> Iterator[Choice]:
    """A sequence is fixed where a function gives it its values and has the number in its reach."""
    if a.name not in k.source.bodies:
        return
    body = reduced(k, s, k.source.bodies[a.name])
    taken = any(a.name == x for x, _ in s.pairs)
    if not taken and isinstance(body, Apply) and within_reach(k, s, body.op, value):
        limits = {k.facts.limit(function_at(k.source, s, body.op), sign) for sign in (1, -1)}
        cost = GATE if limits == {0, 1} else SEQUENCE
        yield from decided(k, s, a.name, number(value), cost)
    if fuel > 0 and offset_of(a) == 0:
        yield from make(k, s, body, value, fuel - 1)


def within_reach(k: Search, s: Choice, key: str, value: Fraction) -> bool:
    """Whether a function has the number as a value or as a limit."""
    name = function_at(k.source, s, key)
    limits = [k.facts.limit(name, sign) for sign in (1, -1)]
    return key in k.source.functions and (
        value in limits or k.facts.argument(name, value) is not None
    )
