"""Tree → text, the inverse of the parser: `parse_expression(text(e)) == e` for every tree `e`."""

from __future__ import annotations

from typing import assert_never

from rnnhand.language.calls import NAMED, shown_arguments
from rnnhand.language.tree import (
    COMPARISONS,
    Apply,
    At,
    Expr,
    Index,
    Last,
    Number,
    Over,
    Ref,
    Shift,
)

ATOM, POWER, UNARY, PRODUCT, SUM = 6, 5, 4, 3, 2
LEVEL = {"+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "@": PRODUCT, "neg": UNARY, "^": POWER}
SPACED = {"+", "-", "@"}


def text(expr: Expr) -> str:
    """The expression in the equation language, with the brackets it needs and no others."""
    match expr:
        case Number(literal):
            return literal
        case Ref(name, index):
            step = index_text(index)
            return name.replace("[]", step) if "[]" in name else name + step
        case Over(kind, var, body):
            return f"{kind}[{var}]({text(body)})"
        case Apply(op, args):
            return _apply(expr, op, args)
        case _:
            assert_never(expr)


def index_text(index: Index) -> str:
    match index:
        case None:
            return ""
        case At(step):
            return f"[{step}]"
        case Last(offset):
            return f"[T{_signed(offset)}]"
        case Shift(var, offset):
            return f"[{var}{_signed(offset)}]"
        case _:
            assert_never(index)


def equation_text(target: Ref, body: Expr) -> str:
    return f"{text(target)} = {text(body)}"


def level(expr: Expr) -> int:
    """How tightly the outermost operation of an expression binds."""
    match expr:
        case Number(literal):
            if literal.startswith("-"):
                return SUM
            return PRODUCT if "/" in literal else ATOM
        case Apply(op, _):
            return LEVEL.get(op, ATOM)
        case _:
            return ATOM


def needs_brackets(parent: Apply, position: int) -> bool:
    """Whether the argument at `position` must stand in brackets to be read back as it is."""
    arg = parent.args[position]
    own = level(arg)
    if isinstance(arg, Number) and arg.text.startswith("-"):
        return parent.op in LEVEL and (position > 0 or parent.op in ("^", "neg"))
    match parent.op:
        case "T":
            return own < ATOM
        case "entry":
            return position == 0 and own < ATOM
        case "neg":
            return own <= UNARY and own != POWER
        case "^":
            return own <= POWER if position == 0 else own < UNARY
        case "+" | "*":
            if isinstance(arg, Apply) and arg.op == parent.op:
                return position > 0 or arg.spelling == parent.spelling
            return own < LEVEL[parent.op] if position == 0 else own <= LEVEL[parent.op]
        case "-" | "/" | "@":
            return own < LEVEL[parent.op] if position == 0 else own <= LEVEL[parent.op]
        case _:
            return False


def _apply(expr: Apply, op: str, args: tuple[Expr, ...]) -> str:
    parts = [
        f"({text(arg)})" if needs_brackets(expr, i) else text(arg) for i, arg in enumerate(args)
    ]
    if op == "neg":
        return "-" + parts[0]
    if op == "T":
        return parts[0] + ".T"
    if op == "entry":
        return f"{parts[0]}({','.join(parts[1:])})"
    if op in COMPARISONS:
        return f"[{parts[0]} {op} {parts[1]}]"
    if op == ",":
        return f"[{', '.join(parts)}]"
    if op == ";":
        return f"[{'; '.join(_row(arg) for arg in args)}]"
    if op in LEVEL:
        sign = expr.spelling or op
        return (f" {sign} " if op in SPACED or sign in "⊙∘" else sign).join(parts)
    if op == NAMED:
        return f"{parts[0]}={parts[1]}"
    return f"{expr.spelling or op}({', '.join(text(arg) for arg in shown_arguments(expr))})"


def _row(arg: Expr) -> str:
    if isinstance(arg, Apply) and arg.op == ",":
        return ", ".join(text(item) for item in arg.args)
    return text(arg)


def _signed(offset: int) -> str:
    return f"{offset:+d}" if offset else ""
