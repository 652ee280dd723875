"""What formulas are made of on paper, and where a line may break: sums, products, brackets.

What every format spells in its own way is here told apart once.
"""

from __future__ import annotations

from rnnhand.language.printer import needs_brackets
from rnnhand.language.tree import Apply, Expr, Number, Over, Ref
from rnnhand.render.boxes import first_enclosed, formula, starts_negative
from rnnhand.render.notation import UNICODE

WIDEST_SIDE = 48
"""Columns up to which the two sides of a fraction may stand one above the other."""


def width(expr: Expr) -> int:
    """How wide a formula is, in columns of a terminal."""
    return formula(expr, UNICODE).width


def bracketed(parent: Apply, i: int) -> Expr:
    """The argument as it stands in its parent: in brackets where it needs them."""
    arg = parent.args[i]
    ranging = isinstance(arg, Over) or (isinstance(arg, Apply) and arg.op in ("Σ", "Π"))
    last = i + 1 == len(parent.args) and parent.op in ("*", "@") and isinstance(arg, Apply)
    wants = needs_brackets(parent, i) or (ranging and parent.op not in ("+", "-") and not last)
    wants = wants or (i > 0 and isinstance(arg, Apply) and arg.op == "neg" and parent.op in "*@/")
    if parent.op == "*" and isinstance(arg, Number) and not arg.text.startswith("-"):
        wants = False  # 1/2·5/4 can only be read in one way
    if isinstance(arg, Apply) and {parent.op, arg.op} == {"*", "@"}:
        wants = wants or "⊙" in (parent.spelling, arg.spelling)  # A ⊙ B·C would have two readings
    wants = wants or (isinstance(arg, Number) and "e" in arg.text and parent.op in ("^", "/"))
    return Apply("()", (arg,)) if wants else arg


def summands(expr: Expr) -> list[tuple[str, Expr]]:
    """A sum as its summands with their signs, the first without one; anything else as one."""
    if not (isinstance(expr, Apply) and expr.op in ("+", "-")):
        return [("", expr)]
    first = bracketed(expr, 0)
    found = summands(first) if first is expr.args[0] else [("", first)]
    for i, arg in enumerate(expr.args[1:], 1):
        sign = "+" if expr.op == "+" else "-"
        if expr.op == "+" and isinstance(arg, Apply) and arg.op == "neg":
            (inner,) = arg.args
            product = isinstance(inner, Apply) and inner.op in ("*", "@", "/")
            found.append(("-", inner if product else bracketed(arg, 0)))
        elif starts_negative(arg):
            found.append((sign, first_enclosed(arg)))
        else:
            found.append((sign, bracketed(expr, i)))
    return found


def factors(expr: Expr) -> list[tuple[str, Expr]]:
    """A product as its factors with the signs before them; anything else as one."""
    if not (isinstance(expr, Apply) and expr.op in ("*", "@")):
        return [("", expr)]
    sign = "⊙" if expr.spelling == "⊙" else "·"
    first = bracketed(expr, 0)
    found = factors(first) if first is expr.args[0] else [("", first)]
    return [*found, *((sign, bracketed(expr, i)) for i in range(1, len(expr.args)))]


def summed(expr: Over | Apply) -> Expr:
    """What a sum runs over, in brackets where it is itself a sum."""
    body = expr.body if isinstance(expr, Over) else expr.args[3]
    if isinstance(body, Apply) and body.op in ("+", "-"):
        return Apply("()", (body,))
    return body


def negated(expr: Apply) -> Expr:
    """What stands behind a minus sign."""
    (inner,) = expr.args
    product = isinstance(inner, Apply) and inner.op in ("*", "@", "/")
    return inner if product else bracketed(expr, 0)


def stands(expr: Apply) -> bool:
    """Whether the sides of a quotient are short enough to stand one above the other."""
    return len(expr.args) == 2 and all(width(a) <= WIDEST_SIDE for a in expr.args)


def unfraction(expr: Expr) -> Expr:
    """∂L/∂w, and 1/2, in brackets where a stroke follows or precedes."""
    stroke = isinstance(expr, Ref | Number) and "/" in (
        expr.name if isinstance(expr, Ref) else expr.text
    )
    return Apply("()", (expr,)) if stroke else expr
