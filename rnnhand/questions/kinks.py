"""Kinks that were met: which slope was taken there, and whether another would change anything.

Every slope that jumps is written with an indicator, such as [a > 0] for ReLU. A kink is met where
both sides of an indicator in an adjoint equation are equal. To see what another slope would do,
the indicator at that step is given the value that it has on the other side.

A maximum over windows has a kink where the largest entries of a window are equal, so that the first
is not the last; the other slope is the one that goes to the last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from rnnhand.arithmetic.policy import Settled
from rnnhand.arithmetic.program import compiled
from rnnhand.calculus.gradient import Gradient
from rnnhand.calculus.rules import filled
from rnnhand.calculus.spelled import at
from rnnhand.document.blocks import Equals, Math, Note, Sentence
from rnnhand.explain.mathematics import at_step, comparisons
from rnnhand.explain.sentences import joined
from rnnhand.explain.steps import Telling, is_zero
from rnnhand.language.numerals import Table
from rnnhand.language.tree import (
    Apply,
    Expr,
    Number,
    Over,
    Ref,
    children,
    rewrite,
    walk,
    with_children,
)
from rnnhand.questions.evaluation import running
from rnnhand.questions.key import shown
from rnnhand.questions.work import Worked
from rnnhand.system.model import Equation, Quantity, free_refs

POOL = "unpool"
OTHER = {">": ">=", ">=": ">", "<": "<=", "<=": "<", POOL: "unpool_last"}

MOST = 24
"""Kinks up to which each is tried on its own."""


@dataclass(frozen=True)
class Kink:
    """An indicator with equal sides, in an adjoint equation at a step; within a sum over another
    index also at a value of that."""

    equation: Equation
    term: int
    indicator: Apply
    step: int | None
    inner: tuple[str, int] | None = None

    @property
    def placed(self) -> Apply:
        """The indicator at the value of the index of the sum."""
        if self.inner is None:
            return self.indicator
        var, value = self.inner
        found = at(self.indicator, value, var)
        assert isinstance(found, Apply)
        return found


def notes(telling: Telling, settled: Settled[Worked], digits: int) -> list[Note]:
    """One note for each kink, or one for all where none of them matters."""
    gradient = settled.work.plan.gradient
    if gradient is None or settled.name == "symbolic":
        return []
    found = list(met(telling, gradient))
    if not found:
        return []
    before = _gradients(settled, gradient, (), digits)
    ties = _ties(telling, found)
    changes = []
    for tie in ties[:MOST]:
        after = _gradients(settled, gradient, tie, digits)
        changes.append({q: t for q, t in after.items() if t != before[q]})
    together = _gradients(settled, gradient, tuple(found), digits)
    if not any(changes) and together == before:
        where = joined([_where(telling, k) for k, *_ in ties[:MOST]])
        return [Note("kink", telling.say("kinks-harmless", where=where))]
    result = []
    for (kink, *_), change in zip(ties, changes, strict=False):
        where = _where(telling, kink)
        if not change:
            result.append(Note("kink", telling.say("kink-harmless", where=where)))
            continue
        new: list[Sentence] = [
            (Equals(Ref(gradient.of_quantity(q).name), value),) for q, value in change.items()
        ]
        result.append(Note("kink", telling.say("kink-matters", where=where, results=joined(new))))
    return result


def _ties(telling: Telling, found: Sequence[Kink]) -> list[tuple[Kink, ...]]:
    """What goes another way at once: in max(a, b) the slopes of a, [a >= b], and of b, [a < b]."""
    ties: dict[tuple[Expr | bool, ...], list[Kink]] = {}
    for kink in found:
        here = at_step(kink.placed, telling.system, kink.step)
        assert isinstance(here, Apply)
        either = here.op in (">=", "<")
        ties.setdefault((either, *here.args), []).append(kink)
    return [tuple(tie) for tie in ties.values()]


def met(telling: Telling, gradient: Gradient) -> Iterator[Kink]:
    """The indicators of adjoint equations whose two sides are exactly equal at a step."""
    seen: set[tuple[Expr, int | None]] = set()
    for equation in gradient.adjoints:
        for i, term in enumerate(equation.terms):
            for indicator, inner in _placed(term.body, gradient):
                kink = Kink(equation, i, indicator, None, inner)
                fixed = inner is not None and running(kink.placed) is None
                for step in (None,) if fixed else (term.steps or (None,)):
                    here = at_step(kink.placed, gradient.system, step)
                    assert isinstance(here, Apply)
                    if (here, step) in seen:
                        continue
                    seen.add((here, step))
                    if _is_met(telling, kink.placed, step):
                        yield replace(kink, step=step)


def _placed(body: Expr, gradient: Gradient) -> Iterator[tuple[Apply, tuple[str, int] | None]]:
    """What may go another way in an expression; in a sum, at every value of its index."""
    sums = [n for n in walk(body) if isinstance(n, Over)]
    for indicator in turning(body):
        around = [o for o in sums if indicator in walk(o.body)]
        around = [o for o in around if any(True for _ in free_refs(indicator, o.var))]
        if not around:
            yield indicator, None
        for o in around:
            for run in gradient.system.domain(o):
                yield from ((indicator, (o.var, value)) for value in run)


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
    here = at_step(kink.placed, telling.system, kink.step)
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
            for kink in (k for k in kinks if k.inner and k.step is None and _has(term.body, k)):
                term = replace(term, body=_flipped(term.body, kink))
            left = (k for k in kinks if not (k.inner and k.step is None))
            mine = [k for k in left if _has(term.body, k) and _at(term.steps, k.step)]
            steps = {k.step for k in mine}
            for step in steps:
                body = term.body
                for kink in mine:
                    if kink.step == step:
                        body = _flipped(body, kink)
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


def _flipped(body: Expr, kink: Kink) -> Expr:
    """The indicator with its other value where both sides are equal: [a > b] becomes [a >= b]; a
    maximum over windows with its last place. In a sum, at one value of its index."""
    here = kink.indicator
    other: Expr = replace(here, op=OTHER.get(here.op, here.op))
    if kink.inner is None:
        return rewrite(body, lambda e: other if e == here else e)
    var, value = kink.inner
    there = Apply("==", (Ref(var), Number(str(value))))
    mixed = Apply("+", (here, Apply("*", (there, Apply("-", (other, here))))))

    def put(node: Expr) -> Expr:
        if isinstance(node, Over) and node.var == var:
            return replace(node, body=_replaced(node.body, here, mixed))
        return with_children(node, tuple(map(put, children(node))))

    return put(body)


def _replaced(expr: Expr, old: Expr, new: Expr) -> Expr:
    """Not within what was put in."""
    if expr == old:
        return new
    return with_children(expr, tuple(_replaced(c, old, new) for c in children(expr)))
