"""Whether a student's formula is the derivative: right, wrong with a counterexample, or undecided.

Right means equal for all values of what is given; or, the weaker claim, for all parameters with
the given data. What is missing or too many is named where it is proved that just this makes the
difference.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, TypeAlias

from rnnhand.arithmetic.base import Arithmetic
from rnnhand.arithmetic.equality import Pairs, at_point, different, proved_same, ratio
from rnnhand.arithmetic.program import Program, Storage, compiled, initial_storage
from rnnhand.calculus.dependence import Instance, mentions
from rnnhand.calculus.gradient import Gradient, shapes_in
from rnnhand.calculus.tidy import tidy
from rnnhand.calculus.variants import Variant, variants
from rnnhand.language.derivatives import derivative_of, derivative_ref
from rnnhand.language.printer import text
from rnnhand.language.tree import (
    NOWHERE,
    Apply,
    Expr,
    Number,
    Over,
    Ref,
    Shift,
    refs,
    rewrite,
    walk,
)
from rnnhand.questions.backward import contributed
from rnnhand.questions.derive_check import at_random, classes
from rnnhand.questions.formula import OWN, RIGHT, Formula
from rnnhand.questions.work import at, entries
from rnnhand.system.model import SCALAR, Equation, Given, Quantity, Role, Shape, System, Term, runs

POINTS = 12
"""Random points at which a formula must agree before a proof is tried."""

MOST_POINTS = 60
"""Points at which parameters are tried where the data are what they are."""

FAR = (1, 1, 2, 4)

MOST_NEEDED = 3_000
"""Values up to which only those that are needed are worked out."""

MOST_TWO = 120
"""Pairs of slips that are tried where no single one explains a formula."""

SLIP = "slip "

Point: TypeAlias = Mapping[Quantity, Given]


@dataclass(frozen=True)
class Counterexample:
    """A point, one derivative there, and the two values of the entry that differs."""

    given: Point
    name: Ref
    entry: tuple[int, ...]
    own: Any
    right: Any
    at_the_problem: bool


@dataclass(frozen=True)
class Judged:
    """`verdict` is right, wrong or undecided. `holds` says for what: always, or given-data.
    `reasons` name what is missing or too many, where that is proved; two of them, where only both
    together explain the formula."""

    verdict: str
    holds: str = ""
    counterexample: Counterexample | None = None
    reasons: tuple[Variant, ...] = ()
    factor: str = ""
    shapes: tuple[Shape, Shape] | None = None
    agrees_here: bool = False


def values_of(
    formula: Formula,
    system: System,
    arithmetic: Arithmetic,
    letter: Callable[[str], Any] | None = None,
    prefix: str = "",
) -> Pairs:
    """(the student's, the derivative) for every entry at every compared step; with the prefix of
    the slip, what the slip gives in place of the derivative."""
    storage: Storage = initial_storage(system, arithmetic, letter)
    _program(formula, system, arithmetic, letter is None).run(storage)
    return _pairs(formula, system, storage, prefix)


def _pairs(formula: Formula, system: System, storage: Storage, prefix: str) -> Pairs:
    pairs: Pairs = []
    for i in range(len(formula.instances)):
        q = Quantity(f"{prefix}{RIGHT}{i}")
        shape = system.shapes[q]
        right = at(system, storage, q, None)
        own = storage[Quantity(f"{OWN}{i}")]
        pairs += zip(entries(own, shape), entries(right, shape), strict=True)
    return pairs


def _program(formula: Formula, system: System, arithmetic: Arithmetic, kept: bool) -> Program:
    """Compiled equations; kept for other points, unless functions differ from point to point."""
    if not kept or any(f.open for f in formula.system.functions.values()):
        return compiled(system, arithmetic)
    key = (id(system.equations), id(arithmetic))
    found: Program | None = formula.programs.get(key)
    if found is None:
        found = formula.programs[key] = compiled(system, arithmetic)
    return found


def judge(formula: Formula, seed: int = 1) -> Judged:
    """Right, wrong with a counterexample, or undecided."""
    clash = _clash(formula)
    if clash:
        return Judged("wrong", shapes=clash)
    dice = random.Random(seed)
    own_numbers = not any(g.has_letters for g in formula.system.given.values())
    here = _at_given(formula) if own_numbers else None
    agrees_here = here is not None and not different(here)
    general = [_random_point(formula, dice, ()) for _ in range(POINTS)]
    if here is None and all(pairs is None for _, pairs in general):
        return Judged("undecided", "no-value")
    if not any(pairs is not None and different(pairs) for _, pairs in general):
        if here is not None and not agrees_here:
            return _wrong(formula, [(formula.full.given, here)], True)
        return Judged("right" if _proved(formula, free=None) else "undecided", "always")
    if own_numbers:
        fixed = (Role.DATA, Role.INITIAL, Role.CONSTANT)
        narrow = list(_until_different(formula, dice, fixed))
        if agrees_here and not any(p is not None and different(p) for _, p in narrow):
            if _proved(formula, free=fixed):
                return Judged("right", "given-data")
            return Judged("undecided", "given-data")
        general = [*narrow, *general]
    points = [(g, p) for g, p in general if p is not None]
    if here is not None and not agrees_here:
        return _wrong(formula, [(formula.full.given, here), *points], True)
    return replace(_wrong(formula, points, False), agrees_here=agrees_here)


def _clash(formula: Formula) -> tuple[Shape, Shape] | None:
    full = formula.full
    for i, instance in enumerate(formula.instances):
        own, right = (full.shapes[Quantity(f"{kind}{i}")] for kind in (OWN, RIGHT))
        if own != right and instance.own != Number("0"):
            return own, right
    return None


def _filled(formula: Formula, system: System) -> System:
    """A formula that is plainly 0 in the shape of what it stands for."""
    equations = []
    shapes = dict(system.shapes)
    for e in system.equations:
        if e.target.name.startswith(OWN) and [t.body for t in e.terms] == [Number("0")]:
            i = int(e.target.name[len(OWN) :])
            shape = system.shapes[Quantity(f"{RIGHT}{i}")]
            shapes[Quantity(e.target.name)] = shape
            if shape != SCALAR:
                size = (Number(str(shape[0])), Number(str(shape[1])))
                e = replace(e, terms=(Term(Apply("fill", (Number("0"), *size)), None),))
        equations.append(e)
    if shapes == system.shapes:
        return system
    return replace(system, equations=tuple(equations), shapes=shapes)


def _at_given(formula: Formula) -> Pairs | None:
    system = _filled(formula, formula.full)
    return at_point(lambda arithmetic: values_of(formula, system, arithmetic))


def _until_different(
    formula: Formula, dice: random.Random, fixed: Sequence[Role]
) -> Iterator[tuple[Point, Pairs | None]]:
    """Points up to one that tells the formulas apart, some of them far out: beyond kinks."""
    for k in range(MOST_POINTS):
        point, pairs = _random_point(formula, dice, fixed, FAR[k % len(FAR)])
        yield point, pairs
        if pairs is not None and different(pairs):
            return


def _random_point(
    formula: Formula, dice: random.Random, fixed: Sequence[Role], far: int = 1
) -> tuple[Point, Pairs | None]:
    system = _filled(formula, formula.full)
    placed = at_random(system, dice, far=far)
    given = {
        q: system.given[q] if g.role in fixed else placed.given[q] for q, g in system.given.items()
    }
    placed = replace(placed, given=given)
    return given, at_point(lambda arithmetic: values_of(formula, placed, arithmetic))


def _wrong(formula: Formula, points: list[tuple[Point, Pairs]], own: bool) -> Judged:
    given, pairs = next((g, p) for g, p in points if different(p))
    counter = _counterexample(formula, given, pairs, own)
    factor = _factor(formula, [p for _, p in points])
    reasons = () if factor else _reasons(formula, points)
    return Judged("wrong", counterexample=counter, reasons=reasons, factor=factor)


def _counterexample(formula: Formula, given: Point, pairs: Pairs, own: bool) -> Counterexample:
    place = 0
    for i, instance in enumerate(formula.instances):
        rows, columns = formula.full.shapes[Quantity(f"{RIGHT}{i}")]
        for entry in range(rows * columns):
            a, b = pairs[place]
            if different([(a, b)]):
                row, column = divmod(entry, columns)
                where: tuple[int, ...] = (row + 1, column + 1) if columns > 1 else (row + 1,)
                where = () if rows * columns == 1 else where
                place_ = instance.entry or where
                return Counterexample(given, instance.name, place_, a, b, own)
            place += 1
    raise AssertionError(pairs)


def _factor(formula: Formula, points: Sequence[Pairs]) -> str:
    """c, where the student's formula is c times the right one: seen at every point and proved."""
    c = ratio([pair for pairs in points for pair in pairs])
    if c is None or c == 0 or not _proved(formula, None, scale=str(c)):
        return ""
    return str(c)


def _proved(formula: Formula, free: Sequence[Role] | None, scale: str = "") -> bool:
    """Whether the formula is the derivative (times `scale`), by normal forms: with everything but
    the last equation as letters; with states as letters; from the given letters alone."""
    if not scale and _is_ours(formula):
        return True
    full = _filled(formula, formula.full)
    open_functions = [n for n, f in full.functions.items() if f.open]
    if free is not None:
        systems = [_lettered(full, lambda q, g: g.role not in free)]
    else:
        systems = [_all_letters(s) for s in (*_cuts(formula, full), full)]
    for system in systems:

        def pairs(
            arithmetic: Arithmetic, letter: Callable[[str], Any], s: System = system
        ) -> Pairs:
            found = values_of(formula, s, arithmetic, letter)
            if not scale:
                return found
            c = arithmetic.number(Fraction(scale))
            return [(a, c * b) for a, b in found]

        if proved_same(pairs, open_functions):
            return True
    return False


def _is_ours(formula: Formula) -> bool:
    """Whether the formula is the very one that the gradient has, sign by sign: a proof that no
    number of steps makes longer."""
    if len(formula.instances) != 1:
        return False
    (instance,) = formula.instances
    if instance.right != instance.name:
        return False
    found = formula.gradients[text(instance.of)]
    total = [e for e in found.adjoints if e.target == instance.name]
    if len(total) != 1 or instance.name.index is not None:
        return False
    body, _ = contributed(found, total[0])
    shape = shapes_in(formula.full)
    both = (tidy(e, shape) for e in (body, instance.own))
    steps = [[n.within for n in walk(e) if isinstance(n, Over)] for e in (body, instance.own)]
    one, other = (text(e) for e in both)
    return one == other and steps[0] == steps[1]


def _lettered(system: System, chosen: Callable[[Quantity, Given], bool]) -> System:
    """The system with letters for some of the given numbers, but not for what chooses a class."""
    fixed = classes(system)
    given = {
        q: replace(g, values={s: (None,) * len(v) for s, v in g.values.items()})
        if chosen(q, g) and q not in fixed
        else g
        for q, g in system.given.items()
    }
    return replace(system, given=given)


def _all_letters(system: System) -> System:
    return _lettered(system, lambda q, g: True)


def _cuts(formula: Formula, full: System) -> Iterator[System]:
    """The system with computed quantities as letters: first all but the target and the formula,
    then the forward ones that no activation makes."""
    targets = {full.quantity(n).name for i in formula.instances for n in i.names}
    own = [e for e in full.equations if e.target.name.startswith((OWN, RIGHT))]
    last = [e for e in full.equations if e.target.name in targets]
    yield _cut(full, [*last, *own])
    activated = _activated(formula)
    inner = {
        derivative_ref(of, e.body.args[0]).name
        for of in _numerators(formula)
        for e in activated
        if isinstance(e.body, Apply) and isinstance(e.body.args[0], Ref)
    }
    slopes = [e for e in full.equations if e.target.name in inner and e not in last]
    yield _cut(full, [*last, *own, *activated, *slopes])
    forward = set(map(id, formula.system.equations))
    backward = [e for e in full.equations if id(e) not in forward]
    yield _cut(full, backward)
    yield _cut(full, [*activated, *backward])
    yield _cut(full, [*_put_together(formula), *backward])


def _activated(formula: Formula) -> list[Equation]:
    """The equations that apply one function to one quantity: h[t] = tanh(a[t])."""
    return [
        e
        for e in formula.system.equations
        if isinstance(e.body, Apply)
        and len(e.body.args) == 1
        and isinstance(e.body.args[0], Ref)
        and e.body.op in formula.system.functions
    ]


def _put_together(formula: Formula) -> list[Equation]:
    """The equations of what no function is applied to, such as h[t] = o[t]*tanh(c[t]), where
    functions are applied to names: what c[t] is made of does not matter."""
    system = formula.system
    applied = {
        system.quantity(arg)
        for e in system.equations
        for node in walk(e.body)
        if isinstance(node, Apply) and node.op in system.functions
        for arg in node.args
        if isinstance(arg, Ref)
    }
    return [e for e in system.equations if system.quantity(e.target) not in applied]


def _needed(full: System, kept: Sequence[Equation]) -> list[Equation]:
    """The equations that lead to a formula or a derivative, at the steps at which they do."""
    made: dict[Quantity, list[Equation]] = {}
    for e in kept:
        made.setdefault(full.quantity(e.target), []).append(e)
    compared = (OWN, RIGHT)
    left = [Instance(q, None) for q in made if q.name.removeprefix(SLIP).startswith(compared)]
    found: dict[Instance, None] = {}
    while left:
        here = left.pop()
        if here in found or here.quantity not in made:
            continue
        found[here] = None
        if len(found) > MOST_NEEDED:
            return list(kept)
        for e in made[here.quantity]:
            if e.steps is None or here.step in e.steps:
                index = e.target.index
                at = (
                    {index.var: here.step}
                    if isinstance(index, Shift) and here.step is not None
                    else {}
                )
                for t in e.terms:
                    if t.steps is None or here.step in t.steps:
                        left += mentions(full, t.body, at)
    return [part for e in kept for part in _at_needed_steps(full, e, found)]


def _at_needed_steps(
    full: System, equation: Equation, needed: Collection[Instance]
) -> Iterator[Equation]:
    q = full.quantity(equation.target)
    if equation.steps is None:
        if Instance(q, None) in needed:
            yield equation
        return
    for run in runs(s for s in equation.steps if Instance(q, s) in needed):
        terms = []
        for t in equation.terms:
            steps = (
                run
                if t.steps is None
                else range(max(t.steps.start, run.start), min(t.steps.stop, run.stop))
            )
            if steps:
                terms.append(replace(t, steps=steps))
        yield replace(equation, terms=tuple(terms), steps=run)


def _cut(full: System, kept: Sequence[Equation]) -> System:
    """Only some equations, of these what the compared values need; what the others make is
    given."""
    kept = _needed(full, kept)
    made = {full.quantity(e.target) for e in kept}
    read = {full.quantity(r) for e in kept for t in e.terms for r in refs(t.body)}
    given = {q: g for q, g in full.given.items() if q in read or q in made}
    for q in full.made_by:
        if q in made or q not in read:
            continue
        shape = full.shapes[q]
        entry = (None,) * (shape[0] * shape[1])
        steps = [s for run in full.steps[q] for s in run] if q.over else [None]
        known = full.given[q].values if q in full.given else {}
        values = {**dict.fromkeys(steps, entry), **known}
        given[q] = Given(q, Role.CONSTANT, shape, values)
    return replace(full, equations=tuple(kept), given=given)


def _reasons(formula: Formula, points: Sequence[tuple[Point, Pairs]]) -> tuple[Variant, ...]:
    """The slip that gives the student's formula, or the two that do together: seen at every point,
    then proved."""
    gradients = [formula.gradients[text(of)] for of in _numerators(formula)]
    places = list(_places(formula, points))
    first = sorted(_slips(formula, gradients), key=lambda slips: slips[0].everywhere)
    for slips in first:
        if _explains(formula, gradients, slips, places):
            return (slips[0],)
    tried = 0
    for slips in first:
        if slips[0].kind == "missing-back":
            continue
        changed = [replace(g, adjoints=s.adjoints) for g, s in zip(gradients, slips, strict=True)]
        for others in _slips(formula, changed):
            if _order(others[0]) <= _order(slips[0]) or others[0].everywhere != slips[0].everywhere:
                continue
            tried += 1
            if tried > MOST_TWO:
                return ()
            if _explains(formula, gradients, others, places):
                return (slips[0], others[0])
    return ()


def _order(slip: Variant) -> tuple[str, str]:
    return (slip.kind, text(slip.at))


def _slips(formula: Formula, gradients: Sequence[Gradient]) -> Iterator[tuple[Variant, ...]]:
    """The slips that can be made in the way back of every entry alike."""
    by = formula.instances[0].by
    first, *others = (
        {(s.kind, s.at, s.everywhere): s
         for s in variants(g, g.system.quantity(derivative_ref(of, by)))}
        for g, of in zip(gradients, _numerators(formula), strict=True)
    )  # fmt: skip
    for same, slip in first.items():
        if all(same in other for other in others):  # else the entries go different ways
            yield (slip, *(other[same] for other in others))


def _explains(
    formula: Formula,
    gradients: Sequence[Gradient],
    slips: Sequence[Variant],
    places: Sequence[Place],
) -> bool:
    slipped = _slipped(formula, gradients, slips)
    return all(_agrees(formula, slipped, p) for p in places) and _is_slip(formula, slipped)


def _numerators(formula: Formula) -> list[Ref]:
    """What is differentiated: one number, or every entry of a vector."""
    found: dict[Ref, None] = {}
    for instance in formula.instances:
        for name in instance.names:
            pair = derivative_of(name)
            assert pair is not None
            found[replace(pair.of, span=NOWHERE)] = None
    return list(found)


def _slipped(formula: Formula, gradients: Sequence[Gradient], slips: Sequence[Variant]) -> System:
    """The system in which the target is computed with the slip, beside the true adjoints that the
    student's formula may mention: those with the slip have names of their own."""
    own: set[str] = set()
    judged = {n.name for i in formula.instances for n in i.names}
    for found, slip in zip(gradients, slips, strict=True):
        made = {found.system.quantity(e.target).name for e in found.adjoints}
        running = any(n.index is not None for i in formula.instances for n in i.names)
        own |= made if slip.everywhere else set() if running else made & judged

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
    full = replace(formula.full, equations=(*formula.full.equations, *equations), shapes=shapes)
    return _filled(formula, full)


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


def _places(formula: Formula, points: Sequence[tuple[Point, Pairs]]) -> Iterator[Place]:
    system = _filled(formula, formula.full)
    for given, _ in points:
        placed = replace(at_random(system, random.Random(7)), given=given)
        held: list[Place] = []

        def compute(arithmetic: Arithmetic, s: System = placed, to: list[Place] = held) -> Pairs:
            storage = initial_storage(s, arithmetic)
            _program(formula, s, arithmetic, True).run(storage)
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
        return _pairs(formula, system, storage, SLIP)

    found = at_point(compute, place.arithmetic)
    return found is not None and not different(found)


def _is_slip(formula: Formula, slipped: System) -> bool:
    """Whether it is proved that the student's formula is what the slip gives."""
    open_functions = [n for n, f in slipped.functions.items() if f.open]
    forward = set(map(id, formula.system.equations))
    backward = [e for e in slipped.equations if id(e) not in forward]
    cuts = (_cut(slipped, backward), _cut(slipped, [*_activated(formula), *backward]))
    for system in (*cuts, slipped):
        lettered = _all_letters(system)

        def pairs(
            arithmetic: Arithmetic, letter: Callable[[str], Any], s: System = lettered
        ) -> Pairs:
            return values_of(formula, s, arithmetic, letter, SLIP)

        if proved_same(pairs, open_functions):
            return True
    return False
