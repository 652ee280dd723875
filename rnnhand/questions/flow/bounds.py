"""How large the derivative of a step can be at all: from the slopes of the functions and the sizes
of the weights, whatever the inputs are.

    h[t] = tanh(a[t]), a[t] = W @ h[t-1] + …:    ‖∂h[t]/∂h[t-1]‖ ≤ max |tanh′| · ‖W‖ = 1 · σ_max(W)

A change moves through the tangent equations of a step, which are linear in it; each operation is
bounded by what it does to lengths. Where nothing bounds a factor, there is no bound.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt

from rnnhand.arithmetic import spectrum
from rnnhand.arithmetic.base import Arithmetic, Scalar
from rnnhand.arithmetic.expressions import extent
from rnnhand.arithmetic.program import Storage
from rnnhand.calculus.gradient import shapes_in
from rnnhand.calculus.rules import ShapeOf
from rnnhand.calculus.step import Moved
from rnnhand.calculus.tangent import tangent
from rnnhand.language.tree import Apply, Expr, Number, Ref, Shift, refs, substitute, walk
from rnnhand.questions.work import entries
from rnnhand.system.model import SCALAR, Equation, Given, Quantity, System

ONE = Number("1")


@dataclass(frozen=True)
class Bound:
    """A number that a length is multiplied by at most, and how it is written: |tanh′|·|w|; the
    numbers of its factors where it is a product."""

    value: Scalar
    written: Expr
    factors: tuple[Scalar, ...] = ()


@dataclass(frozen=True)
class Interval:
    low: Scalar
    high: Scalar


Norm = Callable[[Quantity], Scalar | None]
"""The largest singular value of a given matrix."""


def bound_of(
    moved: Moved,
    state: Quantity,
    original: System,
    storage: Storage,
    arithmetic: Arithmetic,
    norm: Norm,
) -> Bound | None:
    """How much the way through one equation can multiply a change by, at any step."""
    return _Bounding(moved, original, storage, arithmetic, norm).through(
        tangent(state, moved.copy.name).name
    )


@dataclass(frozen=True)
class _Bounding:
    moved: Moved
    original: System
    storage: Storage
    arithmetic: Arithmetic
    norm: Norm

    @property
    def shape(self) -> ShapeOf:
        return shapes_in(self.moved.system)

    @property
    def bodies(self) -> Mapping[str, Equation]:
        return {
            e.target.name: e
            for e in self.moved.moving
            if e.terms and isinstance(e.target.index, Shift)
        }

    def number(self, value: Fraction | int) -> Scalar:
        return self.arithmetic.number(Fraction(value))

    def through(self, name: str) -> Bound | None:
        """The bound of a tangent: its equation's, the last activation by its steepest slope."""
        if name == tangent(self.moved.copy, self.moved.copy.name).name:
            return Bound(self.number(1), ONE)
        equation = self.bodies.get(name)
        if equation is None or sum(e.target.name == name for e in self.moved.moving) > 1:
            return None
        own = self._own(name)
        if isinstance(own, Apply) and own.op in self.original.functions and len(own.args) >= 1:
            f = self.original.functions[own.op]
            inner = own.args[0]
            if f.steepest is not None and isinstance(inner, Ref) and not self._moves(own.args[1:]):
                values = dict(zip(f.parameters, own.args, strict=True))
                before = self._move_of(inner)
                slope = self.interval(substitute(f.steepest, values), frozenset())
                if before is None or slope is None:
                    return None
                written = Apply("abs", (Ref(f"{f.notation or f.name}'"),))
                return in_turn(Bound(slope.high, written), before)
        return self.norm_of(equation.body)

    def _own(self, name: str) -> Expr | None:
        """The body of the quantity whose tangent has this name."""
        for q, made in self.moved.system.made_by.items():
            if tangent(q, self.moved.copy.name).name == name:
                return made[0].body if len(made) == 1 else None
        return None

    def _move_of(self, ref: Ref) -> Bound | None:
        q = self.moved.system.quantity(ref)
        return self.through(tangent(q, self.moved.copy.name).name)

    def _moves(self, parts: tuple[Expr, ...]) -> bool:
        return any(self._is_moving(p) for p in parts)

    def _is_moving(self, expr: Expr) -> bool:
        if isinstance(expr, Ref):
            return (
                expr.name in self.bodies
                or expr.name == f"d{self.moved.copy.name}[]/d{self.moved.copy.name}"
            )
        return isinstance(expr, Apply) and any(map(self._is_moving, expr.args))

    def norm_of(self, expr: Expr) -> Bound | None:
        """How much longer an expression, linear in a change, is than the change."""
        match expr:
            case Ref():
                return self.through(expr.name)
            case Apply("neg", (a,)):
                return self.norm_of(a)
            case Apply("+" | "-", args):
                parts = [self.norm_of(a) for a in args]
                found = parts[0]
                for part in parts[1:]:
                    found = None if found is None or part is None else plus(found, part)
                return found
            case Apply("*", args):
                return self._product(args, expr)
            case Apply("@", (a, b)):
                fixed, moving = (b, a) if self._is_moving(a) else (a, b)
                if self._is_moving(fixed):
                    return None
                inside, size = self.norm_of(moving), self._size(fixed)
                return None if inside is None or size is None else in_turn(size, inside)
            case _:
                return None

    def _product(self, args: tuple[Expr, ...], whole: Expr) -> Bound | None:
        (moving, *others) = [a for a in args if self._is_moving(a)]
        found = self.norm_of(moving)
        if others or found is None:
            return None
        rows, columns = self.shape(whole)
        if self.shape(moving) == SCALAR != (rows, columns):
            root = isqrt(rows * columns) + (isqrt(rows * columns) ** 2 < rows * columns)
            found = in_turn(Bound(self.number(root), Number(str(root))), found)
        elif self.shape(moving) != (rows, columns):
            return None
        for fixed in (a for a in args if a is not moving):
            if isinstance(fixed, Apply) and fixed.op == "fill":
                continue
            size = self._largest(fixed)
            if size is None:
                return None
            found = in_turn(size, found)
        return found

    def _size(self, fixed: Expr) -> Bound | None:
        """‖A‖ of a given matrix."""
        inner = fixed.args[0] if isinstance(fixed, Apply) and fixed.op == "T" else fixed
        if not isinstance(inner, Ref) or inner.index is not None:
            return None
        if self.shape(inner) == SCALAR:
            return self._largest(inner)
        value = self.norm(Quantity(inner.name))
        return None if value is None else Bound(value, Apply("norm2", (inner,)))

    def _largest(self, fixed: Expr) -> Bound | None:
        """The largest absolute value that an entry of a factor can have."""
        slope = self._slope(fixed)
        if slope is not None:
            return slope
        found = self.interval(fixed, frozenset())
        if found is None:
            return None
        top = spectrum.largest([abs(found.low), abs(found.high)])
        if not any(True for _ in refs(fixed)):
            return Bound(top, fixed)
        return Bound(top, Apply("abs", (fixed,)))

    def _slope(self, fixed: Expr) -> Bound | None:
        """What is written out as 1 − tanh(a)² is tanh′."""
        for node in walk(fixed):
            f = self.original.functions.get(node.op) if isinstance(node, Apply) else None
            if f is None or f.steepest is None or not isinstance(node, Apply):
                continue
            values = dict(zip(f.parameters, node.args, strict=True))
            slopes = (f.slopes[p] for p in f.parameters[:1] if p in f.slopes)
            if all(substitute(s, {**values, "result": node}) != fixed for s in slopes):
                continue
            steepest = self.interval(substitute(f.steepest, values), frozenset())
            if steepest is not None:
                written = Apply("abs", (Ref(f"{f.notation or f.name}'"),))
                return Bound(steepest.high, written)
        return None

    def interval(self, expr: Expr, under: frozenset[Quantity]) -> Interval | None:
        """Where the entries of an expression lie, whatever the inputs are."""
        match expr:
            case Number():
                return Interval(self.number(expr.value), self.number(expr.value))
            case Ref():
                return self._of_quantity(expr, under)
            case Apply("neg", (a,)):
                inner = self.interval(a, under)
                return None if inner is None else Interval(-inner.high, -inner.low)
            case Apply("T", (a,)):
                return self.interval(a, under)
            case Apply("+" | "-" | "*" as op, args):
                parts = [self.interval(a, under) for a in args]
                found = parts[0]
                for part in parts[1:]:
                    found = None if found is None or part is None else _combined(op, found, part)
                return found
            case Apply("/", (Number() as a, Number() as b)):
                quotient = self.number(a.value / b.value)
                return Interval(quotient, quotient)
            case Apply("max", (a, b)):
                left, right = self.interval(a, under), self.interval(b, under)
                if left is None or right is None:
                    return None
                return Interval(
                    spectrum.largest([left.low, right.low]),
                    spectrum.largest([left.high, right.high]),
                )
            case Apply("abs", (a,)):
                inner = self.interval(a, under)
                if inner is None:
                    return None
                top = spectrum.largest([abs(inner.low), abs(inner.high)])
                return Interval(self.number(0), top)
            case Apply("softmax", _) | Apply(">" | "<" | ">=" | "<=" | "==" | "!=", _):
                return Interval(self.number(0), self.number(1))
            case Apply(op, args) if op in self.original.functions:
                ends = [self.interval(e, under) for e in self.original.functions[op].range]
                return _union(ends) if ends else None
            case _:
                return None

    def _of_quantity(self, ref: Ref, under: frozenset[Quantity]) -> Interval | None:
        q = self.original.quantity(ref) if ref.index is not None else Quantity(ref.name)
        made = self.original.made_by.get(q, ())
        if q in under:
            return None
        parts = [self.interval(e.body, under | {q}) for e in made]
        if q in self.original.given:
            parts.append(self._of_given(self.original.given[q]))
        return _union(parts)

    def _of_given(self, given: Given) -> Interval:
        """From the least to the largest entry that is given."""
        q = given.quantity
        first = extent(self.original, q.over)[0] if q.over else 0
        values = [
            x
            for step in given.values
            for x in entries(
                self.storage[q] if step is None else self.storage[q][step - first], given.shape
            )
        ]
        return Interval(spectrum.smallest(values), spectrum.largest(values))


def _union(parts: list[Interval | None]) -> Interval | None:
    """The least interval around some; None where one of them is not known."""
    known = [p for p in parts if p is not None]
    if len(known) < len(parts) or not known:
        return None
    return Interval(
        spectrum.smallest([p.low for p in known]), spectrum.largest([p.high for p in known])
    )


def in_turn(a: Bound, b: Bound) -> Bound:
    """The bound of one after the other."""
    if b.written == ONE:
        return a
    if a.written == ONE:
        return b
    parts = tuple(
        part
        for x in (a.written, b.written)
        for part in (x.args if isinstance(x, Apply) and x.op == "*" else (x,))
    )
    factors = (*(a.factors or (a.value,)), *(b.factors or (b.value,)))
    return Bound(a.value * b.value, Apply("*", parts), factors)


def plus(a: Bound, b: Bound) -> Bound:
    """The bound of a sum."""
    return Bound(a.value + b.value, Apply("+", (a.written, b.written)))


def _combined(op: str, a: Interval, b: Interval) -> Interval:
    if op == "+":
        return Interval(a.low + b.low, a.high + b.high)
    if op == "-":
        return Interval(a.low - b.high, a.high - b.low)
    ends = [x * y for x in (a.low, a.high) for y in (b.low, b.high)]
    return Interval(spectrum.smallest(ends), spectrum.largest(ends))
