"""The nouns: a `System` is equations, given values and the steps that each index runs over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple, TypeAlias

from rnnhand.errors import Span
from rnnhand.language.operations import Functions
from rnnhand.language.tree import NOWHERE, At, Expr, Last, Over, Ref, Shift, children

Shape: TypeAlias = tuple[int, int]
"""(rows, columns): a scalar is (1, 1), a vector of n is a column (n, 1)."""

Steps: TypeAlias = tuple[range, ...]
"""Some steps, as disjoint runs in ascending order."""

SCALAR: Shape = (1, 1)


class Quantity(NamedTuple):
    """`w` or `h[t]`: a name, and the index it runs over if it has one. `L` and `L[t]` are two.

    A tuple, because quantities are the keys of everything: tuples hash without running Python.
    """

    name: str
    over: str = ""

    def __str__(self) -> str:
        return f"{self.name}[{self.over}]" if self.over else self.name

    def ref(self, offset: int = 0) -> Ref:
        """The quantity as it stands in an equation: h[t] (or h[t+offset])."""
        return Ref(self.name, Shift(self.over, offset) if self.over else None)

    def at(self, step: int | None) -> Ref:
        """The quantity at a step: h[2]."""
        return Ref(self.name, At(step) if step is not None and self.over else None)


@dataclass(frozen=True, slots=True)
class Term:
    """A summand, the steps at which it is there, and the mention by which a gradient took it.

    `route` is the quantity through which an adjoint's summand came; None outside of gradients.
    """

    body: Expr
    steps: range | None
    route: Ref | None = None


@dataclass(frozen=True)
class Equation:
    """`target = Σ terms`, for every step of `steps` (None: the target has no index)."""

    target: Ref
    terms: tuple[Term, ...]
    steps: range | None
    span: Span = field(default=NOWHERE, compare=False, repr=False)

    @property
    def body(self) -> Expr:
        """The right side of an equation that has one term only, as every written one has."""
        (term,) = self.terms
        return term.body


class Role(StrEnum):
    """Why a value is given. Parameters are differentiated, counted and updated."""

    PARAMETER = "parameter"
    INITIAL = "initial"
    DATA = "data"
    CONSTANT = "constant"


Entry: TypeAlias = Fraction | Expr | None
"""An exact number, a constant expression such as sqrt(2), or None: a letter."""


@dataclass(frozen=True)
class Given:
    """Values that no equation makes: by step, or under None; each a flat tuple, row by row."""

    quantity: Quantity
    role: Role
    shape: Shape
    values: Mapping[int | None, tuple[Entry, ...]]
    span: Span = field(default=NOWHERE, compare=False, repr=False)

    @property
    def has_letters(self) -> bool:
        return any(entry is None for value in self.values.values() for entry in value)


@dataclass(frozen=True)
class System:
    """Equations, the steps of every index, given values, and the shape of every quantity."""

    equations: tuple[Equation, ...]
    indices: Mapping[str, range]
    given: Mapping[Quantity, Given]
    functions: Functions
    shapes: Mapping[Quantity, Shape]
    loss: Ref | None = None

    @cached_property
    def overs(self) -> dict[str, str]:
        """The index over which a name runs, for names that have one."""
        found = {q.name: q.over for q in self.given if q.over}
        for equation in self.equations:
            if isinstance(equation.target.index, Shift):
                found.setdefault(equation.target.name, equation.target.index.var)
        for q in self.shapes:  # what has one step alone, a_s[0]; adjoints still to come
            if q.over:
                found.setdefault(q.name, q.over)
        for equation in self.equations:
            if equation.target.index is not None:
                found.setdefault(equation.target.name, next(iter(self.indices), "t"))
        return found

    @cached_property
    def names(self) -> dict[str, str]:
        """All names of quantities, each with the index it runs with; "" where it has none."""
        return {q.name: self.overs.get(q.name, "") for q in (*self.made_by, *self.given)}

    def quantity(self, ref: Ref) -> Quantity:
        """Of which quantity `h[t-1]`, `h[0]` or `w` is a mention."""
        if ref.index is None:
            return Quantity(ref.name)
        if isinstance(ref.index, Shift):
            return Quantity(ref.name, ref.index.var)
        return Quantity(ref.name, self.overs.get(ref.name, next(iter(self.indices), "t")))

    def step(self, ref: Ref, values: Mapping[str, int] | None = None) -> int | None:
        """The step that a mention names, where its index variable has the given value."""
        match ref.index:
            case None:
                return None
            case At(step):
                return step
            case Last(offset):
                return self.indices[self.quantity(ref).over][-1] + offset
            case Shift(var, offset):
                return (values or {})[var] + offset

    @cached_property
    def made_by(self) -> dict[Quantity, tuple[Equation, ...]]:
        """The equations of every computed quantity."""
        made: dict[Quantity, tuple[Equation, ...]] = {}
        for equation in self.equations:
            q = self.quantity(equation.target)
            made[q] = (*made.get(q, ()), equation)
        return made

    @cached_property
    def pushed(self) -> dict[Quantity, Quantity]:
        """The quantities whose adjoints are given, and these adjoints; the loss is then implied."""
        if self.loss is None:
            return {}
        names = {f"d{self.loss.name}/d{q.name}": q for q in self.made_by}
        return {names[g.name]: g for g in self.given if g.name in names}

    @cached_property
    def steps(self) -> dict[Quantity, Steps]:
        """The steps at which every indexed quantity is given or computed."""
        found: dict[Quantity, list[range]] = {}
        for q, given in self.given.items():
            if q.over:
                found[q] = runs(step for step in given.values if step is not None)
        for q, made in self.made_by.items():
            if q.over:
                found.setdefault(q, []).extend(e.steps for e in made if e.steps is not None)
        return {q: merged(ranges) for q, ranges in found.items()}

    @cached_property
    def extents(self) -> dict[str, tuple[int, int]]:
        """For every index, the first step of any quantity that runs over it, and how many steps
        there are from that one on."""
        found = {}
        for var, own in self.indices.items():
            runs = [
                own,
                *(run for q, steps in self.steps.items() if q.over == var for run in steps),
            ]
            first = min(run.start for run in runs)
            found[var] = first, max(run.stop for run in runs) - first
        return found

    def exists(self, quantity: Quantity, step: int | None) -> bool:
        """Whether a quantity is given or computed at a step."""
        if step is None:
            return quantity in self.given or quantity in self.made_by
        return any(step in run for run in self.steps.get(quantity, ()))

    def domain(self, over: Over) -> Steps:
        """The steps of a sum: those at which every quantity that runs with it exists."""
        found: Steps = (self.indices[over.var],) if over.within is None else over.within
        for ref in free_refs(over.body, over.var):
            assert isinstance(ref.index, Shift)
            k = ref.index.offset
            there = self.steps.get(self.quantity(ref), ())
            found = intersection(found, tuple(range(r.start - k, r.stop - k) for r in there))
        return found

    def with_role(self, *roles: Role) -> list[Given]:
        return [g for g in self.given.values() if g.role in roles]


def runs(steps: Iterable[int]) -> list[range]:
    """Whole numbers as maximal runs: 0, 1, 2, 5 → 0..2, 5..5."""
    found: list[range] = []
    for step in sorted(steps):
        if found and found[-1].stop == step:
            found[-1] = range(found[-1].start, step + 1)
        else:
            found.append(range(step, step + 1))
    return found


def merged(ranges: Iterable[range]) -> Steps:
    """The union of some runs."""
    found: list[range] = []
    for run in sorted(ranges, key=lambda r: r.start):
        if found and run.start <= found[-1].stop:
            found[-1] = range(found[-1].start, max(found[-1].stop, run.stop))
        elif run:
            found.append(run)
    return tuple(found)


def intersection(one: Steps, other: Steps) -> Steps:
    both = (range(max(a.start, b.start), min(a.stop, b.stop)) for a in one for b in other)
    return tuple(run for run in both if run)


def free_refs(expr: Expr, var: str) -> Iterator[Ref]:
    """The mentions that run with `var`, but for those under a sum over `var` of their own."""
    match expr:
        case Ref(_, Shift(v, _)) if v == var:
            yield expr
        case Over(_, v, _) if v == var:
            return
        case _:
            for child in children(expr):
                yield from free_refs(child, var)
