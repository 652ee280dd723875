"""The formulas of a derivation, read back from their text and evaluated at random exact points,
against forward mode, which shares none of their equations."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from typing import Any

from rnnhand.arithmetic.agreement import common_digits, same
from rnnhand.arithmetic.ball import BALLS, precision
from rnnhand.arithmetic.base import Arithmetic, Fault, Irrational
from rnnhand.arithmetic.program import Program, Storage, compiled, initial_storage
from rnnhand.arithmetic.rational import RATIONAL
from rnnhand.calculus.spelled import read_back
from rnnhand.calculus.tangent import tangent, tangents
from rnnhand.errors import Failure
from rnnhand.language.operations import Function, Functions
from rnnhand.language.parser import parse_expression
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Number, Ref, refs, walk
from rnnhand.questions.derive import Derivation
from rnnhand.questions.work import at, entries
from rnnhand.system.model import SCALAR, Equation, Given, Quantity, Role, System, Term

POINTS = 3
BITS = 256
DIGITS = 30
MOST = 24
"""Entries of parameters that are compared at each point."""


@dataclass(frozen=True)
class Checked:
    """At how many random points how many numbers were compared; whether exactly; whether all
    were equal. No points: nowhere could all formulas be evaluated."""

    points: int
    numbers: int
    exact: bool
    equal: bool

    def as_data(self) -> dict[str, object]:
        return {
            "points": self.points,
            "numbers": self.numbers,
            "exact": self.exact,
            "equal": self.equal,
        }


@dataclass
class Programs:
    """What was compiled for one point, for use at the next: open functions are others there."""

    kept: bool
    known: dict[tuple[object, int], Program] = field(default_factory=dict)

    def of(self, what: object, arithmetic: Arithmetic, make: Callable[[], Program]) -> Program:
        key = (what, id(arithmetic))
        if key not in self.known or not self.kept:
            self.known[key] = make()
        return self.known[key]


def check(d: Derivation, seed: int = 1) -> Checked:
    """Every formula of a gradient at random points: the way back and what is spelled out."""
    dice = random.Random(seed)
    programs = Programs(not any(f.open for f in d.system.functions.values()))
    points, numbers, exact, equal = 0, 0, True, True
    rational = True
    for attempt in range(4 * POINTS):
        if points == POINTS:
            break
        system = at_random(d.system, dice, positive=attempt >= 2 * POINTS)
        try:
            try:
                if not rational:
                    raise Irrational("irrational", function="", argument="")
                pairs, here = list(compared(d, system, RATIONAL, dice, programs)), True
            except (Fault, Failure):
                rational = False
                with precision(BITS):
                    pairs, here = list(compared(d, system, BALLS, dice, programs)), False
                    equal &= all(agree(a, b) for a, b in pairs)
        except (Fault, Failure):
            continue
        if here:
            equal &= all(same(a, b) for a, b in pairs)
        points, numbers, exact = points + 1, numbers + len(pairs), exact and here
    return Checked(points, numbers, exact and points > 0, equal and points > 0)


def agree(a: Any, b: Any) -> bool:
    """Whether two balls are of one number, as far as 30 digits say."""
    if same(a, b):
        return True
    both_vanish = max(abs(float(a)), abs(float(b))) < 1e-40
    return both_vanish or common_digits(a, b) >= DIGITS


def at_random(system: System, dice: random.Random, positive: bool = False, far: int = 1) -> System:
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
    """Every open function as a polynomial f(x) = a·x + b·x², its derivative with it."""
    found = dict(functions)
    x = Ref("x")
    for name, f in functions.items():
        if not f.open or not f.slopes:
            continue
        a, b = (Number(str(dice.randint(1, 5))) for _ in range(2))
        value = Apply("+", (Apply("*", (a, x)), Apply("/", (Apply("*", (b, x, x)), Number("7")))))
        twice = Apply("*", (Number("2"), b, x))
        slope = Apply("+", (a, Apply("/", (twice, Number("7")))))
        found[name] = replace(f, value=value, open=False)
        found[name + "'"] = Function(name + "'", ("x",), slope)
    return found


def compared(
    d: Derivation, system: System, arithmetic: Arithmetic, dice: random.Random, programs: Programs
) -> Iterator[tuple[Any, Any]]:
    """(by the formulas, by forward mode) for entries of every parameter that is derived by."""
    storage = initial_storage(system, arithmetic)
    programs.of("forward", arithmetic, lambda: compiled(system, arithmetic)).run(storage)
    back = _by_formulas(d, system, arithmetic, storage, programs)
    q_of = system.quantity(d.of)
    step_of = system.step(d.of)
    for q in d.plain:
        shape = system.shapes[q]
        size = shape[0] * shape[1]
        chosen = dice.sample(range(size), min(size, max(1, MOST // len(d.plain))))
        program = programs.of(q, arithmetic, partial(_forward, system, q, arithmetic))
        forward = replace(program.system, given={**program.system.given, **system.given})
        zero, one = (arithmetic.number(Fraction(n)) for n in (0, 1))
        for entry in chosen:
            value = tuple(one if i == entry else zero for i in range(size))
            starts = initial_storage(forward, arithmetic, known=system.given)
            start: Any = value[0] if shape == SCALAR else value
            moved = {**storage, **starts, tangent(q, q.name): start}
            program.run(moved)
            made = tangent(q_of, q.name)
            expected = at(forward, moved, made, step_of) if made in moved else zero
            for found in back[q]:
                yield entries(found, shape)[entry], expected


def _forward(system: System, q: Quantity, arithmetic: Arithmetic) -> Program:
    """How everything moves with one entry of q."""
    forward = tangents(system, Given(q, Role.CONSTANT, system.shapes[q], {}))
    still = set(map(id, system.equations))
    return compiled(forward, arithmetic, [e for e in forward.equations if id(e) not in still])


def _by_formulas(
    d: Derivation, system: System, arithmetic: Arithmetic, storage: Storage, programs: Programs
) -> Mapping[Quantity, list[Any]]:
    """Every derivative twice: through the way back, and spelled out where it is short enough."""
    program = programs.of("formulas", arithmetic, lambda: _formulas(d, system, arithmetic))
    there = dict(storage)
    program.run(there)
    found: dict[Quantity, list[Any]] = {}
    for q in d.plain:
        found[q] = [there[w] for w in (Quantity(f"{k} {q.name}") for k in ("whole", "out"))
                    if w in there]  # fmt: skip
    return found


def _formulas(d: Derivation, system: System, arithmetic: Arithmetic) -> Program:
    """The formulas as they are shown, read back from their text."""
    full = replace(
        d.gradient.system, given={**d.gradient.system.given, **system.given},
        functions=system.functions,
    )  # fmt: skip
    adjoints = frozenset(name for q in full.shapes if (name := _numerator(q.name)))
    equations = [
        read_back(e.target, parse_expression(text(d.right_side(e)), adjoints), e.steps, full)
        for e in d.adjoints
    ]
    told = {full.quantity(e.target) for e in equations}
    plain = [e for e in d.gradient.adjoints if _is_plain(e) and full.quantity(e.target) not in told]
    shapes = dict(full.shapes)
    for q in d.plain:
        whole = Quantity(f"whole {q.name}")
        out = Quantity(f"out {q.name}")
        shapes[whole] = shapes[out] = full.shapes[q]
        total = parse_expression(text(d.total(q)), adjoints)
        equations.append(Equation(Ref(whole.name), (Term(_filled(total, q, full), None),), None))
        parts = d.unrolled.get(q)
        if parts is not None:
            terms = tuple(Term(parse_expression(text(p.value), adjoints), None) for p in parts)
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
