"""Kinks that were met: which slope was taken there, and whether another would change anything.

Every slope that jumps is written with an indicator, such as [a > 0] for ReLU. A kink is met where
both sides of an indicator in an adjoint equation are equal. To see what another slope would do,
the indicator at that step is given the value that it has on the other side.

A maximum over windows has a kink where the largest entries of a window are equal, so that the first
is not the last; the other slope is the one that goes to the last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from rnnhand.arithmetic.policy import Settled
from rnnhand.arithmetic.program import compiled
from rnnhand.calculus.gradient import Gradient
from rnnhand.calculus.rules import filled
from rnnhand.document.blocks import Equals, Math, Note, Sentence
from rnnhand.explain.mathematics import at_step, comparisons
from rnnhand.explain.sentences import joined
from rnnhand.explain.steps import Telling, is_zero
from rnnhand.language.numerals import Table
from rnnhand.language.tree import Apply, Expr, Number, Ref, rewrite, walk
from rnnhand.questions.key import shown
from rnnhand.questions.work import Worked
from rnnhand.system.model import Equation, Quantity

POOL = "unpool"
OTHER = {">": ">=", ">=": ">", "<": "<=", "<=": "<", POOL: "unpool_last"}

MOST = 24
"""Kinks up to which each is tried on its own."""


@dataclass(frozen=True)
class Kink:
    """An indicator with equal sides, in an adjoint equation at a step."""

    equation: Equation
    term: int
    indicator: Apply
    step: int | None


def notes(telling: Telling, settled: Settled[Worked], digits: int) -> list[Note]:
    """One note for each kink, or one for all where none of them matters."""
    gradient = settled.work.plan.gradient
    if gradient is None or settled.name == "symbolic":
        return []
    found = list(met(telling, gradient))
    if not found:
        return []
    before = _gradients(settled, gradient, (), digits)
    changes = []
    for kink in found[:MOST]:
        after = _gradients(settled, gradient, (kink,), digits)
        changes.append({q: t for q, t in after.items() if t != before[q]})
    together = _gradients(settled, gradient, tuple(found), digits)
    if not any(changes) and together == before:
        where = joined([_where(telling, k) for k in found[:MOST]])
        return [Note("kink", telling.say("kinks-harmless", where=where))]
    result = []
    for kink, change in zip(found, changes, strict=False):
        where = _where(telling, kink)
        if not change:
            result.append(Note("kink", telling.say("kink-harmless", where=where)))
            continue
        new: list[Sentence] = [
            (Equals(Ref(gradient.of_quantity(q).name), value),) for q, value in change.items()
        ]
        result.append(Note("kink", telling.say("kink-matters", where=where, results=joined(new))))
    return result


def met(telling: Telling, gradient: Gradient) -> Iterator[Kink]:
    """The indicators of adjoint equations whose two sides are exactly equal at a step."""
    seen: set[tuple[Expr, int | None]] = set()
    for equation in gradient.adjoints:
        for i, term in enumerate(equation.terms):
            for indicator in turning(term.body):
                for step in term.steps or (None,):
                    here = at_step(indicator, gradient.system, step)
                    assert isinstance(here, Apply)
                    if (here, step) in seen:
                        continue
                    seen.add((here, step))
                    if _is_met(telling, indicator, step):
                        yield Kink(equation, i, indicator, step)


def turning(body: Expr) -> list[Apply]:
    """What may go another way in an expression: its indicators, and its maxima over windows."""
    pools = (n for n in walk(body) if isinstance(n, Apply) and n.op == POOL)
    return [*comparisons(body), *dict.fromkeys(pools)]


def _is_met(telling: Telling, node: Apply, step: int | None) -> bool:
    if node.op != POOL:
        return _touches_zero(telling.value(Apply("-", node.args), step))
    ones = filled(Number("1"), telling.shape(node.args[0]))
    first, last = (
        telling.value(Apply(op, (ones, *node.args[1:])), step) for op in (POOL, OTHER[POOL])
    )
    return first != last


def _touches_zero(table: Table) -> bool:
    if isinstance(table, tuple):
        return any(_touches_zero(item) for item in table)
    return is_zero(table)


def _where(telling: Telling, kink: Kink) -> Sentence:
    """a_1 = 0, as the equation of the indicator says it."""
    here = at_step(kink.indicator, telling.system, kink.step)
    assert isinstance(here, Apply)
    if here.op == POOL:
        return telling.say("tie-in-window", x=Math(here.args[1]))
    left, right = here.args
    if telling.shape(left) == (1, 1):
        return (Equals(left, right),)
    return telling.say("entry-equals", left=Math(left), right=Math(right))


def _gradients(
    settled: Settled[Worked], gradient: Gradient, kinks: tuple[Kink, ...], digits: int
) -> dict[Quantity, Table]:
    """The gradient by every parameter, with the other slope at some kinks."""
    worked = settled.work
    changed = _with_other_slopes(gradient, kinks)
    storage = {
        q: v
        for q, v in worked.storage.items()
        if not any(gradient.system.quantity(e.target) == q for e in gradient.adjoints)
    }
    with settled.precisely():
        compiled(gradient.system, worked.arithmetic, changed).run(storage)
    plain = replace(settled, closed=None)
    found = {}
    for g in worked.plan.parameters:
        if not g.quantity.over:
            value = storage[gradient.of_quantity(g.quantity)]
            found[g.quantity] = shown(plain, _constant(value), g.shape, digits)
    return found


def _constant(value: object) -> Callable[[Worked], object]:
    return lambda _: value


def _with_other_slopes(gradient: Gradient, kinks: tuple[Kink, ...]) -> list[Equation]:
    """The adjoint equations, each kink's indicator flipped at its step."""
    equations = []
    for equation in gradient.adjoints:
        terms = []
        for term in equation.terms:
            mine = [k for k in kinks if _has(term.body, k) and _at(term.steps, k.step)]
            steps = {k.step for k in mine}
            for step in steps:
                body = term.body
                for kink in mine:
                    if kink.step == step:
                        body = _flipped(body, kink.indicator)
                there = range(step, step + 1) if step is not None else None
                terms.append(replace(term, body=body, steps=there))
            if term.steps is None:
                terms += [] if steps else [term]
                continue
            start = term.steps.start
            for step in sorted(s for s in steps if s is not None):
                if step > start:
                    terms.append(replace(term, steps=range(start, step)))
                start = step + 1
            if start < term.steps.stop:
                terms.append(replace(term, steps=range(start, term.steps.stop)))
        equations.append(replace(equation, terms=tuple(terms)))
    return equations


def _has(body: Expr, kink: Kink) -> bool:
    return kink.indicator in turning(body)


def _at(steps: range | None, step: int | None) -> bool:
    return steps is None or step in steps


def _flipped(body: Expr, indicator: Apply) -> Expr:
    """The indicator with its other value where both sides are equal: [a > b] becomes [a >= b]; a
    maximum over windows with its last place."""
    other = OTHER.get(indicator.op, indicator.op)
    return rewrite(body, lambda e: replace(e, op=other) if e == indicator else e)
