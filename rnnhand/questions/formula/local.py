"""A comparison in parts that one step proves: derivatives that the student's formula mentions stay
letters, and a sum over the steps is compared step by step.

    dL/dw = Σ_t dL/dh[t]·(1 − h[t]²)·h[t−1]

is a polynomial identity in the letters of each single step, however many steps there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from rnnhand.calculus.instances import mentions
from rnnhand.calculus.rules import plus
from rnnhand.calculus.spelled import at, summands
from rnnhand.language.tree import Apply, Expr, Number, Over, Ref, walk, with_children
from rnnhand.questions.formula.formula import Formula, Instance
from rnnhand.system.model import System

MOST_PARTS = 10_000
"""Steps up to which a sum is compared step by step."""


WRITTEN_OUT = 4
"""Summands from which on a sum may be one over steps."""


def by_steps(formula: Formula) -> Formula | None:
    """The same comparison with an instance for each step to which summands belong, where both sides
    have summands at the same steps: all of them equal is more than equal sums."""
    if len(formula.instances) != 1:
        return None
    (instance,) = formula.instances
    if not isinstance(instance.right, Ref) or instance.right.index is not None:
        return None
    system = formula.full
    total = [e for e in system.equations if e.target == instance.right]
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
    """The summands by the last step that they mention, those that mention none before the first;
    None where no step is mentioned."""
    before = min((first for first, _ in system.extents.values()), default=0) - 1
    found: dict[int, list[Expr]] = {}
    for part in chain.from_iterable(_spread(system, e) for e in whole):
        steps = (p.step for p in mentions(system, part, {}) if p.step is not None)
        found.setdefault(max(steps, default=before), []).append(part)
    return dict(sorted(found.items())) if found.keys() - {before} else None


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
            case Apply("T" | "rows" | "columns", (inner, *places)) if _is_made_of_many(inner):
                yield from (with_children(part, (one, *places)) for one in _spread(system, inner))
            case Apply("*" | "@" | "/" as op, args) if sum(map(_has_sum, args)) == 1:
                place = next(i for i, a in enumerate(args) if _has_sum(a))
                if op == "/" and place:
                    yield part
                    continue
                for one in _spread(system, args[place]):
                    yield with_children(part, (*args[:place], one, *args[place + 1 :]))
            case _:
                yield part


def _is_made_of_many(expr: Expr) -> bool:
    """Whether an array, or a part that is cut out of one, is a sum."""
    if isinstance(expr, Apply) and expr.op in ("T", "rows", "columns"):
        return _is_made_of_many(expr.args[0])
    return len(summands(expr)) > 1 or _has_sum(expr)


def _has_sum(expr: Expr) -> bool:
    """Whether it holds a sum over steps, or one that is written out."""
    return any(
        isinstance(node, Over)
        or (isinstance(node, Apply) and node.op == "+" and len(summands(node)) >= WRITTEN_OUT)
        for node in walk(expr)
    )
