"""Everything that `flow` computes of one problem, under one arithmetic."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce

from rnnhand.arithmetic import spectrum
from rnnhand.arithmetic.base import Arithmetic, Scalar
from rnnhand.arithmetic.policy import Task
from rnnhand.arithmetic.program import Storage, compiled, initial_storage
from rnnhand.calculus.gradient import Gradient, contribution, has_contributions, shapes_in
from rnnhand.errors import failure
from rnnhand.language.tree import Apply, At, Ref, walk
from rnnhand.problem.model import Problem
from rnnhand.questions.evaluation import evaluated
from rnnhand.questions.flow.bounds import Bound, bound_of, in_turn, plus
from rnnhand.questions.flow.loops import Loop, column_of, loop_of, size_of, steps_of
from rnnhand.questions.flow.measure import ByStep, Clipped, ClipRule, Matrix, Measure
from rnnhand.questions.work import Plan, Worked, entries
from rnnhand.system.model import SCALAR, Given, Quantity, System
from rnnhand.system.recurrences import Recurrence, recurrences

MOST_ENTRIES = 40
"""Entries of all states of a recurrence up to which its factors are worked out."""

MOST_WORK = 400_000
"""Steps times the work of one of them: about that of its eigenvalues."""


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
        self.check_loops()
        for loop in self.loops:
            n = sum(size_of(self.plan.system, q) for q in loop.states)
            steps = len(steps_of(self.plan.system, loop))
            if n > MOST_ENTRIES or (n**3 + 50) * steps > MOST_WORK:
                names = ", ".join(str(q) for q in loop.states)
                raise failure(
                    "flow-too-large", None, "hint-smaller", names=names, entries=n, steps=steps
                )

    def check_loops(self) -> None:
        """Raises `Failure` where nothing is carried from step to step at fixed distances."""
        varying = self.found[1]
        if not self.loops and varying:
            own = self.problem.system.made_by
            names = ", ".join(str(q) for members in varying for q in members if q in own)
            raise failure("flow-varying", None, "hint-flow-varying", names=names)
        if not self.loops:
            raise failure("flow-no-recurrence", None, "hint-flow-recurrence")

    def task(self) -> Task[FlowWork]:
        return Task(lambda a, _: flow_work(self, a), scalars, self.plan.has_letters, {})


@dataclass(frozen=True)
class FlowWork:
    """`worked` holds forward and adjoint values; `adjoint_norms` the size of the gradient by each
    state, `shares` that of what each step contributes to the gradient of a parameter: `w` over t
    stands for what the steps t contribute to that of w. `weights` has the singular values and the
    spectral radius of matrices on the way, `largest` what is largest in vectors that work entry by
    entry."""

    worked: Worked
    loops: tuple[Loop, ...]
    adjoints: Mapping[Quantity, ByStep]
    adjoint_norms: Mapping[Quantity, Mapping[int, Scalar]]
    totals: Mapping[Quantity, Scalar]
    contributions: Mapping[Quantity, Mapping[int, Matrix]]
    shares: Mapping[Quantity, Mapping[int, Scalar]]
    weights: Mapping[Quantity, tuple[tuple[Scalar, ...], Scalar | None]]
    largest: Mapping[Quantity, Scalar]
    bounds: Mapping[tuple[int, Quantity, Quantity, int], Bound]
    clipped: tuple[Clipped, ...]


def flow_work(flow: FlowPlan, arithmetic: Arithmetic) -> FlowWork:
    """Do all of it under one arithmetic."""
    plan = flow.plan
    full = plan.full
    storage = initial_storage(full, arithmetic)
    compiled(full, arithmetic).run(storage)
    worked = Worked(plan, arithmetic, storage, {}, (), (), {})
    measure = Measure(arithmetic, flow.digits)
    loops = tuple(loop_of(plan.system, worked, loop, measure) for loop in flow.loops)
    adjoints: dict[Quantity, ByStep] = {}
    totals: dict[Quantity, Scalar] = {}
    parts: dict[Quantity, Mapping[int, Matrix]] = {}
    shares: dict[Quantity, Mapping[int, Scalar]] = {}
    if plan.gradient is not None:
        for q in (q for loop in loops for q in loop.recurrence.states):
            made = plan.gradient.of_quantity(q)
            adjoints[q] = column_of(full, storage, made)
        for given in (g for g in plan.parameters if not g.quantity.over):
            whole = storage[plan.gradient.of_quantity(given.quantity)]
            for var in full.indices:
                key = Quantity(given.quantity.name, var)
                there = _contributed(plan.gradient, worked, given.quantity, var)
                if not there:
                    continue
                parts[key] = there
                totals[key] = (
                    whole if given.shape == SCALAR else measure.length(entries(whole, given.shape))
                )
                shares[key] = {s: measure.length(x) for s, x in there.items()}
    matrices, by_entry = weights_on_the_way(plan.system, loops)
    weights = {
        g.quantity: measure.weight(entries(storage[g.quantity], g.shape), g.shape) for g in matrices
    }
    largest = {g.quantity: measure.largest(entries(storage[g.quantity], g.shape)) for g in by_entry}
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
        worked,
        loops,
        adjoints,
        adjoint_norms,
        totals,
        parts,
        shares,
        weights,
        largest,
        bounds,
        clipped,
    )


def _contributed(gradient: Gradient, worked: Worked, by: Quantity, var: str) -> dict[int, Matrix]:
    """What each step gives to the gradient of a parameter, that of single steps such as y_0 too."""
    if not has_contributions(worked.plan.system, by, var):
        return {}
    full, storage = gradient.system, worked.storage
    running = contribution(gradient.of, by, var)
    found = dict(column_of(full, storage, running)) if running in storage else {}
    shape = full.shapes[by]
    whole = gradient.of_quantity(by)
    for term in (t for e in gradient.adjoints if e.target == whole.ref() for t in e.terms):
        route = term.route
        if route is None or not isinstance(route.index, At) or full.quantity(route).over != var:
            continue
        value = evaluated(worked.plan.full, worked, storage, term.body, shapes_in(full))
        own = entries(value, shape)
        before = found.get(route.index.step)
        found[route.index.step] = (
            own if before is None else tuple(a + b for a, b in zip(before, own, strict=True))
        )
    return found


def _bounds(
    system: System,
    storage: Storage,
    arithmetic: Arithmetic,
    loops: Sequence[Loop],
    weights: Mapping[Quantity, tuple[tuple[Scalar, ...], Scalar | None]],
) -> Iterator[tuple[tuple[int, Quantity, Quantity, int], Bound]]:
    """The bound of each state's factor by each state of a step before, over all ways: of which
    loop, of what, by what, how many steps before."""

    def norm(q: Quantity) -> Scalar | None:
        return weights[q][0][0] if q in weights else None

    for i, loop in enumerate(loops):
        parts: dict[tuple[int, Quantity, Quantity, int], list[Bound | None]] = {}
        for way in loop.ways:
            found = bound_of(way.moved, way.of, system, storage, arithmetic, norm)
            if way.inner is not None:
                own = bound_of(way.inner, way.by, system, storage, arithmetic, norm)
                found = None if found is None or own is None else in_turn(found, own)
            parts.setdefault((i, way.of, way.state, way.lag), []).append(found)
        for key, bounds in parts.items():
            known = [b for b in bounds if b is not None]
            if len(known) == len(bounds):
                yield key, reduce(plus, known)


def scalars(found: FlowWork) -> Iterable[Scalar]:
    """Every number that may be printed."""
    for loop in found.loops:
        for way in loop.ways:
            for matrix in way.values.values():
                yield from matrix
            yield from filter(spectrum.worth_deciding, way.sizes.values())
        for sizes in loop.pair_sizes.values():
            yield from filter(spectrum.worth_deciding, sizes.values())
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
        if clipped.turned is not None and spectrum.worth_deciding(clipped.turned):
            yield clipped.turned
    for values, radius in found.weights.values():
        yield from filter(spectrum.worth_deciding, (*values, *([] if radius is None else [radius])))
    yield from filter(spectrum.worth_deciding, found.largest.values())


def weights_on_the_way(system: System, loops: Iterable[Loop]) -> tuple[list[Given], list[Given]]:
    """The parameters and constants that a change of a state is multiplied by: those that multiply
    as matrices, and vectors that only work entry by entry."""
    found: dict[Quantity, Given] = {}
    factors: set[Quantity] = set()
    bodies = [e.body for loop in loops for w in loop.ways for e in w.moving if e.terms]
    for node in (n for body in bodies for n in walk(body)):
        match node:
            case Ref(name, None) if Quantity(name) in system.given:
                found[Quantity(name)] = system.given[Quantity(name)]
            case Apply("@", args):
                inside = (a.args[0] if isinstance(a, Apply) and a.op == "T" else a for a in args)
                factors |= {Quantity(a.name) for a in inside if isinstance(a, Ref)}
    by_entry = {
        q for q, g in found.items() if 1 in g.shape and g.shape != SCALAR and q not in factors
    }
    return (
        [g for q, g in found.items() if q not in by_entry],
        [g for q, g in found.items() if q in by_entry],
    )
