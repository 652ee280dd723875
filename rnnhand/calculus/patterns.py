"""Patterns: expressions with variables, found in other expressions and put in their place.

A name of the pattern that is declared a variable matches what its kind allows, `f(x)` with a
variable f any function of its kind. A sum or product of two parts matches any longer one of which
one part fits and the other is all the rest: `e + b` finds b in a + b − c and binds e to a − c.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

from rnnhand.language.tree import Apply, Expr, Number, Over, Ref, addends, children, with_children

Bound: TypeAlias = Mapping[str, Expr]
"""What the variables of a pattern stand for; a function is a `Ref` of its name."""

Holds: TypeAlias = Callable[[str, Expr], bool]
"""Whether an expression may stand for a variable."""

Verb: TypeAlias = Callable[..., Expr | None]
"""What a template may ask for beside the variables; None where there is no such thing."""

INDEX = "[index]"
"""The variable for the index of a sum over steps."""


def found(
    pattern: Expr, expr: Expr, variables: Collection[str], holds: Holds
) -> Iterator[tuple[Expr, Bound]]:
    """Every node that the pattern matches, with what its variables stand for there.

    Of nested sums, and of nested products, only the outermost is tried.
    """
    yield from _found(pattern, expr, variables, holds, "")


def _found(
    pattern: Expr, expr: Expr, variables: Collection[str], holds: Holds, inside: str
) -> Iterator[tuple[Expr, Bound]]:
    chain = _chain(expr)
    if not chain or chain != inside or _chain(pattern) != chain:
        for bound in matches(pattern, expr, {}, variables, holds):
            yield expr, bound
    for child in children(expr):
        yield from _found(pattern, child, variables, holds, chain)


def _chain(expr: Expr) -> str:
    if not isinstance(expr, Apply):
        return ""
    return "+" if expr.op in ("+", "-") else "*" if expr.op == "*" else ""


def matches(
    pattern: Expr, expr: Expr, bound: Bound, variables: Collection[str], holds: Holds
) -> Iterator[Bound]:
    """The ways in which an expression as a whole fits a pattern."""
    match pattern:
        case Ref(name, None) if name in variables:
            if name in bound:
                if bound[name] == expr:
                    yield bound
            elif holds(name, expr):
                yield {**bound, name: expr}
        case Apply("+" | "-", (a, b)):
            yield from _parts(a, b, addends(pattern)[1][0], expr, bound, variables, holds)
        case Apply("*", (a, b)):
            yield from _factors(a, b, expr, bound, variables, holds)
        case Apply("max" | "min" as op, (a, b)):
            if isinstance(expr, Apply) and expr.op == op and len(expr.args) == 2:
                yield from _all((a, b), expr.args, bound, variables, holds)
                yield from _all((b, a), expr.args, bound, variables, holds)
        case Apply(op, args):
            if not isinstance(expr, Apply) or len(expr.args) < len(args):
                return
            if op in variables:
                function = Ref(expr.op)
                if bound.get(op, function) != function or not holds(op, function):
                    return
                bound = {**bound, op: function}
            elif op != expr.op or len(expr.args) != len(args):
                return
            yield from _all(args, expr.args, bound, variables, holds)
        case Number():
            if isinstance(expr, Number) and expr.value == pattern.value:
                yield bound
        case Over(kind, _, body):
            if isinstance(expr, Over) and expr.kind == kind:
                inner = {**bound, INDEX: Ref(expr.var)}
                yield from matches(body, expr.body, inner, variables, holds)
        case _:
            if pattern == expr:
                yield bound


def _all(
    patterns: tuple[Expr, ...],
    parts: tuple[Expr, ...],
    bound: Bound,
    variables: Collection[str],
    holds: Holds,
) -> Iterator[Bound]:
    if not patterns:
        yield bound
        return
    for one in matches(patterns[0], parts[0], bound, variables, holds):
        yield from _all(patterns[1:], parts[1:], one, variables, holds)


def _parts(
    rest: Expr,
    part: Expr,
    sign: int,
    expr: Expr,
    bound: Bound,
    variables: Collection[str],
    holds: Holds,
) -> Iterator[Bound]:
    """rest ± part: each addend of this sign in turn, with all the others for the rest."""
    parts = addends(expr)
    if len(parts) < 2:
        return
    for i, (own, addend) in enumerate(parts):
        if own != sign:
            continue
        others = _sum([*parts[:i], *parts[i + 1 :]])
        for one in matches(part, addend, bound, variables, holds):
            yield from matches(rest, others, one, variables, holds)


def _factors(
    a: Expr, b: Expr, expr: Expr, bound: Bound, variables: Collection[str], holds: Holds
) -> Iterator[Bound]:
    factors = _product(expr)
    if len(factors) < 2:
        return
    for i, factor in enumerate(factors):
        others = factors[:i] + factors[i + 1 :]
        rest = others[0] if len(others) == 1 else Apply("*", others)
        for one in matches(a, factor, bound, variables, holds):
            yield from matches(b, rest, one, variables, holds)


def _sum(parts: list[tuple[int, Expr]]) -> Expr:
    sign, value = parts[0]
    if sign < 0:
        value = Apply("neg", (value,))
    for sign, addend in parts[1:]:
        value = Apply("+" if sign > 0 else "-", (value, addend))
    return value


def _product(expr: Expr) -> tuple[Expr, ...]:
    if isinstance(expr, Apply) and expr.op == "*":
        return tuple(factor for arg in expr.args for factor in _product(arg))
    return (expr,)


def filled_in(template: Expr, bound: Bound, verbs: Mapping[str, Verb]) -> Expr | None:
    """The template with its variables put in and its verbs carried out; None where one fails."""
    match template:
        case Ref(name, None):
            return bound.get(name, template)
        case Over(_, var, _):
            body = filled_in(template.body, bound, verbs)
            index = bound.get(INDEX)
            name = index.name if isinstance(index, Ref) else var
            return None if body is None else replace(template, var=name, body=body)
        case Apply(op, args):
            parts = tuple(filled_in(arg, bound, verbs) for arg in args)
            if any(part is None for part in parts):
                return None
            if op in verbs:
                return verbs[op](*parts)
            function = bound.get(op)
            name = function.name if isinstance(function, Ref) else op
            return replace(template, op=name, args=tuple(p for p in parts if p is not None))
        case _:
            return template


def exchanged(expr: Expr, old: tuple[Expr, ...], new: tuple[Expr, ...]) -> Expr:
    """Every node equal to one of `old` replaced by its like in `new`, all at once."""
    for before, after in zip(old, new, strict=True):
        if expr == before:
            return after
    return with_children(expr, tuple(exchanged(child, old, new) for child in children(expr)))
