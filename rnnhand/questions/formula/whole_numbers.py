"""Whole numbers that a formula is built with: ends of ranges, exponents, places of entries."""

from __future__ import annotations

from collections.abc import Mapping

from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref, refs


def constant(expr: Expr) -> Number | None:
    """The number that 3 - 1 is; None for what is one already, or is none."""
    if isinstance(expr, Number) or any(True for _ in refs(expr)):
        return None
    try:
        return Number(str(added(expr, {})))
    except KeyError:
        return None


def added(expr: Expr, values: Mapping[str, int]) -> int:
    """A sum of whole numbers and names that have a value; `KeyError` for anything else."""
    match expr:
        case Number() if expr.value.denominator == 1:
            return int(expr.value)
        case Ref(name, None):
            return values[name]
        case Apply("+" | "-" as sign, (first, *rest)):
            turn = 1 if sign == "+" else -1
            return added(first, values) + turn * sum(added(r, values) for r in rest)
        case Apply("neg", (inner,)):
            return -added(inner, values)
        case _:
            raise KeyError(text(expr))
