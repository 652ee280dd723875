"""The key of a problem: every result under its public name, as numerals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any, TypeVar, assert_never

from rnnhand.arithmetic.numerals import table
from rnnhand.arithmetic.policy import Settled
from rnnhand.calculus.tangent import tangent
from rnnhand.document.key import Key
from rnnhand.errors import failure
from rnnhand.language.numerals import Numeral, Table
from rnnhand.language.printer import text
from rnnhand.language.results import (
    AfterName,
    DerivativeName,
    ResultName,
    ValueName,
    result_text,
)
from rnnhand.language.tree import Number
from rnnhand.questions.moments import Moment, named
from rnnhand.questions.update import Slot
from rnnhand.questions.work import Jacobian, Worked, at, moment_of
from rnnhand.system.model import SCALAR, Given, Quantity, Shape, System

Work = TypeVar("Work")


def shown(settled: Settled[Work], pick: Callable[[Work], Any], shape: Shape, digits: int) -> Table:
    """A value of the work as numerals, with its closed form beside it where there is one."""
    with settled.precisely():
        found = table(pick(settled.work), shape, digits)
    if settled.name == "decimal":
        return _in_decimals(found)
    if settled.closed is None:
        return found
    return _beside(found, table(pick(settled.closed), shape, digits))


def _in_decimals(found: Table) -> Table:
    """In decimal arithmetic only whole numbers stand as exact ones."""
    if isinstance(found, Numeral):
        whole = isinstance(found.exact, Number) and "/" not in found.exact.text
        return found if whole and not found.rounded else replace(found, exact=None)
    return tuple(_in_decimals(item) for item in found)


def _beside(decimal: Table, closed: Table) -> Table:
    """Decimals with the closed forms of the same numbers."""
    if isinstance(decimal, Numeral) and isinstance(closed, Numeral):
        return closed if closed.decimal is not None else replace(decimal, exact=closed.exact)
    assert isinstance(decimal, tuple) and isinstance(closed, tuple)
    return tuple(_beside(d, c) for d, c in zip(decimal, closed, strict=True))


def instances(system: System, q: Quantity) -> Iterator[int | None]:
    """The steps at which a quantity has a value."""
    if not q.over:
        yield None
    for run in system.steps.get(q, ()):
        yield from run


def implied(system: System) -> set[Quantity]:
    """What is not shown where adjoints are given: their loss, and themselves as data."""
    if not system.pushed or system.loss is None:
        return set()
    return {system.quantity(system.loss), *system.pushed.values()}


def key_of(title: str, settled: Settled[Worked], asked: Iterable[ResultName], digits: int) -> Key:
    """Every result of a worked problem; `asked` are the results that its questions name."""
    plan = settled.work.plan
    system, full = plan.system, plan.full

    def column(q: Quantity, name: Callable[[int | None], str]) -> dict[str, Table]:
        return {
            name(step): shown(settled, lambda w, q=q, s=step: w.at(q, s), full.shapes[q], digits)  # type: ignore[misc]
            for step in instances(full, q)
        }

    values: dict[str, Table] = {}
    hidden = implied(system)
    for q in dict.fromkeys((*system.given, *system.made_by)):
        if q in hidden:
            continue
        values |= column(q, lambda step, q=q: text(q.at(step)))  # type: ignore[misc]
    gradients: dict[str, Table] = {}
    if plan.gradient is not None:
        of = text(plan.gradient.of)
        for q in plan.gradient.wrt:
            if q in hidden:
                continue
            made = plan.gradient.of_quantity(q)
            gradients |= column(made, lambda step, q=q: f"d{of}/d{text(q.at(step))}")  # type: ignore[misc]
        gradients |= dict(_step_losses(settled, digits))
    after = [
        {
            text(q.at(step)): shown(
                settled, parameter_after(i, k, (q, step)), full.shapes[q], digits
            )
            for q, step in updated.parameters
        }
        | {
            text(loss): shown(settled, loss_after(i, k), SCALAR, digits)
            for loss in [system.loss]
            if loss is not None and not hidden
        }
        | {
            name: shown(settled, moment_at(i, k, moment), full.shapes[moment.slot[0]], digits)
            for name, moment in named(system, plan.updates[i])
            if moment.slot in updated.parameters
        }
        for i, updates in enumerate(settled.work.updates)
        for k, updated in enumerate(updates)
    ]
    results = {result_text(name): result(settled, name, digits) for name in asked}
    return Key(title, settled.name, values, gradients, after, results)


def result(settled: Settled[Worked], name: ResultName, digits: int) -> Table:
    """A result by its name, down to the entry that it names."""
    match name:
        case ValueName(ref):
            full = settled.work.plan.full
            q, step = full.quantity(ref), full.step(ref)
            table = shown(settled, lambda w: w.at(q, step), full.shapes[q], digits)
        case DerivativeName():
            names = [replace(j.name, entry=()) for j in settled.work.jacobians]
            table = jacobian_table(settled, names.index(replace(name, entry=())), digits)
        case AfterName():
            raise failure("after-in-ask", None, "hint-update", name=result_text(name))
        case _:
            assert_never(name)
    for i in name.entry:
        if isinstance(table, tuple):
            table = table[i - 1]
    return table


def parameter_after(i: int, k: int, slot: Slot) -> Callable[[Worked], Any]:
    """What iteration k of the update i makes of a parameter."""
    return lambda w: w.updates[i][k].parameters[slot]


def moment_at(i: int, k: int, moment: Moment) -> Callable[[Worked], Any]:
    """What the rule computes under a name in iteration k of the update i."""
    return lambda w: moment_of(w.updates[i][k].stepped[moment.slot], moment.own)


def loss_after(i: int, k: int) -> Callable[[Worked], Any]:
    """The loss that the parameters after iteration k give."""
    return lambda w: w.updates[i][k].loss


def _step_losses(settled: Settled[Worked], digits: int) -> Iterator[tuple[str, Table]]:
    """dL[t]/dw for each step's loss and each parameter."""
    plan = settled.work.plan
    for loss in plan.step_losses:
        for step in instances(plan.system, loss):
            there = plan.followed or bool(settled.work.alone)
            for p in plan.parameters if there else []:
                for own in p.values:
                    name = f"d{text(loss.at(step))}/d{text(p.quantity.at(own))}"
                    yield name, step_loss(settled, loss, step, p, own, digits)


def step_loss(
    settled: Settled[Worked],
    loss: Quantity,
    step: int | None,
    given: Given,
    own: int | None,
    digits: int,
) -> Table:
    """dL[t]/dw for one step's loss and one parameter (at its own step, where it has steps)."""
    return shown(settled, _moved(loss, step, given.quantity, own), given.shape, digits)


def _moved(
    loss: Quantity, step: int | None, parameter: Quantity, own: int | None
) -> Callable[[Worked], Any]:
    """How the loss of a step moves with each entry of a parameter."""

    def pick(w: Worked) -> Any:
        if w.alone:
            return w.alone[loss.at(step), (parameter, own)]
        made = tangent(loss, parameter.name)
        zero = w.arithmetic.number(_ZERO)
        found = tuple(
            at(w.plan.full, moved, made, step) if made in moved else zero
            for seed, moved in w.tangents.items()
            if (seed.parameter, seed.step) == (parameter, own)
        )
        return found[0] if len(found) == 1 else found

    return pick


def jacobian_table(settled: Settled[Worked], i: int, digits: int) -> Table:
    """d of / d by: of the shape of `by` for a scalar, else a row for each entry of `of`."""

    def pick(w: Worked) -> Any:
        j = w.jacobians[i]
        if j.of_shape == SCALAR:
            return j.rows[0]
        if j.by_shape == SCALAR:
            return tuple(j.rows)
        return tuple(x for row in j.rows for x in row)

    return shown(settled, pick, jacobian_shape(settled.work.jacobians[i]), digits)


def jacobian_shape(j: Jacobian) -> Shape:
    rows, columns = j.of_shape[0] * j.of_shape[1], j.by_shape[0] * j.by_shape[1]
    return j.by_shape if rows == 1 else (rows, columns)


_ZERO = Fraction(0)
