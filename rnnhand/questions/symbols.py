"""What a node of a graph computes, in a few characters."""

from __future__ import annotations

from rnnhand.calculus.gradient import shapes_in
from rnnhand.calculus.network import BESIDE, Level, Vertex, is_step
from rnnhand.calculus.neurons import SUPERSCRIPTS
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Number, refs, walk
from rnnhand.system.model import SCALAR, System

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


def symbol(v: Vertex, system: System, level: Level) -> str:
    """What a node computes, in a few characters: σ, +, 1 −, ( )²."""
    if v.role is not None or v.op == "=":
        return ""
    functions = system.functions
    spelled = functions[v.op].notation or v.op if v.op in functions else SYMBOLS.get(v.op, v.op)
    if level is Level.QUANTITIES and v.ref is not None:
        return spelled if v.op in functions or v.op in BESIDE else ""
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
        if v.op == "^" and isinstance(b, Number) and b.text.lstrip("-").isdigit():
            return "( )" + b.text.translate(SUPERSCRIPTS)
        if v.op == "^":
            return "( )^"
        if all(is_step(r, system) for r in refs(a)):
            return f"{text(a)} {spelled.replace('×', '·')}"
        if all(is_step(r, system) for r in refs(b)) and v.op in SYMBOLS:
            return f"{spelled.replace('×', '·')} {text(b)}"
    return spelled


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
