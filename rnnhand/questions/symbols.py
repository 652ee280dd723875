"""What a node of a graph computes, in a few characters."""

from __future__ import annotations

from rnnhand.calculus.gradient import shapes_in
from rnnhand.calculus.network import BESIDE, REST, UNREAD, Level, Vertex, is_step
from rnnhand.calculus.neurons import SUPERSCRIPTS
from rnnhand.language.operations import PRIMITIVES, hyphened
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Over, refs, walk
from rnnhand.questions.joints import joint
from rnnhand.system.model import SCALAR, Role, System
from rnnhand.system.windows import WINDOWED

SYMBOLS = {
    "+": "+",
    "-": "−",
    "neg": "−",
    "*": "×",
    "@": "×",
    "/": "÷",
    "sum": "Σ",
    "T": "ᵀ",
    "mean": "Σ/n",
    ";": "[ ; ]",
    ",": "[ , ]",
    "log": "ln",
    "sqrt": "√",
    "norm2": "‖ ‖",
    ">=": "≥",
    "<=": "≤",
    "!=": "≠",
    "==": "=",
}

STACKS = (SYMBOLS[";"], SYMBOLS[","])
"""What nodes show that put others together."""


def symbol(v: Vertex, system: System, level: Level) -> str:
    """What a node computes, in a few characters: σ, +, 1 −, ( )²."""
    if v.role is None and v.op == "=" and isinstance(v.expr, Number):
        return f"= {_constant(v.expr)}"
    if v.role is not None or v.op in ("=", UNREAD, REST):
        return ""
    functions = system.functions
    spelled = SYMBOLS.get(v.op, hyphened(v.op) if v.op in PRIMITIVES else v.op)
    if v.op in functions:
        spelled = functions[v.op].notation or v.op
    if level is Level.QUANTITIES and v.ref is not None:
        if (added := _added_up(v.expr, system)) is not None:
            return spelled.replace("Σ", f"Σ{_inside(added, system)}")
        alone = v.op in functions or v.op in BESIDE or v.op in WINDOWED
        return spelled if alone else joint(v.expr, system)
    if v.weighted and v.op not in functions and v.op not in BESIDE:
        return "Σ"
    expr = v.expr
    shape = shapes_in(system)
    if v.op == "*" and isinstance(expr, Apply):
        arrays = sum(shape(a) != SCALAR for a in expr.args)
        of_one = arrays == 0 and level is not Level.OPERATIONS and has_entrywise(system)
        spelled = "⊙" if arrays > 1 or of_one else spelled
    if isinstance(expr, Apply) and len(expr.args) == 2:
        a, b = expr.args
        has_sign = v.op in SYMBOLS
        if v.op == "^" and isinstance(b, Number) and b.text.lstrip("-").isdigit():
            return "( )" + b.text.translate(SUPERSCRIPTS)
        if v.op == "^":
            return "( )^"
        if all(is_step(r, system) for r in refs(a)):
            known = _constant(a)
            return f"{known} {spelled.replace('×', '·')}" if has_sign else f"{spelled}({known}, ·)"
        if all(is_step(r, system) for r in refs(b)):
            known = _constant(b)
            return f"{spelled.replace('×', '·')} {known}" if has_sign else f"{spelled}(·, {known})"
    return spelled


def is_mean(sign: str) -> bool:
    """Whether a node's sign is that of a mean: Σ/n, Σ( )²/n."""
    return sign.startswith("Σ") and sign.endswith("/n")


def _constant(expr: Expr) -> str:
    return text(expr).replace("-", "−").replace("*", "·")


def _added_up(expr: Expr, system: System) -> Expr | None:
    """What an expression is the sum or the mean of, if it is that of several others: two losses
    that differ in nothing else shall not look alike."""
    match expr:
        case Over(_, _, body):
            return body
        case Apply("sum" | "mean", (arg,)) if shapes_in(system)(arg) != SCALAR:
            return arg
        case _:
            return None


def _inside(summand: Expr, system: System) -> str:
    """What stands behind Σ where the arrows are not the summands: ( )² of Σ (y − d)²."""
    match summand:
        case Apply("^", (_, Number() as power)) if power.text.isdigit():
            return f"( ){power.text.translate(SUPERSCRIPTS)}"
        case Apply("+" | "-" | "neg", args):
            inner = {_inside(a, system) for a in args}
            return "" if inner == {""} else "( )"
        case Apply():
            given = {g.quantity.name for g in system.with_role(Role.PARAMETER)}
            varying = [r for r in refs(summand) if r.name not in given]
            return "" if len(varying) <= 1 and summand.op in ("*", "@", "/") else "( )"
        case _:
            return ""


def has_entrywise(system: System) -> bool:
    """Whether arrays are multiplied entry by entry; the same product in a layer of one neuron then
    has the same sign."""
    shape = shapes_in(system)
    return any(
        isinstance(node, Apply)
        and node.op == "*"
        and sum(shape(a) != SCALAR for a in node.args) > 1
        for e in system.equations
        for node in walk(e.body)
    )
