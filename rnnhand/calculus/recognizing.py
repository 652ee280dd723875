"""Functions that are written out, by name: max(x, 0) as ReLU(x), 1/(1 + exp(-x)) as σ(x), x·σ(x)
as swish(x); and back, a function that is a product as that product."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from rnnhand.calculus.patterns import matches
from rnnhand.language.operations import Function, Functions
from rnnhand.language.tree import Apply, Expr, Ref, rewrite, substitute, walk


def recognized(expr: Expr, functions: Functions) -> Expr:
    known = _written_out(functions)

    def put(node: Expr) -> Expr:
        function = _named(node, known)
        return node if function is None else Apply(function[0].name, (function[1],))

    return rewrite(expr, put)


def recognized_in(expr: Expr, functions: Functions) -> Iterator[Function]:
    """The functions that are written out in an expression."""
    known, found = _written_out(functions), list[Function]()

    def put(node: Expr) -> Expr:
        function = _named(node, known)
        if function is None:
            return node
        found.append(function[0])
        return Apply(function[0].name, (function[1],))

    rewrite(expr, put)
    return iter(found)


def _named(node: Expr, known: Sequence[Function]) -> tuple[Function, Expr] | None:
    """The function that an expression is, and of what."""
    for function in known if isinstance(node, Apply) else ():
        (x,) = function.parameters
        for bound in matches(function.value, node, {}, {x}, lambda _, __: True):
            return function, bound[x]
    return None


def _written_out(functions: Functions) -> list[Function]:
    activations = [f for f in functions.values() if f.activation and len(f.parameters) == 1]
    return [f for f in activations if _is_plain(f, functions) or is_product(f)]


def _is_plain(function: Function, functions: Functions) -> bool:
    """Whether an activation is written without other functions."""
    ops = [node.op for node in walk(function.value) if isinstance(node, Apply)]
    return bool(ops) and not any(op in functions for op in ops)


def is_product(function: Function) -> bool:
    """Whether a function is x times another one of x, as x·σ(x)."""
    match function.value:
        case Apply("*", (x, Apply(_, (_,)))):
            return x == Ref(function.parameters[0])
        case _:
            return False


def multiplied_out(expr: Expr, functions: Functions, but: Collection[str]) -> Expr:
    """Functions that are products, written so, `but` some."""

    def put(node: Expr) -> Expr:
        match node:
            case Apply(op, (x,)) if op in functions and op not in but:
                known = functions[op]
                product = len(known.parameters) == 1 and is_product(known)
                return substitute(known.value, {known.parameters[0]: x}) if product else node
            case _:
                return node

    return rewrite(expr, put)
