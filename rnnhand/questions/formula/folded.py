"""A formula in which everything was put in, with the names of what was put in again.

    (1 − tanh(w·h[0] + v·x[1])²)·h[0]   is   (1 − h[1]²)·h[0]

by the equations themselves; so what a softmax of three steps is made of stays short.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import replace
from typing import TypeAlias

from rnnhand.calculus.spelled import at
from rnnhand.errors import Failure
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref, Shift, children, rewrite, with_children
from rnnhand.questions.formula.formula import Formula
from rnnhand.system.model import SCALAR, System

MOST = 600
"""Values whose equations are looked for in a formula."""

Key: TypeAlias = Hashable
"""What a formula is but for the order of summands and factors."""


def folded(formula: Formula) -> Formula | None:
    """The same question with names in place of what their equations say; None where none is."""
    named = _Named(formula)
    instances = tuple(replace(i, own=named.put(i.own)) for i in formula.instances)
    return None if instances == formula.instances else formula.only(*instances)


class _Named:
    """What stands for which name, at every step."""

    def __init__(self, formula: Formula) -> None:
        self.formula = formula
        self.known: dict[Key, Ref] = {}
        made = sorted(_made(formula.system), key=lambda one: one[0])
        for _, target, body in made[:MOST]:
            inner = with_children(body, tuple(self.put(c) for c in children(body)))
            if isinstance(inner, Apply):
                self.known.setdefault(self._key(inner), target)

    def put(self, expr: Expr) -> Expr:
        return rewrite(expr, lambda n: self.known.get(self._key(n), n) if _is_made(n) else n)

    def _key(self, expr: Expr) -> Key:
        match expr:
            case Number():
                return str(expr.value)
            case Apply("+" | "-" | "neg"):
                return ("+", _sorted((s, self._key(e)) for s, e in _signed(expr, 1)))
            case Apply("*"):
                return ("*", _sorted(self._key(e) for e in _factors(expr)))
            case Apply("/", (Apply("exp", (above,)), Apply("sum", (Apply("exp", (below,)),)))):
                if above == below and self._is_column(above):
                    return ("softmax", (self._key(above),))
            case Ref():
                return text(expr)
        if isinstance(expr, Apply):
            return (expr.op, tuple(map(self._key, expr.args)))
        return text(expr)

    def _is_column(self, expr: Expr) -> bool:
        try:
            shape = self.formula.shape(expr)
        except (Failure, AssertionError):
            return False
        return shape != SCALAR and shape[1] == 1


def _is_made(node: Expr) -> bool:
    return isinstance(node, Apply)


def _made(system: System) -> Iterator[tuple[int, Ref, Expr]]:
    """Every computed value: its step, its name, and what makes it."""
    for e in system.equations:
        index = e.target.index
        if not isinstance(e.body, Apply):
            continue
        if e.steps is None or not isinstance(index, Shift):
            yield (e.steps[0] if e.steps else 0), e.target, e.body
            continue
        for step in e.steps:
            target = at(e.target, step, index.var)
            assert isinstance(target, Ref)
            yield step, target, at(e.body, step, index.var)


def _signed(expr: Expr, sign: int) -> Iterator[tuple[int, Expr]]:
    match expr:
        case Apply("+", args):
            for arg in args:
                yield from _signed(arg, sign)
        case Apply("-", (first, *others)):
            yield from _signed(first, sign)
            for other in others:
                yield from _signed(other, -sign)
        case Apply("neg", (inner,)):
            yield from _signed(inner, -sign)
        case _:
            yield sign, expr


def _factors(expr: Expr) -> Iterator[Expr]:
    if isinstance(expr, Apply) and expr.op == "*":
        for arg in expr.args:
            yield from _factors(arg)
    else:
        yield expr


def _sorted(keys: Iterator[Key]) -> Key:
    return tuple(sorted(keys, key=repr))
