"""The tree that people read: `Expr`, its indices, and the few verbs every pass over it needs.

The tree keeps the author's order and spelling and never simplifies on its own. Equality ignores
places and spelling: `σ(x)` and `sigmoid(x)` are the same tree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from operator import is_
from typing import TypeAlias, assert_never

from rnnhand.errors import Span

NOWHERE = Span(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Shift:
    """`t-1`, `t`, `t+2`: relative to the running index `var`."""

    var: str
    offset: int = 0


@dataclass(frozen=True, slots=True)
class At:
    """An absolute step: `h[0]`."""

    step: int


@dataclass(frozen=True, slots=True)
class Last:
    """`T`, `T-1`: relative to the last step."""

    offset: int = 0


Index: TypeAlias = Shift | At | Last | None


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it was written; `text` is a literal, or a fraction such as `-25/16`."""

    text: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)

    @property
    def value(self) -> Fraction:
        return Fraction(self.text)


@dataclass(frozen=True, slots=True)
class Ref:
    """A named quantity, perhaps at a step: `w`, `h[t-1]`. `t` and `T` alone are step numbers."""

    name: str
    index: Index = None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Apply:
    """An operation on arguments: `+ - neg * / ^ @ T ; , > < >= <= == !=`, or a function's name."""

    op: str
    args: tuple[Expr, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)
    spelling: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Over:
    """`sum[t](body)` or `mean[t](body)`: over all steps of `var` at which the body exists.

    A sum that a derivation made of another keeps its steps: `within` holds them.
    """

    kind: str
    var: str
    body: Expr
    within: tuple[range, ...] | None = field(default=None, repr=False)
    span: Span = field(default=NOWHERE, compare=False, repr=False)


Expr: TypeAlias = Number | Ref | Apply | Over

COMPARISONS = (">", "<", ">=", "<=", "==", "!=")


def children(expr: Expr) -> tuple[Expr, ...]:
    match expr:
        case Apply():
            return expr.args
        case Over():
            return (expr.body,)
        case Number() | Ref():
            return ()
        case _:
            assert_never(expr)


def with_children(expr: Expr, parts: tuple[Expr, ...]) -> Expr:
    """The same node over other children; the node itself where they are the same objects."""
    match expr:
        case Apply():
            if all(map(is_, parts, expr.args)):
                return expr
            return Apply(expr.op, parts, expr.span, expr.spelling)
        case Over():
            return expr if parts[0] is expr.body else replace(expr, body=parts[0])
        case Number() | Ref():
            return expr
        case _:
            assert_never(expr)


def walk(expr: Expr) -> Iterator[Expr]:
    """Every node, parents before children, left to right."""
    rest = [expr]
    while rest:
        node = rest.pop()
        yield node
        rest += children(node)[::-1]


def refs(expr: Expr) -> Iterator[Ref]:
    return (node for node in walk(expr) if isinstance(node, Ref))


def addends(expr: Expr, sign: int = 1) -> list[tuple[int, Expr]]:
    """The summands of a sum, each with its sign: a − (b + c) is a, −b, −c."""
    match expr:
        case Apply("+", args):
            return [part for arg in args for part in addends(arg, sign)]
        case Apply("-", (a, b)):
            return [*addends(a, sign), *addends(b, -sign)]
        case Apply("neg", (a,)):
            return addends(a, -sign)
        case _:
            return [(sign, expr)]


def rewrite(expr: Expr, rule: Callable[[Expr], Expr]) -> Expr:
    """`rule` at every node, children first."""
    parts = children(expr)
    if parts:
        expr = with_children(expr, tuple([rewrite(child, rule) for child in parts]))
    return rule(expr)


def shift(expr: Expr, var: str, by: int) -> Expr:
    """`var` → `var + by` wherever it is free: h[t-1] shifted by 1 is h[t]."""
    if by == 0:
        return expr
    match expr:
        case Ref(name, Shift(v, offset)) if v == var:
            return replace(expr, index=Shift(v, offset + by))
        case Ref(name, None) if name == var:
            amount = Number(str(abs(by)))
            return Apply("+" if by > 0 else "-", (expr, amount), expr.span)
        case Over(_, v, _) if v == var:
            return expr
        case _:
            return with_children(expr, tuple(shift(c, var, by) for c in children(expr)))


def substitute(expr: Expr, values: dict[str, Expr]) -> Expr:
    """Names without an index replaced by expressions (the arguments of a function's definition)."""

    def put(node: Expr) -> Expr:
        if isinstance(node, Ref) and node.index is None:
            return values.get(node.name, node)
        return node

    return rewrite(expr, put)
