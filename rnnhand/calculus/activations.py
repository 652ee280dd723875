"""Pre-activations get names of their own, because δ = dL/da is what people write."""

from __future__ import annotations

from dataclasses import replace

from rnnhand.language.operations import Functions
from rnnhand.language.tree import Apply, Expr, Over, Ref, children, rewrite, with_children
from rnnhand.system.model import Equation, Quantity, System, Term
from rnnhand.system.shapes import lookup, shape_of


def with_preactivations(system: System) -> System:
    """h[t] = relu(w*h[t-1] + …) becomes a[t] = w*h[t-1] + …, h[t] = relu(a[t]).

    An argument that is a name already stays. A system with a single activation calls its argument
    `a`; otherwise the argument of the one in the equation of f is `a_f`. Names that are taken get
    a prime.
    """
    found = [(e, node) for e in system.equations for node in _bare(e.body, system.functions)]
    taken = {q.name for q in (*system.made_by, *system.given)} | {"T", *system.indices}
    names: dict[tuple[str, str, int], str] = {}
    shapes = dict(system.shapes)
    equations: list[Equation] = []
    alone = len({system.quantity(e.target) for e, _ in found}) == 1 == len(found)
    for equation in system.equations:
        q = system.quantity(equation.target)
        mine = [node for e, node in found if e is equation]
        body: Expr = equation.body
        for i, node in enumerate(mine):
            name = names.get((q.name, q.over, i)) or _fresh("a" if alone else f"a_{q.name}", taken)
            names[q.name, q.over, i] = name
            taken.add(name)
            argument = node.args[0]
            target = Ref(name, equation.target.index, node.span)
            made = Quantity(name, q.over)
            shape = shape_of(argument, lookup(system, system.shapes))
            assert shape is not None
            shapes[made] = shape
            terms = (Term(argument, equation.steps),)
            equations.append(Equation(target, terms, equation.steps, node.span))
            body = _replaced(body, node, replace(node, args=(target, *node.args[1:])))
        equations.append(replace(equation, terms=(Term(body, equation.steps),)))
    return replace(system, equations=tuple(equations), shapes=shapes)


def without_identities(system: System) -> System:
    """y[t] = identity(u*h[t]) becomes y[t] = u*h[t]: the identity is no function that is drawn."""

    def argument(expr: Expr) -> Expr:
        match expr:
            case Apply(op, (arg,)) if op in system.functions:
                f = system.functions[op]
                return arg if [f.value] == [Ref(p) for p in f.parameters] else expr
            case _:
                return expr

    equations = (
        replace(e, terms=tuple(replace(t, body=rewrite(t.body, argument)) for t in e.terms))
        for e in system.equations
    )
    return replace(system, equations=tuple(equations))


def _bare(expr: Expr, functions: Functions) -> list[Apply]:
    """The activations whose argument has no name, outermost first; none inside a sum over t."""
    if isinstance(expr, Over):
        return []
    if isinstance(expr, Apply) and is_activation(expr, functions) and not _named(expr.args[0]):
        return [expr]
    return [node for child in children(expr) for node in _bare(child, functions)]


def is_activation(expr: Apply, functions: Functions) -> bool:
    return expr.op == "softmax" or (expr.op in functions and functions[expr.op].activation)


def _named(expr: Expr) -> bool:
    """Whether an expression is a name already."""
    return isinstance(expr, Ref)


def _fresh(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "'"
    return name


def _replaced(expr: Expr, old: Apply, new: Apply) -> Expr:
    if expr is old:
        return new
    return with_children(expr, tuple(_replaced(c, old, new) for c in children(expr)))
