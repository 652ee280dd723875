"""The formulas of a derivation, read back from their text and evaluated at random exact points,
against forward mode, which shares none of their equations."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from typing import Any

from rnnhand.arithmetic.ball import BALLS, precision
from rnnhand.arithmetic.base import Arithmetic, Fault
from rnnhand.arithmetic.program import Program, Storage, compiled, initial_storage
from rnnhand.arithmetic.rational import RATIONAL
from rnnhand.calculus.instances import Instance
from rnnhand.calculus.shortcut import shortcuts
from rnnhand.calculus.spelled import as_told, read_back
from rnnhand.errors import Failure
from rnnhand.language.operations import Function, Functions
from rnnhand.language.parser import parse_expression
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref, refs, walk
from rnnhand.questions.claims.against import as_data
from rnnhand.questions.claims.claim import (
    Against,
    Claim,
    Found,
    Pair,
    Place,
    too_wide,
    unequal,
    vanishes,
)
from rnnhand.questions.claims.judging import WHOLE, Judge, in_shape
from rnnhand.questions.claims.numbers import Point, Unchecked
from rnnhand.questions.claims.programs import Programs
from rnnhand.questions.claims.reading import Stacks
from rnnhand.questions.claims.written import Written
from rnnhand.questions.derive.derive import Derivation
from rnnhand.questions.work import entries
from rnnhand.system.build import resolved
from rnnhand.system.model import SCALAR, Entry, Equation, Quantity, System, Term

POINTS = 3
WITNESSES = 8 * POINTS
"""Points at which a difference is looked for that is said to be there: a maximum of several may
have to take one side first and then the other."""
NO_WITNESS = "claim-no-witness"
NEAR = Fraction(1, 4)
"""By what random numbers are multiplied where larger ones told nothing, beyond a clip's ends."""
OUT = "out "
BITS = 256
MOST = 24
"""Entries of parameters that are compared at each point."""


@dataclass(frozen=True)
class Checked:
    """At how many random points how many numbers were compared; whether exactly; whether all
    were equal. No points: nowhere could all formulas be evaluated. `claims` says what came of
    every single line, `stacks` which states stand together under one name in some, `spelled`
    which derivatives without adjoints are false."""

    points: int
    numbers: int
    exact: bool
    equal: bool
    claims: tuple[Found, ...] = ()
    stacks: Stacks = field(default_factory=dict)
    spelled: Mapping[Quantity, Against] = field(default_factory=dict)

    @property
    def refuted(self) -> tuple[Found, ...]:
        """The claims that are false."""
        return tuple(one for one in self.claims if one.against is not None)

    @property
    def withheld(self) -> tuple[Found, ...]:
        """What is left out of the page: what is false, and differences that no point shows."""
        unseen = (one for one in self.claims if one.claim.differs and one.reason == NO_WITNESS)
        return (*self.refuted, *unseen)

    @property
    def is_false(self) -> bool:
        """Whether anything was left out of the derivation because it is false."""
        return bool(self.refuted or self.spelled)

    def as_data(self, d: Derivation) -> dict[str, object]:
        written = Written(d, self.stacks)
        return {
            "points": self.points,
            "numbers": self.numbers,
            "exact": self.exact,
            "equal": self.equal,
            "claims": [
                one.as_data(
                    partial(written.text, part=one.claim.part), as_data(d.system, one.against)
                )
                for one in self.claims
            ],
            "stacks": {
                name: [text(q.ref(-back)) for q, back in parts]
                for name, parts in self.stacks.items()
            },
        }


def check(
    d: Derivation, claims: Sequence[Claim] = (), stacks: Stacks | None = None, seed: int = 1
) -> Checked:
    """Every formula of a gradient at random points: the way back and what is spelled out; and
    every claim by itself."""
    dice = random.Random(seed)
    programs = Programs()
    chosen = replace(d.system, functions=closed(d.system.functions, dice))
    points, numbers, exact, equal = 0, 0, True, True
    found = [Found(claim) for claim in claims]
    ones = targets_of(d)
    out: dict[Quantity, Against] = {}
    failed: dict[int, str] = {}
    rational = True
    for attempt in range(WITNESSES):
        left = [i for i, one in enumerate(found) if points < POINTS or is_open(one, attempt)]
        if (points >= POINTS and not left) or (points < POINTS and attempt >= 4 * POINTS):
            break
        far = NEAR if POINTS <= attempt < 3 * POINTS else Fraction(1)
        system = at_random(chosen, dice, positive=attempt % 2 == 1, far=far)
        system = summing_to_one(system, ones)
        for arithmetic in (RATIONAL, BALLS) if rational else (BALLS,):
            here = arithmetic is RATIONAL
            with precision(BITS):
                try:
                    judge, pairs = at_point(d, system, arithmetic, dice, programs, stacks or {})
                except (Fault, Failure):
                    rational = rational and not here
                    continue
                if too_wide([pair for _, pair in pairs]):
                    continue
                for made, pair in pairs:
                    if unequal([pair], here) is not None:
                        equal = False
                        if made.name.startswith(OUT):
                            q = Quantity(made.name.removeprefix(OUT))
                            out.setdefault(q, Against(system, pair, here))
                for i in left:
                    try:
                        found[i] = judged(found[i], judge.pairs(claims[i]), here, system)
                    except Unchecked as problem:
                        failed[i] = problem.code
                    except (Fault, Failure):
                        failed.setdefault(i, "claim-no-point")
            if points < POINTS:
                numbers, exact = numbers + len(pairs), exact and here
            points += 1
            break
    told = tuple(concluded(one, failed.get(i, "claim-no-point")) for i, one in enumerate(found))
    equal &= all(one.equal for one in told)
    sure = points > 0
    return Checked(
        min(points, POINTS), numbers, exact and sure, equal and sure, told, stacks or {}, out
    )


def is_open(one: Found, attempt: int) -> bool:
    """Whether another point may say more: two sides that are said to differ were the same so far,
    or all that was compared was 0."""
    if one.claim.differs and one.numbers:
        return one.equal
    return bool(one.numbers) and attempt < 2 * POINTS and not one.alive


def judged(one: Found, pairs: Sequence[Pair], here: bool, system: System) -> Found:
    """What is known of a claim after one more point."""
    if too_wide(pairs):
        raise Unchecked("claim-no-point")
    against = unequal(pairs, here)
    first = None if against is None else Against(system, against, here)
    return replace(
        one,
        numbers=one.numbers + len(pairs),
        exact=one.exact and here,
        equal=one.equal and against is None,
        alive=one.alive or any(not vanishes(pair.expected) for pair in pairs),
        against=one.against or first,
    )


def concluded(one: Found, reason: str) -> Found:
    """The claim after all points. That two sides differ is shown by one point at which they do."""
    if not one.numbers:
        return replace(one, reason=reason)
    if one.claim.differs:
        reason = NO_WITNESS if one.equal else ""
        return replace(one, equal=True, reason=reason, against=None)
    return one


def targets_of(d: Derivation) -> set[Quantity]:
    """The targets of a softmax under −log, which sum to 1 where p − y is the derivative."""
    return {
        q
        for short in shortcuts(d.gradient)
        if short.kind == "softmax"
        for q in (d.system.quantity(r) for r in refs(short.formula))
        if q in d.system.given and d.system.shapes[q] == d.system.shapes[short.logits]
    }


def summing_to_one(system: System, quantities: Collection[Quantity]) -> System:
    """The last entry of a vector, or of each row of a batch, makes up for the others."""
    given = dict(system.given)
    for q in quantities:
        rows, columns = system.shapes[q]
        width = rows if columns == 1 else columns
        values = {}
        for step, old in given[q].values.items():
            entries_: list[Entry] = []
            for start in range(0, len(old), width):
                part = [e for e in old[start : start + width - 1] if isinstance(e, Fraction)]
                entries_ += [*part, 1 - sum(part, Fraction(0))]
            values[step] = tuple(entries_)
        given[q] = replace(given[q], values=values)
    return replace(system, given=given)


def at_random(
    system: System, dice: random.Random, positive: bool = False, far: Fraction | int = 1
) -> System:
    """The system at a random rational point, functions that nobody chose being polynomials."""

    def entry() -> Fraction:
        return Fraction(dice.randint(1, 12) if positive else dice.choice(NUMERATORS), 8) * far

    fixed = classes(system)
    given = {}
    for q, g in system.given.items():
        size = g.shape[0] * g.shape[1]
        values = {step: tuple(entry() for _ in range(size)) for step in g.values}
        if q in fixed:
            values = {
                step: tuple(e if isinstance(e, Fraction) else Fraction(1) for e in old)
                for step, old in g.values.items()
            }
        given[q] = replace(g, values=values)
    return replace(system, given=given, functions=closed(system.functions, dice))


NUMERATORS = [n for n in range(-11, 12) if n]


def classes(system: System) -> set[Quantity]:
    """What chooses a class in one_hot: it must stay the whole number that it is."""
    return {
        system.quantity(r)
        for e in system.equations
        for t in e.terms
        for node in walk(t.body)
        if isinstance(node, Apply) and node.op == "one_hot"
        for r in refs(node)
    }


def closed(functions: Functions, dice: random.Random) -> Functions:
    """Every open function as a polynomial f(x) = a·x + b·x², its derivative with it: small ones,
    so that what is made of them step by step does not grow out of the reach of tanh."""
    found = dict(functions)
    x = Ref("x")
    for name, f in functions.items():
        if not f.open or not f.slopes:
            continue
        a, b = (Number(f"{dice.randint(1, 5) / n}") for n in (8, 32))
        value = Apply("+", (Apply("*", (a, x)), Apply("*", (b, x, x))))
        slope = Apply("+", (a, Apply("*", (Number("2"), b, x))))
        found[name] = replace(f, value=value, open=False)
        found[name + "'"] = Function(name + "'", ("x",), slope)
    return found


def at_point(
    d: Derivation,
    system: System,
    arithmetic: Arithmetic,
    dice: random.Random,
    programs: Programs,
    stacks: Stacks,
) -> tuple[Judge, list[tuple[Quantity, Pair]]]:
    """Everything at one point; and two numbers for entries of every parameter that is derived by,
    with the name under which the formula was made."""
    storage = initial_storage(system, arithmetic)
    programs.of("forward", arithmetic, lambda: compiled(system, arithmetic)).run(storage)
    sizes = {q: system.shapes[q][0] * system.shapes[q][1] for q in d.plain}
    most = max(1, MOST // max(1, len(d.plain)))
    columns = {q: tuple(sorted(dice.sample(range(n), min(n, most)))) for q, n in sizes.items()}
    point = Point(system, arithmetic, programs, d.locals, storage, columns)
    back = _by_formulas(d, system, arithmetic, storage, programs)
    goal = Instance(system.quantity(d.of), system.step(d.of))
    pairs = []
    for q in d.plain:
        (expected,) = point.total(goal, Instance(q, None))
        for name in (WHOLE, OUT):
            made = Quantity(name + q.name)
            if made in back:
                shape = system.shapes[q]
                value = entries(back[made], shape)
                for i, x in zip(columns[q], expected, strict=True):
                    pairs.append((made, Pair(value[i], x, in_shape(Place({}), shape, i))))
    return Judge(d, point, back, stacks, dice), pairs


def _by_formulas(
    d: Derivation, system: System, arithmetic: Arithmetic, storage: Storage, programs: Programs
) -> Storage:
    """Every derivative twice: through the way back, and spelled out where it is short enough."""
    program = programs.of("formulas", arithmetic, lambda: _formulas(d, system, arithmetic))
    there = dict(storage)
    program.run(there)
    return there


def _formulas(d: Derivation, system: System, arithmetic: Arithmetic) -> Program:
    """The formulas as they are shown, read back from their text."""
    full = replace(
        d.gradient.system, given={**d.gradient.system.given, **system.given},
        functions=system.functions,
    )  # fmt: skip
    adjoints = frozenset(name for q in full.shapes if (name := _numerator(q.name)))

    def read(formula: Expr) -> Expr:
        shown = text(as_told(formula, d.shape))
        return resolved(parse_expression(shown, adjoints), full.functions, [])

    equations = [read_back(e.target, read(d.right_side(e)), e.steps, full) for e in d.adjoints]
    told = {full.quantity(e.target) for e in equations}
    plain = [e for e in d.gradient.adjoints if _is_plain(e) and full.quantity(e.target) not in told]
    shapes = dict(full.shapes)
    for q in d.plain:
        whole = Quantity(WHOLE + q.name)
        out = Quantity(OUT + q.name)
        shapes[whole] = shapes[out] = full.shapes[q]
        total = _filled(read(d.total(q)), q, full)
        equations.append(Equation(Ref(whole.name), (Term(total, None),), None))
        parts = d.unrolled.get(q)
        if parts is not None:
            terms = tuple(Term(read(p.value), None) for p in parts)
            if terms:
                equations.append(Equation(Ref(out.name), terms, None))
    extended = replace(full, shapes=shapes, equations=(*system.equations, *equations))
    return compiled(extended, arithmetic, [*plain, *equations])


def _is_plain(equation: Equation) -> bool:
    return not any(any(refs(t.body)) for t in equation.terms) and bool(equation.terms)


def _filled(expr: Any, q: Quantity, system: System) -> Any:
    """A plain 0 in the shape of the quantity."""
    if expr == Number("0") and system.shapes[q] != SCALAR:
        rows, columns = system.shapes[q]
        return Apply("fill", (expr, Number(str(rows)), Number(str(columns))))
    return expr


def _numerator(name: str) -> str:
    return name.partition("/d")[0] if name.startswith("d") and "/d" in name else ""
