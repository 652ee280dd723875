"""Two cells → systems of definite sizes that can be compared: inputs and outputs of one size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import product
from typing import TypeAlias

from rnnhand.calculus.collecting import collected
from rnnhand.calculus.limits import known_facts
from rnnhand.calculus.offsets import without_offsets
from rnnhand.calculus.recognizing import multiplied_out, recognized
from rnnhand.calculus.reduction import EQUAL, ONE, Meeting
from rnnhand.calculus.rules import ShapeOf
from rnnhand.calculus.sides import SOURCE, Equations, as_source, as_target
from rnnhand.errors import Diagnostic, Failure, failure
from rnnhand.language.operations import Function, Functions
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Ref, Shift, rewrite, walk
from rnnhand.problem.cells import size_value
from rnnhand.problem.ends import input_size, output_size
from rnnhand.problem.model import Cell
from rnnhand.system.build import resolved
from rnnhand.system.model import SCALAR, Shape
from rnnhand.system.shapes import shape_of

MOST_MEETINGS = 40


def equations_of(cell: Cell, functions: Functions) -> Equations:
    """A cell's equations. Raises `Failure` where the cell has others than q[t] = …"""
    open_ones = {f: Function(f, ("x",), Ref("x")) for f in cell.functions}
    facts = known_facts(lambda expr: SCALAR, functions)
    wrong: list[Diagnostic] = []
    bodies: dict[str, Expr] = {}
    for statement in cell.statements:
        index = statement.target.index
        if index is not None and not (isinstance(index, Shift) and index.offset == 0):
            continue  # an equation of a single step, such as h[0] = …, says how the cell starts
        body = resolved(statement.body, {**functions, **open_ones}, wrong)
        body = without_offsets(recognized(body, functions), facts)
        bodies[statement.target.name] = collected(body)
    if wrong:
        raise Failure(wrong)
    if cell.output not in bodies:
        raise failure("cell-output", None, name=cell.output, known=", ".join(bodies))
    bodies = with_gates(bodies, set(cell.parameters) | {cell.input}, functions)
    return Equations(
        bodies, frozenset(cell.parameters), cell.input, cell.output, dict(cell.functions)
    )


def with_gates(bodies: dict[str, Expr], taken: set[str], functions: Functions) -> dict[str, Expr]:
    """Gates that stand inside an equation get names, g, g', …: only what has one can be fixed.

    A gate is an application of a function that lies between 0 and 1.
    """
    facts = known_facts(lambda expr: SCALAR, functions)
    found: dict[str, Expr] = {}

    def put(body: Expr, node: Expr) -> Expr:
        if not isinstance(node, Apply) or node == body or len(node.args) != 1:
            return node
        if {facts.limit(node.op, sign) for sign in (1, -1)} != {0, 1}:
            return node
        name = next((known for known, e in found.items() if e == node), "g")
        while name in bodies or name in taken or found.get(name, node) != node:
            name += "'"
        found[name] = node
        return Ref(name, Shift("t"))

    named = {q: rewrite(body, partial(put, body)) for q, body in bodies.items()}
    return {**found, **named}


def meetings(source: Cell, target: Cell, functions: Functions) -> list[Meeting]:
    """Every choice of sizes that comes into question: the target's first all different, then with
    some of them 1, which may make up for what matrices cannot do."""
    found = []
    ours, others = equations_of(source, functions), equations_of(target, functions)
    # x·σ(x) may come of a product that the first cell has, with its own weights twice.
    used = {n.op for body in ours.bodies.values() for n in walk(body) if isinstance(n, Apply)}
    written = {q: multiplied_out(body, functions, used) for q, body in others.bodies.items()}
    others = replace(others, bodies=written)
    for restricted, theirs in _target_sizes(target, others):
        for mine in _source_sizes(source, target, theirs, ours, others):
            cells = (source, ours, mine), (target, others, theirs)
            found.append(_meeting(*cells, functions, restricted))
            if len(found) >= MOST_MEETINGS:
                return found
    return found


def _target_sizes(target: Cell, equations: Equations) -> Iterator[tuple[int, dict[str, int]]]:
    free, (enters, leaves) = _all_different(target), end_sizes(target, equations)
    yield 0, free
    if enters and leaves and enters not in target.equal:
        yield EQUAL, {**free, enters: free[leaves]}
    if leaves:
        yield ONE, {**free, leaves: 1, **dict.fromkeys(target.equal, 1)}
    if set(free) - {leaves, *target.equal}:
        yield ONE, dict.fromkeys(free, 1)


def _all_different(cell: Cell) -> dict[str, int]:
    return {name: 2 if name in cell.equal else n for n, name in enumerate(cell.sizes, 3)}


def end_sizes(cell: Cell, equations: Equations) -> tuple[str, str]:
    """The names of the sizes of input and output, which may bear others than these; "" where a
    size has none."""
    free = _all_different(cell)
    ends = (rows for rows, _ in _ends(cell, equations, free))
    enters, leaves = (next((name for name, n in free.items() if n == rows), "") for rows in ends)
    return enters, leaves


def _source_sizes(
    source: Cell, target: Cell, theirs: Mapping[str, int], ours: Equations, others: Equations
) -> Iterator[dict[str, int]]:
    """Sizes of the source that give input and output the target's sizes; those inside are tried
    with the size of the same name first."""
    values = list(dict.fromkeys(theirs.values())) or [1]
    choices = []
    for name in source.sizes:
        own = [theirs[name]] if name in theirs else []
        choices.append(list(dict.fromkeys([*own, *values])))
    wanted = _ends(target, others, theirs)
    for combination in product(*choices):
        mine = dict(zip(source.sizes, combination, strict=True))
        if len({mine[s] for s in source.equal}) <= 1 and _ends(source, ours, mine) == wanted:
            yield mine


def _ends(cell: Cell, equations: Equations, sizes: Mapping[str, int]) -> tuple[Shape, Shape]:
    """The shapes of input and output."""
    shape = shapes({"": (cell, equations, sizes)})
    return shape(Ref(cell.input)), shape(Ref(cell.output))


Sized: TypeAlias = tuple[Cell, Equations, dict[str, int]]
"""A cell with its equations and definite sizes."""


def _meeting(mine: Sized, theirs: Sized, functions: Functions, restricted: int) -> Meeting:
    shape = shapes({SOURCE: mine, "": theirs})
    return Meeting(
        as_source(mine[1], functions, shape),
        as_target(theirs[1], functions, shape),
        known_facts(shape, functions),
        (mine[2], theirs[2]),
        restricted,
    )


def shapes(cells: Mapping[str, tuple[Cell, Equations, Mapping[str, int]]]) -> ShapeOf:
    """The shape of any expression over some cells, whose names begin with what is before them."""
    table: dict[str, Shape] = {"∞": SCALAR}
    for prefix, (cell, equations, sizes) in cells.items():
        for name, pattern in {**cell.parameters, **cell.initial}.items():
            found = [size_value(size, sizes) for size in pattern] or [1]
            table[prefix + name.split("[")[0]] = (found[0], found[1] if len(found) > 1 else 1)
        table[prefix + cell.input] = (sizes.get(input_size(cell), 1), 1)
        if (gives := output_size(cell)) in sizes:
            table[prefix + cell.output] = (sizes[gives], 1)
        _inferred(prefix, equations, table)
    known: dict[Expr, Shape] = {}

    def shape(expr: Expr) -> Shape:
        if expr not in known:
            known[expr] = _shape(expr, table, shape)
        return known[expr]

    return shape


def _shape(expr: Expr, table: Mapping[str, Shape], shape: ShapeOf) -> Shape:
    match expr:
        case Apply("diag", (v,)):
            return shape(v)[0], shape(v)[0]
        case Ref(name) if name.startswith("I "):
            return int(name[2:]), int(name[2:])
        case Ref(name):
            return table.get(name, SCALAR)
        case _:
            found = shape_of(expr, lambda ref: _shape(ref, table, shape))
            assert found is not None, text(expr)
            return found


def _inferred(prefix: str, equations: Equations, table: dict[str, Shape]) -> None:
    """Shapes of the quantities inside, from those of what they are made of."""

    def put(node: Expr) -> Expr:
        return replace(node, name=prefix + node.name) if isinstance(node, Ref) else node

    for _ in equations.bodies:
        for name, body in equations.bodies.items():
            if prefix + name not in table:
                found = shape_of(rewrite(body, put), lambda ref: table.get(ref.name))
                if found is not None:
                    table[prefix + name] = found
