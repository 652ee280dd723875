"""Formulas evaluated from outside: a small interpreter in floats that shares only the parser.

Values are lists of rows. A quantity at a step is worked out when it is asked for; `moved` adds to
a quantity at a step whatever makes it, `fixed` puts a value in its place.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

from rnnhand.language.formulas import parse_formula
from rnnhand.language.known import Known
from rnnhand.language.tree import Apply, At, Expr, Last, Number, Over, Ref, Shift

Matrix = list[list[float]]
Place = tuple[str, int | None]

UNARY: dict[str, Callable[[float], float]] = {
    "tanh": math.tanh,
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "σ": lambda x: 1 / (1 + math.exp(-x)),
    "relu": lambda x: max(x, 0.0),
    "identity": lambda x: x,
    "exp": math.exp,
    "log": math.log,
    "sqrt": math.sqrt,
}
COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}


class Absent(Exception):
    """A quantity does not exist at a step."""


def spread(a: Matrix, shape: tuple[int, int]) -> Matrix:
    rows, columns = len(a), len(a[0])
    if (rows, columns) == shape:
        return a
    if rows == columns == 1:
        return [[a[0][0]] * shape[1] for _ in range(shape[0])]
    line = [x for row in a for x in row]
    assert len(line) == shape[1], (a, shape)
    return [line[:] for _ in range(shape[0])]


def each(f: Callable[..., float], *parts: Matrix) -> Matrix:
    shape = max(((len(p), len(p[0])) for p in parts), key=lambda s: s[0] * s[1])
    full = [spread(p, shape) for p in parts]
    return [[float(f(*(p[i][j] for p in full))) for j in range(shape[1])] for i in range(shape[0])]


def product(a: Matrix, b: Matrix) -> Matrix:
    assert len(a[0]) == len(b)
    return [
        [sum(a[i][k] * b[k][j] for k in range(len(b))) for j in range(len(b[0]))]
        for i in range(len(a))
    ]


class Outside:
    """The data of `derive`, with random values of everything that is given."""

    def __init__(self, data: dict[str, Any], seed: int = 0) -> None:
        dice = random.Random(seed)
        self.data = data
        self.steps = {var: range(a, b + 1) for var, (a, b) in data["steps"].items()}
        parts = (name.partition("[") for name in data["shapes"])
        self.names = {name: index.rstrip("]") for name, _, index in parts}
        self.made: dict[str, list[tuple[range | None, Expr, int | None]]] = {}
        for part in ("equations", "adjoints"):
            for e in data[part]:
                target = self.parse(e["name"])
                assert isinstance(target, Ref)
                steps = None if e["steps"] is None else range(e["steps"][0], e["steps"][1] + 1)
                self.made.setdefault(target.name, []).append((steps, self.parse(e["formula"]), 0))
        self.shapes = {k.split("[")[0]: tuple(v) for k, v in data["shapes"].items()}
        self.over = {}
        for key in data["shapes"]:
            name, _, index = key.partition("[")
            if index:
                self.over[name] = index.rstrip("]")
        self.dice = dice
        self.given: dict[Place, Matrix] = {}
        self.moved: dict[Place, tuple[int, int, float]] = {}
        self.fixed: dict[Place, Matrix] = {}
        self.known: dict[Place, Matrix] = {}
        a, b = 0.7, 0.3
        self.functions = dict(UNARY)
        for name, slope in data["functions"].items():
            self.functions[name] = lambda x: a * math.sin(x) + b * x
            self.functions[slope] = lambda x: a * math.cos(x) + b

    def parse(self, text: str) -> Expr:
        return parse_formula(text, Known(self.names, (*UNARY, *self.data["functions"])))

    def value(self, name: str, step: int | None) -> Matrix:
        place = (name, step)
        if place in self.fixed:
            return self.fixed[place]
        if place not in self.known:
            found = self.worked_out(name, step)
            if place in self.moved:
                i, j, by = self.moved[place]
                found = [row[:] for row in found]
                found[i][j] += by
            self.known[place] = found
        return self.known[place]

    def worked_out(self, name: str, step: int | None) -> Matrix:
        for steps, body, _ in self.made.get(name, ()):
            if steps is None or (step is not None and step in steps):
                var = self.index_of(name)
                return self.summed(body, {} if step is None else {var: step}, self.shape_of(name))
        if "/" in name or name not in self.shapes:
            raise Absent(name, step)
        key = f"{name}[{self.over[name]}]" if name in self.over else name
        there = self.data["given"].get(key, [])
        if step is not None and not any(a <= step <= b for a, b in there):
            raise Absent(name, step)
        rows, columns = self.shapes[name]
        self.given.setdefault(
            (name, step),
            [[self.dice.uniform(-1, 1) for _ in range(columns)] for _ in range(rows)],
        )
        return self.given[name, step]

    def index_of(self, name: str) -> str:
        by = name.rpartition("/d")[2]
        return self.over.get(by, next(iter(self.steps), "t"))

    def shape_of(self, name: str) -> tuple[int, int]:
        return self.shapes[name.rpartition("/d")[2]]

    def summed(self, body: Expr, at: dict[str, int], shape: tuple[int, int]) -> Matrix:
        """The summands of a formula; one that mentions what does not exist is absent."""
        match body:
            case Apply("+", args):
                parts = [self.summed(a, at, shape) for a in args]
                return each(lambda *x: sum(x), *parts)
            case Apply("-", (a, b)):
                return each(
                    lambda x, y: x - y, self.summed(a, at, shape), self.summed(b, at, shape)
                )
            case _:
                try:
                    return spread(self.eval(body, at), shape)
                except Absent:
                    return [[0.0] * shape[1] for _ in range(shape[0])]

    def eval(self, e: Expr, at: dict[str, int]) -> Matrix:
        match e:
            case Number():
                return [[float(e.value)]]
            case Ref(name, None) if name in at:
                return [[float(at[name])]]
            case Ref(name, None):
                return self.value(name, None)
            case Ref(name, At(step)):
                return self.value(name, step)
            case Ref(name, Last(offset)):
                return self.value(name, self.steps[self.index_of(name)][-1] + offset)
            case Ref(name, Shift(var, offset)):
                return self.value(name, at[var] + offset)
            case Over(kind, var, body):
                terms = []
                for step in self.steps[var]:
                    try:
                        terms.append(self.eval(body, {**at, var: step}))
                    except Absent:
                        continue
                total = each(lambda *x: sum(x), *terms)
                return each(lambda x: x / len(terms), total) if kind == "mean" else total
            case Apply(op, args):
                return self.apply(op, args, at)
        raise AssertionError(e)

    def apply(self, op: str, args: tuple[Expr, ...], at: dict[str, int]) -> Matrix:
        if op == "*":
            # An indicator that is 0 spares what it is multiplied by.
            signs = [a for a in args if isinstance(a, Apply) and a.op in COMPARE]
            if any(self.eval(a, at) == [[0.0]] for a in signs):
                return [[0.0]]
            return each(lambda *x: math.prod(x), *(self.eval(a, at) for a in args))
        values = [self.eval(a, at) for a in args]
        first = values[0]
        rows, columns = len(first), len(first[0])
        match op:
            case "+":
                return each(lambda *x: sum(x), *values)
            case "-":
                return each(lambda a, b: a - b, *values)
            case "neg":
                return each(lambda a: -a, first)
            case "/":
                return each(lambda a, b: a / b, *values)
            case "^":
                return each(lambda a, b: a**b, *values)
            case "@":
                if len(values[1]) != columns:  # a scalar that spreads
                    return each(lambda a, b: a * b, *values)
                return product(*values)
            case "T":
                return [list(row) for row in zip(*first, strict=True)]
            case ";":
                return [row for v in values for row in v]
            case ",":
                return [[x for v in values for x in v[i]] for i in range(rows)]
            case "sum":
                return [[sum(x for row in first for x in row)]]
            case "rows":
                return first[int(values[1][0][0]) - 1 : int(values[2][0][0])]
            case "columns":
                a, b = int(values[1][0][0]) - 1, int(values[2][0][0])
                return [row[a:b] for row in first]
            case "fill":
                return [[first[0][0]] * int(values[2][0][0]) for _ in range(int(values[1][0][0]))]
            case "sum_rows":
                return [[sum(row[j] for row in first)] for j in range(columns)]
            case "diag":
                n = rows
                return [[first[i][0] if i == j else 0.0 for j in range(n)] for i in range(n)]
            case _ if op in COMPARE:
                return each(lambda a, b: float(COMPARE[op](a, b)), *values)
            case _:
                return each(self.functions[op], *values)

    def again(self) -> None:
        self.known.clear()
