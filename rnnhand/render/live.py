"""The lines that a page works out again, as plain data: ["+", "w", ["/", 1, 2]]."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any, assert_never

from rnnhand.document.blocks import Live
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Over, Ref
from rnnhand.render.mathml import formula


def as_json(live: Live) -> str:
    """The given values with their formulas, the lines, and the functions; no markup can end it."""
    content = {
        "given": [[text(ref), tree(value), formula(ref)] for ref, value in live.given],
        "lines": [[text(name), tree(body)] for name, body in live.lines],
        "functions": {f.name: [f.parameters, tree(f.value)] for f in live.functions},
    }
    return json.dumps(content, ensure_ascii=False).replace("<", "\\u003c")


def tree(expr: Expr) -> Any:
    """A name as a string, a number as a number, an operation as a list."""
    match expr:
        case Number():
            return _float(expr.value)
        case Ref():
            return text(expr)
        case Apply(op, args):
            return [op, *(tree(arg) for arg in args)]
        case Over():
            raise ValueError("lines have no sums over steps left")
        case _:
            assert_never(expr)


def _float(value: Fraction) -> Any:
    """The nearest floating point number; JSON has no infinity, but e^10000 is one."""
    try:
        return value.numerator / value.denominator
    except OverflowError:
        return ["exp", 10_000] if value > 0 else ["neg", ["exp", 10_000]]
