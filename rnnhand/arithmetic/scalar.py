"""One formula in scalars, worked out node by node under any arithmetic.

Where a formula is worked out at many steps it is compiled (`program`); this is for formulas that
stand alone: a function of one variable, a density, a rate.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, assert_never

from flint import arb

from rnnhand.arithmetic.ball import BALLS, ball, precision
from rnnhand.arithmetic.base import Arithmetic, Fault, Scalar
from rnnhand.language.operations import Functions
from rnnhand.language.tree import COMPARISONS, Apply, Expr, Number, Over, Ref, walk

NAMES = {">": "gt", "<": "lt", ">=": "ge", "<=": "le", "==": "eq", "!=": "ne"}
SCALARS = {"+", "-", "neg", "*", "/", "^", "exp", "log", "sqrt", "max", "min", *COMPARISONS}


def value(
    expr: Expr, names: Mapping[str, Scalar], arithmetic: Arithmetic, functions: Functions
) -> Scalar:
    """The value of an expression whose names have the given ones."""
    match expr:
        case Number():
            return arithmetic.number(expr.value)
        case Ref(name, None) if name in names:
            return names[name]
        case Apply(_, args):
            return _applied(
                expr, [value(a, names, arithmetic, functions) for a in args], arithmetic, functions
            )
        case Ref() | Over():
            raise Fault("no-closed-form", found=expr)
        case _:
            assert_never(expr)


def in_balls(expr: Expr, point: Mapping[str, Scalar], bits: int) -> arb | None:
    """The value in a ball; None where there is none. The point holds fractions or balls."""
    try:
        with precision(bits):
            names = {k: ball(x) if isinstance(x, Fraction) else x for k, x in point.items()}
            return arb(value(expr, names, BALLS, {}))
    except Fault:
        return None


def _applied(
    node: Apply, parts: list[Scalar], arithmetic: Arithmetic, functions: Functions
) -> Scalar:
    op = node.op
    match op:
        case "+":
            return _folded(parts, lambda a, b: a + b)
        case "-":
            return parts[0] - parts[1]
        case "neg":
            return -parts[0]
        case "*":
            return _folded(parts, lambda a, b: a * b)
        case "/":
            return arithmetic.divide(parts[0], parts[1])
        case "^":
            return _power(node.args[1], parts[0], parts[1], arithmetic)
        case "max" | "min" if len(parts) == 2:
            return _chosen(op, parts[0], parts[1], arithmetic)
        case "max" | "min":
            return parts[0]
        case _ if op in COMPARISONS:
            return _indicator(op, parts[0], parts[1], arithmetic)
        case _ if op in arithmetic.functions:
            return arithmetic.functions[op](*parts)
        case _ if op in functions and not functions[op].open:
            f = functions[op]
            return value(
                f.value, dict(zip(f.parameters, parts, strict=True)), arithmetic, functions
            )
        case _:
            raise Fault("no-closed-form", found=op)


def _folded(parts: list[Scalar], join: Any) -> Scalar:
    found = parts[0]
    for part in parts[1:]:
        found = join(found, part)
    return found


def _power(written: Expr, x: Scalar, y: Scalar, arithmetic: Arithmetic) -> Scalar:
    n = whole(written)
    return arithmetic.real_power(x, y) if n is None else arithmetic.power(x, n)


def whole(expr: Expr) -> int | None:
    """The whole number that an exponent is, if it is one."""
    if isinstance(expr, Apply) and expr.op == "neg":
        n = whole(expr.args[0])
        return None if n is None else -n
    if isinstance(expr, Number) and expr.value.denominator == 1:
        return int(expr.value)
    return None


def _chosen(op: str, a: Scalar, b: Scalar, arithmetic: Arithmetic) -> Scalar:
    own = arithmetic.larger if op == "max" else arithmetic.smaller
    if own is not None:
        return own(a, b)
    first = arithmetic.less(a, b)
    return b if first == (op == "max") else a


def _indicator(op: str, a: Scalar, b: Scalar, arithmetic: Arithmetic) -> Scalar:
    name = NAMES[op]
    if name in arithmetic.indicator:
        return arithmetic.indicator[name](a, b)
    less, equal = arithmetic.less, arithmetic.equal
    holds = {
        ">": lambda: less(b, a),
        "<": lambda: less(a, b),
        ">=": lambda: not less(a, b),
        "<=": lambda: not less(b, a),
        "==": lambda: equal(a, b),
        "!=": lambda: not equal(a, b),
    }[op]()
    return arithmetic.number(Fraction(int(holds)))


def strange(expr: Expr, functions: Functions) -> Expr | None:
    """The first node that is no operation on scalars, or has an index."""
    for node in walk(expr):
        if isinstance(node, Over) or (isinstance(node, Ref) and node.index is not None):
            return node
        if isinstance(node, Apply) and node.op not in SCALARS and node.op not in functions:
            return node
        if isinstance(node, Apply) and node.op in ("max", "min") and len(node.args) != 2:
            return node
    return None
