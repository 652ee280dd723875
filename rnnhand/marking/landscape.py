"""The equations that a sheet is marked on by what they are for, and what may become of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from rnnhand.calculus.gradient import adjoint, contribution, gradient, has_contributions
from rnnhand.calculus.parts import Parts, parts
from rnnhand.calculus.rules import slope
from rnnhand.language.operations import Function
from rnnhand.language.tree import Apply, Expr, Over, Ref, rewrite, walk
from rnnhand.marking.carry import Ground
from rnnhand.marking.kinds import SLOPE
from rnnhand.marking.trial import Changes
from rnnhand.problem.model import AskUpdate
from rnnhand.system.model import Equation, Quantity, Role, System


@dataclass(frozen=True, eq=False)
class Variation:
    """What a misconception makes of some equations. `words` are what its sentence may mention:
    what was found, what was put there, what variables stand for; `own` has them for those
    quantities in whose own equations they differ."""

    id: str
    words: Mapping[str, Expr]
    changes: Changes
    own: Mapping[Quantity, Mapping[str, Expr]] = field(default_factory=dict)


@dataclass(frozen=True)
class Landscape:
    """A system with gradients, seen by what its equations are for. `of` are the scalars that are
    differentiated; `marked` is the system with every slope written as a function of its own."""

    system: System
    of: tuple[Ref, ...]
    base: System
    parts: Parts
    kinds: Mapping[Quantity, tuple[str, ...]]
    bases: Mapping[Quantity, Quantity]
    numerators: Mapping[Quantity, Ref]
    marked: System
    slopes: Mapping[str, Expr]
    sums: Mapping[Quantity, tuple[Equation, ...]]
    updates: tuple[AskUpdate, ...]


def landscape(ground: Ground, sums: Mapping[Quantity, tuple[Equation, ...]]) -> Landscape:
    """A ground, seen so; `sums` has the gradients that are also sums of those of the steps'
    losses."""
    base, system, of = ground.plan.system, ground.system, ground.of
    purposes = parts(base)
    kinds: dict[Quantity, tuple[str, ...]] = {}
    bases: dict[Quantity, Quantity] = {}
    numerators: dict[Quantity, Ref] = {}
    for q in base.made_by:
        kinds[q] = ("loss",) if q in purposes.losses else ("forward",)
        bases[q] = q
    for ref in of:
        for q in (*base.made_by, *base.given):
            made = adjoint(ref, q)
            trained = q in base.given and base.given[q].role == Role.PARAMETER
            if made in system.made_by:
                kinds[made] = _purposes(system, made) if trained and not q.over else ("adjoint",)
                bases[made], numerators[made] = q, ref
            for var in base.indices:
                if not has_contributions(base, q, var):
                    continue
                part = contribution(ref, q, var)
                if part in system.made_by:
                    kinds[part] = ("contribution",)
                    bases[part], numerators[part] = q, ref
    marked, slopes = _with_marked_slopes(base, of)
    return Landscape(
        system,
        of,
        base,
        purposes,
        kinds,
        bases,
        numerators,
        marked,
        slopes,
        sums,
        ground.plan.updates,
    )


def _purposes(system: System, total: Quantity) -> tuple[str, ...]:
    """A parameter's gradient is a sum over steps, or it is one adjoint like those of quantities."""
    summed = any(
        isinstance(node, Over)
        for equation in system.made_by[total]
        for term in equation.terms
        for node in walk(term.body)
    )
    return ("total", "contribution") if summed else ("total", "contribution", "adjoint")


def _with_marked_slopes(base: System, of: tuple[Ref, ...]) -> tuple[System, dict[str, Expr]]:
    """The gradients once more, with f′ written `slope of f`(argument, result)."""
    functions = dict(base.functions)
    slopes: dict[str, Expr] = {}
    for name, f in base.functions.items():
        first = f.parameters[0]
        own = slope(f, first, tuple(map(Ref, f.parameters)), Ref("result"), base.functions)
        if f.activation and own is not None and len(f.parameters) == 1:
            slopes[name] = rewrite(own, partial(_renamed, first))
            mark = Apply(SLOPE + name, (Ref(first), Ref("result")))
            functions[name] = replace(f, slopes={**f.slopes, first: mark})
            functions[SLOPE + name] = Function(SLOPE + name, ("x", "result"), slopes[name])
    return with_gradients(replace(base, functions=functions), of), slopes


def _renamed(name: str, expr: Expr) -> Expr:
    return Ref("x") if expr == Ref(name) else expr


def with_gradients(base: System, of: Iterable[Ref]) -> System:
    """A system with the gradients of some of its scalars."""
    system = base
    for ref in of:
        more = gradient(base, ref)
        system = replace(
            system,
            equations=(*system.equations, *more.adjoints),
            shapes={**system.shapes, **more.system.shapes},
        )
    return system
