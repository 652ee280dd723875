"""One recurrence worked out: the factor of each step, way by way, and their products."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, TypeAlias

from rnnhand.arithmetic import spectrum
from rnnhand.arithmetic.arrays import matmul
from rnnhand.arithmetic.base import Scalar
from rnnhand.arithmetic.expressions import extent
from rnnhand.arithmetic.program import Storage, compiled, initial_storage
from rnnhand.calculus import step as cutting
from rnnhand.calculus.step import Moved
from rnnhand.calculus.tangent import tangent
from rnnhand.language.tree import Ref
from rnnhand.questions.flow.measure import ByStep, Matrix, Measure
from rnnhand.questions.flow.ways import Way
from rnnhand.questions.work import Worked, entries
from rnnhand.system.model import SCALAR, Quantity, Shape, System
from rnnhand.system.recurrences import Recurrence

Singular: TypeAlias = Mapping[int, tuple[Scalar, ...]]
"""The singular values of each step's factor, the largest first."""


@dataclass(frozen=True)
class Loop:
    """One recurrence worked out. `factors[k][t]` is the derivative of all states at t by all
    states k steps before; `products[s]` that of the last states by those at s. `totals` are the
    last states by themselves at s, with all that follows from them at s."""

    recurrence: Recurrence
    shapes: Mapping[Quantity, Shape]
    steps: tuple[int, ...]
    ways: tuple[Way, ...]
    factors: Mapping[int, ByStep] = field(default_factory=dict)
    products: ByStep = field(default_factory=dict)
    totals: Mapping[Quantity, ByStep] = field(default_factory=dict)
    direct: Mapping[Quantity, ByStep] = field(default_factory=dict)
    direct_products: Mapping[Quantity, ByStep] = field(default_factory=dict)
    singular: Singular = field(default_factory=dict)
    pair_sizes: Mapping[tuple[Quantity, Quantity, int], Mapping[int, Scalar]] = field(
        default_factory=dict
    )
    radii: Mapping[int, Scalar | None] = field(default_factory=dict)
    companion: Matrix | None = None
    """Where a step reads several steps back, and every step does the same: what it does to these
    steps together, one above the other."""
    companion_radius: Scalar | None = None
    sums: Mapping[int, Scalar] = field(default_factory=dict)
    """Where a step reads several steps back: the sizes of its factors together."""
    norms: Mapping[int, Scalar] = field(default_factory=dict)
    total_norms: Mapping[Quantity, Mapping[int, Scalar]] = field(default_factory=dict)
    direct_norms: Mapping[Quantity, Mapping[int, Scalar]] = field(default_factory=dict)
    direct_singular: Mapping[Quantity, Singular] = field(default_factory=dict)

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


def size_of(system: System, q: Quantity) -> int:
    rows, columns = system.shapes[q]
    return rows * columns


def column_of(system: System, storage: Storage, q: Quantity) -> ByStep:
    """The values of a quantity by step, as flat tuples."""
    first, _ = extent(system, q.over)
    shape = system.shapes[q]
    return {first + i: entries(x, shape) for i, x in enumerate(storage[q]) if x is not None}


def steps_of(system: System, loop: Recurrence) -> list[int]:
    """The steps that a recurrence makes, in its order; what is made without a step before it, as
    s_0 = h_T, is where it begins."""
    made = {
        s for q in loop.states for e in system.made_by[q] if e.steps is not None for s in e.steps
    }
    found = [
        s
        for s in made
        if any(system.exists(k.state, s - k.lag * loop.direction) for k in loop.links)
    ]
    return sorted(found, reverse=loop.direction < 0)


def loop_of(system: System, worked: Worked, recurrence: Recurrence, measure: Measure) -> Loop:
    """A recurrence worked out: ways, factors, products, and how large they are."""
    shapes = {q: system.shapes[q] for q in recurrence.states}
    steps = tuple(steps_of(system, recurrence))
    raw = [
        Way(m.link.reader, m.link.state, p, m.link.lag, m, values)
        for m in cutting.ways(system, recurrence)
        for p, values in _derivatives(worked, m, recurrence.carried).items()
    ]
    apart = cutting.within(system, recurrence, True)
    ways = tuple(_through_derived(system, worked, recurrence, raw, apart))
    draft = Loop(recurrence, shapes, steps, ways)
    zero, one = (worked.arithmetic.number(Fraction(x)) for x in (0, 1))
    factors = {
        lag: _joint(draft, [w for w in ways if w.lag == lag], zero)
        for lag in range(1, recurrence.longest + 1)
    }
    keep = worked.arithmetic.keep or (lambda x: x)
    held = {system.step(ref) for ref in recurrence.held}
    products = _products(draft, factors, draft.size, zero, one, keep, held)
    together = _within(worked, recurrence, cutting.within(system, recurrence, False))
    totals = {
        q: {
            s: _total(draft, matrix, q, s, together)
            for s, matrix in products.items()
            if system.exists(q, s)
        }
        for q in recurrence.states
    }
    direct = {
        w.of: w.values
        for w in ways
        if w.through == w.of == w.by
        and w.lag == 1
        and any(v.of == w.of for v in ways if v is not w)
    }
    made = replace(
        draft,
        factors=factors,
        products=products,
        totals=totals,
        direct=direct,
        companion=_companion(factors, draft.size, zero, one),
        direct_products={
            q: _chain(by, draft, size_of(system, q), zero, one) for q, by in direct.items()
        },
    )
    # Before sizes are worked out, which takes longest: are the numbers certain at this precision?
    spectrum.demand((x for by in totals.values() for m in by.values() for x in m), measure.digits)
    return _measured(made, system, measure)


def _companion(factors: Mapping[int, ByStep], n: int, zero: Scalar, one: Scalar) -> Matrix | None:
    """The states at t, t−1, … by those at t−1, t−2, …: J¹, J², … above ones that move on."""
    constant = [list(by_step.values()) for by_step in factors.values()]
    if len(factors) < 2 or not all(len(a) > 1 and all(x == a[0] for x in a) for a in constant):
        return None
    width = n * len(factors)
    rows = [[x for a in constant for x in a[0][i * n : (i + 1) * n]] for i in range(n)]
    rows += [[one if i == j else zero for j in range(width)] for i in range(width - n)]
    return tuple(x for row in rows for x in row)


def _measured(loop: Loop, system: System, measure: Measure) -> Loop:
    """The same with the sizes of all that is in it."""
    n = loop.size

    def norms(of: Mapping[Quantity, ByStep]) -> dict[Quantity, dict[int, Scalar]]:
        return {q: {s: measure.norm(m, *_square(system, q)) for s, m in of[q].items()} for q in of}

    whole = {s: measure.norm(m, n, n) for s, m in loop.products.items()}
    alone = len(loop.shapes) == 1
    counts = Counter((w.of, w.state, w.lag) for w in loop.ways)
    return replace(
        loop,
        ways=tuple(
            replace(w, sizes=_sizes(system, w, measure)) if counts[w.of, w.state, w.lag] > 1 else w
            for w in loop.ways
        ),
        singular={t: measure.singular(m, n, n) for t, m in loop.factors[1].items()},
        pair_sizes={
            (of, by, lag): {
                t: measure.norm(loop.block(x, of, by), size_of(system, of), size_of(system, by))
                for t, x in loop.factors[lag].items()
            }
            for (of, by, lag), count in counts.items()
            if count > 1 or not alone
        },
        radii={t: measure.radius(m, n) for t, m in loop.factors[1].items()},
        companion_radius=(
            measure.radius(loop.companion, n * loop.recurrence.longest) if loop.companion else None
        ),
        sums=_sums(loop, measure) if loop.recurrence.longest > 1 else {},
        norms=whole,
        total_norms=dict.fromkeys(loop.shapes, whole) if alone else norms(loop.totals),
        direct_norms=norms(loop.direct_products),
        direct_singular={
            q: {t: measure.singular(m, *_square(system, q)) for t, m in by.items()}
            for q, by in loop.direct.items()
        },
    )


def _sums(loop: Loop, measure: Measure) -> dict[int, Scalar]:
    found: dict[int, Scalar] = {}
    for by_step in loop.factors.values():
        for t, matrix in by_step.items():
            size = measure.norm(matrix, loop.size, loop.size)
            found[t] = found[t] + size if t in found else size
    return found


def _sizes(system: System, way: Way, measure: Measure) -> dict[int, Scalar]:
    rows, columns = size_of(system, way.of), size_of(system, way.state)
    return {t: measure.norm(x, rows, columns) for t, x in way.values.items()}


def _square(system: System, q: Quantity) -> Shape:
    """The shape of the derivative of a quantity by itself."""
    n = size_of(system, q)
    return n, n


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
    held = {Quantity(name): _value(worked, ref) for name, ref in moved.held.items()}
    one, zero = arithmetic.number(Fraction(1)), arithmetic.number(Fraction(0))
    shape = system.shapes[moved.copy]
    size = shape[0] * shape[1]
    columns: list[Storage] = []
    for entry in range(size):
        unit = tuple(one if i == entry else zero for i in range(size))
        start = unit[0] if shape == SCALAR else unit
        storage = {**worked.storage, **starts, **copies, **held, source: [start] * length}
        program.run(storage)
        columns.append(storage)
    found: dict[Quantity, ByStep] = {}
    for q in wanted:
        made = tangent(q, moved.copy.name)
        if made not in columns[0]:
            continue
        parts = [column_of(system, c, made) for c in columns]
        there = {s for e in worked.plan.system.made_by[q] for s in e.steps or ()}
        found[q] = {
            s: tuple(part[s][i] for i in range(len(parts[0][s])) for part in parts)
            for s in parts[0]
            if s in there and copies[moved.copy][s - base] is not None
        }
    return found


def _value(worked: Worked, ref: Ref) -> Any:
    """The value of a quantity at a definite step."""
    system = worked.plan.system
    q = system.quantity(ref)
    return worked.at(q, system.step(ref))


def _shifted(column: Sequence[Any], shift: int, length: int) -> list[Any]:
    """What stood `shift` steps earlier in a list."""
    return [column[i - shift] if 0 <= i - shift < len(column) else None for i in range(length)]


Within: TypeAlias = Mapping[tuple[Quantity, Quantity], ByStep]
"""(what moves, state that moves it) → the derivative within a step."""


def _within(
    worked: Worked, recurrence: Recurrence, moves: Iterable[Moved]
) -> dict[tuple[Quantity, Quantity], ByStep]:
    return {
        (q, m.link.state): values
        for m in moves
        for q, values in _derivatives(worked, m, recurrence.carried).items()
        if q != m.link.state
    }


def _through_derived(
    system: System,
    worked: Worked,
    recurrence: Recurrence,
    raw: Sequence[Way],
    apart: Sequence[Moved],
) -> Iterator[Way]:
    """The ways from states; a way from a quantity that follows from them is led on to them."""
    moves = {m.link.state: m for m in apart}
    within = _within(worked, recurrence, apart)
    for way in raw:
        if way.of not in recurrence.states:
            continue
        if way.by in recurrence.states:
            yield way
            continue
        for state in recurrence.states:
            inner = within.get((way.by, state), {})
            n, m, k = (size_of(system, q) for q in (way.of, way.by, state))
            values = {
                t: matmul(x, inner[t - way.lag * recurrence.direction], n, m, k)
                for t, x in way.values.items()
                if t - way.lag * recurrence.direction in inner
            }
            if values:
                yield replace(way, values=values, inner=moves[state])


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
    held: Collection[int | None],
) -> ByStep:
    """P_s = Σ_k P_{s+k}·J^k_{s+k}, from P_T = 1 back to the first state that is given; or to the
    one after a state that is held, from which other ways lead on."""
    last = loop.steps[-1]
    direction = loop.recurrence.direction
    found: ByStep = {last: identity(n, zero, one)}
    first = loop.before(loop.steps[0], max(factors))
    for s in range(last - direction, first - direction, -direction):
        if s in held:
            break
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


def _total(loop: Loop, matrix: Matrix, q: Quantity, s: int, together: Within) -> Matrix:
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
