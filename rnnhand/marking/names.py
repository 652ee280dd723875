"""Where on the ground a name of a sheet stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from rnnhand.calculus.gradient import adjoint
from rnnhand.errors import failure
from rnnhand.language.results import AfterName, DerivativeName, ResultName, ValueName, result_text
from rnnhand.language.tree import Ref
from rnnhand.problem.results import check_entry, check_result, known
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


def scalars_named(plan: Plan, names: Iterable[ResultName]) -> list[Ref]:
    """The scalars, besides the loss, whose derivatives are named."""
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
        shape = system.shapes[system.quantity(name.of)]
        if shape != SCALAR:
            raise failure(
                "derivative-of-many", name.of.span, name=result_text(name), shape=shown(shape)
            )


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
            return After(k, (system.quantity(ref), system.step(ref)))


def shape_of(plan: Plan, name: ResultName) -> Shape:
    ref = name.by if isinstance(name, DerivativeName) else name.ref
    return plan.system.shapes[plan.system.quantity(ref)]
