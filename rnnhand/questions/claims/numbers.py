"""Derivatives as matrices of numbers at one point, by forward mode alone.

    edge      ∂q_t/∂r by one equation, every other mention in it held
    inside    by all equations of one step, the states of other steps held
    total     by every way, through all steps

A quantity stands as the column of its entries; the derivative by a parameter has a column for
each of its entries that were chosen.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from typing import Any, TypeAlias

from rnnhand.arithmetic.base import Arithmetic
from rnnhand.arithmetic.program import Program, Storage, compiled, initial_storage
from rnnhand.calculus.dependence import made_of
from rnnhand.calculus.gradient import shapes_in
from rnnhand.calculus.instances import Instance
from rnnhand.calculus.local import Local
from rnnhand.calculus.tangent import push, tangent, tangents
from rnnhand.calculus.tidy import tidy
from rnnhand.language.tree import Apply, At, Expr, Last, Ref, Shift, rewrite
from rnnhand.questions.claims.programs import Programs
from rnnhand.questions.work import at, entries
from rnnhand.system.model import SCALAR, Equation, Given, Quantity, Role, System, Term

Matrix: TypeAlias = list[list[Any]]

LARGEST = 40
"""Entries of a quantity up to which all derivatives by it are worked out."""

SEED, EDGE, NUDGE, VALUE, HELD = "seed ", "edge ", "nudge ", "value ", "held "


RUNNING, DEFINITE = "running", "definite"
"""How a derivative of what runs with the steps names what it is by: h[t-1], or h[3]."""


class Unchecked(Exception):
    """A claim has no numbers to be compared; `code` names the phrase that says why."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass
class Point:
    """The values of everything at one point, and its derivatives as they are asked for.

    `columns` says which entries of each parameter are followed.
    """

    system: System
    arithmetic: Arithmetic
    programs: Programs
    locals: Sequence[Local]
    storage: Storage
    columns: Mapping[Quantity, tuple[int, ...]]
    edges: dict[int, Mapping[int | None, Matrix]] = field(default_factory=dict)
    insides: dict[object, Matrix] = field(default_factory=dict)
    moves: dict[tuple[Quantity, int], Storage] = field(default_factory=dict)

    def number(self, n: int) -> Any:
        return self.arithmetic.number(Fraction(n))

    def size(self, q: Quantity) -> int:
        rows, columns = self.system.shapes[q]
        return rows * columns

    def entries_of(self, q: Quantity) -> Sequence[int]:
        """The entries by which derivatives are taken."""
        if q in self.columns:
            return self.columns[q]
        if self.size(q) > LARGEST:
            raise Unchecked("claim-too-large")
        return range(self.size(q))

    def nothing(self, of: Quantity, by: Quantity) -> Matrix:
        return [[self.number(0)] * len(self.entries_of(by)) for _ in range(self.size(of))]

    def unit(self, q: Quantity, entry: int) -> Any:
        """One entry 1, the others 0."""
        if self.system.shapes[q] == SCALAR:
            return self.number(1)
        return tuple(self.number(int(i == entry)) for i in range(self.size(q)))

    def edge(self, local: Local, step: int | None) -> Matrix:
        """What one equation says of one mention, at a step."""
        if id(local) not in self.edges:
            self.edges[id(local)] = self._edges(local)
        return self.edges[id(local)][step]

    def _edges(self, local: Local) -> Mapping[int | None, Matrix]:
        by, of = self.system.quantity(local.by), self.system.quantity(local.of)
        key = ("edge", local.of, local.by, local.equation.steps)
        program = self.programs.of(key, self.arithmetic, partial(self._edge, local, by, of))
        made = _edge_of(local.equation)
        steps = local.equation.steps
        found: dict[int | None, list[tuple[Any, ...]]] = {
            step: [] for step in (steps if steps is not None else (None,))
        }
        for entry in self.entries_of(by):
            there = {**self.storage, Quantity(SEED): self.unit(by, entry)}
            program.run(there)
            for step, columns in found.items():
                value = at(program.system, there, made, step if made.over else None)
                columns.append(entries(value, self.system.shapes[of]))
        return {step: [list(row) for row in zip(*c, strict=True)] for step, c in found.items()}

    def _edge(self, local: Local, by: Quantity, of: Quantity) -> Program:
        shape, seed, made = self.system.shapes[by], Quantity(SEED), _edge_of(local.equation)
        still = Given(seed, Role.CONSTANT, shape, {None: (Fraction(0),) * self.size(by)})
        shapes = {
            **self.system.shapes,
            seed: shape,
            made: self.system.shapes[of],
        }
        given = {**self.system.given, seed: still}
        extended = replace(self.system, shapes=shapes, given=given)
        equation = local.equation

        def moved(ref: Ref) -> Expr | None:
            return Ref(SEED) if ref == local.by else None

        change = push(equation.body, moved, shapes_in(extended), extended, equation.target)
        steps = local.equation.steps if made.over else None
        terms = () if change is None else (Term(tidy(change, shapes_in(extended)), steps),)
        target = Equation(made.ref(), terms, steps)
        full = replace(extended, equations=(*extended.equations, target))
        return compiled(full, self.arithmetic, [target])

    def inside(
        self, of: Instance, by: Instance, held: Collection[Instance] = (), named: str = ""
    ) -> Matrix:
        """∂of/∂by along all ways that stay at the step of `of`, but for the last mention. Of what
        runs with the steps, a derivative `named` by what runs as well, h[t-1], holds h[T] and h[3],
        one named by a definite step counts these mentions alone."""
        key = (of, by, frozenset(held), named)
        if key not in self.insides:
            self.insides[key] = self._inside(of, by, held, named)
        return self.insides[key]

    def _inside(self, of: Instance, by: Instance, held: Collection[Instance], named: str) -> Matrix:
        total = self.nothing(of.quantity, by.quantity)
        for local in self.reading(of):
            mentioned = self.system.quantity(local.by)
            if named == RUNNING and _pinned(local):
                continue
            if not made_of(self.system, mentioned, by.quantity):
                continue
            if local.summed:
                if of.step is None or mentioned == by.quantity:
                    raise Unchecked("claim-sum")
                continue  # what all steps make is made at other steps
            read = self.instance(local.by, of)
            if read == by and not (named == DEFINITE and _runs(local)):
                total = added(total, self.edge(local, of.step))
            elif read == by:
                continue
            elif read.quantity in self.system.made_by and read not in held and _near(of, read):
                rest = self.inside(read, by, held, named)
                total = added(total, product(self.edge(local, of.step), rest))
        return total

    def reading(self, of: Instance) -> list[Local]:
        """What the equation of a quantity at a step says of everything in it."""
        return [
            local
            for local in self.locals
            if self.system.quantity(local.of) == of.quantity
            and (of.step is None or of.step in (local.equation.steps or ()))
        ]

    def instance(self, ref: Ref, reader: Instance) -> Instance:
        """Of which quantity at which step `ref` is a mention in an equation of `reader`."""
        q = self.system.quantity(ref)
        running = {} if reader.step is None else {reader.quantity.over: reader.step}
        if isinstance(ref.index, Shift) and ref.index.var not in running:
            raise Unchecked("claim-sum")
        return Instance(q, self.system.step(ref, running))

    def total(self, of: Instance, by: Instance) -> Matrix:
        """The derivative by all ways: everything moves, from `by` on."""
        chosen = self.columns.get(by.quantity) if by.step is None else None
        if chosen is not None and by.quantity not in self.system.made_by:
            columns = [self._moved(by.quantity, e) for e in chosen]
            name = by.quantity.name
        else:
            runs = self.entries_of(by.quantity) if chosen is None else chosen
            columns = [self.nudged(by, entry) for entry in runs]
            name = self.nudge_of(by).name
        made = tangent(of.quantity, name)
        size = self.size(of.quantity)
        found = []
        for there in columns:
            if made in there:
                value = at(self.system, there, made, of.step)
                found.append(list(entries(value, self.system.shapes[of.quantity])))
            else:
                found.append([self.number(0)] * size)
        return [list(row) for row in zip(*found, strict=True)]

    def along(self, of: Instance, by: Instance, entry: int) -> Any:
        """How the only entry of `of` moves with one entry of `by`."""
        there = self.nudged(by, entry)
        made = tangent(of.quantity, self.nudge_of(by).name)
        if made not in there:
            return self.number(0)
        return at(self.system, there, made, of.step)

    def _moved(self, q: Quantity, entry: int) -> Storage:
        """How everything moves with one entry of a parameter."""
        if (q, entry) not in self.moves:
            program = self.programs.of(q, self.arithmetic, partial(self._forward, q))
            forward = replace(program.system, given={**program.system.given, **self.system.given})
            starts = initial_storage(forward, self.arithmetic, known=self.system.given)
            moved = {**self.storage, **starts, tangent(q, q.name): self.unit(q, entry)}
            program.run(moved)
            self.moves[q, entry] = moved
        return self.moves[q, entry]

    def _forward(self, q: Quantity) -> Program:
        return moving(self.system, q, self.arithmetic)

    def own(self, of: Instance, q: Quantity, carried: Collection[Quantity]) -> Matrix:
        """The derivative by a parameter with the states of other steps held."""
        program = self.programs.of(("own", q), self.arithmetic, partial(self._own, q, carried))
        held = {Quantity(HELD + c.name, c.over): self.storage[c] for c in carried}
        forward = replace(program.system, given={**program.system.given, **self.system.given})
        starts = initial_storage(forward, self.arithmetic, known={*self.system.given, *held})
        made, columns = tangent(of.quantity, q.name), []
        for entry in self.columns[q]:
            there = {**self.storage, **held, **starts, tangent(q, q.name): self.unit(q, entry)}
            program.run(there)
            if made in there:
                value = at(self.system, there, made, of.step)
                columns.append(list(entries(value, self.system.shapes[of.quantity])))
            else:
                columns.append([self.number(0)] * self.size(of.quantity))
        return [list(row) for row in zip(*columns, strict=True)]

    def _own(self, q: Quantity, carried: Collection[Quantity]) -> Program:
        """Every mention of a state at another step as one of a copy that does not move."""
        system = self.system
        given, shapes = dict(system.given), dict(system.shapes)
        for c in carried:
            copy = Quantity(HELD + c.name, c.over)
            still = (Fraction(0),) * self.size(c)
            steps = [s for run in system.steps[c] for s in run]
            given[copy] = Given(copy, Role.CONSTANT, shapes[c], dict.fromkeys(steps, still))
            shapes[copy] = shapes[c]

        def put(node: Expr) -> Expr:
            if not isinstance(node, Ref) or not isinstance(node.index, Shift):
                return node
            held = node.index.offset and system.quantity(node) in carried
            return replace(node, name=HELD + node.name) if held else node

        equations = tuple(
            replace(e, terms=tuple(replace(t, body=rewrite(t.body, put)) for t in e.terms))
            for e in system.equations
        )
        cut = replace(system, equations=equations, given=given, shapes=shapes)
        return moving(cut, q, self.arithmetic)

    def nudge_of(self, by: Instance) -> Quantity:
        """What is added to a computed quantity; a given one moves by itself."""
        made = self.system.made_by.get(by.quantity, ())
        computed = any(by.step is None or by.step in (e.steps or ()) for e in made)
        return Quantity(NUDGE, by.quantity.over) if computed else by.quantity

    def nudged(self, by: Instance, entry: int) -> Storage:
        """How everything moves with one entry of a quantity at a step."""
        nudge = self.nudge_of(by)
        key = ("nudge", by.quantity, nudge)
        program = self.programs.of(key, self.arithmetic, partial(self._nudge, by.quantity, nudge))
        forward = replace(program.system, given={**program.system.given, **self.system.given})
        starts = initial_storage(forward, self.arithmetic, known=self.system.given)
        name = tangent(nudge, nudge.name)
        unit = self.unit(by.quantity, entry)
        moved = {**self.storage, **starts}
        if by.step is None:
            moved[name] = unit
        else:
            start = list(moved[name])
            start[by.step - self.system.extents[by.quantity.over][0]] = unit
            moved[name] = start
        program.run(moved)
        return moved

    def _nudge(self, q: Quantity, nudge: Quantity) -> Program:
        """The equations of q with something added, and how all moves with that."""
        if nudge == q:
            return moving(self.system, q, self.arithmetic)
        shape = self.system.shapes[q]
        still = (Fraction(0),) * self.size(q)
        steps = [s for e in self.system.made_by[q] for s in (e.steps or (None,))]
        given = Given(nudge, Role.CONSTANT, shape, dict.fromkeys(steps, still))
        equations = []
        for e in self.system.equations:
            if self.system.quantity(e.target) == q:
                body = Apply("+", (e.body, Ref(NUDGE, e.target.index)))
                e = replace(e, terms=(Term(body, e.steps),))
            equations.append(e)
        changed = replace(
            self.system,
            equations=tuple(equations),
            given={**self.system.given, nudge: given},
            shapes={**self.system.shapes, nudge: shape},
        )
        return moving(changed, nudge, self.arithmetic)


def _edge_of(equation: Equation) -> Quantity:
    """What stands for the derivative of an equation; it runs as the equation does."""
    index = equation.target.index
    return Quantity(EDGE, index.var if isinstance(index, Shift) else "")


def moving(system: System, q: Quantity, arithmetic: Arithmetic) -> Program:
    """How everything moves with a given quantity."""
    forward = tangents(system, Given(q, Role.CONSTANT, system.shapes[q], {}))
    still = set(map(id, system.equations))
    return compiled(forward, arithmetic, [e for e in forward.equations if id(e) not in still])


def _pinned(local: Local) -> bool:
    """Whether an equation that runs with the steps reads one definite step."""
    return isinstance(local.of.index, Shift) and isinstance(local.by.index, At | Last)


def _runs(local: Local) -> bool:
    """Whether a mention runs with the equation that it is in."""
    return isinstance(local.of.index, Shift) and isinstance(local.by.index, Shift)


def _near(of: Instance, read: Instance) -> bool:
    """Whether a mention stays at its reader's step, or has none before."""
    if of.step is None or read.step is None:
        return True
    return of.quantity.over == read.quantity.over and of.step == read.step


def added(a: Matrix, b: Matrix) -> Matrix:
    """A + B; without rows is a sum of nothing."""
    if not a or not b:
        return a or b
    if (len(a), len(a[0])) != (len(b), len(b[0])):
        raise Unchecked("claim-shapes")
    return [[x + y for x, y in zip(p, q, strict=True)] for p, q in zip(a, b, strict=True)]


def scaled(a: Any, b: Matrix) -> Matrix:
    return [[a * x for x in row] for row in b]


def product(a: Matrix, b: Matrix) -> Matrix:
    """A·B; a number in it scales."""
    if not a or not b:
        return []
    if len(a[0]) != len(b):
        if len(a) == len(a[0]) == 1:
            return scaled(a[0][0], b)
        if len(b) == len(b[0]) == 1:
            return scaled(b[0][0], a)
        raise Unchecked("claim-shapes")
    turned = list(zip(*b, strict=True))
    found = []
    for row in a:
        line = []
        for column in turned:
            total = row[0] * column[0]
            for x, y in zip(row[1:], column[1:], strict=True):
                total = total + x * y
            line.append(total)
        found.append(line)
    return found
