"""One equation at one step, compiled on its own: the value of a single place from a storage."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from rnnhand.arithmetic.arrays import library
from rnnhand.arithmetic.base import Arithmetic
from rnnhand.arithmetic.expressions import STEP, Expressions, extent
from rnnhand.arithmetic.program import FILENAME, Scope, Storage
from rnnhand.arithmetic.syntax import function, module
from rnnhand.language.tree import Shift
from rnnhand.system.model import Equation, Quantity, System, Term


@dataclass(frozen=True, eq=False)
class Instance:
    """The right side of an equation with those terms that are there at some step."""

    arithmetic: Arithmetic
    order: tuple[Quantity, ...]
    constants: tuple[Fraction, ...]
    scope: Scope
    function: Callable[..., Any]
    base: int

    def value(self, storage: Storage, step: int | None) -> Any:
        """Its value at a step. Raises what the program of the system would raise."""
        stored = [storage[q] for q in self.order]
        return self.function(self.numbers, 0 if step is None else step - self.base, *stored)

    @cached_property
    def numbers(self) -> list[Any]:
        """The constants, at the precision of the first run."""
        self.scope.refresh(self.arithmetic)
        return [self.arithmetic.number(value) for value in self.constants]


def terms_at(equation: Equation, step: int | None) -> tuple[Term, ...]:
    return tuple(t for t in equation.terms if t.steps is None or step in t.steps)


def instance(
    system: System, equation: Equation, terms: tuple[Term, ...], arithmetic: Arithmetic
) -> Instance:
    """Compile an equation that has these terms at the steps in question. The target's index must
    be a running one, or none."""
    writer = Expressions(system)
    index = equation.target.index
    base = 0
    if isinstance(index, Shift):
        writer.running[index.var] = STEP
        base = extent(system, index.var)[0]
    value = writer.total(terms, system.shapes[system.quantity(equation.target)])
    body = [*writer.preamble(), *writer.statements, ast.Return(value)]
    scope = Scope({f"f_{name}": f for name, f in library(arithmetic).items()})
    for name in writer.functions:
        scope.define(system.functions[name], system, arithmetic)
    tree = function("value", ["constants", STEP, *writer.slots.values()], body)
    # As in `program`: the tree holds only names and constants that `writer` makes.
    exec(compile(module([tree]), FILENAME, "exec"), scope.names)
    return Instance(
        arithmetic,
        tuple(writer.slots),
        tuple(writer.constants),
        scope,
        scope.names["value"],
        base,
    )
