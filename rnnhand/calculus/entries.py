"""What an entry of a quantity depends on, entry by entry: of h_t = v ⊙ h_{t−1} only its own.

This is about the equations, not about the numbers in them; but zeros of constants do not count:
they are no accident, and stay. Nor does what an equation switches off at a step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, assert_never

from rnnhand.calculus.dependence import TooMany
from rnnhand.calculus.instances import Instance, equations_at, running
from rnnhand.calculus.rules import ShapeOf
from rnnhand.calculus.switches import Switches
from rnnhand.language.operations import PRIMITIVES
from rnnhand.language.tree import Apply, Expr, Number, Over, Ref
from rnnhand.system.model import SCALAR, Role, Shape, System
from rnnhand.system.shapes import spreads_over_rows
from rnnhand.system.windows import CONVOLUTIONS, ROUTES, WINDOWED, apart_of, windows_of


class Place(NamedTuple):
    """One entry of a quantity at a step, counted from 0."""

    instance: Instance
    row: int
    column: int


LOOKED = 2
"""How many mentions are looked at for each entry that may be found."""


def entries(system: System, shape: ShapeOf, of: Place, most: int) -> set[Place]:
    """Every entry on which an entry depends. Raises `TooMany`, also where so many entries mention
    each other that it takes long to find out."""
    switches = Switches(system)
    found: set[Place] = set()
    waiting = [of]
    looked = 0
    while waiting:
        place = waiting.pop()
        for equation in equations_at(system, place.instance):
            at = running(equation, place.instance.step)
            for mentioned in _entries(switches, shape, equation.body, place.row, place.column, at):
                looked += 1
                if looked > LOOKED * most:
                    raise TooMany
                if mentioned not in found:
                    found.add(mentioned)
                    waiting.append(mentioned)
                    if len(found) > most:
                        raise TooMany
    return found


def _entries(
    switches: Switches, shape: ShapeOf, expr: Expr, i: int, j: int, at: Mapping[str, int]
) -> Iterator[Place]:
    """The entries that entry (i, j) of an expression is made of."""
    system = switches.system

    def of(arg: Expr, row: int, column: int) -> Iterator[Place]:
        return _entries(switches, shape, arg, row, column, at)

    def is_zero(arg: Expr, row: int, column: int) -> bool:
        return _is_zero(switches, shape, arg, row, column, at)

    def all_of(arg: Expr, rows: range | None = None) -> Iterator[Place]:
        m, n = shape(arg)
        for row in rows or range(m):
            for column in range(n):
                yield from of(arg, row, column)

    match expr:
        case Number():
            return
        case Ref(name, None) if name == "T" or name in system.indices:
            return
        case Ref():
            instance = Instance(system.quantity(expr), system.step(expr, at))
            yield Place(instance, i, j)
        case Over(_, var, body):
            for run in system.domain(expr):
                for step in run:
                    yield from _entries(switches, shape, body, i, j, {**at, var: step})
        case Apply("@", (a, b)):
            for k in range(shape(a)[1]):
                if not (is_zero(a, i, k) or is_zero(b, k, j)):
                    yield from of(a, i, k)
                    yield from of(b, k, j)
        case Apply("*", args):
            whole = shape(expr)
            spread = [(arg, *_spread(shape(arg), whole, i, j)) for arg in args]
            if not any(is_zero(*place) for place in spread):
                for place in spread:
                    yield from of(*place)
        case Apply("/", (a, _)) if is_zero(a, *_spread(shape(a), shape(expr), i, j)):
            return
        case Apply("^", (_, b)) if is_zero(b, *_spread(shape(b), shape(expr), i, j)):
            return
        case Apply("T", (a,)):
            yield from of(a, j, i)
        case Apply("," | ";"):
            yield from of(*_of_stack(expr, shape, i, j))
        case Apply("sum" | "mean" | "norm2" | "max" | "min", (a,)):
            yield from all_of(a)
        case Apply("softmax", (a,)):
            yield from all_of(a) if shape(a)[1] == 1 else all_of(a, range(i, i + 1))
        case Apply("unit" | "first_max" | "first_min", (a,)):
            yield from all_of(a)
        case Apply("one_hot", (a, _)):
            yield from of(a, 0 if shape(a) == SCALAR else i, 0)
        case Apply("sum_rows", (a,)):
            for row in range(shape(a)[0]):
                yield from of(a, row, i)
        case Apply("rows", (a, Number() as first, _)):
            yield from of(a, i + int(first.value) - 1, j)
        case Apply("columns", (a, Number() as first, _)):
            yield from of(a, i, j + int(first.value) - 1)
        case Apply(op, args) if op in WINDOWED:
            yield from _of_window(expr, shape, i, j, of)
        case Apply("flatten" | "reshape", (a, *_)):
            yield from of(a, *divmod(i * shape(expr)[1] + j, shape(a)[1]))
        case Apply("flip", (a,)):
            m, n = shape(a)
            yield from of(a, m - 1 - i, n - 1 - j)
        case Apply("dilate", (a, apart, *_)):
            down, along = apart_of(apart)
            m, n = shape(a)
            if i % down == j % along == 0 and i // down < m and j // along < n:
                yield from of(a, i // down, j // along)
        case Apply("fill", (a, *_)):
            yield from of(a, 0, 0)
        case Apply(_, args):
            whole = shape(expr)
            for arg in args:
                yield from of(arg, *_spread(shape(arg), whole, i, j))
        case _:
            assert_never(expr)


def _of_window(
    expr: Apply, shape: ShapeOf, i: int, j: int, of: Callable[[Expr, int, int], Iterator[Place]]
) -> Iterator[Place]:
    """What lies under a window; what leads back from pooling depends on every window at a place."""
    arrays = expr.args[: PRIMITIVES[expr.op].arrays]
    shapes = [shape(a) for a in arrays]
    windows = windows_of(expr, shapes)
    x = arrays[-1] if expr.op in ROUTES else arrays[0]
    width = windows.picture.along
    if expr.op in ("unpool", "unpool_last"):
        rows, columns = windows.number
        for m in range(rows):
            for n in range(columns):
                under = [c.entry for c in windows.covered(m, n)]
                if i * width + j in under:
                    yield from of(arrays[0], m, n)
                    for entry in under:
                        yield from of(x, *divmod(entry, width))
        return
    for c in windows.covered(i, j):
        yield from of(x, *divmod(c.entry, width))
        if expr.op in CONVOLUTIONS:
            yield from of(arrays[1], *divmod(c.place, windows.size.along))
        if expr.op == "pick":
            yield from of(arrays[0], *divmod(c.entry, width))


def _is_zero(
    switches: Switches, shape: ShapeOf, expr: Expr, i: int, j: int, at: Mapping[str, int]
) -> bool:
    """Whether an entry is 0 by what is written: in a number, in a constant, or at a step."""
    match expr:
        case Ref():
            system = switches.system
            given = system.given.get(system.quantity(expr))
            step = system.step(expr, at)
            if given is not None and given.role is Role.CONSTANT and step in given.values:
                return given.values[step][i * given.shape[1] + j] == 0
            return switches.number(expr, at) == 0
        case Apply("T", (a,)):
            return _is_zero(switches, shape, a, j, i, at)
        case Apply("neg", (a,)):
            return _is_zero(switches, shape, a, i, j, at)
        case Apply("*", args):
            places = ((a, *_spread(shape(a), shape(expr), i, j)) for a in args)
            return any(_is_zero(switches, shape, *place, at) for place in places)
        case Apply("," | ";"):
            return _is_zero(switches, shape, *_of_stack(expr, shape, i, j), at)
        case _:
            return switches.number(expr, at) == 0


def _of_stack(expr: Apply, shape: ShapeOf, i: int, j: int) -> tuple[Expr, int, int]:
    """Which part of a stack an entry lies in, and where there."""
    axis = 0 if expr.op == ";" else 1
    place = (i, j)[axis]
    for arg in expr.args:
        size = shape(arg)[axis]
        if place < size:
            return (arg, place, j) if axis == 0 else (arg, i, place)
        place -= size
    raise AssertionError(expr, i, j)


def _spread(own: Shape, whole: Shape, i: int, j: int) -> tuple[int, int]:
    """Which entry of an operand stands at (i, j) of the result."""
    if own == whole:
        return i, j
    if own == SCALAR:
        return 0, 0
    assert spreads_over_rows(own, whole)
    return (j, 0) if own[1] == 1 else (0, j)
