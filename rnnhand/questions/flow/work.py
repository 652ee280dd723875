"""Everything that `flow` computes of one problem, under one arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any, TypeAlias

from rnnhand.arithmetic import spectrum
from rnnhand.arithmetic.arrays import matmul
from rnnhand.arithmetic.base import Arithmetic, Scalar
from rnnhand.arithmetic.expressions import extent
from rnnhand.arithmetic.policy import Task
from rnnhand.arithmetic.program import Storage, compiled, initial_storage
from rnnhand.calculus import step as cutting
from rnnhand.calculus.gradient import contribution
from rnnhand.calculus.step import Moved
from rnnhand.calculus.tangent import tangent
from rnnhand.errors import failure
from rnnhand.language.tree import refs
from rnnhand.problem.model import Problem
from rnnhand.questions.flow.bounds import Bound, bound_of, plus
from rnnhand.questions.work import Plan, Worked, entries
from rnnhand.system.model import SCALAR, Given, Quantity, Shape, System
from rnnhand.system.recurrences import Recurrence, recurrences

Matrix: TypeAlias = tuple[Scalar, ...]
"""Row by row; rows are entries of what moves, columns those of what moves it."""

ByStep: TypeAlias = dict[int, Matrix]

MOST_ENTRIES = 40
"""Entries of all states of a recurrence up to which its factors are worked out."""

MOST_WORK = 20_000_000


ClipRule: TypeAlias = tuple[str, Fraction]
"""("value" or "norm", the bound)."""


@dataclass(frozen=True)
class FlowPlan:
    """The problem with the quantity whose gradient is followed as its loss, and its loops."""

    problem: Problem
    digits: int
    clips: tuple[ClipRule, ...] = ()

    @cached_property
    def plan(self) -> Plan:
        return Plan(self.problem)

    @cached_property
    def found(self) -> tuple[list[Recurrence], list[tuple[Quantity, ...]]]:
        return recurrences(self.plan.system)

    @property
    def loops(self) -> list[Recurrence]:
        return self.found[0]

    def check(self) -> None:
        """Raises `Failure` where there is nothing to follow, or too much."""
        for given in self.plan.system.given.values():
            if given.has_letters:
                name = str(given.quantity)
                raise failure("flow-letters", given.span, "hint-flow-letters", name=name)
        if not self.loops:
            raise failure("flow-no-recurrence", None, "hint-flow-recurrence")
        for loop in self.loops:
            n = sum(_size(self.plan.system, q) for q in loop.states)
            steps = len(steps_of(self.plan.system, loop))
            if n > MOST_ENTRIES or n**3 * steps > MOST_WORK:
                names = ", ".join(str(q) for q in loop.states)
                raise failure(
                    "flow-too-large", None, "hint-smaller", names=names, entries=n, steps=steps
                )

    def task(self) -> Task[FlowWork]:
        return Task(lambda a, _: flow_work(self, a), scalars, self.plan.has_letters, {})


@dataclass(frozen=True)
class Way:
    """The derivative of a state by a state `lag` steps before, on the way through one equation
    (`through`); `by` is the quantity that is read, where the state goes through it."""

    through: Quantity
    by: Quantity
    of: Quantity
    lag: int
    moved: Moved
    values: ByStep

    @property
    def state(self) -> Quantity:
        """The state that the derivative is by."""
        return self.moved.link.state


@dataclass(frozen=True)
class Loop:
    """One recurrence worked out. `factors[k][t]` is the derivative of all states at t by all
    states k steps before; `products[s]` that of the last states by those at s. `totals` are the
    last states by themselves at s, with all that follows from them at s."""

    recurrence: Recurrence
    shapes: Mapping[Quantity, Shape]
    steps: tuple[int, ...]
    ways: tuple[Way, ...]
    factors: Mapping[int, ByStep]
    products: ByStep
    totals: Mapping[Quantity, ByStep]
    direct: Mapping[Quantity, ByStep]
    direct_products: Mapping[Quantity, ByStep]
    singular: Mapping[int, tuple[Scalar, ...]]
    radii: Mapping[int, Scalar | None]
    norms: Mapping[int, Scalar]
    total_norms: Mapping[Quantity, Mapping[int, Scalar]]
    direct_norms: Mapping[Quantity, Mapping[int, Scalar]]
    direct_singular: Mapping[Quantity, Mapping[int, tuple[Scalar, ...]]]

    @property
    def size(self) -> int:
        return sum(r * c for r, c in self.shapes.values())

    def before(self, step: int, lag: int = 1) -> int:
        """The step `lag` steps earlier on the way of the recurrence."""
        return step - lag * self.recurrence.direction

    def block(self, matrix: Matrix, of: Quantity, by: Quantity) -> Matrix:
        """The part of a derivative of all states by all states that belongs to two of them."""
        (r0, r1), (c0, c1) = self.place(of), self.place(by)
        n = self.size
        return tuple(matrix[i * n + j] for i in range(r0, r1) for j in range(c0, c1))

    def place(self, q: Quantity) -> tuple[int, int]:
        start = 0
        for other, (rows, columns) in self.shapes.items():
            if other == q:
                return start, start + rows * columns
            start += rows * columns
        raise KeyError(q)


@dataclass(frozen=True)
class Clipped:
    """The whole gradient before and after clipping: its length, how many of its entries are cut
    off at the bound, what all are multiplied by, and the cosine between before and after."""

    rule: ClipRule
    before: Scalar
    after: Scalar
    cut: int
    entries: int
    factor: Scalar | None
    cosine: Scalar | None


@dataclass(frozen=True)
class FlowWork:
    """`worked` holds forward and adjoint values; `adjoint_norms` the size of the gradient by each
    state, `shares` that of what each step contributes to the gradient of a parameter."""

    worked: Worked
    loops: tuple[Loop, ...]
    adjoints: Mapping[Quantity, ByStep]
    adjoint_norms: Mapping[Quantity, Mapping[int, Scalar]]
    totals: Mapping[Quantity, Scalar]
    contributions: Mapping[Quantity, Mapping[int, Matrix]]
    shares: Mapping[Quantity, Mapping[int, Scalar]]
    weights: Mapping[Quantity, tuple[tuple[Scalar, ...], Scalar | None]]
    bounds: Mapping[tuple[int, Quantity, Quantity], Bound]
    clipped: tuple[Clipped, ...]


def flow_work(flow: FlowPlan, arithmetic: Arithmetic) -> FlowWork:
    """Do all of it under one arithmetic."""
    plan = flow.plan
    full = plan.full
    storage = initial_storage(full, arithmetic)
    compiled(full, arithmetic).run(storage)
    worked = Worked(plan, arithmetic, storage, {}, (), (), {})
    measure = Measure(arithmetic, flow.digits)
    loops = tuple(_loop(plan.system, worked, loop, measure) for loop in flow.loops)
    adjoints: dict[Quantity, ByStep] = {}
    totals: dict[Quantity, Scalar] = {}
    parts: dict[Quantity, Mapping[int, Matrix]] = {}
    shares: dict[Quantity, Mapping[int, Scalar]] = {}
    if plan.gradient is not None:
        for q in (q for loop in loops for q in loop.recurrence.states):
            made = plan.gradient.of_quantity(q)
            adjoints[q] = _column(full, storage, made)
        for given in plan.parameters:
            for var in full.indices if not given.quantity.over else ():
                made = contribution(plan.gradient.of, given.quantity, var)
                if made in storage:
                    parts[given.quantity] = _column(full, storage, made)
                    whole = storage[plan.gradient.of_quantity(given.quantity)]
                    totals[given.quantity] = (
                        whole
                        if given.shape == SCALAR
                        else measure.length(entries(whole, given.shape))
                    )
                    shares[given.quantity] = {
                        s: measure.length(x) for s, x in parts[given.quantity].items()
                    }
    weights = {
        g.quantity: measure.weight(entries(storage[g.quantity], g.shape), g.shape)
        for g in weights_on_the_way(plan.system, loops)
    }
    bounds = dict(_bounds(plan.system, storage, arithmetic, loops, weights))
    flat: list[Scalar] = []
    if plan.gradient is not None:
        for given in plan.parameters:
            made = plan.gradient.of_quantity(given.quantity)
            values = storage[made] if given.quantity.over else [storage[made]]
            flat += [x for v in values if v is not None for x in entries(v, given.shape)]
    clipped = tuple(measure.clip(rule, flat) for rule in flow.clips if flat)
    adjoint_norms = {
        q: {s: measure.length(x) for s, x in by_step.items()} for q, by_step in adjoints.items()
    }
    return FlowWork(
        worked, loops, adjoints, adjoint_norms, totals, parts, shares, weights, bounds, clipped
    )


def _bounds(
    system: System,
    storage: Storage,
    arithmetic: Arithmetic,
    loops: Sequence[Loop],
    weights: Mapping[Quantity, tuple[tuple[Scalar, ...], Scalar | None]],
) -> Iterator[tuple[tuple[int, Quantity, Quantity], Bound]]:
    """The bound of each state's factor by each state one step before, over all ways."""

    def norm(q: Quantity) -> Scalar | None:
        return weights[q][0][0] if q in weights else None

    for i, loop in enumerate(loops):
        sums: dict[tuple[int, Quantity, Quantity], Bound | None] = {}
        for way in loop.ways:
            if way.lag != 1:
                continue
            key = (i, way.of, way.state)
            found = bound_of(way.moved, way.of, system, storage, arithmetic, norm)
            if way.by != way.state:
                found = None
            before = sums.get(key, found)
            both = key in sums and before is not None and found is not None
            sums[key] = plus(before, found) if both and before and found else found and before
        yield from ((key, bound) for key, bound in sums.items() if bound is not None)


@dataclass(frozen=True)
class Measure:
    """How large vectors and matrices are; exact numbers get as many digits as are wanted."""

    arithmetic: Arithmetic
    digits: int

    def length(self, x: Sequence[Scalar]) -> Scalar:
        """‖x‖ of a vector."""
        if len(x) == 1:
            return abs(x[0])
        (found,) = self._certain(lambda: spectrum.singular_values(x, len(x), 1))
        return found

    def singular(self, a: Matrix, m: int, n: int) -> tuple[Scalar, ...]:
        return self._certain(lambda: spectrum.singular_values(a, m, n))

    def norm(self, a: Matrix, m: int, n: int) -> Scalar:
        return spectrum.largest(self.singular(a, m, n))

    def radius(self, a: Matrix, n: int) -> Scalar | None:
        found = spectrum.moduli(a, n)
        if found is None:
            return None
        (top,) = self._certain(lambda: (spectrum.largest(spectrum.moduli(a, n) or ()),))
        return top

    def weight(self, a: Matrix, shape: Shape) -> tuple[tuple[Scalar, ...], Scalar | None]:
        """Singular values and spectral radius; of a vector, which works by entry, its largest."""
        if shape[0] == shape[1]:
            return self.singular(a, *shape), self.radius(a, shape[0])
        if 1 in shape:
            return (spectrum.largest([abs(x) for x in a]),), None
        return self.singular(a, *shape), None

    def clip(self, rule: ClipRule, gradient: Sequence[Scalar]) -> Clipped:
        """What clipping makes of all entries of the gradient together."""
        kind, limit = rule
        bound = self.arithmetic.number(limit)
        before = self.length(gradient)
        if kind == "norm":
            if self.arithmetic.less(bound, before):
                (factor,) = self._certain(lambda: (bound / self._again(gradient),))
                return Clipped(rule, before, bound, 0, len(gradient), factor, None)
            return Clipped(rule, before, before, 0, len(gradient), None, None)
        less = self.arithmetic.less
        new = [bound if less(bound, x) else -bound if less(x, -bound) else x for x in gradient]
        cut = sum(less(bound, abs(x)) for x in gradient)
        after = self.length(new)
        cosine = None
        inner, own, other = (
            matmul(a, b, 1, len(new), 1)[0]
            for a, b in ((gradient, new), (gradient, gradient), (new, new))
        )
        if cut and inner * inner == own * other:
            cosine = self.arithmetic.number(Fraction(1))
        elif cut:
            (cosine,) = self._certain(lambda: (inner / (self._again(gradient) * self._again(new)),))
        return Clipped(rule, before, after, cut, len(gradient), None, cosine)

    def _again(self, x: Sequence[Scalar]) -> Scalar:
        """‖x‖ at the precision of the moment."""
        (found,) = spectrum.singular_values(x, len(x), 1)
        return found

    def _certain(self, compute: Callable[[], Sequence[Scalar]]) -> tuple[Scalar, ...]:
        if self.arithmetic.name == "exact":
            return spectrum.settled(compute, self.digits)
        return tuple(compute())


def _size(system: System, q: Quantity) -> int:
    rows, columns = system.shapes[q]
    return rows * columns


def _column(system: System, storage: Storage, q: Quantity) -> ByStep:
    """The values of a quantity by step, as flat tuples."""
    first, _ = extent(system, q.over)
    shape = system.shapes[q]
    return {first + i: entries(x, shape) for i, x in enumerate(storage[q]) if x is not None}


def steps_of(system: System, loop: Recurrence) -> list[int]:
    """The steps that a recurrence makes, in its order."""
    found = {
        s for q in loop.states for e in system.made_by[q] if e.steps is not None for s in e.steps
    }
    return sorted(found, reverse=loop.direction < 0)


def _loop(system: System, worked: Worked, recurrence: Recurrence, measure: Measure) -> Loop:
    shapes = {q: system.shapes[q] for q in recurrence.states}
    steps = tuple(steps_of(system, recurrence))
    raw = [
        Way(m.link.reader, m.link.state, p, m.link.lag, m, values)
        for m in cutting.ways(system, recurrence)
        for p, values in _derivatives(worked, m, recurrence.carried).items()
    ]
    apart = _within(system, worked, recurrence, True)
    ways = tuple(_through_derived(system, recurrence, raw, apart))
    draft = Loop(recurrence, shapes, steps, ways, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {})
    zero, one = (worked.arithmetic.number(Fraction(x)) for x in (0, 1))
    factors = {
        lag: _joint(draft, [w for w in ways if w.lag == lag], zero)
        for lag in range(1, recurrence.longest + 1)
    }
    n = draft.size
    keep = worked.arithmetic.keep or (lambda x: x)
    products = _products(draft, factors, n, zero, one, keep)
    together = _within(system, worked, recurrence, False)
    totals = {
        q: {
            s: _total(draft, matrix, q, s, together, zero)
            for s, matrix in products.items()
            if system.exists(q, s)
        }
        for q in recurrence.states
    }
    direct = {w.of: w.values for w in ways if w.through == w.of == w.by and w.lag == 1}
    chains = {q: _chain(values, draft, _size(system, q), zero, one) for q, values in direct.items()}
    return replace(
        draft,
        factors=factors,
        products=products,
        totals=totals,
        direct=direct,
        direct_products=chains,
        singular={t: measure.singular(m, n, n) for t, m in factors[1].items()},
        radii={t: measure.radius(m, n) for t, m in factors[1].items()},
        norms={s: measure.norm(m, n, n) for s, m in products.items()},
        total_norms={
            q: {s: measure.norm(m, _size(system, q), _size(system, q)) for s, m in by.items()}
            for q, by in totals.items()
        },
        direct_norms={
            q: {s: measure.norm(m, _size(system, q), _size(system, q)) for s, m in by.items()}
            for q, by in chains.items()
        },
        direct_singular={
            q: {t: measure.singular(m, _size(system, q), _size(system, q)) for t, m in by.items()}
            for q, by in direct.items()
        },
    )


def _derivatives(
    worked: Worked, moved: Moved, wanted: Iterable[Quantity]
) -> dict[Quantity, ByStep]:
    """The matrices of some quantities' derivatives by a copy, column by column."""
    system, arithmetic = moved.system, worked.arithmetic
    source = tangent(moved.copy, moved.copy.name)
    program = compiled(system, arithmetic, moved.moving)
    starts = initial_storage(system, arithmetic, known=worked.plan.system.given)
    base, length = extent(system, moved.copy.over)
    copies = {
        copy: _shifted(worked.storage[state], shift, length)
        for copy, (state, shift) in moved.copies.items()
    }
    one, zero = arithmetic.number(Fraction(1)), arithmetic.number(Fraction(0))
    shape = system.shapes[moved.copy]
    size = shape[0] * shape[1]
    columns: list[Storage] = []
    for entry in range(size):
        unit = tuple(one if i == entry else zero for i in range(size))
        start = unit[0] if shape == SCALAR else unit
        storage = {**worked.storage, **starts, **copies, source: [start] * length}
        program.run(storage)
        columns.append(storage)
    found: dict[Quantity, ByStep] = {}
    for q in wanted:
        made = tangent(q, moved.copy.name)
        if made not in columns[0]:
            continue
        parts = [_column(system, c, made) for c in columns]
        there = {s for e in worked.plan.system.made_by[q] for s in e.steps or ()}
        found[q] = {
            s: tuple(part[s][i] for i in range(len(parts[0][s])) for part in parts)
            for s in parts[0]
            if s in there and copies[moved.copy][s - base] is not None
        }
    return found


def _shifted(column: Sequence[Any], shift: int, length: int) -> list[Any]:
    """What stood `shift` steps earlier in a list."""
    return [column[i - shift] if 0 <= i - shift < len(column) else None for i in range(length)]


Within: TypeAlias = Mapping[tuple[Quantity, Quantity], ByStep]
"""(what moves, state that moves it) → the derivative within a step."""


def _within(
    system: System, worked: Worked, recurrence: Recurrence, apart: bool
) -> dict[tuple[Quantity, Quantity], ByStep]:
    return {
        (q, m.link.state): values
        for m in cutting.within(system, recurrence, apart)
        for q, values in _derivatives(worked, m, recurrence.carried).items()
        if q != m.link.state
    }


def _through_derived(
    system: System, recurrence: Recurrence, raw: Sequence[Way], apart: Within
) -> Iterator[Way]:
    """The ways from states; a way from a quantity that follows from them is led on to them."""
    for way in raw:
        if way.of not in recurrence.states:
            continue
        if way.by in recurrence.states:
            yield way
            continue
        for state in recurrence.states:
            inner = apart.get((way.by, state), {})
            n, m, k = (_size(system, q) for q in (way.of, way.by, state))
            values = {
                t: matmul(x, inner[t - way.lag * recurrence.direction], n, m, k)
                for t, x in way.values.items()
                if t - way.lag * recurrence.direction in inner
            }
            if values:
                yield replace(
                    way,
                    values=values,
                    moved=replace(way.moved, link=replace(way.moved.link, state=state)),
                )


def _joint(loop: Loop, ways: Sequence[Way], zero: Scalar) -> ByStep:
    """The derivative of all states by all, step by step."""
    found: ByStep = {}
    n = loop.size
    for t in loop.steps:
        matrix = [zero] * (n * n)
        for way in ways:
            if t not in way.values:
                continue
            (r0, r1), (c0, c1) = loop.place(way.of), loop.place(way.state)
            values = iter(way.values[t])
            for i in range(r0, r1):
                for j in range(c0, c1):
                    matrix[i * n + j] = matrix[i * n + j] + next(values)
        found[t] = tuple(matrix)
    return found


def _products(
    loop: Loop,
    factors: Mapping[int, ByStep],
    n: int,
    zero: Scalar,
    one: Scalar,
    keep: Callable[[Scalar], Scalar],
) -> ByStep:
    """P_s = Σ_k P_{s+k}·J^k_{s+k}, from P_T = 1 back to the first state that is given."""
    last = loop.steps[-1]
    direction = loop.recurrence.direction
    found: ByStep = {last: identity(n, zero, one)}
    first = loop.before(loop.steps[0], max(factors))
    for s in range(last - direction, first - direction, -direction):
        total: list[Scalar] | None = None
        for lag, by_step in factors.items():
            later = s + lag * direction
            if later in found and later in by_step:
                part = matmul(found[later], by_step[later], n, n, n)
                total = (
                    list(part)
                    if total is None
                    else [a + b for a, b in zip(total, part, strict=True)]
                )
        if total is None:
            break
        found[s] = tuple(keep(x) for x in total)
    return found


def identity(n: int, zero: Scalar, one: Scalar) -> Matrix:
    return tuple(one if i == j else zero for i in range(n) for j in range(n))


def _total(
    loop: Loop, matrix: Matrix, q: Quantity, s: int, together: Within, zero: Scalar
) -> Matrix:
    """dq_T/dq_s, what follows from q_s at its own step moving too."""
    own = loop.shapes[q][0] * loop.shapes[q][1]
    total = list(loop.block(matrix, q, q))
    for other, (rows, columns) in loop.shapes.items():
        moved = together.get((other, q), {})
        if other != q and s in moved and s != loop.steps[-1]:
            part = matmul(loop.block(matrix, q, other), moved[s], own, rows * columns, own)
            total = [a + b for a, b in zip(total, part, strict=True)]
    return tuple(total)


def _chain(values: ByStep, loop: Loop, n: int, zero: Scalar, one: Scalar) -> ByStep:
    """The products of one state's own factors, from the last step back."""
    found = {loop.steps[-1]: identity(n, zero, one)}
    for t in reversed(loop.steps):
        if t not in values or t not in found:
            break
        found[loop.before(t)] = matmul(found[t], values[t], n, n, n)
    return found


def scalars(found: FlowWork) -> Iterable[Scalar]:
    """Every number that may be printed."""
    for loop in found.loops:
        for way in loop.ways:
            for matrix in way.values.values():
                yield from matrix
        for by_step in (
            *loop.factors.values(),
            loop.products,
            *loop.totals.values(),
            *loop.direct_products.values(),
        ):
            for matrix in by_step.values():
                yield from matrix
        for singular in (loop.singular, *loop.direct_singular.values()):
            for values in singular.values():
                yield from filter(spectrum.worth_deciding, values)
        for norms in (loop.norms, *loop.total_norms.values(), *loop.direct_norms.values()):
            yield from filter(spectrum.worth_deciding, norms.values())
        yield from (x for x in loop.radii.values() if x is not None and spectrum.worth_deciding(x))
    for lengths in (*found.adjoint_norms.values(), *found.shares.values()):
        yield from filter(spectrum.worth_deciding, lengths.values())
    for matrices in (*found.contributions.values(), *found.adjoints.values()):
        for matrix in matrices.values():
            yield from matrix
    yield from filter(spectrum.worth_deciding, found.totals.values())
    for bound in found.bounds.values():
        yield bound.value
    for clipped in found.clipped:
        yield from (x for x in (clipped.before, clipped.after) if spectrum.worth_deciding(x))
        yield from (x for x in (clipped.factor, clipped.cosine) if x is not None)
    for values, radius in found.weights.values():
        yield from filter(spectrum.worth_deciding, (*values, *([] if radius is None else [radius])))


def weights_on_the_way(system: System, loops: Iterable[Loop]) -> list[Given]:
    """The parameters and constants that a change of a state is multiplied by."""
    found: dict[Quantity, Given] = {}
    for loop in loops:
        for way in loop.ways:
            for equation in way.moved.moving:
                for ref in refs(equation.body) if equation.terms else ():
                    q = Quantity(ref.name)
                    given = system.given.get(q) if ref.index is None else None
                    if given is not None:
                        found[q] = given
    return list(found.values())
