"""What an equation reads at a definite step: a factor that is 0 there switches off all that stands
beside it.

    h_t = [t > 2]·w·h_{t−1} + x_t   reads at t = 2 nothing but x_2

A number is known by the equations alone: [t > 2] at a step, 1 − [t > 2], a state that an equation
sets to 0, and constants. What is given otherwise counts as any number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from operator import eq, ge, gt, le, lt, ne
from typing import NamedTuple, assert_never

from rnnhand.calculus.instances import Instance, equations_at, running
from rnnhand.language.tree import Apply, Expr, Number, Over, Ref
from rnnhand.system.model import Role, System

COMPARED = {">": gt, "<": lt, ">=": ge, "<=": le, "==": eq, "!=": ne}

DEEPEST = 40
"""Equations one after the other that are looked into for a number."""

MOST_POWER = 20
"""Powers up to this one are worked out."""


class Read(NamedTuple):
    """A mention in an equation at a step, as it is written and what it is of; `off` is the factor,
    or the exponent, that is 0 there, so that it does not count."""

    written: Ref
    instance: Instance
    off: Expr | None


@dataclass(frozen=True)
class Switches:
    """The numbers that the equations of a system alone decide, and what they switch off."""

    system: System
    known: dict[Instance, Fraction | None] = field(default_factory=dict)

    def read_by(self, instance: Instance) -> Iterator[Instance]:
        """What the equation of an instance reads, each once."""
        reads = (read for read in self.reads_of(instance) if read.off is None)
        return iter(dict.fromkeys(read.instance for read in reads))

    def reads_of(self, instance: Instance) -> Iterator[Read]:
        """Every mention in the equation of an instance, those that do not count too."""
        for equation in equations_at(self.system, instance):
            yield from self.reads(equation.body, running(equation, instance.step), None)

    def reads(self, expr: Expr, at: Mapping[str, int], off: Expr | None) -> Iterator[Read]:
        match expr:
            case Number():
                return
            case Ref(name, None) if name == "T" or name in self.system.indices:
                return
            case Ref():
                there = Instance(self.system.quantity(expr), self.system.step(expr, at))
                yield Read(expr, there, off)
            case Over(_, var, body):
                for run in self.system.domain(expr):
                    for step in run:
                        yield from self.reads(body, {**at, var: step}, off)
            case Apply(op, args):
                zero = off or self._zero(op, args, at)
                for arg in args:
                    yield from self.reads(arg, at, off if arg is zero else zero)
            case _:
                assert_never(expr)

    def _zero(self, op: str, args: tuple[Expr, ...], at: Mapping[str, int]) -> Expr | None:
        """The operand that makes the others not count: 0·a, 0/a, a^0."""
        switching = {"*": args, "@": args, "/": args[:1], "^": args[1:]}.get(op, ())
        return next((arg for arg in switching if self.number(arg, at) == 0), None)

    def number(self, expr: Expr, at: Mapping[str, int], deep: int = 0) -> Fraction | None:
        """What every entry of an expression is at a step, where the equations alone say it."""
        match expr:
            case Number():
                return expr.value
            case Ref("T", None):
                return Fraction(next(iter(self.system.indices.values()))[-1])
            case Ref(name, None) if name in self.system.indices:
                return Fraction(at[name]) if name in at else None
            case Ref():
                there = Instance(self.system.quantity(expr), self.system.step(expr, at))
                return self._of_instance(there, deep)
            case Over("sum" | "mean", var, body):
                steps = (s for run in self.system.domain(expr) for s in run)
                all_0 = all(self.number(body, {**at, var: s}, deep) == 0 for s in steps)
                return Fraction(0) if all_0 else None
            case Apply("*" | "@" as op, args):
                return self._product(op, [self.number(a, at, deep) for a in args])
            case Apply("sum" | "mean" | "T" | "neg" | "max" | "min" | "fill", (a, *rest)):
                found = self.number(a, at, deep)
                same = expr.op in ("T", "mean", "fill") or (expr.op in ("max", "min") and not rest)
                if found is None or same:
                    return found
                return -found if expr.op == "neg" else found if found == 0 and not rest else None
            case Apply(op, (a, b)):
                return _of_two(op, self.number(a, at, deep), self.number(b, at, deep))
            case Apply("+", args):
                values = [self.number(a, at, deep) for a in args]
                known = [v for v in values if v is not None]
                return sum(known, Fraction(0)) if len(known) == len(values) else None
            case _:
                return None

    def _product(self, op: str, values: list[Fraction | None]) -> Fraction | None:
        if any(v == 0 for v in values):
            return Fraction(0)
        found = Fraction(1)
        for v in values:
            if v is None or op == "@":
                return None
            found *= v
        return found

    def _of_instance(self, instance: Instance, deep: int) -> Fraction | None:
        if instance not in self.known:
            if deep == DEEPEST:
                return None
            self.known[instance] = None  # what is made of itself is not known by that
            self.known[instance] = self._worked_out(instance, deep + 1)
        return self.known[instance]

    def _worked_out(self, instance: Instance, deep: int) -> Fraction | None:
        given = self.system.given.get(instance.quantity)
        if given is not None and instance.step in given.values:
            values = {*given.values[instance.step]} if given.role is Role.CONSTANT else set()
            (only,) = values if len(values) == 1 else (None,)
            return only if isinstance(only, Fraction) else None
        made = list(equations_at(self.system, instance))
        if len(made) != 1:
            return None
        return self.number(made[0].body, running(made[0], instance.step), deep)


def _of_two(op: str, a: Fraction | None, b: Fraction | None) -> Fraction | None:
    if op == "/" and a == 0:
        return a
    if op == "^" and b == 0:
        return Fraction(1)
    if a is None or b is None:
        return None
    match op:
        case "+":
            return a + b
        case "-":
            return a - b
        case "/":
            return None if b == 0 else a / b
        case "^":
            whole = b.denominator == 1 and abs(b) <= MOST_POWER and (a != 0 or b > 0)
            return a ** int(b) if whole else None
        case _:
            return Fraction(COMPARED[op](a, b)) if op in COMPARED else None
