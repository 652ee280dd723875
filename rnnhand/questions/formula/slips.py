"""Which slip, or which two, make a student's formula of the right one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rnnhand.arithmetic.base import Arithmetic
from rnnhand.arithmetic.equality import Pairs, at_point, different
from rnnhand.arithmetic.program import Storage, compiled, initial_storage
from rnnhand.calculus.gradient import Gradient
from rnnhand.calculus.variants import KINDS, Variant, variants
from rnnhand.language.derivatives import derivative_of, derivative_ref
from rnnhand.language.printer import text
from rnnhand.language.tree import (
    Apply,
    At,
    Expr,
    Last,
    Ref,
    Shift,
    refs,
    rewrite,
    shift,
)
from rnnhand.questions.formula.cuts import activated, cut, local_cuts, numerators
from rnnhand.questions.formula.formula import OWN, RIGHT, Formula
from rnnhand.questions.formula.proof import are_same, with_letters
from rnnhand.questions.formula.values import SLIP, Point, filled, pairs, program, put_at, values_of
from rnnhand.system.model import Equation, Quantity, Role, System, Term

MOST_TWO = 120
"""Pairs of slips that are tried where no single one explains a formula."""

ALONE = ("missing-back", "slope-elsewhere", "only-step")
"""Slips that are not put together with others: they leave nothing else to be wrong, or have too
many forms."""


def one_slip(
    formula: Formula,
    points: Sequence[Point],
    kinds: Collection[str] = KINDS,
    fixed: Sequence[Role] = (),
) -> Variant | None:
    """The slip of one of some kinds that alone gives the student's formula: seen at every point,
    then proved; what is given in the roles of `fixed` keeps its numbers."""
    gradients = _gradients(formula)
    there = list(places(formula, points))
    for slips in _those_of_one_equation_first(formula, gradients):
        if slips[0].kind in kinds and _explains(formula, gradients, slips, there, fixed):
            return at_its_step(formula, slips[0])
    return None


def at_its_step(formula: Formula, slip: Variant) -> Variant:
    """The reader at the step that is asked for: through a_r[2] for what is missing in dL/dh[1],
    through a_r[t] in dh[t]/dh[t-1]; a slip on the whole way back is made at all steps."""
    (pair, *others) = {derivative_of(i.name) for i in formula.instances}
    target = derivative_of(_whole(formula.target))
    route = slip.route
    if slip.everywhere or target is None:
        return slip
    index = target.by.index
    if isinstance(index, Shift):
        of_reader = route is None or slip.at == route
        moved = shift(slip.at, index.var, index.offset)
        return replace(slip, at=moved) if of_reader and isinstance(moved, Ref) else slip
    there = pair.by.index if pair is not None and not others else None
    seen = slip.at if route is None else route
    if not isinstance(index, At | Last) or not isinstance(there, At):
        return slip
    if not isinstance(seen.index, Shift):
        return slip
    return replace(slip, at=replace(seen, index=At(there.step + seen.index.offset)))


def _whole(target: Expr) -> Ref:
    """The name of a derivative of which one entry is asked for."""
    ref = target.args[0] if isinstance(target, Apply) else target
    assert isinstance(ref, Ref)
    return ref


def _gradients(formula: Formula) -> list[Gradient]:
    return [formula.gradients[text(of)] for of in numerators(formula)]


def _those_of_one_equation_first(
    formula: Formula, gradients: Sequence[Gradient]
) -> list[tuple[Variant, ...]]:
    return sorted(_slips(formula, gradients), key=lambda slips: slips[0].everywhere)


def two_slips(
    formula: Formula, points: Sequence[Point], fixed: Sequence[Role] = ()
) -> tuple[Variant, ...]:
    """Two slips that only together give it, seen and proved in the same way."""
    gradients = _gradients(formula)
    there = list(places(formula, points))
    first = _those_of_one_equation_first(formula, gradients)
    tried = 0
    for slips in first:
        if slips[0].kind in ALONE:
            continue
        changed = [replace(g, adjoints=s.adjoints) for g, s in zip(gradients, slips, strict=True)]
        for others in _slips(formula, changed):
            if others[0].kind in ("slope-elsewhere", "only-step"):
                continue
            if _order(others[0]) <= _order(slips[0]) or others[0].everywhere != slips[0].everywhere:
                continue
            tried += 1
            if tried > MOST_TWO:
                return ()
            if _explains(formula, gradients, others, there, fixed):
                return (at_its_step(formula, slips[0]), at_its_step(formula, others[0]))
    return ()


def _order(slip: Variant) -> tuple[str, str]:
    return (slip.kind, text(slip.at))


def _slips(formula: Formula, gradients: Sequence[Gradient]) -> Iterator[tuple[Variant, ...]]:
    """The slips that can be made in the way back of every entry alike."""
    by = formula.instances[0].by
    first, *others = (
        {(s.kind, s.at, s.everywhere, s.absent): s
         for s in variants(g, g.system.quantity(derivative_ref(of, by)))}
        for g, of in zip(gradients, numerators(formula), strict=True)
    )  # fmt: skip
    for same, slip in first.items():
        if all(same in other for other in others):  # else the entries go different ways
            yield (slip, *(other[same] for other in others))


def _explains(
    formula: Formula,
    gradients: Sequence[Gradient],
    slips: Sequence[Variant],
    there: Sequence[Place],
    fixed: Sequence[Role],
) -> bool:
    slipped = _slipped(formula, gradients, slips)
    return all(_agrees(formula, slipped, p) for p in there) and (
        _is_slip_at_each(formula, gradients, slips, fixed) or _is_slip(formula, slipped, fixed)
    )


def _slipped(formula: Formula, gradients: Sequence[Gradient], slips: Sequence[Variant]) -> System:
    """The system in which the target is computed with the slip, beside the true adjoints that the
    student's formula may mention: those with the slip have names of their own."""
    own: set[str] = set()
    judged = {n.name for i in formula.instances for n in i.names}
    for found, slip in zip(gradients, slips, strict=True):
        made = {found.system.quantity(e.target).name for e in found.adjoints}
        running = any(n.index is not None for i in formula.instances for n in i.names)
        local = {slip.within} - judged if running else made & {slip.within, *judged}
        own |= made if slip.everywhere else local

    def renamed(expr: Expr) -> Expr:
        if isinstance(expr, Ref) and expr.name in own:
            return replace(expr, name=SLIP + expr.name)
        return expr

    equations = []
    shapes = dict(formula.full.shapes)
    for found, slip in zip(gradients, slips, strict=True):
        for e in slip.adjoints:
            terms = tuple(replace(t, body=rewrite(t.body, renamed)) for t in e.terms)
            target = replace(e.target, name=SLIP + e.target.name)
            q = found.system.quantity(e.target)
            shapes[Quantity(target.name, q.over)] = found.system.shapes[q]
            equations.append(Equation(target, terms, e.steps))
    for i, instance in enumerate(formula.instances):
        q = Quantity(f"{SLIP}{RIGHT}{i}")
        shapes[q] = shapes[Quantity(f"{RIGHT}{i}")]
        body = rewrite(instance.right, lambda e: renamed_target(e, judged))
        equations.append(Equation(Ref(q.name), (Term(body, None),), None))
    wanted = _read_by(equations, {f"{SLIP}{RIGHT}{i}" for i in range(len(formula.instances))})
    full = replace(formula.full, equations=(*formula.full.equations, *wanted), shapes=shapes)
    return filled(formula, full)


def _read_by(equations: Sequence[Equation], names: Collection[str]) -> list[Equation]:
    """The equations that make some quantities, and all that these are made of."""
    by_name: dict[str, list[Equation]] = {}
    for e in equations:
        by_name.setdefault(e.target.name, []).append(e)
    left, seen = [*names], {*names}
    while left:
        for e in by_name.get(left.pop(), ()):
            new = {r.name for t in e.terms for r in refs(t.body)} - seen
            left += new
            seen |= new
    return [e for e in equations if e.target.name in seen]


def renamed_target(expr: Expr, judged: set[str]) -> Expr:
    if isinstance(expr, Ref) and expr.name in judged:
        return replace(expr, name=SLIP + expr.name)
    return expr


@dataclass(frozen=True)
class Place:
    """Everything but slips at one point, under the arithmetic that has values there."""

    system: System
    arithmetic: Arithmetic
    storage: Storage


def places(formula: Formula, points: Sequence[Point]) -> Iterator[Place]:
    system = filled(formula, formula.full)
    for given in points:
        placed = put_at(system, given)
        held: list[Place] = []

        def compute(arithmetic: Arithmetic, s: System = placed, to: list[Place] = held) -> Pairs:
            storage = initial_storage(s, arithmetic)
            program(formula, s, arithmetic, True).run(storage)
            to.append(Place(s, arithmetic, storage))
            return []

        if at_point(compute) is not None:
            yield held[-1]


def _agrees(formula: Formula, slipped: System, place: Place) -> bool:
    """Whether the student's formula is what the slip gives, at one point."""
    system = replace(slipped, given=place.system.given, functions=place.system.functions)
    wrong = [e for e in system.equations if e.target.name.startswith(SLIP)]
    storage = dict(place.storage)

    def compute(arithmetic: Arithmetic) -> Pairs:
        compiled(system, arithmetic, wrong).run(storage)
        return pairs(formula, system, storage, SLIP)

    found = at_point(compute, place.arithmetic)
    return found is not None and not different(found)


def _is_slip_at_each(
    formula: Formula,
    gradients: Sequence[Gradient],
    slips: Sequence[Variant],
    fixed: Sequence[Role],
) -> bool:
    """The same, shown at each step by its own equations: a slip in the target's own equation, where
    the derivatives that the student's formula mentions may stay letters."""
    if slips[0].everywhere:
        return False
    parts = [formula.only(i) for i in formula.instances]
    slipped = (_slipped(part, gradients, slips) for part in parts)
    return all(
        _proved_in(local_cuts(part, system), part, fixed)
        for part, system in zip(parts, slipped, strict=True)
    )


def _is_slip(formula: Formula, slipped: System, fixed: Sequence[Role]) -> bool:
    """Whether it is proved that the student's formula is what the slip gives. The true derivative,
    which takes no part, may be too long for a normal form."""
    count = range(len(formula.instances))
    asked = {f"{kind}{i}" for kind in (OWN, f"{SLIP}{RIGHT}") for i in count}
    slipped = replace(slipped, equations=tuple(_read_by(slipped.equations, asked)))
    forward = set(map(id, formula.system.equations))
    backward = [e for e in slipped.equations if id(e) not in forward]
    cuts = (cut(slipped, backward), cut(slipped, [*activated(formula), *backward]))
    return _proved_in((*cuts, slipped), formula, fixed)


def _proved_in(systems: Iterable[System], formula: Formula, fixed: Sequence[Role]) -> bool:
    """Whether one of the systems, with letters for what is given, proves it."""
    for system in systems:
        lettered = with_letters(system, fixed)

        def pairs(
            arithmetic: Arithmetic, letter: Callable[[str], Any], s: System = lettered
        ) -> Pairs:
            return values_of(formula, s, arithmetic, letter, SLIP)

        if are_same(formula, pairs):
            return True
    return False
