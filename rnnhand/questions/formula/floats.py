"""What a formula is worth in floating point, at once: thousands of edits are seen by it, and those
few that fit are looked at closely and proved elsewhere.

A formula is read as it is written, with steps that run; as everywhere, a summand that mentions what
does not exist is absent. What an edit leaves as it was is worked out once.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import reduce
from typing import Any, TypeAlias

from rnnhand.arithmetic.arrays import library
from rnnhand.arithmetic.base import Fault
from rnnhand.arithmetic.machine import FLOAT
from rnnhand.arithmetic.program import Scope, Storage, compiled, initial_storage
from rnnhand.calculus.spelled import summands
from rnnhand.errors import Failure
from rnnhand.language.derivatives import derivative_of
from rnnhand.language.tree import (
    Apply,
    Expr,
    Index,
    Number,
    Over,
    Ref,
    children,
    walk,
    with_children,
)
from rnnhand.questions.formula.entries import Components, spelled
from rnnhand.questions.formula.formula import RIGHT, Formula, Instance
from rnnhand.questions.formula.indexed import is_class
from rnnhand.questions.formula.placed import is_sum, mention
from rnnhand.questions.formula.ranges import has_ranges, whole
from rnnhand.questions.formula.spots import Spot, spots
from rnnhand.questions.formula.values import Point, put_at
from rnnhand.questions.work import entries
from rnnhand.system.model import SCALAR, Quantity, Shape
from rnnhand.system.shapes import together

MOST_WORK, ADDED = 200_000, 4
"""Operations that all edits of one formula may take together, and known summands that add up as
quickly as one of them."""

MOST_POINTS, MOST_STEPS = 4, 400

NEAR = 1e-7
"""How near two floats are that may be one number."""

ROUNDED = 2e-15
"""What is left of a difference of numbers about 1 that are equal: p − y where p is nearly y."""

Value: TypeAlias = tuple[Shape, Sequence[float]]
Steps: TypeAlias = tuple[tuple[str, int], ...]
"""What the running names are at a place of a formula."""

SIGNS: dict[str, Callable[[float, float], float]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": FLOAT.divide,
    ">": lambda a, b: float(a > b), "<": lambda a, b: float(a < b),
    ">=": lambda a, b: float(a >= b), "<=": lambda a, b: float(a <= b),
    "==": lambda a, b: float(a == b), "!=": lambda a, b: float(a != b),
}  # fmt: skip


FAULTS = (Fault, Failure, ArithmeticError, ValueError, KeyError, IndexError, TypeError)
"""What an edit runs into that has no value, or fits nowhere."""


class Exhausted(Exception):
    """All edits together have taken too much."""


class Floats:
    """The student's formula at a few points, and what the derivative is there."""

    def __init__(self, formula: Formula, points: Sequence[Point]) -> None:
        self.formula = formula
        self.own = {id(n) for n in walk(formula.written)}
        self.components = Components(formula.system, dict(formula.entries))
        self.leaves: dict[Expr, Expr] = {}
        self.work = 0
        self.there = [p for p in map(self._place, points) if p is not None][:MOST_POINTS]

    def _place(self, point: Point) -> _Place | None:
        system = put_at(self.formula.full, point)
        scope = Scope({f"f_{n}": f for n, f in library(FLOAT).items()})
        try:
            storage = initial_storage(system, FLOAT)
            compiled(system, FLOAT, self.formula.but_for_own).run(storage)
            for name in system.functions:
                if not system.functions[name].open:
                    scope.define(system.functions[name], system, FLOAT)
        except (Fault, Failure, ArithmeticError, ValueError):
            return None
        scope.refresh(FLOAT)
        return _Place(storage, scope.names)

    def fits(self, written: Expr) -> bool:
        """Whether a formula is worth what the derivative is, as far as floats can tell. Raises
        `Exhausted` where all that was asked for took too much."""
        numbers = self._numbers()
        try:
            return bool(self.there) and all(
                self._fits_at(written, place, i) for place in self.there for i in numbers
            )
        except FAULTS:
            return False

    def no_value(self) -> Expr | None:
        """The least part of the student's formula that has no real value at any of the points."""
        for instance in self.formula.instances:
            there = spots(self.formula.written, [name for name, _ in instance.steps])
            lacking = [{s.way for s in there if self._lacks(s, p, instance)} for p in self.there]
            everywhere = set.intersection(*lacking) if lacking else set()
            if everywhere:
                longest = max(everywhere, key=len)
                return next(s.node for s in there if s.way == longest)
        return None

    def _lacks(self, spot: Spot, place: _Place, instance: Instance) -> bool:
        """Whether a part has no real value; inside a sum, at its last step."""
        indices = self.formula.system.indices
        own = {name for name, _ in instance.steps}
        running = [(n, indices[n][-1]) for n in spot.names if n in indices and n not in own]
        try:
            self.value(spot.node, place, (*instance.steps, *running))
        except Fault as fault:
            return fault.code in ("outside-domain", "division-by-zero")
        except (Failure, ArithmeticError, ValueError, KeyError):
            return False
        return False

    def says_as_much(self, written: Expr, before: Expr) -> bool:
        """Whether no more summands are absent at all steps than in what the student wrote before:
        who writes a summand means something by it."""
        return self._said(written) >= self._said(before)

    def _said(self, written: Expr) -> int:
        place = self.there[0]
        return sum(
            any(self.value(alone, place, i.steps) is not None for i in self.formula.instances)
            for part in summands(written)
            for alone in (part, *one_summand(part))
        )

    def _fits_at(self, written: Expr, place: _Place, i: int) -> bool:
        right = self._right(place, i)
        found = self._entries(written, place, i)
        return found is not None and are_near(found, right, max(map(abs, right)))

    def _right(self, place: _Place, i: int) -> Sequence[float]:
        q = Quantity(f"{RIGHT}{i}")
        return entries(place.storage[q], self.formula.full.shapes[q])

    def _entries(self, written: Expr, place: _Place, i: int) -> Sequence[float] | None:
        """A formula in the shape of the derivative: 0 where it is absent; None in another one."""
        shape = self.formula.full.shapes[Quantity(f"{RIGHT}{i}")]
        found = self._whole(written, place, self.formula.instances[i]) or (SCALAR, (0.0,))
        if found[0] == shape:
            return found[1]
        return (0.0,) * (shape[0] * shape[1]) if found == (SCALAR, (0.0,)) else None

    @property
    def rows(self) -> list[tuple[int, int]]:
        """Every point with every instance that is looked at."""
        return [(k, i) for k in range(len(self.there)) for i in self._numbers()]

    def _numbers(self) -> list[int]:
        """Instances that are looked at: the first says least."""
        last = len(self.formula.instances) - 1
        return list(dict.fromkeys((last // 2, last, 0, min(1, last))))

    def row(self, written: Expr, row: tuple[int, int]) -> Sequence[float] | None:
        """What a formula, or a part of it, is worth at one point; None where it has no value.
        Raises `Exhausted`."""
        try:
            return self._entries(written, self.there[row[0]], row[1])
        except FAULTS:
            return None

    def right(self, row: tuple[int, int]) -> Sequence[float]:
        """What the derivative is worth there."""
        return self._right(self.there[row[0]], row[1])

    def _whole(self, written: Expr, place: _Place, instance: Instance) -> Value | None:
        steps = instance.steps
        key = id(written)
        if (known := place.known.get((key, steps))) is not None and key in self.own:
            return known[0]
        parts = [self.value(part, place, steps) for part in summands(written)]
        self.work += len(parts) // ADDED
        there = [p for p in parts if p is not None]
        return reduce(_added, there) if there else None

    def value(self, node: Expr, place: _Place, steps: Steps) -> Value | None:
        """None where something that is mentioned does not exist."""
        key = (id(node), steps)
        if key in place.known:
            return place.known[key][0]
        self.work += 1
        if self.work > MOST_WORK:
            raise Exhausted
        found = self._value(node, place, steps)
        if key[0] in self.own:
            place.known[key] = (found,)
        return found

    def _value(self, node: Expr, place: _Place, steps: Steps) -> Value | None:
        match node:
            case Number():
                return SCALAR, (float(node.value),)
            case Ref(name, index):
                key = (name, index, steps)
                if key not in place.mentioned:
                    place.mentioned[key] = self._leaf(node, place, steps)
                return place.mentioned[key]
            case Over(kind, var, body):
                found = self._terms(body, var, self.formula.system.indices[var], place, steps)
                there = [t for t in found if t is not None]
                if not there:
                    return (SCALAR, (0.0,)) if has_ranges(body) else None
                total = reduce(_added, there)
                return _scaled(total, 1 / len(there)) if kind == "mean" else total
            case Apply("Σ" | "Π" as op, (Ref(var, None), low, high, body)):
                ends = [whole(self.formula.system, end, dict(steps)) for end in (low, high)]
                found = self._terms(body, var, range(ends[0], ends[1] + 1), place, steps)
                if op == "Π":
                    return self._product(found)
                there = [t for t in found if t is not None]
                return reduce(_added, there) if there else (SCALAR, (0.0,))
            case Apply("entry", (Ref() as ref, *_)):
                return self._cut(node, ref, place, steps)
            case Apply("entry", _):
                return self._cut_out(node, place, steps)
            case Apply(op, args):
                parts = [self.value(a, place, steps) for a in args]
                there = [p for p in parts if p is not None]
                if len(there) < len(parts):
                    return reduce(_added, there) if there and is_sum(node) else None
                return _operation(node, op, there, place)
        return None

    def _terms(
        self, body: Expr, var: str, run: Sequence[int], place: _Place, steps: Steps
    ) -> list[Value | None]:
        if len(run) > MOST_STEPS:
            raise Exhausted
        others = tuple(one for one in steps if one[0] != var)
        return [self.value(body, place, (*others, (var, step))) for step in run]

    @staticmethod
    def _product(found: Sequence[Value | None]) -> Value | None:
        """In a product of matrices the later step stands on the left."""
        there = [f for f in found if f is not None]
        if len(there) < len(found):
            return None
        if not there:
            return SCALAR, (1.0,)
        if all(f[0] == SCALAR or f[0][1] == 1 for f in there):
            return reduce(_times, there)
        return reduce(_matrix_product, reversed(there))

    def _leaf(self, ref: Ref, place: _Place, steps: Steps) -> Value | None:
        values = dict(steps)
        if ref.index is None and ref.name in values:
            return SCALAR, (float(values[ref.name]),)
        system = self.formula.system
        if ref == Ref("T"):
            return SCALAR, (float(next(iter(system.indices.values()))[-1]),)
        placed = mention(system, ref, values)
        if placed is None:
            return None
        if derivative_of(placed) is not None:
            taken = self.leaves.get(placed)
            if taken is None:
                taken = self.leaves[placed] = spelled(self.components, placed)
            if taken != placed:
                return self.value(taken, place, steps)
        full = self.formula.full
        q = full.quantity(placed)
        step = full.step(placed)
        stored = place.storage[q]
        if step is not None:
            stored = stored[step - full.extents[q.over][0]]
        return full.shapes[q], entries(stored, full.shapes[q])

    def _cut(self, node: Apply, ref: Ref, place: _Place, steps: Steps) -> Value | None:
        """One entry of what is mentioned."""
        placed = mention(self.formula.system, ref, dict(steps))
        places = [self._at(one, steps) for one in node.args[1:]]
        there = [one for one in places if one is not None]
        if placed is None or len(there) < len(places):
            return None
        whole_ = Apply("entry", (placed, *there))
        taken = self.leaves.get(whole_)
        if taken is None:
            taken = self.leaves[whole_] = spelled(self.components, whole_)
        return self.value(taken, place, steps)

    def _cut_out(self, node: Apply, place: _Place, steps: Steps) -> Value | None:
        """One entry of an expression."""
        whole_ = self.value(node.args[0], place, steps)
        numbers = []
        for one in node.args[1:]:
            at = self._at(one, steps)
            number = None if at is None else self.value(at, place, steps)
            if number is None:
                return None
            numbers.append(int(number[1][0]))
        if whole_ is None:
            return None
        (rows, columns), found = whole_
        row, column = (*numbers, 1)[:2]
        if not (1 <= row <= rows and 1 <= column <= columns):
            raise IndexError
        return SCALAR, (found[(row - 1) * columns + column - 1],)

    def _at(self, place: Expr, steps: Steps) -> Number | Ref | None:
        """The number of an entry, or the class that tells it, at a step."""
        system = self.formula.system
        if isinstance(place, Ref) and is_class(system, place):
            return mention(system, place, dict(steps))
        return Number(str(whole(system, place, dict(steps))))


class _Place:
    """One point: what is known there of all quantities, and the functions."""

    def __init__(self, storage: Storage, functions: Mapping[str, Any]) -> None:
        self.storage = storage
        self.functions = functions
        self.known: dict[tuple[int, Steps], tuple[Value | None]] = {}
        self.mentioned: dict[tuple[str, Index, Steps], Value | None] = {}


def one_summand(expr: Expr) -> Iterator[Expr]:
    """The formula with nothing but one summand in a sum inside it, for each of them."""
    if is_sum(expr):
        for part in children(expr):
            yield part
            yield from one_summand(part)
        return
    parts = children(expr)
    for i, part in enumerate(parts):
        for inner in one_summand(part):
            yield with_children(expr, (*parts[:i], inner, *parts[i + 1 :]))


def are_near(found: Sequence[float], other: Sequence[float], most: float) -> bool:
    """Whether two rows may be one, their numbers being of the size of `most`."""
    return all(
        abs(a - b) <= NEAR * most + (ROUNDED if most else 1e-12)
        for a, b in zip(found, other, strict=True)
    )


def _operation(node: Apply, op: str, args: list[Value], place: _Place) -> Value:
    functions = place.functions
    (rows, columns), first = args[0]
    match op:
        case "neg":
            return args[0][0], [-x for x in first]
        case "@":
            return _matrix_product(*args)
        case "T":
            return (columns, rows), functions["f_transpose"](first, rows, columns)
        case "^":
            return args[0][0], [FLOAT.real_power(x, args[1][1][0]) for x in first]
        case _ if op in SIGNS:
            return reduce(lambda a, b: _by_element(SIGNS[op], a, b), args)
        case "sum" | "mean" | "norm2":
            total = functions["f_norm2"](first) if op == "norm2" else sum(first)
            return SCALAR, (total / (len(first) if op == "mean" else 1),)
        case "softmax":
            return args[0][0], functions["f_softmax"](first, 1 if columns == 1 else rows)
        case "diag":
            return (rows, rows), functions["f_diag"](first)
        case "sum_rows":
            return (columns, 1), functions["f_sum_rows"](first, columns)
        case "one_hot":
            n = int(args[1][1][0])
            shape = (n, 1) if (rows, columns) == SCALAR else (rows, n)
            return shape, functions["f_one_hot"](first, n)
        case "rows" | "columns":
            start, end = (int(a[1][0]) for a in args[1:])
            if op == "rows":
                return (end - start + 1, columns), first[(start - 1) * columns : end * columns]
            return (rows, end - start + 1), functions["f_columns"](first, columns, start, end)
        case ";":
            return (sum(a[0][0] for a in args), columns), [x for a in args for x in a[1]]
        case "," if all(a[0][0] == rows for a in args):
            parts = tuple((a[1], a[0][1]) for a in args)
            return (rows, sum(a[0][1] for a in args)), functions["f_beside"](parts, rows)
        case "fill":
            n, m = (int(a[1][0]) for a in args[1:])
            return (n, m), list(first) * (n * m)
        case "max" | "min" if len(args) == 1:
            return SCALAR, ((max if op == "max" else min)(first),)
        case _ if f"f_{op}" in functions and len({a[0] for a in args}) == 1:
            return args[0][0], list(map(functions[f"f_{op}"], *(a[1] for a in args)))
        case _:
            raise ValueError(op)


def _by_element(sign: Callable[[float, float], float], a: Value, b: Value) -> Value:
    if a[0] == b[0]:
        return a[0], list(map(sign, a[1], b[1]))
    shape = together(a[0], b[0])
    if shape is None:
        raise ValueError(a[0], b[0])
    size = shape[0] * shape[1]
    left, right = (list(v) * (size // len(v)) for v in (a[1], b[1]))
    return shape, list(map(sign, left, right))


def _added(a: Value, b: Value) -> Value:
    return _by_element(operator.add, a, b)


def _times(a: Value, b: Value) -> Value:
    return _by_element(operator.mul, a, b)


def _scaled(a: Value, by: float) -> Value:
    return a[0], [x * by for x in a[1]]


def _matrix_product(a: Value, b: Value) -> Value:
    (m, k), (other, n) = a[0], b[0]
    if k != other:
        raise ValueError(a[0], b[0])
    rows = [a[1][i : i + k] for i in range(0, m * k, k)]
    columns = [b[1][j::n] for j in range(n)]
    return (m, n), [sum(map(operator.mul, r, c)) for r in rows for c in columns]
