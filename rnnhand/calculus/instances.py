"""Quantities at their steps, and what the equation of one mentions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple, assert_never

from rnnhand.language.tree import Apply, Expr, Number, Over, Ref, Shift
from rnnhand.system.model import Equation, Quantity, System


class Instance(NamedTuple):
    """A quantity at a step."""

    quantity: Quantity
    step: int | None

    @property
    def ref(self) -> Ref:
        return self.quantity.at(self.step)


def equations_at(system: System, instance: Instance) -> Iterator[Equation]:
    for equation in system.made_by.get(instance.quantity, ()):
        if equation.steps is None or instance.step in equation.steps:
            yield equation


def running(equation: Equation, step: int | None) -> dict[str, int]:
    """What runs in an equation, at which step."""
    index = equation.target.index
    return {index.var: step} if isinstance(index, Shift) and step is not None else {}


def mentions(system: System, expr: Expr, at: Mapping[str, int]) -> Iterator[Instance]:
    match expr:
        case Number():
            return
        case Ref(name, None) if name == "T" or name in system.indices:
            return
        case Ref():
            yield Instance(system.quantity(expr), system.step(expr, at))
        case Over(_, var, body):
            for run in system.domain(expr):
                for step in run:
                    yield from mentions(system, body, {**at, var: step})
        case Apply(_, args):
            for arg in args:
                yield from mentions(system, arg, at)
        case _:
            assert_never(expr)
