"""The identities that a reduction rests on: functions that are read as others, and σ(−x) = 1 − σ(x)
where parameters change their sign."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from rnnhand.calculus.limits import known_facts
from rnnhand.calculus.offsets import offsets_in
from rnnhand.calculus.recognizing import is_product, recognized, recognized_in
from rnnhand.calculus.simplify import Facts, number
from rnnhand.language.operations import Function, Functions
from rnnhand.language.tree import Apply, Expr, Ref, refs, substitute, walk
from rnnhand.problem.model import Cell
from rnnhand.questions.reduce.reduce import Answer, Reduced
from rnnhand.system.build import resolved
from rnnhand.system.model import SCALAR

Law: TypeAlias = tuple[Expr, Expr]
"""Two formulas in x that are the same."""

X = Ref("x")


def identities(result: Reduced, answer: Answer, functions: Functions) -> tuple[Law, ...]:
    """Each once: those by which the cells are read, and those that change a sign."""
    known = [*_read_by(result.source, functions), *_read_by(result.target, functions)]
    known += _written_as_products(result, functions)
    return tuple(dict.fromkeys([*known, *_mirrors(answer)]))


def _read_by(cell: Cell, functions: Functions) -> Iterator[Law]:
    """max(x, 0) = ReLU(x), 2·σ(x) − 1 = tanh(x/2), as a cell needs them."""
    open_ones = {f: Function(f, ("x",), Ref("x")) for f in cell.functions}
    facts = known_facts(lambda expr: SCALAR, functions)
    for statement in cell.statements:
        body = resolved(statement.body, {**functions, **open_ones}, [])
        yield from map(_of_function, recognized_in(body, functions))
        yield from offsets_in(recognized(body, functions), facts, X)


def _of_function(function: Function) -> Law:
    return substitute(function.value, {function.parameters[0]: X}), Apply(function.name, (X,))


def _written_as_products(result: Reduced, functions: Functions) -> Iterator[Law]:
    """swish(x) = x·σ(x), where the goal has that function and the first cell only the product."""
    mine, theirs = (_used(cell, functions) for cell in (result.source, result.target))
    for name in sorted(theirs - mine):
        if len(functions[name].parameters) == 1 and is_product(functions[name]):
            product, applied = _of_function(functions[name])
            yield applied, product


def _used(cell: Cell, functions: Functions) -> set[str]:
    open_ones = {f: Function(f, ("x",), Ref("x")) for f in cell.functions}
    bodies = [
        recognized(resolved(s.body, {**functions, **open_ones}, []), functions)
        for s in cell.statements
    ]
    nodes = (n for body in bodies for n in walk(body) if isinstance(n, Apply))
    return {n.op for n in nodes if n.op in functions}


def _mirrors(answer: Answer) -> Iterator[Law]:
    """σ(−x) = 1 − σ(x), where parameters change their sign."""
    meeting = answer.reduction.meeting
    facts: Facts = meeting.facts
    turned = {
        r.name for a, b in answer.becomes if isinstance(b, Apply) and b.op == "neg" for r in refs(a)
    }
    inside = {
        node.op
        for _, body in answer.after
        for node in walk(body)
        if isinstance(node, Apply) and any(r.name in turned for r in refs(node))
    }
    for op in sorted(inside & set(meeting.source.functions.values())):
        symmetry = facts.symmetry(op)
        if symmetry is not None and symmetry.total:
            left = Apply(op, (Apply("neg", (X,)),))
            yield left, Apply("-", (number(symmetry.total), Apply(op, (X,))))
