"""Expressions → Python's syntax: arithmetic on scalars, calls of the array library elsewhere.

The tree is built node by node from names that are made here (`q3`, `k0`): no text of a problem
file ever reaches Python's compiler.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import assert_never

from rnnhand.arithmetic.syntax import (
    LOAD,
    call,
    constant,
    function,
    item,
    load,
    plus,
    store,
    times,
)
from rnnhand.language.operations import PRIMITIVES, Function
from rnnhand.language.powers import constant_value
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, At, Expr, Last, Number, Over, Ref, Shift
from rnnhand.system.model import SCALAR, Quantity, Shape, System, Term
from rnnhand.system.shapes import lookup, shape_of, spreads_over_rows, together
from rnnhand.system.windows import CONVOLUTIONS, POOLS, WINDOWED, apart_of, windows_of

STEP = "step"
COMPARE = {">": "gt", "<": "lt", ">=": "ge", "<=": "le", "==": "eq", "!=": "ne"}
OPERATORS: dict[str, ast.operator] = {"+": ast.Add(), "-": ast.Sub(), "*": ast.Mult()}
MAPPED = {"+": "add", "-": "sub", "*": "mul"}


def extent(system: System, var: str) -> tuple[int, int]:
    """The first step of any quantity that runs over `var`, and how many steps from there on."""
    return system.extents[var]


@dataclass
class Expressions:
    """Collects the statements of one function, and the names it uses."""

    system: System
    statements: list[ast.stmt] = field(default_factory=list)
    slots: dict[Quantity, str] = field(default_factory=dict)
    constants: dict[Fraction, str] = field(default_factory=dict)
    functions: dict[str, None] = field(default_factory=dict)
    locals: dict[str, str] = field(default_factory=dict)
    running: dict[str, str] = field(default_factory=dict)
    """Index variable → the Python variable that counts it, from the variable's base."""
    fixed: dict[str, int] = field(default_factory=dict)
    """Index variable → the one step at which an instance is computed."""
    temporaries: int = 0
    defining: bool = False
    """Inside a function's definition every value is a scalar."""

    def __post_init__(self) -> None:
        self.of = lookup(self.system, self.system.shapes)
        self.bases = {var: extent(self.system, var)[0] for var in self.system.indices}

    def definition(self, of: Function) -> ast.stmt:
        """`def value(x_0, …): return …`, a function of the library on scalars."""
        for parameter in of.parameters:
            self.locals[parameter] = f"x_{len(self.locals)}"
        self.defining = True
        value = self.emit(of.value)
        body = [*self.preamble(), *self.statements, ast.Return(value)]
        return function("value", list(self.locals.values()), body)

    def preamble(self) -> list[ast.stmt]:
        return [
            ast.Assign([store(name)], item(load("constants"), i))
            for i, name in enumerate(self.constants.values())
        ]

    def slot(self, q: Quantity) -> str:
        return self.slots.setdefault(q, f"q{len(self.slots)}")

    def shape(self, expr: Expr) -> Shape:
        if self.defining:
            return SCALAR
        shape = shape_of(expr, self.of)
        assert shape is not None, text(expr)
        return shape

    def spread(self, expr: Expr, shape: Shape) -> ast.expr:
        """The expression, spread over `shape` where it is a scalar or a vector over rows."""
        return self.spread_value(self.emit(expr), self.shape(expr), shape)

    def spread_value(self, value: ast.expr, own: Shape, shape: Shape) -> ast.expr:
        if own == shape or own[0] * own[1] == shape[0] * shape[1]:
            return value
        if own == SCALAR:
            value = ast.Tuple([value], LOAD)
            return ast.BinOp(value, ast.Mult(), constant(shape[0] * shape[1]))
        assert spreads_over_rows(own, shape), (own, shape)
        return ast.BinOp(value, ast.Mult(), constant(shape[0]))

    def total(self, terms: Sequence[Term], shape: Shape) -> ast.expr:
        """The sum of some summands; 0 where there are none."""
        if not terms:
            return self.spread(Number("0"), shape)
        return self.by_element("+", [self.spread(t.body, shape) for t in terms], shape)

    def by_element(self, op: str, parts: list[ast.expr], shape: Shape) -> ast.expr:
        value = parts[0]
        for part in parts[1:]:
            if shape == SCALAR:
                value = ast.BinOp(value, OPERATORS[op], part)
            else:
                value = call("tuple", call("map", load(f"f_{MAPPED[op]}"), value, part))
        return value

    def mapped(self, function: str, parts: list[ast.expr], shape: Shape) -> ast.expr:
        """A scalar function on scalars, or element by element."""
        if shape == SCALAR:
            return call(f"f_{function}", *parts)
        return call("tuple", call("map", load(f"f_{function}"), *parts))

    def emit(self, expr: Expr) -> ast.expr:
        match expr:
            case Number():
                return self.literal(expr.value)
            case Ref(name, None) if name in self.locals:
                return load(self.locals[name])
            case Ref(name, None) if name == "T" or name in self.system.indices:
                return call("f_integer", self.count(expr))
            case Ref():
                slot = self.slot(self.system.quantity(expr))
                if expr.index is None:
                    return load(slot)
                return ast.Subscript(load(slot), self.position(expr), LOAD)
            case Over():
                return self.over(expr)
            case Apply():
                return self.operation(expr)
            case _:
                assert_never(expr)

    def literal(self, value: Fraction) -> ast.expr:
        return load(self.constants.setdefault(value, f"k{len(self.constants)}"))

    def position(self, ref: Ref) -> ast.expr:
        """Where in its list a quantity at a step is kept."""
        var = self.system.quantity(ref).over
        base = self.bases[var]
        match ref.index:
            case Shift(v, offset) if v in self.running:
                return plus(load(self.running[v]), offset)
            case Shift(v, offset):
                return constant(self.fixed[v] + offset - base)
            case At(step):
                return constant(step - base)
            case Last(offset):
                return constant(self.system.indices[var][-1] + offset - base)
            case None:
                raise AssertionError(ref)
            case _:
                assert_never(ref.index)

    def count(self, expr: Expr) -> ast.expr:
        """A whole number made of steps, as a Python expression: t, T, t-1."""
        match expr:
            case Number():
                return constant(int(expr.value))
            case Ref("T", None):
                return constant(next(iter(self.system.indices.values()))[-1])
            case Ref(name, None) if name in self.running:
                return plus(load(self.running[name]), self.bases[name])
            case Ref(name, None):
                return constant(self.fixed[name])
            case Apply(op, (a, b)) if op in OPERATORS:
                return ast.BinOp(self.count(a), OPERATORS[op], self.count(b))
            case _:
                raise AssertionError(expr)

    def over(self, expr: Over) -> ast.expr:
        """A loop that adds the body up over all steps at which it exists."""
        shape = self.shape(expr)
        name, counter = self.temporary(), self.temporary()
        base = self.bases[expr.var]
        domain = self.system.domain(expr)
        self.statements.append(ast.Assign([store(name)], self.spread(Number("0"), shape)))
        before = self.running.get(expr.var), self.fixed.get(expr.var)
        self.running[expr.var] = counter
        for steps in domain:
            outer, self.statements = self.statements, []
            body = self.by_element("+", [load(name), self.emit(expr.body)], shape)
            self.statements.append(ast.Assign([store(name)], body))
            turn = call("range", constant(steps.start - base), constant(steps.stop - base))
            self.statements = [*outer, ast.For(store(counter), turn, self.statements, [])]
        del self.running[expr.var]
        if before[0] is not None:
            self.running[expr.var] = before[0]
        if expr.kind == "mean":
            share = self.literal(Fraction(1, sum(map(len, domain))))
            return self.by_element(
                "*", [load(name), self.spread_value(share, SCALAR, shape)], shape
            )
        return load(name)

    def temporary(self) -> str:
        self.temporaries += 1
        return f"v{self.temporaries}"

    def operation(self, expr: Apply) -> ast.expr:
        op, args = expr.op, expr.args
        shape = self.shape(expr)
        match op:
            case "+" | "-" | "*":
                return self.elementwise(op, args, shape)
            case "/":
                return self.mapped("divide", [self.spread(a, shape) for a in args], shape)
            case "neg":
                if shape == SCALAR:
                    return ast.UnaryOp(ast.USub(), self.emit(args[0]))
                return self.mapped("neg", [self.emit(args[0])], shape)
            case "^":
                return self.power(expr, shape)
            case "@":
                return self.product(args[0], args[1])
            case _ if op in COMPARE:
                return self.mapped(COMPARE[op], [self.spread(a, shape) for a in args], shape)
            case "max" | "min" if len(args) == 2:
                return self.mapped(op, [self.spread(a, shape) for a in args], shape)
            case "exp" | "log" | "sqrt":
                return self.mapped(op, [self.emit(args[0])], shape)
            case _ if op in PRIMITIVES or op in ("T", ",", ";"):
                return self.primitive(expr, shape)
            case _:
                self.functions[op] = None
                return self.mapped(op, [self.spread(a, shape) for a in args], shape)

    def elementwise(self, op: str, args: Sequence[Expr], shape: Shape) -> ast.expr:
        """Left to right, each partial result in its own shape: a scalar part stays a scalar."""
        value, own = self.emit(args[0]), self.shape(args[0])
        for arg in args[1:]:
            other = self.shape(arg)
            both = together(own, other)
            assert both is not None
            parts = [self.spread_value(value, own, both), self.spread(arg, both)]
            value, own = self.by_element(op, parts, both), both
        return self.spread_value(value, own, shape)

    def power(self, expr: Apply, shape: Shape) -> ast.expr:
        base, exponent = expr.args
        fixed = constant_value(exponent)
        if fixed == 2:
            once = self.temporary()
            first = ast.NamedExpr(store(once), self.emit(base))
            return self.by_element("*", [first, load(once)], shape)
        if fixed is not None and fixed.denominator == 1:
            power: ast.expr = constant(int(fixed))
        elif fixed is None and self.is_count(exponent):
            power = self.count(exponent)
        else:
            value = self.spread_value(self.emit(exponent), SCALAR, shape)
            return self.mapped("real_power", [self.emit(base), value], shape)
        return self.mapped(
            "power", [self.emit(base), self.spread_value(power, SCALAR, shape)], shape
        )

    def is_count(self, expr: Expr) -> bool:
        match expr:
            case Number():
                return expr.value.denominator == 1
            case Ref(name, None):
                return name not in self.locals and (name == "T" or name in self.system.indices)
            case Apply("+" | "-", (a, b)):
                return self.is_count(a) and self.is_count(b)
            case _:
                return False

    def product(self, a: Expr, b: Expr) -> ast.expr:
        (m, k), (_, n) = self.shape(a), self.shape(b)
        if (m, k, n) == (1, 1, 1):
            return ast.BinOp(self.emit(a), ast.Mult(), self.emit(b))
        left, right = self.as_array(a), self.as_array(b)
        value = call("f_matmul", left, right, *map(constant, (m, k, n)))
        return item(value, 0) if m * n == 1 else value

    def as_array(self, expr: Expr) -> ast.expr:
        """The value as a tuple, a scalar as a tuple of one."""
        value = self.emit(expr)
        return ast.Tuple([value], LOAD) if self.shape(expr) == SCALAR else value

    def over_windows(self, expr: Apply, shape: Shape) -> ast.expr:
        """A convolution or a pooling; a mean is a convolution with 1/n in every place."""
        op = expr.op
        arrays = expr.args[: PRIMITIVES[op].arrays]
        windows = windows_of(expr, [self.shape(a) for a in arrays])
        parts = [self.as_array(a) for a in arrays]
        if op in CONVOLUTIONS or op.startswith("avg"):
            function = "f_convolve"
            if op.startswith("avg"):
                places = windows.size.down * windows.size.along
                share = self.literal(Fraction(1, places))
                parts.append(ast.BinOp(ast.Tuple([share], LOAD), ast.Mult(), constant(places)))
        else:
            function = "f_max_pool" if op in POOLS else f"f_{op}"
        return self.whole(call(function, *parts, *map(constant, windows.flat)), shape)

    def primitive(self, expr: Apply, shape: Shape) -> ast.expr:
        op, args = expr.op, expr.args
        own = self.shape(args[0])
        sizes = [constant(int(a.value)) for a in args[1:] if isinstance(a, Number)]
        match op:
            case "T":
                if 1 in own:
                    return self.emit(args[0])
                return call("f_transpose", self.emit(args[0]), *map(constant, own))
            case ";":
                parts = [ast.Starred(self.as_array(a), LOAD) for a in args]
                return ast.Tuple(list[ast.expr](parts), LOAD)
            case ",":
                pairs = [
                    ast.Tuple([self.as_array(a), constant(self.shape(a)[1])], LOAD) for a in args
                ]
                return call("f_beside", ast.Tuple(list[ast.expr](pairs), LOAD), constant(own[0]))
            case "sum" | "mean":
                value = call("f_total", self.as_array(args[0]))
                if op == "mean":
                    return times(value, self.literal(Fraction(1, own[0] * own[1])))
                return value
            case "max" | "min":
                largest = "f_largest" if op == "max" else "f_smallest"
                return call(largest, self.as_array(args[0]))
            case "norm2":
                return call("f_norm2", self.as_array(args[0]))
            case "softmax":
                rows = 1 if own[1] == 1 else own[0]
                return self.whole(call("f_softmax", self.as_array(args[0]), constant(rows)), shape)
            case "unit" | "first_max" | "first_min":
                return self.whole(call(f"f_{op}", self.as_array(args[0])), shape)
            case "one_hot":
                return self.whole(call("f_one_hot", self.as_array(args[0]), *sizes), shape)
            case _ if op in WINDOWED:
                return self.over_windows(expr, shape)
            case "flatten" | "reshape":
                return self.whole(self.as_array(args[0]), shape)
            case "flip":
                return self.whole(call("f_flip", self.as_array(args[0])), shape)
            case "dilate":
                apart = apart_of(args[1])
                value = call(
                    "f_dilate", self.as_array(args[0]), *map(constant, (own[1], *apart, *shape))
                )
                return self.whole(value, shape)
            case "fill":
                return self.spread(args[0], shape)
            case "sum_rows":
                value = call("f_sum_rows", self.as_array(args[0]), constant(own[1]))
                return self.whole(value, shape)
            case "diag":
                return self.whole(call("f_diag", self.as_array(args[0])), shape)
            case "rows":
                first, last = (int(a.value) for a in args[1:] if isinstance(a, Number))
                bounds = ast.Slice(constant((first - 1) * own[1]), constant(last * own[1]))
                return self.whole(ast.Subscript(self.as_array(args[0]), bounds, LOAD), shape)
            case "columns":
                cut = call("f_columns", self.as_array(args[0]), constant(own[1]), *sizes)
                return self.whole(cut, shape)
            case _:
                raise AssertionError(op)

    @staticmethod
    def whole(value: ast.expr, shape: Shape) -> ast.expr:
        """A tuple of one becomes its scalar."""
        return item(value, 0) if shape == SCALAR else value
