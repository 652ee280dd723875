"""What a variable of a misconception's pattern may stand for.

A kind is a noun, perhaps with `delayed` (read from another step) or `present` before it: anything,
number, count, activation, slope, parameter, matrix, data, computed, target, prediction, memory,
step, `made by sigmoid` or `argument of sigmoid`: a quantity that this function makes or takes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from rnnhand.calculus.parts import Parts
from rnnhand.language.tree import Apply, Expr, Number, Ref, Shift, walk
from rnnhand.system.model import Quantity, Role, System

MADE_BY = "made by "
ARGUMENT_OF = "argument of "
SLOPE = "slope of "
"""Before the name of a function: its derivative, as a function of argument and result."""
ADJECTIVES = ("delayed", "present")


@dataclass(frozen=True)
class Kinds:
    """The kinds over one system."""

    system: System
    parts: Parts

    def holds(self, kind: str, expr: Expr) -> bool:
        """Whether an expression is of a kind."""
        adjective, _, noun = kind.partition(" ")
        if adjective not in ADJECTIVES:
            return self._is(kind, expr)
        if not isinstance(expr, Ref) or not isinstance(expr.index, Shift):
            return False
        return (expr.index.offset != 0) == (adjective == "delayed") and self._is(noun, expr)

    def _is(self, noun: str, expr: Expr) -> bool:
        match noun:
            case "anything":
                return True
            case "number":
                return isinstance(expr, Number)
            case "count":
                whole = isinstance(expr, Number) and expr.value.denominator == 1 and expr.value > 1
                return whole or expr == Ref("T") or self._is_given_count(expr)
            case "activation":
                return isinstance(expr, Ref) and self.active(expr.name)
            case "slope":
                return isinstance(expr, Ref) and expr.name.startswith(SLOPE)
            case _:
                return isinstance(expr, Ref) and self._is_quantity(noun, self.system.quantity(expr))

    def _is_given_count(self, expr: Expr) -> bool:
        """Whether it is a given whole number above 1, such as n."""
        given = self.system.given.get(self.system.quantity(expr)) if isinstance(expr, Ref) else None
        if given is None or given.role != Role.CONSTANT or given.shape != (1, 1):
            return False
        (value,) = given.values.get(None, (None,))
        return isinstance(value, Fraction) and value.denominator == 1 and value > 1

    def active(self, function: str) -> bool:
        functions = self.system.functions
        return function == "softmax" or (function in functions and functions[function].activation)

    def _is_quantity(self, noun: str, q: Quantity) -> bool:
        given = self.system.given.get(q)
        role = given.role if given is not None else None
        match noun:
            case "parameter":
                return role == Role.PARAMETER
            case "matrix":
                return role == Role.PARAMETER and min(self.system.shapes[q]) > 1
            case "data":
                return role == Role.DATA
            case "computed":
                return q in self.system.made_by
            case "target":
                return self.parts.prediction(q) is not None
            case "prediction":
                return q in self.parts.predictions
            case "memory":
                return q in self.parts.memories
            case _ if noun.startswith(MADE_BY):
                return self._made_by(noun.removeprefix(MADE_BY), q)
            case _ if noun.startswith(ARGUMENT_OF):
                return self._argument_of(noun.removeprefix(ARGUMENT_OF), q)
            case _:
                raise ValueError(f"unknown kind: {noun}")

    def _made_by(self, function: str, q: Quantity) -> bool:
        return any(
            isinstance(e.body, Apply) and e.body.op == function
            for e in self.system.made_by.get(q, ())
            if len(e.terms) == 1
        )

    def _argument_of(self, function: str, q: Quantity) -> bool:
        return any(
            isinstance(node, Apply)
            and node.op == function
            and isinstance(node.args[0], Ref)
            and self.system.quantity(node.args[0]) == q
            for equation in self.system.equations
            for term in equation.terms
            for node in walk(term.body)
        )

    def all_of(self, kind: str, like: Expr | None) -> Iterator[Expr]:
        """Every mention of a kind, at the step at which `like` is read."""
        if kind == "activation":
            yield from (Ref(name) for name in self.system.functions if self.active(name))
            return
        index = like.index if isinstance(like, Ref) else None
        for q in (*self.system.given, *self.system.made_by):
            ref = Ref(q.name, index) if q.over and index is not None else q.ref()
            if self.holds(kind, ref):
                yield ref
