"""The formulas of a derivation's lines, read as what they say, at one point and step.

∂h_i/∂h_{i−1}, ∂⁺h_k/∂w and their like are matrices of numbers there; Σ and Π are added up and
multiplied out; everything else is evaluated as any equation is.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import TypeAlias

from rnnhand.arithmetic.program import Program, compiled
from rnnhand.calculus.gradient import shapes_in
from rnnhand.calculus.instances import Instance
from rnnhand.calculus.spelled import at
from rnnhand.language.parser import parse_expression
from rnnhand.language.tree import Apply, At, Expr, Last, Number, Ref, Shift, walk
from rnnhand.questions.claims.numbers import (
    DEFINITE,
    RUNNING,
    VALUE,
    Matrix,
    Point,
    Unchecked,
    added,
    product,
    scaled,
)
from rnnhand.questions.work import entries
from rnnhand.system.model import Equation, Quantity, System, Term

NAME = re.compile(r"d(?P<mark>⁺?)(?P<of>.+)/d(?P<by>[^/]+)$", re.DOTALL)

MOST_TERMS = 120
"""Steps over which a sum or product is worked out."""

Stacks: TypeAlias = Mapping[str, Sequence[tuple[Quantity, int]]]
"""S_t by the states in it, and how many steps before t each stands."""


@dataclass(frozen=True)
class Reader:
    """Reads the lines of one derivation. A derivative marked ⁺ is that of a single equation; that
    of a state (`carried`) by a parameter is the whole step's, as the sums over steps have it."""

    point: Point
    carried: Collection[Quantity]
    stacks: Stacks

    def value(self, expr: Expr, where: Mapping[str, int]) -> Matrix:
        """An expression as a matrix, the running indices having the values of `where`."""
        if not is_special(expr):
            return self.plain(expr, where)
        match expr:
            case Ref():
                return self.derivative(expr, where)
            case Apply("Σ" | "Π" as op, (Ref(var), low, high, body)):
                return self.ranging(op, var, (low, high), body, where)
            case Apply("+", args):
                found = self.value(args[0], where)
                for arg in args[1:]:
                    found = added(found, self.value(arg, where))
                return found
            case Apply("-", (a, b)):
                minus = scaled(self.point.number(-1), self.value(b, where))
                return added(self.value(a, where), minus)
            case Apply("neg", (a,)):
                return scaled(self.point.number(-1), self.value(a, where))
            case Apply("*" | "@", args):
                found = self.value(args[0], where)
                for arg in args[1:]:
                    found = product(found, self.value(arg, where))
                return found
            case _:
                raise Unchecked("claim-form")

    def ranging(
        self, op: str, var: str, ends: tuple[Expr, Expr], body: Expr, where: Mapping[str, int]
    ) -> Matrix:
        """Σ, or Π with the later steps on the left where a step reads the one before."""
        low, high = (self.bound(end, where) for end in ends)
        if high - low >= MOST_TERMS:
            raise Unchecked("claim-long")
        steps = range(low, high + 1)
        if op == "Π" and _reads_back(body, var):
            steps = steps[::-1]
        parts = [self.value(body, {**where, var: step}) for step in steps]
        if not parts:
            return [] if op == "Σ" else [[self.point.number(1)]]
        found = parts[0]
        for part in parts[1:]:
            found = added(found, part) if op == "Σ" else product(found, part)
        return found

    def bound(self, expr: Expr, where: Mapping[str, int]) -> int:
        """k + 1, t or T as a number."""
        expr = parse_expression(expr.name) if isinstance(expr, Ref) else expr
        (first, *rest) = expr.args if isinstance(expr, Apply) else (expr,)
        sign = -1 if isinstance(expr, Apply) and expr.op == "-" else 1
        found = self.whole(first, where)
        return found + sum(sign * self.whole(r, where) for r in rest)

    def whole(self, expr: Expr, where: Mapping[str, int]) -> int:
        match expr:
            case Number():
                return int(expr.value)
            case Ref("T", None):
                return next(iter(self.point.system.indices.values()))[-1]
            case Ref(name, None) if name in where:
                return where[name]
            case _:
                raise Unchecked("claim-form")

    def derivative(self, ref: Ref, where: Mapping[str, int]) -> Matrix:
        """A derivative by its name."""
        match = NAME.match(ref.name)
        assert match is not None
        of_ref = parse_expression(match["of"])
        assert isinstance(of_ref, Ref)
        of, by = self.parts(of_ref, where), self.parts(Ref(match["by"], ref.index), where)
        whole = by[0].step is None and by[0].quantity in self.point.columns and not match["mark"]
        rows = []
        for j, one in enumerate(of):
            blocks = []
            for other in by:
                if one == other:
                    blocks.append(self.identity(one))
                elif whole or (one.step is None and len(by) == 1 and not match["mark"]):
                    blocks.append(self.point.total(one, other))
                elif j and one.step != of[0].step:  # an older state inside S_t
                    blocks.append(self.point.nothing(one.quantity, other.quantity))
                elif match["mark"] and not (other.step is None and one.quantity in self.carried):
                    blocks.append(self.alone(one, other))
                else:
                    held = by if len(by) > 1 else ()
                    blocks.append(self.point.inside(one, other, held, _named(of_ref, ref)))
            rows += [list(chain.from_iterable(parts)) for parts in zip(*blocks, strict=True)]
        return rows

    def parts(self, ref: Ref, where: Mapping[str, int]) -> list[Instance]:
        """The quantity at its step; of S_t, all the states in it."""
        system = self.point.system
        index = ref.index
        if isinstance(index, Shift):
            if index.var not in where:
                raise Unchecked("claim-form")
            index = At(where[index.var] + index.offset)
        if ref.name in self.stacks:
            assert isinstance(index, At)
            found = [Instance(q, index.step - j) for q, j in self.stacks[ref.name]]
            if not all(system.exists(one.quantity, one.step) for one in found):
                raise Unchecked("claim-form")
            return found
        q = system.quantity(replace(ref, index=index))
        step = system.step(replace(ref, index=index))
        if not system.exists(q, step):
            raise Unchecked("claim-form")
        return [Instance(q, step)]

    def alone(self, of: Instance, by: Instance) -> Matrix:
        """What the equation of a quantity says by itself."""
        found = self.point.nothing(of.quantity, by.quantity)
        for local in self.point.reading(of):
            if self.point.system.quantity(local.by) != by.quantity:
                continue
            if self.point.instance(local.by, of) == by:
                found = added(found, self.point.edge(local, of.step))
        return found

    def identity(self, one: Instance) -> Matrix:
        n = self.point.size(one.quantity)
        return [[self.point.number(int(i == j)) for j in range(n)] for i in range(n)]

    def plain(self, expr: Expr, where: Mapping[str, int]) -> Matrix:
        """What no derivative by name is in."""
        for var, step in where.items():
            expr = at(expr, step, var)
        return evaluated(self.point, self.point.system, expr)


def evaluated(point: Point, system: System, expr: Expr) -> Matrix:
    """The value of an expression at definite steps, with what is in the point's storage."""
    for ref in (n for n in walk(expr) if isinstance(n, Ref) and n.index is not None):
        if isinstance(ref.index, At | Last) and not system.exists(
            system.quantity(ref), system.step(ref)
        ):
            raise Unchecked("claim-form")
    program = point.programs.of(("value", expr), point.arithmetic,
                                partial(_evaluation, point, system, expr))  # fmt: skip
    there = dict(point.storage)
    try:
        program.run(there)
    except TypeError:  # what no equation has made at this step
        raise Unchecked("claim-form") from None
    rows, columns = program.system.shapes[Quantity(VALUE)]
    flat = entries(there[Quantity(VALUE)], (rows, columns))
    return [list(flat[i * columns : (i + 1) * columns]) for i in range(rows)]


def _evaluation(point: Point, system: System, expr: Expr) -> Program:
    made = Quantity(VALUE)
    shapes = {**system.shapes, made: shapes_in(system)(expr)}
    equation = Equation(Ref(VALUE), (Term(expr, None),), None)
    functions = point.system.functions
    return compiled(
        replace(
            system,
            shapes=shapes,
            functions=functions,
            equations=(*system.equations, equation),
        ),
        point.arithmetic,
        [equation],
    )


def _named(of: Ref, by: Ref) -> str:
    """Whether a derivative of what runs with the steps names a running or a definite step."""
    if isinstance(by.index, Shift):
        return RUNNING
    return DEFINITE if isinstance(of.index, Shift) and isinstance(by.index, At) else ""


def is_special(expr: Expr) -> bool:
    """Whether derivatives stand in it by name, or sums and products over steps."""
    return any(
        NAME.match(node.name) if isinstance(node, Ref) else getattr(node, "op", "") in ("Σ", "Π")
        for node in walk(expr)
    )


def _reads_back(body: Expr, var: str) -> bool:
    return any(
        isinstance(n, Ref)
        and isinstance(n.index, Shift)
        and n.index.var == var
        and n.index.offset < 0
        for n in walk(body)
    )
