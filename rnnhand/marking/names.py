"""Where on the ground a name of a sheet stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from rnnhand.calculus.gradient import adjoint
from rnnhand.errors import failure
from rnnhand.language.results import AfterName, DerivativeName, ResultName, ValueName, result_text
from rnnhand.language.tree import Ref
from rnnhand.problem.model import AskUpdate
from rnnhand.problem.results import check_entry, check_result, derivative_shape, known
from rnnhand.questions.moments import Moment, as_quantity, moment_named
from rnnhand.questions.work import Plan
from rnnhand.system.model import SCALAR, Quantity, Role, Shape, System
from rnnhand.system.shapes import shown

Place: TypeAlias = tuple[Quantity, int | None]
"""A quantity at a step."""


@dataclass(frozen=True)
class After:
    """A parameter (at a step of its own, if it has any), or the loss, after k updates."""

    k: int
    place: Place


Spot: TypeAlias = Place | After

MOST_ROWS = 64
"""Entries of a vector or matrix up to which its derivatives are marked."""


@dataclass(frozen=True, eq=False)
class Named:
    """What a name on a sheet names: a place, of a shape, or one entry there."""

    result: ResultName
    spot: Spot
    whole: Shape

    @cached_property
    def label(self) -> str:
        return result_text(self.result)

    @cached_property
    def shape(self) -> Shape:
        """The shape of an answer under this name."""
        return SCALAR if self.result.entry else self.whole

    @cached_property
    def chosen(self) -> tuple[int, ...]:
        """The entries of the place that it names, counted row by row."""
        rows, columns = self.whole
        match self.result.entry:
            case (i,):
                return (i - 1,)
            case (i, j):
                return ((i - 1) * columns + j - 1,)
        return tuple(range(rows * columns))


def differentiated(plan: Plan, names: Iterable[ResultName]) -> list[Ref]:
    """What, besides the loss, has derivatives that are named."""
    system = plan.system
    found: dict[Ref, None] = {}
    for name in names:
        if isinstance(name, DerivativeName):
            of = at_its_step(system, name.of)
            if system.loss is None or of != at_its_step(system, system.loss):
                found[of] = None
    return list(found)


def data_named(plan: Plan, names: Iterable[ResultName]) -> frozenset[Quantity]:
    """The data by which derivatives are named."""
    system = plan.system
    by = {system.quantity(name.by) for name in names if isinstance(name, DerivativeName)}
    roles = (Role.DATA, Role.CONSTANT)
    return frozenset(q for q in by if q in system.given and system.given[q].role in roles)


def at_its_step(system: System, ref: Ref) -> Ref:
    """dL[T] is dL[3]."""
    return system.quantity(ref).at(system.step(ref))


def check_name(plan: Plan, name: ResultName) -> None:
    """Raises `Failure` where a name names nothing that can be marked."""
    system = plan.system
    if isinstance(name, AfterName):
        moment = moment_of(plan, name)
        if moment is not None:
            check_entry(name.entry, system.shapes[moment.slot[0]], name)
            return
        q = known(system, name.ref, name)
        given = system.given.get(q)
        trained = given is not None and given.role == Role.PARAMETER
        if not trained and at_its_step(system, name.ref) != system.loss:
            raise failure("after-what", name.ref.span, name=result_text(name))
        last = sum(max(a.steps, len(a.order)) for a in plan.updates)
        if not 1 <= name.iteration <= last:
            code = "after-none" if not last else "after-beyond"
            raise failure(code, name.ref.span, name=result_text(name), last=last)
        check_entry(name.entry, system.shapes[q], name)
        return
    check_result(system, name)
    if isinstance(name, DerivativeName):
        rows, columns = system.shapes[system.quantity(name.of)]
        if rows * columns > MOST_ROWS:
            raise failure(
                "derivative-of-many", name.of.span, name=result_text(name),
                shape=shown((rows, columns)), limit=MOST_ROWS,
            )  # fmt: skip


def spot_of(plan: Plan, name: ResultName) -> Spot:
    """The place that a checked name names."""
    system = plan.system
    match name:
        case ValueName(ref):
            return system.quantity(ref), system.step(ref)
        case DerivativeName(of, by):
            made = adjoint(at_its_step(system, of), system.quantity(by))
            return made, system.step(by)
        case AfterName(k, ref):
            moment = moment_of(plan, name)
            if moment is not None:
                return moment_spot(k, moment)
            return After(k, (system.quantity(ref), system.step(ref)))


def moment_of(plan: Plan, name: AfterName) -> Moment | None:
    """What the rule of an iteration computes under a name, where the problem has no such
    quantity."""
    ask = ask_at(plan, name.iteration)
    q = plan.system.quantity(name.ref)
    if ask is None or q in plan.system.given or q in plan.system.made_by:
        return None
    return moment_named(plan.system, ask, name.ref)


def ask_at(plan: Plan, iteration: int) -> AskUpdate | None:
    """The update to which an iteration belongs, counted through all updates."""
    for ask in plan.updates:
        if 1 <= iteration <= ask.steps:
            return ask
        iteration -= ask.steps
    return None


def moment_spot(k: int, moment: Moment) -> After:
    return After(k, (as_quantity(moment), moment.slot[1]))


def shape_of(plan: Plan, name: ResultName) -> Shape:
    if isinstance(name, AfterName) and (moment := moment_of(plan, name)) is not None:
        return plan.system.shapes[moment.slot[0]]
    if isinstance(name, DerivativeName):
        return derivative_shape(plan.system, name)
    return plan.system.shapes[plan.system.quantity(name.ref)]
