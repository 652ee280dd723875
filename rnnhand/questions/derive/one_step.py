"""A derivative unrolled for one step, without any sign of a sum or a product."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rnnhand.calculus.gradient import Gradient, gradient, shapes_in
from rnnhand.calculus.rules import plus
from rnnhand.calculus.spelled import difference, summands
from rnnhand.calculus.stepwise import stepwise
from rnnhand.calculus.unrolled import MOST_STEPS, steps_back, unrolled
from rnnhand.document.blocks import Block, Math, Paragraph, Section
from rnnhand.errors import failure
from rnnhand.explain.mathematics import mathematical
from rnnhand.explain.sentences import joined
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref
from rnnhand.questions.derive.derive import READABLE
from rnnhand.questions.derive.reach import each_start, start
from rnnhand.questions.derive.writing import Writing
from rnnhand.system.model import Quantity


def for_step(w: Writing, step: int) -> list[Section]:
    """The same for a small t without signs."""
    lines = tuple(block for one in each_start(w) for block in _for_step(one, step))
    return [Section(w.say("derive-unrolled-to", t=str(step)), lines)] if lines else []


def _for_step(w: Writing, step: int) -> Iterator[Block]:
    """The derivative of one step's loss, spelled out, a line for each step that gives to it."""
    d = w.d
    first = start(w)
    q0 = d.system.quantity(first)
    of = q0.at(step) if q0.over else first
    if not d.system.exists(q0, d.system.step(of)):
        runs = ", ".join(f"{r[0]}..{r[-1]}" for r in d.system.steps[q0])
        raise failure("result-step", None, name=text(of), steps=runs)
    found = gradient(d.system, of, [q for q in d.wrt if q in d.system.given])
    written = unrolled(found, d.plain, READABLE)
    long = [q for q in d.plain if q not in written]
    if long:
        yield from _in_between(w, found, long)
    for q in d.plain:
        left = Ref(found.of_quantity(q).name)
        parts = written.get(q)
        if parts is None:
            continue
        kept = [p for p in parts if p.value != Number("0") and not _is_zero(p.value)]
        if not kept:
            yield w.line(left, Number("0"))
            continue
        total = plus(*(part for p in kept for part in summands(w.math(p.value))))
        steps = joined([(str(p.step),) for p in kept if p.step is not None])
        remark = w.say("derive-from-steps", list=steps) if len(kept) > 1 else ()
        yield w.line(left, total, remark=remark)


def _in_between(w: Writing, found: Gradient, long: Sequence[Quantity]) -> Iterator[Block]:
    """Derivatives that are too long in one formula: every derivative on the way has a line, step
    by step from the last one back, and what is asked for is the sum of what the steps give."""
    names = [Ref(found.of_quantity(q).name) for q in long]
    said = joined([(Math(name),) for name in names])
    code = "derive-too-long" if len(long) == 1 else "derive-too-long-these"
    yield Paragraph(w.say(code, list=said))
    if len(found.system.indices) != 1 or steps_back(found) > MOST_STEPS:
        return
    shape, functions = shapes_in(found.system), found.system.functions
    for left, right in stepwise(found, long):
        yield w.line(left, difference(mathematical(right, shape, functions)))


def _is_zero(expr: Expr) -> bool:
    return isinstance(expr, Apply) and expr.op == "fill" and expr.args[0] == Number("0")
