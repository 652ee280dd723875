"""Everything that `solve` computes of one problem, under one arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property, partial
from typing import Any, TypeAlias

from rnnhand.arithmetic.base import Arithmetic, Scalar
from rnnhand.arithmetic.expressions import extent
from rnnhand.arithmetic.policy import Letter, Task
from rnnhand.arithmetic.program import (
    Place,
    Program,
    Storage,
    compiled,
    initial_storage,
    letter_name,
)
from rnnhand.calculus.activations import with_preactivations
from rnnhand.calculus.gradient import Gradient, gradient
from rnnhand.calculus.tangent import tangent, tangents
from rnnhand.language.results import DerivativeName
from rnnhand.language.tree import Expr, Ref
from rnnhand.problem.model import AskUpdate, Problem
from rnnhand.questions.moments import GRADIENT
from rnnhand.questions.said import Said
from rnnhand.questions.update import Rule, Slot, Stepped, apply_rule, rule_for
from rnnhand.system.losses import step_losses
from rnnhand.system.model import SCALAR, Given, Quantity, Role, Shape, System

ONE, ZERO = Fraction(1), Fraction(0)
MOST_TANGENTS = 400
"""Entries of parameters up to which the derivative by each is followed forward in time."""

MOST_WAYS_BACK = 200
"""Steps up to which each step's loss has a way back of its own, where there are more entries."""


@dataclass(frozen=True)
class Plan:
    """The equations of a problem's solution: forward, backward, and forward mode.

    `wrt` are data whose gradients are asked for beside the usual ones. `derivatives` are the
    results named in `ask`, such as dh[2]/dw; `formulas` what topics found as formulas, `said` as
    words and conditions.
    """

    problem: Problem
    wrt: tuple[Quantity, ...] = ()
    updates: tuple[AskUpdate, ...] = ()
    derivatives: tuple[DerivativeName, ...] = ()
    formulas: Mapping[str, Expr] = field(default_factory=dict)
    said: Mapping[str, Said] = field(default_factory=dict)

    @cached_property
    def system(self) -> System:
        """The problem's equations with named pre-activations; a loss L[T] by its number, L[3]."""
        system = with_preactivations(self.problem.system)
        loss = system.loss
        if loss is None:
            return system
        return replace(
            system, loss=replace(loss, index=system.quantity(loss).at(system.step(loss)).index)
        )

    @cached_property
    def gradient(self) -> Gradient | None:
        if self.system.loss is None:
            return None
        return gradient(self.system, wrt=self.wrt)

    @cached_property
    def full(self) -> System:
        """The equations, and those of the gradient where there is a loss."""
        return self.gradient.system if self.gradient else self.system

    @cached_property
    def parameters(self) -> list[Given]:
        found = self.system.with_role(Role.PARAMETER)
        if self.gradient is None or not self.system.pushed:
            return found
        return [given for given in found if given.quantity in self.gradient.wrt]

    @cached_property
    def step_losses(self) -> list[Quantity]:
        """The quantities that the loss sums up over the steps: L[t] in L = sum[t](L[t])."""
        return step_losses(self.system)

    @cached_property
    def followed(self) -> bool:
        """Whether every parameter's every entry is followed forward in time."""
        entries = sum(g.shape[0] * g.shape[1] * len(g.values) for g in self.parameters)
        return self.gradient is not None and entries <= MOST_TANGENTS

    @cached_property
    def has_letters(self) -> bool:
        """Whether some numbers are not given."""
        return any(g.has_letters for g in self.problem.system.given.values())

    def task(self) -> Task[Worked]:
        return Task(
            lambda arithmetic, letter: work(self, arithmetic, letter),
            scalars_of,
            self.has_letters,
            {
                letter_name(g.quantity, step, place, g.shape): entry
                for g in self.parameters
                for step, value in g.values.items()
                for place, entry in enumerate(value)
                if isinstance(entry, Fraction)
            },
        )


@dataclass(frozen=True)
class Seed:
    """One entry of a parameter, moved by one: where the forward mode starts."""

    parameter: Quantity
    step: int | None
    entry: int


@dataclass(frozen=True)
class Jacobian:
    """d of / d by: for each entry of `of`, the adjoint of `by` (of its shape)."""

    name: DerivativeName
    rows: tuple[Any, ...]
    of_shape: Shape
    by_shape: Shape


@dataclass(frozen=True)
class Updated:
    """The parameters and the loss after one iteration, what the rule computed on the way, and
    the gradient that it followed. `points` are all values at the place where each group of
    parameters had its gradient taken."""

    parameters: Mapping[Slot, Any]
    loss: Any
    stepped: Mapping[Slot, Stepped]
    gradient: Gradient
    points: tuple[tuple[tuple[Slot, ...], Storage], ...]

    @property
    def of(self) -> Ref:
        return self.gradient.of


GoingOn: TypeAlias = Callable[[int, Mapping[Slot, Any]], Mapping[Slot, Any]]

Keeping: TypeAlias = Callable[[int, str, Slot, Any], Any]
"""What one goes on with at iteration k when a name's value for a parameter is computed."""


@dataclass(frozen=True)
class Worked:
    """The values of a plan. `storage` holds forward and adjoint values; `tangents`, for each
    seed, what changes with it. Where there are too many seeds, `alone` holds the gradient of each
    step's loss instead, by a way back of its own."""

    plan: Plan
    arithmetic: Arithmetic
    storage: Storage
    tangents: Mapping[Seed, Storage]
    updates: tuple[tuple[Updated, ...], ...]
    jacobians: tuple[Jacobian, ...]
    alone: Mapping[tuple[Ref, Slot], Any]

    def at(self, q: Quantity, step: int | None) -> Any:
        """The value of a quantity at a step: a scalar, or a flat tuple."""
        return at(self.plan.full, self.storage, q, step)


def at(system: System, storage: Storage, q: Quantity, step: int | None) -> Any:
    if step is None:
        return storage[q]
    return storage[q][step - extent(system, q.over)[0]]


def entries(value: Any, shape: Shape) -> tuple[Scalar, ...]:
    return (value,) if shape == SCALAR else tuple(value)


def work(plan: Plan, arithmetic: Arithmetic, letter: Letter | None) -> Worked:
    """Do all that the plan asks under one arithmetic.

    With letters, those numbers that are not given become letters; all parameters, where every
    number is given.
    """
    full = plan.full
    lettered = full if letter is None or plan.has_letters else _with_letters(full)
    storage = initial_storage(lettered, arithmetic, letter)
    program = compiled(full, arithmetic)
    program.run(storage)
    moved = dict(_tangents(plan, arithmetic, storage)) if plan.followed else {}
    updates = tuple(
        tuple(iterations(updating(plan, ask, arithmetic, program), storage)) for ask in plan.updates
    )
    jacobians = tuple(jacobian(plan, name, arithmetic, storage) for name in plan.derivatives)
    alone = {} if plan.followed else dict(_alone(plan, arithmetic, storage))
    return Worked(plan, arithmetic, storage, moved, updates, jacobians, alone)


def _alone(
    plan: Plan, arithmetic: Arithmetic, storage: Storage
) -> Iterator[tuple[tuple[Ref, Slot], Any]]:
    """The gradient of each step's loss by each parameter, step by step."""
    losses = [
        loss.at(step)
        for loss in plan.step_losses
        for run in plan.system.steps[loss]
        for step in run
    ]
    for of in losses if len(losses) <= MOST_WAYS_BACK else []:
        descent = _descent(plan, of, arithmetic)
        there = run_at(descent.program, storage, {})
        for given in plan.parameters:
            made = descent.gradient.of_quantity(given.quantity)
            for step in given.values:
                value = at(descent.gradient.system, there, made, step)
                yield (of, (given.quantity, step)), value


def _with_letters(system: System) -> System:
    given = dict(system.given)
    for g in system.with_role(Role.PARAMETER):
        values = {step: (None,) * len(value) for step, value in g.values.items()}
        given[g.quantity] = replace(g, values=values)
    return replace(system, given=given)


def _tangents(
    plan: Plan, arithmetic: Arithmetic, storage: Storage
) -> Iterator[tuple[Seed, Storage]]:
    """The forward mode, once for every entry of every parameter."""
    one, zero = arithmetic.number(ONE), arithmetic.number(ZERO)
    for parameter in plan.parameters:
        q = parameter.quantity
        size = parameter.shape[0] * parameter.shape[1]
        still = Given(q, Role.CONSTANT, parameter.shape, {})
        system = tangents(plan.system, still)
        moving = [e for e in system.equations if e not in plan.system.equations]
        program = compiled(system, arithmetic, moving)
        starts = initial_storage(system, arithmetic, known=plan.system.given)
        source = tangent(q, q.name)
        for step in parameter.values:
            for entry in range(size):
                value = tuple(one if i == entry else zero for i in range(size))
                start: Any = value[0] if parameter.shape == SCALAR else value
                if step is not None:
                    column = list(starts[source])
                    column[step - extent(system, q.over)[0]] = start
                    start = column
                moved = {**storage, **starts, source: start}
                program.run(moved)
                yield (
                    Seed(q, step, entry),
                    {t: v for t, v in moved.items() if t not in storage or t == source},
                )


@dataclass(frozen=True, eq=False)
class Updating:
    """An update made ready: a rule for each parameter, and the gradient of each iteration."""

    plan: Plan
    arithmetic: Arithmetic
    program: Program
    rules: Mapping[Slot, Rule]
    descents: tuple[Descent, ...]
    groups: tuple[tuple[Slot, ...], ...]


def updating(
    plan: Plan, ask: AskUpdate, arithmetic: Arithmetic, program: Program, placed: bool = False
) -> Updating:
    """Make an update ready: that of the loss, or of one observation's loss where the update takes
    them in an order. `program` is that of the plan's full system; it and all others are `placed`
    or not."""
    assert plan.gradient is not None
    whole = Descent(plan.gradient, program)
    descents = [whole] * ask.steps
    if ask.order:
        (single, *_) = plan.step_losses
        alone = {i: _descent(plan, single.at(i), arithmetic, placed) for i in set(ask.order)}
        descents = [alone[i] for i in ask.order]
    rules = {
        (g.quantity, step): rule_for(ask, g.shape, plan.full.functions)
        for g in plan.parameters
        for step in g.values
    }
    groups = tuple(
        tuple(slot for slot in rules if slot[0].name in names) for names in ask.groups
    ) or (tuple(rules),)
    return Updating(plan, arithmetic, program, rules, tuple(descents), groups)


def _as_computed(k: int, name: str, slot: Slot, value: Any) -> Any:
    return value


def iterations(
    made: Updating,
    storage: Storage,
    going_on: GoingOn = lambda k, values: values,
    keeping: Keeping | None = None,
    place: Place | None = None,
) -> Iterator[Updated]:
    """The updates one after the other, each from the gradient at the values before it. The values
    after iteration k are yielded as computed; `going_on` says which ones the next one starts
    from, `keeping` what is gone on with within a rule, `place` within the passes."""
    keeps = keeping is not None
    keep = keeping or _as_computed
    full, arithmetic, program, rules = made.plan.full, made.arithmetic, made.program, made.rules
    now: Mapping[Slot, Any] = {slot: at(full, storage, *slot) for slot in rules}
    states: dict[Slot, Mapping[str, Any]] = {slot: {} for slot in rules}
    here = storage
    for k, descent in enumerate(made.descents, 1):
        found, system = descent.gradient, descent.gradient.system
        stepped: dict[Slot, Stepped] = {}
        points = []
        for group in made.groups:
            there = {**now, **{slot: s.value for slot, s in stepped.items()}}
            point = {s: rules[s].point(k, arithmetic, there[s], states[s]) for s in rules}
            moved = bool(stepped) or any(point[s] is not now[s] for s in rules)
            if descent.program is not program or moved:
                here = run_at(descent.program, storage, point, place)
            slopes = {
                slot: keep(k, GRADIENT, slot, at(system, here, found.of_quantity(slot[0]), slot[1]))
                for slot in group
            }
            points.append((group, here))
            chosen = {slot: rules[slot] for slot in group}
            stepped |= apply_rule(
                chosen, k, arithmetic, there, slopes, states, partial(keep, k) if keeps else None
            )
        found_values = {slot: stepped[slot].value for slot in rules}
        now = going_on(k, found_values)
        states = {slot: stepped[slot].state for slot in rules}
        here = run_at(program, storage, now, place)
        loss = full.loss
        assert loss is not None
        value = at(full, here, full.quantity(loss), full.step(loss))
        ordered = {slot: stepped[slot] for slot in rules}
        yield Updated(found_values, value, ordered, found, tuple(points))


@dataclass(frozen=True)
class Descent:
    """A gradient, and the program that computes it."""

    gradient: Gradient
    program: Program


def _descent(plan: Plan, of: Ref, arithmetic: Arithmetic, placed: bool = False) -> Descent:
    """The gradient of one step's loss."""
    found = gradient(plan.system, of)
    return Descent(found, compiled(found.system, arithmetic, placed=placed))


def run_at(
    program: Program, storage: Storage, values: Mapping[Slot, Any], place: Place | None = None
) -> Storage:
    """All values, with other parameters in place."""
    there = {q: storage[q] for q in program.system.given}
    for (q, step), value in values.items():
        if step is None:
            there[q] = value
        else:
            column = list(there[q])
            column[step - extent(program.system, q.over)[0]] = value
            there[q] = column
    program.run(there, place)
    return there


def jacobian(
    plan: Plan, name: DerivativeName, arithmetic: Arithmetic, storage: Storage
) -> Jacobian:
    """d of / d by, one backward pass for each entry of `of`."""
    system = plan.system
    q, by = system.quantity(name.of), system.quantity(name.by)
    shape = system.shapes[q]
    size = shape[0] * shape[1]
    seed = Quantity("seed ")
    still = Given(seed, Role.CONSTANT, shape, {None: (ZERO,) * size})
    found = gradient(system, name.of, wrt=(by,), seed=still)
    program = compiled(found.system, arithmetic, found.adjoints)
    one, zero = arithmetic.number(ONE), arithmetic.number(ZERO)
    rows = []
    for entry in range(size):
        value = tuple(one if i == entry else zero for i in range(size))
        there = {**storage, seed: value[0] if shape == SCALAR else value}
        for equation in found.adjoints:
            there.pop(found.system.quantity(equation.target), None)
        program.run(there)
        rows.append(at(found.system, there, found.of_quantity(by), system.step(name.by)))
    return Jacobian(name, tuple(rows), shape, system.shapes[by])


def scalars_of(worked: Worked) -> Iterable[Scalar]:
    """Every number that may be printed."""
    full = worked.plan.full
    for q, value in worked.storage.items():
        for item in value if q.over else (value,):
            if item is not None:
                yield from entries(item, full.shapes[q])
    for seed, moved in worked.tangents.items():
        for q in worked.plan.step_losses:
            column = moved.get(tangent(q, seed.parameter.name), ())
            yield from (x for x in column if x is not None)
    for (_, (q, _)), value in worked.alone.items():
        yield from entries(value, full.shapes[q])
    for updates in worked.updates:
        for updated in updates:
            yield updated.loss
            for (q, _), value in updated.parameters.items():
                yield from entries(value, full.shapes[q])
            for (q, _), stepped in updated.stepped.items():
                for name in (GRADIENT, *(made.name for made in stepped.system.made_by)):
                    yield from entries(moment_of(stepped, name), full.shapes[q])
    for jacobian in worked.jacobians:
        for row in jacobian.rows:
            yield from entries(row, jacobian.by_shape)


def moment_of(stepped: Stepped, name: str) -> Any:
    """What a rule computed under a name."""
    return stepped.storage[Quantity(name, "k")][1]
