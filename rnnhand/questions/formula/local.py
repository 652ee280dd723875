"""A comparison in parts that one step proves: derivatives that the student's formula mentions stay
letters, and a sum over the steps is compared step by step.

    dL/dw = Σ_t dL/dh[t]·(1 − h[t]²)·h[t−1]

is a polynomial identity in the letters of each single step, however many steps there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from rnnhand.calculus.dependence import mentions
from rnnhand.calculus.rules import plus
from rnnhand.calculus.spelled import at, summands
from rnnhand.language.tree import Apply, Expr, Number, Over, walk, with_children
from rnnhand.questions.formula.formula import Formula, Instance
from rnnhand.system.model import System

MOST_PARTS = 10_000
"""Steps up to which a sum is compared step by step."""


def by_steps(formula: Formula) -> Formula | None:
    """The same comparison with an instance for each step to which summands belong, where both sides
    have summands at the same steps: all of them equal is more than equal sums."""
    if len(formula.instances) != 1:
        return None
    (instance,) = formula.instances
    if instance.right != instance.name or instance.name.index is not None:
        return None
    system = formula.full
    total = [e for e in system.equations if e.target == instance.name]
    own = _by_step(system, [instance.own])
    right = _by_step(system, [t.body for e in total for t in e.terms])
    if own is None or right is None or own.keys() != right.keys() or not 1 < len(own) <= MOST_PARTS:
        return None
    var = next(iter(system.indices))
    of, by, entry = instance.of, instance.by, instance.entry
    return formula.only(
        *(Instance(of, by, plus(*own[s]), plus(*right[s]), entry, ((var, s),)) for s in own)
    )


def _by_step(system: System, whole: list[Expr]) -> dict[int, list[Expr]] | None:
    """The summands by the last step that they mention; None where one mentions none."""
    found: dict[int, list[Expr]] = {}
    for part in chain.from_iterable(_spread(system, e) for e in whole):
        steps = [p.step for p in mentions(system, part, {}) if p.step is not None]
        if not steps:
            return None
        found.setdefault(max(steps), []).append(part)
    return dict(sorted(found.items()))


def _spread(system: System, expr: Expr) -> Iterator[Expr]:
    """Summands without a sum over steps that could be written out."""
    for part in summands(expr):
        match part:
            case Over("sum" | "mean" as kind, var, body):
                steps = [s for run in system.domain(part) for s in run]
                for step in steps:
                    for one in _spread(system, at(body, step, var)):
                        size = Number(str(len(steps)))
                        yield one if kind == "sum" else Apply("/", (one, size))
            case Apply("neg", (inner,)) if _has_sum(inner):
                yield from (Apply("neg", (one,)) for one in _spread(system, inner))
            case Apply("*" | "@" | "/" as op, args) if sum(map(_has_sum, args)) == 1:
                place = next(i for i, a in enumerate(args) if _has_sum(a))
                if op == "/" and place:
                    yield part
                    continue
                for one in _spread(system, args[place]):
                    yield with_children(part, (*args[:place], one, *args[place + 1 :]))
            case _:
                yield part


def _has_sum(expr: Expr) -> bool:
    return any(isinstance(node, Over) for node in walk(expr))
