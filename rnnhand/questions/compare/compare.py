"""What differs between two cells: sequences, terms, parameters, counts, and which becomes which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rnnhand.calculus.limits import scalar_facts
from rnnhand.calculus.simplify import normal
from rnnhand.calculus.views import summands, total, without_divisions
from rnnhand.errors import Span
from rnnhand.language.operations import Functions
from rnnhand.language.parser import Statement
from rnnhand.language.printer import text
from rnnhand.language.tree import (
    Apply,
    Expr,
    Ref,
    Shift,
    children,
    refs,
    rewrite,
)
from rnnhand.problem.cells import in_layer
from rnnhand.problem.model import Cell
from rnnhand.questions.count import in_sizes, layer_part
from rnnhand.questions.reduce.meeting import equations_of
from rnnhand.questions.reduce.reduce import Reduced, reduce

PLACES = 40_000
"""Places that each of the two searches for a reduction looks at here: enough for a cell with
peepholes and functions to choose to become the simple one."""


@dataclass(frozen=True)
class Difference:
    """One sequence that both cells have, with the summands that only one of them has."""

    name: Expr
    bodies: tuple[Expr, Expr]
    only: tuple[tuple[Expr, ...], tuple[Expr, ...]]


@dataclass(frozen=True)
class Comparison:
    """`only` holds, for each cell, the equations of sequences that the other lacks, and `extra`
    the parameters that have no counterpart there in equations built alike."""

    cells: tuple[Cell, Cell]
    same: tuple[Expr, ...]
    different: tuple[Difference, ...]
    only: tuple[tuple[Statement, ...], tuple[Statement, ...]]
    extra: tuple[tuple[str, ...], tuple[str, ...]]
    states: tuple[tuple[str, ...], tuple[str, ...]]
    formulas: tuple[Expr, Expr]
    surplus: Expr
    """How many parameters the second has more than the first, as a formula."""
    reductions: tuple[Reduced, Reduced]


def compare(one: Cell, other: Cell, functions: Functions) -> Comparison:
    bodies = [dict(equations_of(c, functions).bodies) for c in (one, other)]
    bodies[1] = {q: reading(b, other.input, one.input) for q, b in bodies[1].items()}
    same, different = [], []
    for q in bodies[0]:
        if q in bodies[1]:
            name = Ref(q, Shift("t"))
            blank = [_anonymous(b[q], c) for b, c in zip(bodies, (one, other), strict=True)]
            if _alike(*blank):
                same.append(name)
            else:
                only = _only(bodies[0][q], bodies[1][q], one, other)
                different.append(Difference(name, (bodies[0][q], bodies[1][q]), only))
    lone = tuple(
        tuple(s for s in c.statements if s.target.name not in there)
        for c, there in zip((one, other), reversed(bodies), strict=True)
    )
    alike = {
        text(d.name).partition("[")[0] for d in different if any(d.only) or _alone(d, (one, other))
    }
    signs = [
        _signatures(c, {q: e for q, e in b.items() if q in alike})
        for c, b in zip((one, other), bodies, strict=True)
    ]
    unmatched = [
        [(pattern(c, name), name) for name in _unmatched(mine, theirs)]
        for c, mine, theirs in zip((one, other), signs, reversed(signs), strict=True)
    ]
    # The same matrix at another place, U·(r ⊙ h) for U·(f ⊙ h), is no other parameter.
    extra = [
        tuple(name for shape, name in mine if (shape, name) not in theirs)
        for mine, theirs in (unmatched, reversed(unmatched))
    ]
    formulas = [_formula(c) for c in (one, other)]
    surplus = normal(Apply("-", (formulas[1], formulas[0])), scalar_facts(functions))
    return Comparison(
        (one, other),
        tuple(same),
        tuple(different),
        (lone[0], lone[1]),
        (extra[0], extra[1]),
        (_states(one), _states(other)),
        (formulas[0], formulas[1]),
        surplus,
        (reduce(one, other, functions, "", PLACES), reduce(other, one, functions, "", PLACES)),
    )


def _alone(difference: Difference, cells: tuple[Cell, Cell]) -> bool:
    """Whether only one of the two equations of a sequence has parameters: i = 1 - f has none."""
    names = [
        {r.name for r in refs(body)} & cell.parameters.keys()
        for body, cell in zip(difference.bodies, cells, strict=True)
    ]
    return bool(names[0]) != bool(names[1])


def reading(body: Expr, name: str, new: str) -> Expr:
    def put(node: Expr) -> Expr:
        reads = isinstance(node, Ref) and node.name == name
        return replace(node, name=new) if reads and isinstance(node, Ref) else node

    return rewrite(body, put)


def _anonymous(body: Expr, cell: Cell) -> Expr:
    """The body with parameters known by their shape only, open functions by what they stand for."""

    def put(node: Expr) -> Expr:
        if isinstance(node, Ref) and node.name in cell.parameters:
            return Ref(f"[{pattern(cell, node.name)}]")
        if isinstance(node, Apply):
            return replace(node, op=cell.functions.get(node.op, node.op), spelling="")
        return node

    return rewrite(body, put)


def pattern(cell: Cell, parameter: str) -> str:
    return " × ".join(text(size) for size in cell.parameters[parameter]) or "1"


def _alike(a: Expr, b: Expr) -> bool:
    """Whether two bodies are the same but for the order of summands and factors; x/2 is 1/2·x."""
    return _ordered(without_divisions(a)) == _ordered(without_divisions(b))


def _ordered(expr: Expr) -> str:
    """A spelling that does not depend on the order in sums and products."""
    if isinstance(expr, Apply) and expr.op in ("+", "-", "neg"):
        terms = sorted(f"{c} {_inner(e)}" for c, e in summands(expr))
        return f"({' + '.join(terms)})"
    return _inner(expr)


def _inner(expr: Expr) -> str:
    if not isinstance(expr, Apply):
        return text(expr)
    parts = [_ordered(a) for a in expr.args]
    return f"{expr.op}({', '.join(sorted(parts) if expr.op == '*' else parts)})"


def _only(a: Expr, b: Expr, one: Cell, other: Cell) -> tuple[tuple[Expr, ...], tuple[Expr, ...]]:
    """The summands that only one body has, inside the same function if there is one around both;
    none where the bodies are not built alike."""
    first, second = _anonymous(a, one), _anonymous(b, other)
    while isinstance(first, Apply) and isinstance(second, Apply):
        if first.op != second.op or first.op in ("+", "-", "*") or len(first.args) != 1:
            break
        first, second = first.args[0], second.args[0]
        assert isinstance(a, Apply) and isinstance(b, Apply)
        a, b = a.args[0], b.args[0]
    if not all(isinstance(e, Apply) and e.op in ("+", "-") for e in (a, b)):
        return (), ()
    mine = [(_ordered(total([(c, _anonymous(e, one))])), total([(c, e)])) for c, e in summands(a)]
    theirs = [
        (_ordered(total([(c, _anonymous(e, other))])), total([(c, e)])) for c, e in summands(b)
    ]
    return _without(mine, theirs), _without(theirs, mine)


def _without(
    mine: Sequence[tuple[str, Expr]], theirs: Sequence[tuple[str, Expr]]
) -> tuple[Expr, ...]:
    left = Counter(key for key, _ in theirs)
    found = []
    for key, expr in mine:
        if left[key]:
            left[key] -= 1
        else:
            found.append(expr)
    return tuple(found)


def _signatures(cell: Cell, bodies: Mapping[str, Expr]) -> list[tuple[str, str]]:
    """Each parameter with where it stands: the sequence, its shape, what it is applied to."""
    found: dict[str, str] = {}

    def walk(q: str, node: Expr) -> None:
        for child in children(node):
            name = child.name if isinstance(child, Ref) else ""
            if name in cell.parameters and isinstance(node, Apply):
                beside = [text(a) for a in node.args if a is not child]
                to = beside[0] if node.op in ("@", "*") and beside else "+"
                found.setdefault(name, f"{q} {pattern(cell, name)} {node.op} {to}")
            walk(q, child)

    for q, body in bodies.items():
        walk(q, Apply("=", (body,)))
    return [(found[name], name) for name in cell.parameters if name in found]


def _unmatched(mine: Sequence[tuple[str, str]], theirs: Sequence[tuple[str, str]]) -> Iterator[str]:
    left = Counter(key for key, _ in theirs)
    for key, name in mine:
        if left[key]:
            left[key] -= 1
        else:
            yield name


def _states(cell: Cell) -> tuple[str, ...]:
    made = {s.target.name for s in cell.statements}
    return tuple(
        dict.fromkeys(
            r.name
            for s in cell.statements
            for r in refs(s.body)
            if isinstance(r.index, Shift) and r.index.offset and r.name in made
        )
    )


def _formula(cell: Cell) -> Expr:
    layer = in_layer(cell, Span(1, 1), dict.fromkeys(cell.sizes, 1))
    return in_sizes(layer_part(layer, None))
