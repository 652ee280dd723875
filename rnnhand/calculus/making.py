"""Making an expression of the source a number: by its parameters, its gates, its functions."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from rnnhand.calculus.choice import (
    BOUNDED,
    CONSTANT,
    GATE,
    SEQUENCE,
    TIED,
    Choice,
    Difference,
    Search,
    Side,
    chosen_function,
    constant_part,
    decided,
    differing,
    function_at,
    is_parameter,
    offset_of,
    reduced,
)
from rnnhand.calculus.logistic import Logistic
from rnnhand.calculus.simplify import equal, number
from rnnhand.calculus.views import (
    ONE,
    Term,
    factors,
    summands,
)
from rnnhand.errors import Failure
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref, refs
from rnnhand.system.model import SCALAR, Shape
from rnnhand.system.shapes import shape_of


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
    elif isinstance(a, Apply) and a.op == "T" and not value:
        yield from make(k, s, a.args[0], value, fuel)
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
    if a.name not in k.source.bodies or a.name in s.values:
        return
    body = reduced(k, s, k.source.bodies[a.name])
    taken, bias = any(a.name == x for x, _ in s.pairs), bias_of(k.source, a.name)
    free = bias is None or text(bias) not in s.values
    if free and not taken and isinstance(body, Apply) and within_reach(k, s, body.op, value):
        limits = {k.facts.limit(function_at(k.source, s, body.op), sign) for sign in (1, -1)}
        cost = GATE if limits == {0, 1} else SEQUENCE
        yield from decided(k, s, a.name, number(value), cost)
    else:
        yield from held(k, s, a, number(value))
    if fuel > 0 and offset_of(a) == 0:
        yield from make(k, s, body, value, fuel - 1)


def within_reach(k: Search, s: Choice, key: str, value: Fraction) -> bool:
    """Whether a function has the number as a value or as a limit."""
    name = function_at(k.source, s, key)
    limits = [k.facts.limit(name, sign) for sign in (1, -1)]
    return key in k.source.functions and (
        value in limits or k.facts.argument(name, value) is not None
    )


def held(k: Search, s: Choice, a: Ref, value: Expr) -> Iterator[Choice]:
    """A gate that its bias alone holds at one value, all other summands made 0: a number, or what
    a parameter of the target says, as the share that a leaky cell keeps."""
    if a.name in s.values:
        if equal(s.values[a.name], value, k.facts):
            yield s
        return
    body, bias = k.source.bodies[a.name], bias_of(k.source, a.name)
    taken = any(a.name == x for x, _ in s.pairs)
    if taken or bias is None or not isinstance(body, Apply) or text(bias) in s.values:
        return
    if any(r.name not in k.shares for r in refs(value)):
        return
    op = function_at(k.source, s, body.op)
    form = k.form(op)
    if form is None or not may_hold(form, value) or not _fits(k, a, bias, value):
        return
    chosen = chosen_function(k, s, body.op, op) if body.op in k.source.open else iter((s,))
    others = [t for _, t in summands(body.args[0]) if t != bias]
    cost = TIED if isinstance(value, Number) else TIED + BOUNDED
    for one in chosen:
        for two in _without(k, one, others):
            for three in decided(k, two, text(bias), form.argument(value), cost):
                yield from decided(k, three, a.name, value, 0)


def _without(k: Search, s: Choice, terms: list[Expr]) -> Iterator[Choice]:
    """The choice in which every term is 0 by its own weight, W or wᵀ."""
    if not terms:
        yield s
        return
    first, *rest = terms
    parts = first.args if isinstance(first, Apply) and first.op == "@" else factors(first)[1]
    plain = [p.args[0] if isinstance(p, Apply) and p.op == "T" else p for p in parts]
    weights = [text(p) for p in plain if is_parameter(k, p)]
    if len(weights) != 1:
        return
    known = s.values.get(weights[0])
    if known == number(Fraction(0)):
        yield from _without(k, s, rest)
    elif known is None:
        for choice in decided(k, s, weights[0], number(Fraction(0)), CONSTANT):
            yield from _without(k, choice, rest)


def bias_of(side: Side, q: str) -> Ref | None:
    """A parameter that stands nowhere but as a summand of what a sequence is the function of."""
    body = side.bodies[q]
    if not isinstance(body, Apply) or body.op not in side.functions or len(body.args) != 1:
        return None
    alone = [t for c, t in summands(body.args[0]) if c == 1 and text(t) in side.once]
    return next((t for t in alone if isinstance(t, Ref) and t.index is None), None)


def may_hold(form: Logistic, value: Expr) -> bool:
    """Whether a function may have a value: a number between its limits, or one parameter, with
    numbers before and beside it, which is that for some values of it."""
    if isinstance(value, Number):
        return form.holds(value.value)
    alone = [t for _, t in summands(value) if t != ONE]
    return len(alone) == 1 and isinstance(alone[0], Ref)


def _fits(k: Search, a: Ref, bias: Ref, value: Expr) -> bool:
    """Whether the value can stand in the place of a sequence: a single one for all entries where
    what is made of it is spread over the entries of something else."""
    shape = k.facts.shape
    if shape(bias) != shape(a) or shape(value) not in (SCALAR, shape(a)):
        return False

    def with_value(ref: Ref) -> Shape:
        return shape(value) if ref.name == a.name else shape(ref)

    reading = [q for q, names in k.mentions.items() if any(r.name == a.name for r in names)]
    try:
        return all(shape_of(k.source.bodies[q], with_value) == shape(Ref(q)) for q in reading)
    except Failure:  # a number where a matrix needs a vector
        return False
